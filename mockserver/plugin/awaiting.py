"""One piece of code for tests that have an event loop and tests that have none."""

from collections.abc import Coroutine
from inspect import isawaitable
from typing import Any, TypeVar

__tracebackhide__ = True  # pytest shows the line that called

T = TypeVar("T")


async def settled(value: Any) -> Any:
    """What a function gave that may be async or not."""
    return await value if isawaitable(value) else value


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("this call waits for something: it belongs to `Awaited`")
