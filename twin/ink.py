"""The ink on the city's paper: forms of layers as actors, whose colours, heights and places are changed in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from twin.light import set_values, shaders
from twin.model import Mesh
from twin.props import actor_of, wrapped_array
from twin.ray import Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.picture import Form, Picture, Shown

MEASURED, ESTIMATED, NO_DATA, ABSENT = 255, 160, 64, 0
"""What alpha says about a point of something solid: the shader draws it, dashes it, hatches it, or leaves it out."""

DOT_PX = 6.5
_LIFT = 1.5e-3  # more than any flat layer of the city has
_VEIL_LIFT = 1.3e-3
_DOT_LIFT = 2.2e-3


@dataclass
class Drawn:
    """One form on the stage."""

    form: Form
    actor: Any
    shown: Shown
    rgba: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 4), np.uint8))
    points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    scalars: Any = None
    kept: tuple[Any, ...] = ()  # VTK reads these without owning them
    target: Target | None = None
    values: Any = None  # the shader's
    told: tuple[Any, ...] = ()  # what its colours were made of

    def mesh(self) -> Mesh:
        """Return the form as it stands, as something that a ray can meet."""
        none = np.zeros(len(self.points), np.uint16)
        return Mesh("", self.points, self.form.triangles, self.form.cell, none, none.astype(np.uint8))


class Inks:
    """All forms of a picture on one renderer."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self._drawn: dict[str, Drawn] = {}
        self._scale = 1.0
        self._dark = False
        self.picture: Picture | None = None

    def clear(self) -> None:
        """Take all ink off the renderer."""
        for drawn in self._drawn.values():
            self._renderer.RemoveActor(drawn.actor)
        self._drawn = {}
        self.picture = None

    def show(self, picture: Picture) -> None:
        """Draw a picture in place of the last one; forms that are the same keep their actors."""
        self.picture = picture
        for name in self._drawn.keys() - picture.shown.keys():
            self._renderer.RemoveActor(self._drawn.pop(name).actor)
        for name, shown in picture.shown.items():
            drawn = self._drawn.get(name)
            if drawn is None or drawn.form is not shown.form:
                if drawn is not None:
                    self._renderer.RemoveActor(drawn.actor)
                drawn = self._drawn[name] = self._made(shown)
                self._renderer.AddActor(drawn.actor)
            drawn.shown = shown
            if shown.form.manner == "dots":
                self._scatter(drawn)
            else:
                self._colour(drawn)

    def dress(self, *, dark: bool) -> None:
        """Suit a look: dots are light in the dark."""
        self._dark = dark
        for drawn in self._drawn.values():
            drawn.told = ()
            set_values(drawn.values, {"dark": float(dark)})
        if self.picture is not None:
            self.show(self.picture)

    @property
    def scale(self) -> float:
        """How many pixels dots and hatching are larger than on a common screen."""
        return self._scale

    @scale.setter
    def scale(self, scale: float) -> None:
        self._scale = scale
        for drawn in self._drawn.values():
            drawn.actor.GetProperty().SetPointSize(DOT_PX * scale)
            set_values(drawn.values, {"pixelscale": scale})

    def meet(self, eye: NDArray[np.float64], direction: NDArray[np.float64]) -> tuple[float, str, int] | None:
        """Return distance, name of the form and cell of the first solid thing that a ray meets; None for none."""
        best: tuple[float, str, int] | None = None
        for name, drawn in self._drawn.items():
            if drawn.form.manner != "solid" or not (drawn.form.sensor >= 0).any():
                continue
            if drawn.target is None:
                drawn.target = Target.of(drawn.mesh())
            absent = drawn.shown.absent
            hit = drawn.target.first(eye, direction, None if absent is None else ~absent)
            if hit is not None and (best is None or hit[0] < best[0]):
                best = hit[0], name, int(drawn.form.cell[drawn.form.triangles[hit[1], 0]])
        return best

    def sensor(self, name: str, cell: int) -> int:
        """Return the row in the roster of the sensor behind a cell; -1 for none."""
        drawn = self._drawn.get(name)
        return int(drawn.form.sensor[cell]) if drawn is not None and cell < len(drawn.form.sensor) else -1

    # inside

    def _made(self, shown: Shown) -> Drawn:
        form = shown.form
        if form.manner == "dots":
            actor = vtkActor()
            mapper = vtkPolyDataMapper()
            mapper.SetColorModeToDirectScalars()
            mapper.SetVBOShiftScaleMethod(0)
            actor.SetMapper(mapper)
            actor.GetProperty().LightingOff()
            drawn = Drawn(form, actor, shown)
            program, lift = shaders.DOT_FRAGMENT, _DOT_LIFT
        else:
            points = form.points.copy()
            rgba = np.full((len(points), 4), 255, np.uint8)
            actor, scalars, kept = actor_of(points, form.triangles, rgba)
            drawn = Drawn(form, actor, shown, rgba, points, scalars, kept)
            veil = form.manner == "veil"
            program, lift = (shaders.VEIL_FRAGMENT, _VEIL_LIFT) if veil else (shaders.DATA_FRAGMENT, _LIFT)
            if veil:
                actor.ForceTranslucentOn()
            else:
                actor.ForceOpaqueOn()
        shader = actor.GetShaderProperty()
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, shaders.VERTEX_DECLARED, False)
        shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, shaders.VERTEX_LINE, False)
        shader.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, shaders.DATA_DECLARED, False)
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, program, False)
        shader.GetVertexCustomUniforms().SetUniformf("lift", lift)
        drawn.values = shader.GetFragmentCustomUniforms()
        actor.GetProperty().SetPointSize(DOT_PX * self._scale)
        set_values(drawn.values, {"pixelscale": self._scale, "dark": float(self._dark)})
        return drawn

    def _colour(self, drawn: Drawn) -> None:
        """Write colours and heights of cells to their points, in place, where they are others than before."""
        shown, form = drawn.shown, drawn.form
        told = (shown.value, shown.legend, shown.estimated, shown.absent, shown.sure, shown.height_m)
        if len(told) == len(drawn.told) and all(one is other for one, other in zip(told, drawn.told, strict=True)):
            return
        drawn.told = told
        cells = np.empty((form.cells, 4), np.uint8)
        cells[:, :3] = shown.legend.rgb(shown.value)
        unknown = np.isnan(shown.value)
        if form.manner == "veil":
            sure = np.ones(form.cells, np.float32) if shown.sure is None else shown.sure
            cells[:, 3] = np.rint(255 * np.where(unknown, 0.0, np.clip(sure, 0.0, 1.0)))
        else:
            cells[:, 3] = MEASURED
            if shown.estimated is not None:
                cells[shown.estimated, 3] = ESTIMATED
            cells[unknown, 3] = NO_DATA
            if shown.absent is not None:
                cells[shown.absent, 3] = ABSENT
        drawn.rgba[:] = cells[form.cell]
        drawn.scalars.Modified()
        if shown.height_m is not None and form.top is not None:
            drawn.points[:, 2] = form.points[:, 2]
            rise = shown.height_m[form.cell[form.top]] - 1.0
            drawn.points[form.top, 2] += rise
            drawn.kept[0].Modified()
            drawn.actor.GetMapper().GetInput().GetPoints().Modified()
            drawn.target = None

    def _scatter(self, drawn: Drawn) -> None:
        """Put dots where they are now."""
        shown = drawn.shown
        place = np.zeros((0, 3), np.float32) if shown.place is None else np.ascontiguousarray(shown.place)
        rgba = np.full((len(place), 4), 255, np.uint8)
        if self._dark:
            rgba[:, :3] = (255, 244, 214)
        else:
            rgba[:, :3] = shown.legend.rgb(shown.value)
        data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
        one_each = np.arange(len(place), dtype=np.int32)
        arrays = [wrapped_array(array) for array in (place, one_each, rgba)] if len(place) else []
        if len(place):
            points.SetData(arrays[0])
            cells.SetData(1, arrays[1])
            data.SetPoints(points)
            data.SetVerts(cells)
            data.GetPointData().SetScalars(arrays[2])
        drawn.actor.GetMapper().SetInputData(data)
        drawn.actor.SetVisibility(len(place) > 0)
        drawn.kept = (place, one_each, rgba, arrays)
