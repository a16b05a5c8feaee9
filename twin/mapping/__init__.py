"""Columns of anybody's table as readings: what they mean, who measured, and what could not be taken, with its line.

A `Mapping` says what the columns mean, `guess` proposes one; an `Intake` takes a table piece by piece.
"""

from twin.mapping.documents import Document, piece_of, topic_columns
from twin.mapping.guessing import Guess, guess, mapping_of, presets, signature
from twin.mapping.intake import Intake, Reject
from twin.mapping.mapping import Mapping, from_toml, read_mapping, to_toml
from twin.mapping.places import Places
from twin.mapping.positions import places_of
from twin.mapping.tables import Table, open_table

__all__ = [
    "Document",
    "Guess",
    "Intake",
    "Mapping",
    "Places",
    "Reject",
    "Table",
    "from_toml",
    "guess",
    "mapping_of",
    "open_table",
    "piece_of",
    "places_of",
    "presets",
    "read_mapping",
    "signature",
    "to_toml",
    "topic_columns",
]
