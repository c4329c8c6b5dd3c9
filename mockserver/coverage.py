"""How often each rule refused and held in a world: what its requests have met of the rulebook, journal or not."""

from collections import Counter

from mockserver.journal import Exchange


class Coverage:
    """
    The counts of one world; a rule counts once for each exchange. They tell of who asked rather than of the world, so
    they outlive its resets. What a planned fault made or spoilt is no evidence of any rule. Nor is a request that came
    when its world was removed: nobody means to ask that any more.
    """

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.held: Counter[str] = Counter()

    def count(self, exchange: Exchange) -> None:
        if exchange.injected is None and not exchange.is_late:
            self.held.update(exchange.rules_held())
            if exchange.violations:
                self.refused.update({violation.rule for violation in exchange.violations})

    def saw(self, rule: str) -> None:
        """A rule was at work outside any exchange: a timer brought what it says."""
        self.held[rule] += 1

    def clear(self) -> None:
        self.refused.clear()
        self.held.clear()
