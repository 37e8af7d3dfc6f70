"""Canary secrets: sent everywhere a secret can be sent, and looked for wherever it may not be.

Real processes at the level DEBUG with an access log, a real worker on a real queue, a real dump.
"""

from __future__ import annotations

import base64
import http.cookies
import io
import json
import logging
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from structlog.stdlib import ProcessorFormatter

from engagement.demo.queue import prepare_queue
from engagement.ingest.models import Event, IngestBatch, WriteKey
from engagement.ingest.services import revoke_write_key
from engagement.operating.backup import run_program
from engagement.redaction import redact
from tenants.actor import Actor, reaches_of
from tenants.models import ApiToken, User
from tenants.scope import organisation_scope
from tenants.services import create_organisation_token, create_token, revoke_token
from tests import database
from tests.conftest import World, api_token, build_world
from tests.hardening.serving import Answer, Server, web, worker
from tests.ingest.sending import identify, rows, track, write_key
from tests.operating.drill import backup_url
from tests.operating.places import programs

pytestmark = pytest.mark.django_db(transaction=True)

SECRET_KEY = "canary-" + secrets.token_urlsafe(48)
METRICS = "canary-" + secrets.token_urlsafe(32)
PASSWORD = "canary-" + secrets.token_urlsafe(16)
PATIENCE_SECONDS = 60


@dataclass
class Canaries:
    """What must not be seen again, by what it is."""

    world: World
    values: dict[str, str]

    def found_in(self, text: str) -> list[str]:
        plain = text.replace("\\/", "/")
        return sorted(name for name, value in self.values.items() if value in plain or value in unquote(plain))


def make_canaries() -> Canaries:
    world = build_world()
    User.objects.filter(pk=world.admin.pk).update(password=make_password(PASSWORD))
    reach = Actor(world.admin, reaches_of(world.admin)).reach(world.ours.slug)
    assert reach is not None
    with organisation_scope(world.ours.pk):
        _, organisation_token = create_organisation_token(
            reach=reach, user=world.admin, name="canary", permissions=["view"], now=timezone.now()
        )
    return Canaries(world, {
        "write key": write_key(world.ours), "spare write key": write_key(world.ours, "spare"),
        "personal token": api_token(world.admin), "organisation token": organisation_token,
        "SECRET_KEY": SECRET_KEY, "METRICS_TOKEN": METRICS, "password": PASSWORD,
        "runtime's password": str(urlsplit(os.environ["DATABASE_URL"]).password),
        "owner's password": str(urlsplit(os.environ["DATABASE_OWNER_URL"]).password),
    })  # fmt: skip


# ── driving ──────────────────────────────────────────────────────────────────────────────────────────────────


def cookies_of(answer: Answer) -> dict[str, str]:
    jar = http.cookies.SimpleCookie(answer.headers.get("Set-Cookie", ""))
    return {name: morsel.value for name, morsel in jar.items()}


def sign_in(server: Server, email: str) -> str:
    """The value of the session's cookie, after signing in on the page."""
    page = server.ask("GET", "/login/")
    token = re.findall(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.body)[0].decode()
    field = "login" if b'name="login"' in page.body else "username"
    form = urlencode({"csrfmiddlewaretoken": token, field: email, "password": PASSWORD})
    csrf = cookies_of(page)["csrftoken"]
    headers = {"Cookie": f"csrftoken={csrf}", "Content_Type": "application/x-www-form-urlencoded"}
    wrong = server.ask("POST", "/login/", form.replace("canary-", "wrong-canary-").encode(), **headers)
    assert wrong.status == 200
    connection = server.ask("POST", "/login/", form.encode(), **headers)
    assert connection.status == 302, connection.body
    return session_cookie(connection)


def session_cookie(answer: Answer) -> str:
    return str(re.findall(r"sessionid=([^;]+)", answer.headers["Set-Cookie"])[0])


def send_keys(server: Server, canaries: Canaries) -> None:
    """The write key in every place, right and wrong; one request is a batch with rejections."""
    key, spare = canaries.values["write key"], canaries.values["spare write key"]
    batch = {"batch": [track(1), track(2, userId=None, writeKey=key), identify("c3")]}
    single = {**track(4, userId=None), "writeKey": key}
    basic = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    sent = [
        server.ask("POST", "/v1/batch", json.dumps(batch).encode(), Authorization=f"Bearer {key}"),
        server.ask("POST", "/v1/batch", json.dumps(batch).encode(), Authorization=basic),
        server.ask("POST", "/v1/batch", json.dumps({**batch, "writeKey": key, "api_key": spare}).encode()),
        server.ask("POST", "/v1/track", json.dumps(single).encode()),
        server.ask("POST", f"/v1/batch?writeKey={key}&token={spare}", json.dumps(batch).encode(), Authorization=basic),
    ]
    assert [answer.status for answer in sent] == [200] * 5
    assert server.ask("GET", f"/v1/projects/{key}/settings").status == 200
    events = [
        ("POST", "/e/", {"api_key": key, "batch": [{"event": "a", "distinct_id": "c1"}, {"token": spare}]}),
        ("POST", "/track", [{"event": "a", "properties": {"token": key, "distinct_id": "c1"}}]),
        ("POST", "/engage", {"$token": key, "$distinct_id": "c1", "$add": {"n": 1}}),
        ("POST", "/2/httpapi", {"api_key": key, "events": [{"event_type": "a"}]}),
    ]
    answers = [server.ask(method, path, json.dumps(body).encode()) for method, path, body in events]
    assert [answer.status for answer in answers] == [200] * 4
    assert server.ask("POST", "/v1/batch", f'{{"writeKey": "{key}", '.encode()).status in {400, 401}
    assert server.ask("POST", f"/v1/batch/{key}", b"{}", Referer=f"http://x/?key={key}", User_Agent=key).status == 404


def send_tokens(server: Server, canaries: Canaries) -> list[Answer]:
    """Tokens, cookie and the token of the metrics where they belong and where they do not; every answer."""
    slug, values = canaries.world.ours.slug, canaries.values
    answers = [server.ask("GET", "/metrics", Authorization=f"Bearer {values['METRICS_TOKEN']}")]
    answers.append(server.ask("GET", f"/metrics?token={values['METRICS_TOKEN']}"))
    for name in ("personal token", "organisation token"):
        bearer: dict[str, Any] = {"Authorization": f"Bearer {values[name]}"}
        answers.append(server.ask("GET", f"/api/v1/organisations/{slug}/", **bearer))
        assert answers[-1].status == 200, name
        answers.append(server.ask("GET", f"/api/v1/organisations/none/?token={values[name]}", **bearer))
        answers.append(server.ask("POST", f"/api/v1/organisations/{slug}/actions/", b"{", **bearer))
        answers.append(server.ask("GET", f"/o/{slug}/{values[name]}/", **bearer))
    cookie = f"sessionid={values['session cookie']}"
    paths = (f"/o/{slug}/members/", "/account/", f"/o/none/?{cookie}")
    answers.extend(server.ask("GET", path, Cookie=cookie) for path in paths)
    assert answers[-3].status == 200
    return answers


def wait_until_done(canaries: Canaries) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if set(rows(canaries.world.ours, IngestBatch, "state")) == {"done"}:
            return
        time.sleep(0.2)
    raise AssertionError("The worker did not finish.")


def queue_text(url: str) -> str:
    """Every message that was ever in the queue of this test, as text."""
    with psycopg.connect(url.replace("pgmq://", "postgresql://", 1)) as connection:
        names = connection.execute(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'pgmq'::regnamespace AND relkind = 'r'"
            " AND (relname LIKE 'q\\_%%' OR relname LIKE 'a\\_%%')"
        ).fetchall()
        return "".join(str(connection.execute(f'SELECT * FROM pgmq."{name}"').fetchall()) for (name,) in names)


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_secret_is_seen_again(tmp_path: Path) -> None:
    canaries, queue = make_canaries(), prepare_queue(database.SERVER)
    environment = {
        "SECRET_KEY": SECRET_KEY, "METRICS_TOKEN": METRICS, "LOG_LEVEL": "DEBUG", "CELERY_BROKER_URL": queue,
        "ALLOWED_HOSTS": "127.0.0.1", "PUBLIC_URL": "http://127.0.0.1", "MFA_REQUIRED": "false",
    }  # fmt: skip
    canaries.values["queue's password"] = str(urlsplit(queue).password)
    with ExitStack() as stack:
        server = stack.enter_context(web(tmp_path, "--access-logfile", "-", "--log-level", "debug", **environment))
        send_keys(server, canaries)
        canaries.values["session cookie"] = sign_in(server, canaries.world.admin.email)
        answers = send_tokens(server, canaries)
        waiting = queue_text(queue)
        said = stack.enter_context(worker(tmp_path, "--loglevel", "DEBUG", **environment))
        wait_until_done(canaries)
    logs = server.log.read_text() + said.read_text()
    for mark in (
        "request_started",
        "POST /v1/batch HTTP",
        "GET /metrics?token=(removed)",
        "ingest.batch",
        '"level": "debug"',
        "GET /o/",
    ):
        assert mark in logs, mark  # it is there to be looked at
    assert canaries.found_in(logs) == []
    assert ("ingest.batch" in waiting or "args" in waiting, canaries.found_in(waiting)) == (True, [])
    for answer in answers:
        assert canaries.found_in(answer.body.decode()) == [], answer.status
    assert len(rows(canaries.world.ours, Event, "message_id")) == 3  # one of Segment's, one each of two other families
    dump = plain_dump(tmp_path)
    assert "canary" in dump  # the name of a token: the dump holds what it should
    assert canaries.found_in(dump) == []


def plain_dump(folder: Path) -> str:
    """Everything that rapport_backup reads, as text, with what is kept as bytes opened."""
    url = backup_url(database.SERVER, database.DATABASE)
    run_program("pg_dump", "--format=plain", "--inserts", f"--file={folder / 'dump.sql'}", url=url, programs=programs())
    text = (folder / "dump.sql").read_text()
    opened = (bytes.fromhex(found).decode("latin-1") for found in re.findall(r"'\\x([0-9a-f]+)'", text))
    return "\n".join([text, *opened])


def test_control_what_is_kept_and_logged_on_purpose_is_found(tmp_path: Path) -> None:
    canaries = make_canaries()
    key, values = canaries.values["write key"], canaries.values
    with organisation_scope(canaries.world.ours.pk):
        IngestBatch.objects.create(
            organisation=canaries.world.ours, kind="batch", raw=f'{{"writeKey": "{key}"}}'.encode(),
            received_at=timezone.now(),
        )  # fmt: skip
        WriteKey.objects.update(name=values["personal token"])
    assert canaries.found_in(plain_dump(tmp_path)) == ["personal token", "write key"]
    script = "import django; django.setup(); import structlog; structlog.get_logger('x').error('slip', said={!r})"
    for name, value in values.items():
        done = subprocess.run(
            [sys.executable, "-c", script.format(value)], capture_output=True, text=True, check=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "engagement.settings", "LOG_LEVEL": "INFO"},
        )  # fmt: skip
        is_ours = value.startswith("rp")  # keys and tokens are taken out of every line, even of such a slip
        assert canaries.found_in(done.stderr) == ([] if is_ours else [name]), name
        assert "slip" in done.stderr


BARE = """
import logging
from engagement.wsgi import application
logging.getLogger("gunicorn.access").filters.clear()
"""


def test_control_gunicorn_would_print_the_query(tmp_path: Path) -> None:
    """Without the filter of wsgi.py the key stands in the access log."""
    canaries = make_canaries()
    (tmp_path / "bare.py").write_text(BARE)
    options = ("--access-logfile", "-", "--pythonpath", str(tmp_path))
    with web(tmp_path, *options, application="bare:application", LOG_LEVEL="CRITICAL") as server:
        server.ask("GET", f"/healthz?writeKey={canaries.values['write key']}")
    assert canaries.found_in(server.log.read_text()) == ["write key"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process logs from now on, at DEBUG, as its handler writes it."""
    root, written = logging.getLogger(), io.StringIO()
    [handler] = [one for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    level, stream = root.level, handler.setStream(written)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    handler.setStream(stream)


BROKEN = {
    "/healthz": "engagement.health.JsonResponse",
    "/api/v1/organisations/": "tenants.middleware.resolve_actor",
    "/v1/track": "engagement.ingest.views.accept.accept_batch",
    "/e/": "engagement.ingest.views.accept.accept_batch",
}


@pytest.mark.parametrize("path", BROKEN)
def test_an_error_nobody_expected_says_nothing(
    client: Any, path: str, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    """The page and the lines of a 500: no settings, no headers, no local variables."""
    canaries = make_canaries()
    values = canaries.values
    client.raise_request_exception = False
    client.cookies["sessionid"] = values["cookie"] = "canary-cookie"
    monkeypatch.setattr(BROKEN[path], _break)
    body = json.dumps({"writeKey": values["write key"], "password": PASSWORD})
    answer = client.generic(
        "GET" if path == "/healthz" else "POST",
        f"{path}?token={values['personal token']}",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {values['personal token']}"},
    )
    assert (answer.status_code, canaries.found_in(answer.content.decode())) == (500, [])
    said = lines.getvalue()
    assert ("on purpose" in said, canaries.found_in(said)) == (True, [])


def _break(*_: Any, **__: Any) -> None:
    raise RuntimeError("on purpose")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"rpw_{'a' * 43} rpt_{'b' * 43}", "rpw_(removed) rpt_(removed)"),
        ("GET /x?Password=secret&page=2 HTTP/1.1", "GET /x?Password=(removed)&page=2 HTTP/1.1"),
        ("GET /x?api_key=s&sort=key HTTP/1.1", "GET /x?api_key=(removed)&sort=key HTTP/1.1"),
        ("GET /track?ip=0&data=eyJl%3D HTTP/1.1", "GET /track?ip=0&data=(removed) HTTP/1.1"),
        ("/invitation/abcdefghijklmnop:qr/ ok", "/invitation/(removed)/ ok"),
        ("/password/new/3-x/c4d5-0123456789abcdef/", "/password/new/3-x/(removed)/"),
        ("postgres://app:geheim@db.example/rapport", "postgres://app:(removed)@db.example/rapport"),
        ("/o/fennel-grocers/segments/?key=teams", "/o/fennel-grocers/segments/?key=(removed)"),
        ("nothing here", "nothing here"),
    ],
)
def test_what_a_line_is_left_with(line: str, left: str) -> None:
    assert redact(line) == left


# ── revoked everywhere ───────────────────────────────────────────────────────────────────────────────────────

REVOKED_WITHIN_SECONDS = 5


def test_what_is_revoked_is_refused_in_every_process_within_5_seconds(tmp_path: Path) -> None:
    """Two web processes that have both answered with the key and the token just before."""
    world = build_world()
    key = write_key(world.ours)
    (key_id,) = rows(world.ours, WriteKey, "id")
    token, secret = create_token(user=world.viewer, name="export", now=timezone.now())
    with ExitStack() as stack:
        servers = [stack.enter_context(web(tmp_path, ALLOWED_HOSTS="127.0.0.1")) for _ in range(2)]

        def statuses() -> list[int]:
            answers = [(one.ask("POST", "/v1/batch", b'{"batch": []}', Authorization=f"Bearer {key}"),
                        one.ask("GET", "/api/v1/organisations/", Authorization=f"Bearer {secret}"))
                       for one in servers for _ in range(2)]  # fmt: skip
            return [answer.status for pair in answers for answer in pair]

        assert set(statuses()) == {200}
        begun = time.monotonic()
        with organisation_scope(world.ours.pk):
            revoke_write_key(organisation=world.ours, key_id=key_id, now=timezone.now())
        revoke_token(user=world.viewer, token_id=token.pk, now=timezone.now())
        assert set(statuses()) == {401}
        assert time.monotonic() - begun < REVOKED_WITHIN_SECONDS
    assert ApiToken.objects.get().revoked_at is not None


def test_a_session_key_from_the_database_opens_nothing(client: Any) -> None:
    """What a dump holds of a session is not what its browser holds."""
    world = build_world()
    client.force_login(world.viewer)
    assert client.get("/account/").status_code == 200
    cookie = client.cookies["sessionid"].value
    key = client.session.session_key
    assert (key in cookie, cookie != key) == (True, True)
    for value in (key, f"{key}:", f"{key}:{'x' * 43}", cookie[:-1]):
        client.cookies["sessionid"] = value
        assert client.get("/account/").status_code == 302, value
    client.cookies["sessionid"] = cookie
    assert client.get("/account/").status_code == 200
