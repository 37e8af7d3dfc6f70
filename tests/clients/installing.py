"""The libraries in an environment of their own under build/clients; what a registry does not give is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE.parent.parent / "build" / "clients"
PYTHON: Final = FOLDER / "venv" / "bin" / "python"
NODE: Final = FOLDER / "node"
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
_PATIENCE_SECONDS = 300


class NotInstalledError(Exception):
    """The registry did not answer, or the program is not there; the message says which."""


def install_python() -> Path:
    """The Python of the libraries' environment, made anew when the list has changed."""
    wanted = HERE / "requirements.txt"
    if not _is_fresh(FOLDER / "venv.done", wanted):
        shutil.rmtree(FOLDER / "venv", ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(FOLDER / "venv")])
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, *("--require-hashes", "--no-deps"), "-r", str(wanted)])
        _done(FOLDER / "venv.done", wanted)
    return PYTHON


def install_node() -> Path:
    """The folder of the libraries for Node."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotInstalledError("npm is not on this machine")
    wanted = HERE / "package-lock.json"
    if not _is_fresh(FOLDER / "node.done", wanted):
        NODE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, NODE / name)
        # Not `ci`: it refuses where a registry lacks what only other machines want. What is locked is checked here too.
        _run(
            [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"],
            cwd=NODE,
        )
        _done(FOLDER / "node.done", wanted)
    return NODE


def install_browser() -> Path:
    """The folder of the libraries for browsers, which is the same; the browser is this machine's."""
    if CHROMIUM is None:
        raise NotInstalledError("chromium is not on this machine")
    return install_node()


def _run(command: list[str], cwd: Path = HERE) -> None:
    try:
        done = subprocess.run(
            command, cwd=cwd, env=os.environ, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NotInstalledError(f"{Path(command[0]).name}: {' '.join(said[:3]) or 'failed without a word'}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_fresh(mark: Path, wanted: Path) -> bool:
    return mark.is_file() and mark.read_text() == _digest(wanted)


def _done(mark: Path, wanted: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    mark.write_text(_digest(wanted))
