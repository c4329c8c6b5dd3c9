"""The journal is bounded, by number and by size, and forgets the oldest first."""

from datetime import UTC, datetime

from mockserver.journal import MAX_BYTES, MAX_EXCHANGES, Exchange, Journal

NOW = datetime(2024, 1, 16, tzinfo=UTC)


def exchange(id: str, body: bytes = b"") -> Exchange:
    return Exchange(id, NOW, "POST", "/interviews", b"", [], body=body)


def test_the_oldest_makes_room_for_the_newest() -> None:
    """Beyond MAX_EXCHANGES each new one costs the oldest."""
    journal = Journal()
    for number in range(MAX_EXCHANGES + 2):
        journal.add(exchange(str(number)))

    assert len(journal) == MAX_EXCHANGES
    assert (journal.get("1"), journal.get("2")) == (None, next(iter(journal)))


def test_large_exchanges_make_room_by_their_size() -> None:
    """A few megabytes more than MAX_BYTES cost as many of the oldest as it takes."""
    journal = Journal()
    quarter = bytes(MAX_BYTES // 4)
    for number in range(5):
        journal.add(exchange(str(number), quarter))

    assert [kept.id for kept in journal] == ["1", "2", "3", "4"]


def test_a_cleared_journal_has_room_again() -> None:
    """Clearing forgets sizes too."""
    journal = Journal()
    journal.add(exchange("a", bytes(MAX_BYTES)))

    journal.clear()
    journal.add(exchange("b", bytes(MAX_BYTES)))

    assert [kept.id for kept in journal] == ["b"]
