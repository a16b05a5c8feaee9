"""What the hour does to a look: the sun's warmth, the sky's blue, when lamps and windows are lit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.light.looks import Colour, Look

LOW_SUN = 0.13
"""Sine of the elevation from which on level ground keeps its own colour: lower sun leaves it darker."""

STUDIO_DEG = 33.0
"""Elevation of the sun at no particular moment: streets see it, and shadows tell heights."""

# Elevation of the sun in degrees: day, golden hour, sunset; the ends of civil, nautical and astronomical twilight.
_STOPS_DEG = np.array([-18.0, -12.0, -6.0, -2.5, 0.0, 4.0, 10.0, 24.0])
_SUNLIGHT = np.array([
    (0, 0, 0), (0, 0, 0), (0, 0, 0), (0.02, 0.01, 0.01),
    (0.55, 0.30, 0.15), (0.95, 0.70, 0.44), (1.02, 0.92, 0.78), (1, 1, 1),
])  # fmt: skip
_SKYLIGHT = np.array([
    (0.215, 0.250, 0.360), (0.240, 0.285, 0.420), (0.420, 0.480, 0.680), (0.680, 0.690, 0.840),
    (0.840, 0.800, 0.860), (0.950, 0.910, 0.920), (0.985, 0.975, 0.970), (1, 1, 1),
])  # fmt: skip
_HORIZON = np.array([
    (1.00, 1.00, 1.00), (1.02, 1.00, 1.00), (1.10, 0.97, 0.98), (1.12, 0.94, 0.90),
    (1.10, 0.94, 0.86), (1.06, 0.97, 0.90), (1.02, 0.99, 0.97), (1, 1, 1),
])  # fmt: skip
_ZENITH = np.array([
    (0.55, 0.60, 0.70), (0.55, 0.62, 0.78), (0.70, 0.80, 1.00), (0.82, 0.90, 1.05),
    (0.88, 0.94, 1.02), (0.95, 0.98, 1.0), (1, 1, 1), (1, 1, 1),
])  # fmt: skip
_HALO = np.array([
    (0, 0, 0), (0.02, 0.02, 0.03), (0.16, 0.09, 0.07), (0.42, 0.21, 0.10),
    (0.58, 0.31, 0.13), (0.46, 0.30, 0.15), (0.24, 0.20, 0.14), (0.114, 0.106, 0.094),
])  # fmt: skip

_HOURS = np.array([0, 1, 2, 3.5, 5, 6, 7, 8.5, 12, 16, 17.5, 19.5, 21.5, 22.5, 23.3, 24])
_LIT = np.array([0.20, 0.12, 0.07, 0.04, 0.07, 0.18, 0.34, 0.36, 0.30, 0.34, 0.46, 0.52, 0.46, 0.38, 0.28, 0.20])

_LAMPS_OFF_DEG, _LAMPS_ON_DEG = 0.0, -5.0
_PAPER_LEFT = 0.62
"""What is left of the sky's light on paper, however late: data is read at night as well."""


@dataclass(frozen=True)
class Light:
    """A look under one sun."""

    look: Look
    halo: Colour  # the glow of the sky about the sun, above the horizon and a little below


def under_sun(look: Look, elevation_deg: float, hour: float | None = None) -> Light:
    """Return a look as it is while the sun stands so high.

    The sky is as much darker than by day as open ground is, and of its tint, so that both still meet at the horizon.

    Parameters
    ----------
    look
        Any look; its colours are those of a day. One that is `always_night` keeps them, but for its windows.
    elevation_deg
        Where the sun stands above the horizon, negative at night.
    hour
        Of the place's solar day, 0 to 24: how many windows are lit then. Without one, as the look has it.
    """
    windows = look.windows if hour is None else lit_share(hour) * look.windows_by_hour
    if look.always_night:
        return Light(replace(look, windows=windows), _colour(np.array(look.key) * 0.25))
    sunlight, skylight, low, high, halo = (
        _at(elevation_deg, table) for table in (_SUNLIGHT, _SKYLIGHT, _HORIZON, _ZENITH, _HALO)
    )
    if look.paper:
        skylight = _PAPER_LEFT + (1 - _PAPER_LEFT) * skylight
    key, fill = np.array(look.key), np.array(look.fill)
    height = max(float(np.sin(np.radians(elevation_deg))), 0.0)
    left = (key * sunlight * min(height / LOW_SUN, 1.0) + fill * skylight) / (key + fill)
    dark = float(np.clip((elevation_deg - _LAMPS_OFF_DEG) / (_LAMPS_ON_DEG - _LAMPS_OFF_DEG), 0, 1))
    here = replace(
        look,
        key=_colour(key * sunlight),
        fill=_colour(fill * skylight),
        bounce=_colour(np.array(look.bounce) * skylight),
        horizon=_colour(np.array(look.horizon) * left * low),
        zenith=_colour(np.array(look.zenith) * left * high),
        lamplight=_colour(np.array(look.lamplight) * dark),
        windows=windows * dark,
    )
    return Light(here, _colour(halo))


def lit_share(hour: float) -> float:
    """Share of windows behind which there is light at an hour of the day, were it dark outside.

    People rise about six, come home about five and sleep by midnight; the figures are a picture and no census.
    """
    return float(np.interp(hour % 24, _HOURS, _LIT))


def solar_hour(time_s: float, lon: float) -> float:
    """Hour of the mean solar day at a longitude, 0 to 24, of a moment in UTC epoch seconds."""
    return (time_s / 3600 + lon / 15) % 24


def _at(elevation_deg: float, table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([np.interp(elevation_deg, _STOPS_DEG, table[:, i]) for i in range(3)])


def _colour(rgb: NDArray[np.float64]) -> Colour:
    red, green, blue = (float(c) for c in rgb)
    return red, green, blue
