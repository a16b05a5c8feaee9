"""Looks: what colour each paint has, and in what light the city stands.

*model* is the paper that data is drawn on: an architect's white model in soft light. *real* is for the
eye: roofs, walls, grass and water as one knows them. *night* is for talks: dark ground, lit windows, lamps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.light.paints import MATERIALS, MODEL, NIGHT, REAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.model import Paint

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1, as shown on a screen (sRGB)."""


def colour(hexadecimal: str) -> Colour:
    """Red, green and blue of "#rrggbb"."""
    red, green, blue = bytes.fromhex(hexadecimal.removeprefix("#"))
    return red / 255, green / 255, blue / 255


@dataclass(frozen=True)
class Look:
    """One way to show the same city.

    Light is a multiplier of a thing's own colour: `key` from the sun plus a mix of `fill` from the sky above
    and `bounce` from the ground below. Level ground in the sun keeps about its own colour.
    """

    name: str
    roles: Mapping[str, str]  # role -> "#rrggbb"
    materials: Mapping[str, str]  # material of walls and roofs -> "#rrggbb"
    wall_tint: float  # how much of a tagged wall colour is shown, 0 to 1
    roof_tint: float
    saturation: float  # of tagged colours, 1 leaves them as tagged
    lift: float  # of tagged colours towards white, 0 leaves them as tagged
    walls: tuple[str, ...]  # what walls and roofs of untold colour may be; each building has its own
    roofs: tuple[str, ...]
    variety: float  # how far neighbours' walls and roofs differ in brightness, 0 to 1
    zenith: Colour  # the top of the sky
    horizon: Colour  # the foot of the sky, and what distance fades into
    key: Colour
    fill: Colour
    bounce: Colour
    crowding: float  # how dark narrow places are, 0 to 1
    fog_m: float  # distance at which things are mostly horizon
    edge: Colour
    edge_opacity: float
    grains: float  # how clearly bricks, boards and tiles are drawn, 0 to 1
    floors: float  # how clearly the lines between storeys are drawn
    panes: float  # how clearly windows are drawn
    pane: Colour
    windows: float  # share of windows that are lit when it is dark, at no particular hour
    window: Colour
    lamplight: Colour  # added to what stands under a lamp when it is dark
    windows_by_hour: float = 1.0  # how far the hour says how many windows are lit
    always_night: bool = False
    paper: bool = False  # what data is drawn on, and never quite dark


LOOKS: Mapping[str, Look] = {
    look.name: look
    for look in (
        Look(
            name="model",
            roles=MODEL,
            materials={},
            wall_tint=0.0,
            roof_tint=1.0,
            saturation=0.35,
            lift=0.62,
            walls=(),
            roofs=(),
            variety=0.02,
            zenith=colour("#A9C6E0"),
            horizon=colour("#EEF1F3"),
            key=(0.455, 0.425, 0.375),
            fill=(0.525, 0.555, 0.605),
            bounce=(0.50, 0.485, 0.465),
            crowding=0.50,
            fog_m=5200,
            edge=colour("#2A2722"),
            edge_opacity=0.16,
            grains=0.0,
            floors=0.10,
            panes=0.07,
            pane=colour("#8FA3B5"),
            windows=0,
            window=(0, 0, 0),
            lamplight=(0, 0, 0),
            windows_by_hour=0,
            paper=True,
        ),
        Look(
            name="real",
            roles=REAL,
            materials=MATERIALS,
            wall_tint=0.9,
            roof_tint=0.9,
            saturation=0.72,
            lift=0.08,
            walls=("#E4DCCE", "#DDD0B8", "#E6E1D8", "#D8C3A8", "#CFC6BA", "#E0CDB6", "#C9AE98"),
            roofs=("#A2958A", "#8E8A87", "#A97F6C", "#B2A79B", "#96877B", "#7F8588", "#A98C79"),
            variety=0.07,
            zenith=colour("#6FA3D2"),
            horizon=colour("#D5E2EC"),
            key=(0.52, 0.475, 0.39),
            fill=(0.49, 0.53, 0.60),
            bounce=(0.43, 0.41, 0.375),
            crowding=0.48,
            fog_m=6500,
            edge=colour("#2A2722"),
            edge_opacity=0.14,
            grains=1.0,
            floors=0.16,
            panes=0.85,
            pane=colour("#3F4A55"),
            windows=0.36,
            window=colour("#FFD9A0"),
            lamplight=(0.20, 0.145, 0.075),
        ),
        Look(
            name="night",
            roles=NIGHT,
            materials={},
            wall_tint=0.0,
            roof_tint=0.0,
            saturation=0.5,
            lift=0.0,
            walls=(),
            roofs=(),
            variety=0.05,
            zenith=colour("#070A12"),
            horizon=colour("#1B2233"),
            key=(0.22, 0.25, 0.34),
            fill=(0.84, 0.86, 0.94),
            bounce=(0.80, 0.70, 0.58),
            crowding=0.40,
            fog_m=4200,
            edge=colour("#8FA6CC"),
            edge_opacity=0.10,
            grains=0.3,
            floors=0.22,
            panes=0.65,
            pane=colour("#10161F"),
            windows=0.36,
            window=colour("#FFD9A0"),
            lamplight=(0.34, 0.25, 0.13),
            always_night=True,
        ),
    )
}

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def colours(paints: Sequence[Paint], look: Look) -> NDArray[np.uint8]:
    """Red, green and blue of every paint in a look, shape (n, 3).

    A role that the look does not know is shown as bare ground, so that a city from a later version opens.
    """
    unknown = look.roles["ground"]
    base = np.array([colour(look.roles.get(p.role, unknown)) for p in paints], np.float64).reshape(-1, 3)
    tint = np.zeros(len(paints))
    tagged = base.copy()
    for i, paint in enumerate(paints):
        share = {"wall": look.wall_tint, "roof": look.roof_tint}.get(paint.role, 1.0)
        if _HEX.fullmatch(paint.colour):
            tagged[i], tint[i] = colour(paint.colour), share
        elif paint.role in {"wall", "roof"} and paint.material in look.materials:
            tagged[i], tint[i] = colour(look.materials[paint.material]), share
    grey = tagged @ np.array([0.299, 0.587, 0.114])
    calm = grey[:, None] + (tagged - grey[:, None]) * look.saturation
    calm += (1 - calm) * look.lift
    # a user's own colours are data: they keep their hue in every look
    own = np.array([p.role.startswith("overlay") for p in paints], bool)
    calm[own] = tagged[own]
    mixed = base + (calm - base) * tint[:, None]
    rgb: NDArray[np.uint8] = np.rint(np.clip(mixed, 0, 1) * 255).astype(np.uint8)
    return rgb
