"""What `serve` and `exec` are told: the options of a server, their environment variables, and what comes of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import isnan
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mockserver.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


class Misuse(click.ClickException):
    """What was asked for cannot be done; the message is one sentence."""

    exit_code = 2


class Seconds(click.FloatRange):
    """A number of seconds within bounds. NaN is none, though it is neither below nor above any bound."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        seconds: float = super().convert(value, parameter, context)
        if isnan(seconds):
            name = parameter.opts[0] if parameter is not None else "it"
            raise Misuse(f"{name} is a number of seconds from {self.min:g} to {self.max:g}, not nan")
        return seconds


def _option(name: str, help: str, **attributes: Any) -> Callable[[F], F]:
    variable = "MOCKSERVER_" + name.removeprefix("--").upper().replace("-", "_")
    return click.option(name, help=help, envvar=variable, show_envvar=True, **attributes)


def _world_options() -> tuple[Callable[[F], F], ...]:
    """What holds for the worlds that are loaded at the start."""
    several, shown = {"multiple": True}, {"show_default": True}
    return (
        _option("--world", "World to serve instead of `demo` (several).", metavar="FILE", **several),
        _option("--clock", "Every world's clock, instead of its own.", metavar="real|frozen|ISO"),
        _option(
            "--speed", "How many times faster every world's clock runs.", type=float, default=1, metavar="N", **shown
        ),
        _option(
            "--reading", "How to read the documents where they disagree (several).", metavar="NAME=VALUE", **several
        ),
    )


def server_options(port: int) -> Callable[[F], F]:
    """
    The options of a server, for a command that takes them as `**options`.

    Args:
        port: the default.
    """
    several = {"multiple": True}
    shown = {"show_default": True}
    options = (
        _option(
            "--host", "Address to listen on; one beyond loopback needs --admin-token.", default="127.0.0.1", **shown
        ),
        _option(
            "--port", "Port to listen on; 0 picks a free one.", default=port, type=click.IntRange(0, 65535), **shown
        ),
        *_world_options(),
        _option("--webhook", "Receiver of every event of every company (several).", metavar="URL", **several),
        _option("--webhook-allow", "Webhook targets beyond loopback (several).", metavar="CIDR|HOST", **several),
        _option(
            "--rate-limit",
            "Rate limits: none, told in headers, or enforced.",
            type=click.Choice(["off", "observe", "enforce"]),
            default="observe",
            **shown,
        ),
        _option("--allow-host", "Host under which the control API answers beside loopback (several).", **several),
        _option("--admin-token", "Token that the control API demands.", metavar="TOKEN"),
        _option(
            "--grace",
            "Seconds that shutdown waits for deliveries and requests.",
            type=float,
            default=2.0,
            metavar="SECONDS",
            **shown,
        ),
        _option("--json", "Print one line of JSON on stdout when ready.", is_flag=True),
        _option("--quiet", "Print nothing but errors.", is_flag=True),
    )

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def settings_from(options: Mapping[str, Any], secret: str) -> "Settings":
    """
    Args:
        secret: what signs the webhooks of `--webhook`.

    Raises:
        Misuse: something that was asked for is wrong.
    """
    from mockserver.launch import check_exposure, settings_for

    try:
        check_exposure(options["host"], options["admin_token"])
        return settings_for(
            options["world"],
            clock=options["clock"],
            speed=options["speed"],
            readings=dict(_readings(options["reading"])),
            webhooks=options["webhook"],
            webhook_secret=secret,
            webhook_allow=options["webhook_allow"],
            rate_limit=options["rate_limit"],
            allow_hosts=options["allow_host"],
            admin_token=options["admin_token"],
            grace_seconds=options["grace"],
        )
    except ValueError as error:
        raise Misuse(str(error)) from None


@contextmanager
def listening(host: str, port: int) -> Iterator[None]:
    """
    Raises:
        Misuse: instead of the OSError of a socket that could not be bound.
    """
    try:
        yield
    except OSError as error:
        advice = "; --port 0 picks a free one" if port else ""
        raise Misuse(f"cannot listen on {host}, port {port}: {error.strerror}{advice}") from None


def _readings(pairs: Iterable[str]) -> Iterable[tuple[str, str]]:
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"a reading is given as NAME=VALUE, not {pair!r}")
        yield name, value
