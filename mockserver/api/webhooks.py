"""`/webhooks`: their configuration. They belong to a key, so an ATS key need not say for which company it asks."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import rules, webhook_config
from mockserver.api.answering import answer, nothing
from mockserver.api.queries import page_asked
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.caller import Caller
from mockserver.deliveries import Endpoint
from mockserver.models import WebhookDraft
from mockserver.wire.pages import render_page
from mockserver.wire.webhooks import parse_webhook_draft, render_new_webhook, render_test, render_webhook


def _authenticate(request: Request, operation: str, scope: str) -> Caller:
    return authenticate(request, operation, scope, of_company=False)


async def _draft(request: Request, caller: Caller, operation: str) -> WebhookDraft:
    body = await read_object(request)
    draft = parse_webhook_draft(body)
    questions = rules.shape_of_webhook(draft, caller.world.readings, request.scope["targets"])
    check_shape(caller, operation, body, questions)
    return draft


def _answer(request: Request, caller: Caller, endpoint: Endpoint) -> Response:
    return answer(request, render_webhook(endpoint, caller.key.id, caller.world.readings))


async def create(request: Request) -> Response:
    caller = _authenticate(request, "createWebhook", "write:webhooks")
    draft = await _draft(request, caller, "createWebhook")
    endpoint = webhook_config.create(caller, draft, caller.world.now())
    return answer(request, render_new_webhook(endpoint, caller.key.id, caller.world.readings), 201)


async def page(request: Request) -> Response:
    caller = _authenticate(request, "listWebhooks", "read:webhooks")
    found = webhook_config.page(caller, page_asked(request, {"companyId": "id"}))
    shown = render_page(found, lambda row: render_webhook(row, caller.key.id, caller.world.readings))
    # PUBLIC: the webhooks' own page shows `data` and `total` inside the envelope too, where the guides show `items`.
    return answer(request, dict(shown))


async def get(request: Request) -> Response:
    caller = _authenticate(request, "getWebhook", "read:webhooks")
    return _answer(request, caller, webhook_config.get(caller, path_id(request)))


async def update(request: Request) -> Response:
    caller = _authenticate(request, "updateWebhook", "write:webhooks")
    id = path_id(request)
    draft = await _draft(request, caller, "updateWebhook")
    return _answer(request, caller, webhook_config.update(caller, id, draft, caller.world.now()))


async def delete(request: Request) -> Response:
    caller = _authenticate(request, "deleteWebhook", "write:webhooks")
    webhook_config.delete(caller, path_id(request))
    return nothing()


async def test(request: Request) -> Response:
    caller = _authenticate(request, "testWebhook", "write:webhooks")
    return answer(request, render_test(await webhook_config.test(caller, path_id(request))))


async def reset_circuit(request: Request) -> Response:
    caller = _authenticate(request, "resetWebhookCircuit", "write:webhooks")
    endpoint = webhook_config.reset_circuit(caller, path_id(request), caller.world.now())
    return _answer(request, caller, endpoint)
