"""What belongs into the frozen program, asked of the program itself: libraries, VTK's modules, licences."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from screen import a_display

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from twin import parts  # noqa: E402 - the program itself, from the folder above
from twin.parts import Part, canonical  # noqa: E402

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


def of_the_system(names: tuple[str, ...]) -> list[Part]:
    """Return the libraries of this system that Python loads and that go along, as Debian knows them.

    Parameters
    ----------
    names
        What the names of those libraries start with.
    """
    if not shutil.which("dpkg-query") or not shutil.which("ldd"):
        return []
    folder = Path(sysconfig.get_config_var("DESTSHARED") or "")
    told = _said("ldd", *map(str, folder.glob("*.so")))
    files = {Path(path).resolve() for path in re.findall(r"=> (/\S+)", told) if Path(path).name.startswith(names)}
    found = []
    for path in sorted(files):
        owner = _said("dpkg-query", "--search", f"*/{path.name}").split(":")[0]
        version = _said("dpkg-query", "--show", "--showformat", "${Version}", owner) if owner else ""
        paper = Path("/usr/share/doc", owner, "copyright")
        if owner and paper.is_file():
            found.append(Part(owner, version, "see its text", paper.read_text("utf-8", "replace"), kind="file"))
    return found


def _said(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True).stdout


def write_papers(folder: Path, take_along: tuple[str, ...], timestamp: str) -> None:
    """Write the bill of materials, our own licence and notice, and the licences of everything inside."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("LICENSE", "NOTICE"):
        (folder / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    freezer = metadata.distribution("pyinstaller")  # its bootloader is the program's first page of code
    texts = "\n\n".join(parts.licence_texts(freezer).values())
    bootloader = Part("pyinstaller", freezer.version, parts.licence_of(freezer), texts, "https://pyinstaller.org")
    found = sorted([*parts.installed(), *of_the_system(take_along), bootloader], key=lambda part: part.name.lower())
    (folder / "sbom.cdx.json").write_text(json.dumps(parts.bill(found, timestamp), indent=1), "utf-8")
    (folder / "THIRD-PARTY.txt").write_text(parts.as_text(found), "utf-8")
