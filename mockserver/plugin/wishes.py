"""What a test wants of its world: the fixture `instaview_config`, then the marker of module, class and function."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mockserver.plugin.instaview import Misused

World = str | Path | Mapping[str, Any]

_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "world": (lambda value: isinstance(value, str | Path | Mapping), "the path of a world file, or its contents"),
    "clock": (lambda value: isinstance(value, str | datetime), "'real', 'frozen' or an instant (datetime or ISO text)"),
    "readings": (lambda value: isinstance(value, Mapping), "a mapping from names of readings to values"),
    "minutes": (lambda value: type(value) is int and value >= 0, "a whole number from 0"),
    "strict": (lambda value: isinstance(value, bool), "True or False"),
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """None is: as the world file says. `strict` is for whoever judges the test."""

    world: World | None = None
    clock: str | None = None
    readings: Mapping[str, object] = field(default_factory=dict)
    minutes: int | None = None
    strict: bool = False

    def changed(self, changes: Mapping[str, Any], where: str) -> "Wishes":
        """
        These wishes with some changed; readings change one by one.

        Args:
            where: what the changes come from, for the message.

        Raises:
            Misused: no such wish, or a value of another kind.
        """
        for name, value in changes.items():
            if name not in _KINDS:
                raise Misused(f"{where} has no argument {name!r}; there are {', '.join(_KINDS)}")
            fits, what = _KINDS[name]
            if not fits(value):
                raise Misused(f"{where}: {name} is {what}, not {value!r}")
        if "readings" in changes:
            changes = {**changes, "readings": {**self.readings, **changes["readings"]}}
        if isinstance(clock := changes.get("clock"), datetime):
            changes = {**changes, "clock": clock.isoformat()}
        return replace(self, **changes)


def wishes_of(
    config: Mapping[str, Any], markers: Iterable[tuple[tuple[Any, ...], Mapping[str, Any]]], strict: bool = False
) -> Wishes:
    """
    Args:
        config: what `instaview_config` gave.
        markers: positional and named arguments of each marker, the outermost first.
        strict: what holds where neither says otherwise.

    Raises:
        Misused: one of them cannot be.
    """
    if not isinstance(config, Mapping):
        raise Misused(f"instaview_config gives a mapping with any of {', '.join(_KINDS)}, not {config!r}")
    wishes = Wishes(strict=strict).changed(config, "instaview_config")
    for positional, named in markers:
        if positional:
            raise Misused(f"@pytest.mark.instaview takes named arguments only: {', '.join(_KINDS)}")
        wishes = wishes.changed(named, "@pytest.mark.instaview")
    return wishes


def number_of(seed: int, test: str) -> int:
    """The seed of a test's world: the same in every run, another in every test."""
    return int.from_bytes(blake2b(f"{seed}/{test}".encode(), digest_size=6).digest())
