"""What belongs into the frozen program, asked of the program itself: libraries, VTK's modules, licences."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from smoke import a_display

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "district-twin"

LICENCE_NAME = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice|authors|copyright)[^/]*$")

_PROBE = """
import importlib, pkgutil, sys, time
for room in ("twin", "ui"):
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
from PySide6.QtWidgets import QApplication
from twin import district
from ui.window import Window
app = QApplication(["twin"])
window = Window()
window.show()
window.open(district.sample())
end = time.monotonic() + 15
while time.monotonic() < end:
    app.processEvents()
    time.sleep(0.02)
window.close()
print("\\n".join(sorted(name for name in sys.modules if name.startswith("vtkmodules."))))
"""


def canonical(name: str) -> str:
    """Return a distribution's name as every index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def runtime_distributions() -> dict[str, metadata.Distribution]:
    """Return every distribution that the program needs at run time on this system, by canonical name.

    The closure of what pyproject.toml names, without development and bench groups: a build machine's
    environment holds much more, and none of that may slip in.
    """
    from packaging.requirements import Requirement

    found: dict[str, metadata.Distribution] = {}
    asked = [PROGRAM]
    while asked:
        name = canonical(asked.pop())
        if name in found:
            continue
        found[name] = distribution = metadata.distribution(name)
        for line in distribution.requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                asked.append(requirement.name)
    return found


def foreign_modules(wanted: dict[str, metadata.Distribution]) -> list[str]:
    """Return the top-level modules of everything that is installed and not wanted."""
    owners = metadata.packages_distributions()
    return sorted(module for module, names in owners.items() if not {canonical(name) for name in names} & set(wanted))


def unneeded_vtk() -> list[str]:
    """Return VTK's modules that no module of the program imports, nor drawing the sample.

    VTK has 150 modules of which a city needs some fifty; its readers of chemistry and climate files
    would be two hundred megabytes of the download.
    """
    # pyvista asks for VTK's modules when it needs them, so the window is opened and the sample drawn in it.
    with a_display() if sys.platform.startswith("linux") else contextlib.nullcontext("") as display:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
        if not display:
            del environment["QT_QPA_PLATFORM"], environment["DISPLAY"]
        answer = subprocess.run(
            [sys.executable, "-c", _PROBE], env=environment, stdout=subprocess.PIPE, check=True, text=True
        ).stdout
    needed = set(answer.split())
    import vtkmodules

    folder = Path(str(vtkmodules.__path__[0]))
    there = {
        f"vtkmodules.{path.name.split('.')[0]}" for path in folder.glob("vtk*.*") if path.suffix in {".so", ".pyd"}
    }
    return sorted(there - needed)


def licence_texts(distribution: metadata.Distribution) -> dict[str, str]:
    """Return the licence files of a distribution: its path within it, and its text."""
    texts = {}
    for path in distribution.files or []:
        if LICENCE_NAME.search(str(path)) and path.suffix.lower() not in {".py", ".pyc", ".so", ".pyd", ".h"}:
            located = Path(str(path.locate()))
            if located.is_file():
                texts[str(path)] = located.read_text("utf-8", "replace")
    return texts


def licence_of(distribution: metadata.Distribution) -> str:
    """Return the licence that a distribution declares: an SPDX expression, else its classifier, else its words."""
    told = distribution.metadata
    if told["License-Expression"]:
        return str(told["License-Expression"])
    classified = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier") or [] if line.startswith("License")]
    if classified:
        return " and ".join(classified)
    return (told["License"] or "see its licence file").strip().splitlines()[0][:80]


def bill_of_materials(wanted: dict[str, metadata.Distribution], version: str, timestamp: str) -> dict[str, Any]:
    """Return what the program is made of as a CycloneDX 1.6 document."""

    def component(name: str, distribution: metadata.Distribution) -> dict[str, Any]:
        return {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{distribution.version}",
            "name": name,
            "version": distribution.version,
            "purl": f"pkg:pypi/{name}@{distribution.version}",
            "licenses": [{"license": {"name": licence_of(distribution)}}],
        }

    python = ".".join(map(str, sys.version_info[:3]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": timestamp,
            "component": {"type": "application", "bom-ref": PROGRAM, "name": PROGRAM, "version": version},
        },
        "components": [
            {
                "type": "platform",
                "bom-ref": f"python@{python}",
                "name": "CPython",
                "version": python,
                "licenses": [{"license": {"id": "PSF-2.0"}}],
            },
            *(component(name, one) for name, one in sorted(wanted.items()) if name != PROGRAM),
        ],
    }


def write_papers(folder: Path, version: str, timestamp: str) -> None:
    """Write the bill of materials, our own licence and notice, and the licences of everything inside."""
    wanted = runtime_distributions()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("LICENSE", "NOTICE"):
        (folder / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    bill = json.dumps(bill_of_materials(wanted, version, timestamp), indent=1)
    (folder / "sbom.cdx.json").write_text(bill, "utf-8")
    with (folder / "THIRD-PARTY.txt").open("w", encoding="utf-8") as book:
        for name, distribution in sorted(wanted.items()):
            if name == PROGRAM:
                continue
            book.write(f"{'=' * 100}\n{name} {distribution.version} - {licence_of(distribution)}\n")
            for path, text in sorted(licence_texts(distribution).items()):
                book.write(f"{'-' * 100}\n{path}\n\n{text.rstrip()}\n\n")
