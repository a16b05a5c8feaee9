"""How radio waves of a mobile network fade between an antenna and a receiver.

Path loss and its spread are 3GPP TR 38.901 table 7.4.1-1 (the formulas as two independent open implementations,
ns-3 and Sionna, agree on them), line-of-sight probability its table 7.4.2-1, walls its tables 7.4.3-1 and
7.4.3-2; what a receiver makes of a signal is 3GPP TR 36.942 annex A.2. Frequencies are in GHz, distances in
metres, losses in dB, powers in dBm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Scene = Literal["uma", "umi"]
"""Urban macro, antennas over the roofs; or urban micro, antennas in a street below them."""

SHADOW_DB = {("uma", True): 4.0, ("uma", False): 6.0, ("umi", True): 4.0, ("umi", False): 7.82}
"""Standard deviation of what the formulas leave out, by scene and whether the antenna is in sight."""

LIGHT_M_S = 3.0e8  # as the report has it
NEAREST_M, FARTHEST_M = 10.0, 5000.0
_STREET_M = 1.0  # hE, height of what reflects

RSRP_DBM = (-156.0, -31.0)
SINR_DB = (-23.0, 40.0)
"""What a telephone can report of SS-RSRP and SS-SINR: 3GPP TS 38.133, report mapping."""

NOISE_DBM_HZ = -174.0


@dataclass(frozen=True, slots=True)
class Carrier:
    """What a cell sends on."""

    frequency_ghz: float = 3.5
    blocks: int = 273  # resource blocks: 100 MHz at a spacing of 30 kHz
    spacing_khz: float = 30.0

    @property
    def share_db(self) -> float:
        """What one resource element has of the power of the whole carrier, where all have the same."""
        return -10 * float(np.log10(12 * self.blocks))

    @property
    def noise_dbm(self) -> float:
        """Thermal noise in one resource element, without that of the receiver."""
        return NOISE_DBM_HZ + 10 * float(np.log10(self.spacing_khz * 1e3))

    @property
    def width_mhz(self) -> float:
        """The spectrum that carries data."""
        return 12 * self.blocks * self.spacing_khz / 1e3


def breakpoint_m(antenna_m: ArrayLike, receiver_m: ArrayLike, frequency_ghz: float) -> NDArray[np.float64]:
    """Distance on the ground beyond which the ray from the street makes a signal fade faster.

    The effective height of the street is 1 m, as in a micro cell, and in a macro cell for receivers below 13 m.
    """
    antenna, receiver = np.asarray(antenna_m, np.float64), np.asarray(receiver_m, np.float64)
    reach: NDArray[np.float64] = 4 * (antenna - _STREET_M) * (receiver - _STREET_M) * frequency_ghz * 1e9 / LIGHT_M_S
    return reach


def path_loss_db(
    ground_m: ArrayLike,
    antenna_m: ArrayLike,
    in_sight: ArrayLike,
    *,
    scene: Scene,
    frequency_ghz: float,
    receiver_m: ArrayLike = 1.5,
) -> NDArray[np.float64]:
    """Return how much weaker a signal is where it arrives, out of doors and without shadowing.

    Parameters
    ----------
    ground_m : array_like
        Distance on the map. The formulas hold from 10 m to 5 km; nearer counts as 10 m, farther is extrapolated.
    antenna_m, receiver_m : array_like
        Heights above the ground; a receiver between 1.5 and 22.5 m.
    in_sight : array_like of bool
        Whether nothing stands between the two.
    """
    antenna, receiver = np.asarray(antenna_m, np.float64), np.asarray(receiver_m, np.float64)
    ground = np.maximum(np.asarray(ground_m, np.float64), NEAREST_M)
    above = antenna - receiver
    slant = np.log10(np.hypot(ground, above))
    tone = float(np.log10(frequency_ghz))
    bend = breakpoint_m(antenna, receiver, frequency_ghz)
    foot = np.log10(np.maximum(bend**2 + above**2, 1.0))
    if scene == "uma":
        near = 28.0 + 22 * slant + 20 * tone
        far = 28.0 + 40 * slant + 20 * tone - 9 * foot
        hidden = 13.54 + 39.08 * slant + 20 * tone - 0.6 * (receiver - 1.5)
    else:
        near = 32.4 + 21 * slant + 20 * tone
        far = 32.4 + 40 * slant + 20 * tone - 9.5 * foot
        hidden = 35.3 * slant + 22.4 + 21.3 * tone - 0.3 * (receiver - 1.5)
    seen = np.where(ground <= bend, near, far)
    return np.where(np.asarray(in_sight, bool), seen, np.maximum(seen, hidden))


def wall_loss_db(frequency_ghz: ArrayLike, *, coated: ArrayLike = False) -> NDArray[np.float64]:
    """Return what a wall with windows takes away, standard glass or `coated` against the sun."""
    tone = np.asarray(frequency_ghz, np.float64)
    concrete = 10 ** (-(5 + 4 * tone) / 10)
    plain = -10 * np.log10(0.3 * 10 ** (-(2 + 0.2 * tone) / 10) + 0.7 * concrete)
    dark = -10 * np.log10(0.7 * 10 ** (-(23 + 0.3 * tone) / 10) + 0.3 * concrete)
    return np.where(np.asarray(coated, bool), 5 + dark, 5 + plain)


INDOORS_DB_M = 0.5
"""What each metre from the wall inwards takes away."""


def sector_db(off_deg: ArrayLike, *, beam_deg: float = 65.0, most_db: float = 30.0) -> NDArray[np.float64]:
    """Return the gain of a sector's antenna beside its axis against that on it: TR 38.901 table 7.3-1, level plane."""
    off = (np.asarray(off_deg, np.float64) + 180) % 360 - 180
    return -np.minimum(12 * (off / beam_deg) ** 2, most_db)


def throughput_mbit_s(
    sinr_db: ArrayLike, carrier: Carrier, *, share: ArrayLike = 1.0, layers: int = 1
) -> NDArray[np.float64]:
    """Return what a receiver gets through: Shannon's bound times 0.6, nothing below -10 dB, at most 4.4 bit/s/Hz.

    That is the truncated bound of TR 36.942 annex A.2 for the downlink; each of `layers` carries as much.

    Parameters
    ----------
    sinr_db : array_like
        Signal to interference and noise.
    carrier
        Its spectrum.
    share : array_like
        Of the cell's time and spectrum, 0 to 1.
    """
    sinr = np.asarray(sinr_db, np.float64)
    dense = np.where(sinr < -10, 0.0, np.minimum(0.6 * np.log2(1 + 10 ** (sinr / 10)), 4.4))
    rate: NDArray[np.float64] = layers * np.asarray(share, np.float64) * carrier.width_mhz * dense
    return rate
