"""A pytest plugin: a database of each kind for every test that asks for its `url`.

An SQLite file, and a schema of a PostgreSQL server that is started here where PostgreSQL is installed.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

NUMBERS = count(1)


def postgres_programs() -> Path | None:
    """Folder with initdb and pg_ctl: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a fresh PostgreSQL server's database. It listens on a socket file only."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver psycopg is not installed")
    programs = postgres_programs()
    if programs is None or not (programs / "initdb").exists():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    who: dict[str, object] = {}
    memory = Path("/dev/shm")
    quick = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="attune-pg-", dir=quick))
    if os.geteuid() == 0:  # it refuses to run as root
        user = next((one for one in pwd.getpwall() if one.pw_name in ("postgres", "nobody")), None)
        if user is None:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres or nobody")
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, *arguments], check=True, cwd=folder, timeout=300, stdout=subprocess.DEVNULL, **who
        )

    data, options = str(folder / "data"), f"-c fsync=off -c listen_addresses= -c unix_socket_directories={folder}"
    call(
        "initdb", "-D", data, "-U", "attune", "-A", "trust", "--no-sync", "--wal-segsize=1", "-E", "UTF8", "--locale=C"
    )
    call("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    yield f"postgresql+psycopg://attune@/postgres?host={folder}"
    call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ratings.sqlite'}"
    return fresh_schema(request.getfixturevalue("postgres"))


@pytest.fixture
def two_schemas(postgres: str) -> tuple[str, str]:
    """Addresses of two empty schemas of one PostgreSQL server."""
    return fresh_schema(postgres), fresh_schema(postgres)


def fresh_schema(server: str) -> str:
    """Address of an empty schema on a PostgreSQL server: quicker to make than a database, and as empty."""
    name = f"test_{next(NUMBERS)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{name}"
