import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest
from mockserver import InstaView
from mockserver.builders import Row, agent, candidate, job

from acme_hiring.booking import Bookings
from acme_hiring.webhooks import EVENTS, Hiring

SECRET = "c0ffee" * 10 + "cafe"


@pytest.fixture
def jane(instaview: InstaView) -> Row:
    jane = candidate(jobs=[job(title="Backend engineer")])
    instaview.seed(jane)
    return jane


@pytest.fixture
def robin(instaview: InstaView) -> Row:
    robin = agent(duration=30)
    instaview.seed(robin)
    return robin


@pytest.fixture
def bookings(instaview: InstaView) -> Iterator[Bookings]:
    """A client that waits in the world's time instead of sleeping."""
    bookings = Bookings(instaview.url, instaview.api_key, sleep=instaview.clock.advance)
    yield bookings
    bookings.close()


@pytest.fixture
def hiring(instaview: InstaView, tmp_path: Path) -> Iterator[Hiring]:
    """Our receiver, which gets the webhooks of the test's world; ratings are made up there, so any will do."""
    hiring = Hiring(tmp_path / "hiring.sqlite", SECRET, least_rating=0)
    with make_server("127.0.0.1", 0, hiring) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        instaview.webhooks.register(f"http://127.0.0.1:{server.server_port}/", EVENTS, secret=SECRET)
        yield hiring
        server.shutdown()
