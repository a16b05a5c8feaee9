"""The installers' own papers agree with one another and with the program."""

from __future__ import annotations

import plistlib
import subprocess
import sys
import xml.etree.ElementTree as ET
from configparser import ConfigParser
from pathlib import Path

import pytest

from twin import parts

ROOT = Path(__file__).parent.parent
PACKAGING = ROOT / "packaging"
ID = "org.districttwin.DistrictTwin"
MIME = "application/vnd.district-twin+gpkg"


@pytest.fixture(scope="module")
def closure() -> set[str]:
    return set(parts.distributions())


def test_that_the_frozen_program_holds_what_it_needs(closure: set[str]) -> None:
    assert {"district-twin", "numpy", "vtk", "pyvista", "pyvistaqt", "pyside6-essentials", "shiboken6"} <= closure
    assert {"osmnx", "requests", "certifi", "geopandas"} <= closure


def test_that_nothing_of_the_workshop_is_frozen(closure: set[str]) -> None:
    assert closure.isdisjoint({"pytest", "hypothesis", "mypy", "ruff", "babel", "pyinstaller", "osm2threejs"})
    assert closure.isdisjoint({"pyside6", "pyside6-addons"})


def test_that_every_system_opens_districts_by_the_same_type() -> None:
    desktop = ConfigParser(interpolation=None)
    desktop.optionxform = str  # type: ignore[assignment,method-assign]
    desktop.read(PACKAGING / "linux" / f"{ID}.desktop", encoding="utf-8")
    assert desktop["Desktop Entry"]["MimeType"] == f"{MIME};"
    assert desktop["Desktop Entry"]["Exec"] == "twin %f"
    types = ET.parse(PACKAGING / "linux" / f"{ID}.xml")  # noqa: S314 - our own file
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    assert types.find(f"{space}mime-type").get("type") == MIME  # type: ignore[union-attr]
    assert types.find(f".//{space}glob").get("pattern") == "*.twin"  # type: ignore[union-attr]
    plist = plistlib.loads((PACKAGING / "macos" / "Info.plist").read_bytes())
    told = plist["UTExportedTypeDeclarations"][0]
    assert told["UTTypeTagSpecification"] == {"public.filename-extension": ["twin"], "public.mime-type": MIME}
    assert told["UTTypeIdentifier"] == plist["CFBundleDocumentTypes"][0]["LSItemContentTypes"][0]
    assert MIME in (PACKAGING / "windows" / "district-twin.nsi").read_text("utf-8")


def test_that_the_catalogue_names_the_entry_that_is_installed() -> None:
    metainfo = ET.parse(PACKAGING / "linux" / f"{ID}.metainfo.xml")  # noqa: S314 - our own file
    assert metainfo.findtext("id") == ID
    assert metainfo.findtext("launchable") == f"{ID}.desktop"
    assert metainfo.findtext("project_license") == "MIT"
    assert metainfo.findtext("provides/mediatype") == MIME


def test_that_what_the_windows_installer_writes_it_takes_away_again() -> None:
    script = (PACKAGING / "windows" / "district-twin.nsi").read_text("utf-8")
    installs, removes = script.split('Section "Uninstall"')
    keys = {line.split('"')[1] for line in installs.splitlines() if line.strip().startswith("WriteReg")}
    assert keys
    gone = {line.split('"')[1] for line in removes.splitlines() if line.strip().startswith("DeleteReg")}
    assert all(any(key == taken or key.startswith(taken + "\\") for taken in gone) for key in keys)


def test_that_the_icon_comes_in_every_size(tmp_path: Path) -> None:
    draw = "import sys; from pathlib import Path; from icons import write_icon; print(write_icon(Path(sys.argv[1])))"
    for form in ("ico", "icns"):
        path = tmp_path / f"icon.{form}"
        subprocess.run([sys.executable, "-c", draw, str(path)], cwd=PACKAGING, check=True, capture_output=True)
        assert path.stat().st_size > 10_000
