"""The builder of a rule on a page: its buttons, what was typed so far, and what it would find."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.scoring.built import Overlap, RuleLook
from engagement.scoring.forms.rule_layout import rearranged
from engagement.scoring.forms.rules import RuleForm
from engagement.scoring.rules import Rule, parse_rule, sentence
from engagement.scoring.schedule import next_scoring
from engagement.scoring.selectors.building import rule_look
from engagement.scoring.selectors.rules import trait_names
from engagement.scoring.types import SegmentLine
from engagement.scoring.views.counting_now import is_counted_at_once
from engagement.scoring.views.reader import count_text, share_text
from engagement.scoring.views.schedule_words import next_words
from engagement.scoring.views.words import bands_of
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.permissions import Permission
from tenants.selectors import band_names

_FIELD: Final = re.compile(r"(subject|trait|op|value)_(\d+)")
_NAMED: Final = {
    "subject": _lazy("Condition {n}, what"),
    "trait": _lazy("Condition {n}, trait"),
    "op": _lazy("Condition {n}, comparison"),
    "value": _lazy("Condition {n}, value"),
}
_MOST_OVERLAPS: Final = 12


@dataclass(frozen=True, slots=True)
class Typed:
    """What a rule's form is bound to, where the focus goes, what was done; `act` is "" where it is to be saved."""

    data: QueryDict | None
    focus: str
    said: str
    act: str


@dataclass(frozen=True, slots=True)
class OverlapRow:
    """Another segment in the table of overlaps; bars are widths in hundredths of the column, "43.2%"."""

    overlap: Overlap
    bar_this: str
    bar_other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The panel beside the rule, ready to print; without `look` the rule cannot be read, and `problems` say why."""

    sentence: str
    problems: tuple[str, ...]
    look: RuleLook | None
    lead: str  # "40 of 80 customers, 50.0 %"
    small: str  # why the scorecard will show no number, or no band
    rows: tuple[OverlapRow, ...]
    more: str  # of the other segments that are not in the table
    title: str  # of the overlaps: their finding
    may_see: bool  # customers by name
    saving: tuple[str, ...]
    said: str  # what a button has done, for who does not see it
    is_waiting: bool = False  # the page that shows this asks for the count itself


def typed(request: OrganisationRequest) -> Typed:
    """What was sent, as the button that was pressed leaves it."""
    data = sent(request)
    act = request.POST.get("act", "")
    if data is None or not act:
        return Typed(data, "", "", "")
    changed = rearranged(data, act)
    return Typed(changed.data, changed.focus, changed.said, act)


def is_saved(form: RuleForm, now: Typed, act: Callable[[], object]) -> bool:
    """Whether the form was sent to be saved, and is."""
    return form.is_bound and not now.act and form.succeeded(act)


def builder(
    request: OrganisationRequest, form: RuleForm, *, now: Typed, line: SegmentLine | None, purpose: str = "segment"
) -> dict[str, object]:
    """What the templates of the builder take. A button's answer shows no errors beside fields that are being filled."""
    problems: tuple[str, ...] = ()
    rule = form.read() if form.is_bound else parse_rule(dict(line.rule)) if line else None
    if now.act:
        problems = _problems(form)
        form.errors.clear()
    found = _found(request, form, rule, line=line, problems=problems, said=now.said, purpose=purpose)
    names = tuple(band_names(request.organisation).items())
    shown = {"bands": bands_of(request.organisation), "band_pairs": names, "purpose": purpose}
    return {"form": form, "found": found, **shown, **traits(request)}


def builder_answer(
    request: OrganisationRequest, context: dict[str, object], *, now: Typed, template: str
) -> HttpResponse:
    """The whole page, or the parts of it that a script asked for."""
    if not now.act or not getattr(request, "htmx", False):
        return render(request, template, context)
    return render(request, "scoring/_builder_answer.html", {**context, "is_look": now.act == "look", "is_answer": True})


def traits(request: OrganisationRequest) -> dict[str, object]:
    """Names of traits to choose from."""
    return {"traits": trait_names(organisation=request.organisation)}


def _problems(form: RuleForm) -> tuple[str, ...]:
    return tuple(
        f"{_place(form, name)}: {text}"
        for name, texts in form.errors.items()
        if name not in form.beside_the_rule
        for text in texts
    )


def _place(form: RuleForm, name: str) -> str:
    found = _FIELD.fullmatch(name)
    if found:
        return str(_NAMED[found[1]]).format(n=found[2])
    return str(form.fields[name].label or name) if name in form.fields else _("The rule")


def _found(
    request: OrganisationRequest,
    form: RuleForm,
    rule: Rule | None,
    *,
    line: SegmentLine | None,
    problems: tuple[str, ...],
    said: str,
    purpose: str,
) -> Found:
    organisation = request.organisation
    key, set_key = (
        (line.key, None) if line else (None, str(form["set"].value() or "") if "set" in form.fields else None)
    )
    is_waiting = rule is not None and not is_counted_at_once(request)
    look = None
    if rule is not None and not is_waiting:
        look = rule_look(organisation=organisation, rule=rule, key=key, set_key=set_key)
    shared = sorted((one for one in look.overlaps if one.n_both), key=lambda one: -one.n_both) if look else []
    shown = shared[:_MOST_OVERLAPS]
    return Found(
        sentence="" if rule is None else f"{sentence(rule, band_names=band_names(organisation))}.",
        problems=problems,
        look=look,
        lead=_("Being counted") if is_waiting else _lead(look, purpose),
        small=_small(look, organisation.minimum_n, organisation.minimum_n_band) if purpose == "segment" else "",
        rows=tuple(OverlapRow(one, _bar(one.share_of_this), _bar(one.share_of_other)) for one in shown),
        more=_more(len(shared) - len(shown), len(look.overlaps) - len(shared) if look else 0),
        title=_overlap_title(shown),
        may_see=request.reach.may(Permission.VIEW),
        saving=_saving(request, look, rule, line, purpose),
        said=said,
        is_waiting=is_waiting,
    )


def _lead(look: RuleLook | None, purpose: str) -> str:
    if look is None:
        return _("Not counted yet: say who is meant, to the end of each condition")
    if look.n is None:
        return _("Not counted: rules over activity are evaluated by the first scoring")
    said = {"n": count_text(look.n), "of": count_text(look.of)}
    if look.share is None:
        if purpose == "exclusion":
            return _("{n} of {of} customers would be left out").format(**said)
        return _("{n} of {of} customers").format(**said)
    said["share"] = share_text(look.share)
    if purpose == "exclusion":
        return _("{n} of {of} customers ({share}) would be left out").format(**said)
    return _("{n} of {of} customers ({share})").format(**said)


def _small(look: RuleLook | None, minimum_n: int, minimum_n_band: int) -> str:
    if look is None or look.n is None or look.n >= max(minimum_n, minimum_n_band):
        return ""
    if look.n == 0:
        return _("Nobody is found. Check how traits and values are written: capital letters count.")
    if look.n < minimum_n:
        return _("Fewer than {n} customers: pages show no score for so few.").format(n=minimum_n)
    return _("Fewer than {n} customers: pages show its score without a band.").format(n=minimum_n_band)


def _bar(share: Fraction | None) -> str:
    thousandths = int(share * 1000) if share else 0
    return f"{thousandths // 10}.{thousandths % 10}%"


def _more(n_sharing: int, n_apart: int) -> str:
    fewer = ngettext("{n} other segment shares fewer.", "{n} other segments share fewer.", n_sharing)
    nobody = ngettext("{n} other segment shares nobody.", "{n} other segments share nobody.", n_apart)
    return " ".join(said.format(n=count_text(n)) for said, n in ((fewer, n_sharing), (nobody, n_apart)) if n > 0)


def _overlap_title(rows: list[Overlap]) -> str:
    if not rows:
        return _("It shares nobody with another segment")
    most = rows[0]
    return _("Most shared: {share} of them are in “{name}”").format(
        share=share_text(most.share_of_this), name=most.name
    )


def _saving(
    request: OrganisationRequest, look: RuleLook | None, rule: Rule | None, line: SegmentLine | None, purpose: str
) -> tuple[str, ...]:
    """What saving does and from when on, one sentence each."""
    when = next_words(
        next_scoring(organisation=request.organisation, now=timezone.now()), organisation=request.organisation
    )
    if purpose == "exclusion":
        return (" ".join([_("Who is found is in no segment and no total from the next scoring on."), when]),)
    if line is None:
        begin = _("Its numbers begin with the next scoring.")
        return (f"{begin} {when}", _("Days that were scored before have none for it."))
    if rule is not None and dict(line.rule) == rule.to_json():
        return (_("The rule is the one that is saved: saving makes no new version of it."),)
    new = _("Saving makes a new version of the rule; version {version} stays with the days scored with it.")
    return (
        new.format(version=line.definition),
        " ".join([_("It counts from the next scoring on."), when]),
        _("Days that were scored before keep their numbers. “Why it moved” will name the new definition as the cause."),
    )
