"""Type: the shipped fonts, and which of them has the letters of a text."""

from __future__ import annotations

import os
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import twin

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(twin.__file__).parent.parent / "assets" / "fonts"

_WEIGHTS = ("Regular", "Medium", "SemiBold")

_SYSTEM = {
    "win32": ("msyh.ttc", "msgothic.ttc", "malgun.ttf", "segoeui.ttf", "tahoma.ttf", "Nirmala.ttc", "leelawui.ttf"),
    "darwin": ("PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf"),
}
"""Fonts of the systems for letters that no shipped one has: Chinese, Japanese, Korean, Arabic, Thai, Indic."""

_ANYWHERE = (
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "NotoSansSC-Regular.ttf", "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "DejaVuSans.ttf",
)  # fmt: skip


@lru_cache(maxsize=64)
def font(size_px: float, weight: str = "Medium") -> Any:
    """Return Inter at a size, or the font of the imaging library where the program's own is missing."""
    from PIL import ImageFont

    path = FOLDER / f"Inter-{weight if weight in _WEIGHTS else 'Medium'}.ttf"
    try:
        return ImageFont.truetype(path, size_px)
    except OSError:
        return ImageFont.load_default(size_px)


@lru_cache(maxsize=4096)
def font_for(letter: str, size_px: float, weight: str = "Medium") -> Any:
    """Return the first font that has a letter: Inter, what is shipped beside it, what the system has, or Inter."""
    first = font(size_px, weight)
    if letter.isspace() or _has(first, letter):
        return first
    for path in _fallbacks():
        other = _opened(path, size_px)
        if other is not None and _has(other, letter):
            return other
    return first


@lru_cache(maxsize=64)
def _opened(path: Path, size_px: float) -> Any:
    """Return a font of a file at a size; None where it cannot be read."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype(path, size_px)
    except OSError:
        return None


def _has(of: Any, letter: str) -> bool:
    """Tell whether a font draws a letter otherwise than one that no font has."""
    mask, _at = of.getmask2(letter)
    missing, _at = of.getmask2("\U0010fffe")
    return mask.size != missing.size or bytes(mask) != bytes(missing)


@cache
def _fallbacks() -> tuple[Path, ...]:
    """Return font files besides Inter: those shipped, then those of the system that are there."""
    shipped = sorted(path for path in FOLDER.glob("*.[to]t[fc]") if not path.name.startswith("Inter-"))
    wanted = (*_SYSTEM.get(sys.platform, ()), *_ANYWHERE)
    there: dict[str, Path] = {}
    for folder in _folders():
        for root, _folders_in, files in os.walk(folder):
            for name in files:
                if name in wanted:
                    there.setdefault(name, Path(root, name))
    return (*shipped, *(there[name] for name in wanted if name in there))


def _folders() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts")
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    else:
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts")
