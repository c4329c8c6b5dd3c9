"""A webhook's configuration: where it may point, whose it is."""

from collections.abc import Sequence

from yarl import URL

from mockserver import signing
from mockserver.errors import Violation
from mockserver.models import ApiKey
from mockserver.readings import Readings
from mockserver.rulebook import rule
from mockserver.targets import Kind, TargetPolicy, address_of, block_of, url_fault

# What frames a request or concerns one connection alone is the transport's; the rest is what every delivery brings.
FRAMING = ("host", "content-length", "transfer-encoding", "te", "trailer")
OF_THE_CONNECTION = ("connection", "keep-alive", "proxy-connection", "upgrade")
OURS = ("content-type", signing.ID, signing.TIMESTAMP, signing.SIGNATURE, signing.BODY_SIGNATURE.lower())
RESERVED = frozenset({*FRAMING, *OF_THE_CONNECTION, *OURS})
MAX_HEADERS = 50  # more are refused, whatever they are called


@rule("WEBHOOK-SHAPE")
def header_can_be_set(names: Sequence[str], place: int) -> Violation | None:
    """
    Args:
        names: of all headers, in the order given.
        place: of the one that is judged.
    """
    name, at = names[place], f"/headers/{place}/name"
    if name.lower() in RESERVED:
        text = f"{name} cannot be set: the delivery sets it itself"
        return Violation(400, text, at=at, fix="leave this header out")
    if name and name.lower() in (other.lower() for other in names[:place]):
        return Violation(400, f"{name} is given twice; case makes no difference", at=at, fix="give each header once")
    return None


def headers_refused(names: Sequence[str]) -> Violation | None:
    """The first header that cannot be set, of a webhook that comes from elsewhere than the vendor's API."""
    judged = (header_can_be_set(names, place) for place in range(len(names)))
    return next((violation for violation in judged if violation is not None), None)


@rule("WEBHOOK-URL")
def url_is_secure(url: str, readings: Readings, policy: TargetPolicy) -> Violation | None:
    """
    Args:
        policy: who opened targets beyond this machine may also name them with http://; whether a target is open is
            judged when something is delivered, as the vendor would not refuse it here.
    """
    fault = url_fault(url)
    if fault is not None:
        return Violation(400, f"is no address for a webhook: {fault}", at="/url", fix="an https:// URL")
    parsed = URL(url)
    if parsed.scheme == "https":
        return None
    if readings.webhook_urls == "https":
        return Violation(400, "must begin with https://", at="/url", fix="an https:// URL")
    if is_this_machine(parsed.raw_host or "") or (policy.allow and policy.check_url(url) is None):
        return None
    text = "must begin with https://; http:// is accepted for this machine only, as in http://127.0.0.1:9000/"
    return Violation(400, text, at="/url", fix="an https:// URL, or start the server with --webhook-allow")


def is_this_machine(host: str) -> bool:
    address = address_of(host)
    if address is not None:
        return block_of(address).kind is Kind.LOOPBACK
    name = host.lower().removesuffix(".")
    return name == "localhost" or name.endswith(".localhost")


@rule("WEBHOOK-EXISTS")
def webhook_exists(found: object) -> Violation | None:
    if found is not None:
        return None
    return Violation(404, "Webhook configuration not found", fix="use the id of a webhook that exists")


@rule("WEBHOOK-OWNER")
def webhook_is_the_keys(owner: str | None, company_id: str | None, key: ApiKey) -> Violation | None:
    """
    Args:
        owner: the id of the webhook's key; one that was set up beside the API has none, and belongs to every key of
            its company.
        company_id: the webhook's own, if any.
    """
    if owner == key.id or (owner is None and company_id in key.company_ids):
        return None
    fix = "use the key that created the webhook"
    return Violation(403, "Access denied to this webhook configuration", fix=fix)


@rule("COMPANY-OWN")
def webhook_is_for_the_company(company_id: str | None, asked: str) -> Violation | None:
    """
    Args:
        company_id: the webhook's; None where it is for all that its key reaches.
        asked: the company that an ATS key speaks for; empty where it names none.
    """
    if not asked or company_id in (None, asked):
        return None
    return Violation(403, "Access denied to this webhook configuration", fix="name the webhook's company in companyId")
