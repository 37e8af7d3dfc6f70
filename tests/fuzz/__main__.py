"""`make fuzz`: generated requests to every door and page, with files, and to the API: none may be answered with 500.

SIZE=ci (20,000 requests, the default) or SIZE=full (200,000, by two processes at once); SEED=n makes others, ONLY=doors
(files, pages, api; by comma) plays a part. Prints each address with its answers, and fails when one was wrong. What was
counted so far lies in build/fuzz, written again at every thousand.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

_SEED: Final = 20_260_301
_FIGURES: Final = "FUZZ_FIGURES"  # where a part of a round writes what it counted, for the whole to add up


@dataclass(frozen=True, slots=True)
class Size:
    """How many requests at the doors, with files, to pages and to the API, and by how many processes at once.

    Of the requests that are kept `worked` are worked through in each round of four thousand, and `read` of the files of
    each sixty.
    """

    at_doors: int
    with_files: int
    to_pages: int
    at_api: int
    worked: int = 60
    read: int = 20
    processes: int = 1


SIZES: Final = {
    "ci": Size(11_000, 1_000, 4_000, 4_000, worked=100),
    "half": Size(66_000, 2_000, 8_000, 24_000),
    "full": Size(132_000, 4_000, 16_000, 48_000, processes=2),
}
_ROUND: Final = 4_000
_PARTS: Final = ("api", "pages", "files", "doors")
_FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "build" / "fuzz"


def main() -> int:
    """0 when all was played and may be so, 1 when something may not or was not played, 2 for no such size or part."""
    name = os.environ.get("SIZE", "ci")
    if name not in SIZES:
        print(f"SIZE is “{name}”: say {' or '.join(SIZES)}.", file=sys.stderr)
        return 2
    if unknown := _parts().difference(_PARTS):
        print(f"ONLY names “{'”, “'.join(sorted(unknown))}”: say {', '.join(_PARTS)}, by comma.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the driver lets go of its statement, as after Ctrl-C
    chance, began = int(os.environ.get("SEED", _SEED)), time.monotonic()
    size = SIZES[name]
    if size.processes > 1:
        found = _together(size, chance=chance)
    else:
        found = _alone(size, chance=chance, path=Path(os.environ.get(_FIGURES, _FOLDER / f"{chance}.json")))
    if _FIGURES in os.environ:
        return 0  # whoever adds the parts up looks at what was played
    return _told(found, asked=_asked(size), seconds=time.monotonic() - began)


def _parts() -> set[str]:
    """ONLY=doors,api plays these parts alone."""
    return {*os.environ.get("ONLY", ",".join(_PARTS)).split(",")}


def _asked(size: Size) -> dict[str, int]:
    """How many requests of each part have to be played."""
    numbers = {"api": size.at_api, "pages": size.to_pages, "files": size.with_files, "doors": size.at_doors}
    return {name: number for name, number in numbers.items() if name in _parts()}


def _together(size: Size, *, chance: int) -> dict[str, Any]:
    """Halves of the round at once, each with a database and a chance of its own; also what one stopped had played."""
    paths = [_FOLDER / f"{chance}-{part}.json" for part in range(size.processes)]
    for path in paths:
        path.unlink(missing_ok=True)
    parts = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz"],
            env={**os.environ, "SIZE": "half", "SEED": str(chance + part * 1_000_000), _FIGURES: str(path)},
        )
        for part, path in enumerate(paths)
    ]
    try:
        codes = [part.wait() for part in parts]
    except KeyboardInterrupt:
        for part in parts:
            part.terminate()
        codes = [part.wait() for part in parts]
    return _added([json.loads(path.read_text()) for path in paths if path.exists()], n_broken=sum(map(bool, codes)))


def _added(parts: list[dict[str, Any]], *, n_broken: int) -> dict[str, Any]:
    from tests.fuzz.tally import Tally

    tallies = {name: Tally() for name in _PARTS}
    for part in parts:
        for name, tally in tallies.items():
            tally.add(part[name])
    for _ in range(n_broken):
        tallies[_PARTS[-1]].fault("A process of the round broke off; above stands why.")
    return {name: tally.as_json() for name, tally in tallies.items()}


def _alone(size: Size, *, chance: int, path: Path) -> dict[str, Any]:
    """What was counted, also where somebody stops it (Ctrl-C, SIGTERM): that much was played."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the server

    try:
        database.clone(database.DATABASE)
        import django

        django.setup()
        from tests.fuzz.tally import Tally

        tallies = {name: Tally() for name in _PARTS}
        for name, tally in tallies.items():
            tally.watch = partial(_tell, name, tallies, path)
        try:
            _play(size, tallies, chance=chance)
        except KeyboardInterrupt:
            print("Broken off: this is what was played.", file=sys.stderr)
        return _written(tallies, path)
    finally:
        database.pytest_unconfigure(None)


def _written(tallies: dict[str, Any], path: Path) -> dict[str, Any]:
    """What was counted so far, put where whoever waits for it looks."""
    found = {name: tally.as_json() for name, tally in tallies.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial")
    partial_path.write_text(json.dumps(found))
    partial_path.replace(path)
    return found


def _line(name: str, tally: Any) -> str:
    found = f"{tally.broken} answers ≥ 500, {tally.n_wrong} wrong"
    return f"{name}: {tally.asked:,} requests, {found} · {tally.classes()}"


def _tell(name: str, tallies: dict[str, Any], path: Path) -> None:
    tally = tallies[name]
    print(f"{time.strftime('%H:%M:%S')} {_line(name, tally)}", file=sys.stderr, flush=True)
    _written(tallies, path)


def _play(size: Size, tallies: dict[str, Any], *, chance: int) -> None:
    import gc
    from unittest import mock

    from django.conf import settings

    from tests.conftest import build_world, empty_database
    from tests.fuzz.asking import connections_kept

    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    gc.freeze()  # what is loaded stays: looking at it again and again costs a tenth of the time
    gc.set_threshold(50_000, 20, 100)
    parts: list[str] = [name for name in _PARTS if name in _parts()]
    with ExitStack() as ends:
        ends.callback(empty_database)
        ends.enter_context(mock.patch("tenants.wake.current_app"))  # nobody is woken
        ends.enter_context(connections_kept())
        if {"pages", "api"} & {*parts}:
            _on_stage(size, tallies, parts, chance=chance)
            empty_database()
        if {"doors", "files"} & {*parts}:
            world = build_world()
            for name, plays in (("files", _with_files), ("doors", _at_doors)):
                if name in parts:
                    plays(size, world, tallies[name], chance=chance)


def _at_doors(size: Size, world: Any, tally: Any, *, chance: int) -> None:
    from tests.fuzz.rounds import Rounds
    from tests.ingest.sending import write_key

    rounds = Rounds(organisation=world.ours, key=write_key(world.ours), chance=chance, tally=tally)
    rounds.corpus()
    rounds.work_through(most=size.worked)
    while tally.asked < size.at_doors:
        rounds.generated(min(_ROUND, size.at_doors - tally.asked))
        rounds.work_through(most=size.worked)


def _with_files(size: Size, world: Any, tally: Any, *, chance: int) -> None:
    from tests.fuzz.files import Files

    Files(world=world, tally=tally, chance=chance).play(size.with_files, read=size.read)


def _on_stage(size: Size, tallies: dict[str, Any], parts: list[str], *, chance: int) -> None:
    """What needs every object of the product: pages and the API."""
    from tests.fuzz.api import Api
    from tests.fuzz.pages import Pages
    from tests.isolation.stage import staged

    with staged() as stage:
        if "api" in parts:
            Api(tally=tallies["api"], chance=chance).on(stage, size.at_api)
        if "pages" in parts:
            Pages(tally=tallies["pages"], chance=chance).on(stage, size.to_pages)


def _told(found: dict[str, Any], *, asked: dict[str, int], seconds: float) -> int:
    """Print it all; 1 where anything was wrong, or fewer were played than asked for."""
    from tests.fuzz.tally import Tally

    tallies = {name: Tally() for name in _PARTS}
    for name, tally in tallies.items():
        tally.add(found[name])
        if tally.asked < asked.get(name, 0):
            tally.fault(f"{tally.asked:,} of {asked[name]:,} requests were played.")
        print(f"\n{_line(name, tally)}")
        print(f"{tally.table()}\nworked through: {dict(tally.worked)}")
        print("".join(f"WRONG {line}\n" for line in tally.wrong))
    played, broken = (sum(getattr(tally, name) for tally in tallies.values()) for name in ("asked", "broken"))
    print(f"{played:,} requests in {seconds:,.0f} s; {broken} answers ≥ 500")
    is_wrong = not played or any(tally.n_wrong for tally in tallies.values())
    return 1 if is_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
