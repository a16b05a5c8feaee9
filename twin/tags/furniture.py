"""Trees and the things of a street, from their tags."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from twin.table import Columns
from twin.tags.columns import Floats, Mended, Provenance, Tags, Words, each, figures, indexed, texts, told, words
from twin.tags.vocabulary import furniture_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LEAVES = {
    "broadleaved": "broadleaved", "broad_leaved": "broadleaved", "broad_leafed": "broadleaved",
    "deciduous": "broadleaved", "mixed": "broadleaved", "leafless": "broadleaved",
    "needleleaved": "needleleaved", "needle_leaved": "needleleaved", "conifer": "needleleaved",
    "coniferous": "needleleaved", "palm": "palm",
}  # fmt: skip
_NEEDLES = frozenset(
    {"abies", "pinus", "picea", "larix", "cedrus", "cupressus", "juniperus", "taxus", "thuja", "tsuga",
     "pseudotsuga", "sequoia", "sequoiadendron", "metasequoia", "chamaecyparis", "araucaria", "cryptomeria",
     "taxodium", "calocedrus", "podocarpus", "sciadopitys", "cupressocyparis", "platycladus", "pseudolarix"}
)  # fmt: skip  # ginkgo is a conifer to botanists, but not to the eye
_PALMS = frozenset(
    {"phoenix", "washingtonia", "trachycarpus", "cocos", "roystonea", "sabal", "chamaerops", "syagrus",
     "livistona", "arecaceae", "jubaea", "butia", "archontophoenix", "dypsis", "bismarckia", "adonidia"}
)  # fmt: skip

_TREES_M = {"broadleaved": (9.0, 0.62), "needleleaved": (12.0, 0.36), "palm": (8.0, 0.5)}
"""Height of a tree that nobody measured, and its crown's diameter as a share of the height. Ours, for street trees."""
_SHRUB_M = (1.6, 1.0)
_TREE_LIMIT_M = 120.0  # the tallest living tree, a coast redwood, has 116 m
_CROWN_LIMIT_M = 60.0
_GIRTH_LIMIT_M = 40.0  # the Árbol del Tule has 36 m

FURNITURE_HEIGHTS_M = {
    "lamp": 6.0, "signal": 3.4, "camera": 4.0, "stop": 2.8, "bench": 0.85, "bin": 1.0, "bicycle_parking": 0.9,
    "fountain": 1.5, "clock": 4.0, "post_box": 1.3, "telephone": 2.2, "vending_machine": 1.8, "charging": 1.6,
    "shelter": 2.6, "mast": 25.0, "tower": 30.0, "chimney": 40.0, "flagpole": 9.0, "pole": 8.0, "cross": 3.0,
    "cabinet": 1.3, "statue": 3.0, "tank": 8.0, "crane": 30.0, "pylon": 30.0, "turbine": 100.0, "hydrant": 0.9,
    "siren": 6.0, "sign": 2.0, "shrine": 2.2, "stone": 1.0, "table": 0.8, "advertising": 3.0, "bollard": 0.9,
    "block": 0.8, "gate": 1.3, "wall": 2.0, "city_wall": 7.0, "retaining_wall": 1.5, "fence": 1.5, "hedge": 1.5,
    "guard_rail": 0.8, "crossing": 0.0,
}  # fmt: skip
"""Every kind of furniture, and its height where nobody mapped one. Ours."""


def trees(tags: Sequence[Tags]) -> Columns:
    """Columns of the trees table: leaf, height, crown; natural=shrub counts as a small tree."""
    tags = indexed(tags)
    size = len(tags)
    mended = Mended(size)
    leaf = _leaves(tags)
    usual = [_TREES_M[value] for value in leaf]
    shrub = np.zeros(size, bool)
    shrub[[row for row, value in told(tags, "natural").items() if value == "shrub"]] = True
    usual_m = np.where(shrub, _SHRUB_M[0], np.array([one[0] for one in usual], np.float64))
    share = np.where(shrub, _SHRUB_M[1], np.array([one[1] for one in usual], np.float64))

    height_m, how = figures(tags, "height", "est_height")
    mended.note_read(how)
    crown_m, how = figures(tags, "diameter_crown", "crown_diameter")
    mended.note_read(how)
    girth_m, how = figures(tags, "circumference")
    mended.note_read(how)
    for value_m, limit_m in ((height_m, _TREE_LIMIT_M), (crown_m, _CROWN_LIMIT_M), (girth_m, _GIRTH_LIMIT_M)):
        wild = (value_m > limit_m) | (value_m <= 0)
        mended.note("value_wild", wild)
        value_m[wild] = np.nan

    # Chapman-Richards growth with the height of a mature street tree as its limit. Ours: 10 m at a trunk of 20 cm,
    # 19 m at 60 cm.
    grown_m = 1.3 + 24.0 * -np.expm1(-2.2 * girth_m / np.pi)
    hints: tuple[tuple[Floats, str | Callable[[Words], Words]], ...] = (
        (height_m, lambda _: _height_keys(tags)),
        (np.clip(crown_m / share, 1.5, 40.0), "diameter_crown"),
        (grown_m, "circumference"),
    )
    best_m, best_from = usual_m.copy(), Provenance(size)
    best_from.note(~shrub, lambda _: words(f"default:leaf_type={value}" for value in leaf))
    best_from.note(shrub, "default:natural=shrub")
    for hint_m, hint_from in reversed(hints):
        known = ~np.isnan(hint_m)
        best_m[known] = hint_m[known]
        best_from.note(known, hint_from)
    has_crown = ~np.isnan(crown_m)
    crown_from = Provenance(size, "default:height")
    crown_from.note(has_crown, "diameter_crown")
    return Columns(
        {
            "leaf": words(leaf),
            "height_m": best_m,
            "height_from": best_from,
            "crown_m": np.where(has_crown, crown_m, best_m * share),
            "crown_from": crown_from,
            "repairs": mended.repairs(),
        }
    )


def furniture(tags: Sequence[Tags]) -> Columns:
    """Columns of the furniture table: kind and height."""
    tags = indexed(tags)
    mended = Mended(len(tags))
    told_m, how = figures(tags, "height", "est_height")
    mended.note_read(how)
    wild = told_m <= 0
    mended.note("value_wild", wild)
    mapped = ~(wild | np.isnan(told_m))

    # Seen from afar there is no furniture: what each is, is found out when somebody asks.
    @cache
    def kind() -> Words:
        return words(furniture_kind(t) for t in tags)

    def height_m() -> Floats:
        usual_m = np.array([FURNITURE_HEIGHTS_M.get(one, 1.0) for one in kind().tolist()], np.float64)
        return np.where(mapped, told_m, usual_m)

    height_from = Provenance(len(tags))
    height_from.note(~mapped, lambda _: words(f"default:{one}" for one in kind().tolist()))
    height_from.note(mapped, lambda _: _height_keys(tags))
    return Columns({"kind": kind, "height_m": height_m, "height_from": height_from, "repairs": mended.repairs()})


def _height_keys(tags: Sequence[Tags]) -> Words:
    return words("height" if t.get("height") else "est_height" for t in tags)


def _leaves(tags: Sequence[Tags]) -> list[str]:
    typed = texts(tags, "leaf_type", "type", "wood")
    named = texts(tags, "genus", "species", "taxon", "taxon:genus")
    leaf_of_type = each(typed, lambda value: _LEAVES.get(value.strip().lower(), ""))
    leaf_of_name = each(named, _leaf_of_name)
    # palms count as broadleaved in leaf_type, so the botanical name knows better
    return [
        name if name == "palm" else typ or name or "broadleaved"
        for typ, name in zip(leaf_of_type, leaf_of_name, strict=True)
    ]


def _leaf_of_name(value: str) -> str:
    genus = value[:40].strip().lower().partition(" ")[0]
    if genus in _PALMS:
        return "palm"
    return "needleleaved" if genus in _NEEDLES else ""
