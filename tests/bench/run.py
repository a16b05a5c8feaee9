"""The measurements of the engine: `make bench` prints them as JSON, ratios first.

Every figure is a ratio against a peer or a floor measured in the same run, in fresh processes that
take turns, since machines are noisy; of several rounds the fastest of each counts. The extracts are
real ones and not part of the project: name their folder with --extracts; what is missing is left
out and said.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEER = ROOT / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
EXTRACTS = {
    "liechtenstein": "liechtenstein_2019-11-18.osm.pbf",
    "berlin_mitte": "berlin_mitte_2022-12-20.osm.pbf",
    "lower_east_side": "nyc_lower_east_side.osm.pbf",
}

COMPARED = {
    "peer.answer_to_meshes": "seconds in process, imports left out, from an Overpass answer on disk: ours to a City "
    "(ground, land use, water, paths, streets, rails, bridges, trees, buildings with all their roofs and parts; no "
    "furniture, windows, kerbs, markings or names, which belong to near views), theirs to a GLB file on disk (walls "
    "of the buildings that are ways; no roof, part, relation, street or tree is in it); texts that no mesh "
    "asks for, names and where values came from, are made later, when a file or a panel asks",
    "peer.pbf_to_meshes": "the same from the PBF; they have no reader of it, so theirs is one loop over pyosmium",
    "peer.pbf_whole_process": "from the start of the interpreter to its end",
    "meshing.build_to_reopen_all": "from the PBF to the City with its near details, against reading meshes and all "
    "tables of the .twin file, each checked; writing is in neither",
    "moving": "processor seconds of a frame of the sample in motion, names among it, at 1280x720 (full) and at a "
    "quarter of these pixels, which is where the view begins without a graphics card, against one plain unlit mesh "
    "of the same triangles at 1280x720",
    "crowded": "the same with 100,000 buildings, copies of real ones, and no names",
}
"""What each ratio is of. In every one ours is above, and less is better, but for reopening, where more is."""

Figures = dict[str, float]


def measured(what: str, *arguments: Any, python: str | Path = sys.executable) -> Figures:
    """Run one measurement in a process of its own."""
    start = time.perf_counter()
    command = [str(python), str(HERE / "measure.py"), what, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    process_s = time.perf_counter() - start
    figures: Figures = json.loads(done.stdout.decode().splitlines()[-1])
    return figures | {"process_s": process_s}


def best(rounds: list[Figures]) -> Figures:
    """Return the round whose work was fastest."""
    return {key: round(value, 4) for key, value in min(rounds, key=lambda figures: figures["work_s"]).items()}


def in_turns(rounds: int, **contestants: Any) -> dict[str, Figures]:
    """Run contestants alternately, so that a noisy minute is everybody's, and return the best of each."""
    results: dict[str, list[Figures]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            results[name].append(run())
    return {name: best(figures) for name, figures in results.items()}


def meshing(pbf: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Compare the way from a PBF to meshes with its floor, and reopening with building all that the file holds."""
    twin_file = folder / "country.twin"
    results = in_turns(
        rounds,
        floor=lambda: measured("floor", pbf),
        build=lambda: measured("build", pbf, twin_file),
        reopen=lambda: measured("reopen", twin_file),
    )
    build_s = results["build"]["work_s"] + results["build"]["near_s"]
    return {
        "build_to_floor": round(results["build"]["work_s"] / results["floor"]["work_s"], 2),
        "build_to_reopen_city": round(build_s / results["reopen"]["city_s"], 2),
        "build_to_reopen_all": round(build_s / results["reopen"]["work_s"], 2),
        "peak_mb": round(results["build"]["peak_mb"]),
        "file_mb": round(twin_file.stat().st_size / 1e6, 1),
        **results,
    }


def against_peer(pbf: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Compare with osm2threejs: from the same Overpass answer, and from the same PBF, to meshes.

    Its work ends with a GLB file of the walls of buildings, ours with the City that a renderer takes: all that is
    seen from afar. Near details, and the `.twin` file that holds the map too, are told by `meshing`.
    """
    document = folder / "answer.json"
    measured("overpass", pbf, document)
    results = in_turns(
        rounds,
        answer_osm2threejs=lambda: measured("peer", document, folder / "city.glb", python=PEER),
        answer_district_twin=lambda: measured("build", document),
        pbf_osm2threejs=lambda: measured("peer", pbf, folder / "city.glb", python=PEER),
        pbf_district_twin=lambda: measured("build", pbf),
    )

    def ratio(source: str, key: str) -> float:
        return round(results[f"{source}_district_twin"][key] / results[f"{source}_osm2threejs"][key], 2)

    return {
        "answer_to_meshes": ratio("answer", "work_s"),
        "pbf_to_meshes": ratio("pbf", "work_s"),
        "pbf_whole_process": ratio("pbf", "process_s"),
        **results,
    }


def rendering(folder: Path, rounds: int) -> dict[str, Any]:
    """Compare a picture of the sample with a picture of nothing, as whole processes."""
    results = in_turns(
        rounds,
        plane=lambda: measured("plane", folder / "plane.png"),
        render=lambda: measured("render", folder / "sample.png"),
    )
    extra_s = results["render"]["process_s"] - results["plane"]["process_s"]
    return {"render_beyond_plane_s": round(extra_s, 2), **results}


def moving(rounds: int) -> dict[str, Any]:
    """Compare a frame while the camera moves with one plain merged mesh of as many triangles at 1280x720.

    Told twice: at all of these pixels, and at a quarter of them, as the view draws where there is no graphics card.
    """
    results = in_turns(
        rounds,
        plain=lambda: measured("moving", "plain"),
        full=lambda: measured("moving", "scene"),
        quarter=lambda: measured("moving", "scene", "640"),
    )
    plain_s = results["plain"]["processors_s"]
    ratios = {f"{name}_to_plain": round(results[name]["processors_s"] / plain_s, 2) for name in ("full", "quarter")}
    return {**ratios, **results}


def main() -> None:
    """Print all measurements as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extracts", type=Path, default=ROOT.parent / "shared" / "osm", help="folder of OSM extracts")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    found = {name: asked.extracts / file for name, file in EXTRACTS.items() if (asked.extracts / file).is_file()}
    report: dict[str, Any] = {
        "compared": COMPARED, "missing": sorted(set(EXTRACTS) - set(found)), "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }  # fmt: skip
    # As installers do, and as the peer was installed: else each process would compile the sources again.
    compileall.compile_dir(ROOT / "twin", quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report["rendering"] = rendering(folder, asked.rounds)
        report["moving"] = moving(asked.rounds)
        report["recolour"] = best([measured("recolour") for _ in range(3)])
        if "liechtenstein" in found:
            report["meshing"] = meshing(found["liechtenstein"], folder, asked.rounds)
        if found:
            most_sloped = sorted(found.values(), key=lambda path: "berlin" not in path.name)
            report["crowded"] = best([measured("crowded", most_sloped[0])])
            report["raising"] = best([measured("raising", *most_sloped) for _ in range(2)])
        if PEER.exists():
            report["peer"] = {place: against_peer(pbf, folder, asked.rounds) for place, pbf in found.items()}
        else:
            report["missing"].append("osm2threejs: `make bench` installs it")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
