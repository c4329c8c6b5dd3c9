"""What a server is told when it starts; each field is an option of `mockserver serve`."""

from dataclasses import dataclass
from typing import Literal

from mockserver.readings import DEFAULTS, Readings
from mockserver.world import Seed

RateLimit = Literal["off", "observe", "enforce"]


@dataclass(frozen=True, slots=True)
class Settings:
    """
    `readings` hold for requests that no world can be found for (the seeds carry their own); `webhook_allow` opens
    targets beyond loopback; `allow_hosts` are names under which the control API answers beside loopback;
    `grace_seconds` of real time are what shutdown waits for deliveries.
    """

    seeds: tuple[Seed, ...] = ()
    readings: Readings = DEFAULTS
    webhook_allow: tuple[str, ...] = ()
    rate_limit: RateLimit = "observe"
    allow_hosts: tuple[str, ...] = ()
    admin_token: str | None = None
    grace_seconds: float = 2.0
