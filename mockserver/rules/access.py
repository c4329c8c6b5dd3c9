"""Who may ask: the key, the company that an ATS key asks for, scopes, ownership, how often."""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from mockserver.errors import Violation
from mockserver.models import ApiKey
from mockserver.readings import Readings
from mockserver.rulebook import rule


@rule("AUTH-KEY")
def key_is_known(headers: Sequence[str], key: ApiKey | None) -> Violation | None:
    """
    Args:
        headers: the values of every Authorization header of the request.
        key: what they name, if anything.
    """
    if key is not None:
        return None
    if not headers:
        text, fix = "Authorization header is missing", "add the header Authorization: Bearer <key>"
    elif len(headers) > 1:
        text, fix = "Authorization header is given several times", "send one Authorization header"
    elif bearer_token(headers[0]) is None:
        text, fix = "Authorization header is not of the form 'Bearer <key>'", "write Authorization: Bearer <key>"
    else:
        text = "The provided API key is invalid or has been revoked"
        fix = "use a key of a world that this server holds"
    return Violation(401, text, fix=fix)


def bearer_token(header: str) -> str | None:
    """The key in an Authorization header, None where it does not hold exactly one; the scheme's case is free."""
    scheme, _, token = header.strip(" \t").partition(" ")
    token = token.lstrip(" ")
    return token if scheme.lower() == "bearer" and token and not set(token) & {" ", "\t"} else None


@rule("KEY-EXPIRED")
def key_has_not_expired(key: ApiKey, now: datetime) -> Violation | None:
    if key.expires_at is None or now < key.expires_at:
        return None
    return Violation(401, "This API key has expired", fix="use another key, or a world whose clock is not as far")


@rule("KEY-SUSPENDED")
def key_is_not_suspended(key: ApiKey, now: datetime) -> Violation | None:
    if key.suspended_at is None or now < key.suspended_at:
        return None
    return Violation(401, "This API key has been suspended", fix="use another key")


@rule("KEY-IP")
def address_is_allowed(key: ApiKey, host: str | None) -> Violation | None:
    """
    Args:
        host: where the connection comes from; None where the server cannot tell.
    """
    if not key.allowed_ips or _is_allowed(key, host):
        return None
    text = f"This API key cannot be used from {host or 'an unknown address'}"
    return Violation(403, text, fix="call from one of the key's allowedIPs")


def _is_allowed(key: ApiKey, host: str | None) -> bool:
    try:
        address = ip_address(host or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in key.allowed_ips)


@rule("KEY-ATS")
def company_is_chosen(key: ApiKey, asked: Sequence[str]) -> Violation | None:
    """
    Args:
        asked: the values of every `companyId` in the query; an ordinary key's are not looked at.
    """
    if not key.ats:
        return None
    if len(asked) != 1 or not asked[0]:
        fault = "is missing from the query" if len(asked) < 2 else f"is given {len(asked)} times"
        text = f"An ATS key must say for which company it asks: companyId {fault}"
        return Violation(400, text, fix="add ?companyId=<uuid of a company that the key manages>")
    if asked[0].lower() not in key.company_ids:
        fix = "ask for a company that the key manages"
        return Violation(403, "This ATS key does not manage the company asked for in companyId", fix=fix)
    return None


@rule("AUTH-SCOPE")
def scopes_are_granted(key: ApiKey, needed: Sequence[str], readings: Readings) -> Violation | None:
    """
    Args:
        needed: the operation's own scope first, then those of the resources that it reads, which the reading
            `scopes` may waive.
    """
    asked = needed if readings.scopes == "strict" else needed[:1]
    missing = [scope for scope in asked if not key.allows(scope)]
    if not missing:
        return None
    text = f"Insufficient permissions: Required scope {missing[0]} not found"
    if readings.wire == "envelope":
        text = f"This API key does not have the required scope: {missing[0]}"
    return Violation(403, text, fix=_grant(missing))


def _grant(missing: Sequence[str]) -> str:
    return f"use a key with the scope{'s' if len(missing) > 1 else ''} {', '.join(missing)}"


@rule("RATE-LIMIT")
def rate_is_kept(exceeded: str | None) -> Violation | None:
    """
    Args:
        exceeded: the window (`minute` or `hour`) that has no request left, if any.
    """
    if exceeded is None:
        return None
    return Violation(429, "Rate limit exceeded", fix=f"wait until the {exceeded} is over, on this world's clock")


@rule("COMPANY-OWN")
def is_the_companys(kind: str, owner: str | None, company_id: str, at: str) -> Violation | None:
    """
    Args:
        owner: the company of the resource that was named, None where there is no such resource.
    """
    if owner is None or owner == company_id:
        return None
    fix = f"use the id of {_a(kind)} of the key's own company"
    return Violation(403, f"Access denied to this {kind}", at=at, fix=fix)


def not_found(kind: str, id: str, at: str) -> Violation:
    text = f"{kind.capitalize()} with ID {id} not found"
    return Violation(404, text, at=at, fix=f"use the id of {_a(kind)} that exists")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


@rule("CANDIDATE-EXISTS")
def candidate_exists(found: object, id: str, at: str) -> Violation | None:
    return None if found is not None else not_found("candidate", id, at)


@rule("AGENT-EXISTS")
def agent_exists(found: object, id: str, at: str) -> Violation | None:
    return None if found is not None else not_found("agent", id, at)


@rule("JOB-EXISTS")
def job_exists(found: object, id: str, at: str) -> Violation | None:
    return None if found is not None else not_found("job", id, at)


@rule("INTERVIEW-EXISTS")
def interview_exists(found: object, id: str) -> Violation | None:
    return None if found is not None else not_found("interview", id, "")
