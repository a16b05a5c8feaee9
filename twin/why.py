"""Why a value is what it is, what was mended, and why something is missing, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _

if TYPE_CHECKING:
    from numpy.typing import NDArray


def provenance(code: str) -> str:
    """Return where a value came from, as a sentence, of a `*_from` column's code.

    Codes are OSM keys ("height"), several joined by "+", "default:..." for what nobody mapped,
    "outline:..." for what a building part takes from its building, "parts", "parts:median" and "spire".
    """
    if not code:
        return _("Not known.")
    if code == "parts":
        return _("Worked out from the building's parts.")
    if code == "parts:median":
        return _("The height on the map is that of its highest part; the rest has the middle height of its parts.")
    if code == "spire":
        return _("The height on the map is that of a spire or dome that nobody drew; the rest is drawn lower.")
    if code.startswith("outline:"):
        return _of_building(code.removeprefix("outline:"))
    if code.startswith("default:"):
        return _usual(code.removeprefix("default:"))
    kind, _colon, word = code.partition(":")
    if word and kind in ("several", "unknown", "unfit"):
        return _nearest(kind, word)
    keys = code.split("+")
    if "default:storey" in keys:
        return _("Nobody mapped where it ends; it is drawn one storey high above its underside ({key}).").format(
            key=keys[0]
        )
    if "outline:height" in keys:
        return _("Worked out from the number of storeys on the map, each as high as those of the whole building.")
    return _told(keys)


def mapped(codes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell of each code of a `*_from` column whether somebody mapped the value, shape (n,)."""
    known, inverse = np.unique(codes.astype(str), return_inverse=True)
    told = np.array([bool(code) and "default" not in code for code in known], bool)
    return told[inverse] if len(known) else np.zeros(0, bool)


def _told(keys: list[str]) -> str:
    if keys == ["building:levels"]:
        return _("Worked out from the number of storeys on the map (building:levels).")
    if keys == ["building:min_level"]:
        return _("Worked out from the number of storeys left open below (building:min_level).")
    if keys == ["roof:ridge"]:
        return _("Built along the ridges and edges that are drawn on the map (roof:ridge, roof:edge, roof:apex).")
    if keys == ["est_height"]:
        return _("Estimated by a mapper (est_height).")
    if keys == ["min_height", "height"]:
        return _("The height on the map ends below the underside, so it is taken as a thickness above min_height.")
    if keys[0] == "lanes":
        return _("Worked out from the number of lanes on the map ({keys}).").format(keys=_listed(keys))
    if keys[0] == "circumference":
        return _("Worked out from the girth of the trunk (circumference).")
    if keys[0] == "diameter_crown":
        return _("Worked out from the width of the crown (diameter_crown).")
    if len(keys) == 1:
        return _("Tagged as {key} on the map.").format(key=keys[0])
    return _("Worked out from {keys} on the map.").format(keys=_listed(keys))


def _nearest(kind: str, word: str) -> str:
    if kind == "several":
        return _("The map says “{word}”, which does not tell which shape; it is drawn flat.").format(word=word)
    if kind == "unknown":
        return _("The map says “{word}”, which is no shape that is drawn; the nearest that is stands in.").format(
            word=word
        )
    return _("The map says {word}, which does not fit this outline; the nearest shape that does is drawn.").format(
        word=word.replace("_", " ")
    )


def _of_building(code: str) -> str:
    if code.startswith("default:"):
        return _("Nobody mapped it, neither here nor on the whole building; a usual value is used.")
    return _("Taken from the whole building, where it is mapped ({keys}).").format(keys=_listed(code.split("+")))


def _usual(code: str) -> str:
    whole = {
        "": _("Nobody mapped it; a usual value is used."),
        "area": _("Nobody mapped it; a usual value for a building of this size is used."),
        "ground": _("Nobody mapped it; it is taken to stand on the ground."),
        "flat": _("Nobody mapped it; the roof is taken to be flat."),
        "height": _("Nobody mapped it; a usual share of the height is used."),
        "width": _("Nobody mapped it; a usual width is used."),
        "colour": _("Nobody mapped a colour; that of the material or of the chosen look is used."),
        "sidewalk": _("Nobody mapped how wide it is; a usual width is used."),
    }  # fmt: skip
    if code in whole:
        return whole[code]
    kind, _plus, way = code.partition("+")
    if way == "oneway":
        return _("Nobody mapped it; a usual value for {kind} with one-way traffic is used.").format(kind=kind)
    return _("Nobody mapped it; a usual value for {kind} is used.").format(kind=kind)


def _listed(keys: list[str]) -> str:
    return " + ".join(keys)


def repair(code: str) -> str:
    """Return what was mended, as a sentence, of one code of a `repairs` column."""
    sentences = {
        "ring_invalid": _("Its outline crossed or touched itself and was put right."),
        "ring_unclosed": _("Its outline was left open and was closed."),
        "cut_by_edge": _("The edge of the data cuts it; it is drawn as far as it lies inside."),
        "cut_far": _("It reaches far beyond the district and is cut off there."),
        "relation_incomplete": _("Pieces of it are missing from the data; it is drawn from those that are there."),
        "value_unreadable": _("A value on the map could not be read and was left aside."),
        "value_wild": _("A value on the map cannot be true and was left aside."),
        "height_inverted": _("Its top was mapped at or below its underside and was moved above it."),
        "under_roof": _("The roof that crowns it was mapped with the same top; it ends where that roof begins."),
        "roof_clipped": _("Its roof was mapped higher than the whole and was cut to fit."),
        "geometry_3d": _("Its heights in the geometry were left aside."),
        "crs_assumed": _("Its coordinate system is not told; longitude and latitude in WGS 84 were assumed."),
        "crs_swapped": _("Its coordinates came as latitude, longitude and were turned round."),
    }
    return sentences.get(code) or _("Mended ({code}).").format(code=code)


def dropped(reason: str) -> str:
    """Return why something of the source is not in the district, as a sentence."""
    sentences = {
        "node_building": _("Mapped as a point: its outline is not known."),
        "relation_broken": _("Its relation has no outline that can be put together."),
        "cut_open": _("The edge of the data cuts it so that its outline cannot be closed."),
        "not_a_ring": _("Its outline is not closed."),
        "too_small": _("It is too small to be drawn."),
        "underground": _("It lies underground."),
        "indoor": _("It lies inside a building."),
        "on_roof": _("It stands on a roof."),
        "not_built": _("It is not built: planned, under construction, or gone."),
        "no_geometry": _("It has no geometry."),
        "duplicate": _("It is there twice."),
    }
    return sentences.get(reason) or _("Left out ({reason}).").format(reason=reason)
