"""A PostgreSQL server of the test's own: in a temporary folder, on loopback, ended by its own process."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet
import pytest

SUPERUSER, SUPERUSER_PASSWORD = "keeper", "of-the-keys-77"
SQL_TYPES = {
    "string": "text",
    "timestamp[us, tz=UTC]": "timestamptz",
    "timestamp[us]": "timestamp",
    "date32[day]": "date",
    "double": "double precision",
    "int64": "bigint",
    "bool": "boolean",
}


@dataclass(frozen=True)
class Server:
    """A running server; `process` is the server itself, no shell around it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, user: str, password: str, database: str = "postgres") -> str:
        """Its address with a login, as a user would give it."""
        return f"postgresql://{quote(user)}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> Any:
        """A psycopg connection of the superuser."""
        import psycopg

        return psycopg.connect(self.url(SUPERUSER, SUPERUSER_PASSWORD, database), autocommit=True)

    def stop(self) -> None:
        """End this one server, and remove its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": connections are cut, nothing is lost
            self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


def programs() -> Path:
    """The folder of initdb and postgres; the test is skipped where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    return Path(found[-1] if found else str(on_path)).resolve().parent


def start() -> Server:
    """Make a database cluster and start it. Root may not run PostgreSQL, so another user does it for root."""
    tools = programs()
    folder = Path(tempfile.mkdtemp(prefix="postgres-test-"))
    secret = folder / "password"
    secret.write_text(SUPERUSER_PASSWORD)
    as_user = _as_user(folder, secret)
    data = str(folder / "data")
    subprocess.run(
        [*as_user, str(tools / "initdb"), "-D", data, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", str(secret),
         "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    port = free_port()
    options = ("fsync=off", "full_page_writes=off", "shared_buffers=64MB", "jit=off", "timezone=America/Los_Angeles")
    command = [*as_user, str(tools / "postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *(part for option in options for part in ("-c", option))], stdout=log, stderr=log, cwd=folder
        )
    server = Server(folder, port, process)
    _wait(server)
    return server


def _as_user(folder: Path, secret: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    for path in (folder, secret):
        os.chown(path, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: Server) -> None:
    import psycopg

    for _ in range(300):
        if server.process.poll() is not None:
            break
        try:
            server.connect().close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    log = (server.folder / "log").read_text(errors="replace")
    server.stop()
    raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}")


@contextmanager
def running() -> Iterator[Server]:
    """A server for the time of a block."""
    server = start()
    try:
        yield server
    finally:
        server.stop()


def load(server: Server, export: Path, database: str) -> None:
    """Every Parquet file of an export as a table of typed columns, headings and all."""
    with server.connect(database) as connection, connection.cursor() as cursor:
        for file in sorted(export.glob("*.parquet")):
            table = _plain(pyarrow.parquet.read_table(file))
            columns = ", ".join(f'"{field.name}" {_sql_type(field.type)}' for field in table.schema)
            cursor.execute(f'CREATE TABLE "{file.stem}" ({columns})')
            with cursor.copy(f'COPY "{file.stem}" FROM STDIN') as copy:
                for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                    copy.write_row(row)


def _plain(table: pa.Table) -> pa.Table:
    fields = [pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(fields))


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision}, {kind.scale})"
    return SQL_TYPES[str(kind)]
