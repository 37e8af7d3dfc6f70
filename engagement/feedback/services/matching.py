"""Looking all feedback through for the themes of today, and for phrases that no theme covers: a job, in pieces."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from django.db.models import Q

from engagement.feedback import queries
from engagement.feedback.formula.themes import frequent_phrases
from engagement.feedback.models import FeedbackItem, PhraseOffer
from engagement.feedback.selectors.themes import current_matcher
from tenants.jobs import Work, ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "feedback.match"
AT_ONCE: Final = 1_000  # texts in memory at a time: 5 MB at the very most
LOOKED_THROUGH: Final = 5_000
"""So many of the latest texts without a theme are looked through for phrases: what is asked is what is said these days,
and a table of all pairs of words of 200,000 texts would not stay small."""


def ask_for_matching(*, organisation: Organisation, user: User | None, now: datetime) -> Job:
    """Ask for all feedback to be looked through; asking twice is asking once."""
    subject = str(current_matcher().version)
    return ask_job(kind=KIND, subject=subject, organisation=organisation, user=user, now=now)


def match_themes(work: Work) -> None:
    """Look through what was last looked at with former themes, some texts at a time; then find frequent phrases.

    A row says by which version it was looked at, so what breaks off goes on where it was, and themes that change
    meanwhile are taken up in the same pass.
    """
    with organisation_scope(work.organisation_id, write=False):
        waiting = FeedbackItem.objects.filter(matched_version__lt=current_matcher().version).count()
    steps = waiting // AT_ONCE + 2
    work.begin(steps=steps)
    done = 0
    while _match_some(work, done=min(done, steps - 2)) == AT_ONCE:
        done += 1
    _offer_phrases(work, steps=steps)


def _match_some(work: Work, *, done: int) -> int:
    """Match the next texts; returns how many there were."""
    with organisation_scope(work.organisation_id):
        matcher = current_matcher()
        waiting = FeedbackItem.objects.filter(matched_version__lt=matcher.version)
        rows = list(waiting.order_by("matched_version").values_list("pk", "text")[:AT_ONCE])
        if rows:
            found = [{"id": str(pk), "theme_numbers": matcher.match(text)} for pk, text in rows]
            queries.run("put_matches", organisation_id=work.organisation_id, version=matcher.version,
                        rows=json.dumps(found))  # fmt: skip
        work.done(done + 1)
    return len(rows)


def _offer_phrases(work: Work, *, steps: int) -> None:
    with organisation_scope(work.organisation_id, write=False):
        numbers = [number for number, _needles in current_matcher().needles]
        uncovered = FeedbackItem.objects.filter(~Q(theme_numbers__overlap=numbers)) if numbers else FeedbackItem.objects
        texts = list(uncovered.order_by("-day", "-id").values_list("text", flat=True)[:LOOKED_THROUGH])
    offered = frequent_phrases(texts)
    with organisation_scope(work.organisation_id):
        queries.fetch("lock_themes", organisation_id=work.organisation_id)  # another looking-through may end just now
        PhraseOffer.objects.all().delete()
        PhraseOffer.objects.bulk_create(
            PhraseOffer(organisation_id=work.organisation_id, place=at, phrase=one.phrase[:200], n=one.n)
            for at, one in enumerate(offered)
        )
        work.done(steps)
