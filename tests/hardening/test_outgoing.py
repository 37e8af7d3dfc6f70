"""The one way out: what it refuses, where it connects, how long and how much it reads."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from engagement.errors import InvalidInputError, OutgoingError
from tenants import outgoing
from tenants.outgoing import check_url, fetch, is_public, resolve

Handler = Callable[[socket.socket], None]


def _leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[str, int]]:
    """Every name leads to these; returns what is asked."""
    asked: list[tuple[str, int]] = []

    def answer(host: str, port: int, *_: object, **__: object) -> list[Any]:
        asked.append((host, port))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


# ── addresses as they are written ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
        "javascript:alert(1)", "data:text/plain,x", "https://", "https:///path", "https://user@example.com/",
        "https://user:word@example.com/", "https://@example.com/", "https://example.com:8080/", "http://example.com:22/",
        "https://example.com:0/", "https://example.com:99999/", "https://example.com:x/", "https://exa mple.com/",
        "https://example.com/\r\nHost: inner", "https://example.com\\@inner/", "https://ex\u0430mple.com/",
        "https://example.com/\x00", "https://[::1/", "https://" + "a" * 2_100 + ".com/",
        # Numbers that resolvers take for addresses of this machine, and people do not.
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/",
        "http://127.0.1/", "http://0/", "http://example.0x7f/", "http://1.2.3.4.5/", "http://017700000001/",
        "http://127.0.0.1./", "http://2130706433./",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_open_web_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _leads_to(monkeypatch, "127.0.0.1")
    with pytest.raises(InvalidInputError) as refused:
        resolve(url)
    assert list(refused.value.fields) == ["url"]
    assert all(host == "127.0.0.1" for host, _ in asked)  # everything else was refused before any name was asked for


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://example.com/a?b=c", "https://example.com:443/", "https://8.8.8.8/", "https://[2606:4700::1111]/"]
)  # fmt: skip
def test_an_ordinary_address_may_be_fetched_by_its_looks(url: str) -> None:
    assert check_url(url).hostname


# ── addresses as they are ────────────────────────────────────────────────────────────────────────────────────

INNER = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "2001:db8::1", "100::1",
]  # fmt: skip
OUTER = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize(("text", "public"), [*((a, False) for a in INNER), *((a, True) for a in OUTER)])
def test_which_addresses_are_public(text: str, public: bool) -> None:
    assert is_public(ip_address(text)) is public


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _leads_to(monkeypatch, address)
    with pytest.raises(InvalidInputError, match="cannot be used"):
        fetch("https://rebind.example/")


def test_one_inner_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _leads_to(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(InvalidInputError):
        resolve("https://mixed.example/")


def test_a_name_that_leads_nowhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror

    _leads_to(monkeypatch)
    with pytest.raises(OutgoingError, match="leads nowhere"):
        resolve("https://nobody.example/")
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(OutgoingError, match="leads nowhere"):
        resolve("https://nobody.example/")


def test_an_inner_host_is_reached_where_the_deployment_says_so(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTGOING_ALLOWED = frozenset({"queue.inner:8443"})
    _leads_to(monkeypatch, "10.0.0.9")
    assert resolve("https://Queue.inner:8443/x?y=1#z") == outgoing.Destination(
        scheme="https", host="queue.inner", port=8443, target="/x?y=1", address="10.0.0.9"
    )
    for other in ("https://queue.inner/", "https://other.inner:8443/", "https://queue.inner.example:8443/"):
        with pytest.raises(InvalidInputError):
            resolve(other)


# ── the connection ───────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _server(handle: Handler) -> Iterator[int]:
    """A server on this machine that handles connections one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    try:
                        handle(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            done.set()
            thread.join()


@pytest.fixture
def reach(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    """An address whose name leads to this machine, allowed as a deployment would allow it."""

    def allow(port: int) -> str:
        settings.OUTGOING_ALLOWED = frozenset({f"hook.example:{port}"})
        _leads_to(monkeypatch, "127.0.0.1")
        return f"http://hook.example:{port}/in?a=b"

    return allow


def _answering(*parts: bytes, heard: list[bytes] | None = None, pause: float = 0) -> Handler:
    def handle(connection: socket.socket) -> None:
        asked = connection.recv(65_536)
        if heard is not None:
            heard.append(asked)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return handle


def test_it_connects_to_the_address_it_looked_at_and_says_the_name(reach: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name changes its mind after the look: the connection does not ask again."""
    heard: list[bytes] = []
    with _server(_answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", heard=heard)) as port:
        url = reach(port)
        look = socket.getaddrinfo
        asked: list[str] = []

        def changing(host: str, port: int, *_: object, **__: object) -> Any:
            asked.append(host)
            if host == "127.0.0.1":  # create_connection on an address that needs no look-up
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
            assert asked.count(host) == 1, "the name was looked up again"
            return look(host, port)

        monkeypatch.setattr(socket, "getaddrinfo", changing)
        answer = fetch(url, method="POST", body=b"{}", headers={"X-Signature": "s"})
    assert (answer.status, answer.body) == (200, b"ok")
    assert asked == ["hook.example", "127.0.0.1"]
    [said] = heard
    assert said.startswith(b"POST /in?a=b HTTP/1.1\r\n")
    assert f"Host: hook.example:{port}\r\n".encode() in said
    assert b"X-Signature: s\r\n" in said


def test_a_redirect_is_an_answer_and_is_not_followed(reach: Any) -> None:
    heard: list[bytes] = []
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with _server(_answering(redirect, heard=heard)) as port:
        answer = fetch(reach(port))
    assert (answer.status, answer.headers["location"], len(heard)) == (302, "http://169.254.169.254/", 1)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"]
)
def test_more_than_wanted_is_not_read(reach: Any, head: bytes) -> None:
    with _server(_answering(head + b"x" * 5_000)) as port:
        url = reach(port)
        assert len(fetch(url, limit_bytes=5_000).body) == 5_000
        with pytest.raises(OutgoingError, match="larger than 4,999 bytes"):
            fetch(url, limit_bytes=4_999)


@pytest.mark.parametrize(
    "parts",
    [
        [b"H"] * 100,  # a status line that never ends
        [b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n"] * 90],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 90],
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 90],
    ],
    ids=["status", "headers", "body", "body of no length"],
)
def test_a_server_that_drips_is_hung_up_on(reach: Any, parts: list[bytes]) -> None:
    """Each byte comes well within any socket's time limit; all of them together do not."""
    with _server(_answering(*parts, pause=0.1)) as port:
        url = reach(port)
        began = time.monotonic()
        with pytest.raises(OutgoingError):
            fetch(url, timeout_seconds=1)
        assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
    ],
    ids=["nothing", "nonsense", "half", "too many headers"],
)
def test_what_is_no_answer_is_said_as_such(reach: Any, said: bytes) -> None:
    with _server(_answering(said)) as port, pytest.raises(OutgoingError, match=r"did not answer in time, or not as"):
        fetch(reach(port))


def test_nobody_there_is_said_as_such(reach: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(OutgoingError):
        fetch(reach(port))


def test_a_certificate_is_asked_of_the_name(reach: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS goes to the address that was looked at, names the host, and trusts nobody it does not know."""
    greeted: list[tuple[str, bool, ssl.VerifyMode]] = []
    wrap = ssl.SSLContext.wrap_socket

    def watched(self: ssl.SSLContext, sock: socket.socket, *rest: Any, **more: Any) -> Any:
        greeted.append((more["server_hostname"], self.check_hostname, self.verify_mode))
        return wrap(self, sock, *rest, **more)

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", watched)
    heard: list[bytes] = []
    with _server(_answering(b"", heard=heard)) as port, pytest.raises(OutgoingError):
        fetch(reach(port).replace("http://", "https://"))
    assert greeted == [("hook.example", True, ssl.CERT_REQUIRED)]
    assert heard[0][0] == 22  # a greeting of TLS, nothing of the request
    assert b"hook.example" in heard[0]


def test_a_server_that_drips_its_greeting_is_hung_up_on(reach: Any) -> None:
    with _server(_answering(b"\x16\x03\x03\x40\x00", *[b"\x02"] * 90, pause=0.1)) as port:
        url = reach(port).replace("http://", "https://")
        began = time.monotonic()
        with pytest.raises(OutgoingError):
            fetch(url, timeout_seconds=1)
        assert time.monotonic() - began < 4
