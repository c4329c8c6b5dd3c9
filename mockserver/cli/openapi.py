"""`mockserver openapi`: the contract."""

import json

import click

from mockserver.paths import CONTRACTS


@click.command()
@click.option("--format", "format_", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def openapi(format_: str) -> None:
    """Print the contract: OpenAPI 3.1, as YAML as it was written or as JSON."""
    if format_ == "yaml":
        click.echo((CONTRACTS / "openapi.yaml").read_bytes(), nl=False)
        return
    from mockserver.contract import document

    click.echo(json.dumps(document(), indent=2, ensure_ascii=False))
