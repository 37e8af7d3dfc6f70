"""The session that connectors speak through goes the one way out: the same refusals, the same limits."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from requests.adapters import HTTPAdapter

from engagement.errors import InvalidInputError, OutgoingError
from tenants.outgoing import check_url
from tenants.outgoing_session import OutgoingSession
from tests.hardening.test_outgoing import INNER, _answering, _leads_to, _server, reach

__all__ = ["reach"]  # a fixture

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=latin-1\r\nContent-Length: 11\r\n\r\n"
BODY = '{"a": "ö"}'.encode()


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _leads_to(monkeypatch, address)
    with pytest.raises(InvalidInputError, match="cannot be used"):
        OutgoingSession().get("https://rebind.example/")


@pytest.mark.parametrize(
    "url", ["https://user:word@example.com/", "https://example.com:8080/", "http://2130706433/", "http://127.1/"]
)
def test_what_is_no_address_of_the_open_web_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _leads_to(monkeypatch, "127.0.0.1")
    with pytest.raises(InvalidInputError):
        OutgoingSession().get(url)


def test_a_connectors_query_may_be_longer_than_an_address_that_somebody_types(reach: Any) -> None:
    with _server(_answering(OK + BODY)) as port:
        url = reach(port)
        assert OutgoingSession().get(url, params={"q": "x" * 12_000}).status_code == 200
        with pytest.raises(InvalidInputError):
            OutgoingSession().get(url, params={"q": "x" * 17_000})
        with pytest.raises(InvalidInputError):
            check_url(f"{url}?q={'x' * 3_000}")


def test_other_schemes_have_no_adapter_at_all() -> None:
    session = OutgoingSession()
    assert not any(isinstance(adapter, HTTPAdapter) for adapter in session.adapters.values())
    with pytest.raises(Exception, match="No connection adapters"):
        session.get("file:///etc/passwd")


def test_it_says_the_name_and_what_it_was_given(reach: Any) -> None:
    heard: list[bytes] = []
    with _server(_answering(OK + BODY, heard=heard)) as port:
        url = reach(port)
        answer = OutgoingSession().post(url, params={"x": "1"}, json={"k": 1}, headers={"Authorization": "Bearer t"})
    assert (answer.status_code, answer.json(), answer.text) == (200, {"a": "ö"}, BODY.decode())
    [said] = heard
    assert said.startswith(b"POST /in?a=b&x=1 HTTP/1.1\r\n")
    assert f"Host: hook.example:{port}\r\n".encode() in said
    assert b"Authorization: Bearer t\r\n" in said
    assert said.count(b"Accept-Encoding") == 1
    assert b"Accept-Encoding: identity\r\n" in said


def test_a_redirect_is_handed_back_and_not_followed(reach: Any) -> None:
    heard: list[bytes] = []
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with _server(_answering(redirect, heard=heard)) as port:
        answer = OutgoingSession().get(reach(port), allow_redirects=True)
    assert (answer.status_code, answer.headers["location"], len(heard)) == (302, "http://169.254.169.254/", 1)


def test_neither_proxies_nor_password_files_nor_cookies_are_used(
    reach: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine hook.example login somebody password secret\n")
    for name, value in (("HTTP_PROXY", "http://127.0.0.1:9"), ("http_proxy", "http://127.0.0.1:9")):
        monkeypatch.setitem(os.environ, name, value)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    heard: list[bytes] = []
    said = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    session = OutgoingSession()
    with _server(_answering(said, heard=heard)) as port:
        url = reach(port)
        session.get(url, proxies={"http": "http://127.0.0.1:9"})
        session.get(url)
    assert len(heard) == 2
    assert not any(b"Cookie" in one or b"Authorization" in one for one in heard)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "parts",
    [
        [b"H"] * 100,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 90],
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 90],
    ],
    ids=["status", "body", "body of no length"],
)
def test_a_server_that_drips_is_hung_up_on(reach: Any, parts: list[bytes], stream: bool) -> None:
    with _server(_answering(*parts, pause=0.1)) as port:
        url = reach(port)
        began = time.monotonic()
        with pytest.raises(OutgoingError):
            list(OutgoingSession(timeout_seconds=1).get(url, stream=stream, timeout=60).iter_content(10))
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("stream", [False, True])
def test_more_than_wanted_is_not_read(reach: Any, stream: bool) -> None:
    with _server(_answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5_000)) as port:
        url = reach(port)
        whole = OutgoingSession(limit_bytes=5_000).get(url, stream=stream)
        assert len(b"".join(whole.iter_content(1_000))) == 5_000
        with pytest.raises(OutgoingError, match="larger than 4,999 bytes"):
            list(OutgoingSession(limit_bytes=4_999).get(url, stream=stream).iter_content(1_000))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "said",
    [
        b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
    ],
    ids=["nothing", "nonsense", "half", "half a chunk", "too many headers", "packed"],
)  # fmt: skip
def test_what_is_no_answer_is_said_as_such(reach: Any, said: bytes, stream: bool) -> None:
    with _server(_answering(said)) as port, pytest.raises(OutgoingError):
        list(OutgoingSession().get(reach(port), stream=stream).iter_content(1_000))


def test_lines_are_streamed_as_they_come(reach: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with _server(_answering(head, b'{"n": 1}\n', b'{"n"', b": 2}\n", pause=0.05)) as port:
        answer = OutgoingSession().get(reach(port), stream=True)
        assert list(answer.iter_lines()) == [b'{"n": 1}', b'{"n": 2}']
