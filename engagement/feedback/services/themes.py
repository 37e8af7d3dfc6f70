"""Themes: how they are called and found, in numbered versions, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.feedback import queries
from engagement.feedback.formula.themes import plain_phrase
from engagement.feedback.models import PhraseOffer, Theme, ThemeVersion
from engagement.feedback.services.matching import ask_for_matching
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

MAX_NAME: Final = 80
MAX_PHRASES: Final = 50
MAX_PHRASE: Final = 80
MAX_NOTE: Final = 280
MAX_THEMES: Final = 100
"""With more, nobody would read them; it also bounds what every text is held against."""


def add_theme(
    *, organisation: Organisation, name: str, phrases: Sequence[str], user: User | None, now: datetime
) -> Theme:
    """Define a theme and ask for all feedback to be looked through for it.

    Raises InvalidInputError with fields.
    """
    queries.fetch("lock_themes", organisation_id=organisation.pk)
    name, kept = _checked(name, phrases)
    in_force = Theme.objects.filter(archived_at__isnull=True)
    if in_force.count() >= MAX_THEMES:
        said = _("There are {most} themes. Take one away, or add your words to one of them.")
        raise InvalidInputError(fields={"name": [said.format(most=MAX_THEMES)]})
    today = organisation.today(now)
    theme = Theme.objects.create(
        organisation=organisation, number=_next(Theme), state_on=today, state_by=user, open_since=today
    )
    version = _add_version(theme, name=name, phrases=kept, user=user, now=now)
    PhraseOffer.objects.filter(phrase__in=[plain_phrase(phrase) for phrase in kept]).delete()
    audit_append(
        act="theme.added", object_kind="theme", object_id=theme.pk,
        new={"number": theme.number, "version": version.number, "phrases": len(kept)},
    )  # fmt: skip
    ask_for_matching(organisation=organisation, user=user, now=now)
    return theme


def change_theme(
    *, organisation: Organisation, number: int, name: str, phrases: Sequence[str], user: User | None, now: datetime
) -> ThemeVersion | None:
    """Call or find a theme otherwise, from a new version on; None where nothing differs.

    Other phrases ask for all feedback to be looked through again. Raises InvalidInputError with fields, NotFoundError.
    """
    queries.fetch("lock_themes", organisation_id=organisation.pk)
    theme, former = _in_force(number)
    name, kept = _checked(name, phrases, but=theme)
    if (name, kept) == (former.name, former.phrases):
        return None
    version = _add_version(theme, name=name, phrases=kept, user=user, now=now)
    old, new = changed(
        {"version": former.number, "phrases": len(former.phrases), "name": former.name, "words": former.phrases},
        {"version": version.number, "phrases": len(kept), "name": name, "words": kept},
        texts=("name", "words"),
    )
    audit_append(act="theme.changed", object_kind="theme", object_id=theme.pk, old=old, new=new)
    ask_for_matching(organisation=organisation, user=user, now=now)
    return version


def set_state(
    *, organisation: Organisation, number: int, state: str, note: str, user: User | None, now: datetime
) -> Theme:
    """Say what became of a theme: open, being worked on, answered; who said so and on which day is kept.

    An answer says what was done. Raises InvalidInputError with fields, NotFoundError.
    """
    theme, _version = _in_force(number)
    note = " ".join(note.split())
    problems: dict[str, list[str]] = {}
    if state not in Theme.State.values:
        problems["state"] = [_("Choose open, working or answered.")]
    if len(note) > MAX_NOTE or "\0" in note:
        problems["note"] = [_("Use at most {most} characters.").format(most=MAX_NOTE)]
    elif state == Theme.State.ANSWERED and not note:
        problems["note"] = [_("Say in a sentence what was done.")]
    if problems:
        raise InvalidInputError(fields=problems)
    before, today = {"state": theme.state, "note": theme.state_note}, organisation.today(now)
    if before == {"state": state, "note": note}:
        return theme
    if state == Theme.State.OPEN and theme.state != Theme.State.OPEN:
        theme.open_since = today
    theme.state, theme.state_note, theme.state_on, theme.state_by = state, note, today, user
    theme.save()
    old, new = changed(before, {"state": state, "note": note}, texts=("note",))
    audit_append(act="theme.state_changed", object_kind="theme", object_id=theme.pk, old=old, new=new)
    return theme


def archive_theme(*, organisation: Organisation, number: int, now: datetime) -> None:
    """Take a theme away: feedback is not counted under it any more. Its versions are kept. Raises NotFoundError."""
    theme, _version = _in_force(number)
    theme.archived_at = now
    theme.save(update_fields=["archived_at"])
    audit_append(
        act="theme.archived",
        object_kind="theme",
        object_id=theme.pk,
        old={"number": theme.number, "state": theme.state},
    )


def _in_force(number: int) -> tuple[Theme, ThemeVersion]:
    """A theme, locked, with its version in force; raises NotFoundError."""
    found = Theme.objects.select_for_update(of=("self",)).filter(number=number, archived_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such theme."))
    return found, found.versions.order_by("-number")[0]


def _next(model: type[Theme | ThemeVersion]) -> int:
    return (model.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _add_version(theme: Theme, *, name: str, phrases: list[str], user: User | None, now: datetime) -> ThemeVersion:
    return ThemeVersion.objects.create(
        organisation_id=theme.organisation_id, theme=theme, number=_next(ThemeVersion), name=name, phrases=phrases,
        created_by=user, created_at=now,
    )  # fmt: skip


def _checked(name: str, phrases: Sequence[str], *, but: Theme | None = None) -> tuple[str, list[str]]:
    """Name and phrases as they are kept: blanks set right, each phrase once."""
    name = " ".join(name.split())
    kept = list({plain_phrase(one): " ".join(one.split()) for one in phrases if one.strip()}.values())
    problems: dict[str, list[str]] = {}
    if not name or len(name) > MAX_NAME or "\0" in name:
        problems["name"] = [_("Give it a name of at most {most} characters.").format(most=MAX_NAME)]
    elif _is_taken(name, but):
        problems["name"] = [_("There is a theme with this name already.")]
    if not kept:
        problems["phrases"] = [_("Give at least one word or phrase.")]
    elif len(kept) > MAX_PHRASES or any(len(one) > MAX_PHRASE or "\0" in one for one in kept):
        said = _("Give at most {most} phrases, each of at most {length} characters.")
        problems["phrases"] = [said.format(most=MAX_PHRASES, length=MAX_PHRASE)]
    elif not all(plain_phrase(one) for one in kept):
        problems["phrases"] = [_("Each phrase needs a letter or a digit.")]
    if problems:
        raise InvalidInputError(fields=problems)
    return name, kept


def _is_taken(name: str, but: Theme | None) -> bool:
    others = Theme.objects.filter(archived_at__isnull=True).exclude(number=but.number if but else 0)
    latest = ThemeVersion.objects.filter(theme__in=others).order_by("theme_id", "-number").distinct("theme_id")
    return name.casefold() in {version.name.casefold() for version in latest}
