"""What is kept as a finished English sentence is told in a reader's language, with the values that it has."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from engagement.connections.models import Connection
from engagement.connections.present import connection_row
from engagement.ingest.files.cells import FAULTS
from engagement.ingest.files.sources import UTF8_REMEDY
from engagement.ingest.models import RejectedEvent
from engagement.ingest.selectors.data import rejected_rows
from engagement.ingest.selectors.imports import get_import
from engagement.ingest.services import process_import
from engagement.retelling import Form, form_of, known_forms, retold
from tenants.scope import organisation_scope
from tests.ingest.conftest import broker, uploads
from tests.ingest.sending import keep, track, upload, work
from tests.languages import catalogue as c

__all__ = ["broker", "uploads"]

ROOT: Final = Path(__file__).resolve().parents[2] / "engagement"
# The first argument of each that is said to people; codes stand before it.
_SAID: Final = {
    "RefusedError": 1, "SurpriseError": 1, "_note": 1, "VendorError": 0, "SignInError": 0, "GoneError": 0,
    "RateLimitedError": 0,
}  # fmt: skip
MARKED: Final = {
    "{field} has {length} characters; the limit is {limit}.": "⟦Höchstens {limit} Zeichen, {field} hat {length}.⟧",
    "{field} is {kind}, not text.": "⟦{field} ist {kind}, kein Text.⟧",
    "Send {field} as text, for example “c-1042”.": "⟦{field} als Text senden.⟧",
    "a list": "⟦eine Liste⟧",
    "the number {value}": "⟦die Zahl {value}⟧",
    "The customer's id": "⟦Die Kundennummer⟧",
    "{vendor} refused the request with {status}. Look at the settings.": "⟦{vendor} lehnt ab ({status}).⟧",
    "HubSpot does not say which account this is: {reason}": "⟦HubSpot ohne Konto: {reason}⟧",
    "{field} is missing.": "⟦{field} fehlt.⟧",
    "The answer is larger than {limit_bytes:,} bytes.": "⟦Mehr als {limit_bytes:,} Bytes.⟧",
    "Line {line} is not UTF-8 text: it holds the byte {byte}.": "⟦Zeile {line} hat das Byte {byte}.⟧",
    UTF8_REMEDY: "⟦Als UTF-8 sichern.⟧",
    "The row has {found} fields, the first line has {wanted}.": "⟦{found} statt {wanted} Felder.⟧",
}
TOLD: Final = (
    ("userId has 300 characters; the limit is 200.", "⟦Höchstens 200 Zeichen, userId hat 300.⟧"),
    ("userId is a list, not text.", "⟦userId ist ⟦eine Liste⟧, kein Text.⟧"),
    ("The customer's id is the number 1e+400, not text.", "⟦⟦Die Kundennummer⟧ ist ⟦die Zahl 1e+400⟧, kein Text.⟧"),
    ("Send userId as text, for example “c-1042”.", "⟦userId als Text senden.⟧"),
    ("HubSpot refused the request with 418. Look at the settings.", "⟦HubSpot lehnt ab (418).⟧"),
    ("HubSpot does not say which account this is: portalId is missing.", "⟦HubSpot ohne Konto: ⟦portalId fehlt.⟧⟧"),
    ("The answer is larger than 1,000 bytes.", "⟦Mehr als 1,000 Bytes.⟧"),
    (
        f"Line 3 is not UTF-8 text: it holds the byte 0xff. {UTF8_REMEDY}",
        "⟦Zeile 3 hat das Byte 0xff.⟧ ⟦Als UTF-8 sichern.⟧",
    ),
)  # fmt: skip


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reader of German, whose catalogue says what stands in MARKED, and nothing else."""
    looked_up = translation._trans  # type: ignore[attr-defined]
    monkeypatch.setattr(looked_up, "gettext", lambda message: MARKED.get(message, message))
    with translation.override("de"):
        yield


@pytest.mark.parametrize(("kept", "told"), TOLD)
def test_a_kept_sentence_is_told_with_its_values(german: None, kept: str, told: str) -> None:
    assert retold(kept) == told


@pytest.mark.parametrize("kept", [kept for kept, _told in TOLD])
def test_in_english_it_stays_as_it_was_said(kept: str) -> None:
    with translation.override("en"):
        assert retold(kept) == kept


@pytest.mark.parametrize(
    "kept",
    [
        "", "Nobody ever said this.", "userId has 300 characters; the limit is", "{field} {0} {", "%s %(n)d",
        "The time “userId is a list, not text. Look.” cannot be read.",  # a value that reads like a sentence of ours
    ],
)  # fmt: skip
def test_what_is_none_of_our_sentences_stays_as_it_is(german: None, kept: str) -> None:
    assert retold(kept) == kept


def test_values_are_put_in_and_never_read(german: None) -> None:
    assert retold("{0.__class__} is a list, not text.") == "⟦{0.__class__} ist ⟦eine Liste⟧, kein Text.⟧"
    assert retold("x" * 200_000 + " is a list, not text.").startswith("⟦xxx")
    assert retold(" is , not text." * 5_000)


def test_of_two_forms_that_fit_the_one_that_says_more_is_meant() -> None:
    found = form_of("email is a list, not text.")
    assert found is not None
    assert found.template == "{field} is {kind}, not text."  # also {name} is {value}, not {wanted}.


# ── where it is shown ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_rejections_files_and_connections_are_shown_in_german(
    world: Any, client: Client, monkeypatch: pytest.MonkeyPatch, uploads: Any, broker: Any
) -> None:
    looked_up = translation._trans  # type: ignore[attr-defined]
    plain = looked_up.gettext
    monkeypatch.setattr(looked_up, "gettext", lambda message: MARKED.get(message) or plain(message))
    now, ours = timezone.now(), world.ours
    broken = upload(ours, b"customer,event,time\nc1,visit\n", now=now)
    unread = upload(ours, b"customer,event,time\nc1,vis\xffit,2026-03-01\n", now=now)
    for import_id in (broken, unread):
        process_import(organisation_id=ours.pk, import_id=import_id, clock=lambda: now)
    batch_id = keep(ours, [{**track(1), "userId": ["c1"], "timestamp": now.isoformat()}], received_at=now)
    work(ours, batch_id, now=now)
    words = "HubSpot refused the request with 418. Look at the settings."
    row = Connection(vendor="hubspot", name="Sales", error=words, created_at=now, next_at=now + timedelta(hours=1))
    with organisation_scope(ours.pk), translation.override("de"):
        assert [line.reason for line in rejected_rows(organisation=ours, import_id=broken)] == ["⟦2 statt 3 Felder.⟧"]
        assert get_import(organisation=ours, import_id=unread).error.startswith("⟦Zeile 2 hat das Byte 0xff.⟧ ⟦Als")
        assert connection_row(row, None, now=now).error == "⟦HubSpot lehnt ab (418).⟧"
        assert RejectedEvent.objects.get(batch_id=batch_id).reason == "userId is a list, not text."  # as it was said
    client.force_login(world.consultant)
    address = reverse("rejected-group", args=[ours.slug, "invalid_id"])
    text = client.get(address, headers={"Accept-Language": "de"}).content.decode()
    assert "⟦userId ist ⟦eine Liste⟧, kein Text.⟧" in text
    assert "is a list, not text" not in text


# ── nothing is left out ──────────────────────────────────────────────────────────────────────────────────────


def said_in(tree: ast.AST, named: Mapping[str, int]) -> Iterator[str]:
    """Every sentence that such a call is given, with ‹› where a value is put in."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in named:
            for argument in call.args[named[call.func.id] :]:
                yield from _texts(argument)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "‹›" for part in node.values)


def is_known(text: str, marked: frozenset[str], forms: Iterable[Form]) -> bool:
    """Whether it can be told again: as it stands in the catalogue, or by a form with values at the same places."""
    pieces = tuple(text.split("‹›"))
    return any(form.pieces == pieces for form in forms) if len(pieces) > 1 else text in marked


def test_every_sentence_that_is_kept_can_be_told_again() -> None:
    marked = frozenset(message.id for message in c.gather() if isinstance(message.id, str) and message.id)
    assert [form.template for form in known_forms() if form.template not in marked] == []
    left = [
        f"{path.relative_to(ROOT)}: {text}"
        for folder in ("ingest", "connections")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for text in said_in(ast.parse(path.read_text()), _SAID)
        if not is_known(text, marked, known_forms())
    ]
    left += [text for pair in FAULTS.values() for text in pair if text not in marked and form_of(text) is None]
    assert left == []


@pytest.mark.parametrize(
    "code",
    ['RefusedError("code", f"{n} of {m} things are odd.", "Mend them.")', 'VendorError("It is odd." if n else "")'],
)
def test_the_control_a_new_sentence_is_seen(code: str) -> None:
    said = list(said_in(ast.parse(code), _SAID))
    other, same = Form.of("{n} of {m} things are even."), Form.of("{some} of {all} things are odd.")
    assert not all(is_known(text, frozenset({"Mend them, please."}), [other]) for text in said)
    assert all(is_known(text, frozenset({"Mend them.", "It is odd.", ""}), [other, same]) for text in said)
