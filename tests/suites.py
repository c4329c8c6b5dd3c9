"""Suites of the plugin's users, run inside a test: warnings are errors, and a valid body of a create is at hand."""

import pytest

from tests.support import body

INI = "[pytest]\nfilterwarnings = error\n"
LOOP_SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")
PRELUDE = f"""
    import pytest
    BODY = {body()!r}
    TWO_JOBS = {body(candidateId="11111111-0000-4000-8003-000000000002")!r}

    def post(world, body=BODY, **changes):
        return world.client.post("/interviews", json={{**body, **changes}})
"""


def run_suite(pytester: pytest.Pytester, text: str, *options: str, ini: str = "") -> pytest.RunResult:
    """Run the text of a test file in this process."""
    pytester.makefile(".ini", pytest=INI + ini)
    pytester.makepyfile(PRELUDE + text)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *LOOP_SCOPE, *options)
