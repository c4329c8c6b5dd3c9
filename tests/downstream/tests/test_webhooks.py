import httpx
from mockserver import InstaView
from mockserver.builders import Row, candidate, job

from acme_hiring.booking import Bookings
from acme_hiring.webhooks import Hiring


def test_who_does_well_is_hired(
    instaview: InstaView, bookings: Bookings, hiring: Hiring, jane: Row, robin: Row
) -> None:
    bookings.book("A-1", jane.id, robin.id)

    instaview.clock.advance(until="idle")

    assert hiring.hired() == [jane.id]


def test_who_does_not_come_is_not_hired(instaview: InstaView, bookings: Bookings, hiring: Hiring, robin: Row) -> None:
    joe = candidate(jobs=[job()], email="joe+no-answer@example.com")
    instaview.seed(joe)
    bookings.book("A-2", joe.id, robin.id)

    instaview.clock.advance(until="idle")

    assert hiring.hired() == []


def test_webhooks_may_come_twice_and_in_any_order(instaview: InstaView, hiring: Hiring) -> None:
    instaview.assert_idempotent(lambda: len(hiring.hired()))


def test_a_forged_webhook_is_turned_away(instaview: InstaView, hiring: Hiring) -> None:
    (webhook,) = instaview.state()["webhooks"]

    assert httpx.post(webhook["url"], json={"deliveryId": "1"}, trust_env=False).status_code == 401
