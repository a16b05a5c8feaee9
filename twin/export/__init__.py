"""A `.twin` file in forms that other programs read: readings as Parquet or CSV, features as GeoJSON or GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twin.export import features, geopackage, lines, parquet
from twin.file.container import replacing
from twin.language import _
from twin.model import Report, TwinError, silent

if TYPE_CHECKING:
    import os

    from twin.export.form import Form

FORMS: dict[str, Form] = {form.key: form for form in (parquet.FORM, lines.FORM, features.FORM, geopackage.FORM)}
"""What can be written, by the word for it."""

__all__ = ["FORMS", "export"]


def export(source: str | os.PathLike[str], to: str, target: str | os.PathLike[str], *, report: Report = silent) -> int:
    """Write what a `.twin` file holds in another form, and return how many rows or features that is.

    It is written beside and renamed at the end: whatever goes wrong, or if `report` raises, an older file of this
    name stays as it was.

    Parameters
    ----------
    source
        A `.twin` file: a district, recorded days, or both.
    to
        A key of `FORMS`.
    target
        The file to write.

    Raises
    ------
    TwinError
        Where there is no such form, nothing in the file that it could hold, or a file cannot be read or written.
    """
    source, target = Path(source), Path(target)
    if to not in FORMS:
        raise TwinError(
            _("There is no form {form} to export to; there are {forms}.").format(form=to, forms=", ".join(FORMS))
        )
    if target.exists() and target.samefile(source):
        raise TwinError(_("{file} cannot be exported onto itself; name another file.").format(file=source))
    form = FORMS[to]
    form.ready()
    with replacing(target) as beside:
        return form.write(source, beside, report)
