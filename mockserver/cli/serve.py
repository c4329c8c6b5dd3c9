"""`mockserver serve`: the mock as this process."""

import sys
from typing import Any

import click

from mockserver.cli.options import listening, server_options, settings_from


@click.command()
@server_options(port=8080)
def serve(**options: Any) -> None:
    """Serve the mock until SIGINT or SIGTERM; a second signal ends it at once."""
    from mockserver.app import MockApp
    from mockserver.cli.banner import banner, ready_line
    from mockserver.cli.console import Console
    from mockserver.launch import new_secret
    from mockserver.server import bind, run, url_of

    secret = new_secret()
    settings = settings_from(options, secret)
    console = Console(sys.stderr)
    app = MockApp(settings, None if options["quiet"] else console.on_exchange, console.on_undelivered)
    with listening(options["host"], options["port"]):
        bound = bind(options["host"], options["port"])
    told = url_of(bound), settings.seeds, secret if options["webhook"] else None

    def on_ready() -> None:
        if not options["quiet"]:
            click.echo(banner(*told), nl=False, err=True)
        if options["json"]:
            click.echo(ready_line(*told))

    run(app, bound, on_ready)
    console.flush()
