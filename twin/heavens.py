"""The sun and the sky over a city: where the one stands, and the light and colours that come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.light import STUDIO_DEG, solar_hour, sun, under_sun
from twin.prepared import towards
from twin.props import sky

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.light import Look
    from twin.model import Frame
    from twin.prepared import Shades
    from twin.stage import Stage


class Heavens:
    """The sky as an actor behind everything else on a renderer, and the sun in it.

    Attributes
    ----------
    sun_deg : (float, float)
        Where the sun stands: azimuth clockwise from north, and elevation.
    """

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self.sun_deg = self._studio_deg = (225.0, STUDIO_DEG)
        self._hour: float | None = None
        self._actor, self._sky, self._arrays = sky()
        self._renderer.AddActor(self._actor)

    def clear(self) -> None:
        """Take the sky off the renderer."""
        self._renderer.RemoveActor(self._actor)

    def span(self, studio_deg: tuple[float, float]) -> None:
        """Stand behind what came to the renderer since, with the sun where the studio's stands."""
        self._renderer.RemoveActor(self._actor)
        self._renderer.AddActor(self._actor)
        self.sun_deg = self._studio_deg = studio_deg
        self._hour = None

    def put(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Put the sun there, at no hour."""
        self.sun_deg, self._hour = (azimuth_deg, elevation_deg), None

    def turn(self, time_s: float, frame: Frame) -> None:
        """Put the sun where it stands over a place at a moment, UTC epoch seconds, at the hour of that moment."""
        azimuth, elevation = sun(time_s, frame.lon, frame.lat)
        self.sun_deg, self._hour = (float(azimuth), float(elevation)), solar_hour(time_s, frame.lon)

    def like(self, other: Heavens) -> None:
        """Have the sun where it stands in others."""
        self.sun_deg, self._studio_deg, self._hour = other.sun_deg, other._studio_deg, other._hour

    def light(self, look: Look, stage: Stage | None, reckon: Callable[[Callable[[], Shades]], object] | None) -> None:
        """Give every shader the light of the look and of the sun, and the relief its shadows.

        `reckon` takes what reckons the shades that are due, to bring them to the stage later; None: it is done here.
        """
        azimuth, elevation = self._studio_deg if look.always_night else self.sun_deg
        light = under_sun(look, elevation, self._hour)
        east, north, up = towards(azimuth, elevation)
        disc = float(east), float(north), float(up)
        if stage is not None:
            due = stage.shades_due(azimuth, elevation, light)
            if due is not None and reckon is None:
                stage.take(due())
            stage.light(light, azimuth, elevation, disc)
            if due is not None and reckon is not None:
                reckon(due)
        place = {"horizon": light.look.horizon, "zenith": light.look.zenith, "halo": light.halo}
        self._sky.set(sundisc=disc, **place)
