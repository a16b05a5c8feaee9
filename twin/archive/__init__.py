"""Long archives of many desks: days in a ClickHouse cluster, pushed, listed, pulled, and opened as they lie there."""

from twin.archive.address import Address, address_of, is_archive
from twin.archive.listing import Archived, archived, meant
from twin.archive.pulling import pull
from twin.archive.pushing import Pushed, push
from twin.archive.recording import ArchiveRecording
from twin.archive.server import Server
from twin.archive.tables import STATEMENTS

__all__ = [
    "STATEMENTS",
    "Address",
    "ArchiveRecording",
    "Archived",
    "Pushed",
    "Server",
    "address_of",
    "archived",
    "is_archive",
    "meant",
    "pull",
    "push",
]
