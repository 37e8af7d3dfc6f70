"""Which column means what: as people send it, as it is kept by name, and offered again for files that look alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.files import Mapping as ColumnMapping
from engagement.ingest.files import kind_of
from engagement.ingest.files.mappings import CLOCK
from engagement.ingest.files.numbers import POINT, STYLES, Numbers
from engagement.ingest.models import SavedMapping
from engagement.ingest.services.mending import OURS
from engagement.ingest.services.rows import kept_of
from tenants.audit import audit_append
from tenants.models import Organisation, User

MAPPINGS_MOST: Final = 200
NAME_LIMIT: Final = 80
_COLUMNS_MOST: Final = 1_000
_TEXT_LIMIT: Final = 200


def signature_of(columns: Iterable[str]) -> str:
    """What files have in common that name the same columns, whatever the case, blanks and order."""
    names = sorted({" ".join(name.casefold().split()) for name in columns if name not in OURS})
    return hashlib.sha256("\n".join(names).encode(errors="surrogatepass")).hexdigest()


def parse_mapping(sent: object, *, kind: str) -> ColumnMapping:
    """A mapping as it is sent: {"roles": {role: column}, "kept": [column, …] or null, "constants": {role: text},
    "numbers": "point" or "comma"}.

    Raises InvalidInputError with the field `mapping`. Whether the file has these columns is seen when it is opened.
    """
    if not isinstance(sent, Mapping):
        raise _refused(_("Send an object with roles, and with kept and constants where you need them."))
    unknown = sorted(set(map(str, sent)) - {"roles", "kept", "constants", "numbers"})
    if unknown:
        words = _("“{name}” is no part of a mapping: there are roles, kept, constants and numbers.")
        raise _refused(words.format(name=unknown[0][:80]))
    known = {*kind_of(kind).columns, *((CLOCK,) if "time" in kind_of(kind).columns else ())}
    return ColumnMapping(
        roles=_texts(sent.get("roles"), known=known, part="roles"),
        kept=_names(sent.get("kept")),
        constants=_texts(sent.get("constants"), known=known - {CLOCK}, part="constants"),
        numbers=_numbers(sent.get("numbers")),
    )


def _texts(sent: object, *, known: set[str], part: str) -> dict[str, str]:
    if sent is None:
        return {}
    if not isinstance(sent, Mapping):
        raise _refused(_("{part} is an object of texts.").format(part=part))
    for role, text in sent.items():
        if role not in known:
            words = _("{part} knows no “{role}”. Choose from: {known}.")
            raise _refused(words.format(part=part, role=str(role)[:80], known=", ".join(sorted(known))))
        if not isinstance(text, str) or not 0 < len(text.strip()) <= _TEXT_LIMIT or "\0" in text:
            words = _("{part}: {role} is a text of 1 to {most} characters.")
            raise _refused(words.format(part=part, role=role, most=_TEXT_LIMIT))
    return {str(role): str(text) for role, text in sent.items()}


def _names(sent: object) -> tuple[str, ...] | None:
    if sent is None:
        return None
    if not isinstance(sent, list) or len(sent) > _COLUMNS_MOST or not all(isinstance(name, str) for name in sent):
        raise _refused(_("kept is a list of names of columns, or null for all that have no role."))
    return tuple(sent)


def _numbers(sent: object) -> Numbers:
    if sent is None:
        return POINT
    for style in STYLES:
        if sent == style:
            return style
    raise _refused(_("numbers is point, for 12.50, or comma, for 12,50 and 1.234,50."))


def _refused(words: str) -> InvalidInputError:
    return InvalidInputError(words, fields={"mapping": [words]})


def save_mapping(
    *,
    organisation: Organisation,
    kind: str,
    name: str,
    columns: Iterable[str],
    mapping: ColumnMapping,
    user: User | None,
    now: datetime,
) -> SavedMapping:
    """Keep a mapping under a name; one of the same name and kind is written over. Raises InvalidInputError (name)."""
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LIMIT or "\0" in name:
        words = _("Give a name of 1 to {most} characters.").format(most=NAME_LIMIT)
        raise InvalidInputError(words, fields={"name": [words]})
    named: dict[str, Any] = {"organisation": organisation, "kind": kind, "name": name}
    if not SavedMapping.objects.filter(**named).exists() and SavedMapping.objects.count() >= MAPPINGS_MOST:
        raise ConflictError(_("{most} mappings are kept at most. Delete one first.").format(most=MAPPINGS_MOST))
    listed = [column for column in columns if column not in OURS]
    row, _made = SavedMapping.objects.update_or_create(
        **named,
        defaults={
            "signature": signature_of(listed),
            "columns": listed,
            "mapping": kept_of(mapping),
            "created_by": user,
            "created_at": now,
        },
    )
    audit_append(act="mapping.saved", object_kind="mapping", object_id=row.pk, new={"kind": kind})
    return row


def get_mapping(*, organisation: Organisation, mapping_id: UUID) -> SavedMapping:
    """One of them; raises NotFoundError."""
    row = SavedMapping.objects.filter(organisation=organisation, pk=mapping_id).first()
    if row is None:
        raise NotFoundError
    return row


def delete_mapping(*, organisation: Organisation, mapping_id: UUID) -> None:
    """Files that were read by it stay as they are; raises NotFoundError."""
    row = get_mapping(organisation=organisation, mapping_id=mapping_id)
    row.delete()
    audit_append(act="mapping.deleted", object_kind="mapping", object_id=mapping_id, old={"kind": row.kind})


def mapping_named(*, organisation: Organisation, kind: str, name: str) -> dict[str, Any]:
    """What is kept under a name; raises InvalidInputError (mapping_name)."""
    row = SavedMapping.objects.filter(organisation=organisation, kind=kind, name=" ".join(name.split())).first()
    if row is None:
        words = _("There is no mapping of that name for files of this kind.")
        raise InvalidInputError(words, fields={"mapping_name": [words]})
    return dict(row.mapping)


def mappings_for(*, organisation: Organisation, kind: str, columns: Iterable[str]) -> list[SavedMapping]:
    """Those kept of files with the same columns, the latest first."""
    alike = SavedMapping.objects.filter(organisation=organisation, kind=kind, signature=signature_of(columns))
    return list(alike.order_by("-created_at"))
