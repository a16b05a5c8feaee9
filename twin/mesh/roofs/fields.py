"""Forms of the unit square on footprints: corner by corner on a quadrilateral, cut along its folds on any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.roofs import forms
from twin.mesh.roofs.surface import Surface, cut
from twin.mesh.triangles import triangulated
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.rings import Rings
    from twin.mesh.roofs.forms import Form
    from twin.mesh.roofs.frames import Frames

SHAPES = frozenset({*forms.PROFILES, *forms.ENDS, "sawtooth", "gabled_row", "crosspitched"})
"""What can be built of forms, on any polygon."""


def surfaces(rings: Rings, frames: Frames, shape: str) -> list[Surface]:
    """Return roofs of one of `SHAPES` over all polygons; `polygon` counts in `rings`."""
    number = np.arange(len(rings.feature))
    if shape not in ("sawtooth", "gabled_row"):
        return _of_form(rings, frames, shape, number, ())
    # These have as many folds as the footprint has room for, so each number of them is a form of its own.
    if shape == "gabled_row":
        depth_m, knots_of = frames.length_m, forms.gables
    else:
        depth_m, knots_of = frames.width_m, forms.sawtooth
    by_knots: dict[forms.Knots, list[int]] = {}
    for row, one in enumerate(depth_m.tolist()):
        by_knots.setdefault(knots_of(one), []).append(row)
    out = []
    for knots, rows in by_knots.items():
        mask = among(number, rows)
        out += _of_form(rings.chosen(mask), frames.chosen(mask), shape, number[mask], knots)
    return out


def _of_form(rings: Rings, frames: Frames, shape: str, number: NDArray[np.int64], knots: forms.Knots) -> list[Surface]:
    if shape == "gabled_row":  # the row runs along the front, and so its ridges run away from it
        frames = type(frames)(np.roll(frames.corner, -1, axis=1), frames.exact, frames.square)
    insets = (np.zeros(len(number)), np.zeros(len(number)))
    knots = knots or forms.PROFILES.get(shape, ())
    if kinds := forms.ENDS.get(shape):
        form = forms.ended(*kinds)
        insets = _insets(frames, kinds)
    else:
        form = forms.profile(knots) if knots else forms.crossed()
    exact = frames.exact & (frames.square | (shape not in forms.ENDS))
    out = []
    if exact.any():
        out.append(_on_corners(frames.chosen(exact), form, (insets[0][exact], insets[1][exact]), number[exact]))
    if exact.all():
        return out
    loose = ~exact
    some, about = rings.chosen(loose), frames.chosen(loose)
    insets = (insets[0][loose], insets[1][loose])
    out.append(_on_any(some, about, form, insets, shape, knots, number[loose]))
    return out


def _insets(frames: Frames, kinds: tuple[str, str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the front at which the ridge begins and ends: hips are as steep as the slopes beside them."""
    share = frames.width_m / frames.length_m / 2
    room = 0.5 if "gable" not in kinds else 0.9
    of = {"hip": 1.0, "gablet": 1.0, "half": 1 - forms.HALF, "gable": 0.0}
    return np.minimum(share, room) * of[kinds[0]], np.minimum(share, room) * of[kinds[1]]


def _places(corner: NDArray[np.float64], s: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places on quadrilaterals, shape (p, k, 2), of s and t, shape (p, k)."""
    a, b, c, d = (corner[:, k, None, :] for k in range(4))
    s, t = s[:, :, None], t[:, :, None]
    places: NDArray[np.float64] = (1 - t) * ((1 - s) * a + s * b) + t * ((1 - s) * d + s * c)
    return places


def _along(form: Form, insets: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    return form.s[:, 0] + insets[0][:, None] * form.s[:, 1] + insets[1][:, None] * form.s[:, 2]


def _on_corners(
    frames: Frames, form: Form, insets: tuple[NDArray[np.float64], NDArray[np.float64]], number: NDArray[np.int64]
) -> Surface:
    count, points = len(number), len(form.t)
    s = _along(form, insets)
    xy = _places(frames.corner, s, np.broadcast_to(form.t, s.shape))
    return Surface(
        xy.reshape(-1, 2),
        np.tile(form.z, count)[:, None],
        (form.triangles[None] + points * np.arange(count)[:, None, None]).reshape(-1, 3),
        np.repeat(number, points),
    )


def _on_any(
    rings: Rings,
    frames: Frames,
    form: Form,
    insets: tuple[NDArray[np.float64], NDArray[np.float64]],
    shape: str,
    knots: forms.Knots,
    number: NDArray[np.int64],
) -> Surface:
    polygon = np.repeat(rings.polygon, rings.size)
    flat = Surface(rings.xy, np.zeros((len(rings.xy), 1)), triangulated(rings), polygon)
    s = _along(form, insets)
    place = _places(frames.corner, s, np.broadcast_to(form.t, s.shape))
    lines = [(place[:, one], place[:, other]) for one, other in form.creases]
    if shape == "hipped-and-gabled":
        for side, inset in ((0.0, insets[0]), (1.0, insets[1])):
            along = np.abs(side - inset * forms.GABLET * forms.LEANING)[:, None]
            ends = _places(frames.corner, np.tile(along, (1, 2)), np.tile([0.0, 1.0], (len(along), 1)))
            lines.append((ends[:, 0], ends[:, 1]))
    seen: list[NDArray[np.float64]] = []
    for one, other in lines:
        line = _line(one, other)
        if any(np.allclose(line, known, atol=1e-6) or np.allclose(line, -known, atol=1e-6) for known in seen):
            continue
        seen.append(line)
        at = line[flat.polygon]
        flat = cut(flat, at[:, 0] * flat.xy[:, 0] + at[:, 1] * flat.xy[:, 1] + at[:, 2])
    t, s_of = _shares(frames, flat.xy, flat.polygon)
    if kinds := forms.ENDS.get(shape):
        height = forms.height_of_ends(kinds, s_of, t, (insets[0][flat.polygon], insets[1][flat.polygon]))
    elif shape == "crosspitched":
        height = np.maximum(1 - np.abs(2 * t - 1), 1 - np.abs(2 * s_of - 1))
    else:
        height = np.interp(t, *np.array(knots, float).T)
    return Surface(flat.xy, np.clip(height, 0, 1)[:, None], flat.triangles, number[flat.polygon])


def _line(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lines through pairs of places as a, b, c: a x + b y + c is the distance to the right of each."""
    way = other - one
    way = way / np.maximum(np.linalg.norm(way, axis=1), 1e-9)[:, None]
    a, b = way[:, 1], -way[:, 0]
    return np.column_stack([a, b, -(a * one[:, 0] + b * one[:, 1])])


def _shares(
    frames: Frames, xy: NDArray[np.float64], polygon: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return t and s of every place: how far it lies from the front to the back, and from one end to the other."""
    corner = frames.corner
    distance = []
    for k in range(4):
        line = -_line(corner[:, k], corner[:, (k + 1) % 4])[polygon]
        distance.append(np.maximum(line[:, 0] * xy[:, 0] + line[:, 1] * xy[:, 1] + line[:, 2], 0.0))
    front, end, back, start = distance
    return front / np.maximum(front + back, 1e-9), start / np.maximum(start + end, 1e-9)
