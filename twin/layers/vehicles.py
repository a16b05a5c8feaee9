"""Moving vehicles as a function of the moment, so that playing, seeking, looping and films agree.

On each street the readings give a flow q(t) and a speed v(t), steps in time. N(t), the integral of q, has counted so
many vehicles into the street, and D(t), the integral of v, is how far one would have driven. Vehicle number n comes
in when N is n, and has gone D(t) - D(then) since: it is seen while that is less than the street's length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_VEHICLES = 20_000
_SLOWEST_MS = 0.15  # in a jam somebody moves up now and then; without it no vehicle would ever leave


@dataclass(frozen=True)
class Stream:
    """Cumulative flow and distance at the joints between readings, of many streets behind one another.

    Times ascend within each street; `start`, shape (streets + 1,), says where each begins. Each street's joints
    are spread over a range of numbers of its own, so that one search serves all of them.
    """

    start: NDArray[np.int64]
    t: NDArray[np.float64]
    entered: NDArray[np.float64]  # N
    driven_m: NDArray[np.float64]  # D

    @classmethod
    def of(
        cls,
        street: NDArray[np.int64],
        t_start: NDArray[np.float64],
        t_end: NDArray[np.float64],
        flow_s: NDArray[np.float64],
        speed_ms: NDArray[np.float64],
        streets: int,
    ) -> Stream:
        """Return the stream of readings that each hold from their start to their end; between them nothing drives.

        Parameters
        ----------
        street
            Of each reading, ascending; within a street readings ascend in time.
        t_start, t_end
            Seconds; a reading that begins before the one before ends is cut.
        flow_s, speed_ms
            Vehicles a second and metres a second.
        streets
            How many there are.
        """
        same = np.append(False, street[1:] == street[:-1])[: len(street)]
        begin = t_start.copy()
        begin[same] = np.maximum(t_start[same], t_end[np.flatnonzero(same) - 1])
        lasting = np.maximum(t_end - begin, 0.0)
        # two joints a reading: where it begins and where it ends
        t = np.column_stack([begin, begin + lasting]).ravel()
        count = np.column_stack([np.zeros(len(street)), lasting * np.maximum(flow_s, 0.0)]).ravel()
        way = np.column_stack([np.zeros(len(street)), lasting * np.maximum(speed_ms, _SLOWEST_MS)]).ravel()
        start = np.searchsorted(np.repeat(street, 2), np.arange(streets + 1))
        entered, driven = np.cumsum(count), np.cumsum(way)
        each = np.diff(start)
        entered -= np.repeat(np.append(0.0, entered)[start[:-1]], each)
        driven -= np.repeat(np.append(0.0, driven)[start[:-1]], each)
        return cls(start, t, entered, driven)

    def vehicles(
        self, t: float, street: NDArray[np.int64], from_m: NDArray[np.float64], length_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each vehicle on its way at t the stretch it is on, and how far it has come on that.

        Parameters
        ----------
        t
            UTC epoch seconds.
        street, from_m, length_m
            Stretches, shape (rows,): of which street, how far from where its vehicles are counted, how long.
        """
        streets = len(self.start) - 1
        has = np.diff(self.start) >= 2
        rows = np.flatnonzero(has[street])
        if not len(rows):
            return np.zeros(0, np.int64), np.zeros(0)
        owner = np.repeat(np.arange(streets), np.diff(self.start))
        who = street[rows]
        now = np.clip(t, self.t[self.start[who]], self.t[self.start[who + 1] - 1])
        (driven,) = self._read(who, now, self.t, (self.driven_m,), owner)
        first = np.maximum(driven - from_m[rows] - length_m[rows], 0.0)
        last = np.maximum(driven - from_m[rows], 0.0)
        (least,) = self._read(who, first, self.driven_m, (self.entered,), owner)
        (most,) = self._read(who, last, self.driven_m, (self.entered,), owner)
        low, high = np.floor(least).astype(np.int64) + 1, np.floor(most).astype(np.int64)
        count = np.clip(high - low + 1, 0, MOST_VEHICLES)
        which = np.repeat(np.arange(len(rows)), count)
        number = np.repeat(low, count) + (np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count))
        which, number = which[:MOST_VEHICLES], number[:MOST_VEHICLES]
        (came,) = self._read(who[which], number.astype(np.float64), self.entered, (self.driven_m,), owner)
        gone = driven[which] - came - from_m[rows][which]
        seen = (gone >= 0) & (gone <= length_m[rows][which])
        return rows[which[seen]], gone[seen]

    def _read(
        self,
        street: NDArray[np.int64],
        at: NDArray[np.float64],
        x: NDArray[np.float64],
        of: tuple[NDArray[np.float64], ...],
        owner: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], ...]:
        """Return columns where another column has the values `at`, each within its street's joints."""
        low = float(x.min())
        apart = float(x.max()) - low + 1.0
        everywhere = x - low + apart * owner
        wanted = np.clip(at - low, 0.0, apart - 1.0) + apart * street
        right = np.clip(
            np.searchsorted(everywhere, wanted, side="left"), self.start[street] + 1, self.start[street + 1] - 1
        )
        left = right - 1
        step = x[right] - x[left]
        share = np.clip(np.divide(at - x[left], step, out=np.ones(len(at)), where=step > 0), 0.0, 1.0)
        return tuple(column[left] + share * (column[right] - column[left]) for column in of)
