"""
What can be wrong with a call, as exceptions that know how the API answers them.

    ApiError                 anything the vendor's API refuses; carries violations
    ControlError             anything the control API refuses
    WorldFileError           a world file that is wrong, with the path of the mistake
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


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
    """A world file that is wrong; the message starts with the path of the mistake."""
