"""The contract as generators read it: nothing impossible, nothing invalid, every operation within seconds."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NOT_SET

from mockserver import contract
from mockserver.paths import CONTRACTS

SCHEMA = schemathesis.openapi.from_path(CONTRACTS / "openapi.yaml")
BODIES = [name for name, operation in contract.operations().items() if operation.body is not None]
REACHED = {
    "createInterview": "candidateId candidate agentId agent jobId job scheduleTime metadata isTest",
    "createJob": "title jobTitle description jobDescription requiredSkills location salary metadata",
    "createCandidate": "firstName lastName gdprExpiryDate email phoneNumber jobIds jobId metadata",
    "updateCandidate": "firstName email phoneNumber status jobIds metadata",
    "createAgent": "type name focus language duration companyPhoneNumberId questions voiceId cefrLevel metadata",
    "createCallAttempt": "scheduledAt",
    "createCompany": "name description ownerEmail metadata",
    "createWebhook": "url events name description headers companyId isActive",
}


def generate(operation: contract.Operation, count: int, check: Callable[[schemathesis.Case[Any]], None]) -> None:
    """Hand `count` generated cases of an operation to a check, the same in every run."""

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(SCHEMA[operation.path][operation.method].as_strategy())
    def run(case: schemathesis.Case[Any]) -> None:
        check(case)

    run()


@pytest.mark.parametrize("name", BODIES)
def test_bodies_generated_from_it_are_valid_and_of_every_kind(name: str) -> None:
    """Schemathesis reads the schema as we mean it, and reaches every branch."""
    operation, validator = contract.operations()[name], contract.request_validator(name)
    reached: set[str] = set()

    def check(case: schemathesis.Case[Any]) -> None:
        if case.body is NOT_SET:
            assert not operation.spec["requestBody"]["required"]
            return
        assert isinstance(case.body, dict)
        validator.validate(case.body)
        reached.update(field for field, value in case.body.items() if value is not None)

    generate(operation, 100 if name in REACHED else 20, check)

    assert set(REACHED.get(name, "").split()) <= reached


@pytest.mark.parametrize("name", sorted({*contract.operations()} - {*BODIES}))
def test_calls_without_a_body_can_be_generated(name: str) -> None:
    """Paths and queries are made as easily."""
    operation = contract.operations()[name]
    paths: list[str] = []

    generate(operation, 10, lambda case: paths.append(case.formatted_path))

    assert all(path.startswith(operation.path.partition("{")[0]) for path in paths)
    assert paths
