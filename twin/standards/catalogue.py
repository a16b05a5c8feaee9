"""Every standard that the program goes by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin.standards import air, coverage, traffic
from twin.standards.flow import TrafficStandard
from twin.standards.roads import ROADS
from twin.standards.scale import AirStandard, Scale

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from twin.standards.standard import Limits, Standard


def catalogue() -> Mapping[str, tuple[Standard, ...]]:
    """Return all standards by the layer that they are of: air, traffic, coverage."""
    return {
        "air": tuple(air.STANDARDS.values()),
        "traffic": tuple(traffic.STANDARDS.values()),
        "coverage": tuple(coverage.STANDARDS.values()),
    }


def as_json(layer: str, standard: Standard) -> dict[str, Any]:
    """Return a standard as a JSON object: who made it, its grades and its numbers."""
    told: dict[str, Any] = {
        "key": standard.key,
        "layer": layer,
        "title": standard.title,
        "authority": standard.authority,
        "source": standard.source,
        "caveat": standard.caveat,
        "valid_from": _day(standard.valid_from),
        "valid_until": _day(standard.valid_until),
        "grades": [
            {"title": grade.title, "colour": grade.colour, "colour_blind_safe": grade.safe} for grade in standard.grades
        ],
        "limits": [_limits(limits) for limits in standard.limits],
    }
    if isinstance(standard, AirStandard):
        told["live"] = {pollutant: air.live_average(standard.key, pollutant) for pollutant in standard.live}
        told["gases_at_kelvin"] = standard.kelvin
        told["breakpoints"] = [_breakpoints(scale) for scale in standard.scales if isinstance(scale, Scale)]
    if isinstance(standard, TrafficStandard):
        told["needs"] = [list(channels) for channels in standard.needs]
        told["roads"] = [ROADS[road] for road in standard.roads]
    return told


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "quantity": limits.quantity,
        "unit": limits.unit,
        "average": limits.average or None,
        "road": limits.road or None,
        "rising": limits.rising,
        "bound_belongs_to": "after" if limits.after else "before",
        "bounds": [None if math.isnan(bound) else round(bound, 4) for bound in limits.bounds],
    }


def _breakpoints(scale: Scale) -> dict[str, Any]:
    return {
        "pollutant": scale.pollutant,
        "average": scale.limits.average,
        "unit": scale.unit,
        "low": list(scale.low),
        "high": list(scale.high),
        "index_low": list(scale.index_low),
        "index_high": list(scale.index_high),
        "step": scale.step,
        "step_by": scale.step_by,
        "index_by": scale.index_by,
        "beyond": scale.beyond,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
