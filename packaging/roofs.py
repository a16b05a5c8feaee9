"""Make assets/pictures/roofs.png: every shape of roof, by its name, over two footprints.

    python packaging/roofs.py

The houses are made up, the gallery of the tests; no map and no credit is in the picture.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyvista as pv
import shapely
from PIL import Image, ImageDraw, ImageFont
from shapely import affinity

from twin import tags as osm_tags
from twin.camera import View
from twin.mesh import city
from twin.model import TABLES, District, Frame, Source
from twin.scene import Scene
from twin.table import Table
from twin.tags.roofs import SHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
TILE = (420, 260)
COLUMNS = 4
CREDIT_PX = 40
"""The lowest rows of a picture, where credits stand: cut off here, since there is nothing to credit."""
LABEL_PX = 34
PAPER, INK = "#f4f2ee", "#23272e"
ORDER = (
    "flat", "skillion", "gabled", "gabled, across", "half-hipped", "hipped", "side_hipped", "side_half-hipped",
    "hipped-and-gabled", "pyramidal", "gambrel", "mansard", "round", "crosspitched", "saltbox", "double_saltbox",
    "quadruple_saltbox", "gabled_height_moved", "sawtooth", "gabled_row", "butterfly", "dome", "onion", "cone",
)  # fmt: skip
SPUN = ("pyramidal", "dome", "onion", "cone")


def footprints(shape: str) -> list[Any]:
    """Return the two footprints that show a shape best."""
    wings = shapely.box(0, 9, 20, 16) | shapely.box(0, 0, 7, 16)
    towers = [shapely.box(0, 0, 12, 12), shapely.Point(6, 6).buffer(6, quad_segs=8)]
    first, second = towers if shape in SPUN else [shapely.box(0, 0, 18, 10), wings]
    return [affinity.translate(first, -22, -4), affinity.translate(second, 4, -7)]


def houses(shape: str) -> District:
    """Return a district of two houses under one shape of roof."""
    geometry = np.array(footprints(shape), object)
    colours = {"roof:colour": "#b4644c", "building:colour": "#eee6d8"}
    word, _comma, orientation = shape.partition(", ")
    told = {"building": "church", "height": "11", "roof:shape": word} | colours
    if word not in SPUN:
        told["roof:height"] = "4.5"
    if orientation:
        told["roof:orientation"] = orientation
    if word == "skillion":
        told["roof:direction"] = "S"
    columns = osm_tags.buildings([told] * len(geometry), area_m2=shapely.area(geometry), geometry=geometry)
    tables = {name: Table.typed(kinds, {}, np.empty(0, object)) for name, kinds in TABLES.items()}
    tables["buildings"] = Table.typed(TABLES["buildings"], columns, geometry)
    return District(
        name=shape,
        frame=Frame(0.0, 45.0),
        boundary_xy=shapely.box(-60, -60, 60, 60),
        tables=tables,
        sources=(Source("Made up", "CC0 1.0", "© OpenStreetMap contributors"),),
        zone_told="UTC",
    )


def tile(scene: Scene, shape: str) -> NDArray[np.uint8]:
    """Return the picture of one shape."""
    scene.place(city.build(houses(shape)), look="real")
    scene.fly(View(position=(36.0, -66.0, 50.0), focal_point=(1.0, 0.5, 4.0), angle_deg=25.0))
    scene.light(205.0, 42.0)
    return scene.still(size=(TILE[0], TILE[1] + CREDIT_PX))[:-CREDIT_PX]


def main() -> None:
    """Draw all shapes and write the sheet."""
    if missing := SHAPES.difference(ORDER):
        sys.exit(f"name these too: {sorted(missing)}")
    scene = Scene(pv.Plotter(off_screen=True, window_size=(TILE[0], TILE[1] + CREDIT_PX)))
    rows = -(-len(ORDER) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE[0], rows * (TILE[1] + LABEL_PX)), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(ROOT / "assets" / "fonts" / "Inter-Medium.ttf", 19)
    for number, shape in enumerate(ORDER):
        x, y = number % COLUMNS * TILE[0], number // COLUMNS * (TILE[1] + LABEL_PX)
        sheet.paste(Image.fromarray(tile(scene, shape)), (x, y))
        draw.text((x + TILE[0] / 2, y + TILE[1] + LABEL_PX / 2), shape, font=font, fill=INK, anchor="mm")
    scene.close()
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "assets" / "pictures" / "roofs.png"
    sheet.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    main()
