"""Marks: one feature outlined, and tinted where it is chosen; and features that a filter leaves as ghosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.edges import folds, rim
from twin.light import Glow, Worn
from twin.model import Mesh
from twin.props import Thing, actor_like, actor_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.light import Colour

GHOST_OPACITY = 0.15
"""How much is left to see of what a filter leaves out."""

_LIFT = 4e-3  # more than any layer's
_FOLD_DEG = 20.0  # a dome of sixteen sides has an outline too


class Mark:
    """One feature of one kind, outlined over whatever it looks like; at most one at a time.

    Parameters
    ----------
    renderer : vtkRenderer
        Where it is drawn.
    line_px : float
        Width of the outline.
    tint : float
        Opacity of the colour laid over the feature itself, 0 for an outline alone.
    """

    def __init__(self, renderer: Any, *, line_px: float, tint: float) -> None:
        self._renderer = renderer
        self._line_px = line_px
        self._tint = tint
        self._drawn: list[tuple[Any, Glow, Any]] = []
        self.what: tuple[str, int] | None = None

    def put(self, kind: str, thing: Thing, feature: int, rgb: Colour, *, flat: bool) -> None:
        """Mark a feature in place of any other; one that has no triangles is not marked."""
        self.clear()
        rows = thing.triangles_of(feature)
        if not len(rows):
            return
        whole = thing.mesh
        corners, index = np.unique(whole.triangles[rows].reshape(-1), return_inverse=True)
        triangles = np.ascontiguousarray(index.reshape(-1, 3), np.int32)
        piece = Mesh(
            whole.table,
            np.ascontiguousarray(whole.points[corners]),
            triangles,
            *(whole.feature[corners], whole.paint[corners], whole.shade[corners]),
        )
        lines = rim(piece) if flat else folds(piece, fold_deg=_FOLD_DEG)
        self.what = kind, feature
        for cells, opaque, width_px in ((triangles, self._tint, 1.0), (lines, 1.0, self._line_px)):
            if opaque == 0 or not len(cells):
                continue
            actor, _scalars, wrapped = actor_of(piece.points, cells, np.zeros((len(corners), 4), np.uint8))
            actor.ForceTranslucentOn()
            actor.GetProperty().SetLineWidth(width_px)
            glow = Glow(actor, lift=_LIFT)
            glow.set(line=rgb, opaque=opaque)
            self._renderer.AddActor(actor)
            self._drawn.append((actor, glow, wrapped))

    def show(self, visible: bool) -> None:
        """Show or hide the mark, with what it marks."""
        for actor, _glow, _arrays in self._drawn:
            actor.SetVisibility(visible)

    def clear(self) -> None:
        """Take the mark away."""
        for actor, _glow, _arrays in self._drawn:
            self._renderer.RemoveActor(actor)
        self._drawn, self.what = [], None


class Ghosts:
    """The features of one kind that a filter leaves out, as one faint actor over the arrays of the others."""

    def __init__(
        self, thing: Thing, renderer: Any, reliefmap: Any, *, lift: float, layers: bool, hilly: bool = False
    ) -> None:
        self._renderer = renderer
        self.actor, self._wrapped = actor_like(thing.actor)
        self.actor.GetProperty().SetTexture("reliefmap", reliefmap)
        self.actor.ForceTranslucentOn()
        self.actor.GetProperty().BackfaceCullingOn()  # one wall in front of the eye, not four behind one another
        kind = {"walled": thing.cladding is not None, "fading": thing.worn.fading, "hilly": hilly}
        self.worn = Worn(self.actor, lift=lift, layers=layers, **kind)
        self.worn.draw(ghosts=True)
        self.worn.set(thin=GHOST_OPACITY)
        renderer.AddActor(self.actor)

    def clear(self) -> None:
        """Take them away."""
        self._renderer.RemoveActor(self.actor)


def ghosted(thing: Thing, shown: NDArray[np.bool_] | None) -> None:
    """Write into a mesh's colours which of its features are ghosts: those not in `shown`, none where None.

    The eighth bit of alpha tells it, the seven below hold the baked light.
    """
    thing.shown = shown
    thing.rgba[:, 3] = thing.mesh.shade >> np.uint8(1) | is_shown(thing).astype(np.uint8) << np.uint8(7)
    thing.scalars.Modified()


def is_shown(thing: Thing) -> NDArray[np.bool_]:
    """Tell for each point of a mesh whether it is of something shown, and not of a ghost."""
    feature = thing.mesh.feature
    if thing.shown is None:
        return np.ones(len(feature), bool)
    known = (feature >= 0) & (feature < len(thing.shown))
    there = ~known
    there[known] = thing.shown[feature[known]]
    return there
