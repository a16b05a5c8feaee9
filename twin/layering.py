"""How the kinds of things lie over one another, and in which order they are drawn."""

from __future__ import annotations

FLAT = frozenset(
    {"ground", "areas", "water", "piers", "paths", "streets", "rails", "haze", "overlays"}
    | {"pitch_lines", "corners", "kerbs", "markings", "span_markings", "rail_mouths"}
)
"""Kinds that lie on one another in layers a few centimetres apart."""

FADING = frozenset({"paths", "rails", "markings", "span_markings", "pitch_lines"})
"""Kinds of narrow things, whose `shade` is their width: they fade where a pixel is wider, and never flicker."""

CLOSED = frozenset({"buildings", "parts", "masses", "trees_far", "bridges", "rail_bridges"})
"""Kinds whose triangles nobody sees from behind."""


def from_above(kinds: list[str]) -> list[str]:
    """Return kinds in the order of drawing: what stands, then what lies from above to below, then what is seen through.

    The depth test then spares what is hidden its light. Only what is seen through has to come after what is below it.
    """
    through = [kind for kind in kinds if kind in FADING] + [kind for kind in kinds if kind == "haze"]
    lying = [kind for kind in kinds if kind in FLAT and kind not in through]
    standing = [kind for kind in kinds if kind not in FLAT]
    return standing + lying[::-1] + through
