"""Imports go down only: the table in ARCHITECTURE.md, held against every import statement there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
QT = {"PySide6", "PyQt5", "PyQt6", "shiboken6", "qtpy", "pyvistaqt"}
ONLY_IN = {"osmnx": "twin.osm.child", "osmium": "twin.osm.elements", "pyvistaqt": "ui"}
UI_FLOOR = 9
SHARED_FLOORS = 1
"""Up to this floor neighbours may use each other; above it only modules of one package may."""


def floors() -> dict[str, int]:
    """Return the floor of each module that the table names."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.*]+)` \| (\d+|-) \|", text, re.MULTILINE)
    return {name: UI_FLOOR if floor == "-" else int(floor) for name, floor in rows}


def modules() -> dict[str, Path]:
    """Return every module of the engine and the desktop application."""
    found = {}
    for package in ("twin", "ui"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
FLOORS = floors()


def row_of(module: str) -> str | None:
    """Return the most exact row of the table that speaks of a module; `twin` itself speaks for no other."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name == "twin" and module != "twin":
            return None
        for row in (name, f"{name}.*"):
            if row in FLOORS:
                return row
    return None


def imports(module: str) -> set[str]:
    """Return the modules that a module imports, at its top or deferred, as full names."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                source = ".".join([*above, source] if source else above)
            # `from twin import file` imports the module twin.file, `from twin import __version__` only twin
            named = {f"{source}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= named or {source}
    return found


def may_import(importer: str, imported: str) -> bool:
    """Tell whether one module may use another, by their floors."""
    above, below = FLOORS[row_of(importer) or ""], FLOORS[row_of(imported) or ""]
    if above != below or above <= SHARED_FLOORS:
        return above >= below
    return importer.split(".")[:2] == imported.split(".")[:2] or importer.split(".", maxsplit=1)[0] == "ui"


def is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def test_that_the_table_names_every_module() -> None:
    nameless = sorted(module for module in MODULES if row_of(module) is None)
    assert not nameless, f"ARCHITECTURE.md gives no floor to {', '.join(nameless)}"


def test_that_every_row_of_the_table_is_about_a_module() -> None:
    idle = sorted(row for row in FLOORS if row.removesuffix(".*") not in MODULES)
    assert not idle, f"ARCHITECTURE.md has floors for modules that are not there: {', '.join(idle)}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_that_imports_go_down_only(module: str) -> None:
    own = {name for name in imports(module) if name.split(".")[0] in ("twin", "ui")}
    wrong = sorted(name for name in own if row_of(module) and row_of(name) and not may_import(module, name))
    assert not wrong, f"{module} imports {', '.join(wrong)} from its own floor or above"


def test_that_the_engine_knows_no_qt() -> None:
    knowing = {
        f"{module} imports {name}"
        for module in MODULES
        if is_in(module, "twin")
        for name in imports(module)
        if name.split(".")[0] in QT
    }
    assert not knowing


@pytest.mark.parametrize(("library", "room"), ONLY_IN.items())
def test_that_a_library_is_imported_in_one_room_only(library: str, room: str) -> None:
    importers = {module for module in MODULES if any(name.split(".")[0] == library for name in imports(module))}
    assert all(is_in(module, room) for module in importers), sorted(importers)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import osmnx", {"osmnx"}),
        ("def f():\n    from twin import model", {"twin.model"}),
        ("from twin import __version__", {"twin"}),
        ("from . import model", {"twin.model"}),
        ("from .model import Mesh", {"twin.model"}),
    ],
)
def test_that_imports_of_every_spelling_are_seen(
    source: str, expected: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spelled.py"
    path.write_text(source)
    monkeypatch.setitem(MODULES, "twin.spelled", path)
    assert imports("twin.spelled") == expected


def test_that_packaging_does_not_shadow_the_library_of_its_name() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
