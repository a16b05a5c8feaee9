"""Shapes of roofs, which way they face, and how high a roof is about which the map gives no height."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.table import among
from twin.tags.columns import Flags, Floats, Words, each
from twin.tags.lengths import OK, UNREADABLE, WILD, read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

SHAPES = frozenset(
    {
        "flat", "skillion", "gabled", "gabled_height_moved", "hipped", "half-hipped", "side_hipped", "side_half-hipped",
        "hipped-and-gabled", "pyramidal", "gambrel", "mansard", "dome", "onion", "round", "cone", "saltbox",
        "double_saltbox", "quadruple_saltbox", "sawtooth", "butterfly", "crosspitched", "gabled_row",
    }
)  # fmt: skip
"""The shapes that are drawn: those of "Key:roof:shape" in the OSM wiki and those that its editors offer besides."""

SEVERAL = frozenset({"many", "mixed", "multiple", "complex", "combination", "various", "mix", "other"})
"""Words that say that a roof has a shape, and not which."""

INSTEAD: Mapping[str, str] = {"pyramidal": "hipped", "cone": "hipped", "onion": "dome"}
"""What is drawn where a shape needs a middle that sees the whole outline and there is none."""

_SAME = {
    word: shape
    for shape, words in {
        "gabled": "pitched gable gabled_roof saddle double_pitched side_gabled front_gabled gabeled gabed dual_pitched "
        "pitched_roof bellcast_gable a_frame saddle_roof 2_faces",
        "gabled_row": "double_gabled triple_gabled multi_gabled m_shaped gabled_rows",
        "hipped": "hip hipped_roof hiped hip_roof",
        "half-hipped": "half_hipped half_hip jerkinhead clipped_gable halfhipped",
        "side_hipped": "one_side_hipped",
        "side_half-hipped": "side_half_hipped",
        "hipped-and-gabled": "hipped_and_gabled hip_and_gabled hip_and_gable dutch_gabled dutch_gable gablet",
        "pyramidal": "pyramid pyramide tented pavilion piramidal",
        "skillion": "lean_to monopitch monopitched mono_pitched shed pent slanted skilion single_pitched one_sided",
        "dome": "domed spherical hemisphere half_dome cupola sphere",
        "onion": "onion_dome bulbous",
        "cone": "conical circular_cone spire conic",
        "round": "barrel arched arch vaulted barrel_vault rounded curved round_gabled half_round semicircular",
        "sawtooth": "saw_tooth saw_teeth shed_row zigzag",
        "mansard": "mansarde mansart french",
        "gambrel": "gambled gambrel_roof",
        "butterfly": "inverted_gabled v_shaped",
        "crosspitched": "cross_gabled cross_pitched crosspiched crossgabled cross",
        "saltbox": "salt_box",
        "quadruple_saltbox": "quadruple:saltbox triple_saltbox",
        "flat": "flat_roof flach terrace no none",
        "": "yes",
    }.items()
    for word in words.split()
}
_NEAREST = {"helm": "pyramidal", "rhombic": "pyramidal", "pagoda": "hipped", "tower": "pyramidal"}
"""Shapes that are not drawn, and others that come near."""

_SLOPE = {
    "gabled": 0.7, "gabled_height_moved": 0.7, "hipped": 0.65, "half-hipped": 0.7, "side_half-hipped": 0.7,
    "hipped-and-gabled": 0.65, "gambrel": 0.8, "mansard": 0.8, "saltbox": 0.7, "double_saltbox": 0.6,
    "quadruple_saltbox": 0.6, "round": 0.6, "side_hipped": 0.65, "pyramidal": 0.7, "crosspitched": 0.7,
    "skillion": 0.18, "sawtooth": 0.18, "butterfly": 0.25, "gabled_row": 0.35,
}  # fmt: skip
"""Rise over run of the usual roof of each shape: 35 degrees for a gable. Ours."""
_NARROW = 0.35
"""Half the width of a building over the root of its footprint: 2 by 1 in plan, as most gabled houses are."""
_HEIGHTS_M = (1.0, 6.0)
_SPUN_SLOPE = {"dome": 1.0, "onion": 2.0, "cone": 1.6}
"""Height of what is spun about its middle, in halves of its width: a dome is half a ball."""
_ONE_SLOPE = frozenset({"skillion"})
_ACROSS_BY_NATURE = frozenset({"gabled_row"})
_BOXLIKE = 0.85
"""A footprint that fills so much of the rectangle around it is as wide as that."""

BULGES_OVER = 0.93
"""An onion needs a footprint that fills so much of its hull: over an inward corner it would meet itself."""

_POINTS = ("n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw")
_WINDS = {point: 22.5 * k for k, point in enumerate(_POINTS)}
_LETTERS = {"north": "n", "east": "e", "south": "s", "west": "w"}


def shape_of(text: str) -> str:
    """Return the OSM word for a roof's shape, "" where the text has no word in it; unknown words are kept."""
    word = re.split(r"[;,/|]", text[:40], maxsplit=1)[0].strip().lower()
    if not re.search(r"[^\W\d_]", word):
        return ""
    if word in SHAPES:
        return word
    return _SAME.get(re.sub(r"[\s\-]+", "_", word), word)


def drawn_shapes(shape: Words, shape_from: Words, geometry: Words | None) -> tuple[Words, Words]:
    """Return the shapes that can be drawn nearest to those that are told, and where each came from.

    The provenance becomes "several:WORD" for a word that names no one shape, "unknown:WORD" for one that
    is not drawn, and "unfit:WORD" where the outline does not allow it; each names what was told.
    """
    shape, shape_from = shape.copy(), shape_from.copy()
    for row in np.flatnonzero([one not in SHAPES for one in shape]):
        word = shape[row]
        shape_from[row] = ("several:" if word in SEVERAL else "unknown:") + word
        shape[row] = _NEAREST.get(word, "flat")
    if geometry is not None:
        rows = np.flatnonzero([one in INSTEAD for one in shape])
        fits = _sees_all(geometry[rows])
        onion = np.flatnonzero(shape[rows] == "onion")
        fits[onion] &= shapely.area(geometry[rows[onion]]) > BULGES_OVER * shapely.area(
            shapely.convex_hull(geometry[rows[onion]])
        )
        for row in rows[~fits]:
            shape_from[row] = "unfit:" + shape[row]
            shape[row] = INSTEAD[shape[row]]
    return shape, shape_from


def _sees_all(geometry: Words) -> Flags:
    """Whether the middle of each polygon of each shape sees all of its corners, and none has a hole."""
    sees = np.ones(len(geometry), bool)
    parts, owner = shapely.get_parts(geometry, return_index=True)
    for part, row in zip(parts, owner.tolist(), strict=True):
        if shapely.get_type_id(part) != 3 or shapely.get_num_interior_rings(part):
            sees[row] = False
            continue
        ring = shapely.get_coordinates(shapely.get_exterior_ring(part))
        spoke = ring - shapely.get_coordinates(shapely.centroid(part))
        turn = spoke[:-1, 0] * spoke[1:, 1] - spoke[1:, 0] * spoke[:-1, 1]
        sees[row] &= bool((turn > 0).all() or (turn < 0).all())
    return sees


def read_direction(text: str) -> tuple[float, int]:
    """Read where a roof faces, in degrees clockwise from north, of a figure or a point of the compass."""
    told = text[:40].lower().split(";")[0]
    word = re.sub(r"[\s_\-]+", "", told)
    for name, letter in _LETTERS.items():
        word = word.replace(name, letter)
    if word in _WINDS:
        return _WINDS[word], OK
    value, how = read_number(told.replace("°", ""))
    if how != OK:
        return np.nan, UNREADABLE
    return (value % 360.0, OK) if -360 <= value <= 720 else (np.nan, WILD)


def orientation_of(text: str) -> str:
    """Return "along" or "across" where a text says one of them, else ""."""
    word = text[:40].strip().lower()
    return word if word in ("along", "across") else ""


def slope_run_m(
    shape: Words,
    area_m2: Floats,
    geometry: Words | None = None,
    direction_deg: Floats | None = None,
    across: Flags | None = None,
) -> Floats:
    """How far a roof slopes horizontally: half the width under its ridge, or all of it for one slope.

    Measured where there is a geometry, and otherwise guessed from the footprint's area. NaN for flat roofs.
    """
    side_m = np.sqrt(np.where(np.isnan(area_m2), 100.0, np.maximum(area_m2, 0.0)))
    one_slope = np.array([one in _ONE_SLOPE for one in shape], bool)
    guess_m = np.where(one_slope, side_m, np.where(shape == "pyramidal", side_m / 2, side_m * _NARROW))
    rows = np.flatnonzero(shape != "flat")
    if geometry is None or not len(rows):
        return guess_m
    width_m, fills = _widths(geometry[rows], None if direction_deg is None else direction_deg[rows],
                             np.zeros(len(rows), bool) if across is None else across[rows], shape[rows])  # fmt: skip
    run_m = np.where(one_slope[rows], width_m, width_m / 2)
    winged = np.flatnonzero((fills < _BOXLIKE) & ~one_slope[rows])
    if len(winged):
        inscribed = shapely.maximum_inscribed_circle(geometry[rows][winged], tolerance=0.1)
        run_m[winged] = np.minimum(run_m[winged], shapely.length(inscribed))
    out = guess_m.copy()
    out[rows] = np.where(run_m > 0, run_m, guess_m[rows])
    return out


def _widths(geometry: Words, direction_deg: Floats | None, across: Flags, shape: Words) -> tuple[Floats, Floats]:
    """Return how wide each footprint is across its ridge, and how much it fills of the rectangle around it."""
    around = shapely.oriented_envelope(geometry)
    width_m, fills = np.full(len(geometry), np.nan), np.ones(len(geometry))
    good = np.flatnonzero(shapely.get_type_id(around) == 3)
    corner = shapely.get_coordinates(around[good]).reshape(-1, 5, 2)
    side = np.diff(corner[:, :3], axis=1)
    length = np.hypot(side[:, :, 0], side[:, :, 1])
    fills[good] = shapely.area(geometry[good]) / np.maximum(length.prod(axis=1), 1e-9)
    turned = across[good] | among(shape[good], list(_ACROSS_BY_NATURE))
    chosen = np.where(turned, length.argmax(axis=1), length.argmin(axis=1))
    if direction_deg is not None:
        told = np.isfinite(direction_deg[good])
        radians = np.radians(np.where(told, direction_deg[good], 0.0))
        facing = np.column_stack([np.sin(radians), np.cos(radians)])
        along = np.abs(np.einsum("pij,pj->pi", side, facing)) / np.maximum(length, 1e-9)
        chosen = np.where(told, along.argmax(axis=1), chosen)
    width_m[good] = np.take_along_axis(length, chosen[:, None], axis=1)[:, 0]
    return width_m, fills


def default_roof_height_m(shape: Words, run_m: Floats, *, measured: bool) -> Floats:
    """Usual height of a roof of each shape; 0 for flat ones, NaN for domes and the like if `run_m` is not measured."""
    rise = np.array(each(shape.tolist(), lambda one: _SLOPE.get(one, 0.0)), np.float64)
    spun = np.array(each(shape.tolist(), lambda one: _SPUN_SLOPE.get(one, 0.0)), np.float64)
    height_m = np.where(rise > 0, np.clip(rise * run_m, *_HEIGHTS_M), 0.0)
    return np.where(spun > 0, spun * run_m if measured else np.nan, height_m)
