"""Calls in sequence, linked as the contract links them: schemathesis, stateful; and how many of all calls succeed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.generation.stateful.state_machine import StepInput

from mockserver import MockServer, contract, settings_for
from mockserver.paths import CONTRACTS
from tests.support import ACME, ATS, SCREENING, agent, candidate, company, job
from tests.test_contract import (
    CHOSEN,
    OURS,
    POOLS,
    TALKS,
    UUID,
    furnished,
    headers_for,
    is_positive,
    led,
)

# Calls of each operation by status, of both machines.
Tally = defaultdict[str, Counter[int]]

# All that judge a single call, and those that judge a sequence.
CHECKED: list[Any] = [
    *CHOSEN,
    *OURS,
    *(CHECKS.get_one(name) for name in ("use_after_free", "ensure_resource_availability")),
]


def chained(select: Callable[[Any], Any], key: str, url: str, tally: Tally) -> Any:
    """
    A machine that makes linked calls with this key.

    Args:
        select: narrows the contract to the operations that the machine makes.
    """
    schema = select(schemathesis.openapi.from_path(CONTRACTS / "openapi.yaml"))
    headers = {"Authorization": f"Bearer {key}"}

    seen: set[str] = {id for pool in POOLS.values() for id in pool}

    @schema.hook  # type: ignore[untyped-decorator]  # not typed there
    def map_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> schemathesis.Case[Any]:
        """As in the single calls; but what a link says stays: ids that an answer has named."""
        return led(case, seen)

    class Chain(schema.as_state_machine()):  # type: ignore[misc]  # a class made at run time
        """Each sequence begins with the world as it was."""

        def setup(self) -> None:
            assert httpx2.post(f"{url}/_mock/worlds/demo/reset").status_code == 204

        def before_call(self, case: Any) -> None:
            if key == ATS and is_positive(case) and takes_company(case):
                asked = (case.query or {}).get("companyId", "")
                case.query = {**(case.query or {}), "companyId": asked if UUID.fullmatch(asked) else company()}

            if is_positive(case) and case.path.endswith("/analysis-pdf") and case.path_parameters["id"] in TALKS:
                case.path_parameters["id"] = analysed(url, headers)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": url, "headers": headers_for(case, f"Bearer {key}")}

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            seen.update(UUID.findall(response.text))
            tally[case.operation.definition.raw["operationId"]][response.status_code] += 1

        def validate_response(self, response: Any, case: Any, **_options: Any) -> None:
            case.validate_response(
                response,
                checks=CHECKED,
                headers=headers,
                transport_kwargs=self.get_call_kwargs(case),
                recorder=self.recorder,
            )

    return Chain


def analysed(url: str, headers: dict[str, str]) -> str:
    """The id of a new interview that has its analysis."""
    asked = {"candidateId": candidate(1), "agentId": agent(SCREENING), "jobId": job(1), "isTest": True}
    response = httpx2.post(f"{url}/interviews", json=asked, headers=headers)
    return str(response.json().get("id", TALKS[0]))  # its candidate or agent may have been deleted


def takes_company(case: Any) -> bool:
    return any(parameter.name == "companyId" for parameter in case.operation.query)


@pytest.fixture
def url() -> Iterator[str]:
    with MockServer(settings_for([furnished()], grace_seconds=0, rate_limit="off")) as server:
        yield server.url


def without_companies(schema: Any) -> Any:
    return schema.exclude(operation_id=["createCompany", "deleteCompany"])


def of_companies(schema: Any) -> Any:
    names = ["createCompany", "listCompanies", "getCompany", "updateCompany", "deleteCompany", "createJob"]
    return schema.include(operation_id=names)


def run(chain: Any, sequences: int) -> None:
    chain.run(
        settings=settings(
            max_examples=sequences,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )


def operations_of(chain: Any) -> dict[str, Any]:
    found = [result.ok() for result in chain.schema.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


def call_alone(chain: Any, name: str) -> None:
    """Calls of one operation, each with a world as it was in the beginning."""

    @settings(max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operations_of(chain)[name].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def call(case: Any) -> None:
        machine = chain()  # which resets the world
        machine.recorder.record_case(case=case)
        machine.step(StepInput.initial(case))

    call()


@pytest.mark.timeout(240)  # half a minute of one core; a busy machine takes longer
def test_linked_calls_keep_the_contract_and_every_operation_succeeds_now_and_then(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Create, read, change, delete, in any order that the links allow; companies by an ATS key, which may delete them. The
    share of 2xx among the calls of each operation is printed: one that never succeeded would show little. Of those that
    no sequence happened upon, single calls are made as well.
    """
    tally: Tally = defaultdict(Counter)
    companies, own = chained(of_companies, ATS, url, tally), chained(without_companies, ACME, url, tally)
    run(companies, 15)
    run(own, 40)
    for name in never_succeeded(tally):
        call_alone(own if name in operations_of(own) else companies, name)

    with capsys.disabled():
        print("\n" + "\n".join(share_of(name, tally[name]) for name in contract.operations()))  # noqa: T201 # the figures are for people
    assert never_succeeded(tally) == []


def never_succeeded(tally: Tally) -> list[str]:
    return [name for name in contract.operations() if not good(tally[name])]


def good(statuses: Counter[int]) -> int:
    return sum(count for status, count in statuses.items() if status < 300)


def share_of(name: str, statuses: Counter[int]) -> str:
    return (
        f"{name:24}{good(statuses):5} of {statuses.total():4} succeed, {good(statuses) / max(1, statuses.total()):.0%}"
    )
