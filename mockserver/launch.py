"""From what people say at the start (files, switches, URLs) to the settings of a server."""

import math
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from mockserver.clock import clock_from
from mockserver.deliveries import Endpoint
from mockserver.ids import uuid_of
from mockserver.paths import FIXTURES
from mockserver.readings import DEFAULTS
from mockserver.settings import RateLimit, Settings
from mockserver.targets import TargetPolicy
from mockserver.world import Seed
from mockserver.worldfile import parse_world, read_world_file
from mockserver.worlds import shortened

DEMO = FIXTURES / "worlds" / "demo.json"
MAX_SPEED = 100_000  # three centuries a day
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_TOKEN = re.compile(r"[!-~]+")


def settings_for(
    worlds: Iterable[str | Path | Mapping[str, Any]] = (),
    *,
    clock: str | None = None,
    speed: float = 1.0,
    readings: Mapping[str, object] | None = None,
    webhooks: Sequence[str] = (),
    webhook_secret: str | None = None,
    webhook_allow: Sequence[str] = (),
    rate_limit: RateLimit = "observe",
    allow_hosts: Sequence[str] = (),
    admin_token: str | None = None,
    grace_seconds: float = 2.0,
) -> Settings:
    """
    Settings from plain values; each argument is the option of `mockserver serve` of that name.

    Args:
        worlds: paths of world files, or their contents; none is the built-in `demo`.
        clock: `real`, `frozen` or an ISO instant, for every world; None leaves each world's own.
        speed: how many times faster than the machine's clock every world's runs while it is real.
        readings: switches for every world, and for requests that no world can be found for.
        webhooks: URLs that get every event of every company, signed with `webhook_secret` (64 hex digits).

    Raises:
        ValueError: something of it is wrong; the message says what.
    """
    chosen = DEFAULTS.changed(readings or {})
    seeds = [_seed(world, readings or {}) for world in list(worlds) or [DEMO]]
    if clock is not None:
        _check_clock(clock)
        seeds = [replace(seed, clock=clock) for seed in seeds]
    if not 0 < speed <= MAX_SPEED:
        raise ValueError(f"the speed is a number above 0, at most {MAX_SPEED:,}, not {speed:g}")
    seeds = [replace(seed, speed=speed) for seed in seeds]
    _check_door(grace_seconds, allow_hosts, admin_token)
    policy = TargetPolicy(tuple(webhook_allow))
    secret = webhook_secret or new_secret()
    endpoints = [_checked(url, policy) for url in webhooks]
    return Settings(
        seeds=_named(
            replace(seed, endpoints=(*seed.endpoints, *_endpoints(seed, endpoints, secret))) for seed in seeds
        ),
        readings=chosen,
        webhook_allow=tuple(webhook_allow),
        rate_limit=rate_limit,
        allow_hosts=tuple(allow_hosts),
        admin_token=admin_token,
        grace_seconds=grace_seconds,
    )


def new_secret() -> str:
    """A signing secret as the vendor makes them: 64 hexadecimal digits."""
    return secrets.token_hex(32)


def check_exposure(host: str, admin_token: str | None) -> None:
    """
    Raises:
        ValueError: others than this machine could reach the control API at `host`, and no token keeps them out.
    """
    if admin_token is None and not _is_loopback(host):
        raise ValueError(f"the host {host or '(any)'} is open to other machines: give an admin token (--admin-token)")


def _is_loopback(host: str) -> bool:
    address = _address_of(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address_of(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _check_clock(clock: str) -> None:
    try:
        clock_from(clock)
    except ValueError as error:
        raise ValueError(f"the clock is real, frozen or an instant like 2024-01-16T10:30:00Z: {error}") from None


def _check_door(grace_seconds: float, allow_hosts: Sequence[str], admin_token: str | None) -> None:
    if not 0 <= grace_seconds < math.inf:
        raise ValueError(f"the grace is a number of seconds from 0, not {grace_seconds:g}")
    for host in allow_hosts:
        if not _NAME.fullmatch(host) and _address_of(host) is None:
            raise ValueError(f"an allowed host is a name or an address, without scheme and port, not {host!r}")
    if admin_token is not None and not _TOKEN.fullmatch(admin_token):
        raise ValueError("an admin token is one or more ASCII letters, digits or marks, without spaces")


def _seed(world: str | Path | Mapping[str, Any], readings: Mapping[str, object]) -> Seed:
    seed = parse_world(dict(world)) if isinstance(world, Mapping) else read_world_file(Path(world))
    return replace(seed, readings=seed.readings.changed(readings))


def _named(seeds: Iterable[Seed]) -> tuple[Seed, ...]:
    """Each world under a name of its own, which is its id in the control API."""
    named: dict[str, Seed] = {}
    keys: dict[str, str] = {}
    for seed in seeds:
        name = seed.name or f"world-{len(named) + 1}"
        if name in named:
            raise ValueError(f"two worlds are named {name!r}")
        for key in seed.keys:
            if key.key in keys:
                raise ValueError(f"the key {shortened(key.key)} is given twice, in {keys[key.key]!r} and {name!r}")
            keys[key.key] = name
        named[name] = replace(seed, name=name)
    return tuple(named.values())


def _checked(url: str, policy: TargetPolicy) -> str:
    refusal = policy.check_url(url)
    if refusal is not None:
        raise ValueError(f"webhook {url}: {refusal}")
    return url


def _endpoints(seed: Seed, urls: Sequence[str], secret: str) -> list[Endpoint]:
    return [
        Endpoint(uuid_of(f"webhook/{company.id}/{url}"), company.id, url, frozenset(), secret)
        for company in seed.companies
        for url in urls
    ]
