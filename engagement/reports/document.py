"""The one document of a report: everything that is shown, in one canonical text with its hash.

Page, PDF, XLSX and CSV are made from it alone, so they can be made again for ever, whatever becomes of the figures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from engagement.insights.calendars import period_name
from engagement.insights.note_types import segment_name
from engagement.look.dates import instant_text, span_text
from engagement.reports.assembly import MAKERS, section_names, situation
from engagement.reports.prose import nodes, plain
from engagement.reports.record import Material
from engagement.reports.types import FORMAT, LEAD, SECTIONS, TITLE, BlockLine

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which report this is, who made it and how it looks."""

    report_number: int
    version: int
    language: str
    made_by: str
    colour: str
    logo: str  # base64 of a PNG; "" without one
    published_at: datetime


def assembled(*, material: Material, blocks: Sequence[BlockLine], identity: Identity) -> Json:
    """The document, in the language that is on; see `in_language`."""
    words = {block.kind: plain(block.text) for block in blocks if block.section == "head"}
    locale, period = material.terms.locale, material.subject
    about = segment_name(key=material.figures.segment_key, name=material.figures.segment_name)
    return {
        "format": FORMAT,
        "language": identity.language,
        "report": identity.report_number,
        "version": identity.version,
        "organisation": material.organisation_name,
        "about": about,
        "period": {
            "by": str(period.by),
            "first_day": material.first_day.isoformat(),
            "last_day": period.last_day.isoformat(),
            "name": period_name(period.last_day, by=period.by),
            "days": span_text(material.first_day, period.last_day, locale=locale),
        },
        "published_at": identity.published_at.isoformat(),
        "published": instant_text(identity.published_at, zone=material.terms.zone, locale=locale),
        "branding": {"made_by": identity.made_by, "colour": identity.colour, "logo": identity.logo},
        "labels": _labels(),
        "headline": words.get(TITLE) or situation.headline(material),
        "lead": words.get(LEAD) or situation.lead(material),
        "basis": _basis(material),
        "sections": _sections(material, blocks),
    }


def _labels() -> Json:
    return {
        "kind": _("Engagement review"),
        "hash": _("SHA-256 of this report"),
        "page": _("Page"),
        "version": _("Version"),
        "of": _("of"),
        "behaviour": _("The score measures behaviour only."),
    }


def _basis(material: Material) -> Json:
    """What the figures rest on, exact: what a later restatement is held against."""
    figures, run, previous = material.figures, material.run, material.previous
    return {
        "segment_key": figures.segment_key,
        "segment_definition": figures.definition_number,
        "run": run.number,
        "as_of": run.as_of.isoformat(),
        "weight_set": run.weight_set_number,
        "window_days": run.window_days,
        "code_version": run.code_version,
        "watermark": run.watermark.isoformat(),
        "n": figures.n,
        "score_millionths_sum": str(int(figures.total_score * 1_000_000)),
        "score": None if figures.score is None else situation.exact_text(figures.score),
        "score_text": situation.printed_score(material),
        "previous_as_of": previous.as_of.isoformat() if previous else None,
    }


def _sections(material: Material, blocks: Sequence[BlockLine]) -> list[Json]:
    names = section_names()
    found = []
    for key in SECTIONS[1:]:
        shown = [_block(block, material) for block in blocks if block.section == key and not block.is_hidden]
        kept = [block for block in shown if block is not None]
        if kept:
            found.append({"key": key, "name": names[key], "blocks": kept})
    return found


def _block(block: BlockLine, material: Material) -> Json | None:
    if block.is_words:
        said = nodes(block.text)
        return {"kind": block.kind, "nodes": said} if said else None
    piece = MAKERS[block.kind](material)
    return None if piece is None else {"kind": block.kind, "piece": asdict(piece)}


def in_language(code: str) -> Any:
    """The language of the organisation, in which its reports are written."""
    return translation.override("en-gb" if code == "en" else code)


def canonical(document: Json) -> str:
    """The one text of a document: sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(text: str) -> str:
    """The hash of a canonical text, as it is printed."""
    return hashlib.sha256(text.encode()).hexdigest()


def tables_of(document: Json) -> list[Json]:
    """All tables, in the order of the report."""
    pieces = (block["piece"] for section in document["sections"] for block in section["blocks"] if "piece" in block)
    return [table for piece in pieces for table in _tables(piece)]


def _tables(piece: Json) -> list[Json]:
    own = [piece["table"]] if piece["table"] else []
    return own + [table for part in piece["parts"] for table in _tables(part)]
