"""Looks: what colour each paint has, and in what light the city stands.

*model* is the paper that data is drawn on: an architect's white model in soft light. *real* is for the
eye: roofs, walls, grass and water as one knows them. *night* is for talks: dark ground, lit windows, lamps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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


_MODEL: Mapping[str, str] = {
    "ground": "#EFEDE8",
    "horizon": "#EEF1F3",
    "residential": "#EFECE6",
    "commercial": "#F0EBE5",
    "industrial": "#ECEAE6",
    "institution": "#F1EDE2",
    "railway": "#EAE8E4",
    "construction": "#EBE6DC",
    "farmland": "#EEEBDD",
    "orchard": "#E0E8D3",
    "park": "#D5E3CB",
    "cemetery": "#D8E2CF",
    "allotments": "#DFE7D3",
    "garden": "#D7E5CC",
    "grass": "#DAE6CF",
    "scrub": "#D3DFC6",
    "wood": "#C9DABD",
    "wetland": "#D3E1D8",
    "sand": "#F0E9D8",
    "rock": "#E3E0DA",
    "ice": "#F2F6F8",
    "playground": "#E3E8D6",
    "pitch": "#D3E3CF",
    "square": "#E9E5DD",
    "parking": "#E6E3DE",
    "pier": "#E8E4DC",
    "area": "#ECE9E3",
    "water": "#BFD8E6",
    "sea": "#BFD8E6",
    "track": "#E4DFD4",
    "path": "#E8E5DF",
    "cycleway": "#E6E1DC",
    "steps": "#E1DDD6",
    "pavement": "#E8E5DF",
    "service": "#E3E0DA",
    "road": "#DEDBD5",
    "marking": "#F4F2EC",
    "tread": "#D2CDC4",
    "kerb": "#D9D5CD",
    "ballast": "#DBD8D2",
    "rail": "#C9C6C0",
    "tram_bed": "#DAD7D1",
    "tram": "#C9C6C0",
    "deck": "#E4E1DB",
    "wall": "#FAF9F6",
    "roof": "#F1EFEB",
    "crown": "#B9CFA9",
    "crown_needle": "#A9C3A0",
    "crown_palm": "#BED3AA",
    "trunk": "#B3A48F",
    "lamp_post": "#BDB9B2",
    "lamp_head": "#F3E6C4",
    "signal": "#A9A6A0",
    "camera": "#A9A6A0",
    "sign": "#BDB9B2",
    "wood_furniture": "#CBBBA2",
    "stone": "#D8D4CC",
    "post": "#BDB9B2",
    "overlay": "#C9B8D8",
    "overlay_line": "#8E6FB0",
    "overlay_mass": "#D9CBE6",
}

_REAL: Mapping[str, str] = {
    "ground": "#D3CFC7",
    "horizon": "#D5E2EC",
    "residential": "#D1CCC3",
    "commercial": "#D3CCC4",
    "industrial": "#CBC6BC",
    "institution": "#D5CFBD",
    "railway": "#BDB7AC",
    "construction": "#C4B498",
    "farmland": "#CFC48F",
    "orchard": "#ACB585",
    "park": "#A9B98A",
    "cemetery": "#A2B08A",
    "allotments": "#B0B48A",
    "garden": "#A5B884",
    "grass": "#B0BC8E",
    "scrub": "#9DAA7E",
    "wood": "#86996F",
    "wetland": "#8FAC8B",
    "sand": "#E3D3A5",
    "rock": "#A9A59C",
    "ice": "#EAF3F7",
    "playground": "#C9B98A",
    "pitch": "#8DAF84",
    "square": "#C9C1B1",
    "parking": "#B0AEA9",
    "pier": "#B8AC98",
    "area": "#CDC7BA",
    "water": "#7FA6BF",
    "sea": "#7BA2BC",
    "track": "#B9A582",
    "path": "#CFC6B4",
    "cycleway": "#B98F7E",
    "steps": "#B7AFA0",
    "pavement": "#BDB9B1",
    "service": "#A09E9A",
    "road": "#8B8B8B",
    "marking": "#DDDCD6",
    "tread": "#9F978A",
    "kerb": "#CBC6BC",
    "ballast": "#8D857B",
    "rail": "#5E5A56",
    "tram_bed": "#8A8883",
    "tram": "#5F5D5B",
    "deck": "#A8A49C",
    "wall": "#E4DCCE",
    "roof": "#A89B90",
    "crown": "#7C9660",
    "crown_needle": "#5A7B5C",
    "crown_palm": "#7DA350",
    "trunk": "#6B543C",
    "lamp_post": "#5B6066",
    "lamp_head": "#F4E3B0",
    "signal": "#33383D",
    "camera": "#D9DCDE",
    "sign": "#4F6D8F",
    "wood_furniture": "#8D6A45",
    "stone": "#A9A398",
    "post": "#6C7075",
    "overlay": "#B58BD1",
    "overlay_line": "#7A45A8",
    "overlay_mass": "#CDB2E0",
}

_NIGHT: Mapping[str, str] = {
    "ground": "#141823",
    "horizon": "#1B2233",
    "residential": "#141823",
    "commercial": "#161924",
    "industrial": "#131720",
    "institution": "#161A24",
    "railway": "#12151D",
    "construction": "#171920",
    "farmland": "#151A1E",
    "orchard": "#141D1E",
    "park": "#142022",
    "cemetery": "#141E21",
    "allotments": "#151F21",
    "garden": "#152123",
    "grass": "#151F22",
    "scrub": "#131D1F",
    "wood": "#111B1D",
    "wetland": "#121D22",
    "sand": "#1D1F25",
    "rock": "#191C23",
    "ice": "#252C38",
    "playground": "#181F24",
    "pitch": "#152322",
    "square": "#1F232E",
    "parking": "#1A1E28",
    "pier": "#1D212B",
    "area": "#161A24",
    "water": "#0C1A2B",
    "sea": "#0B1828",
    "track": "#20232B",
    "path": "#232732",
    "cycleway": "#2A2830",
    "steps": "#262A34",
    "pavement": "#262A35",
    "service": "#2B2D36",
    "road": "#3A3733",
    "marking": "#5A5752",
    "tread": "#1E222B",
    "kerb": "#31343D",
    "ballast": "#1C1F28",
    "rail": "#3B4150",
    "tram_bed": "#33322F",
    "tram": "#4A4E5A",
    "deck": "#262B37",
    "wall": "#222938",
    "roof": "#2A3243",
    "crown": "#1C2C2C",
    "crown_needle": "#182828",
    "crown_palm": "#1E2F2C",
    "trunk": "#1A1B1F",
    "lamp_post": "#2E333F",
    "lamp_head": "#FFE2AE",
    "signal": "#3A4050",
    "camera": "#3A4050",
    "sign": "#2E3442",
    "wood_furniture": "#25252A",
    "stone": "#2B3140",
    "post": "#2B303C",
    "overlay": "#4A3A66",
    "overlay_line": "#A37BE0",
    "overlay_mass": "#5A4878",
}

_MATERIALS: Mapping[str, str] = {
    "brick": "#A8644A",
    "clinker": "#7E4A3C",
    "stone": "#B9AE9B",
    "sandstone": "#CDB38A",
    "limestone": "#D3C9B2",
    "granite": "#9C9791",
    "marble": "#E4E0D8",
    "concrete": "#B5B1AA",
    "cement_block": "#B5B1AA",
    "plaster": "#E3D8C3",
    "stucco": "#E3D8C3",
    "render": "#E3D8C3",
    "wood": "#A47E55",
    "timber_framing": "#CDBFA6",
    "glass": "#8FAFC2",
    "mirror": "#8FAFC2",
    "metal": "#A3A8AB",
    "steel": "#A3A8AB",
    "aluminium": "#BCC1C3",
    "metal_sheet": "#8F9695",
    "tin": "#9A9E9D",
    "zinc": "#9BA1A3",
    "copper": "#7FB09A",
    "roof_tiles": "#AE6248",
    "tile": "#AE6248",
    "slate": "#5F6369",
    "tar_paper": "#55565A",
    "bitumen": "#55565A",
    "asphalt": "#55565A",
    "gravel": "#A9A398",
    "grass": "#8FAE66",
    "thatch": "#A6905F",
    "eternit": "#8E9192",
    "solar_panels": "#2F3D57",
}

LOOKS: Mapping[str, Look] = {
    look.name: look
    for look in (
        Look(
            name="model",
            roles=_MODEL,
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
            roles=_REAL,
            materials=_MATERIALS,
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
            roles=_NIGHT,
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

GRAINS: Mapping[str, int] = {
    **dict.fromkeys(("brick", "clinker"), 1),
    **dict.fromkeys(("stone", "sandstone", "limestone", "granite", "marble"), 2),
    **dict.fromkeys(("concrete", "cement_block", "eternit"), 3),
    **dict.fromkeys(("metal", "steel", "aluminium", "metal_sheet", "tin", "zinc", "copper"), 4),
    **dict.fromkeys(("wood", "timber_framing"), 5),
    **dict.fromkeys(("glass", "mirror"), 6),
}
"""How the shader draws what a wall is made of; 0 is plaster, without joints."""

_ROOF_GRAINS = {1: 7, 2: 7, 4: 8} | dict.fromkeys((3, 5, 6), 0)


def grains(paints: Sequence[Paint]) -> NDArray[np.float32]:
    """Return the grain of every paint, shape (n,); a roof of untold material has tiles, which show on slopes."""
    codes = np.zeros(len(paints), np.float32)
    for i, paint in enumerate(paints):
        code = GRAINS.get(paint.material, 0)
        if paint.role == "wall":
            codes[i] = code
        elif paint.role == "roof":
            codes[i] = 7 if paint.material in {"", "roof_tiles", "tile", "slate"} else _ROOF_GRAINS.get(code, 0)
    return codes


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
