"""The receivers that a world's webhooks lead to, addressed by the test itself while the world sends nothing."""

import os
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from mockserver.client import Caller
from mockserver.ids import uuid_of
from mockserver.plugin.awaiting import settled
from mockserver.plugin.telling import shortened
from mockserver.schedules import Message, Sending
from mockserver.targets import TargetPolicy

__tracebackhide__ = True  # pytest shows the line that called

Row = dict[str, Any]
ALLOW = "MOCKSERVER_WEBHOOK_ALLOW"  # as `mockserver serve` reads it
Poster = httpx2.Client | httpx2.AsyncClient


class Failed(Exception):
    """A receiver is not idempotent, or nobody can tell; the message says which."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that is away: its row, and the companies that it hears of, None being all."""

    row: Row
    company_ids: Sequence[str] | None

    def hears_of(self, event: Row, company_id: str | None) -> bool:
        is_wanted = not self.row["events"] or event["type"] in self.row["events"]
        return is_wanted and (self.company_ids is None or company_id in self.company_ids)


@contextmanager
def webhooks_away(calls: Caller) -> Iterator[list[Hook]]:
    """
    While this lasts the world sends nothing to the webhooks that are given: those that are on and lead to where
    webhooks may go. They come back as they were.

    Raises:
        Failed: there are none, or deliveries would get lost.
    """
    hooks = _reachable(_hooks_of(calls.call("GET", "/state")))
    _check_none_is_pending(calls.call("GET", "/deliveries"), {hook.row["id"] for hook in hooks})
    for hook in hooks:
        calls.call("DELETE", f"/webhooks/{hook.row['id']}")
    try:
        yield hooks
    finally:
        for hook in hooks:
            calls.call("POST", "/webhooks", hook.row)


def _hooks_of(state: Row) -> list[Hook]:
    reach = {key["id"]: key.get("companyIds") or [key["companyId"]] for key in state["keys"]}
    return [
        Hook(row, [row["companyId"]] if row["companyId"] else reach.get(row["apiKeyId"]))
        for row in state["webhooks"]
        if row["isActive"]
    ]


def _reachable(hooks: Sequence[Hook]) -> list[Hook]:
    """Without those that the world's own deliveries do not reach either: nothing may leave the machine unasked."""
    if not hooks:
        raise Failed("no webhook of this world is on: register the receiver with instaview.webhooks.register(url)")
    policy = TargetPolicy(os.environ.get(ALLOW, "").split())
    refusals = [_refusal(policy, hook.row["url"]) for hook in hooks]
    reachable = [hook for hook, refusal in zip(hooks, refusals, strict=True) if refusal is None]
    if not reachable:
        raise Failed(f"{hooks[0].row['url']} cannot be reached: {refusals[0]}")
    return reachable


def _refusal(policy: TargetPolicy, url: str) -> str | None:
    host = httpx2.URL(url).host
    try:
        addresses = {str(address[0]) for *_, address in socket.getaddrinfo(host, None)}
    except OSError as error:
        return str(error)
    refusals = [refusal for address in addresses if (refusal := policy.refusal(host, address)) is not None]
    return f"{refusals[0]} (here: the variable {ALLOW})" if refusals else None


def _check_none_is_pending(deliveries: Sequence[Row], webhook_ids: Collection[str]) -> None:
    """Who removes a webhook gives up what waits for it."""
    pending = sum(row["status"] == "pending" and row["webhookId"] in webhook_ids for row in deliveries)
    if pending:
        raise Failed(f"{pending} deliveries of this world are still to come: advance its clock until they are done")


@dataclass(frozen=True, slots=True)
class Letter:
    """What one webhook would have been sent about one event."""

    hook: Row
    message: Message


Story = Sequence[Sequence[Letter]]  # event by event, each with a letter at least


class Newsroom:
    """Tells what happens in a world from now on."""

    def __init__(self, calls: Caller, hooks: Sequence[Hook], played: set[str]) -> None:
        self._calls, self._hooks, self._played = calls, hooks, played
        self._told = {event["id"] for event in calls.call("GET", "/events")}

    def story(self) -> Story:
        """What happened since the last one, as far as a webhook hears of it."""
        fresh = [event for event in self._calls.call("GET", "/events") if event["id"] not in self._told]
        self._told.update(event["id"] for event in fresh)
        owners = self._owners()
        letters = {each["id"]: self._letters(each, owners.get(each["data"].get("interviewId"))) for each in fresh}
        story = {id: each for id, each in letters.items() if each}
        self._played.update(story)
        return list(story.values())

    def _owners(self) -> dict[str, str]:
        """The companies of interviews, asked for only where a webhook cares: a state may be large."""
        if all(hook.company_ids is None for hook in self._hooks):
            return {}
        return {row["id"]: row["companyId"] for row in self._calls.call("GET", "/state")["interviews"]}

    def _letters(self, event: Row, company_id: str | None) -> list[Letter]:
        return [Letter(hook.row, _message(hook, event)) for hook in self._hooks if hook.hears_of(event, company_id)]


def _message(hook: Hook, event: Row) -> Message:
    delivery_id = uuid_of(f"played/{hook.row['id']}/{event['id']}")
    told = {"event": event["type"], "timestamp": event["at"], "deliveryId": delivery_id, "data": event["data"]}
    return Message.of(told)


class Postman:
    """
    Brings a story to its receivers in any order. What one of them does not take is brought again in the end, as often
    as its webhook tries again.
    """

    def __init__(self, poster: Poster, now: Callable[[], float | None]) -> None:
        """
        Args:
            now: Unix time of the signatures; None is the present.
        """
        self._poster, self._now = poster, now

    async def deliver(self, story: Story, order: Sequence[int]) -> tuple[list[int], list[str]]:
        """
        Args:
            order: events by their places in the story, from 1.

        Returns:
            The status for each place of the order, the highest where several receivers hear of it; and what was said
            to each letter that was never taken.

        Raises:
            Failed: nothing answers.
        """
        letters = [letter for each in story for letter in each]
        open = dict.fromkeys((letter.message.id for letter in letters), "")
        answers = [max([await self._bring(letter, open) for letter in story[place - 1]]) for place in order]
        for retry in range(max(letter.hook["maxRetries"] for letter in letters)):
            for letter in letters:
                if letter.message.id in open and letter.hook["maxRetries"] > retry:
                    await self._bring(letter, open)
        return answers, list(open.values())

    async def _bring(self, letter: Letter, open: dict[str, str]) -> int:
        """Strikes the letter off what is `open`, or notes there what was said to it."""
        hook, message = letter.hook, letter.message
        headers, body = Sending(1, message).request(hook["signingSecret"], self._now())
        own = {header["name"]: header["value"] for header in hook["headers"]}
        seconds = hook["timeoutMs"] / 1000
        try:
            posting = self._poster.post(hook["url"], headers={**own, **headers}, content=body, timeout=seconds)
            response: httpx2.Response = await settled(posting)
        except httpx2.TransportError as error:
            raise Failed(f"{hook['url']} does not answer to {message.event}: {error or type(error).__name__}") from None
        if response.is_success:
            open.pop(message.id, None)
        elif message.id in open:
            said = shortened(response.content)
            open[message.id] = f"{hook['url']} answers {message.event} with {response.status_code}{said and f' {said}'}"
        return int(response.status_code)
