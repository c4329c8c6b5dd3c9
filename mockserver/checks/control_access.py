"""The mock's control API as the judge uses it, by HTTP alone: worlds of its own, their clocks and readings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from mockserver.clock import parse_instant

Call = Callable[..., tuple[int, Any]]  # method, path, body → status, JSON


class ControlRefusal(Exception):
    """The control API did not do as it was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Control:
    """The control API of a server."""

    send: Call

    def answers(self) -> bool:
        """Whether a control API is there, and lets us in."""
        _, health = self.send("GET", "/_mock/health")
        return isinstance(health, dict) and health.get("status") == "ok" and "version" in health

    def call(self, method: str, path: str, body: object = None) -> Any:
        """
        Raises:
            ControlRefusal: the answer is no success.
        """
        status, answer = self.send(method, f"/_mock{path}", body)
        if status >= 400:
            error = answer.get("error") if isinstance(answer, dict) else None
            said = error.get("message") if isinstance(error, dict) else answer
            raise ControlRefusal(f"the control API refuses {method} /_mock{path}: {status} {said}")
        return answer

    def open(self, file: Mapping[str, Any]) -> tuple["ControlledWorld", dict[str, str]]:
        """The world of a file, and its keys: names in the file, of which the first becomes the empty one."""
        names = [row["key"] for row in file["keys"]]
        fresh = {name: f"sk_check_{uuid4().hex}" for name in names}
        rows = [{**row, "key": fresh[row["key"]]} for row in file["keys"]]
        made = self.call("POST", "/worlds", {**file, "keys": rows})
        return ControlledWorld(self, made["id"]), {"": fresh[names[0]], **fresh}

    def copy(
        self, original: "ControlledWorld", keys: Mapping[str, str], wishes: Mapping[str, Any]
    ) -> tuple["ControlledWorld", dict[str, str]]:
        """A copy of the seed of a world, and the keys that stand there for those given."""
        made = self.call("POST", "/worlds", {"from": original.id, **wishes})
        return ControlledWorld(self, made["id"]), {
            name: made["keys"][key] for name, key in keys.items() if key in made["keys"]
        }


@dataclass(frozen=True, slots=True)
class ControlledWorld:
    """A world of a server that has a control API."""

    control: Control
    id: str

    def call(self, method: str, path: str = "", body: object = None) -> Any:
        return self.control.call(method, f"/worlds/{quote(self.id, safe='')}{path}", body)

    def now(self) -> datetime:
        return parse_instant(self.call("GET", "/clock")["now"])

    def readings(self) -> dict[str, str]:
        """The readings in force."""
        return {name: row["value"] for name, row in self.call("GET", "/readings").items()}

    def advance(self, how: Mapping[str, Any]) -> None:
        """Move the clock: `{"seconds": …}`, `{"to": instant}` or `{"until": "idle"}`."""
        self.call("POST", "/clock/advance", dict(how))

    def flush(self) -> None:
        """Wait until no delivery is under way."""
        self.call("POST", "/deliveries/flush")

    def remove(self) -> None:
        self.call("DELETE")


def world_of(control: Control, api_key: str) -> ControlledWorld | None:
    """The world that a key opens; None where there is none, or where something else answers there."""
    try:
        for row in control.call("GET", "/worlds"):
            if f"{api_key[:3]}…{api_key[-4:]}" in row["keys"]:  # as the list shows keys
                world = ControlledWorld(control, row["id"])
                if any(key["key"] == api_key for key in world.call("GET", "/state")["keys"]):
                    return world
    except (ControlRefusal, KeyError, TypeError, ValueError):
        return None
    return None
