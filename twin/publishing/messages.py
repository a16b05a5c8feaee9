"""Readings as the messages of a feed: one sensor each, some moments together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.sources.convention import Observed, Topic, encode_layer, encode_obs, encode_sensor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from twin.readings import Readings, Roster

READINGS_A_MESSAGE = 50


class Message(NamedTuple):
    """What is published, and how many readings are in it."""

    topic: str
    payload: bytes
    readings: int = 0


def introductions(roster: Roster, district: str, layers: Collection[str]) -> Iterator[Message]:
    """Yield what a feed says of its layers and sensors before it tells readings; it is retained."""
    for layer in roster.layers:
        if layer.key in layers:
            yield Message(str(Topic("layer", district, layer.key)), encode_layer(layer))
    channels = {channel.key: channel for channel in roster.channels}
    for sensor in roster.sensors:
        if sensor.layer in layers:
            topic = Topic("meta", district, sensor.layer, sensor.key)
            yield Message(str(topic), encode_sensor(sensor, channels))


def messages(rows: Readings, topics: Sequence[str], channels: Sequence[str]) -> Iterator[Message]:
    """Yield readings as messages of up to `READINGS_A_MESSAGE`, each of one sensor, in the order of its time.

    Parameters
    ----------
    rows
        In the order in which they arrived; of the same channel, time, quality and place the last is told.
    topics, channels
        The topic of each sensor and the key of each channel, by their rows in the roster.
    """
    if not len(rows):
        return
    rows = rows[np.lexsort((rows.lat, rows.lon, rows.quality, rows.t_start, rows.t_end, rows.sensor))]
    parts = (rows.sensor, rows.t_end, rows.t_start, rows.quality, np.nan_to_num(rows.lon), np.nan_to_num(rows.lat))
    new = np.append(True, np.any([part[1:] != part[:-1] for part in parts], axis=0))
    first, moment = np.flatnonzero(new), np.cumsum(new) - 1
    used, column = np.unique(rows.channel, return_inverse=True)
    cells = np.full((len(first), len(used)), np.nan)
    cells[moment, column] = rows.value
    told = np.isfinite(cells)
    heads = rows[first]
    starts = _starts(heads.sensor, told.sum(axis=1))
    ends = np.append(starts[1:], len(first))
    has = np.logical_or.reduceat(told, starts)
    counts = np.add.reduceat(told.sum(axis=1), starts).tolist()
    lasting, graded, placed = (
        np.logical_or.reduceat(some, starts).tolist()
        for some in (heads.t_start != heads.t_end, heads.quality > 0, np.isfinite(heads.lon))
    )
    columns = [cells[:, number].tolist() for number in range(len(used))]
    keys = [channels[row] for row in used.tolist()]
    t_end, t_start, quality = heads.t_end.tolist(), heads.t_start.tolist(), heads.quality.tolist()
    lon, lat = heads.lon.tolist(), heads.lat.tolist()  # NaN becomes null in JSON
    sensors = heads.sensor[starts].tolist()
    for number, (a, b) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        observed = Observed(
            t_end[a:b],
            {keys[one]: columns[one][a:b] for one in np.flatnonzero(has[number]).tolist()},
            t_start[a:b] if lasting[number] else None,
            quality[a:b] if graded[number] else None,
            lon[a:b] if placed[number] else None,
            lat[a:b] if placed[number] else None,
        )
        yield Message(topics[sensors[number]], encode_obs(observed), counts[number])


def _starts(sensor: NDArray[np.int32], count: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the rows at which messages start, of moments with so many readings each, ordered by sensor."""
    other = np.append(True, sensor[1:] != sensor[:-1])
    row = np.arange(len(sensor))
    of_sensor = row - np.maximum.accumulate(np.where(other, row, 0))
    moments = max(1, READINGS_A_MESSAGE // int(count.max()))
    return np.flatnonzero(of_sensor % moments == 0)
