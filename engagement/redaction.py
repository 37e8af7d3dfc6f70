"""Secrets do not stand in logs: what looks like one is taken out of every line, whoever wrote it.

The last step of our own lines (settings.LOGGING) and a filter on gunicorn's two loggers, whose access log would print
addresses as they came (wsgi.py). It guards against slips: nothing here logs a secret on purpose.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from structlog.processors import JSONRenderer
from structlog.typing import EventDict, WrappedLogger

REMOVED: Final = "(removed)"

_PATTERNS = (
    re.compile(r"(whsec_)[A-Za-z0-9+/]{42,}=*"),  # secrets of webhooks, see insights/webhook_signing.py
    re.compile(r"(rp[a-z]_)[A-Za-z0-9_-]{43}"),  # write keys and API tokens, see tenants/tokens.py
    re.compile(  # what programs and people put into a query, where it does not belong; `data` holds whole events
        r"([?&](?:[a-z_]*password|[a-z_]*token|[a-z_]*secret|[a-z_]*key|writekey|apikey|sessionid|data)=)[^&#\s\"'\\]+",
        re.IGNORECASE,
    ),
    re.compile(r"(/(?:invitation|account/address|password/new/[^/\s]+)/)[^/\s?\"]{12,}"),  # links that work once
    re.compile(r"(\b(?:postgres(?:ql)?|pgmq|rediss?|amqps?|smtp(?:\+tls|\+ssl)?)://[^:@/\s]*:)[^@/\s]+(?=@)"),
)
_json = JSONRenderer()


def redact(text: str) -> str:
    """The text without what looks like a secret.

    >>> redact("GET /v1/batch?writeKey=abc HTTP/1.1")
    'GET /v1/batch?writeKey=(removed) HTTP/1.1'
    """
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{REMOVED}", text)
    return text


def redacted_json(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """A line of our own: JSON, redacted as a whole, so that no field is forgotten."""
    line = _json(logger, name, event)
    return redact(line if isinstance(line, str) else line.decode())


class Redacting(logging.Filter):
    """For loggers that have handlers and formats of their own."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True
