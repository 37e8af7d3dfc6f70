"""The one way out: whatever fetches an address that somebody typed goes through `fetch`, or through the session of
outgoing_session.py, which goes the same way.

An address can name what only this machine can reach: the database beside it, the cloud's metadata, an admin's port. So
the name is resolved once, every address it has is looked at, and the connection goes to the very address that was
looked at: a name that changes its mind in between gains nothing. Redirects are handed back, never followed. Deployments
that must reach inner hosts name them in OUTGOING_ALLOWED.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, OutgoingError

Address = IPv4Address | IPv6Address

_PORTS: Final = {"https": 443, "http": 80}
_URL_LIMIT: Final = 2_048  # of what somebody types; a program's own query may be longer
# What Python's tables call global in some version or other, and is not for us. First the prefixes in which an IPv4
# address, any of them, hides (translation, 6to4, Teredo, compatible); then special ranges of IANA's lists; then the
# metadata services that clouds keep in public ranges.
_NEVER: Final = tuple(
    ip_network(text)
    for text in (
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23",
        "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "168.63.129.16/32", "100.100.100.200/32",
    )
)  # fmt: skip
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Destination:
    """An address that was looked at: where to connect, and what to say there."""

    scheme: str
    host: str
    port: int
    target: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is whole, or there is no answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def check_url(url: str, *, limit: int = _URL_LIMIT) -> SplitResult:
    """The parts of an address that may be fetched by its looks; raises InvalidInputError with the reason.

    Says nothing about where its name leads: that is looked at when it is fetched, each time anew.
    """
    if len(url) > limit or not url.isascii() or any(mark <= " " or mark in '\\"<>^`{|}\x7f' for mark in url):
        raise _refused(_("It holds characters that an address does not have, or is too long."))
    try:
        parts = urlsplit(url)
        host, port = _host_and_port(parts)
    except ValueError as error:
        raise _refused(_("It cannot be read.")) from error
    if parts.scheme not in _PORTS:
        raise _refused(_("It must begin with https:// or http://."))
    if "@" in parts.netloc:
        raise _refused(_("It must hold no user name and no password."))
    if not host:
        raise _refused(_("It names no host."))
    if not _is_allowed(host, port) and port not in _PORTS.values():
        raise _refused(_("Only the usual ports are reached: 443 for https, 80 for http."))
    if not _is_address(host) and _ends_in_number(host):
        raise _refused(_("Write a number address the usual way, like 203.0.113.7."))
    return parts


def resolve(url: str, *, limit: int = _URL_LIMIT) -> Destination:
    """Where the address leads now; raises InvalidInputError where it may not be reached, OutgoingError where nowhere.

    One address of the name that is not public refuses the whole name: which one is used would be chance.
    """
    parts = check_url(url, limit=limit)
    host, port = _host_and_port(parts)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutgoingError(_("The name {host} leads nowhere.").format(host=host)) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise OutgoingError(_("The name {host} leads nowhere.").format(host=host))
    if not _is_allowed(host, port) and not all(is_public(ip_address(text.partition("%")[0])) for text in addresses):
        raise _refused(_("It leads to this machine or to a network that is not public."))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(scheme=parts.scheme, host=host, port=port, target=target, address=addresses[0])


def is_public(address: Address) -> bool:
    """True for an address of the open internet: not ours, not a neighbour's, not a disguise of either."""
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return address.is_global


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: int = 10,
    limit_bytes: int = 1024 * 1024,
) -> Answer:
    """Ask once. Raises InvalidInputError for an address that may not be reached, OutgoingError for everything else.

    All of it, from connecting to the last byte, takes at most `timeout_seconds`; resolving the name comes before and is
    bounded by the system's resolver. A status of 300 and more is an answer too, and is not followed.
    """
    destination = resolve(url)
    connection = connection_to(destination, timeout_seconds)
    # A server that sends a byte now and then passes every time limit of a socket; this one it does not.
    watch = threading.Timer(timeout_seconds, connection.hang_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request(
            method, destination.target, body=body, headers={"Accept-Encoding": "identity", **(headers or {})}
        )
        answer = connection.getresponse()
        read = _read(answer, limit_bytes)
        connection.check_time()
        return Answer(status=answer.status, headers={k.lower(): v for k, v in answer.getheaders()}, body=read)
    except (OSError, http.client.HTTPException) as error:
        raise OutgoingError(
            _("{host} did not answer in time, or not as it should.").format(host=destination.host)
        ) from error
    finally:
        watch.cancel()
        connection.close()


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


class _PlainConnection(http.client.HTTPConnection):
    """Connects to the address that was looked at; `Host` still says the name."""

    def __init__(self, destination: Destination, timeout_seconds: int) -> None:
        super().__init__(destination.host, destination.port, timeout=timeout_seconds)
        self._destination = destination
        self._opened: socket.socket | None = None  # http.client lets go of `sock` before the body is read
        self._is_over = False

    def connect(self) -> None:
        self.sock = self._opened = socket.create_connection(
            (self._destination.address, self._destination.port), self.timeout
        )
        self.check_time()

    def hang_up(self) -> None:
        """From another thread: whoever waits for a byte gets the end instead."""
        self._is_over = True
        if self._opened is not None:
            with suppress(OSError):
                self._opened.shutdown(socket.SHUT_RDWR)

    def check_time(self) -> None:
        """An end that we made looks like the server's own: raises TimeoutError so that half is not taken for all."""
        if self._is_over:
            raise TimeoutError


class _SecureConnection(_PlainConnection):
    """The certificate is asked of the name, not of the address."""

    default_port = _PORTS["https"]

    def connect(self) -> None:
        super().connect()
        # The handshake comes after the assignment, so that it can be hung up on like everything else.
        secure = _tls().wrap_socket(self.sock, server_hostname=self._destination.host, do_handshake_on_connect=False)
        self.sock = self._opened = secure
        secure.do_handshake()


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def connection_to(destination: Destination, timeout_seconds: int) -> _PlainConnection:
    """To the very address that was looked at; for `fetch` and outgoing_session.py, nobody else."""
    kind = _SecureConnection if destination.scheme == "https" else _PlainConnection
    return kind(destination, timeout_seconds)


def _read(answer: http.client.HTTPResponse, limit_bytes: int) -> bytes:
    found = bytearray()
    while piece := answer.read(min(_CHUNK, limit_bytes + 1 - len(found))):
        found += piece
        if len(found) > limit_bytes:
            raise OutgoingError(_("The answer is larger than {limit_bytes:,} bytes.").format(limit_bytes=limit_bytes))
    if answer.length:  # hung up before what was promised
        raise http.client.IncompleteRead(bytes(found), answer.length)
    return bytes(found)


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    """Raises ValueError for a port that is none; 0 stands for an unknown scheme's."""
    port = parts.port
    return (parts.hostname or "").rstrip("."), _PORTS.get(parts.scheme, 0) if port is None else port


def _is_allowed(host: str, port: int) -> bool:
    return f"{host}:{port}".lower() in settings.OUTGOING_ALLOWED


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ends_in_number(host: str) -> bool:
    """0x7f000001, 2130706433, 0177.1: resolvers read these as addresses, people do not."""
    last = host.rpartition(".")[2]
    return last.isdecimal() or last.lower().startswith("0x")


def _refused(reason: str) -> InvalidInputError:
    return InvalidInputError(fields={"url": [_("This address is not fetched. {reason}").format(reason=reason)]})
