"""The API of guidance: cards and entries, what the client's data says to them, and the organisation's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement.errors import NotFoundError
from engagement.guidance import services
from engagement.guidance.evidence.measures import standing_of
from engagement.guidance.evidence.speaking import evidence_for
from engagement.guidance.evidence.subject import Subject, subject_of
from engagement.guidance.markdown import html_of
from engagement.guidance.measures import ATTRIBUTE_NAMES, BY_KEY
from engagement.guidance.selectors import entry_named, found, own_versions
from engagement.guidance.serializers import (
    CardSerializer,
    ChangedEntrySerializer,
    EntrySerializer,
    GuidanceQuery,
    HitSerializer,
    LanguageQuery,
    NewEntrySerializer,
    SegmentQuery,
)
from engagement.guidance.texts import files
from engagement.guidance.types import Entry, EntryWords
from engagement.insights.api import ClientAPI
from tenants.permissions import Permission


def _asked(query: serializers.Serializer[Any]) -> dict[str, Any]:
    query.is_valid(raise_exception=True)
    return {"language": files.language_read(), **query.validated_data}


class GuidanceAPI(ClientAPI):
    """What a reader may read; evidence is about what a limited membership may see."""

    honours_limits = True

    def subject(self, key: str) -> Subject | None:
        limit = self.inside.reach.limit
        return subject_of(organisation=self.client, limit=limit, key=key, now=timezone.now())

    def answer(self, entry: Entry, *, segment: str = "", status: int = 200) -> Response:
        """An entry with its evidence."""
        versions = own_versions(organisation=self.client, key=entry.key, language=entry.language)
        told = {
            **asdict(entry),
            "html": html_of(entry.text),
            "based_on": versions[0].number if versions else 0,
            "evidence": evidence_for(keys=entry.evidence, subject=self.subject(segment)),
        }
        return Response(EntrySerializer(told).data, status=status)

    def written(self, key: str, words: dict[str, Any], *, based_on: int, status: int) -> Response:
        """Keep a version and answer with the entry as it counts now."""
        explains, evidence = (tuple(words.pop(name)) for name in ("explains", "evidence"))
        kept = EntryWords(key=key, explains=explains, evidence=evidence, **words)
        made = services.keep_entry(
            organisation=self.client, words=kept, based_on=based_on, user=self.inside.actor.user, now=timezone.now()
        )
        entry = entry_named(organisation=self.client, key=made.key, language=made.language)
        return self.answer(entry, status=status)


class Guidance(GuidanceAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS, "POST": Permission.ANSWER}

    @extend_schema(operation_id="guidance_list", parameters=[GuidanceQuery], responses=HitSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Cards and entries; with a question those that fit it, the best first."""
        asked = _asked(GuidanceQuery(data=request.query_params.dict()))
        hits = found(organisation=self.client, language=asked["language"], text=asked["q"])
        return Response(HitSerializer(hits, many=True).data)

    @extend_schema(operation_id="guidance_entry_add", request=NewEntrySerializer, responses={201: EntrySerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Add an entry of the organisation's own."""
        self.client_only()
        sent = NewEntrySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return self.written("", dict(sent.validated_data), based_on=0, status=201)


class OneMeasure(GuidanceAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {"GET": Permission.VIEW_REPORTS}

    @extend_schema(operation_id="guidance_measure", parameters=[SegmentQuery], responses=CardSerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """A measure's card with the client's own figures."""
        self.client_only()
        asked = _asked(SegmentQuery(data=request.query_params.dict()))
        if key not in BY_KEY:
            raise NotFoundError(_("There is no such measure."))
        card = files.cards(asked["language"])[key]
        sections = [
            {"key": one.key, "name": ATTRIBUTE_NAMES[one.key], "text": one.text} for one in card.sections
        ]  # fmt: skip
        standing = standing_of(key=key, subject=self.subject(asked["segment"]))
        told = {"key": key, "name": card.name, "short": card.short, "related": BY_KEY[key].related}
        return Response(CardSerializer({**told, "sections": sections, "standing": standing}).data)


class OneEntry(GuidanceAPI):
    permissions: ClassVar[Mapping[str, Permission]] = {
        "GET": Permission.VIEW_REPORTS,
        "PUT": Permission.ANSWER,
        "DELETE": Permission.ANSWER,
    }

    @extend_schema(operation_id="guidance_entry", parameters=[SegmentQuery], responses=EntrySerializer)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """An entry as it counts, with what the client's data says to it."""
        self.client_only()
        asked = _asked(SegmentQuery(data=request.query_params.dict()))
        entry = entry_named(organisation=self.client, key=key, language=asked["language"])
        return self.answer(entry, segment=asked["segment"])

    @extend_schema(operation_id="guidance_entry_keep", request=ChangedEntrySerializer, responses=EntrySerializer)
    def put(self, request: Request, slug: str, key: str) -> Response:
        """Keep a version of the organisation's own words; 409 where somebody else has kept one since."""
        self.client_only()
        sent = ChangedEntrySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        words = dict(sent.validated_data)
        return self.written(key, words, based_on=words.pop("based_on"), status=200)

    @extend_schema(operation_id="guidance_entry_withdraw", parameters=[LanguageQuery], responses={204: None})
    def delete(self, request: Request, slug: str, key: str) -> Response:
        """Put back what stood there before the organisation's own words; all versions are kept."""
        organisation, asked = self.client, _asked(LanguageQuery(data=request.query_params.dict()))
        versions = own_versions(organisation=organisation, key=key, language=asked["language"])
        services.withdraw_entry(
            organisation=organisation, key=key, language=asked["language"],
            based_on=versions[0].number if versions else 0, user=self.inside.actor.user, now=timezone.now(),
        )  # fmt: skip
        return Response(status=204)
