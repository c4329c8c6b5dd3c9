"""Readings: named choices where the documents contradict themselves or are silent. The first value is the default."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args


class UnknownReading(ValueError):
    """A reading that does not exist, or a value that it does not have; the message lists what there is."""


@dataclass(frozen=True, slots=True)
class Readings:
    wire: Literal["reference", "envelope"] = "reference"
    create_status: Literal["201", "200"] = "201"
    timestamps: Literal["seconds", "milliseconds"] = "seconds"
    job_sources: Literal["exclusive", "precedence"] = "exclusive"
    jobless: Literal["generic", "any"] = "generic"
    scopes: Literal["strict", "write-only"] = "strict"
    past_schedule: Literal["reject", "accept"] = "reject"
    naive_schedule: Literal["reject", "utc"] = "reject"
    metadata_keys: Literal["total", "top_level"] = "total"
    unknown_fields: Literal["ignore", "reject"] = "ignore"
    immediate_status: Literal["IN_PROGRESS", "SCHEDULED"] = "IN_PROGRESS"
    test_mark: Literal["both", "field_only"] = "both"
    analysis_event: Literal["full", "minimal"] = "full"
    webhook_timestamp: Literal["wall", "world"] = "wall"
    interview_list: Literal["any", "candidate"] = "any"
    interview_delete_scope: Literal["delete:interviews", "write:interviews"] = "delete:interviews"
    job_deletion: Literal["unlink", "keep"] = "unlink"
    agent_deletion: Literal["cascade", "keep"] = "cascade"
    candidate_search: Literal["name", "name_or_email"] = "name"
    webhook_urls: Literal["loopback", "https"] = "loopback"

    def changed(self, changes: Mapping[str, object]) -> "Readings":
        """
        These readings with some changed.

        Raises:
            UnknownReading: no such reading, or no such value of it.
        """
        chosen: dict[str, str] = {}
        for name, value in changes.items():
            if name not in VALUES:
                raise UnknownReading(f"no reading {name!r}; there are {', '.join(VALUES)}")
            if str(value) not in VALUES[name]:
                raise UnknownReading(f"reading {name} is one of {', '.join(VALUES[name])}, not {str(value)!r}")
            chosen[name] = str(value)
        return replace(self, **chosen)  # type: ignore[arg-type]  # each value was just checked against its Literal

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in VALUES}


DEFAULTS = Readings()
VALUES: Mapping[str, tuple[str, ...]] = {field.name: get_args(field.type) for field in fields(Readings)}
