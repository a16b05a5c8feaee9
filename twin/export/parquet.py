"""Readings as Parquet, for DuckDB, Spark, Polars, pandas: typed columns, words in dictionaries, zstd."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from twin.days.tables import layer_to_json
from twin.export.form import Form
from twin.export.readings import COLUMNS, batches, days_of
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import Report


def ready() -> None:
    """Refuse in a sentence where pyarrow is missing: it would make the program half as large again for everybody."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise TwinError(
            _(
                "Parquet needs the library pyarrow, which is not here: install district-twin[analysis], "
                "or export to csv."
            )
        ) from None


def write(source: Path, target: Path, report: Report) -> int:
    """Write all readings of a file and return how many they are.

    Row groups follow the order of time, so that a query of a stretch reads no more than that. What the file says
    about owner, sharing terms and standards of each layer is in the metadata under `district_twin`, as JSON.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    told = [day.to_json() | {"layers": [layer_to_json(layer) for layer in day.layers]} for day in days_of(source)]
    word = pa.dictionary(pa.int32(), pa.string())
    moment = pa.timestamp("us", tz="UTC")
    kinds = dict.fromkeys(("begin", "end", "arrived"), moment) | dict.fromkeys(("value", "lon", "lat"), pa.float64())
    schema = pa.schema(
        [(name, kinds.get(name, word)) for name in COLUMNS],
        metadata={"district_twin": json.dumps({"days": told}, ensure_ascii=False)},
    )
    count = 0
    with ParquetWriter(target, schema, compression="zstd") as file:
        for batch in batches(source, report):
            columns = {
                name: pa.DictionaryArray.from_arrays(rows, pa.array(words, pa.string()))
                for name, (rows, words) in batch.texts().items()
            }
            columns |= {name: pa.array(column, moment) for name, column in batch.times().items()}
            columns |= {name: pa.array(column, from_pandas=True) for name, column in batch.numbers().items()}
            file.write_table(pa.table([columns[name] for name in COLUMNS], schema=schema))
            count += len(batch.readings)
    return count


FORM = Form("parquet", ".parquet", write, ready)
