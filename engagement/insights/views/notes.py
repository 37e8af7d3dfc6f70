"""Pages of notes on days and of questions about numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import ForbiddenError
from engagement.insights import services
from engagement.insights.forms_notes import AnswerForm, FurtherForm, NoteForm, QuestionForm
from engagement.insights.note_types import NoteLine
from engagement.insights.present_notes import heading, note_row, question_page, question_row
from engagement.insights.selectors import notes as note_selectors
from engagement.insights.selectors import questions as question_selectors
from engagement.insights.speaking import speaker_of
from engagement.insights.terms import terms_of
from engagement.insights.views import client_of
from engagement.look.components import Choice, Confirm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission

# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(limits=True, get=Permission.VIEW, post=Permission.ASK)
def notes(request: OrganisationRequest) -> HttpResponse:
    """Questions that wait or all of them, all notes, and the form that notes a day."""
    organisation, now, speaker = client_of(request), timezone.now(), speaker_of(request)
    form = NoteForm.asked(sent(request), keys=speaker.keys, query=request.GET)
    if form.is_bound and form.succeeded(
        lambda: services.add_note(organisation=organisation, speaker=speaker, words=form.words(), now=now)
    ):
        messages.success(request, _("The note stands here and on the charts."))
        return redirect("notes", organisation.slug)
    return render(request, "insights/notes.html", {"form": form, **_listed(request)})


def _listed(request: OrganisationRequest) -> dict[str, object]:
    speaker, only_open = speaker_of(request), request.GET.get("show") != "all"
    terms = terms_of(organisation=request.organisation, run=None)
    found = question_selectors.questions(speaker=speaker, only_open=only_open)
    lines, page = note_selectors.notes_page(speaker=speaker, page=request.GET.get("page", ""))
    return {
        "heading": heading(questions=found),
        "questions": [question_row(question, terms=terms) for question in found],
        "is_cut": len(found) == question_selectors.LISTED,
        "choices": (
            Choice(label=_("Open"), url="?show=open", current=only_open),
            Choice(label=_("All"), url="?show=all", current=not only_open),
        ),
        "only_open": only_open,
        "notes": [note_row(line, terms=terms) for line in lines],
        "page": page,
        "may_ask": request.reach.may(Permission.ASK),
    }


# ── one note ─────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(limits=True, get=Permission.ASK, post=Permission.ASK)
def note_change(request: OrganisationRequest, note_id: UUID) -> HttpResponse:
    """Say a note otherwise."""
    organisation, now, speaker = client_of(request), timezone.now(), speaker_of(request)
    note = _changeable(request, note_id)
    form = NoteForm.of(sent(request), keys=speaker.keys, note=note)
    said: dict[str, Any] = {"organisation": organisation, "speaker": speaker, "note_id": note_id, "now": now}
    if form.is_bound and form.succeeded(lambda: services.change_note(words=form.words(), **said)):
        messages.success(request, _("The note has changed."))
        return redirect("notes", organisation.slug)
    row = note_row(note, terms=terms_of(organisation=organisation, run=None))
    return render(request, "insights/note_change.html", {"form": form, "note": row})


def _changeable(request: OrganisationRequest, note_id: UUID) -> NoteLine:
    """A note that whoever asks may change; NotFoundError or ForbiddenError for any other."""
    found = note_selectors.note(speaker=speaker_of(request), note_id=note_id)
    if not found.may_change:
        raise ForbiddenError(_("Only whoever wrote this note can change it, or a consultant or an admin."))
    return found


@organisation_view(limits=True, get=Permission.ASK, post=Permission.ASK)
def note_remove(request: OrganisationRequest, note_id: UUID) -> HttpResponse:
    """Asks first, then takes a note away."""
    organisation, note = client_of(request), _changeable(request, note_id)
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm(request, note)})
    services.remove_note(organisation=organisation, speaker=speaker_of(request), note_id=note_id)
    messages.success(request, _("The note is gone."))
    return redirect("notes", organisation.slug)


def _confirm(request: OrganisationRequest, note: NoteLine) -> Confirm:
    row = note_row(note, terms=terms_of(organisation=request.organisation, run=None))
    return Confirm(
        question=_("Remove the note of {days}?").format(days=row.days),
        consequence=_("“{note}” goes from this list, from the charts and from reports to come.").format(note=row.text),
        button=_("Remove the note"),
        back=_("Keep it"),
        back_url=reverse("notes", args=[request.organisation.slug]),
    )


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────


@organisation_view(limits=True, get=Permission.ASK, post=Permission.ASK)
def question_new(request: OrganisationRequest) -> HttpResponse:
    """Ask about a number as a page showed it."""
    organisation, now, speaker = client_of(request), timezone.now(), speaker_of(request)
    form = QuestionForm(sent(request), keys=speaker.keys, query=request.GET)
    said: dict[str, Any] = {"organisation": organisation, "speaker": speaker, "now": now}
    if form.is_bound and form.succeeded(lambda: services.ask_question(**said, **form.question())):
        messages.success(request, _("Your question is on its way. You get a mail when it is answered."))
        return redirect("question", organisation.slug, form.outcome.pk)
    return render(request, "insights/question_new.html", {"form": form})


@organisation_view(limits=True, get=Permission.VIEW, post=Permission.ASK)
def question(request: OrganisationRequest, question_id: UUID) -> HttpResponse:
    """A question with what was said; posting asks further."""
    organisation, now, form = client_of(request), timezone.now(), FurtherForm(sent(request), prefix="further")
    said: dict[str, Any] = {
        "organisation": organisation,
        "speaker": speaker_of(request),
        "question_id": question_id,
        "now": now,
    }
    if form.is_bound and form.succeeded(lambda: services.ask_further(text=form.cleaned_data["text"], **said)):
        messages.success(request, _("Your further question is on its way."))
        return redirect("question", organisation.slug, question_id)
    return _question(request, question_id, further=form)


@organisation_view(limits=True, post=Permission.ANSWER)
def question_answer(request: OrganisationRequest, question_id: UUID) -> HttpResponse:
    """Answer a question."""
    organisation, now, form = client_of(request), timezone.now(), AnswerForm(sent(request), prefix="answer")
    said: dict[str, Any] = {
        "organisation": organisation,
        "speaker": speaker_of(request),
        "question_id": question_id,
        "now": now,
    }
    if form.succeeded(lambda: services.answer_question(text=form.cleaned_data["text"], **said)):
        messages.success(request, _("Your answer stands here, and whoever asked gets a mail."))
        return redirect("question", organisation.slug, question_id)
    return _question(request, question_id, answer=form)


def _question(
    request: OrganisationRequest,
    question_id: UUID,
    *,
    further: FurtherForm | None = None,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    speaker, organisation = speaker_of(request), request.organisation
    thread = question_selectors.question(organisation=organisation, speaker=speaker, question_id=question_id)
    context = {
        "page": question_page(thread, terms=terms_of(organisation=organisation, run=None)),
        "further": further or FurtherForm(None, prefix="further"),
        "answer": answer or AnswerForm(None, prefix="answer"),
        "may_answer": speaker.may_answer,
        "may_ask": request.reach.may(Permission.ASK),
    }
    return render(request, "insights/question.html", context)
