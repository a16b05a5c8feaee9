"""Shapes of roofs, and how high a roof is about which the map gives no height."""

from __future__ import annotations

import re

import numpy as np

from twin.tags.lengths import Floats, Words, each

_SAME = {
    "pitched": "gabled", "gable": "gabled", "gabled_roof": "gabled", "saddle": "gabled", "cross_gabled": "gabled",
    "double_pitched": "gabled", "side_gabled": "gabled", "front_gabled": "gabled",
    "hip": "hipped", "hipped_roof": "hipped", "half_hipped": "half-hipped", "side_hipped": "side_hipped",
    "pyramid": "pyramidal", "pyramide": "pyramidal", "tented": "pyramidal", "pavilion": "pyramidal",
    "lean_to": "skillion", "monopitch": "skillion", "monopitched": "skillion", "mono_pitched": "skillion",
    "shed": "skillion", "pent": "skillion", "slanted": "skillion", "skilion": "skillion",
    "domed": "dome", "spherical": "dome", "hemisphere": "dome", "half_dome": "dome", "onion_dome": "onion",
    "conical": "cone", "circular_cone": "cone", "spire": "cone",
    "barrel": "round", "arched": "round", "arch": "round", "vaulted": "round", "barrel_vault": "round",
    "rounded": "round", "curved": "round", "saw_tooth": "sawtooth", "mansarde": "mansard", "flat_roof": "flat",
    "flach": "flat", "terrace": "flat", "yes": "", "no": "flat", "none": "flat",
}  # fmt: skip

_SLOPE = {
    "gabled": 0.7, "hipped": 0.65, "half-hipped": 0.7, "gambrel": 0.8, "mansard": 0.8, "saltbox": 0.7,
    "round": 0.6, "side_hipped": 0.65, "pyramidal": 0.7, "crosspitched": 0.7,
}  # fmt: skip
"""Rise over run of the usual roof of each shape: 35 degrees for a gable. Ours."""
_SLOPE_SKILLION = 0.18  # 10 degrees
_NARROW = 0.35
"""Half the width of a building over the root of its footprint: 2 by 1 in plan, as most gabled houses are."""
_HEIGHTS_M = (1.0, 6.0)
_ONLY_GEOMETRY_KNOWS = frozenset({"dome", "onion", "cone", "helm"})


def shape_of(text: str) -> str:
    """Return the OSM word for a roof's shape, "" where the text has no word in it; unknown words are kept."""
    word = re.split(r"[;,/|]", text[:40], maxsplit=1)[0].strip().lower()
    if not re.search(r"[^\W\d_]", word):
        return ""
    return _SAME.get(re.sub(r"[\s\-]+", "_", word), word)


def slope_run_m(shape: Words, area_m2: Floats) -> Floats:
    """How far a roof slopes horizontally, guessed from the footprint: half the width, or all of it for one slope."""
    side_m = np.sqrt(np.where(np.isnan(area_m2), 100.0, np.maximum(area_m2, 0.0)))
    return np.where(shape == "skillion", side_m, np.where(shape == "pyramidal", side_m / 2, side_m * _NARROW))


def default_roof_height_m(shape: Words, area_m2: Floats) -> Floats:
    """Usual height of a roof of each shape; 0 for flat and unknown ones, NaN where only the geometry can tell."""
    rise = np.array(each(shape.tolist(), _rise), np.float64)
    return np.where(rise > 0, np.clip(rise * slope_run_m(shape, area_m2), *_HEIGHTS_M), rise)


def _rise(shape: str) -> float:
    if shape in _ONLY_GEOMETRY_KNOWS:
        return np.nan
    if shape in ("skillion", "sawtooth"):
        return _SLOPE_SKILLION
    return _SLOPE.get(shape, 0.0)
