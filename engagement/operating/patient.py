"""A gunicorn worker whose threads see a request once it is there: slow clients wait in the poller, not in a thread.

gunicorn's own threads read from the client: sixteen clients that send a byte a second stop everybody. Here the main
loop gathers a request, its body in a file once it is larger than a few reads, and hands it over whole. What cannot be
gathered (larger bodies, chunked ones, clients that wait for “100 Continue”) is read by a thread as before, by at most
half of them at a time, and no slower than PACE_BYTES a second.

A worker whose master is gone closes its door at once: gunicorn's keeps it open, unanswered, for as long as anybody
keeps a connection alive (30 s), and the next master cannot bind meanwhile.
"""

from __future__ import annotations

import re
import socket
import struct
import tempfile
import time
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn.http import message
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_BYTES: Final = 64 * 1024  # more, and a thread lets gunicorn refuse it
LINE_BYTES: Final = 64 * 1024  # of the request line: Mixpanel's GET form sends whole events in it
GATHERED_BYTES: Final = 8 * 1024 * 1024  # larger bodies are uploads, which are read as they come
MEMORY_BYTES: Final = 256 * 1024  # of one request; the rest of it lies in a file
HELD_BYTES: Final = 256 * 1024 * 1024  # of all requests on their way in, in memory and in files
HEAD_SECONDS: Final = 10.0  # for the head, and for the first byte of a body
PACE_BYTES: Final = 16 * 1024  # a second, once HEAD_SECONDS are over
STALLED_SECONDS: Final = 15  # a thread waits so long for the next byte, or for room to write
_READ_BYTES: Final = 64 * 1024
_ANSWER_BYTES: Final = 512 * 1024  # kept by the kernel, so that no thread waits for a slow reader of a page

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_UNGATHERED: Final = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade):", re.IGNORECASE)

# gunicorn knows lines of up to 8,190 bytes and lines without an end; whatever `limit_request_line` asks for is cut to
# this. Between the two lies a bound that events fit in.
message.MAX_REQUEST_LINE = LINE_BYTES


class Arriving:
    """A request on its way in: what is there of it, and how much there will be."""

    def __init__(self) -> None:
        self.kept = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  closed by whoever reads it
        self.bytes = 0
        self.begun = time.monotonic()
        self.head = b""
        self.whole: int | None = None  # bytes altogether, once the head is there
        self.streamed = False

    def add(self, data: bytes) -> bool:
        """True once it can be handed over."""
        self.kept.write(data)
        self.bytes += len(data)
        if self.whole is None:
            self._look(data)
        return self.streamed or (self.whole is not None and self.bytes >= self.whole)

    def _look(self, data: bytes) -> None:
        self.head += data
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            self.streamed = len(self.head) > HEAD_BYTES
            return
        head = self.head[: end + 2]
        length = _LENGTH.search(head)
        self.whole = end + 4 + (int(length[1]) if length else 0)
        self.streamed = _UNGATHERED.search(head) is not None or self.whole > GATHERED_BYTES
        self.head = b""

    def is_late(self, now: float) -> bool:
        """A head has HEAD_SECONDS, a body so much time more as its bytes so far are worth."""
        earned = self.bytes / PACE_BYTES if self.whole is not None else 0.0
        return now - self.begun > HEAD_SECONDS + earned


class GatheredUnreader(SocketUnreader):  # type: ignore[misc]  # it has no types
    """Gives what was gathered first, then what the socket gives, as long as it keeps its pace."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.gathered: Any = None
        self.begun = time.monotonic()
        self.bytes = 0

    def feed(self, arriving: Arriving) -> None:
        arriving.kept.seek(0)
        self.gathered = arriving.kept
        self.begun, self.bytes = time.monotonic(), 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        if self.gathered is not None:
            found: bytes = self.gathered.read(max(size_hint or 0, _READ_BYTES))
            if found:
                return found
            self.gathered.close()
            self.gathered = None
        if time.monotonic() - self.begun > HEAD_SECONDS + self.bytes / PACE_BYTES:
            raise TimeoutError("The client sends too slowly.")
        found = super().chunk(size_hint)
        self.bytes += len(found)
        return found


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # it has no types
    """`worker_class` in web.py. Everything here but `handle` runs in the main loop, in one thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.arriving: dict[TConn, Arriving] = {}  # in the order in which they came
        self.held = 0  # bytes of all of them
        self.streaming: set[TConn] = set()  # in threads, not gathered
        self.queued: list[TConn] = []  # to be streamed, once one of those is done

    # ── coming ───────────────────────────────────────────────────────────────────────────────────────────────

    def accept(self, listener: socket.socket) -> None:
        """Take the connection and wait for what it says; the one that has said nothing for longest makes room."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWER_BYTES)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            client.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", STALLED_SECONDS, 0))
        self._await(TConn(self.cfg, client, address, listener.getsockname()))
        if self.nr_conns >= self.worker_connections and self.arriving:
            self._drop(next(iter(self.arriving)))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """A connection that was kept alive has its next request."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn)

    def _await(self, conn: TConn) -> None:
        self.arriving[conn] = Arriving()
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_arriving, conn))

    def _on_arriving(self, conn: TConn, client: socket.socket) -> None:
        if conn not in self.arriving:
            return  # dropped in the same round
        try:
            data = client.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
        else:
            self.held += len(data)
            if self.arriving[conn].add(data):
                self._hand_over(conn)
            self._make_room()

    def _make_room(self) -> None:
        """Whoever has been sending for longest has to come again; who has sent nothing yet takes no room."""
        while self.held > HELD_BYTES:
            self._drop(next(conn for conn, arriving in self.arriving.items() if arriving.bytes))

    def _hand_over(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        arriving = self.arriving.pop(conn)
        self.held -= arriving.bytes
        conn.sock.setblocking(True)
        conn.data_ready = True
        try:
            conn.init()
        except OSError:
            self._forget(conn)
            return
        if not isinstance(conn.parser.unreader, GatheredUnreader):
            conn.parser.unreader = GatheredUnreader(conn.sock)
        conn.parser.unreader.feed(arriving)
        if not arriving.streamed:
            self.enqueue_req(conn)
        elif len(self.streaming) < max(1, self.cfg.threads // 2):
            self.streaming.add(conn)
            self.enqueue_req(conn)
        else:
            self.queued.append(conn)

    # ── going ────────────────────────────────────────────────────────────────────────────────────────────────

    def finish_request(self, conn: TConn, done: Future[Any]) -> None:
        """Whoever waited for a thread to stream in comes next; a request that came along with this one too."""
        if conn in self.streaming:
            self.streaming.discard(conn)
            if self.queued:
                following = self.queued.pop(0)
                following.parser.unreader.begun = time.monotonic()
                self.streaming.add(following)
                self.enqueue_req(following)
        self._push_back(conn)
        super().finish_request(conn, done)

    def _push_back(self, conn: TConn) -> None:
        """What was gathered beyond the request is the next one's: gunicorn looks for it in its own buffer."""
        unreader = getattr(conn.parser, "unreader", None)
        gathered = getattr(unreader, "gathered", None)
        if unreader is not None and gathered is not None:
            rest = gathered.read()
            gathered.close()
            unreader.gathered = None
            if rest:
                unreader.unread(unreader.take_buffered() + rest)

    def murder_pending(self) -> None:
        """Once a second: who is too slow has to come again."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, arriving in self.arriving.items() if arriving.is_late(now)]:
            self._drop(conn)

    def is_parent_alive(self) -> bool:
        """An orphan takes nobody else in, and ends as if it had been told to."""
        if super().is_parent_alive():
            return True
        self.alive = False
        self.set_accept_enabled(enabled=False)
        for listener in self.sockets:
            listener.close()
        return False

    def _drop(self, conn: TConn) -> None:
        arriving = self.arriving.pop(conn)
        self.held -= arriving.bytes
        arriving.kept.close()
        self.poller.unregister(conn.sock)
        self._forget(conn)

    def _forget(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()
