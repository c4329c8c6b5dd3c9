"""Who asks: a world, a key of it, the company it speaks for, and the trail of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mockserver.errors import ApiError, Violation
from mockserver.journal import Exchange
from mockserver.models import ApiKey
from mockserver.rules import access
from mockserver.store import Owned
from mockserver.world import World

T = TypeVar("T", bound=Owned)


@dataclass(frozen=True, slots=True)
class Caller:
    """`company_id` is empty where an ATS key asks about none in particular."""

    world: World
    key: ApiKey
    company_id: str
    exchange: Exchange

    def require(self, judge: Callable[..., Violation | None], *values: object) -> None:
        """
        Put a question to a rule and note that it held.

        Raises:
            ApiError: the rule says no.
        """
        self.exchange.require((judge, values))

    def shows(self, *rules: str) -> None:
        """Note rules that refuse nobody, and that are at work in what is asked for unless something refuses it."""
        self.exchange.held.extend(rules)

    def own(
        self, kind: str, found: T | None, id: str, exists: Callable[..., Violation | None], *where: str, at: str
    ) -> T:
        """
        A resource that was asked for, if it exists and is the company's own.

        Raises:
            ApiError: 404 if there is none, 403 if it is another company's.
        """
        violation = self.exchange.asks((exists, (found, id, *where)))
        if found is None:
            assert violation is not None
            details = {"resourceType": kind.capitalize(), "resourceId": id}
            raise ApiError([violation], details=details)
        self.require(access.is_the_companys, kind, found.company_id, self.company_id, at)
        if found.id in self.world.inline:
            self.shows("INLINE-PERMANENT")
        return found
