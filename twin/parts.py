"""What the program is made of: every library, font and icon with its version, its licence and the licence's text.

A frozen program carries a bill of materials with all of that; from source, the installed packages are asked.
"""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import twin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROGRAM = "district-twin"
ASSETS = Path(twin.__file__).parent.parent / "assets"
PAPERS = Path(twin.__file__).parent.parent / "licences"
"""Where a frozen program has its papers; from source there is none."""

_BILL_BYTES_MAX = 50_000_000
_LICENCE_FILE = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice|authors|copyright)[^/]*$")
_NO_TEXTS = frozenset({".py", ".pyc", ".so", ".pyd", ".h"})

_SHIPPED = {
    "Inter": "OFL-1.1",
    "Noto Sans SC": "OFL-1.1",
    "Lucide": "ISC AND MIT",
}
"""What is neither a package nor ours: fonts and icons, and under which licence; the texts lie beside them."""

_COMMON = {"LGPL-3.0": "LGPL-3.0", "GPL-3.0": "GPL-3.0", "Apache": "Apache-2.0"}
"""Licences whose texts we bring, as packages begin to name them: for those that bring none, as Qt's do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the program is made of."""

    name: str
    version: str  # empty where it has none
    licence: str  # as its owners declare it, an SPDX expression where they do
    text: str = ""
    link: str = ""
    kind: str = "library"  # as CycloneDX calls it: library, platform, data

    @property
    def purl(self) -> str:
        """The package's address as bills of materials write it, empty for what is no package."""
        return f"pkg:pypi/{self.name}@{self.version}" if self.kind == "library" and self.version else ""


def parts() -> tuple[Part, ...]:
    """Return what the running program is made of, by name."""
    try:
        with (PAPERS / "sbom.cdx.json").open("rb") as file:
            return of_bill(json.loads(file.read(_BILL_BYTES_MAX)))
    except (OSError, ValueError):
        return installed()


def installed() -> tuple[Part, ...]:
    """Return what the program would be made of on this computer, from the packages that are installed."""
    found = [_of_package(name, one) for name, one in distributions().items() if name != PROGRAM]
    return tuple(sorted([*found, _python(), *_shipped()], key=lambda part: part.name.lower()))


def canonical(name: str) -> str:
    """Return a package's name as every index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions() -> dict[str, metadata.Distribution]:
    """Return every package that the program needs at run time on this system, by canonical name.

    The closure of what `pyproject.toml` names, without development and bench groups: an environment may hold
    much more. What is asked for and not there, an extra or a package of another system, is left out.
    """
    from packaging.requirements import Requirement

    found: dict[str, metadata.Distribution] = {}
    asked = [PROGRAM]
    while asked:
        name = canonical(asked.pop())
        if name in found:
            continue
        try:
            found[name] = one = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        needs = [Requirement(line) for line in one.requires or []]
        asked += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def _of_package(name: str, one: metadata.Distribution) -> Part:
    licence = licence_of(one)
    texts = sorted(
        licence_texts(one).items(), key=lambda text: ("licen" not in text[0].rpartition("/")[2].lower(), text)
    )
    if not texts:
        texts = [(f"{common}.txt", _common(common)) for name, common in _COMMON.items() if f" {name}" in f" {licence}"]
    text = texts[0][1].strip() if len(texts) == 1 else "\n\n".join(_under(path, told) for path, told in texts)
    return Part(name, one.version, licence, text, _link(one))


def _under(path: str, told: str) -> str:
    return f"{path}\n{'-' * len(path)}\n\n{told.strip()}"


def _common(name: str) -> str:
    return (ASSETS / "licences" / f"{name}.txt").read_text("utf-8")


def licence_texts(one: metadata.Distribution) -> dict[str, str]:
    """Return the licence files of a package: the path of each within it, and its text."""
    texts = {}
    for path in one.files or []:
        if _LICENCE_FILE.search(path.as_posix()) and path.suffix.lower() not in _NO_TEXTS:
            located = Path(str(path.locate()))
            if located.is_file():
                texts[path.as_posix()] = located.read_text("utf-8", "replace")
    return texts


def licence_of(one: metadata.Distribution) -> str:
    """Return the licence that a package declares: an SPDX expression, else its classifiers, else its words."""
    told: Any = one.metadata
    if expression := told.get("License-Expression"):
        return str(expression)
    classified = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier") or [] if line.startswith("License")]
    if classified:
        return " and ".join(classified)
    return str(told.get("License") or "see its text").strip().splitlines()[0][:80]


def _link(one: metadata.Distribution) -> str:
    """Return the page of a package: its home, else its source."""
    told: Any = one.metadata
    lines = [str(line).partition(", ") for line in told.get_all("Project-URL") or []]
    pages = {name.lower(): link for name, _comma, link in lines if link}
    for name in ("homepage", "home", "source", "repository", "source code", "documentation"):
        if pages.get(name, "").startswith("https://"):
            return pages[name]
    return str(told.get("Home-page") or next(iter(pages.values()), ""))


def _python() -> Part:
    text = Path(sysconfig.get_paths()["stdlib"]) / "LICENSE.txt"
    version = ".".join(map(str, sys.version_info[:3]))
    told = text.read_text("utf-8", "replace") if text.is_file() else ""
    return Part("CPython", version, "PSF-2.0", told, "https://www.python.org", "platform")


def _shipped() -> Iterable[Part]:
    for name, licence in _SHIPPED.items():
        path = next(ASSETS.glob(f"*/LICENSE-{name.replace(' ', '')}.txt"))
        yield Part(name, "", licence, path.read_text("utf-8"), kind="data")


def bill(found: Sequence[Part], timestamp: str) -> dict[str, Any]:
    """Return a bill of materials as a CycloneDX 1.6 document, with the texts of the licences in it.

    Parameters
    ----------
    found
        What the program is made of.
    timestamp
        When, as ISO 8601 in UTC.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": timestamp,
            "component": {
                "type": "application", "bom-ref": PROGRAM, "name": PROGRAM, "version": twin.__version__,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": [_component(part) for part in found],
    }  # fmt: skip


def _component(part: Part) -> dict[str, Any]:
    licence: dict[str, Any] = {"name": part.licence}
    if part.text:
        licence["text"] = {"contentType": "text/plain", "content": part.text}
    made: dict[str, Any] = {"type": part.kind, "bom-ref": part.purl or part.name, "name": part.name}
    if part.version:
        made["version"] = part.version
    if part.purl:
        made["purl"] = part.purl
    if part.link:
        made["externalReferences"] = [{"type": "website", "url": part.link}]
    return made | {"licenses": [{"license": licence}]}


def of_bill(document: Any) -> tuple[Part, ...]:
    """Return the parts that a bill of materials lists; a ValueError where it is none of ours."""
    try:
        found = []
        for made in document["components"]:
            licence = made["licenses"][0]["license"]
            links = made.get("externalReferences", [{"url": ""}])
            told = made["name"], made.get("version", ""), licence["name"], licence.get("text", {}).get("content", "")
            name, version, declared, text = map(str, told)
            found.append(Part(name, version, declared, text, str(links[0]["url"]), str(made["type"])))
    except (TypeError, KeyError, IndexError, AttributeError):
        raise ValueError("no bill of materials of this program") from None
    return tuple(found)


def as_text(found: Sequence[Part]) -> str:
    """Return all parts with the texts of their licences, for who reads without the program."""
    rule = "=" * 100
    return "\n\n".join(
        f"{rule}\n{f'{part.name} {part.version}'.strip()} - {part.licence}\n{part.link}\n{rule}\n\n{part.text.strip()}"
        for part in found
    )
