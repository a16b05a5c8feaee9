"""What there is to tell about one feature, in words: the inspector's text, without a widget."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twin import nouns, why
from twin.language import _
from twin.mesh.outline import PARTS, REMAINDER, drawn_as
from twin.quantity import THIN_SPACE, metres, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twin.model import District


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a feature, with its unit, and the sentence that says where it came from."""

    label: str
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about one feature."""

    title: str
    kind: str
    address: str
    values: tuple[Value, ...]
    repairs: tuple[str, ...]
    osm: str
    tags: tuple[tuple[str, str], ...]

    @property
    def link(self) -> str:
        """The page of the map's own site about it; empty for what is not from there."""
        form, slash, number = self.osm.partition("/")
        known = form in {"node", "way", "relation"} and slash and number.isdecimal()
        return f"https://www.openstreetmap.org/{self.osm}" if known else ""

    @property
    def text(self) -> str:
        """All of it as plain text, for the clipboard."""
        lines = [self.title, self.kind, self.address, ""]
        lines += ["\t".join(filter(None, (value.label, value.text, value.why))) for value in self.values]
        lines += ["", *self.repairs, self.osm, "", *(f"{key}={value}" for key, value in self.tags)]
        return "\n".join(lines).replace(THIN_SPACE, " ").strip() + "\n"


def facts_of(district: District, table: str, row: int) -> Facts:
    """Return what a district tells about one row of a table."""
    cells = district.tables[table].row(row)
    tags = {str(key): str(value) for key, value in json.loads(cells["tags"] or "{}").items()}
    noun = _noun(table, str(cells.get("role", "")))
    address = _address(tags)
    kind = str(cells.get("kind") or cells.get("leaf") or "")
    own = noun if kind in {"", "yes"} else nouns.noun(kind, table)
    said = own if own == noun or table not in _OF_KINDS else _("{noun} · {kind}").format(noun=noun, kind=own)
    return Facts(
        title=str(cells["name"]) or _other_name(tags) or _street_address(tags) or noun,
        kind=said,
        address=address,
        values=(*_values(cells), *(_drawn(district, row) if table == "buildings" else ())),
        repairs=tuple(why.repair(code) for code in str(cells["repairs"]).split()),
        osm=str(cells["osm"]),
        tags=tuple(sorted(tags.items())),
    )


def _noun(table: str, role: str) -> str:
    if role in {"path", "cycleway", "steps", "track"}:
        return {
            "path": _("Path"),
            "cycleway": _("Cycleway"),
            "steps": _("Steps"),
            "track": _("Track"),
        }[role]
    return {
        "buildings": _("Building"),
        "parts": _("Building part"),
        "streets": _("Street"),
        "rails": _("Rail"),
        "areas": _("Land use"),
        "water": _("Water"),
        "trees": _("Tree"),
        "furniture": _("Street furniture"),
        "overlays": _("Overlay"),
    }[table]


def _other_name(tags: Mapping[str, str]) -> str:
    keys = ("loc_name", "official_name", "alt_name", "short_name", "addr:housename")
    return next((tags[key] for key in keys if tags.get(key)), "")


def _street_address(tags: Mapping[str, str]) -> str:
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    return " ".join(filter(None, (street, tags.get("addr:housenumber", "")))) if street else ""


def _address(tags: Mapping[str, str]) -> str:
    town = " ".join(filter(None, (tags.get("addr:postcode", ""), tags.get("addr:city", ""))))
    return ", ".join(filter(None, (_street_address(tags), town)))


def _values(cells: Mapping[str, Any]) -> Iterator[Value]:
    for column, (label, words) in _told().items():
        if column not in cells:
            continue
        text = words(cells[column])
        source = str(cells.get(f"{column.removesuffix('_m')}_from", ""))
        if text and not (column in _ONLY_IF_MAPPED and source.startswith("default:")):
            yield Value(label, text, why.provenance(source) if source else "")


def _drawn(district: District, row: int) -> Iterator[Value]:
    """Say how a building is drawn where that is not as its own tags say."""
    drawn, height_m, source = drawn_as(district, row)
    if drawn == PARTS:
        yield Value(_("Drawn as"), _("its parts"), _("Its parts cover it; they are the building."))
        return
    if drawn == REMAINDER:
        yield Value(_("Drawn as"), _("what its parts leave over"), _("Its parts cover only some of it."))
    if source in {"parts:median", "spire"}:
        yield Value(_("Drawn height"), metres(height_m), why.provenance(source))


_OF_KINDS = {"buildings", "parts", "areas", "furniture", "rails", "overlays"}
"""Tables whose things are told with what they are and of which kind; of others the kind is enough."""

_ONLY_IF_MAPPED = {"min_height_m"}


def _told() -> dict[str, tuple[str, Callable[[Any], str]]]:
    """Return the columns that are told, in their order, each with its label and the way to say it."""
    return {
        "height_m": (_("Height"), metres),
        "levels": (_("Storeys"), number),
        "min_height_m": (_("Underside"), metres),
        "roof_shape": (_("Roof"), nouns.noun),
        "roof_height_m": (_("Roof height"), _some_metres),
        "wall_colour": (_("Wall colour"), _word),
        "wall_material": (_("Wall material"), _material),
        "roof_colour": (_("Roof colour"), _word),
        "roof_material": (_("Roof material"), _material),
        "width_m": (_("Width"), metres),
        "lanes": (_("Lanes"), number),
        "pavement_left_m": (_("Pavement on the left"), _some_metres),
        "pavement_right_m": (_("Pavement on the right"), _some_metres),
        "bridge": (_("On a bridge"), _yes),
        "tunnel": (_("Below ground"), _yes),
        "crown_m": (_("Crown"), metres),
        "building": (_("Part of"), _word),
        "overlay": (_("From"), _word),
    }


def _some_metres(value: float) -> str:
    return metres(value) if value > 0 else ""


def _material(value: str) -> str:
    return nouns.noun(value, "materials") if value else ""


def _word(value: str) -> str:
    return value.replace("_", " ")


def _yes(value: bool) -> str:
    return _("yes") if value else ""
