"""Things on the stage: arrays as VTK actors, wrapped and not copied, and the colours that they wear."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules import vtkRenderingOpenGL2
from vtkmodules.util import numpy_support
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow, vtkTexture

from twin.light import Look, Sky, Worn, colours
from twin.model import Paint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from twin.model import Mesh
    from twin.ray import Target

# VTK's own code is not annotated
wrapped_array: Callable[..., Any] = numpy_support.numpy_to_vtk
_unwrapped: Callable[..., Any] = numpy_support.vtk_to_numpy


_PROCESSORS = ("llvmpipe", "softpipe", "swrast", "swiftshader", "basic render", "gdi generic", "software rasterizer")
"""What renderers without a graphics card call themselves."""


class OffScreen:
    """A plotter without a display, and without the second that importing pyvista takes."""

    def __init__(self, size: tuple[int, int] = (1280, 720)) -> None:
        blind = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
        # asked for any window, VTK would first try X and complain about it on stderr
        window = (
            vtkRenderingOpenGL2.vtkEGLRenderWindow
            if blind and hasattr(vtkRenderingOpenGL2, "vtkEGLRenderWindow")
            else vtkRenderWindow
        )
        self.render_window = window()
        self.render_window.SetOffScreenRendering(1)
        self.render_window.SetMultiSamples(0)
        self.render_window.SetSize(*size)
        self.renderer = vtkRenderer()
        self.render_window.AddRenderer(self.renderer)

    def close(self) -> None:
        """Give the graphics memory back."""
        self.renderer.RemoveAllViewProps()
        self.render_window.Finalize()


def drawn_by_processor(window: Any) -> bool:
    """Tell whether a processor draws what a window shows, and not a graphics card."""
    window.Initialize()  # before that, one without a display knows nothing about itself
    renderer = str(window.ReportCapabilities()).lower()
    return any(name in renderer for name in _PROCESSORS)


@dataclass
class Thing:
    """One mesh on the stage: its actor, its colours, and the arrays that the renderer reads."""

    mesh: Mesh
    actor: Any
    worn: Worn
    rgba: NDArray[np.uint8]
    scalars: Any
    wrapped: tuple[Any, ...]  # VTK reads these without owning them
    target: Target | None = None
    by_feature: NDArray[np.uint8] | None = None
    cladding: NDArray[np.float32] | None = None  # (n, 4) bays, storeys, grain and chance of each point
    shown: NDArray[np.bool_] | None = None  # by feature; the others are ghosts

    def triangles_of(self, feature: int) -> NDArray[np.intp]:
        """Return the numbers of a feature's triangles."""
        order, owner = self._by_owner
        first, last = np.searchsorted(owner, [feature, feature + 1])
        return order[first:last]

    @cached_property
    def _by_owner(self) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Triangles in the order of their features, and those; sorted once, for a pointer that hovers asks often."""
        owner = self.mesh.triangle_feature
        order = np.argsort(owner, kind="stable")
        return order, owner[order]


def paint(thing: Thing, paints: Sequence[Paint], rgb_of_paint: NDArray[np.uint8], look: Look) -> None:
    """Colour a mesh by its paints; neighbouring features differ a little, as weather and years have it."""
    mesh = thing.mesh
    rgb = rgb_of_paint[mesh.paint] if len(paints) else np.zeros((len(thing.rgba), 3), np.uint8)
    if mesh.table in {"buildings", "parts", "trees"}:
        lot = _lot(mesh.feature)
        for role, family in (("wall", look.walls), ("roof", look.roofs)):
            plain = Paint(role)
            if family and plain in paints:
                here = mesh.paint == paints.index(plain)
                members = colours([Paint(role, member) for member in family], replace(look, saturation=1, lift=0))
                rgb[here] = members[lot[here] // 7 % len(family)]
        factor = 1 + look.variety * ((lot & np.uint32(255)).astype(np.float32) / 127.5 - 1)
        rgb = np.clip(rgb * factor[:, None], 0, 255).astype(np.uint8)
    thing.rgba[:, :3] = rgb
    thing.scalars.Modified()


def chance(feature: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return a number from 0 to 1 for each feature, always the same one."""
    return _lot(feature).astype(np.float32) / np.float32(65535)


def _lot(feature: NDArray[np.int32]) -> NDArray[np.uint32]:
    lot: NDArray[np.uint32] = feature.astype(np.uint32) * np.uint32(2654435769) >> np.uint32(16)
    return lot


def paint_features(thing: Thing) -> None:
    """Colour a mesh by its features, in place; points of no feature keep what they have."""
    given = thing.by_feature
    if given is None or not len(given):
        return
    feature = thing.mesh.feature
    known = (feature >= 0) & (feature < len(given))
    if known.all():
        thing.rgba[:, :3] = given[feature]
    else:
        thing.rgba[known, :3] = given[feature[known]]
    thing.scalars.Modified()


def actor_of(
    points: NDArray[np.float32], triangles: NDArray[np.int32], rgba: NDArray[np.uint8]
) -> tuple[Any, Any, tuple[Any, ...]]:
    """Return an unlit actor over arrays that are wrapped, not copied; its colours; what has to be kept alive."""
    at, corners = wrapped_array(points), wrapped_array(np.ascontiguousarray(triangles).reshape(-1))
    scalars = wrapped_array(rgba)
    data, places, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    places.SetData(at)
    cells.SetData(triangles.shape[1], corners)
    data.SetPoints(places)
    if triangles.shape[1] == 2:
        data.SetLines(cells)
    else:
        data.SetPolys(cells)
    data.GetPointData().SetScalars(scalars)
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)  # the shader wants metres
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    return actor, scalars, (at, corners, scalars, rgba)


def clad(actor: Any, cladding: NDArray[np.float32]) -> Any:
    """Give an actor's points four more numbers each, named `facade`; return what has to be kept alive."""
    array = wrapped_array(cladding)
    array.SetName("facade")
    actor.GetMapper().GetInput().GetPointData().AddArray(array)
    return array


def ground(actor: Any, height_m: NDArray[np.float32]) -> Any:
    """Tell an actor's points how high the ground is beneath them; return what has to be kept alive."""
    array = wrapped_array(height_m)
    array.SetName("ground")
    actor.GetMapper().GetInput().GetPointData().AddArray(array)
    return array, height_m


def actor_like(actor: Any) -> tuple[Any, Any]:
    """Return another unlit actor over the same arrays, and its mapper."""
    mapper, given = vtkPolyDataMapper(), actor.GetMapper()
    mapper.SetInputData(given.GetInput())
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)
    other = vtkActor()
    other.SetMapper(mapper)
    other.GetProperty().LightingOff()
    return other, mapper


def sky() -> tuple[Any, Sky, tuple[Any, ...]]:
    """Return a box of directions around everything, with its shader."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
    corners *= 1e6  # directions have no length, but VTK leaves out what it thinks is outside the picture
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([t for a, b, c, d in sides for t in ((a, b, c), (a, c, d))], np.int32)
    actor, _scalars, wrapped = actor_of(corners, triangles, np.full((8, 4), 255, np.uint8))
    actor.UseBoundsOff()
    actor.PickableOff()
    actor.ForceOpaqueOn()
    return actor, Sky(actor), wrapped


def texture_of(pixels: NDArray[Any]) -> tuple[Any, Any]:
    """Return a texture of pixels (rows from south to north, columns, channels), shown as they are."""
    texture = vtkTexture()
    texture.SetColorModeToDirectScalars()
    texture.InterpolateOn()
    texture.RepeatOff()
    texture.EdgeClampOn()
    return texture, fill_texture(texture, pixels)


def fill_texture(texture: Any, pixels: NDArray[Any]) -> Any:
    """Give a texture other pixels; return the image that holds a copy of them."""
    return share_texture(texture, pixels, deep=True)


def share_texture(texture: Any, pixels: NDArray[Any], *, deep: bool = False) -> Any:
    """Give a texture pixels that may be changed in place; return the image, to be told of it, and kept with them."""
    rows, columns, channels = pixels.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    # where it is deep, the texture may be read again after the arrays here are gone
    image.GetPointData().SetScalars(wrapped_array(np.ascontiguousarray(pixels).reshape(-1, channels), deep=deep))
    texture.SetInputData(image)
    return image


def pixels_of(window: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Read what a window has drawn, shape (height, width, 3), top row first."""
    width, height = size
    pixels = vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
    rows: NDArray[np.uint8] = _unwrapped(pixels).reshape(height, width, 4)[::-1, :, :3]
    return rows
