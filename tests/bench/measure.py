"""One measurement in a process of its own: `python measure.py WHAT [ARGUMENT...]` prints JSON.

Seconds are of the work itself; `run.py` adds those of the whole process, and the peak of its memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

clock = time.perf_counter


def floor(pbf: str) -> dict[str, float]:
    """Read the building footprints with pyosmium, triangulate them with shapely: nothing can be below."""
    import osmium
    import shapely

    start = clock()
    factory = osmium.geom.WKBFactory()
    building = osmium.filter.KeyFilter("building")
    areas = osmium.FileProcessor(pbf).with_areas(building).with_filter(osmium.filter.EntityFilter(osmium.osm.AREA))
    footprints = shapely.from_wkb([factory.create_multipolygon(area) for area in areas.with_filter(building)])
    read = clock()
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(footprints))
    end = clock()
    return {"read_s": read - start, "triangulate_s": end - read, "work_s": end - start, "triangles": len(triangles)}


def build(path: str, target: str = "") -> dict[str, float]:
    """Bring an OSM file to meshes, and with a target into a `.twin` file.

    Meshes are those of `twin.mesh.city.build`: all that is seen from afar, buildings with their roofs and parts
    among it. What near views add (windows, furniture, kerbs, markings, names) is told apart, as `near_s`.
    """
    import osmium  # noqa: F401  (imports are the process's seconds, not the work's)

    from twin.mesh import city
    from twin.osm import assemble, elements

    start = clock()
    found = elements.from_file(Path(path))
    read = clock()
    district = assemble.district(found, name="Bench")
    assembled = clock()
    meshes = city.build(district)
    meshed = clock()
    out = {
        "read_s": read - start, "assemble_s": assembled - read, "mesh_s": meshed - assembled,
        "work_s": meshed - start, "buildings": len(district.tables["buildings"]),
    }  # fmt: skip
    if target:
        from twin import file
        from twin.mesh.near import detailed

        meshed = clock()
        meshes = detailed(meshes, district)
        near = clock()
        file.write(Path(target), district, meshes)
        out |= {"near_s": near - meshed, "write_s": clock() - near}
    return out


def raising(*paths: str) -> dict[str, float]:
    """Bring the buildings of OSM files, with all their roofs and parts, from features to meshes: the best of many.

    Then 100,000 of them, copies of the first file's in a grid, once.
    """
    import numpy as np

    from twin.mesh.buildings import buildings_meshes
    from twin.mesh.paints import Paints
    from twin.model import TABLES
    from twin.osm import assemble, elements
    from twin.table import Table

    out: dict[str, float] = {}
    slowest = float("inf")
    first = None
    for path in paths:
        tables = assemble.district(elements.from_file(Path(path)), name="Bench").tables
        first = first or tables["buildings"]
        count = len(tables["buildings"]) + len(tables["parts"])
        spans = []
        for _ in range(9):
            start = clock()
            buildings_meshes(tables["buildings"], tables["parts"], Paints())
            spans.append(clock() - start)
        out[Path(path).name.split("_")[0] + "_per_s"] = count / min(spans)
        slowest = min(slowest, count / min(spans))
    assert first is not None
    many = _grid(first)
    start = clock()
    mesh, _parts = buildings_meshes(many, Table.typed(TABLES["parts"], {}, np.empty(0, object)), Paints())
    out |= {"many": len(many), "many_s": clock() - start, "many_triangles": len(mesh.triangles)}
    return out | {"least_per_s": slowest, "work_s": out["many_s"]}


def _grid(first: Any) -> Any:
    """Return a table of 100,000 buildings: copies of real ones, side by side."""
    import numpy as np
    import shapely

    from twin.table import Table

    copies = -(-100_000 // len(first))
    side = int(np.ceil(np.sqrt(copies)))
    moved = [
        shapely.transform(first.geometry, lambda xy, k=k: xy + 3000.0 * (np.array([k % side, k // side]) - side / 2))
        for k in range(copies)
    ]
    return Table({name: np.tile(column, copies) for name, column in first.columns.items()}, np.concatenate(moved))


def reopen(twin_file: str) -> dict[str, float]:
    """Open a `.twin` file: the meshes, as a picture needs them, and then the tables too."""
    from twin import file

    start = clock()
    file.read_city(Path(twin_file))
    city = clock()
    file.read_district(Path(twin_file))
    end = clock()
    return {"city_s": city - start, "district_s": end - city, "work_s": end - start}


def plane(target: str) -> dict[str, float]:
    """Import pyvista's plotting and render a plane: what any picture out of pyvista costs."""
    start = clock()
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=(1280, 720))
    plotter.add_mesh(pv.Plane())
    plotter.screenshot(target)
    plotter.close()
    return {"work_s": clock() - start}


def render(target: str) -> dict[str, float]:
    """Run `twin render sample`, as the console script does."""
    start = clock()
    from twin.cli import main

    code = main(["render", "sample", "-o", target, "--size", "1280x720"])
    if code:
        raise SystemExit(code)
    return {"work_s": clock() - start}


def recolour() -> dict[str, float]:
    """Give every building of the sample another colour, in place, without drawing: the best of many."""
    import numpy as np
    import pyvista as pv

    from twin import district
    from twin.scene import Scene

    city = district.open_city("sample")
    scene = Scene(pv.Plotter(off_screen=True, window_size=(1280, 720)))
    scene.place(city)
    count = int(city.meshes["buildings"].feature.max()) + 1
    spans = []
    for seed in range(30):
        colours = np.random.default_rng(seed).integers(0, 255, (count, 3), np.uint8)
        start = clock()
        scene.recolour("buildings", colours)
        spans.append(clock() - start)
    return {"work_s": min(spans), "median_s": sorted(spans)[len(spans) // 2], "buildings": count}


def moving(kind: str, width: str = "1280", names: str = "names") -> dict[str, float]:
    """Draw the sample as while the camera moves, or one plain merged mesh of as many triangles, turning all the while.

    `kind` is "scene" or "plain", `names` "names" or "nameless". Plain are its points, triangles and colours in a
    single actor with VTK's own shader, unlit, seen from the same places. On a processor the view draws fewer and
    larger pixels while it moves.
    """
    from twin import district

    return _moved(district.open_city("sample"), kind, int(width), names == "names")


def crowded(path: str) -> dict[str, float]:
    """Draw 100,000 buildings in motion beside a plain mesh of as many triangles, in turns, all in one process."""
    from dataclasses import replace

    import shapely

    from twin.mesh import city, near
    from twin.osm import assemble, elements

    found = assemble.district(elements.from_file(Path(path)), name="Bench")
    none = {name: table.rows(slice(0)) for name, table in found.tables.items()}
    many = _grid(found.tables["buildings"])
    box = shapely.box(*shapely.total_bounds(many.geometry))
    whole = replace(found, tables={**none, "buildings": many}, boundary_xy=box)
    meshes = near.detailed(city.build(whole), whole)
    rounds: dict[str, list[dict[str, float]]] = {"plain": [], "full": [], "quarter": []}
    for _ in range(2):
        for name, width in (("plain", 1280), ("full", 1280), ("quarter", 640)):
            rounds[name].append(_moved(meshes, "plain" if name == "plain" else "scene", width, False, frames=6))
    best = {name: min(one["processors_s"] for one in found) for name, found in rounds.items()}
    return {
        "full_to_plain": best["full"] / best["plain"], "quarter_to_plain": best["quarter"] / best["plain"],
        "triangles": rounds["plain"][0]["triangles"], "work_s": best["quarter"],
    }  # fmt: skip


def _moved(city: Any, kind: str, width: int, names: bool, *, frames: int = 24) -> dict[str, float]:
    import numpy as np

    from twin.props import OffScreen, actor_of
    from twin.scene import Scene

    plotter = OffScreen((width, width * 9 // 16))
    scene = Scene(plotter)
    scene.place(city)
    scene.move(True)
    scene.show_kind("names", names)
    drawn = [thing for thing in scene._things().values() if thing.actor.GetVisibility()]
    view, kept = scene.view, None
    if kind == "plain":
        scene.close()
        starts = np.cumsum([0, *(len(thing.mesh.points) for thing in drawn)])
        points = np.concatenate([thing.mesh.points for thing in drawn])
        triangles = np.concatenate([t.mesh.triangles + np.int32(s) for t, s in zip(drawn, starts, strict=False)])
        rgba = np.concatenate([thing.rgba for thing in drawn])
        rgba[:, 3] = 255
        actor, *kept = actor_of(points, np.ascontiguousarray(triangles, np.int32), rgba)
        plotter.renderer.AddActor(actor)
        eye = plotter.renderer.GetActiveCamera()
        eye.SetPosition(*view.position)
        eye.SetFocalPoint(*view.focal_point)
        eye.SetViewAngle(view.angle_deg)
        plotter.renderer.ResetCameraClippingRange()
    plotter.render_window.Render()
    spans, worked = [], []
    for _ in range(frames):
        plotter.renderer.GetActiveCamera().Azimuth(0.5)
        start, begun = clock(), time.process_time()
        plotter.render_window.Render()
        spans.append(clock() - start)
        worked.append(time.process_time() - begun)
    count = sum(len(thing.mesh.triangles) for thing in drawn)
    if kind != "plain":
        scene.close()
    plotter.close()
    del kept
    # seconds of all processors together say more than the clock's where others compute as well
    return {
        "work_s": sorted(spans)[len(spans) // 2], "best_s": min(spans), "processors_s": min(worked), "triangles": count,
    }  # fmt: skip


def peer(path: str, target: str) -> dict[str, float]:
    """Bring an Overpass answer, or a PBF, to a GLB file with osm2threejs."""
    import osm2threejs

    if path.endswith(".pbf"):
        import osmium  # noqa: F401

    start = clock()
    document = _elements(path) if path.endswith(".pbf") else json.loads(Path(path).read_bytes())
    read = clock()
    city = osm2threejs.generate_3d_city(document)
    city.to_glb(target)
    end = clock()
    return {"read_s": read - start, "build_s": end - read, "work_s": end - start, "buildings": len(city.buildings)}


def overpass(pbf: str, target: str) -> dict[str, float]:
    """Write all elements of an OSM file as the answer of an Overpass server; not measured, only needed."""
    document = _elements(pbf)
    Path(target).write_text(json.dumps(document))
    return {"elements": len(document["elements"])}


def _elements(pbf: str) -> dict[str, Any]:
    """Return what an Overpass server would answer, as osm2threejs takes it."""
    import osmium

    elements: list[dict[str, Any]] = []
    for entity in osmium.FileProcessor(pbf):
        element: dict[str, Any] = {"type": "node", "id": entity.id}
        if entity.is_node():
            element |= {"lat": entity.lat, "lon": entity.lon}
        elif entity.is_way():
            element |= {"type": "way", "nodes": [node.ref for node in entity.nodes]}
        else:
            kinds = {"n": "node", "w": "way", "r": "relation"}
            members = [{"type": kinds[m.type], "ref": m.ref, "role": m.role} for m in entity.members]
            element |= {"type": "relation", "members": members}
        if len(entity.tags):
            element["tags"] = dict(entity.tags)
        elements.append(element)
    return {"version": 0.6, "elements": elements}


if __name__ == "__main__":
    result = globals()[sys.argv[1]](*sys.argv[2:])
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))
