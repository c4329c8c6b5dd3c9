"""Paths and methods of the vendor's API: what there is, what is not built, what there is not."""

import pytest

from mockserver import contract
from tests.support import (
    ACME,
    Mock,
    body,
)

# --- Paths and methods


@pytest.mark.rule("ROUTE")
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/interview", "/interviews/", "//interviews", "/Interviews", "/v1/interviews", "/interviews/a/b"),
        *("/%00", "/interviews%3Fpage=1", "/interviews/../interviews/%2e%2e/x/y", "/_mocks", f"/{'x' * 50_000}"),
    ],
    ids=lambda path: path[:40],
)
@pytest.mark.parametrize("key", [ACME, None], ids=["with a key", "without"])
async def test_an_unknown_path_is_not_found(mock: Mock, path: str, key: str | None) -> None:
    """404 in the vendor's shape, whoever asks."""
    response = await mock.refused(mock.call("POST", path, key, json=body()), 404, "ROUTE")

    assert response.json().keys() == {"statusCode", "message", "error"}


@pytest.mark.rule("METHOD")
@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/interviews", "PUT", "GET, POST"),
        ("/interviews", "PATCH", "GET, POST"),
        ("/interviews", "HEAD", "GET, POST"),
        ("/interviews", "OPTIONS", "GET, POST"),
        ("/interviews", "BREW", "GET, POST"),
        ("/openapi.json", "POST", "GET"),
    ],
)
async def test_a_known_path_names_its_methods(mock: Mock, path: str, method: str, allowed: str) -> None:
    """405 with Allow, and before anybody asks for a key."""
    response = await mock.refused(mock.call(method, path, None), 405, "METHOD")

    assert response.headers["allow"] == allowed
    assert method == "HEAD" or response.json()["error"] == "Method Not Allowed"


@pytest.mark.rule("METHOD", "ROUTE")
@pytest.mark.parametrize(("method", "path"), contract.unbuilt(), ids=lambda value: value)
async def test_what_the_vendor_has_and_this_mock_has_not_says_so(mock: Mock, method: str, path: str) -> None:
    """501 for a known operation; another method on its path is 405, and Allow is never empty."""
    built = {operation.method for operation in contract.operations().values() if operation.path == path}
    response = await mock.refused(mock.call(method, path), 501, "ROUTE")
    other = await mock.call("BREW", path)

    assert "not built" in response.json()["message"]
    assert other.status_code == 405
    assert set(other.headers["allow"].split(", ")) == built or method in other.headers["allow"]


async def test_the_contract_is_served_to_everybody(mock: Mock) -> None:
    """/openapi.json needs no key."""
    response = await mock.call("GET", "/openapi.json", None)

    assert (response.status_code, response.json()) == (200, contract.document())
