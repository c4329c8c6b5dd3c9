"""The scenarios of contracts/scenarios/: the mock keeps every file, however it reads the documents; a liar does not."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.expectations import is_envelope
from mockserver.checks.findings import Verdict
from mockserver.checks.inboxes import Inboxes
from mockserver.checks.results import Result
from mockserver.checks.scenario_files import scenario_of, scenario_paths
from mockserver.checks.scenarios import run_scenario
from mockserver.checks.steps import NEEDS_CONTROL, Outcome
from mockserver.checks.target import Target
from mockserver.ids import uuid_of
from mockserver.readings import VALUES
from mockserver.rulebook import RULES
from tests.liar import Liar, Told
from tests.mutants.catalogue import FAULTS
from tests.support import ACME, GLOBEX, INLINE_AGENT, INLINE_CANDIDATE, company, demo

PATHS = scenario_paths()
READ = {path: scenario_of(path) for path in PATHS}
FILES = [pytest.param(path, marks=pytest.mark.rule(*READ[path].rules), id=path.stem) for path in PATHS]
PUBLIC = [param for path, param in zip(PATHS, FILES, strict=True) if NEEDS_CONTROL not in READ[path].needs]
OTHER_READINGS = {name: values[1] for name, values in VALUES.items()}
MAX_SECONDS = 10.0
MORE_THAN_A_PAGE = 150
# The receiver of a check has no certificate.
NEEDS_HTTP = {"foreign-webhooks", "lifecycle-webhooks", "test-webhooks", "webhook-trial"}


@pytest.fixture(scope="module")
def inboxes() -> Iterator[Inboxes]:
    with Inboxes() as inboxes:
        yield inboxes


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """A server that means what it says of limits: no scenario may take more than its key has."""
    with MockServer(settings_for(rate_limit="enforce")) as server:
        yield server


@pytest.fixture(scope="module")
def target(server: MockServer, inboxes: Inboxes) -> Iterator[Target]:
    with Target(server.url, ACME, GLOBEX, receiver=inboxes.open) as target:
        yield target


@pytest.fixture(scope="module")
def liar(server: MockServer) -> Iterator[Liar]:
    with Liar(server.url) as liar:
        yield liar


@pytest.fixture(scope="module")
def lying_target(liar: Liar, inboxes: Inboxes) -> Iterator[Target]:
    with Target(liar.url, ACME, GLOBEX, receiver=inboxes.open) as target:
        yield target


@pytest.mark.parametrize("wire", ["reference", "envelope"])
@pytest.mark.parametrize("path", FILES)
def test_the_mock_keeps_every_scenario(target: Target, path: Path, wire: str) -> None:
    """Over HTTP, in a world of its own, whichever wire it speaks, and to the last step."""
    with target.fresh_world(readings={"wire": wire}) as fresh:
        result = run_scenario(path, fresh)

    assert (result.failure, result.why) == ("", "")
    assert result.verdict is Verdict.KEPT
    assert wires_of(result) == {wire == "envelope"}


def wires_of(result: Result) -> set[bool]:
    """Whether answers came in the envelope; who has no key that counts is of no world, whose wire could be spoken."""
    exchanges = [exchange for one in result.steps for exchange in one.exchanges if exchange.status != 401]
    return {is_envelope(exchange.json) for exchange in exchanges if exchange.json is not None}


def test_all_of_them_take_less_than_ten_seconds(target: Target) -> None:
    """So that nobody leaves any out."""
    began = perf_counter()

    for path in PATHS:
        run_scenario(path, target)

    assert perf_counter() - began < MAX_SECONDS


# However a server reads the documents


def named_readings() -> Iterator[tuple[Path, str, str]]:
    """Each file with each reading that alone gives it another outcome than the usual one."""
    for path in PATHS:
        outcomes = [outcome for step in READ[path].steps for outcome in step.outcomes]
        others = (
            [(name, value) for name, value in outcome.readings.items() if value != VALUES[name][0]]
            for outcome in outcomes
        )
        yield from ((path, *found) for found in sorted({pairs[0] for pairs in others if len(pairs) == 1}))


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [pytest.param(*each, id=f"{each[0].stem}-{each[1]}") for each in named_readings()],
)
def test_another_reading_is_not_called_broken(target: Target, path: Path, name: str, value: str) -> None:
    """Where the documents allow both; and it is told which one the server goes by."""
    with target.fresh_world(readings={name: value}) as fresh:
        result = run_scenario(path, fresh)

    assert result.failure == ""
    assert result.readings[name] == value
    assert f"{name}={value}" in " ".join(one.why for one in result.steps)
    assert result.verdict is (Verdict.NOT_LOOKED_AT if name == "webhook_urls" else Verdict.KEPT)


@pytest.mark.parametrize("path", FILES)
def test_all_other_readings_together_are_not_called_broken(target: Target, path: Path) -> None:
    """Nor does one reading get in the way of another."""
    with target.fresh_world(readings=OTHER_READINGS) as fresh:
        result = run_scenario(path, fresh)

    assert result.failure == ""
    assert result.verdict is (Verdict.NOT_LOOKED_AT if path.stem in NEEDS_HTTP else Verdict.KEPT)


@pytest.fixture(scope="module", params=["the usual readings", "all others"])
def stranger(request: pytest.FixtureRequest, inboxes: Inboxes) -> Iterator[Target]:
    """A server of which nothing is known but its URL and two keys."""
    readings = {} if request.param == "the usual readings" else OTHER_READINGS
    with (
        MockServer(settings_for(readings=readings)) as server,
        Target(server.url, ACME, GLOBEX, receiver=inboxes.open, has_control=False) as target,
    ):
        yield target


@pytest.mark.parametrize("path", PUBLIC)
def test_without_a_control_api_readings_are_told_from_the_answers(stranger: Target, path: Path) -> None:
    """Either of two documented answers is one, and no scenario takes an empty server."""
    result = run_scenario(path, stranger)

    assert result.failure == ""
    assert result.verdict is Verdict.KEPT or path.stem in NEEDS_HTTP


def full_account() -> dict[str, Any]:
    """The world of `demo`, with more rows of each kind than a page holds."""
    owned = [(n, {"id": uuid_of(f"full/{n}"), "companyId": company()}) for n in range(MORE_THAN_A_PAGE)]
    seed = demo()
    return seed | {
        "jobs": [*seed["jobs"], *({**row, "title": f"Job number {n}"} for n, row in owned)],
        "agents": [*seed["agents"], *({**row, **INLINE_AGENT} for _, row in owned)],
        "candidates": [*seed["candidates"], *({**row, **INLINE_CANDIDATE, "jobIds": []} for _, row in owned)],
        "webhooks": [{**row, "url": "https://hooks.example.com/", "events": ["ping"]} for _, row in owned],
    }


@pytest.fixture(scope="module")
def full(inboxes: Inboxes) -> Iterator[Target]:
    """A server of which nothing is known, with an account that has been used for long."""
    with (
        MockServer(settings_for([full_account()])) as server,
        Target(server.url, ACME, GLOBEX, receiver=inboxes.open, has_control=False) as target,
    ):
        yield target


@pytest.mark.parametrize("path", PUBLIC)
def test_an_account_may_have_any_number_of_rows(full: Target, path: Path) -> None:
    """What is looked for in a list is found on whichever page."""
    result = run_scenario(path, full)

    assert (result.failure, result.why) == ("", "")


def test_a_row_of_somebody_else_is_found_on_whichever_page(full: Target) -> None:
    """A long list proves as much as a short one."""
    leak = next(fault for fault in FAULTS if fault.id == "foreign-rows-listed")
    with pytest.MonkeyPatch.context() as patch:
        leak.apply(patch)

        result = run_scenario(scenario_named("foreign-ids"), full)

    assert result.failed is not None
    assert result.failed.rules == ("COMPANY-OWN",)
    assert result.failed.step.path.startswith("/jobs?")


# Each of them can fail


@pytest.mark.parametrize("path", FILES)
def test_every_scenario_is_followed_to_its_end(liar: Liar, lying_target: Target, path: Path) -> None:
    """A wrong status of the very last answer is found out, by every file."""
    liar.start_over()
    run_scenario(path, lying_target)
    last = liar.count
    liar.start_over(lambda told: told.but(status=418) if told.number == last else told)

    result = run_scenario(path, lying_target)

    assert result.verdict is Verdict.BROKEN
    assert "418" in result.failure.partition("\n")[0]


def yes_to_all(told: Told) -> Told:
    """What a server says that refuses nothing."""
    return told if told.number == 0 or told.status < 400 else told.but(status=200, content=b"{}")


REFUSE = [
    param
    for path, param in zip(PATHS, FILES, strict=True)
    if any(step.outcomes[0].then.get("status", 0) >= 400 and not step.if_not for step in READ[path].steps)
    if path.stem != "rate-limit-refusals"  # a server may leave it at counting
]


@pytest.mark.parametrize("path", REFUSE)
def test_a_server_that_refuses_nothing_is_found_out(liar: Liar, lying_target: Target, path: Path) -> None:
    """At the first step that should be refused, whose rules are then broken."""
    liar.start_over(yes_to_all)

    result = run_scenario(path, lying_target)

    assert result.verdict is Verdict.BROKEN
    assert result.failed is not None
    assert result.failed.rules
    assert result.failure.startswith("Received:   200")


def test_an_effect_left_behind_by_a_refusal_is_found_out(liar: Liar, lying_target: Target) -> None:
    """A list that has grown, though the request was refused."""
    liar.start_over(lambda told: told.but(content=b'{"total":7}') if told.path == "/jobs" and told.number > 3 else told)

    result = run_scenario(scenario_named("limits-of-jobs"), lying_target)

    assert result.failed is not None
    assert result.failed.rules == ("JOB-SHAPE",)
    assert result.failure.startswith("Received:   afterwards, at /jobs: ")


def scenario_named(name: str) -> Path:
    return next(path for path in PATHS if path.stem == name)


# What they show


def outcomes_of(rule: str) -> list[Outcome]:
    steps = [step for path in PATHS for step in READ[path].steps]
    return [outcome for step in steps for outcome in step.outcomes if rule in outcome.rules]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_shown(rule: str) -> None:
    """By some scenario; one that refuses, with every status that it refuses with."""
    outcomes = outcomes_of(rule)

    shown = {outcome.then.get("status") for outcome in outcomes}
    tallied = {int(status) for outcome in outcomes for status in outcome.then.get("tally", {})}

    assert outcomes
    assert set(RULES[rule].status) <= shown | tallied


def test_each_workflow_of_the_page_is_there() -> None:
    """The four scenarios and the example of test mode, with the lines that tell them."""
    sources = [READ[path].source for path in PATHS if path.stem.startswith("page-")]

    assert sources == ["L363-387", "L389-408", "L410-425", "L427-451", "L453-501"]


def test_titles_are_sentences_of_their_own() -> None:
    """Whoever reads a report knows which is which."""
    titles = [READ[path].title for path in PATHS]

    assert len(set(titles)) == len(titles)


def test_most_of_them_take_nothing_but_a_url_and_a_key() -> None:
    """What takes the control API could not be seen otherwise: minutes, clocks, keys of all kinds."""
    needing = {path.stem for path in PATHS if NEEDS_CONTROL in READ[path].needs}

    assert needing == {
        "ats",
        "ats-companies",
        "billing",
        "company-deletion",
        "fifty-jobs",
        "instants",
        "job-precedence",
        "lapsing-keys",
        "letters-of-ids",
        "lifecycle",
        "lifecycle-webhooks",
        "limits-of-schedule",
        "list-candidate",
        "magic-outcomes",
        "oldest-first",
        "rate-limit-counts",
        "rate-limit-refusals",
        "scopes",
        "settlement",
        "spelling-of-keys",
        "test-billing",
        "unknown-fields",
    }
