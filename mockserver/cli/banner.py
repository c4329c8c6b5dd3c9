"""What a server says when it is ready: where it is, its keys, and one call that works."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product
from shlex import quote

from mockserver.clock import clock_from
from mockserver.models import ApiKey
from mockserver.world import Seed

NEEDED = ("write:interviews", "read:candidates", "read:agents")
INLINE_AGENT = {"type": "ONLINE", "name": "First talk", "focus": "GENERIC", "language": "EN", "duration": 15}
INLINE_JOB = {"title": "Software engineer"}
CONSENT = timedelta(days=365)


def ready_line(url: str, seeds: Sequence[Seed], secret: str | None) -> str:
    """The line of JSON that `--json` asks for; `secret` is that of `--webhook`, if there is any."""
    keys = {key.key: name for seed in seeds for key, name in _named_keys(seed)}
    return json.dumps({"ready": True, "url": url, "keys": keys, "webhookSecret": secret, "pid": os.getpid()})


def banner(url: str, seeds: Sequence[Seed], secret: str | None) -> str:
    """The same for people: keys by company, and a call to paste."""
    lines = [f"InstaView mock on {url}"]
    for seed in seeds:
        lines += ["", f"world {seed.name}", *_key_lines(seed)]
    lines += ["", *curl_lines(url, seeds[0])]
    if secret is not None:
        lines += ["", f"webhook signing secret: {secret}"]
    return "\n".join([*lines, "", ""])


def _named_keys(seed: Seed) -> Iterator[tuple[ApiKey, str]]:
    names = {company.id: company.name for company in seed.companies}
    for key in seed.keys:
        yield key, "ATS" if key.ats else names[key.company_ids[0]]


def _key_lines(seed: Seed) -> list[str]:
    names = {company.id: company.name for company in seed.companies}
    keys: dict[str, list[str]] = {name: [] for name in names.values()}
    for key, name in _named_keys(seed):
        managed = f" (add ?companyId=, for {', '.join(names[id] for id in key.company_ids)})" if key.ats else ""
        limited = "" if all(key.allows(scope) for scope in NEEDED) else " (limited scopes)"
        keys.setdefault(name, []).append(f"{key.key}{managed}{limited}")
    width = max(map(len, keys))
    return [f"  {name:<{width}}  {'  '.join(held) or '(no key)'}" for name, held in keys.items()]


def curl_lines(url: str, seed: Seed) -> list[str]:
    """One line: a test interview, made of the world's own rows as far as they go. None where no key may create one."""
    able = [key for key in seed.keys if key.company_ids and all(key.allows(scope) for scope in NEEDED)]
    for key in sorted(able, key=lambda key: key.ats)[:1]:
        company_id = key.company_ids[0]
        target = f"{url}/interviews?companyId={company_id}" if key.ats else f"{url}/interviews"
        body = json.dumps(example_body(seed, company_id), ensure_ascii=False)
        parts = (target, "-H", f"Authorization: Bearer {key.key}", "-H", "Content-Type: application/json", "-d", body)
        return [f"curl -sS {' '.join(quote(part) for part in parts)}"]
    return []


def example_body(seed: Seed, company_id: str) -> Mapping[str, object]:
    """A test interview that the rules let pass: the company's own candidate and agent where two can meet."""
    candidates = [row for row in seed.candidates if row.company_id == company_id]
    agents = [row for row in seed.agents if row.company_id == company_id]
    for candidate, agent in product(candidates, agents):
        if (job := _job_between(candidate.job_ids, agent.focus)) is not None:
            return {"candidateId": candidate.id, **job, "agentId": agent.id, "isTest": True}
    if agents:
        job = {} if agents[0].focus == "GENERIC" else {"job": INLINE_JOB}
        return {"candidate": _someone(seed), **job, "agentId": agents[0].id, "isTest": True}
    if candidates:
        job_ids = candidates[0].job_ids
        focus = "SCREENING" if job_ids else "GENERIC"
        job = _job_between(job_ids, focus) or {}
        return {"candidateId": candidates[0].id, **job, "agent": {**INLINE_AGENT, "focus": focus}, "isTest": True}
    return {"candidate": _someone(seed), "agent": INLINE_AGENT, "isTest": True}


def _job_between(job_ids: Sequence[str], focus: str) -> dict[str, object] | None:
    """What a call says of the job so that candidate and agent can meet; None where they cannot."""
    if (focus == "GENERIC") == bool(job_ids):
        return None
    return {"jobId": job_ids[0]} if len(job_ids) > 1 else {}


def _someone(seed: Seed) -> dict[str, str]:
    expiry = (clock_from(seed.clock).now() + CONSENT).date().isoformat()
    return {"firstName": "Jane", "lastName": "Doe", "email": "jane@example.com", "gdprExpiryDate": expiry}
