from contextlib import closing
from datetime import timedelta

import pytest
from mockserver import Inbox, InstaView
from mockserver.builders import Row, candidate, job

from acme_hiring.booking import Bookings, Refused


def test_a_booked_interview_is_held(
    instaview: InstaView, instaview_inbox: Inbox, bookings: Bookings, jane: Row, robin: Row
) -> None:
    booked = bookings.book("A-1", jane.id, robin.id, at=instaview.clock.now() + timedelta(days=3))

    told = instaview_inbox.wait_for("interview.completed", interviewId=booked["id"])
    assert told["data"]["candidateId"] == jane.id
    assert instaview.billing.used > 0


def test_a_candidate_with_two_jobs_is_asked_which(instaview: InstaView, bookings: Bookings, robin: Row) -> None:
    backend, frontend = job(title="Backend engineer"), job(title="Frontend engineer")
    joe = candidate(firstName="Joe", jobs=[backend, frontend])
    instaview.seed(joe)

    with pytest.raises(Refused, match="Job ID must be provided"):
        bookings.book("A-1", joe.id, robin.id)
    booked = bookings.book("A-1", joe.id, robin.id, jobId=frontend.id)

    instaview.assert_rule("JOB-MULTIPLE")
    assert booked["jobId"] == frontend.id


@pytest.mark.instaview(minutes=20)
def test_without_minutes_nothing_is_booked(instaview: InstaView, bookings: Bookings, jane: Row, robin: Row) -> None:
    with pytest.raises(Refused):
        bookings.book("A-1", jane.id, robin.id)

    instaview.assert_rule("BILLING-LIMIT")
    assert bookings.of(jane.id) == []


@pytest.mark.parametrize("status", [429, 503])
def test_told_to_wait_we_wait(instaview: InstaView, bookings: Bookings, jane: Row, robin: Row, status: int) -> None:
    instaview.faults.plan("error", {"operation": "createInterview"}, times=2, status=status, retryAfter=20)
    began = instaview.clock.now()

    bookings.book("A-1", jane.id, robin.id)

    assert instaview.clock.now() - began == timedelta(seconds=40)
    instaview.requests.assert_made("createInterview", times=3, json={"candidateId": jane.id})


@pytest.mark.parametrize("kind", ["lost-answer", "truncated-answer", "connection-reset"])
def test_a_lost_answer_books_once(instaview: InstaView, bookings: Bookings, jane: Row, robin: Row, kind: str) -> None:
    instaview.faults.plan(kind, {"operation": "createInterview"})

    booked = bookings.book("A-1", jane.id, robin.id)

    assert [each["id"] for each in bookings.of(jane.id)] == [booked["id"]]


@pytest.mark.usefixtures("instaview_env")
def test_the_environment_says_where(jane: Row) -> None:
    with closing(Bookings.from_environment()) as bookings:
        assert bookings.of(jane.id) == []
