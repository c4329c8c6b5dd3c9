"""
What can be wrong with a call, as exceptions that know how the API answers them.

    ApiError                 anything the vendor's API refuses; carries violations
    ControlError             anything the control API refuses
    WorldFileError           a world file that is wrong, with the path of the mistake
    Severed                  the connection of a request, by a planned fault
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MAX_SHOWN = 60  # characters of what was sent


@dataclass(frozen=True, slots=True)
class Violation:
    """
    A rule's no.

    `at` points into the body (RFC 6901), empty where no field is to blame; `fix` is the smallest change that would
    pass; `rule` is stamped by `@rule`.
    """

    status: int
    message: str
    at: str = ""
    fix: str = ""
    rule: str = ""


class ApiError(Exception):
    """
    A refusal in the making: `violations` all share one status; `headers` go out beside the body.

    `details` is what the envelope reading adds about what was asked for; `of_shape` marks the refusals whose texts
    speak of fields of the body, so that they are answered as `path: text`.
    """

    def __init__(
        self,
        violations: Sequence[Violation],
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
        of_shape: bool = False,
    ) -> None:
        super().__init__("; ".join(violation.message for violation in violations))
        self.violations = tuple(violations)
        self.status = violations[0].status
        self.headers = dict(headers or {})
        self.details = details
        self.of_shape = of_shape


class ControlError(Exception):
    """The control API's no: `{"error": {"code", "message", "details"}}`."""

    def __init__(self, status: int, code: str, message: str, details: object = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details


class WorldFileError(ValueError):
    """A world file, or what has the form of a part of one, that is wrong; the message starts with `at`."""

    @property
    def at(self) -> str:
        """The path of the mistake."""
        return str(self).partition(": ")[0]


class Severed(ConnectionResetError):
    """
    A planned fault ends the connection of a request: `abruptly`, without an answer, or in good order in the middle of
    one.
    """

    def __init__(self, fault_id: str, abruptly: bool) -> None:
        how = "Connection reset" if abruptly else "Connection closed before the answer was whole"
        super().__init__(f"{how}: the planned fault {fault_id}")
        self.abruptly = abruptly


def meant(name: str, known: Iterable[str]) -> str:
    """` (did you mean X?)` for a name that is wrong; nothing where no known one comes near."""
    near = get_close_matches(name, list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def cut(text: str) -> str:
    """What was sent, as far as a message shows it: sixty characters."""
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
