"""`/interviews/{id}/call-attempts`."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import call_attempts, rules
from mockserver.api.answering import answer, nothing
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.wire.fields import text_of
from mockserver.wire.interviews import render_attempt_made


async def create(request: Request) -> Response:
    caller = authenticate(request, "createCallAttempt", "write:interviews")
    id = path_id(request)
    body = await read_object(request, may_be_absent=True)
    now, readings = caller.world.now(), caller.world.readings
    scheduled_at = text_of(body, "scheduledAt")
    check_shape(caller, "createCallAttempt", body, rules.shape_of_call_attempt(scheduled_at, now, readings))
    attempt = call_attempts.create(caller, id, scheduled_at, now)
    return answer(request, render_attempt_made(attempt, now, readings), 201)


async def reschedule(request: Request) -> Response:
    caller = authenticate(request, "rescheduleCallAttempt", "write:interviews")
    id, attempt_id = path_id(request), path_id(request, "attemptId")
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    scheduled_at = text_of(body, "scheduledAt")
    check_shape(caller, "rescheduleCallAttempt", body, rules.shape_of_call_attempt(scheduled_at, now, readings))
    assert scheduled_at is not None
    call_attempts.reschedule(caller, id, attempt_id, scheduled_at, now)
    return nothing()


async def delete(request: Request) -> Response:
    caller = authenticate(request, "deleteCallAttempt", "write:interviews")
    id, attempt_id = path_id(request), path_id(request, "attemptId")
    call_attempts.delete(caller, id, attempt_id, caller.world.now())
    return nothing()
