"""A ClickHouse server, or its engine in this process: rows and numbers there and back, faults as sentences."""

from __future__ import annotations

import logging
import ssl
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from twin.archive.faults import sentence
from twin.language import _
from twin.model import TwinError
from twin.secrets import Secrets

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from twin.archive.address import Address

_CONNECT_S, _ANSWER_S = 10, 300
_BYTES_MAX = 4_000_000_000  # of one answer; an honest one has some millions


class Server:
    """One connection to an archive's database, for several threads; it must be closed.

    Every number and word of ours travels apart from the statement. All methods raise `TwinError`.

    Parameters
    ----------
    password
        Of the user in the address; without it, what the environment or the keyring knows.
    create
        Whether the database, or the folder, is made where it is not there.
    authority
        A file with the certificates of those who may vouch for the server; without it, those that the system trusts.
    """

    def __init__(
        self,
        address: Address,
        password: str | None = None,
        *,
        create: bool = False,
        authority: str | os.PathLike[str] | None = None,
    ) -> None:
        self.address = address
        if address.folder and not create and not Path(address.folder).is_dir():
            raise TwinError(
                _("There is no archive at {address} yet; `twin archive push` makes one.").format(address=address)
            )
        try:
            import clickhouse_connect
        except ImportError:
            raise TwinError(
                _("An archive needs the extra `archive` (clickhouse-connect): pip install 'district-twin[archive]'.")
            ) from None
        logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # its troubles become our sentences
        how: dict[str, Any]
        self._pool = None if address.folder else _pool(authority)
        self._packed = ""  # how answers may be compressed
        if address.folder:
            how = {"interface": "chdb", "path": address.folder}
        else:
            how = {
                "host": address.host,
                "port": address.port,
                "interface": "https" if address.secure else "http",
                "username": address.user,
                "password": Secrets().get(address.secret_name, "password") if password is None else password,
                "verify": True,
                "pool_mgr": self._pool,
                "connect_timeout": _CONNECT_S,
                "send_receive_timeout": _ANSWER_S,
                "query_retries": 1,
                "autogenerate_session_id": False,  # several threads ask at once
                "client_name": "district-twin",
            }
        self._client: Any = None
        try:
            with self._told():
                self._client = clickhouse_connect.get_client(**how)
            if self._pool:
                self._go_in(create)
        except BaseException:
            self.close()
            raise

    def _go_in(self, create: bool) -> None:
        """Go into the address's database, which is made where it may be and is not there."""
        self._packed = _accepted()
        name = self.address.database
        if create and self.rows("EXISTS DATABASE {name:Identifier}", name=name) == [(0,)]:
            self.do("CREATE DATABASE IF NOT EXISTS {name:Identifier}", name=name)
        self._client.database = name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the server."""
        if self._client is not None:
            with suppress(Exception):
                self._client.close()
        if self._pool:
            for pool in [self._pool.pools[key] for key in self._pool.pools.keys()]:  # noqa: SIM118  (no mapping)
                pool.close()
            self._pool.clear()

    def do(self, statement: str, **parameters: Any) -> None:
        """Have something done."""
        with self._told():
            self._client.command(statement, parameters=parameters or None)

    def rows(self, select: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query, as plain values."""
        with self._told():
            return list(self._client.query(select, parameters=parameters or None).result_rows)

    def numbers(self, select: str, columns: np.dtype[Any], **parameters: Any) -> NDArray[Any]:
        """Return the rows of a query whose columns are numbers of these types, in their order, as one array."""
        more: dict[str, Any] = {}
        if self._packed:
            more = {
                "settings": {"enable_http_compression": 1},
                "transport_settings": {"Accept-Encoding": self._packed},
            }
        with self._told():
            found = self._client.raw_query(select, parameters=parameters or None, fmt="RowBinary", **more)
            if len(found) % columns.itemsize or len(found) > _BYTES_MAX:
                raise self.damaged()
        return np.frombuffer(found, columns)

    def put_rows(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], once: str) -> None:
        """Write rows of plain values; what is written twice by the same word is there once."""
        if rows:
            with self._told():
                settings = {"insert_deduplication_token": once}
                self._client.insert(table, rows, column_names=list(columns), settings=settings)

    def put_numbers(self, table: str, rows: NDArray[Any], once: str) -> None:
        """Write an array whose fields are columns; what is written twice by the same word is there once."""
        if not len(rows):
            return
        settings = {"insert_deduplication_token": once, "max_partitions_per_insert_block": 0}
        body, packed = rows.tobytes(), {}
        if self._packed:
            with suppress(ImportError):
                from lz4 import frame

                body, packed = frame.compress(body), {"compression": "lz4"}
        with self._told():
            self._client.raw_insert(
                table, list(rows.dtype.names or ()), body, fmt="RowBinary", settings=settings, **packed
            )

    def damaged(self) -> TwinError:
        """Return the sentence for an answer that cannot be."""
        return TwinError(
            _("The archive at {address} is damaged, or something else writes into it.").format(address=self.address)
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn whatever the driver raises into one sentence."""
        from clickhouse_connect.driver.exceptions import ClickHouseError

        try:
            yield
        except TwinError:
            raise
        except (ClickHouseError, OSError, ImportError, RuntimeError, ValueError, EOFError) as error:
            raise sentence(self.address, error) from error


def _pool(authority: str | os.PathLike[str] | None) -> Any:
    """Return connections that trust whom the system trusts, or somebody else."""
    import urllib3

    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise TwinError(
            _("The certificate or key in {file} cannot be used: {reason}.").format(
                file=authority, reason=error.strerror or error
            )
        ) from error

    class Once(urllib3.PoolManager):
        """Connections that leave trying again to the driver, which knows what may be said twice."""

        def urlopen(self, method: str, url: str, redirect: bool = True, **how: Any) -> Any:  # type: ignore[override]
            return super().urlopen(method, url, redirect, **how | {"retries": False})

    return Once(num_pools=2, maxsize=4, ssl_context=context)


def _accepted() -> str:
    """Return the compression of answers that can be undone here."""
    from urllib3.util import request

    return "zstd" if "zstd" in request.ACCEPT_ENCODING else "gzip"
