"""Every sentence a person reads passes through `_`, in the language that the person reads."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

TRANSLATIONS = Path(__file__).resolve().parent.parent / "assets" / "translations"

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def speak(*languages: str) -> None:
    """Choose the languages to speak, best first; without any, those that the system asks for.

    English is the language of the source and the last resort.
    """
    global _catalogue  # noqa: PLW0603  (one process speaks one language; gettext's own design)
    wanted = languages or tuple(
        os.environ.get(name, "").split(".")[0] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    )
    spoken = [language for entry in wanted for language in entry.split(":") if language]
    _catalogue = gettext.translation("twin", TRANSLATIONS, spoken or None, fallback=True)


def _(message: str) -> str:
    """Return the sentence in the chosen language; placeholders are filled afterwards with `.format`."""
    return _catalogue.gettext(message)


def _n(singular: str, plural: str, count: int) -> str:
    """Return the sentence in the number that fits `count`, in the chosen language."""
    return _catalogue.ngettext(singular, plural, count)
