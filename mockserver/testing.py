"""
For tests of webhook receivers: schedules of deliveries as an unkind network makes them, and a way to play them.

A schedule delivers every event of a story flawlessly at least once; around that come duplicates, forgeries and another
order. A good receiver has the same effects in the end as if each event had come once, in order:

    @given(delivery_schedules())
    def test_receiver(schedule):
        assert effects_of(schedule) == effects_of(schedule.in_order())

where `effects_of` plays a schedule against a new receiver. Needs `hypothesis`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Literal, TypeVar, get_args, overload

import httpx2
from hypothesis import strategies as st

from mockserver.analysis import Subject, analysis_of
from mockserver.clock import system_now
from mockserver.forgery import FORGERIES, Forgery, sign_badly
from mockserver.ids import uuid_of
from mockserver.jsontext import decode, encode
from mockserver.signing import secret_for, sign

__all__ = ["FAULTS", "SECRET", "Fault", "Message", "Played", "Schedule", "Sending", "delivery_schedules", "play"]

Fault = Literal["duplicate", "reorder", Forgery, "truncated-body"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
SECRET = secret_for("testing")
A = TypeVar("A")
Receiver = Callable[[dict[str, str], bytes], A]


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one webhook: what stays the same however often it is sent."""

    id: str
    event: str
    body: bytes

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Message":
        """The message of a webhook's JSON body."""
        return cls(body["deliveryId"], body["event"], encode(body))

    def forged(self) -> "Message":
        """What somebody sends who knows no secret: another delivery, about an interview that nobody has heard of."""
        body: Any = decode(self.body)
        data = {**body["data"], "interviewId": uuid_of(f"forged/interview/{self.id}")}
        return Message.of({**body, "deliveryId": uuid_of(f"forged/{self.id}"), "data": data})


@dataclass(frozen=True, slots=True)
class Sending:
    """One arrival: the `place`-th event of the story, counted from 1, and what is wrong with it; None is nothing."""

    place: int
    message: Message
    fault: Fault | None = None

    @property
    def is_good(self) -> bool:
        """Whether a receiver must take it; the others it should refuse."""
        return self.fault in (None, "rotated-secret")

    def request(self, secret: str = SECRET, now: float | None = None) -> tuple[dict[str, str], bytes]:
        """
        Headers and body as they arrive.

        Args:
            now: Unix time of the signature; None is the present.
        """
        message = self.message.forged() if self.fault in ("wrong-signature", "missing-signature") else self.message
        signed = message.id, int(system_now().timestamp() if now is None else now), message.body
        headers = sign_badly(str(self.fault), secret, *signed) if self.fault in FORGERIES else sign(secret, *signed)
        body = message.body[: len(message.body) // 2] if self.fault == "truncated-body" else message.body
        return {"content-type": "application/json", **headers}, body

    def __repr__(self) -> str:
        return f"{self.place} {self.message.event}" + (f" ({self.fault})" if self.fault else "")


@dataclass(frozen=True, slots=True)
class Schedule:
    """What arrives, in order."""

    sendings: tuple[Sending, ...]

    def in_order(self) -> "Schedule":
        """The same story on a good day: each event once, in order, flawless."""
        once = {sending.place: Sending(sending.place, sending.message) for sending in self.sendings}
        return Schedule(tuple(once[place] for place in sorted(once)))

    def __iter__(self) -> Iterator[Sending]:
        return iter(self.sendings)

    def __len__(self) -> int:
        return len(self.sendings)

    def __repr__(self) -> str:
        return f"Schedule({', '.join(map(repr, self.sendings))})"


@dataclass(frozen=True, slots=True)
class Played(Generic[A]):
    """A sending and what the receiver said to it: a status where it has a URL, otherwise what it returned."""

    sending: Sending
    answer: A


@overload
def play(schedule: Schedule, receiver: str, secret: str = ..., now: float | None = ...) -> list[Played[int]]: ...
@overload
def play(schedule: Schedule, receiver: Receiver[A], secret: str = ..., now: float | None = ...) -> list[Played[A]]: ...


def play(
    schedule: Schedule, receiver: str | Receiver[Any], secret: str = SECRET, now: float | None = None
) -> list[Played[Any]]:
    """
    Let a schedule arrive at a receiver, one sending after the other, nothing sent again.

    Args:
        receiver: a URL, or a function of headers and body.
        secret: 64 hexadecimal digits, which the receiver verifies with.
        now: Unix time of the signatures; None is the present.
    """
    if not isinstance(receiver, str):
        return [Played(sending, receiver(*sending.request(secret, now))) for sending in schedule]
    with httpx2.Client(trust_env=False) as client:

        def post(headers: dict[str, str], body: bytes) -> int:
            return client.post(receiver, headers=headers, content=body).status_code

        return play(schedule, post, secret, now)


def delivery_schedules(
    story: Sequence[Message] | None = None, faults: Collection[Fault] = FAULTS, max_extra: int = 3
) -> st.SearchStrategy[Schedule]:
    """
    Schedules of the beginning of a story, which shrink to the fewest events, the fewest sendings, the least disorder.

    Args:
        story: by default an interview that starts, completes and is analysed.
        faults: what may go wrong.
        max_extra: how many sendings there may be beyond one of each event.
    """
    messages = tuple(story or _interview())
    extras = [fault for fault in FAULTS if fault in faults and fault not in ("reorder", "rotated-secret")]
    unharmed: list[Fault | None] = [None, "rotated-secret"] if "rotated-secret" in faults else [None]

    @st.composite
    def schedules(draw: st.DrawFn) -> Schedule:
        count = draw(st.integers(1, len(messages)))
        sendings = [_sending(messages, place, draw(st.sampled_from(unharmed))) for place in range(1, count + 1)]
        if extras:
            extra = st.tuples(st.integers(1, count), st.sampled_from(extras))
            sendings += [_sending(messages, *drawn) for drawn in draw(st.lists(extra, max_size=max_extra))]
        if "reorder" in faults:
            return Schedule(tuple(draw(st.permutations(sendings))))
        return Schedule(tuple(sorted(sendings, key=lambda sending: sending.place)))

    return schedules()


def _sending(messages: Sequence[Message], place: int, fault: Fault | None) -> Sending:
    return Sending(place, messages[place - 1], None if fault == "duplicate" else fault)


@cache
def _interview() -> tuple[Message, ...]:
    """An interview that starts, completes and is analysed, as the mock would tell it."""
    named = {name: uuid_of(f"testing/{name}") for name in ("interviewId", "candidateId", "jobId")}
    analysis = {"analysisId": uuid_of("testing/analysis"), "status": "COMPLETED", "analysis": _analysis()}
    told = (
        ("interview.started", "2030-01-16T10:30:00.000Z", {"status": "IN_PROGRESS"}),
        ("interview.completed", "2030-01-16T10:50:00.000Z", {"status": "COMPLETED"}),
        ("analysis.completed", "2030-01-16T10:51:00.000Z", analysis),
    )
    return tuple(
        Message.of({"event": event, "timestamp": at, "deliveryId": uuid_of(f"testing/{event}"), "data": named | more})
        for event, at, more in told
    )


def _analysis() -> dict[str, object]:
    subject = Subject(
        first_name="Jane",
        last_name="Doe",
        job_title="Senior engineer",
        required_skills=("Python",),
        nice_to_have_skills=(),
        focus="SCREENING",
        language="EN",
        questions=(),
        cefr_level=None,
        duration_seconds=1200,
        company="Acme",
        agent_name="First talk",
    )
    return analysis_of(subject, id=uuid_of("testing/analysis"), created_at="2030-01-16T10:51:00Z", seed="testing")
