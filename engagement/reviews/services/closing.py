"""Closing a review: nothing is left lying, and what it came to is frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.reviews.models import AgendaItem, DecisionState, Minutes, Review
from engagement.reviews.selectors.document import review_document
from engagement.reviews.selectors.reviews import undecided
from engagement.reviews.services.agenda import reason_of
from engagement.reviews.services.opening import locked_review
from engagement.reviews.services.settling import settle_decision
from engagement.reviews.types import Fate, Json
from tenants.audit import audit_append
from tenants.models import Organisation, User


def close_review(
    *, organisation: Organisation, review_id: UUID, fates: Mapping[UUID, Fate], user: User | None, now: datetime
) -> Minutes:
    """Close a review: each item that nothing was decided on is carried over or dropped, then everything is frozen.

    A former decision that is dropped is dropped as a decision. Raises InvalidInputError naming items without a fate,
    NotFoundError, ConflictError once closed.
    """
    review = locked_review(review_id)
    _leave_nothing(organisation, review, fates, user, now)
    review.state, review.closed_at = Review.State.CLOSED, now
    review.save(update_fields=["state", "closed_at"])
    text = canonical(
        review_document(organisation=organisation, review=review)
        | {"closed_at": now.isoformat(), "closed_by": user.name if user else ""}
    )
    made = Minutes.objects.create(
        organisation=organisation, review=review, document=text, sha256=sha256_of(text), closed_by=user, closed_at=now
    )
    said = {"number": review.number, "sha256": made.sha256, "decisions": review.decisions.count()}
    audit_append(
        act="review.closed", object_kind="review", object_id=review.pk, new=said, organisation_id=organisation.pk
    )
    return made


def _leave_nothing(
    organisation: Organisation, review: Review, fates: Mapping[UUID, Fate], user: User | None, now: datetime
) -> None:
    left = undecided(review=review)
    problems: dict[str, list[str]] = {}
    for item in left:
        fate = fates.get(item.pk)
        if fate is None or fate.code not in {AgendaItem.Fate.CARRIED, AgendaItem.Fate.DROPPED}:
            problems[f"fate-{item.pk}"] = [_("Choose whether it is carried over or dropped.")]
        elif fate.code == AgendaItem.Fate.DROPPED and not fate.because.strip():
            problems[f"because-{item.pk}"] = [_("Say in a word why it is dropped.")]
    if problems:
        raise InvalidInputError(fields=problems)
    for item in left:
        fate = fates[item.pk]
        item.fate = fate.code
        item.fate_because = reason_of(fate.because, field=f"because-{item.pk}") if fate.because.strip() else ""
        item.save(update_fields=["fate", "fate_because"])
        if item.kind == "decision" and fate.code == AgendaItem.Fate.DROPPED:
            settle_decision(
                organisation=organisation, decision_id=UUID(item.reference), code=DecisionState.Code.DROPPED.value,
                because=item.fate_because, user=user, now=now,
            )  # fmt: skip


def canonical(document: Json) -> str:
    """The one text of a document: sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(text: str) -> str:
    """The hash of a canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()
