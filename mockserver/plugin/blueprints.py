"""World files as tests name them: checked once as long as they stay the same, whatever door they are used at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mockserver.errors import WorldFileError
from mockserver.jsontext import BadJson, decode, encode_strictly
from mockserver.launch import DEMO
from mockserver.models import ApiKey
from mockserver.models import Company as CompanyRow
from mockserver.plugin.instaview import Misused
from mockserver.plugin.views import Company
from mockserver.plugin.wishes import World
from mockserver.world import Seed
from mockserver.worldfile import parse_world


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A world file that is good; `clock` is what holds where a test wants none: the file's, or standing still."""

    file: Mapping[str, Any]
    seed: Seed
    clock: str


def blueprint_of(world: World, root: Path) -> Blueprint:
    """
    The same object for the same contents.

    Args:
        root: what a relative path starts from.

    Raises:
        Misused: it cannot be read, or it is wrong; the message has the path of the mistake.
    """
    if not isinstance(world, Mapping):
        return _read(root / world)
    try:
        return _written(encode_strictly(dict(world)))
    except TypeError as error:
        raise Misused(f"world: {error}") from None


@cache
def demo() -> Blueprint:
    """The world that a test gets who asks for none: its clock stands still, unlike the file's."""
    content = DEMO.read_bytes()
    return Blueprint(decode(content), _written(content).seed, "frozen")


def _read(path: Path) -> Blueprint:
    try:
        return _written(path.read_bytes())
    except OSError as error:
        raise Misused(f"world {path}: {error.strerror}") from None
    except Misused as error:
        raise Misused(f"{path}: {error}") from None


@cache
def _written(content: bytes) -> Blueprint:
    try:
        file = decode(content)
        seed = parse_world(file)
        if not (seed.companies and seed.keys):
            raise Misused("world: a test needs a company and a key")
        return Blueprint(file, seed, file.get("clock", "frozen"))
    except (BadJson, WorldFileError) as error:
        raise Misused(f"world: {error}") from None


def first_keys(companies: Iterable[CompanyRow], keys: Iterable[ApiKey]) -> tuple[Company, ...]:
    """Each company with the first key of its own."""
    first: dict[str, str] = {}
    for key in keys:
        if not key.ats:
            first.setdefault(key.company_ids[0], key.key)
    return tuple(Company(company.id, company.name, first.get(company.id)) for company in companies)
