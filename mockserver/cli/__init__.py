"""
The command: one module per subcommand. What a subcommand alone needs is imported when it runs, so that `--version`,
`rules` and `openapi` do not pay for a server.

Data goes to stdout, talk to stderr. Exit status: 0 good, 1 broken, 2 misuse, 3 could not look; `exec` has its
command's.
"""

import click

from mockserver.cli.check import check
from mockserver.cli.check_receiver import check_receiver
from mockserver.cli.exec import exec_
from mockserver.cli.listen import listen
from mockserver.cli.openapi import openapi
from mockserver.cli.rules import rules
from mockserver.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="instaview-mockserver", prog_name="mockserver")
def cli() -> None:
    """A high-fidelity, in-memory mock of the InstaView interview API."""


for command in (serve, check, openapi, rules, exec_, listen, check_receiver):
    cli.add_command(command)


def main() -> None:
    """The entry point."""
    cli(prog_name="mockserver")
