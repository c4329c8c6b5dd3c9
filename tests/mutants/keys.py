"""Who may ask: keys, scopes, companies."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from mockserver.api import reading
from mockserver.api.middleware import Journalled
from mockserver.errors import Violation
from mockserver.models import ApiKey
from mockserver.rules import access
from mockserver.worlds import Worlds
from tests.mutants.fault import breaking
from tests.mutants.patches import Judge, Right, instead, judged, method


def _case_sensitive(right: Right, header: str) -> str | None:
    return right(header) if header.startswith("Bearer ") else None


def _any_scheme(right: Right, header: str) -> Any:
    return right(f"Bearer {header.rpartition(' ')[2]}")


def _without_scheme(right: Right, header: str) -> Any:
    return right(header if " " in header else f"Bearer {header}")


def _everybody_is_acme(right: Right, worlds: Worlds, token: str | None) -> Any:
    found = right(worlds, token)
    if found is not None and found[1] is not None:
        return found
    return next((world, key) for world in worlds for key in world.keys.values())


def _granted(*granted: str) -> Callable[..., bool]:
    """Scopes that every key has."""
    return lambda right, key, scope: scope.split(":")[0] in granted or right(key, scope)


def _reading_is_writing(right: Right, key: ApiKey, scope: str) -> Any:
    """Who may read something may also change it."""
    what = scope.partition(":")[2]
    return right(key, scope) or right(key, f"read:{what}")


def _own_scope_only(right: Judge, key: ApiKey, needed: Any, readings: Any) -> Violation | None:
    """Of what an operation needs, only the first scope is looked at."""
    return right(key, needed[:1], readings)


def _all_but_phone_numbers(right: Right, request: Any, operation: str, *scopes: str, **options: Any) -> Any:
    return right(request, operation, *(scopes or ("read:phone-numbers",)), **options)


def _first_company(right: Judge, key: ApiKey, asked: Any) -> Violation | None:
    return None if len(asked) > 1 else right(key, asked)


def _first_header(right: Right, self: Journalled, scope: Any) -> Any:
    others = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
    first = [pair for pair in scope["headers"] if pair[0] == b"authorization"][:1]
    scope["headers"] = [*others, *first]
    return right(self, scope)


def _in_any_case(right: Right, worlds: Worlds, token: str | None) -> Any:
    return right(worlds, token) or right(worlds, None if token is None else token.lower())


def _from(find: Callable[[Any], bytes | None]) -> Callable[..., Any]:
    """Who sends no Authorization header may send the key in another place."""

    def wrong(right: Right, self: Journalled, scope: Any) -> Any:
        names = [name for name, _ in scope["headers"]]
        if b"authorization" not in names and (key := find(scope)):
            scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + key)]
        return right(self, scope)

    return wrong


def _of_address(scope: Any) -> bytes | None:
    asked = parse_qs(scope["query_string"])
    return next((asked[name][0] for name in (b"api_key", b"apiKey", b"access_token") if name in asked), None)


def _of_header(scope: Any) -> bytes | None:
    return dict(scope["headers"]).get(b"x-api-key")


FAULTS = (
    *breaking("AUTH-KEY")(
        ("bearer-case", "The scheme has to be written Bearer.", instead(access.bearer_token, _case_sensitive)),
        ("any-scheme", "A key opens in whatever scheme.", instead(access.bearer_token, _any_scheme)),
        ("no-scheme", "A key opens without a scheme.", instead(access.bearer_token, _without_scheme)),
        (
            "first-of-two-keys",
            "Of two Authorization headers the first counts.",
            method(Journalled, "_place", _first_header),
        ),
        ("keys-in-any-case", "Capitals of a key do not count.", method(Worlds, "find", _in_any_case)),
        ("key-in-address", "A key opens in an address.", method(Journalled, "_place", _from(_of_address))),
        ("key-in-x-api-key", "A key opens in X-API-Key.", method(Journalled, "_place", _from(_of_header))),
        (
            "unknown-key-opens",
            "A key that nobody was given opens what others have.",
            method(Worlds, "find", _everybody_is_acme),
        ),
    ),
    *breaking("AUTH-SCOPE")(
        ("readers-write", "Who may read something may change it.", method(ApiKey, "allows", _reading_is_writing)),
        ("everybody-reads", "Reading takes no scope.", method(ApiKey, "allows", _granted("read"))),
        ("everybody-deletes", "Deleting takes no scope.", method(ApiKey, "allows", _granted("delete"))),
        (
            "first-scope-only",
            "To interview takes one scope of three.",
            judged(access.scopes_are_granted, _own_scope_only),
        ),
        (
            "phone-numbers-with-scope",
            "Phone numbers take a scope that nobody has.",
            instead(reading.authenticate, _all_but_phone_numbers),
        ),
    ),
    *breaking("KEY-ATS")(
        (
            "first-of-two-companies",
            "Of two companies that an ATS key asks for the first counts.",
            judged(access.company_is_chosen, _first_company),
        ),
    ),
)
