"""The stage: everything that belongs to the city shown, and to no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.aerial import Aerial
from twin.layering import CLOSED, FADING, FLAT, from_above
from twin.light import LOW_SUN, Ink, Worn, colours
from twin.marks import Ghosts, Mark, ghosted, is_shown
from twin.prepared import CASTING, CELL_M, is_amid, over_horizon, surroundings
from twin.props import Thing, actor_of, clad, ground, paint, paint_features, share_texture, texture_of
from twin.relief import relief
from twin.section import CUT, HOLLOW, Section, left_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from twin.light import Colour, Light, Look
    from twin.model import Bounds, GroundImage, Mesh
    from twin.prepared import Prepared, Shades
    from twin.relief import Relief
    from twin.section import Plane

SMALL = ("furniture", "kerbs", "markings", "span_markings", "pitch_lines", "spans", "rail_spans")
"""Kinds that nobody misses while the camera moves."""

MANY = 60_000
"""Woods of more triangles are left out while the camera moves, where a processor draws."""

_LAYER_LIFT = 1.25e-3  # share of the distance, for each metre that a flat layer lies above the ground
_INK_LIFT = 4e-4
_TINT = 0.24  # half of it is lost on a white wall in the sun
_SELECTED_PX, _POINTED_PX = 2.5, 1.5


class Stage:
    """A city as actors in one renderer, with the relief from which their light is read.

    Attributes
    ----------
    relief : Relief
        Heights of all of the city, for the camera.
    things : dict of str to Thing
        What can be shown, hidden, coloured and picked, by kind.
    """

    def __init__(self, prepared: Prepared, renderer: Any) -> None:
        self.city = city = prepared.city
        self.things: dict[str, Thing] = {}
        self._without: set[str] = set()
        self.relief, self._shades = prepared.relief, prepared.shades
        self._ground_m, self._claddings = prepared.ground_m, prepared.claddings
        self._renderer = renderer
        self._reliefmap, _image = texture_of(np.zeros((1, 1, 4), np.float32))
        self._relief_image: Any = None
        self._channels: NDArray[np.float32] | None = None  # what that image shares
        self._aerials: list[Aerial] = []
        self._ink: dict[str, tuple[Any, Ink, Any]] = {}
        self._selected = Mark(renderer, line_px=_SELECTED_PX, tint=_TINT)
        self._pointed = Mark(renderer, line_px=_POINTED_PX, tint=0.0)
        self._ghosts: dict[str, Ghosts] = {}
        self._lit_values: dict[str, Any] = {}
        self._look: Look | None = None
        self._quick = False
        self._section: Section | None = None
        self._plane: Plane | None = None
        self._stale = self._asked = False  # whether shades have to be reckoned anew, and whether somebody is at it
        self._focus_xy: NDArray[np.float64] | None = None  # about which they are read, in a city too large for all
        for kind in from_above(list(city.meshes)):
            mesh = city.meshes[kind]
            if len(mesh.triangles):
                self.things[kind] = self._thing(kind, mesh)
                if kind in prepared.folds:
                    self._ink[kind] = self._inked(self.things[kind], prepared.folds[kind])
        self._cull()
        for image in city.images:
            self._aerials.append(self._aerial(image))

    def clear(self) -> None:
        """Take every actor off the renderer."""
        for actor in self._actors():
            self._renderer.RemoveActor(actor)
        if self._section is not None:
            self._section.clear()
        self._selected.clear()
        self._pointed.clear()

    def dress(self, look: Look) -> None:
        """Colour everything as a look has it, but what was coloured by feature."""
        paints = colours(self.city.paints, look)
        for thing in self.things.values():
            paint(thing, self.city.paints, paints, look)
            paint_features(thing)

    def show(self, kind: str, visible: bool, *, ink: bool) -> None:
        """Show or hide a kind, and its lines only where `ink`."""
        if kind in self.things:
            self.things[kind].actor.SetVisibility(visible)
        if kind in self._ink:
            self._ink[kind][0].SetVisibility(visible and ink)
        if kind in self._ghosts:
            self._ghosts[kind].actor.SetVisibility(visible)
        for mark in (self._selected, self._pointed):
            if mark.what is not None and mark.what[0] == kind:
                mark.show(visible)

    def is_plain(self, kind: str) -> bool:
        """Tell whether a kind is shown whole and in its own colours, and has a plainer form for motion."""
        thing = self.things.get(kind)
        return f"{kind}_far" in self.things and thing is not None and thing.by_feature is None and thing.shown is None

    def mark(self, kind: str, feature: int, rgb: Colour) -> None:
        """Outline and tint one feature of a kind, and no other; nothing, where there is no such feature."""
        self._put(self._selected, kind, feature, rgb)

    def unmark(self) -> None:
        """Take the outline and the tint away."""
        self._selected.clear()

    def point_out(self, kind: str, feature: int | None, rgb: Colour) -> None:
        """Outline one feature of a kind, beside the one that is marked, and no other; None: nothing."""
        if feature is None:
            self._pointed.clear()
        else:
            self._put(self._pointed, kind, feature, rgb)

    def ghost(self, kind: str, shown: NDArray[np.bool_] | None) -> bool:
        """Leave of a kind's features that are not `shown`, by row in the table, a ghost; None: all are shown.

        Returns whether shadows change: ghosts throw none.
        """
        thing = self.things.get(kind)
        if thing is None or (shown is None and kind not in self._ghosts):
            return False
        ghosted(thing, shown)
        if kind in self._ink:
            self._ink[kind][2][0].Modified()  # its lines read the same alpha
        if shown is None:
            self._ghosts.pop(kind).clear()
        elif kind not in self._ghosts:
            flat = kind in FLAT
            ghosts = Ghosts(
                thing, self._renderer, self._reliefmap, lift=_LAYER_LIFT * flat, layers=flat, hilly=self._hilly
            )
            ghosts.actor.SetVisibility(thing.actor.GetVisibility())
            self._ghosts[kind] = ghosts
            ghosts.worn.set(**self._lit_values)
            ghosts.worn.hurry(self._quick)
            self.clothe(kind)
        self._stale |= kind in CASTING
        return kind in CASTING

    def cut(self, plane: Plane | None, ink: Colour, *, recast: bool) -> bool:
        """Take away what stands beyond a plane, and paint what it lays open; None: all is whole.

        Returns whether shadows change: only where they are to be cast anew.
        """
        self._plane = plane
        self._cut(plane, ink)
        self._cull()
        self._stale |= recast
        return recast

    def _cut(self, plane: Plane | None, ink: Colour) -> None:
        cutting = {kind: thing for kind, thing in self.things.items() if kind in CUT}
        for thing in cutting.values():
            thing.worn.set(cutting=float(plane is not None), laidopen=ink)
        if plane is None:
            if self._section is not None:
                self._section.clear()
            self._section = None
            return
        if self._section is None:
            self._section = Section(self._renderer, ((kind, thing.mesh) for kind, thing in cutting.items()))
        others = [self._ink[kind][0] for kind in cutting if kind in self._ink]
        others += [self._ghosts[kind].actor for kind in cutting if kind in self._ghosts]
        solid = [cutting[kind] for kind in HOLLOW if kind in cutting and cutting[kind].actor.GetVisibility()]
        standing = [(thing.mesh.points, _shown_triangles(thing)) for thing in solid]
        self._section.cut(plane, [*(thing.actor for thing in cutting.values()), *others], ink, standing)

    def _put(self, mark: Mark, kind: str, feature: int, rgb: Colour) -> None:
        thing = self.things.get(kind)
        mark.clear()
        if thing is not None:
            mark.put(kind, thing, feature, rgb, flat=kind in FLAT)
            mark.show(bool(thing.actor.GetVisibility()))

    def cast_without(self, hidden: set[str]) -> bool:
        """Take the shadows of hidden kinds away; tell whether that changes anything."""
        without = hidden & set(CASTING) & set(self.things)
        if without == self._without:
            return False
        self._without, self._stale = without, True
        return True

    def shades_due(self, azimuth_deg: float, elevation_deg: float, light: Light) -> Callable[[], Shades] | None:
        """Return what reckons the shades of a sun's light, on any thread, for `take`; None: nothing is due.

        They are due once, after what stands or is lit up has changed.
        """
        before = self._shades
        if not self._stale and (self._asked or not before.lack(light)):
            return None
        casting, plane, terrain = self._casting(), self._plane, self.city.terrain
        near, focus_xy, is_stale = before.near, self._focus_xy, self._stale
        self._stale, self._asked = False, True

        def reckon() -> Shades:
            heights = near
            if focus_xy is not None:
                heights = surroundings(casting, focus_xy, terrain)
            elif is_stale:
                heights = relief(casting, near.bounds_xy, cell_m=near.cell_m, terrain=terrain)
            if plane is not None and heights is not near:
                heights = replace(heights, height_m=left_of(heights, plane))
            fresh = before.over(heights)
            fresh.cast(azimuth_deg, elevation_deg, light)
            return fresh

        return reckon

    def take(self, shades: Shades) -> None:
        """Read the light from other shades, from the next `light` on."""
        self._shades, self._asked, self._focus_xy = shades, False, None

    def light(self, light: Light, azimuth_deg: float, elevation_deg: float, disc: tuple[float, float, float]) -> None:
        """Light everything by a sun; along the vector `disc` it is seen, or would be below the horizon."""
        look = light.look
        near = self._shades.near
        towards_sun = over_horizon(azimuth_deg, elevation_deg)
        west, south, east, north = near.bounds_xy
        values: dict[str, Any] = {
            "sun": tuple(float(v) for v in towards_sun),
            "sunscale": 1 / max(float(towards_sun[2]), LOW_SUN),
            "keylight": look.key,
            "filllight": look.fill,
            "bouncelight": look.bounce,
            "crowding": look.crowding,
            "horizon": look.horizon,
            "halo": light.halo,
            "sundisc": disc,
            "fogdistance": look.fog_m,
            "lamplight": look.lamplight,
            "reliefbox": (west, south, 1 / (east - west), 1 / (north - south)),
            "reliefcell": near.cell_m,
            "reliefrate": 1 / near.cell_m,
            "relieflast": (near.height_m.shape[1] - 1.0, near.height_m.shape[0] - 1.0),
        }
        self._lit_values = values
        for worn in self._worn():
            worn.set(**values)
        self._look = look
        for kind in self.things:
            self.clothe(kind)
        for _actor, ink, _arrays in self._ink.values():
            ink.set(line=look.edge, opaque=look.edge_opacity, fogdistance=look.fog_m)
        cast = self._shades.cast(azimuth_deg, elevation_deg, light, quickly=True)
        if self._channels is not self._shades.channels:
            self._channels = self._shades.channels
            self._relief_image = share_texture(self._reliefmap, self._channels)
        elif cast:
            self._relief_image.Modified()

    def clothe(self, kind: str) -> None:
        """Draw floors, windows and materials of a kind as the look has them; what shows data has floors alone."""
        thing, look = self.things[kind], self._look
        if thing.cladding is None or look is None:
            return
        plain = float(thing.by_feature is None)
        values: dict[str, Any] = {
            "floorline": look.floors,
            "panes": look.panes * plain,
            "paneglass": look.pane,
            "grains": look.grains * plain,
            "litwindows": look.windows * plain,
            "windowlight": look.window,
        }
        thing.worn.set(**values)
        if kind in self._ghosts:
            self._ghosts[kind].worn.set(**values)

    def hurry(self, quick: bool) -> None:
        """Draw in a hurry, or with all there is."""
        self._quick = quick
        for worn in self._worn():
            worn.hurry(quick)

    def _cull(self) -> None:
        """Leave out what faces away, but where a cut shows walls from within.

        Where a part leans on its building, two walls are one behind the other, back to back: only one has a face.
        """
        for kind in CLOSED & set(self.things):
            self.things[kind].actor.GetProperty().SetBackfaceCulling(self._plane is None)

    def look_at(self, focus_xy: NDArray[np.float64]) -> bool:
        """Move the shadows to where one looks, in a city too large to have them everywhere; tell whether they move."""
        if self.relief.cell_m <= CELL_M or is_amid(self._shades.near, focus_xy):
            return False
        self._focus_xy, self._stale = focus_xy, True
        return True

    def close_relief(self, focus_xy: NDArray[np.float64]) -> tuple[Relief, Bounds]:
        """Return heights fine enough to walk among, and their box: the city's, or a kilometre of a large one."""
        if self.relief.cell_m <= CELL_M:
            return self.relief, self.city.bounds_xy
        west, south = focus_xy - 600
        east, north = focus_xy + 600
        box = (float(west), float(south), float(east), float(north))
        return relief(self._casting(), box, terrain=self.city.terrain), box

    def _casting(self) -> list[Mesh]:
        """Return what shades and crowds: whole kinds, or of them what is no ghost."""
        standing = []
        for kind in CASTING:
            if kind in self.city.meshes and kind not in self._without:
                mesh, thing = self.city.meshes[kind], self.things.get(kind)
                if thing is not None and thing.shown is not None:
                    mesh = replace(mesh, triangles=_shown_triangles(thing))
                standing.append(mesh)
        return standing

    def _actors(self) -> Iterator[Any]:
        yield from (thing.actor for thing in self.things.values())
        yield from (actor for actor, _ink, _arrays in self._ink.values())
        yield from (aerial.actor for aerial in self._aerials)
        yield from (ghosts.actor for ghosts in self._ghosts.values())

    def _worn(self) -> Iterator[Worn]:
        yield from (thing.worn for thing in self.things.values())
        yield from (ghosts.worn for ghosts in self._ghosts.values())
        yield from (aerial.worn for aerial in self._aerials)

    def _thing(self, kind: str, mesh: Mesh) -> Thing:
        rgba = np.empty((len(mesh.points), 4), np.uint8)
        rgba[:, 3] = mesh.shade if kind == "haze" else mesh.shade >> np.uint8(1) | np.uint8(128)
        actor, scalars, wrapped = actor_of(mesh.points, mesh.triangles, rgba)
        actor.GetProperty().SetTexture("reliefmap", self._reliefmap)
        if kind == "haze" or kind in FADING:
            actor.ForceTranslucentOn()
        else:
            actor.ForceOpaqueOn()
        flat = kind in FLAT
        cladding = self._claddings.get(kind)
        if cladding is not None:
            wrapped = (*wrapped, clad(actor, cladding))
        if kind in self._ground_m:
            wrapped = (*wrapped, ground(actor, self._ground_m[kind]))
        worn = Worn(
            actor,
            lift=_LAYER_LIFT * flat,
            layers=flat,
            baked=kind != "haze",
            walled=cladding is not None,
            fading=kind in FADING,
            hilly=self._hilly,
        )
        self._renderer.AddActor(actor)
        return Thing(mesh, actor, worn, rgba, scalars, wrapped, cladding=cladding)

    @property
    def _hilly(self) -> bool:
        return self.city.terrain is not None

    def _inked(self, thing: Thing, lines: NDArray[np.int32]) -> tuple[Any, Ink, Any]:
        actor, scalars, wrapped = actor_of(thing.mesh.points, lines, thing.rgba)
        actor.ForceTranslucentOn()
        ink = Ink(actor, lift=_INK_LIFT)
        self._renderer.AddActor(actor)
        return actor, ink, (scalars, wrapped)

    def _aerial(self, image: GroundImage) -> Aerial:
        """Lay a picture over the map's own ground and under the haze that fades the district's edge."""
        tops = [self._layer_m(k).max() for k in FLAT - {"haze", "overlays", "span_markings"} if k in self.things]
        z = float(max(tops, default=0)) + 0.005
        if "haze" in self.things:
            z = float(self._layer_m("haze").min()) - 0.005
        aerial = Aerial(image, z, self.city.terrain, self._reliefmap, lift=_LAYER_LIFT)
        self._renderer.AddActor(aerial.actor)
        return aerial

    def _layer_m(self, kind: str) -> NDArray[np.float64]:
        """Heights of a mesh's points above the ground, shape (n,)."""
        points = self.things[kind].mesh.points.astype(np.float64)
        terrain = self.city.terrain
        return points[:, 2] - (terrain.at(points[:, :2]) if terrain is not None else 0.0)


def _shown_triangles(thing: Thing) -> NDArray[np.int32]:
    """Return the triangles of what is no ghost."""
    triangles = thing.mesh.triangles
    return triangles if thing.shown is None else triangles[is_shown(thing)[triangles[:, 0]]]
