"""The form of a request over the API: sizes, media types, whatever calls itself JSON. Always an answer, never a 500."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rules.form import MAX_BODY
from tests.support import ACME, Mock, body

JSON = {"Content-Type": "application/json"}


async def send(mock: Mock, content: Any, **headers: str) -> Any:
    return await mock.call("POST", "/interviews", content=content, headers={**JSON, **headers})


def padded(size: int) -> bytes:
    """A good body of so many bytes: JSON may be followed by space."""
    return json.dumps(body()).encode().ljust(size)


async def in_chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


# --- Size


@pytest.mark.rule("BODY-SIZE")
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
async def test_a_body_has_a_mebibyte(mock: Mock, chunked: bool) -> None:
    """1 MiB passes, a byte more is 413, whether its size was announced or not."""
    small, large = padded(MAX_BODY), padded(MAX_BODY + 1)

    good = await send(mock, in_chunks(small) if chunked else small)
    bad = await mock.refused(send(mock, in_chunks(large) if chunked else large), 413, "BODY-SIZE")

    assert (len(small), good.status_code) == (1_048_576, 201)
    assert bad.json()["error"] == "Payload Too Large"


@pytest.mark.rule("BODY-SIZE")
@pytest.mark.parametrize(
    ("announced", "status"),
    [(str(MAX_BODY + 1), 413), ("9" * 5000, 413), ("many", 201), ("-1", 201), ("", 201)],
    ids=["a byte too many", "more digits than Python converts", "a word", "less than nothing", "nothing"],
)
async def test_an_announced_size_is_believed_as_far_as_it_is_one(mock: Mock, announced: str, status: int) -> None:
    """What is announced too large is not waited for; what cannot be read does not matter."""
    response = await send(mock, padded(200), **{"Content-Length": announced})

    assert response.status_code == status


# --- Media types


@pytest.mark.rule("BODY-MEDIA")
@pytest.mark.parametrize("media", ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8;x"])
async def test_json_is_taken_in_any_case_with_any_parameters(mock: Mock, media: str) -> None:
    """The media type is all that counts."""
    assert (await send(mock, padded(200), **{"Content-Type": media})).status_code == 201


MEDIA = [
    pytest.param([], id="no media type"),
    pytest.param([("Content-Type", "")], id="an empty one"),
    pytest.param([("Content-Type", "text/plain")], id="text"),
    pytest.param([("Content-Type", "application/x-www-form-urlencoded")], id="a form"),
    pytest.param([("Content-Type", "application/jsonp")], id="nearly JSON"),
    pytest.param([("Content-Type", "application/json"), ("Content-Type", "text/plain")], id="two media types"),
    *(
        pytest.param([("Content-Type", "application/json"), ("Content-Encoding", coding)], id=coding)
        for coding in ("gzip", "deflate", "br", "zstd", "gzip, identity", "x")
    ),
]


@pytest.mark.rule("BODY-MEDIA")
@pytest.mark.parametrize("headers", MEDIA)
async def test_what_is_not_plain_json_is_refused(mock: Mock, headers: list[tuple[str, str]]) -> None:
    """415, even if the body would be good."""
    request = mock.call("POST", "/interviews", content=padded(200), headers=headers)

    response = await mock.refused(request, 415, "BODY-MEDIA")

    assert response.json()["error"] == "Unsupported Media Type"


# --- JSON


def in_metadata(text: bytes) -> bytes:
    """A good body but for a text inside its metadata."""
    return json.dumps(body(metadata={"k": "HERE"})).encode().replace(b'"HERE"', text)


BAD_JSON = [
    pytest.param(b"", id="nothing"),
    pytest.param(b" \n", id="space"),
    pytest.param(b"{", id="half an object"),
    pytest.param(b"{} {}", id="two objects"),
    pytest.param(b"{'a': 1}", id="single quotes"),
    pytest.param(b'{"a": 1,}', id="a comma too many"),
    pytest.param(b'{"a": 1} // note', id="a comment, as the page prints them"),
    pytest.param(b"[]", id="an array"),
    pytest.param(b"null", id="null"),
    pytest.param(b'"text"', id="a string"),
    pytest.param(b"1", id="a number"),
    pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
    pytest.param("{}".encode("utf-16"), id="UTF-16"),
    pytest.param(in_metadata(b'"\xff"'), id="no UTF-8"),
    pytest.param(in_metadata(b'"\xc0\x80"'), id="an overlong NUL"),
    pytest.param(in_metadata(b'"\xed\xa0\x80"'), id="a surrogate in UTF-8"),
    pytest.param(in_metadata(b'"\\ud800"'), id="half a pair of surrogates"),
    pytest.param(in_metadata(b'"\\udc00\\ud800"'), id="a pair the wrong way round"),
    pytest.param(in_metadata(b'"\x00"'), id="a bare control character"),
    pytest.param(in_metadata(b"NaN"), id="NaN"),
    pytest.param(in_metadata(b"Infinity"), id="Infinity"),
    pytest.param(in_metadata(b"-Infinity"), id="-Infinity"),
    pytest.param(in_metadata(b"1e999"), id="a number that no double holds"),
    pytest.param(in_metadata(b"9" * 5000), id="a number of 5,000 digits"),
    pytest.param(in_metadata(b"01"), id="a leading zero"),
    pytest.param(in_metadata(b"+1"), id="a plus"),
    pytest.param(in_metadata(b"0x1F"), id="hexadecimal"),
    pytest.param(in_metadata(b"True"), id="Python's True"),
    pytest.param(in_metadata(b"[" * 199 + b"]" * 199), id="201 levels"),
    pytest.param(in_metadata(b"[" * 100_000 + b"]" * 100_000), id="100,000 levels"),
    pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 objects"),
    pytest.param(b"[" * 500_000, id="500,000 levels that nobody closes"),
]


@pytest.mark.rule("BODY-JSON")
@pytest.mark.parametrize("content", BAD_JSON)
async def test_what_is_no_strict_json_object_is_refused(mock: Mock, content: bytes) -> None:
    """400 with the reason, in the vendor's shape."""
    response = await mock.refused(send(mock, content), 400, "BODY-JSON")

    assert response.json()["message"].startswith("The request body ")


GOOD_JSON = [
    pytest.param(in_metadata(b'"\\ud83d\\ude00 \\u0000"'), {"k": "😀 \0"}, id="a pair of surrogates, an escaped NUL"),
    pytest.param(in_metadata(b"-0.0"), {"k": -0.0}, id="minus nothing"),
    pytest.param(in_metadata(b"18446744073709551615"), {"k": 2**64 - 1}, id="the largest whole number of 64 bits"),
    pytest.param(in_metadata(b"1e308"), {"k": 1e308}, id="nearly the largest double"),
    pytest.param(in_metadata(b'1,"k":2'), {"k": 2}, id="a name given twice: the last counts"),
    pytest.param(in_metadata(b'1,"":[]'), {"k": 1, "": []}, id="an empty name"),
]


@pytest.mark.rule("BODY-JSON")
@pytest.mark.parametrize(("content", "metadata"), GOOD_JSON)
async def test_what_is_strict_json_comes_back_as_it_was(mock: Mock, content: bytes, metadata: object) -> None:
    """However odd it looks."""
    response = await send(mock, content)

    assert (response.status_code, response.json()["metadata"]) == (201, metadata)


@pytest.mark.rule("BODY-JSON", "METADATA-DEPTH")
async def test_two_hundred_levels_are_json_still(mock: Mock) -> None:
    """They are too deep for metadata, and the answer says that instead."""
    await mock.refused(send(mock, in_metadata(b"[" * 198 + b"]" * 198)), 400, "METADATA-DEPTH")


# --- Whatever comes


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda some: in_metadata(b'"' + some + b'"')))
async def test_no_bytes_are_a_mistake_of_the_mock(content: bytes) -> None:
    """Whatever they are."""
    async with Mock() as mock:
        response = await send(mock, content)

    assert response.status_code in (201, 400)


async def test_a_mistake_of_the_mock_itself_still_has_the_vendors_shape(mock: Mock) -> None:
    """The client gets a bare 500, the log gets the exception, and the journal stays readable."""
    mock.world.store.companies.clear()

    with pytest.raises(KeyError):
        await mock.create()

    entry = (await mock.requests())[-1]
    assert entry["response"]["body"] == {
        "statusCode": 500,
        "message": "Internal server error",
        "error": "Internal Server Error",
    }
    assert entry["decided"] == []
    assert "x-mock-rule" not in entry["response"]["headers"]
    assert Path(__file__).name not in json.dumps(entry)


async def test_a_request_that_breaks_off_leaves_nothing_behind(mock: Mock) -> None:
    """Nobody reads the answer; the journal tells what happened."""
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent = []
    before = await mock.everything()

    async def receive() -> Any:
        return next(messages)

    async def reply(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {ACME}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/interviews", "query_string": b"", "headers": headers}
    await mock.app(scope, receive, reply)

    assert sent[0]["status"] == 408
    assert await mock.everything() == before
    assert (await mock.requests())[-1]["decided"][0]["message"] == "The request did not arrive whole"
