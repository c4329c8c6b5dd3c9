"""Webhooks registered and removed through the control API."""

from typing import Any

import pytest

from tests.receiver import Receiver
from tests.support import ACME, GLOBEX, Mock, agent, body, candidate, company

URL = "http://127.0.0.1:9/hook"
ID = "ABCDEF01-0000-4000-8005-000000000001"


async def register(mock: Mock, **row: Any) -> Any:
    return await mock.control.post("/worlds/demo/webhooks", json=row)


async def test_a_webhook_without_a_company_hears_of_all(mock: Mock) -> None:
    """It gets the events of each company, of every type, signed with the secret that the answer told."""
    async with Receiver() as receiver:
        made = await register(mock, url=receiver.url)
        await mock.create()
        await mock.create(body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX)), key=GLOBEX)
        await mock.advance()

    assert made.status_code == 201
    assert made.json()["companyId"] is None
    assert [delivered.event for delivered in receiver.received].count("analysis.completed") == 2


async def test_the_row_in_the_answer_is_the_one_in_the_state(mock: Mock) -> None:
    """With an id and a secret that the world's seed decides."""
    made = (await register(mock, url=URL)).json()
    await mock.control.post("/worlds/demo/reset")
    again = (await register(mock, url=URL)).json()

    assert made == again
    assert (await mock.state())["webhooks"] == [again]
    assert len(made["signingSecret"]) == 64


async def test_what_the_row_says_holds(mock: Mock) -> None:
    """Ids come back in lower case, null is as left out."""
    row = {
        "id": ID,
        "companyId": company().upper(),
        "url": URL,
        "events": ["interview.completed"],
        "signingSecret": "ab" * 32,
        "headers": [{"name": "X-A", "value": "b"}],
        "isActive": False,
        "maxRetries": 0,
        "timeoutMs": 50,
    }

    made = (await register(mock, **row)).json()

    assert made == {**made, **row, "id": ID.lower(), "companyId": company()}
    assert (await register(mock, url=URL, companyId=None)).json()["companyId"] is None


def headers(*names: str, value: str = "b") -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name in names]


REFUSED = [
    ({}, 400, "url", "no url"),
    ({"url": "ftp://127.0.0.1/"}, 400, "/url", "not HTTP"),
    ({"url": "http://10.1.2.3/hook"}, 400, "/url", "a target that the policy closes"),
    ({"url": URL, "companyId": "44444444-0000-4000-8000-000000000001"}, 400, "/companyId", "no such company"),
    ({"url": URL, "events": ["interview.gone"]}, 400, "/events/0", "no such event"),
    ({"url": URL, "color": "red"}, 400, "color", "no such field"),
    ({"url": "HTTP//127.0.0.1/"}, 400, "/url", "no scheme, in capitals"),
    ({"url": URL, "headers": headers("X-A", "Webhook-ID")}, 400, "/headers/1/name: Webhook-ID cannot be set", "ours"),
    ({"url": URL, "headers": headers("X-A", "x-a")}, 400, "/headers/1/name: x-a is given twice", "given twice"),
    ({"url": URL, "headers": headers("X A")}, 400, "/headers/0/name", "no name of a header"),
    ({"url": URL, "headers": headers("X-A", value="a\r\nX-B: c")}, 400, "/headers/0/value", "a line break"),
    ({"url": URL, "createdAt": "2024-02-31T00:00:00Z"}, 400, "day", "a day that no calendar has"),
]


@pytest.mark.parametrize(("row", "status", "named"), [case[:3] for case in REFUSED], ids=[case[3] for case in REFUSED])
async def test_a_row_that_is_wrong_is_refused_by_name(mock: Mock, row: Any, status: int, named: str) -> None:
    """And nothing is registered."""
    refused = await register(mock, **row)

    assert refused.status_code == status
    assert named in refused.json()["error"]["message"]
    assert (await mock.state())["webhooks"] == []


@pytest.mark.parametrize("url", ["HTTP://127.0.0.1:9/hook", "Https://127.0.0.1:9/hook"])
async def test_a_scheme_is_the_same_in_any_case(mock: Mock, url: str) -> None:
    """As in RFC 3986; what was given is shown again."""
    made = await register(mock, url=url)

    assert (made.status_code, made.json()["url"]) == (201, url)


async def test_an_id_can_be_given_once(mock: Mock) -> None:
    """A second webhook of the same id is a conflict, in whatever case."""
    await register(mock, url=URL, id=ID)

    refused = await register(mock, url=URL, id=ID.lower())

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ID_IN_USE")


async def test_nothing_is_sent_to_a_webhook_that_was_removed(mock: Mock) -> None:
    """It is gone from the state, and a second removal finds nothing."""
    async with Receiver() as receiver:
        made = (await register(mock, url=receiver.url)).json()
        removed = await mock.control.delete(f"/worlds/demo/webhooks/{made['id']}")
        await mock.create(key=ACME)
        await mock.advance()

    assert removed.status_code == 204
    assert receiver.received == []
    assert (await mock.state())["webhooks"] == []
    assert (await mock.control.delete(f"/worlds/demo/webhooks/{made['id']}")).status_code == 404
