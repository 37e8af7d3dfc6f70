"""Slow clients hold no thread, what they send arrives as it was sent, and an orphan lets its successor in."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engagement.demo.embedded import free_port
from engagement.operating.patient import GATHERED_BYTES, HEAD_SECONDS, LINE_BYTES, PACE_BYTES, Arriving, PatientWorker
from tests import database

_APPLICATION = """
import hashlib

def application(environ, start_response):
    body = environ["wsgi.input"].read()
    size = int(environ.get("HTTP_X_ANSWER", "0"))
    start_response("200 OK", [("Content-Length", str(40 + size))])
    said = body or environ["QUERY_STRING"].encode()
    return [hashlib.sha1(said).hexdigest().encode(), b"x" * size]
"""
_SLOW = 200


class Web:
    """gunicorn as web.py says, one process of four threads, with an application that answers the hash of the body."""

    def __init__(self, folder: Path, *options: str) -> None:
        (folder / "echoing.py").write_text(_APPLICATION)
        self.port = free_port()
        self.command = [
            sys.executable, "-m", "gunicorn", "echoing:application", "--chdir", str(folder),
            "--config", "python:engagement.operating.web", *options,
        ]  # fmt: skip
        self.log = folder / "web.log"
        self.environment = {
            **os.environ, "WEB_BIND": f"127.0.0.1:{self.port}", "WEB_WORKERS": "1", "WEB_THREADS": "4",
            "PYTHONPATH": str(database.ROOT), "LOG_LEVEL": "INFO",
        }  # fmt: skip
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command, cwd=database.ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, body: bytes = b"", *, timeout: float = 20, **headers: str) -> tuple[float, int, bytes]:
        """(seconds, status, answer); raises OSError when there is none in time."""
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return time.monotonic() - begun, answer.status, answer.read()

    def until_there(self) -> float:
        begun = time.monotonic()
        while time.monotonic() - begun < 60:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.ask(timeout=2)
                return time.monotonic() - begun
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    try:
        made.start()
        made.until_there()
        yield made
    finally:
        made.end()


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body).hexdigest().encode()


def _slow_clients(web: Web) -> list[socket.socket]:
    """A third says nothing, a third half a head, a third a head and half a body."""
    said = [b"", b"POST / HTTP/1.1\r\nHost: x\r\nX-A:", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"]
    clients = []
    for number in range(_SLOW):
        clients.append(web.connect())
        clients[-1].sendall(said[number % 3])
    return clients


def _slow_readers(web: Web, number: int) -> list[socket.socket]:
    """Each asks for a page of 200 kB and reads nothing of it."""
    clients = []
    for _ in range(number):
        client = web.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Answer: 200000\r\n\r\n")
        clients.append(client)
    return clients


def _waits(web: Web) -> list[float]:
    """Seconds of ten quick requests; an answer that does not come within three counts as three."""
    waits = []
    for _ in range(10):
        with contextlib.suppress(OSError):
            waits.append(web.ask(b"quick", timeout=3)[0])
            continue
        waits.append(3.0)
    return sorted(waits)


def test_two_hundred_slow_clients_stop_nobody(web: Web) -> None:
    held = [*_slow_clients(web), *_slow_readers(web, 40)]
    waits = _waits(web)
    assert waits[5] < 1, waits
    assert waits[-1] < 3, waits
    for client in held:
        client.close()


def test_gunicorns_own_threads_are_stopped_by_them(tmp_path: Path) -> None:
    """The control: with its own worker class the same clients hold every thread."""
    made = Web(tmp_path, "--worker-class", "gthread")
    try:
        made.start()
        made.until_there()
        held = _slow_clients(made)
        assert _waits(made)[5] >= 1
        for client in held:
            client.close()
    finally:
        made.end()


def _answer_on(client: socket.socket) -> bytes:
    """One answer with its hash: head and body may come in two pieces."""
    said = b""
    while len(said.partition(b"\r\n\r\n")[2]) < 40 and (data := client.recv(4096)):
        said += data
    return said


def test_who_is_too_slow_has_to_come_again(web: Web) -> None:
    client = web.connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
    begun = time.monotonic()
    assert client.recv(100) == b""
    assert HEAD_SECONDS - 1 < time.monotonic() - begun < HEAD_SECONDS + 8


@pytest.mark.parametrize("size", [0, 1, 65_536, 300_000, 4 * 1024 * 1024, GATHERED_BYTES + 1])
def test_a_body_arrives_as_it_was_sent(web: Web, size: int) -> None:
    body = os.urandom(size)
    assert web.ask(body)[1:] == (200, _sha1(body))


def test_what_comes_in_pieces_is_put_together(web: Web) -> None:
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef"
    client = web.connect()
    for at in range(len(request)):
        client.sendall(request[at : at + 1])
        time.sleep(0.002)
    assert _sha1(b"abcdef") in _answer_on(client)


def test_requests_on_one_connection_are_told_apart(web: Web) -> None:
    """Sent together, one after the other, the second in two parts."""
    first = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
    second = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo"
    for cut in (len(second), 0, 10, len(second) - 1):
        client = web.connect()
        client.sendall(first + second[:cut])
        time.sleep(0.1)
        client.sendall(second[cut:])
        said = b""
        while data := client.recv(4096):
            said += data
        assert [_sha1(b"one") in said, _sha1(b"two") in said, said.count(b"200 OK")] == [True, True, 2], said


def test_chunks_and_those_who_ask_first(web: Web) -> None:
    client = web.connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    time.sleep(0.1)
    client.sendall(b"3\r\ndef\r\n0\r\n\r\n")
    assert _sha1(b"abcdef") in _answer_on(client)
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert b"100 Continue" in client.recv(4096)
    client.sendall(b"abc")
    assert _sha1(b"abc") in _answer_on(client)


def test_slow_chunks_leave_half_of_the_threads(web: Web) -> None:
    held = [web.connect() for _ in range(20)]
    for client in held:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    waits = _waits(web)
    assert waits[5] < 1, waits


@pytest.mark.parametrize("said", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, b"\r\n\r\n\r\n"])
def test_what_is_no_request_is_refused_by_gunicorn(web: Web, said: bytes) -> None:
    client = web.connect()
    client.sendall(said)
    with contextlib.suppress(ConnectionError):
        assert client.recv(4096)[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 431", b""}
    assert web.ask(b"quick")[1] == 200


def test_a_request_line_holds_whole_events(web: Web) -> None:
    room = LINE_BYTES - len("GET /? HTTP/1.1")
    for length in (8_190, room):
        query = b"x" * length
        with web.connect() as client:
            client.sendall(b"GET /?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert _sha1(query) in _answer_on(client)


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["first", "behind another"])
def test_a_request_line_has_an_end(web: Web, before: bytes) -> None:
    """Else one client fills the memory: the line is kept until it is whole."""
    said = b""
    with web.connect() as client, contextlib.suppress(ConnectionError):
        client.sendall(before + b"GET /?" + b"x" * 50_000)
        time.sleep(0.2)
        client.sendall(b"x" * 50_000)
        while data := client.recv(4096):
            said += data
    assert said.count(b"HTTP/1.1 200") == (1 if before else 0), said
    assert b"HTTP/1.1 414" in said
    assert web.ask(b"quick")[1] == 200


def test_an_orphan_lets_its_successor_in(web: Web) -> None:
    """A client that keeps asking on its connection kept the orphan, and with it the port, for half a minute."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    connection.request("GET", "/")
    connection.getresponse().read()
    os.kill(web.processes[0].pid, signal.SIGKILL)
    web.processes[0].wait()
    time.sleep(0.3)
    begun = time.monotonic()
    successor = web.start()
    while "Listening" not in web.log.read_text().partition("Shutting")[0] and time.monotonic() - begun < 5:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            connection.getresponse().read()
        time.sleep(0.1)
    web.until_there()
    assert time.monotonic() - begun < 10
    assert successor.poll() is None


def test_what_is_late() -> None:
    """A head has its time; a body earns more with what has come of it."""
    arriving = Arriving()
    assert not arriving.add(b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n")
    late = [arriving.is_late(arriving.begun + HEAD_SECONDS + seconds) for seconds in (-1, 1)]
    assert late == [False, True]
    assert not arriving.add(b"\r\n" + b"x" * PACE_BYTES * 10)
    assert not arriving.is_late(arriving.begun + HEAD_SECONDS + 9)
    assert arriving.is_late(arriving.begun + HEAD_SECONDS + 11)


class _Client:
    """One end of a connection, with what a worker asks of it."""

    def __init__(self) -> None:
        self.other, self.sock = socket.socketpair()

    def close(self) -> None:
        self.sock.close()


def test_all_that_arrives_together_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that has sent something makes room; who has sent nothing holds nothing."""
    monkeypatch.setattr("engagement.operating.patient.HELD_BYTES", 10_000)
    worker: Any = PatientWorker.__new__(PatientWorker)
    worker.arriving, worker.held, worker.nr_conns, worker.poller = {}, 0, 5, mock.Mock()
    idle, *senders = clients = [_Client() for _ in range(5)]
    for client in clients:
        worker._await(client)
    for number, client in enumerate(senders):
        client.other.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9000\r\n\r\n".ljust(4_000, b"x"))
        worker._on_arriving(client, client.sock)
        assert worker.held == sum(one.bytes for one in worker.arriving.values()) == 4_000 * min(number + 1, 2)
    assert [*worker.arriving] == [idle, *senders[-2:]]
    assert (worker.nr_conns, senders[0].other.recv(1)) == (3, b"")
    worker._drop(senders[-1])
    assert worker.held == 4_000
    for client in clients:
        client.other.close()
        client.close()
