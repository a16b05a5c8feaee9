"""Make assets/fonts and assets/icons from npm packages: Inter and Noto Sans SC (OFL 1.1), Lucide (ISC, in part MIT).

    npm pack inter-ui@4.1.1 lucide-static@1.62.0 @fontsource/noto-sans-sc@5.3.0 --pack-destination build
    pip install fonttools brotli
    python packaging/fonts_and_icons.py build/inter-ui-4.1.1.tgz build/lucide-static-1.62.0.tgz
        build/fontsource-noto-sans-sc-5.3.0.tgz

Qt reads no WOFF2, so the fonts are unpacked to TTF; nothing else about them is changed.
"""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path

from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ("Regular", "Medium", "SemiBold")
ICONS = (
    "building-2",
    "circle-alert",
    "copy",
    "eye",
    "eye-off",
    "folder-open",
    "lamp",
    "moon",
    "panel-left-close",
    "panel-left-open",
    "road",
    "route",
    "shapes",
    "sun",
    "train-track",
    "tree-deciduous",
    "trees",
    "waves",
    "x",
)


def main(inter: Path, lucide: Path, noto: Path) -> None:
    """Write the fonts, the icons and their licences."""
    with tarfile.open(inter) as archive:
        for weight in WEIGHTS:
            font = TTFont(io.BytesIO(content(archive, f"package/web/Inter-{weight}.woff2")))
            font.flavor = None
            font.save(ROOT / "assets" / "fonts" / f"Inter-{weight}.ttf")
        (ROOT / "assets" / "fonts" / "LICENSE-Inter.txt").write_bytes(content(archive, "package/LICENSE.txt"))
    with tarfile.open(noto) as archive:
        files = "package/files/noto-sans-sc-chinese-simplified-400-normal.woff2"
        font = TTFont(io.BytesIO(content(archive, files)))
        font.flavor = None
        font.save(ROOT / "assets" / "fonts" / "NotoSansSC-Regular.ttf")
        (ROOT / "assets" / "fonts" / "LICENSE-NotoSansSC.txt").write_bytes(content(archive, "package/LICENSE"))
    with tarfile.open(lucide) as archive:
        for name in ICONS:
            icon = content(archive, f"package/icons/{name}.svg")
            (ROOT / "assets" / "icons" / f"{name}.svg").write_bytes(icon)
        (ROOT / "assets" / "icons" / "LICENSE-Lucide.txt").write_bytes(content(archive, "package/LICENSE"))


def content(archive: tarfile.TarFile, name: str) -> bytes:
    """Return what an archive holds under a name."""
    stream = archive.extractfile(name)
    if stream is None:
        message = f"{name} is no file in {archive.name}"
        raise ValueError(message)
    return stream.read()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
