"""What is open: a district's file, what it says about itself, and its city; read without a widget."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twin import district, file
from twin.cli.streams import age, day
from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.model import City, Report


@dataclass(frozen=True, slots=True)
class Opened:
    """A district that is shown: enough to draw it and to name it. Its tables come later."""

    path: Path
    info: Mapping[str, Any]  # of `twin.file.read_info`
    city: City

    @property
    def name(self) -> str:
        """The district's name."""
        return str(self.info["name"])


def read(path: Path, report: Report) -> Opened:
    """Return what is in a `.twin` file."""
    info = file.read_info(path)
    return Opened(path, info, district.open_city(path, report=report))


def age_of_data(info: Mapping[str, Any], *, now: float | None = None) -> tuple[str, str]:
    """Return how old a district's map data is, in words, and the days behind them; now is UTC epoch seconds."""
    now = time.time() if now is None else now
    sources = info["sources"]
    made = [source["data_time"] for source in sources if source["data_time"] is not None]
    taken = [source["retrieved"] for source in sources if source["retrieved"] is not None]
    told = "\n".join(filter(None, (f"{source['title']}: {source['detail']}" for source in sources)))
    if made:
        said = _("Map data is {age} old").format(age=age(now - min(made)))
        return said, _("Of {day}").format(day=day(min(made))) + "\n" + told
    if taken:
        said = _("Downloaded {age} ago").format(age=age(now - min(taken)))
        return said, _("On {day}").format(day=day(min(taken))) + "\n" + told
    return _("Age of the map data unknown"), told
