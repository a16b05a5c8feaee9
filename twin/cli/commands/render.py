"""`twin render`: a picture of a district, without a window or a screen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from twin import bar, district, file
from twin.cli import parser as words
from twin.cli.interrupts import held_back
from twin.cli.streams import say
from twin.language import _
from twin.model import City, Progress, TwinError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from twin.camera import View
    from twin.colouring import Colouring
    from twin.days import Day
    from twin.model import Report, Viewpoint
    from twin.picture import Picture
    from twin.scene import Scene

DATA = ("traffic", "air", "coverage", "transit")
"""The words of --layers that are of sensors; `twin.layers` knows them, but takes a while to ask."""

LAYERS = {
    "buildings": ("buildings", "parts"),
    "streets": ("streets", "paths", "bridges"),
    "rails": ("rails", "rail_bridges"),
    "areas": ("areas", "piers"),
    "water": ("water",),
    "trees": ("trees",),
    "furniture": ("furniture",),
    "overlays": ("overlays", "masses"),
}
"""The words of --layers and the meshes they stand for; what is in none of them is always drawn, and
`twin.sight.DETAILS` go with what they are details of."""

COLOURINGS = ("kind", "height", "levels", "age", "material", "provenance")

_DIM_DEG = 12.0
_DAY_S = 86_400.0
_DATA_PITCH_DEG = -42.0  # so steep that streets are seen between their houses
_CAPTIONS = (0.18, 0.09)  # what `twin.captions` takes of a picture, on its left and from below

LOOKS = ("model", "real", "night")

SMOOTH_UP_TO_PX = 9_000_000
"""Larger pictures than 4K are drawn with one sample a pixel instead of four, for the sake of memory."""

MOST_SAMPLES_A_SIDE = 16384
"""Where graphics drivers end."""


def summary() -> str:
    """Return what the command does, in one line."""
    return _("draw a picture of a district into a PNG file")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("a .twin file, or the word sample"))
    parser.add_argument(
        "-o",
        "--output",
        metavar="PNG",
        type=words.output("-o", ".png"),
        required=True,
        help=_("the picture to write"),
    )
    parser.add_argument(
        "--at",
        metavar="TIME",
        type=words.moment,
        help=_(
            "show the sun of that moment, and the data where any was recorded about then; ISO 8601, in the district's"
            " time zone unless it names one"
        ),
    )
    parser.add_argument(
        "--size", metavar="WxH", type=words.size, default=(1280, 720), help=_("in pixels; 1280x720 without it")
    )
    parser.add_argument(
        "--look", metavar="LOOK", type=words.one_of("--look", LOOKS), default="model", help=", ".join(LOOKS)
    )
    parser.add_argument(
        "--camera",
        metavar="VIEW",
        help=_(
            "data (where a recorded day is drawn, and then without the option), hero (else), top, north, east, south,"
            " west, street, a view kept in the file, or lon,lat,height,heading,pitch"
        ),
    )
    parser.add_argument(
        "--layers",
        metavar="A,B",
        type=words.some_of("--layers", (*LAYERS, *DATA)),
        help=_("draw only these of the city: {layers}; and of a recorded day: {data}").format(
            layers=", ".join(LAYERS), data=", ".join(DATA)
        ),
    )
    parser.add_argument(
        "--colour",
        metavar="WHAT",
        type=words.one_of("--colour", COLOURINGS),
        help=_("colour buildings by {names}").format(names=", ".join(COLOURINGS)),
    )
    parser.add_argument(
        "--with",
        dest="ornaments",
        metavar="A,B",
        type=words.some_of("--with", ("scale", "north", "legend")),
        default=(),
        help=_("draw a scale bar, a north arrow or a legend over it: scale, north, legend"),
    )
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> None:
    """Draw and write the picture, and print its name."""
    path = district.path_of(arguments.file)
    kept = file.read_views(path)
    at_s = None if arguments.at is None else words.epoch_s(arguments.at, _zone(path))
    width_px, height_px = arguments.size
    small = width_px * height_px <= SMOOTH_UP_TO_PX and max(arguments.size) <= MOST_SAMPLES_A_SIDE // 2
    with bar.shown(quiet=arguments.quiet) as report:
        city = district.open_city(path, report=report)
        colours = _colours(path, arguments.colour, report)
        city_layers = None if arguments.layers is None else tuple(w for w in arguments.layers if w in LAYERS)
        data = _data(path, at_s, arguments.layers, report)
        report(Progress(_("Drawing")))
        with held_back():
            from twin.props import OffScreen
            from twin.scene import Scene
        with _loud_graphics():
            plotter = OffScreen(arguments.size)
            scene = Scene(plotter)
            scene.place(city, look=arguments.look)
            view = _view(scene, arguments.camera, kept, data)
            if city_layers:
                # Left out rather than hidden, since what is hidden still casts its shadow. The view stays.
                scene.place(only(city, city_layers), look=arguments.look)
            if colours is not None:
                for table in colours.entry_of:
                    scene.recolour(table, colours.colours(table))
            if data is not None:
                scene.show(data)
            scene.fly(view)
            if at_s is not None:
                scene.sun(at_s)
            if at_s is None or (data is not None and data.shown and _is_dim(scene, arguments.look)):
                scene.light_across(view)
            picture = scene.still(size=arguments.size, smooth=2 if small else 1)
            ground_m, credits_ = scene.ground_ahead_m, scene.credits
            scene.close()
            plotter.close()
        from twin.paper import write_picture

        if arguments.ornaments:
            from twin.sheet import adorned

            dark = arguments.look == "night"
            picture = adorned(picture, view, arguments.ornaments, colouring=colours, dark=dark, ground_m=ground_m)
        if data is not None and data.shown:
            from twin.captions import captioned
            from twin.paper import credit_px
            from twin.sheet import scale_px

            picture = captioned(
                picture,
                data,
                zone=_zone(path),
                dark=arguments.look == "night",
                on_the_right=colours is not None and "legend" in arguments.ornaments,
                credit_px=credit_px(width_px, height_px, credits_),
                foot_px=scale_px(width_px, height_px) if "scale" in arguments.ornaments else 0.0,
            )
        write_picture(arguments.output, picture)
    say(str(arguments.output))


def _view(scene: Scene, camera: str | None, kept: Sequence[Viewpoint], data: Picture | None) -> View:
    """Return where to look from: at what is measured, unless somebody says otherwise."""
    if camera in {None, "data"}:
        places = np.zeros((0, 3)) if data is None else data.places()
        if len(places):
            return scene.facing(places, _DATA_PITCH_DEG, taken=_CAPTIONS)
        camera = "hero"
    return scene.views(camera or "hero", kept)


def _colours(path: Path, name: str | None, report: Report) -> Colouring | None:
    """Return the district's buildings in the colours of `twin.colouring.names`; None where none are wanted."""
    if name is None:
        return None
    from twin.colouring import colouring

    return colouring(district.open_district(path, report=report), name)


@contextmanager
def _loud_graphics() -> Iterator[None]:
    """Make an error that VTK only chats about an error: a shader that a driver refuses draws nothing, or nonsense."""
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow, vtkStringOutputWindow

    heard, before = vtkStringOutputWindow(), vtkOutputWindow.GetInstance()
    loudness = vtkLogger.GetCurrentVerbosityCutoff()
    vtkOutputWindow.SetInstance(heard)
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        yield
    finally:
        vtkOutputWindow.SetInstance(before)
        vtkLogger.SetStderrVerbosity(loudness)
    if "ERROR:" in heard.GetOutput():
        raise RuntimeError(heard.GetOutput())


def _is_dim(scene: Scene, look: str) -> bool:
    """Tell whether the sun stands so low that the white model is no paper for data any more."""
    return look == "model" and scene.sun_deg[1] < _DIM_DEG


def _data(path: Path, at_s: float | None, wanted: tuple[str, ...] | None, report: Report) -> Picture | None:
    """Return the data to draw: of a moment, or of the middle of the first day where data are asked for by name."""
    named = None if wanted is None else [word for word in wanted if word in DATA]
    if at_s is None and not named:
        return None
    from twin import days
    from twin.session import Session

    recorded = [day for day in days.read_days(path) if day.t_start is not None]
    if not recorded:
        if named:
            raise TwinError(
                _("There is no recorded day in {file}, and so no {layer}.").format(file=path, layer=named[0])
            )
        return None
    if named is not None and not named and wanted:
        return None
    if at_s is not None and named is None and not any(_is_near(day, at_s) for day in recorded):
        return None  # of another season only the sun was asked for
    with Session.open(district.open_district(path, report=report), path) as session:
        span = session.span
        if span is None:
            return None
        for layer in session.layers:
            session.show(layer, named is None or layer in named)
        if missing := [layer for layer in named or () if layer not in session.layers]:
            raise TwinError(
                _("There is no {layer} in {file}; its days have {layers}.").format(
                    layer=missing[0], file=path, layers=", ".join(session.layers)
                )
            )
        return session.picture((span[0] + span[1]) / 2 if at_s is None else at_s)


def _is_near(day: Day, t: float) -> bool:
    """Whether a moment lies in a recorded day, or no farther from it than a day."""
    return day.t_start is not None and day.t_end is not None and day.t_start - _DAY_S <= t <= day.t_end + _DAY_S


def only(city: City, layers: tuple[str, ...]) -> City:
    """Return the city with some of its `LAYERS` alone, on its ground."""
    from twin.sight import DETAILS

    unwanted = {mesh for layer, meshes in LAYERS.items() if layer not in layers for mesh in meshes}
    unwanted |= {detail for detail, mesh in DETAILS.items() if mesh in unwanted}
    meshes = {name: mesh for name, mesh in city.meshes.items() if name not in unwanted}
    if "overlays" in layers:
        return replace(city, meshes=meshes)
    return replace(city, meshes=meshes, images=(), credits=())


def _zone(path: Path) -> str:
    """Return the time zone of the district."""
    return str(file.read_info(path)["zone"])
