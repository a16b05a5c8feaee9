"""How many of the screen's pixels can be drawn in time while the camera moves: learnt from the last frames."""

from __future__ import annotations

from collections import deque
from statistics import median

SHARES = (0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Sides of the picture that is drawn, in shares of the screen's: few steps, as each new size costs a slow frame."""

_SLOW_S = 0.047  # a little under 20 frames a second's 50 ms, since hands and widgets want some of it
_MARGIN = 0.77  # of it the next finer picture must be expected to stay below, lest it swings between two
_SEEN = 5  # frames; a median of them does not hear of the one in which something else wanted the processor
_SKIPPED = 2  # frames after a change of size: they pay for new buffers


class Pace:
    """The share of the screen's sides to draw while moving, which follows how long frames take.

    Parameters
    ----------
    share : float
        Where to begin, taken to the nearest of `SHARES`.
    slow_s : float
        What a frame may take: twenty a second follow a hand; a city in which only data changes can do with fewer.
    least : float
        The coarsest share that may be chosen, however slow it is.
    """

    def __init__(self, share: float = 0.5, *, slow_s: float = _SLOW_S, least: float = SHARES[0]) -> None:
        self._slow_s = slow_s
        self._least = min(range(len(SHARES)), key=lambda step: abs(SHARES[step] - least))
        self._step = min(range(len(SHARES)), key=lambda step: abs(SHARES[step] - share))
        self._seconds: deque[float] = deque(maxlen=_SEEN)
        self._skip = _SKIPPED

    @property
    def share(self) -> float:
        """How much of the screen's width and height to draw."""
        return SHARES[self._step]

    def begin(self) -> None:
        """Forget nothing, but leave out the first frames of a journey: they pay for what standing still undid."""
        self._skip = _SKIPPED

    def drew(self, seconds: float) -> None:
        """Take note of how long a frame took at the present share."""
        if self._skip:
            self._skip -= 1
            return
        self._seconds.append(seconds)
        if len(self._seconds) < _SEEN:
            return
        usual = median(self._seconds)
        if usual > self._slow_s:
            # as if all of it were pixels, of which too few are given up at once only when it is very slow
            wanted = self.share * (self._slow_s / usual) ** 0.5
            lower = [step for step in range(self._step) if SHARES[step] <= wanted]
            self._go_to(max(max(lower, default=self._step - 1), self._least))
        elif self._step + 1 < len(SHARES):
            finer_s = usual * (SHARES[self._step + 1] / self.share) ** 2
            if finer_s < self._slow_s * _MARGIN:
                self._go_to(self._step + 1)

    def _go_to(self, step: int) -> None:
        if step != self._step:
            self._step = step
            self._seconds.clear()
            self._skip = _SKIPPED
