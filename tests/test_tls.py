"""Deliveries over TLS: to a receiver whose certificate the server's environment trusts, and to no other."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from tests.processes import Served, served

AUTHORITY = trustme.CA()


@pytest.fixture
def trusted(tmp_path: Path) -> str:
    """A file with the certificate of the authority that the receivers here have theirs from."""
    path = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)


@asynccontextmanager
async def receiver(name: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The URL of one that answers 204 under a certificate for `name`, and the bodies that it gets."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert(name).configure_cert(context)
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 None\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/hook", bodies


async def first_attempt(server: Served) -> Any:
    """Of the first delivery of an interview: what came of its first attempt."""
    await asyncio.to_thread(server.create, isTest=True)
    log = f"{server.url}/_mock/worlds/demo/deliveries"
    async with httpx2.AsyncClient() as client:
        await client.post(f"{log}/flush", json={})
        return (await client.get(log)).json()[0]["attempts"][0]


@pytest.mark.parametrize(
    ("name", "is_trusted", "error"),
    [
        ("localhost", True, None),
        ("hooks.example.com", True, "certificate not trusted: "),
        ("localhost", False, "certificate not trusted: "),
    ],
    ids=["its own name, by a known authority", "another name", "an authority that nobody knows"],
)
async def test_a_receiver_has_to_prove_who_it_is(trusted: str, name: str, is_trusted: bool, error: str | None) -> None:
    """`SSL_CERT_FILE` names the authorities to trust, as for other programs; nothing is sent to who cannot."""
    environment = {"SSL_CERT_FILE": trusted} if is_trusted else {}
    async with receiver(name) as (url, bodies):
        with served("--quiet", "--grace", "0", "--webhook", url, **environment) as server:
            attempt = await first_attempt(server)

    assert (attempt["error"] or "").startswith(error or "")
    assert (attempt["error"] is None, attempt["response"] is not None) == (error is None, error is None)
    assert len(bodies) == (2 if error is None else 0)
