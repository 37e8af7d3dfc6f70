"""An organisation's own words: versions, what overrides what, two at once, on record, and what a firm gives clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.guidance.models import EntryVersion
from engagement.guidance.selectors import entries_of, entry_named, firms_entries, found, own_versions
from engagement.guidance.services import keep_entry, keep_firms_entry, withdraw_entry, withdraw_firms_entry
from engagement.guidance.types import EntryWords
from tenants.actor import Actor, reaches_of
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope, tenant
from tenants.services import OrganisationSettings, create_client
from tests.conftest import NOW, World

pytestmark = pytest.mark.django_db
OURS_KEY = "why-it-matters"
WORDS = EntryWords(language="en", question="Why do we do this?", text="Because *we* said so.", keywords="reason")
OVERRIDE = replace(WORDS, key=OURS_KEY)


def _keep(organisation: Organisation, words: EntryWords = WORDS, *, based_on: int = 0, **more: Any) -> EntryVersion:
    with organisation_scope(organisation.pk):
        return keep_entry(organisation=organisation, words=words, based_on=based_on, user=None, now=NOW, **more)


def _withdraw(organisation: Organisation, key: str, *, based_on: int, language: str = "en") -> EntryVersion:
    with organisation_scope(organisation.pk):
        return withdraw_entry(
            organisation=organisation, key=key, language=language, based_on=based_on, user=None, now=NOW
        )


def _read(organisation: Organisation, key: str, *, language: str = "en") -> tuple[str, str, str]:
    """Question, whose words, and what they override."""
    with organisation_scope(organisation.pk, write=False):
        one = entry_named(organisation=organisation, key=key, language=language)
    return one.question, one.source, one.overrides


# ── one organisation ─────────────────────────────────────────────────────────────────────────────────────────


def test_own_words_override_ours_in_their_language_and_can_be_taken_back(world: World) -> None:
    ours = world.ours
    original = _read(ours, OURS_KEY)
    made = _keep(ours, OVERRIDE)
    assert made.number == 1
    assert _read(ours, OURS_KEY) == ("Why do we do this?", "own", "ours")
    assert _read(ours, OURS_KEY, language="de")[1] == "ours"
    assert _read(world.other, OURS_KEY) == original
    _withdraw(ours, OURS_KEY, based_on=1)
    assert _read(ours, OURS_KEY) == original
    with organisation_scope(ours.pk, write=False):
        versions = own_versions(organisation=ours, key=OURS_KEY, language="en")
    assert [(one.number, one.is_withdrawn, one.text) for one in versions] == [(2, True, ""), (1, False, WORDS.text)]


def test_an_added_entry_has_a_key_of_its_own_and_is_read_in_every_language(world: World) -> None:
    first, second = _keep(world.ours), _keep(world.ours)
    assert (first.key, second.key) == ("why-do-we-do-this", "why-do-we-do-this-2")
    assert _read(world.ours, first.key, language="de") == ("Why do we do this?", "own", "")
    _keep(world.ours, replace(WORDS, key=first.key, language="de", question="Warum tun wir das?"))
    assert _read(world.ours, first.key, language="de")[0] == "Warum tun wir das?"
    assert _read(world.ours, first.key, language="en")[0] == "Why do we do this?"
    with organisation_scope(world.ours.pk, write=False):
        last = [one.key for one in entries_of(organisation=world.ours, language="en")][-2:]
    assert last == ["why-do-we-do-this", "why-do-we-do-this-2"]  # after ours


def test_an_added_entry_is_found_and_never_called_like_ours_or_an_address(world: World) -> None:
    made = _keep(world.ours, replace(WORDS, question="Why it matters", text="About pangolins."))
    assert made.key == "why-it-matters-2"
    assert _keep(world.ours, replace(WORDS, question="New?")).key == "new-2"
    assert _keep(world.ours, replace(WORDS, question="為什麼?")).key == "entry"
    with organisation_scope(world.ours.pk, write=False):
        assert [hit.key for hit in found(organisation=world.ours, language="en", text="pangolin")] == [made.key]


def test_of_two_who_write_at_once_the_second_is_told(world: World) -> None:
    _keep(world.ours, OVERRIDE)
    with pytest.raises(ConflictError, match="Somebody else"):
        _keep(world.ours, OVERRIDE, based_on=0)
    with pytest.raises(ConflictError):
        _withdraw(world.ours, OURS_KEY, based_on=0)
    assert _keep(world.ours, OVERRIDE, based_on=1).number == 2


def test_of_two_at_the_very_same_moment_the_database_refuses_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the same latest version: the unique key decides, and nothing answers 500."""
    _keep(world.ours, OVERRIDE)
    monkeypatch.setattr("engagement.guidance.services.entries._last", lambda *_: None)
    with pytest.raises(ConflictError, match="Somebody else"):
        _keep(world.ours, OVERRIDE, based_on=0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": "  "}, "question"),
        ({"question": "x" * 201}, "question"),
        ({"text": ""}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"keywords": "x" * 201}, "keywords"),
        ({"note": "x" * 201}, "note"),
        ({"language": "fr"}, "language"),
        ({"explains": ("score", "nonsense")}, "explains"),
        ({"evidence": ("nonsense",)}, "evidence"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _keep(world.ours, replace(WORDS, **changes))
    assert list(refused.value.fields) == [field]
    with organisation_scope(world.ours.pk, write=False):
        assert not EntryVersion.objects.exists()


def test_a_key_that_no_entry_has_cannot_be_overridden(world: World) -> None:
    _keep(world.other, replace(WORDS, question="Theirs?"))
    for key in ("nothing-of-the-kind", "theirs"):
        with pytest.raises(NotFoundError):
            _keep(world.ours, replace(WORDS, key=key))
    with pytest.raises(NotFoundError):
        _withdraw(world.ours, OURS_KEY, based_on=0)


def test_what_was_kept_is_on_record_without_the_words(world: World) -> None:
    made = _keep(world.ours, OVERRIDE)
    taken = _withdraw(world.ours, OURS_KEY, based_on=1)
    with organisation_scope(world.ours.pk, write=False):
        said = [str(one.content) for one in AuditEntry.objects.order_by("number")][-2:]
    assert '"act":"guidance.kept"' in said[0]
    assert str(made.pk) in said[0]
    assert '"act":"guidance.withdrawn"' in said[1]
    assert str(taken.pk) in said[1]
    assert "because" not in "".join(said).lower()


def test_the_database_keeps_the_shape_of_versions(world: World) -> None:
    made = _keep(world.ours)
    for changes in ("number = 0", "question = ''", "text = ''"):
        with pytest.raises(DatabaseError), organisation_scope(world.ours.pk), connection.cursor() as cursor:
            cursor.execute(f"UPDATE guidance_entryversion SET {changes} WHERE id = %s", [made.pk])


# ── a firm and its clients ───────────────────────────────────────────────────────────────────────────────────


def _firms(world: World, words: EntryWords = OVERRIDE, *, based_on: int = 0) -> EntryVersion:
    actor = Actor(user=world.admin, reaches=tuple(reaches_of(world.admin)))
    with tenant(read=[world.firm.pk], write=world.firm.pk):
        return keep_firms_entry(actor=actor, firm=world.firm, words=words, based_on=based_on, user=world.admin, now=NOW)


def test_a_firms_words_stand_at_every_client_and_nowhere_else(world: World) -> None:
    _firms(world)
    for client in (world.ours, world.other):
        assert _read(client, OURS_KEY) == ("Why do we do this?", "firm", "ours")
    assert _read(world.strange, OURS_KEY)[1] == "ours"
    with organisation_scope(world.ours.pk, write=False):
        copy = EntryVersion.objects.get()
        last = str(AuditEntry.objects.order_by("-number")[0].content)
    assert (copy.origin, copy.number, copy.written_by_id) == ("firm", 1, None)  # nobody of the firm is named
    assert '"act":"guidance.received"' in last


def test_a_clients_own_words_beat_the_firms_and_the_firms_beat_ours(world: World) -> None:
    _firms(world)
    _keep(world.ours, replace(OVERRIDE, question="Our own?"))
    assert _read(world.ours, OURS_KEY) == ("Our own?", "own", "firm")
    _firms(world, replace(OVERRIDE, question="The firm again?"), based_on=1)
    assert _read(world.ours, OURS_KEY)[0] == "Our own?"
    assert _read(world.other, OURS_KEY)[0] == "The firm again?"
    _withdraw(world.ours, OURS_KEY, based_on=1)
    assert _read(world.ours, OURS_KEY) == ("The firm again?", "firm", "ours")


def test_what_a_firm_takes_back_goes_at_its_clients(world: World) -> None:
    _firms(world)
    actor = Actor(user=world.admin, reaches=tuple(reaches_of(world.admin)))
    with tenant(read=[world.firm.pk], write=world.firm.pk):
        withdraw_firms_entry(
            actor=actor, firm=world.firm, key=OURS_KEY, language="en", based_on=1, user=world.admin, now=NOW
        )  # fmt: skip
        assert firms_entries(firm=world.firm) == ()
    assert _read(world.ours, OURS_KEY)[1] == "ours"


def test_a_client_made_later_gets_what_the_firm_says_then(world: World) -> None:
    _firms(world)
    _firms(world, replace(OVERRIDE, question="Second?"), based_on=1)
    _firms(world, replace(WORDS, question="Gone?"))
    actor = Actor(user=world.admin, reaches=tuple(reaches_of(world.admin)))
    with tenant(read=[world.firm.pk], write=world.firm.pk):
        withdraw_firms_entry(
            actor=actor, firm=world.firm, key="gone", language="en", based_on=1, user=world.admin, now=NOW
        )  # fmt: skip
        made = create_client(firm_id=world.firm.pk, settings=OrganisationSettings(name="Late"), now=NOW)
    assert _read(made, OURS_KEY) == ("Second?", "firm", "ours")
    with organisation_scope(made.pk, write=False):
        assert EntryVersion.objects.count() == 1


def test_a_client_that_missed_something_gets_it_with_the_next_change(world: World) -> None:
    """Kept by somebody who reaches none of the clients, as an operator on a visit does."""
    with tenant(read=[world.firm.pk], write=world.firm.pk):
        nobody = Actor(user=world.admin, reaches=())
        keep_firms_entry(actor=nobody, firm=world.firm, words=OVERRIDE, based_on=0, user=None, now=NOW)
    assert _read(world.ours, OURS_KEY)[1] == "ours"
    _firms(world, replace(WORDS, question="Another?"))
    assert _read(world.ours, OURS_KEY) == ("Why do we do this?", "firm", "ours")
    with organisation_scope(world.ours.pk, write=False):
        assert EntryVersion.objects.count() == 2
    _firms(world, replace(WORDS, question="A third?"))
    with organisation_scope(world.ours.pk, write=False):
        assert EntryVersion.objects.count() == 3  # nothing comes twice


def test_a_firm_reads_its_own_list(world: World) -> None:
    _firms(world)
    with tenant(read=[world.firm.pk]):
        [one] = firms_entries(firm=world.firm)
    assert (one.key, one.question, one.overrides) == (OURS_KEY, "Why do we do this?", "ours")
