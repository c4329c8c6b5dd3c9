"""Usage on the wire: each company in its own unit, the fields of the other one left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.models import BillingSystem, CompanyUsage

COST_KEY = "interview_minutes"
# What a line calls its unit, and what the sum of the lines does.
UNITS: Mapping[BillingSystem, tuple[str, str]] = {
    "minutes": ("minutesUsed", "totalMinutesUsed"),
    "credits": ("creditsUsed", "totalCreditsUsed"),
}


def render_usage(usage: Sequence[CompanyUsage]) -> dict[str, Any]:
    used = {line.company.billing_system for line in usage}
    return {
        "companies": [_render_company(line) for line in usage],
        **_totals(usage, [system for system in UNITS if system in used]),
    }


def _render_company(line: CompanyUsage) -> dict[str, Any]:
    system = line.company.billing_system
    named = {"companyId": line.company.id, "companyName": line.company.name, "billingSystem": system}
    return {**named, **_totals([line], [system])}


def _totals(usage: Sequence[CompanyUsage], systems: Sequence[BillingSystem]) -> dict[str, Any]:
    """One line and one sum for each unit."""
    totals: dict[str, Any] = {"totalInterviews": sum(line.interviews for line in usage), "breakdownByCostKey": []}
    for system in systems:
        lines = [line for line in usage if line.company.billing_system == system]
        events, spent = sum(line.interviews for line in lines), sum(line.spent for line in lines)
        unit, total = UNITS[system]
        totals["breakdownByCostKey"].append({"costKey": COST_KEY, "events": events, unit: spent})
        totals[total] = spent
    return totals
