"""What tests of feeds share: a source opened, asked once or for a while, and what it told."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.readings import Readings, Rejects, Roster
from twin.sources import Batch, Connection, Source, Where, open_source

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

SAMPLES = Path(__file__).resolve().parents[1].parent / "shared" / "samples"
BOX = (24.93, 60.16, 24.96, 60.18)
HERE = Where("Kamppi", BOX, "Europe/Helsinki")


@dataclass
class Told:
    """What a source told."""

    batches: list[Batch] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def readings(self) -> Readings:
        return Readings.joined([batch.readings for batch in self.batches])

    @property
    def rejects(self) -> Rejects:
        total = Rejects()
        for batch in self.batches:
            total += batch.rejects
        return total


def opened(
    kind: str,
    address: str = "",
    *,
    where: Where = HERE,
    secrets: dict[str, str] | None = None,
    mapping: str = "",
    user: str = "",
    **options: str,
) -> Source:
    """Return a source by what somebody would have saved."""
    connection = Connection("A feed", kind, address, options, mapping, user=user)
    return open_source(connection, where, lambda key: (secrets or {}).get(key, ""))


def heard(
    source: Source,
    enough: Callable[[Told], bool] = lambda told: bool(told.batches),
    *,
    since_s: float | None = None,
    then: Sequence[Callable[[], None]] = (),
) -> Told:
    """Listen until enough was told; a fault ends it too. `then` is done after each batch, one by one."""
    told, stop, waiting = Told(), threading.Event(), list(then)

    def tell(batch: Batch) -> None:
        told.batches.append(batch)
        if waiting:
            waiting.pop(0)()
        if enough(told):
            stop.set()

    try:
        source.listen(tell, stop, since_s)
    except Exception as error:  # noqa: BLE001
        told.error = error
    return told


def table(roster: Roster, readings: Readings) -> list[tuple[str, str, float, float, float]]:
    """Return readings as sensor, channel, start, end, value, in their order."""
    return [
        (roster.sensors[s].key, roster.channels[c].key, a, b, round(v, 6))
        for s, c, a, b, v in zip(
            readings.sensor.tolist(),
            readings.channel.tolist(),
            readings.t_start.tolist(),
            readings.t_end.tolist(),
            readings.value.tolist(),
            strict=True,
        )
    ]


def values(roster: Roster, readings: Readings) -> dict[tuple[str, str], float]:
    """Return the last value of each sensor's channel."""
    return {(sensor, channel): value for sensor, channel, _a, _b, value in table(roster, readings)}


def sound(roster: Roster, readings: Readings) -> None:
    """Hold readings to what all of them must be: of known rows, with finite values and places that are some."""
    assert ((readings.sensor >= 0) & (readings.sensor < len(roster.sensors))).all()
    assert (roster.slots(readings.sensor, readings.channel) >= 0).all()
    assert not np.isnan(readings.value).any()
    assert (np.isnan(readings.lon) == np.isnan(readings.lat)).all()
    for sensor in roster.sensors:
        assert math.isnan(sensor.lon) == math.isnan(sensor.lat)
        assert math.isnan(sensor.lon) or (abs(sensor.lon) <= 180 and abs(sensor.lat) <= 90)
        assert sensor.channels


ODD: Any = [
    None, True, -1, 0, 2147483647, 1e300, math.nan, math.inf, "nan", "", "x", "-1", [], {}, [None], {"value": None},
    10**400, "9" * 500, "2026-13-45T99:00:00Z", "9999-12-31T23:59:59-12:00", "\x00",
]  # fmt: skip


def mutated(plain: Any, chance: random.Random, share: float) -> Any:
    """Return a payload with a share of its entries replaced or left out, as by a program with faults."""
    if isinstance(plain, dict):
        plain = {key: mutated(value, chance, share) for key, value in plain.items() if chance.random() > share / 3}
    elif isinstance(plain, list):
        plain = [mutated(value, chance, share) for value in plain if chance.random() > share / 3]
    return chance.choice(ODD) if chance.random() < share else plain
