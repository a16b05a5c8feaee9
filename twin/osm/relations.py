"""Relations -> shapes: multipolygons out of their ways, and what outlines and parts tell of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin import tags as osm_tags
from twin.osm import rings
from twin.osm.elements import KEYS, Elements, Relation, Tags
from twin.osm.gathered import LEFT_OUT, LINE_TABLES, Gathered, box_of, main_kind
from twin.table import objects

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PLAIN_KEYS = frozenset({"type", "source", "note", "fixme", "created_by", "name"})


def read_relations(
    elements: Elements, xy: NDArray[np.float64], edge: Any, way_row: dict[int, int], found: Gathered
) -> tuple[dict[str, str], set[int], dict[int, Tags]]:
    """Add the multipolygons; return parts' outlines, ways that a relation stands for, and tags lent to ways."""
    outline_of: dict[str, str] = {}
    covered: set[int] = set()
    lent: dict[int, Tags] = {}
    lent_to_relations: dict[int, Tags] = {}
    areas: list[tuple[Relation, Tags]] = []
    for relation in elements.relations:
        if relation.tags.get("type") == "building":
            _read_building_relation(relation, elements, way_row, outline_of, lent, lent_to_relations)
            continue
        tags = relation.tags
        if not set(tags) - _PLAIN_KEYS:
            # Old multipolygons carry their tags on the outer way.
            outer = [
                way_row[ref]
                for kind, ref, role in relation.members
                if kind == "w" and role != "inner" and ref in way_row
            ]
            tags = next((elements.way_tags[row] for row in outer if set(elements.way_tags[row]) - _PLAIN_KEYS), tags)
        areas.append((relation, tags))
    areas = [
        (relation, tags if "building" in tags else {**lent_to_relations.get(relation.id, {}), **tags})
        for relation, tags in areas
    ]
    if not areas:
        return outline_of, covered, lent
    count = len(areas)
    table, reason, _area = osm_tags.kinds(
        [tags for _relation, tags in areas], np.full(count, osm_tags.POLYGON), np.ones(count, bool)
    )
    for (relation, tags), kind, why in zip(areas, table, reason, strict=True):
        name = f"relation/{relation.id}"
        if not kind or kind in LINE_TABLES:
            if why in LEFT_OUT:
                found.drop([name], [main_kind(tags)], why, [_members_box(relation, elements, xy, way_row)])
            continue
        geometry, repair = _assembled(relation, elements, xy, edge, way_row)
        if geometry is None:
            where = _members_box(relation, elements, xy, way_row)
            found.drop([name], [main_kind(tags)], "relation_broken", [where])
            continue
        covered.update(
            row
            for type_, ref, role in relation.members
            if type_ == "w"
            and role != "inner"
            and (row := way_row.get(ref)) is not None
            and _same_feature(elements.way_tags[row], tags)
        )
        found.add([kind], [name], [tags], objects([geometry]), [repair])
    return outline_of, covered, lent


def _members_box(relation: Relation, elements: Elements, xy: NDArray[np.float64], way_row: dict[int, int]) -> Any:
    rows = [way_row[ref] for kind, ref, _role in relation.members if kind == "w" and ref in way_row]
    offsets = elements.way_offsets
    return box_of(np.concatenate([np.empty((0, 2)), *(xy[offsets[row] : offsets[row + 1]] for row in rows)]))


def _same_feature(way: Tags, relation: Tags) -> bool:
    """Tell whether an outer way says again what its relation says."""
    if "building" in relation:
        return "building" in way
    return any(key in relation and way.get(key) == relation[key] for key in KEYS)


def _read_building_relation(
    relation: Relation,
    elements: Elements,
    way_row: dict[int, int],
    outline_of: dict[str, str],
    lent: dict[int, Tags],
    lent_to_relations: dict[int, Tags],
) -> None:
    kinds = {"w": "way", "r": "relation"}
    outlines = [(kind, ref) for kind, ref, role in relation.members if role == "outline" and kind in kinds]
    if not outlines:
        return
    kind, ref = outlines[0]
    row = way_row.get(ref) if kind == "w" else None
    if row is not None and "building" not in elements.way_tags[row] and "building" in relation.tags:
        lent[row] = {**relation.tags, **elements.way_tags[row]}
    if kind == "r" and "building" in relation.tags:
        lent_to_relations[ref] = relation.tags
    for member_kind, member_ref, role in relation.members:
        if role == "part" and member_kind in kinds:
            outline_of[f"{kinds[member_kind]}/{member_ref}"] = f"{kinds[kind]}/{ref}"


def _assembled(
    relation: Relation, elements: Elements, xy: NDArray[np.float64], edge: Any, way_row: dict[int, int]
) -> tuple[Any, str]:
    """Return the (multi)polygon of a relation, or None, and what had to be mended."""
    lines: dict[str, list[rings.Line]] = {"outer": [], "inner": [], "": []}
    incomplete = False
    roles = {ref: role for kind, ref, role in reversed(relation.members) if kind == "w"}  # some name a way twice
    for ref, role in reversed(roles.items()):
        if role not in {"outer", "inner", "", "outline"}:
            continue
        row = way_row.get(ref)
        if row is None:
            incomplete = True
            continue
        points = xy[elements.way_offsets[row] : elements.way_offsets[row + 1]]
        if np.isnan(points).any():
            incomplete = True
            lines[role if role in lines else "outer"].extend(rings.known_runs(points))
        elif len(points) > 1:
            lines[role if role in lines else "outer"].append(points)
    # Roles are often missing or wrong; rings without one are sorted by which lies in which.
    outer_rings, outer_chains = rings.join(lines["outer"] + lines[""])
    inner_rings, inner_chains = rings.join(lines["inner"])
    repair = "relation_incomplete" if incomplete or inner_chains else ""
    if outer_chains:
        closed, code = _closed_chain(outer_chains, edge)
        if closed is None and not outer_rings:
            return None, ""
        if closed is not None:
            outer_rings.append(closed)
            repair = code
        else:
            repair = "relation_incomplete"
    if not outer_rings:
        return None, ""
    if lines[""]:
        outer_rings, more = rings.nested(outer_rings)
        inner_rings += more
    return rings.polygon(outer_rings, inner_rings), repair


def _closed_chain(chains: list[rings.Line], edge: Any) -> tuple[rings.Line | None, str]:
    """Close one open chain that is nearly closed or that the extract's edge cut; return also what was mended."""
    if len(chains) != 1 or len(chains[0]) < 3:
        return None, ""
    chain = chains[0]
    if float(np.hypot(*(chain[0] - chain[-1]))) > rings.NEARLY_CLOSED_M:
        return rings.closed_along_edge(chain, edge), "cut_by_edge"
    ring = np.concatenate([chain, chain[:1]])
    return (ring if shapely.Polygon(ring).is_valid else None), "ring_unclosed"
