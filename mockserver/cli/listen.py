"""`mockserver listen`: a webhook receiver that shows what comes."""

import json
import signal
import sys

import click

from mockserver.cli.options import Misuse, Seconds, listening
from mockserver.cli.terminal import is_coloured, say


def checked_secret(_context: click.Context, _parameter: click.Parameter, secret: str | None) -> str | None:
    """
    Raises:
        Misuse: a secret that can sign nothing.
    """
    if secret is None:
        return None
    try:
        is_hex = secret.isalnum() and bool(bytes.fromhex(secret))
    except ValueError:
        is_hex = False
    if not is_hex:
        raise Misuse("a signing secret is hexadecimal digits, two for each byte (the vendor's are 64)")
    return secret


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9000,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option("--secret", metavar="HEX", callback=checked_secret, help="Signing secret: both signatures are verified.")
@click.option("--forward", metavar="URL", help="Pass each delivery on (with a Via) and answer as the target does.")
@click.option("--status", type=click.IntRange(200, 599), help="Status to answer, instead of 200 or the target's.")
@click.option(
    "--delay",
    type=Seconds(0, 86_400),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long before each answer.",
)
@click.option("--fail-first", type=click.IntRange(0), default=0, metavar="N", help="Answer 500 to the first N.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each delivery.")
def listen(
    host: str,
    port: int,
    secret: str | None,
    forward: str | None,
    status: int | None,
    delay: float,
    fail_first: int,
    as_json: bool,
) -> None:
    """
    Receive webhooks on any path, show each delivery and what its signatures are worth, until SIGINT or SIGTERM.

    Deliveries go to stdout, the URL to stderr.
    """
    import asyncio

    from mockserver.cli.taken import json_of, text_of
    from mockserver.listener import Listener, Orders, Taken, leads_to
    from mockserver.server import bind, url_of

    coloured = is_coloured(sys.stdout)

    def show(taken: Taken) -> None:
        say(json.dumps(json_of(taken)) if as_json else f"{text_of(taken, coloured)}\n")

    try:
        listener = Listener(
            Orders(secret, forward, status, delay, fail_first), show, lambda lost: click.echo(lost, err=True)
        )
    except ValueError as error:
        raise Misuse(f"cannot forward to {forward}: {error}") from None
    with listening(host, port):
        bound = bind(host, port)
    if forward is not None and leads_to(forward, bound):
        bound.close()
        raise Misuse(f"cannot forward to {forward}: that is this listener itself; give it another --port")

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(listener.stop))
        await listener.run(bound, lambda: click.echo(f"listening on {url_of(bound)}", err=True))

    asyncio.run(serve())
