"""Units, Containerfile and compose example: what must be so in each, systemd's own verdict, and controls of both."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.database import ROOT
from tests.house import rules
from tests.operating.units import (
    CONTAINERFILE,
    FOLDER,
    INSTALLED,
    PYTHON,
    UNITS,
    Unit,
    exec_form,
    instructions,
    read_compose,
    read_unit,
    read_units,
)

SERVICES = [path.name for path in UNITS if path.suffix == ".service"]
TIMERS = [path.name for path in UNITS if path.suffix == ".timer"]
HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "PrivateUsers": "yes", "ProtectClock": "yes", "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes", "ProtectKernelModules": "yes", "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes", "ProtectProc": "invisible", "ProcSubset": "pid",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces": "yes", "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "RemoveIPC": "yes", "CapabilityBoundingSet": "",
    "AmbientCapabilities": "", "SystemCallArchitectures": "native", "UMask": "0077",
}  # fmt: skip
# Who may know which secret; nobody else has it anywhere.
ONLY = {"owner_url": {"rapport-maintain.service"}, "backup_url": {"rapport-backup.service"},
        "metrics_token": {"rapport-web.service"}}  # fmt: skip
_SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|_URL$|^DATABASE")
_OF_OURS = {"WEB_BIND", "WEB_WORKERS", "WEB_THREADS"}


def _variables() -> set[str]:
    """What the root README explains."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)) | _OF_OURS


def _bare_secrets(environment: dict[str, str]) -> list[str]:
    """Names of secrets whose value stands there instead of the path of a file."""
    return [
        name for name in environment if _SECRET.search(name) and not name.endswith("_FILE") and name != "PUBLIC_URL"
    ]


# ── systemd ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_is_a_unit_for_everything_that_runs() -> None:
    assert [f"rapport-{name}.service" for name in ("backup", "beat", "maintain", "web", "worker")] == SERVICES
    assert TIMERS == ["rapport-backup.timer", "rapport-maintain.timer"]
    handbook = (FOLDER / "README.md").read_text()
    assert [name for name in (*SERVICES, *TIMERS) if name.partition(".")[0] not in handbook] == []


def problems_of(unit: Unit) -> list[str]:
    """What is wrong with a service, in words."""
    service = unit.sections["Service"]
    found = [
        f"{key} is {service.get(key)}, not {value}" for key, value in HARDENED.items() if service.get(key) != [value]
    ]
    if service.get("User") != ["rapport"] or service.get("Group") != ["rapport"]:
        found.append("does not run as rapport")
    if service.get("SystemCallFilter", [])[:1] != ["@system-service"]:
        found.append("may call everything")
    found += [f"{name} is written down" for name in _bare_secrets(unit.environment)]
    names = {name.removesuffix("_FILE") for name in unit.environment}
    found += [f"{name} is explained nowhere" for name in sorted(names - _variables())]
    files = {value.removeprefix("%d/") for value in unit.environment.values() if value.startswith("%d/")}
    if files != set(unit.credentials):
        found.append(f"loads {sorted(unit.credentials)} and names {sorted(files)}")
    found += [f"may not know {name}" for name, who in ONLY.items() if name in unit.credentials and unit.name not in who]
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened_and_keeps_its_secrets_in_files(name: str) -> None:
    unit = read_units()[name]
    assert problems_of(unit) == []
    assert unit.one("Service", "WorkingDirectory") == INSTALLED
    documentation = unit.one("Unit", "Documentation").removeprefix(f"file://{INSTALLED}/")
    assert (ROOT / documentation).is_file()
    is_timed = f"{Path(name).stem}.timer" in TIMERS
    assert unit.one("Service", "Type") == ("oneshot" if is_timed else "notify" if "web" in name else "exec")
    assert bool(unit.all("Install", "WantedBy")) is not is_timed
    if not is_timed:
        assert unit.one("Service", "Restart") == "always"


@pytest.mark.parametrize("name", TIMERS)
def test_a_timer_has_its_service_and_makes_up_for_a_missed_day(name: str) -> None:
    unit = read_units()[name]
    assert name.replace(".timer", ".service") in SERVICES
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:00 UTC", unit.one("Timer", "OnCalendar"))
    assert unit.one("Timer", "Persistent") == "yes"
    assert unit.one("Install", "WantedBy") == "timers.target"


CONTROLS: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace("NoNewPrivileges=yes\n", ""), "NoNewPrivileges is None"),
    (lambda text: text.replace("ProtectSystem=strict", "ProtectSystem=full"), "ProtectSystem is ['full']"),
    (lambda text: text.replace("User=rapport", "User=root"), "does not run as rapport"),
    (lambda text: text.replace("SystemCallFilter=@system-service\n", ""), "may call everything"),
    (lambda text: text.replace("SECRET_KEY_FILE=%d/secret_key", "SECRET_KEY=abc"), "SECRET_KEY is written down"),
    (lambda text: text.replace("[Service]", "[Service]\nEnvironment=WEB_BINDS=x"), "WEB_BINDS is explained nowhere"),
    (lambda text: text.replace("%d/broker_url", "%d/brokers"), "loads ["),
    (
        lambda text: text.replace(
            "[Service]", "[Service]\nLoadCredential=owner_url:/x\nEnvironment=DATABASE_OWNER_URL_FILE=%d/owner_url"
        ),
        "may not know owner_url",
    ),
]


@pytest.mark.parametrize(("spoil", "said"), CONTROLS, ids=[said for _, said in CONTROLS])
def test_a_spoilt_service_is_reported(spoil: Callable[[str], str], said: str, tmp_path: Path) -> None:
    text = (FOLDER / "systemd" / "rapport-web.service").read_text()
    path = tmp_path / "rapport-web.service"
    path.write_text(spoil(text))
    assert path.read_text() != text
    assert any(said in problem for problem in problems_of(read_unit(path)))


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here; CI installs it")
    return subprocess.run([program, *arguments], check=False, capture_output=True, text=True)


def _here(folder: Path, spoil: Callable[[str], str] = lambda text: text) -> list[str]:
    """The units as they would be where this clone is what is installed."""
    for path in UNITS:
        text = path.read_text().replace(PYTHON, sys.executable).replace(f"={INSTALLED}", f"={ROOT}")
        (folder / path.name).write_text(spoil(text))
    return [str(folder / path.name) for path in UNITS]


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    done = _analyze("verify", "--man=no", *_here(tmp_path))
    ours = [line for line in done.stderr.splitlines() if "rapport-" in line]
    assert (done.returncode, ours) == (0, [])


def test_control_systemd_finds_a_misspelt_line(tmp_path: Path) -> None:
    done = _analyze("verify", "--man=no", *_here(tmp_path, lambda text: text.replace("ProtectHome=", "ProtectHomes=")))
    assert "ProtectHomes" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_rates_what_a_service_could_do_as_little(name: str, tmp_path: Path) -> None:
    """0 is a service that can do nothing, 10 one that can do everything; the threshold is in tenths."""
    files = dict(zip([path.name for path in UNITS], _here(tmp_path), strict=True))
    done = _analyze("security", "--offline=true", "--no-pager", "--threshold=20", files[name])
    assert done.returncode == 0, done.stdout.splitlines()[-1:]


# ── containers ───────────────────────────────────────────────────────────────────────────────────────────────

_PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?[\w.-]*(@sha256:[0-9a-f]{64})?")


def container_problems(text: str) -> list[str]:
    """What is wrong with a Containerfile, in words."""
    found, said = [], instructions(text)
    stages = {rest.split(" AS ")[1] for word, rest in said if word == "FROM" and " AS " in rest}
    bases = [rest.split(" AS ")[0] for word, rest in said if word == "FROM"]
    found += [f"{base} is not pinned" for base in bases if base not in stages and not _PINNED.fullmatch(base)]
    last = [rest for word, rest in said[[word for word, _ in said].index("FROM") :] if word == "USER"]
    if not last or not re.fullmatch(r"[1-9]\d*", last[-1]):
        found.append("runs as root, or as a name that orchestrators cannot check")
    if "ADD" in {word for word, _ in said}:
        found.append("ADD fetches and unpacks: COPY does not")
    for word, rest in said:
        if word in {"CMD", "ENTRYPOINT"} and not rest.startswith("["):
            found.append(f"{word} is in shell form, which swallows signals")
        if word in {"ENV", "ARG"}:
            found += [
                f"{name} is a secret in the image" for name in re.findall(r"(\w+)=", rest) if _SECRET.search(name)
            ]
        if word == "COPY" and "--from=" not in rest:
            found += [f"{path} does not exist" for path in rest.split()[:-1] if not (ROOT / path).exists()]
            found += ["copies everything, secrets too" for path in rest.split()[:-1] if path == "."]
        if word == "RUN" and re.search(r"\bsudo\b|curl[^|]*\|", rest):
            found.append("runs what it fetched")
    if not any(word == "HEALTHCHECK" and "CMD [" in rest for word, rest in said):
        found.append("has no health check")
    return found


def test_the_containerfile() -> None:
    assert container_problems(CONTAINERFILE.read_text()) == []
    [command] = [exec_form(rest) for word, rest in instructions(CONTAINERFILE.read_text()) if word == "CMD"]
    assert command == ["python", *read_units()["rapport-web.service"].arguments]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("python:3.11.13-slim-bookworm\n", "python:latest\n", "python:latest is not pinned"),
        ("USER 10001\n", "", "runs as root"),
        ("USER 10001\n", "USER rapport\n", "a name that orchestrators cannot check"),
        ("USER 10001\n", "USER 0\n", "runs as root"),
        ('CMD ["python", "-m", "gunicorn"', 'CMD python -m gunicorn "', "CMD is in shell form"),
        ("COPY static static", "ADD static static", "ADD fetches"),
        ("COPY static static", "COPY . .", "copies everything"),
        ("COPY static static", "COPY statics static", "statics does not exist"),
        ("EXPOSE 8000", "ENV SECRET_KEY=x", "SECRET_KEY is a secret in the image"),
        ("HEALTHCHECK", "LABEL", "has no health check"),
    ],
)
def test_a_spoilt_containerfile_is_reported(old: str, new: str, said: str) -> None:
    text = CONTAINERFILE.read_text()
    assert old in text
    assert any(said in problem for problem in container_problems(text.replace(old, new)))


def compose_problems(read: dict[str, Any]) -> list[str]:
    """What is wrong with the compose example, in words."""
    found = [
        f"{name} is unknown"
        for name in read
        if name not in {"name", "services", "networks", "volumes", "secrets"} and not name.startswith("x-")
    ]
    for name, service in read["services"].items():
        found += [f"{name}: {problem}" for problem in _service_problems(service, read)]
    return found


def _service_problems(service: dict[str, Any], read: dict[str, Any]) -> list[str]:
    found, environment, secrets = [], service.get("environment", {}), set(service.get("secrets", []))
    if not _PINNED.fullmatch(service["image"]):
        found.append(f"{service['image']} is not pinned")
    if "build" in service or "cap_drop" in service:
        if service.get("cap_drop") != ["ALL"] or service.get("security_opt") != ["no-new-privileges:true"]:
            found.append("keeps privileges")
        if not service.get("read_only"):
            found.append("writes into its image")
    if not isinstance(service.get("command", []), list):
        found.append("its command is in shell form")
    found += [f"{name} is written down" for name in _bare_secrets(environment)]
    named = {
        value.removeprefix("/run/secrets/") for value in environment.values() if str(value).startswith("/run/secrets/")
    }
    found += [f"names the secret {name}, which it is not given" for name in sorted(named - secrets)]
    found += [f"the secret {name} is not declared" for name in sorted(secrets - set(read["secrets"]))]
    places = tuple(volume.partition(":")[2] for volume in service.get("volumes", []))
    found += [
        f"{name} lies in no volume, and the image is read-only"
        for name, value in environment.items()
        if name.endswith("_ROOT") and not value.startswith(places or "none")
    ]
    mounted = {volume.partition(":")[0] for volume in service.get("volumes", [])}
    found += [f"the volume {name} is not declared" for name in sorted(mounted - set(read["volumes"]))]
    found += [
        f"waits for {other}, which is not there"
        for other in service.get("depends_on", {})
        if other not in read["services"]
    ]
    found += [
        f"{port} is open to the network" for port in service.get("ports", []) if not port.startswith("127.0.0.1:")
    ]
    found += [f"{key} gives the machine away" for key in ("privileged", "network_mode", "pid") if key in service]
    if (
        "build" in service
        and not (FOLDER / "container" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    ):
        found.append("its Containerfile is not there")
    return found


def test_the_compose_example() -> None:
    read = read_compose()
    assert compose_problems(read) == []
    assert set(read["services"]) == {"database", "broker", "migrate", "web", "worker", "beat", "maintain", "backup"}
    owners = {name for name, service in read["services"].items() if "owner_url" in service.get("secrets", [])}
    assert owners == {"migrate", "maintain"}
    assert read["services"]["beat"].get("deploy") is None  # exactly one
    known = _variables() | {f"{name}_FILE" for name in _variables()}
    ours = [service for service in read["services"].values() if "build" in service]
    assert {name for service in ours for name in service["environment"]} - known == set()
    example = rules.environment_variables("\n".join(f'env("{name}")' for name in _example()))
    assert example <= known


def _example() -> dict[str, str]:
    lines = [line for line in (FOLDER / "env.example").read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_containers_run_what_the_units_run() -> None:
    services, units = read_compose()["services"], read_units()
    for name in ("worker", "maintain", "backup"):
        assert services[name]["command"] == ["python", *units[f"rapport-{name}.service"].arguments]
    beat, there = services["beat"]["command"], units["rapport-beat.service"].arguments
    at = beat.index("--schedule") + 1
    assert [*beat[:at], *beat[at + 1 :]] == ["python", *there[: at - 1], *there[at:]]
    assert "command" not in services["web"]  # the image's own


def test_no_secret_is_in_the_example_of_the_environment() -> None:
    assert _bare_secrets(_example()) == []
    assert {"PUBLIC_URL", "ALLOWED_HOSTS"} <= _example().keys()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda read: read["services"]["web"].update(image="rapport:latest"), "web: rapport:latest is not pinned"),
        (lambda read: read["services"]["web"].pop("cap_drop"), "web: keeps privileges"),
        (lambda read: read["services"]["web"].pop("read_only"), "web: writes into its image"),
        (lambda read: read["services"]["web"].update(command="gunicorn"), "web: its command is in shell form"),
        (lambda read: read["services"]["web"]["environment"].update(SECRET_KEY="x"), "web: SECRET_KEY is written down"),
        (lambda read: read["services"]["web"]["secrets"].remove("broker_url"), "web: names the secret broker_url"),
        (lambda read: read["secrets"].pop("owner_url"), "migrate: the secret owner_url is not declared"),
        (lambda read: read["volumes"].pop("uploads"), "web: the volume uploads is not declared"),
        (lambda read: read["services"].pop("migrate"), "web: waits for migrate, which is not there"),
        (lambda read: read["services"]["web"].update(ports=["8000:8000"]), "web: 8000:8000 is open to the network"),
        (lambda read: read["services"]["web"].update(privileged=True), "web: privileged gives the machine away"),
        (lambda read: read["services"]["worker"].pop("volumes"), "worker: METRICS_ROOT lies in no volume"),
        (lambda read: read.update(servics={}), "servics is unknown"),
    ],
)
def test_a_spoilt_compose_file_is_reported(spoil: Callable[[dict[str, Any]], object], said: str) -> None:
    read = read_compose()
    spoil(read)
    assert any(problem.startswith(said) for problem in compose_problems(read)), compose_problems(read)
