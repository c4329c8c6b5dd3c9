import pytest
from mockserver import InstaView

from acme_hiring.webhooks import Hiring


def test_webhooks_may_come_twice(instaview: InstaView, hiring: Hiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hiring, "_is_new", lambda *_: True)  # as if nobody remembered deliveries

    instaview.assert_idempotent(lambda: len(hiring.hired()))
