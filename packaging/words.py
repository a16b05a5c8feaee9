"""Collect every sentence that a person reads, and bring the translations up to date with them.

Writes assets/translations/twin.pot, adds new sentences to each assets/translations/*/LC_MESSAGES/twin.po,
and compiles those to the .mo files that the program reads. Start a language with
`pybabel init -i assets/translations/twin.pot -d assets/translations -D twin -l LANGUAGE`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "assets" / "translations"
KEYWORDS = {"_": None, "_n": (1, 2)}


def extracted() -> Catalog:
    """Return the sentences of `twin` and `ui`, with the files that they stand in."""
    catalogue = Catalog(
        project="District Twin",
        domain="twin",
        header_comment="# The sentences of District Twin, to be translated. Written by `make words`.",
        creation_date=datetime(1970, 1, 1, tzinfo=UTC),  # a real date would make every run a change
    )
    for package in ("twin", "ui"):
        found = extract_from_dir(
            ROOT / package, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
        )
        for file, _line, message, comments, context in found:
            place = f"{package}/{Path(file).as_posix()}"
            catalogue.add(message, None, [(place, 0)], auto_comments=comments, context=context)
    return catalogue


def main() -> None:
    """Write the template, merge it into every language, compile every language."""
    template = extracted()
    TRANSLATIONS.mkdir(parents=True, exist_ok=True)
    with (TRANSLATIONS / "twin.pot").open("wb") as file:
        write_po(file, template, width=100, sort_by_file=True, include_lineno=False)
    print(f"{len(template)} sentences in {TRANSLATIONS / 'twin.pot'}")
    for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/twin.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain="twin")
        catalogue.update(template, no_fuzzy_matching=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, sort_by_file=True, include_lineno=False)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        untold = sum(1 for message in catalogue if message.id and not message.string)
        print(f"{language}: {untold} sentences not yet translated")


if __name__ == "__main__":
    main()
