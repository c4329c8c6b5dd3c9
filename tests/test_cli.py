"""`mockserver serve` as a process, its options, and the command as a whole."""

import json
import re
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import httpx2
import pytest

from mockserver.cli.options import settings_from
from mockserver.cli.serve import serve
from mockserver.paths import FIXTURES
from tests.processes import DEMO, run, served, start
from tests.support import ACME, ATS, GLOBEX, INITECH, NOW, READONLY, company

KEYS = {ACME: "Acme", GLOBEX: "Globex", INITECH: "Initech", READONLY: "Acme", ATS: "ATS"}
SECRET = "0" * 64


@pytest.fixture
def hanging() -> Iterator[str]:
    """The URL of a receiver that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


@pytest.fixture
def refusing() -> str:
    """The URL of a receiver that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


# --- serve: what it says ---


def test_serve_says_on_one_line_of_json_that_it_is_ready() -> None:
    """Everything that a program needs, and nothing else on stdout."""
    with served("--quiet") as server:
        answer = httpx2.get(f"{server.url}/_mock/health")
        status, out, err, _ = server.end()

    assert server.ready == {
        "ready": True,
        "url": server.url,
        "keys": KEYS,
        "webhookSecret": None,
        "pid": server.process.pid,
    }
    assert answer.json()["status"] == "ok"
    assert (status, out, err) == (0, "", "")


def test_serve_tells_the_secret_that_signs_its_webhooks(refusing: str) -> None:
    """To programs and to people."""
    with served("--webhook", refusing) as server:
        _, _, err, _ = server.end()

    assert re.fullmatch("[0-9a-f]{64}", server.ready["webhookSecret"])
    assert f"webhook signing secret: {server.ready['webhookSecret']}\n" in err


def test_serve_prints_a_curl_line_that_works() -> None:
    """Pasted as it is, it creates an interview that is over at once."""
    with served() as server:
        assert server.process.stderr is not None
        line = next(line for line in server.process.stderr if line.startswith("curl "))
        _, _, url, *rest = shlex.split(line)
        headers = dict(text.split(": ") for flag, text in zip(rest[::2], rest[1::2], strict=True) if flag == "-H")
        answer = httpx2.post(url, content=rest[rest.index("-d") + 1], headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")


def test_serve_prints_a_line_for_each_request() -> None:
    """Method, path, status, rule and milliseconds, in columns; nothing between them on a pipe but spaces."""
    with served() as server:
        server.create(isTest=True)
        server.create(key="sk_wrong")
        _, _, err, _ = server.end()

    lines = [line.split() for line in err.splitlines() if line.startswith("POST ")]
    assert [line[:4] for line in lines] == [
        ["POST", "/interviews", "201", "-"],
        ["POST", "/interviews", "401", "AUTH-KEY"],
    ]
    assert "\x1b" not in err


def test_serve_tells_people_where_it_is() -> None:
    """On stderr; without `--json` nothing is on stdout."""
    process = start("serve", "--port", "0")
    assert process.stderr is not None

    first = process.stderr.readline()
    answer = httpx2.get(f"{first.split()[-1]}/_mock/health")
    process.terminate()
    out, _ = process.communicate(timeout=50)

    assert re.fullmatch(r"InstaView mock on http://127\.0\.0\.1:\d+\n", first)
    assert answer.status_code == 200
    assert (process.returncode, out) == (0, "")


def test_quiet_prints_neither_banner_nor_requests() -> None:
    """Errors would still be printed; there are none."""
    with served("--quiet") as server:
        server.create(isTest=True)
        _, _, err, _ = server.end()

    assert err == ""


def test_serve_answers_within_a_second_of_its_start() -> None:
    """A second of its own work, to its end; how long others keep it waiting does not count."""
    before = getrusage(RUSAGE_CHILDREN)
    with served("--quiet", COVERAGE_PROCESS_CONFIG="", COVERAGE_PROCESS_START="") as server:
        httpx2.get(f"{server.url}/interviews")
        server.end()
    after = getrusage(RUSAGE_CHILDREN)

    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


# --- serve: the end ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_serve_in_time(number: signal.Signals, hanging: str, refusing: str) -> None:
    """Half-sent requests and receivers that do not answer hold nothing up; what was not delivered is listed."""
    with served("--quiet", "--grace", "0.5", "--webhook", hanging, "--webhook", refusing) as server:
        server.create(isTest=True)
        deliveries = httpx2.get(f"{server.url}/_mock/worlds/demo/deliveries").json()
        port = int(server.url.rpartition(":")[2])
        halves = [b"", b"POST /inter", b"POST /interviews HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"]
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in halves]
        for client, half in zip(clients, halves, strict=True):
            client.sendall(half)
        status, _, err, seconds = server.end(number)
        for client in clients:
            client.close()

    assert status == 0
    assert seconds < 1.5
    assert len(err.splitlines()) == len(deliveries) == 4
    for delivery in deliveries:
        completed = next(each for each in deliveries if each["url"] == delivery["url"])
        why = f"not tried: it waits behind {completed['id']}, the interview's event before it"
        if delivery is completed:
            why = "attempt 1: connection refused" if delivery["url"] == refusing else "no attempt came back in time"
        assert f"undelivered: {delivery['event']} {delivery['id']} to {delivery['url']}: {why}\n" in err


def test_a_second_signal_ends_serve_at_once(hanging: str) -> None:
    """However long the grace; what was not delivered is listed all the same."""
    with served("--quiet", "--grace", "600", "--webhook", hanging) as server:
        server.create(isTest=True)
        status, _, err, seconds = server.end(signal.SIGINT, signal.SIGINT)

    assert status == 0
    assert seconds < 10
    assert err.count("undelivered: ") == 2


def test_serve_delivers_what_it_can_within_the_grace() -> None:
    """A receiver that answers late, but in time."""
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        url = f"http://127.0.0.1:{receiver.getsockname()[1]}/hook"
        with served("--quiet", "--grace", "20", "--webhook", url) as server:
            server.create(isTest=True)
            server.process.terminate()
            for _ in range(2):
                connection, _ = receiver.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            status, _, err = server.left()

    assert (status, err) == (0, "")


# --- serve: its options ---


def params(*arguments: str) -> dict[str, Any]:
    """What `serve` is told by arguments and environment."""
    return serve.make_context("serve", list(arguments)).params


GIVEN = {
    "host": "localhost",
    "port": "1234",
    "world": "a.json b.json",
    "clock": NOW,
    "speed": "60",
    "reading": "create_status=200 wire=envelope",
    "webhook": "http://127.0.0.1:1/a http://127.0.0.1:1/b",
    "webhook-allow": "10.0.0.0/8 receiver.test",
    "rate-limit": "enforce",
    "allow-host": "mock.test other.test",
    "admin-token": "s3cret",
    "grace": "0.25",
}


def test_every_option_is_an_environment_variable_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several values are separated by white space."""
    arguments = [f"--{name}={one}" for name, text in GIVEN.items() for one in text.split()]
    told = params(*arguments, "--json", "--quiet")

    for name, value in {**GIVEN, "json": "1", "quiet": "true"}.items():
        monkeypatch.setenv(f"MOCKSERVER_{name.upper().replace('-', '_')}", value)

    assert params() == told
    assert told["reading"] == ("create_status=200", "wire=envelope")
    assert set(told) == {name.replace("-", "_") for name in (*GIVEN, "json", "quiet")}


def test_options_become_settings(tmp_path: Path) -> None:
    """Each one that is about the mock; worlds replace `demo`."""
    for name in ("one", "two"):
        keys = [{"key": f"sk_{name}", "companyId": company()}]
        world = {"companies": [{"id": company(), "name": "Acme"}], "keys": keys}
        (tmp_path / f"{name}.json").write_text(json.dumps(world))
    files = " ".join(str(tmp_path / f"{name}.json") for name in ("one", "two"))
    arguments = [f"--{name}={one}" for name, text in {**GIVEN, "world": files}.items() for one in text.split()]

    settings = settings_from(params(*arguments), SECRET)

    assert [seed.name for seed in settings.seeds] == ["one", "two"]
    assert {(seed.clock, seed.speed) for seed in settings.seeds} == {(NOW, 60)}
    for readings in (settings.readings, *(seed.readings for seed in settings.seeds)):
        assert (readings.create_status, readings.wire) == ("200", "envelope")
    endpoints = [endpoint for seed in settings.seeds for endpoint in seed.endpoints]
    assert [endpoint.url for endpoint in endpoints] == ["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"] * 2
    assert {endpoint.secret for endpoint in endpoints} == {SECRET}
    assert settings.webhook_allow == ("10.0.0.0/8", "receiver.test")
    assert settings.allow_hosts == ("mock.test", "other.test")
    assert (settings.rate_limit, settings.admin_token, settings.grace_seconds) == ("enforce", "s3cret", 0.25)


MISUSE = {
    "a world that is not there": (("--world", "/nowhere.json"), "/nowhere.json: No such file or directory"),
    "a reading that is not there": (("--reading", "wires=x"), "no reading 'wires'"),
    "a reading's value that is not there": (("--reading", "wire=x"), "reading wire is one of reference, envelope"),
    "a reading without a value": (("--reading", "wire"), "a reading is given as NAME=VALUE, not 'wire'"),
    "a clock that is none": (("--clock", "noon"), "the clock is real, frozen or an instant"),
    "no speed": (("--speed", "0"), "the speed is a number above 0, at most 100,000, not 0"),
    "a speed that is no number": (("--speed", "nan"), "not nan"),
    "a speed beyond every calendar": (("--speed", "1e6"), "not 1e+06"),
    "a clock without offset": (("--clock", "2024-01-16T10:30:00"), "no offset"),
    "a webhook that is no URL": (("--webhook", "receiver"), "webhook receiver: "),
    "a webhook elsewhere": (("--webhook", "http://10.0.0.1/"), "webhook http://10.0.0.1/: "),
    "a network that is none": (("--webhook-allow", "10.0.0.0/99"), "'10.0.0.0/99' is no network"),
    "a host open to others": (("--host", "0.0.0.0"), "--admin-token"),
    "a name open to others": (("--host", "mock.test"), "--admin-token"),
    "no host": (("--host", ""), "the host (any) is open to other machines"),
    "a host that is not here": (
        ("--host", "192.0.2.1", "--admin-token", "x"),
        "cannot listen on 192.0.2.1, port ",
    ),
    "an allowed host with a port": (("--allow-host", "mock.test:80"), "without scheme and port"),
    "an empty token": (("--admin-token", ""), "an admin token is"),
    "a token with a space": (("--admin-token", "a b"), "an admin token is"),
    "a negative grace": (("--grace", "-1"), "the grace is a number of seconds from 0, not -1"),
    "a grace that is no number": (("--grace", "nan"), "not nan"),
    "a grace without end": (("--grace", "inf"), "not inf"),
    "one world twice": (("--world", str(FIXTURES / "worlds" / "demo.json")) * 2, "two worlds are named 'demo'"),
}


@pytest.mark.parametrize("command", ["serve", "exec"])
@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_told_in_one_sentence(command: str, case: str) -> None:
    """On stderr, with exit status 2, and nothing starts."""
    arguments, told = MISUSE[case]

    result = run(command, *arguments, *(["--", "true"] if command == "exec" else []))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1
    assert told in result.stderr


def test_a_wrong_world_file_is_told_with_the_path_of_the_mistake(tmp_path: Path) -> None:
    """The file's, and the place in it."""
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({**DEMO, "jobs": [{"companyId": 1, "title": "x"}]}))

    result = run("serve", "--world", str(file))

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}: /jobs/0")


def test_a_key_of_two_worlds_is_told(tmp_path: Path) -> None:
    """A key chooses the world, so it cannot be in two; it is not printed whole."""
    copy = tmp_path / "copy.json"
    copy.write_text(json.dumps({**DEMO, "name": "copy"}))

    result = run("serve", "--world", str(FIXTURES / "worlds" / "demo.json"), "--world", str(copy))

    assert result.exit_code == 2
    assert result.stderr == "Error: the key sk_…acme is given twice, in 'demo' and 'copy'\n"


@pytest.mark.parametrize("command", [("serve",), ("exec", "--", "true")], ids=["serve", "exec"])
def test_a_port_in_use_is_told(command: tuple[str, ...]) -> None:
    """With what helps."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        result = run(command[0], "--port", port, *command[1:])

    assert result.exit_code == 2
    told = f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use; --port 0 picks a free one\n"
    assert result.stderr == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--prot", "1"), "Did you mean one of: '--host', '--port'?"),
        (("--port", "65536"), "0<=x<=65535"),
        (("--rate-limit", "on"), "'off', 'observe', 'enforce'"),
        (("--grace", "long"), "not a valid float"),
    ],
    ids=["misspelt", "no such port", "no such choice", "no number"],
)
def test_options_that_click_refuses_are_misuse_too(arguments: tuple[str, ...], told: str) -> None:
    """With the same exit status."""
    result = run("serve", *arguments)

    assert result.exit_code == 2
    assert told in result.stderr


def test_the_version_is_the_distributions() -> None:
    """And tells nothing else."""
    assert re.fullmatch(r"mockserver, version \d+\.\d+\.\d+\n", run("--version").stdout)


def test_commands_are_listed_with_their_help() -> None:
    """Every one of them in one line."""
    result = run("--help")

    for name in ("serve", "openapi", "rules", "exec", "listen", "check-receiver"):
        assert re.search(rf"^  {name} +\S", result.stdout, re.MULTILINE)
