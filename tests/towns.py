"""A made-up town with enough streets to simulate a day in: a grid of nine crossings, two of them with signals."""

from __future__ import annotations

import json
from typing import Any

import districts
import numpy as np
from shapely.geometry import LineString, Point, box

from twin.model import TABLES, District

STEP_M = 120.0


def street(number: int, xy: list[tuple[float, float]], kind: str = "secondary", **tags: Any) -> dict[str, Any]:
    return {
        "osm": f"way/{number}",
        "name": f"Street {number}",
        "kind": kind,
        "role": "road",
        "width_m": 6.0,
        "lanes": float(tags.get("lanes", "nan")),
        "tags": json.dumps({"highway": kind} | tags),
        "geometry": LineString(xy),
    }


def streets() -> list[dict[str, Any]]:
    """Three streets each way; the middle one east is one way, one is a private yard's, one leads nowhere."""
    along = [-2 * STEP_M, -STEP_M, 0.0, STEP_M, 2 * STEP_M]
    rows = [street(10 + i, [(x, along[1 + i]) for x in along], "primary", lanes="2") for i in (0, 2)]
    rows.append(street(11, [(x, 0.0) for x in along], "secondary", lanes="2", oneway="yes"))
    rows += [street(20 + i, [(along[1 + i], y) for y in along], "tertiary", maxspeed="30") for i in range(3)]
    rows.append(street(30, [(0.0, 0.0), (50.0, 50.0)], "residential", access="private"))
    rows.append(street(31, [(900.0, 900.0), (950.0, 900.0)], "residential"))
    return rows


def town(**changes: Any) -> District:
    """Return the town; it has two blocks between its streets and a mast on a roof."""
    signals = [
        {"osm": f"node/{i}", "kind": "signal", "tags": '{"highway":"traffic_signals"}', "geometry": Point(x, STEP_M)}
        for i, x in enumerate((-STEP_M, 0.0))
    ]
    blocks = [
        districts._BUILDING | {"osm": f"way/{90 + i}", "height_m": 18.0, "geometry": box(x, 15, x + 90, 105)}
        for i, x in enumerate((-105, 15))
    ]
    tables = {name: districts.table(name, []) for name in TABLES}
    tables["streets"] = districts.table("streets", streets())
    tables["furniture"] = districts.table("furniture", signals)
    tables["buildings"] = districts.table("buildings", blocks)
    fields = {"name": "Gridiron", "tables": tables, "boundary_xy": box(*(1.9 * STEP_M * np.array([-1, -1, 1, 1])))}
    return districts.district(**(fields | changes))
