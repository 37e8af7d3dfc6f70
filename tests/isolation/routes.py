"""Every route of the product, with how to make the object that its address names. A route without an entry is red.

To add a route: put its name into PLAIN, or into OBJECTS beside the function that makes its object. A maker runs in the
organisation's own writing scope and returns the address's arguments; `mark` differs between any two calls, so that a
foreign object never has the key of an own one. Whatever can carry a name carries `canary`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from engagement.ingest.models import Customer, FileImport, IdentityChange, WriteKey
from engagement.insights.models import Target
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    ScoreRun,
    Segment,
    SegmentDefinition,
    SegmentSet,
    Template,
    TemplateVersion,
    WeightOverride,
    WeightSet,
)
from tenants.models import Membership, Organisation, User
from tenants.services import create_token
from tests.conftest import NOW
from tests.scoring.templates_world import content


@dataclass(frozen=True, slots=True)
class Making:
    """For whom an object is made."""

    organisation: Organisation
    user: User
    mark: int
    canary: str

    @property
    def key(self) -> str:
        return f"{self.canary.lower()}-{self.mark}"


Arguments = dict[str, Any]
Maker = Callable[[Making], Arguments]


def _create(model: Any, making: Making, **values: Any) -> Any:
    return model.objects.create(organisation_id=making.organisation.pk, **values)


def nothing(making: Making) -> Arguments:
    """The address names no object."""
    return {}


def a_member(making: Making) -> Arguments:
    user = User.objects.create(email=f"{making.key}@example.com", name=making.canary)
    return {"member_id": _create(Membership, making, user=user, role="viewer").pk}


def a_token(making: Making) -> Arguments:
    return {"token_id": create_token(user=making.user, name=making.canary)[0].pk}


def an_import(making: Making) -> Arguments:
    made = _create(
        FileImport, making, kind="events", file_name=f"{making.key}.csv", stored_as=making.key, size_bytes=1,
        created_at=NOW,
    )  # fmt: skip
    return {"import_id": made.pk}


def a_write_key(making: Making) -> Arguments:
    digest = making.mark.to_bytes(32, "big")
    return {"key_id": _create(WriteKey, making, name=making.canary, digest=digest, hint="abcd", created_at=NOW).pk}


def a_customer(making: Making) -> Arguments:
    _create(
        Customer, making, number=making.mark, external_id=making.key, traits={"name": making.canary},
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return {"number": making.mark}


def a_merged_visitor(making: Making) -> Arguments:
    into = a_customer(making)["number"]
    _create(
        Customer, making, number=into + 10_000_000, external_id=f"visitor-{making.key}", identified=False,
        merged_into=into, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return {"number": into + 10_000_000}


def a_pair_apart(making: Making) -> Arguments:
    number, target = a_merged_visitor(making)["number"], making.mark
    Customer.objects.filter(number=number).update(merged_into=None)
    _create(
        IdentityChange, making, number=number, target=target, what="undone", changed_at=NOW, reason=making.canary
    )  # fmt: skip
    return {"number": number, "target": target}


def a_segment(making: Making) -> Arguments:
    group = _create(SegmentSet, making, key=f"set-{making.key}", name=making.canary)
    segment = _create(Segment, making, key=making.key, name=making.canary, segment_set=group)
    rule = {"all": [{"trait": "plan", "op": "is", "value": making.canary}]}
    _create(SegmentDefinition, making, segment=segment, number=making.mark, rule=rule, created_at=NOW)
    return {"key": making.key}


def own_weights(making: Making) -> Arguments:
    """Of a segment in a partition; the draft that every client begins with holds them."""
    made = a_segment(making)
    group, _ = SegmentSet.objects.get_or_create(
        organisation_id=making.organisation.pk, key="own-weights", defaults={"name": "Plan", "is_partition": True}
    )
    Segment.objects.filter(key=making.key).update(segment_set=group)
    draft = WeightSet.objects.get(organisation_id=making.organisation.pk, state="draft")
    segment = Segment.objects.get(key=making.key)
    _create(WeightOverride, making, weight_set=draft, segment=segment, full_points_thousandths=60_000)
    return made


def an_action(making: Making) -> Arguments:
    action = _create(Action, making, key=making.key, name=making.canary, channel="website")
    rule = {"events": [making.canary]}
    _create(
        ActionDefinition, making, action=action, number=making.mark, rule=rule, created_at=NOW, rolled_up_at=NOW
    )  # fmt: skip
    return {"key": making.key}


def a_weight_set(making: Making) -> Arguments:
    _create(
        WeightSet, making, number=making.mark, state="retired", note=making.canary, full_points_thousandths=60_000,
        created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    return {"number": making.mark}


def a_template(making: Making) -> Arguments:
    made = _create(Template, making, key=making.key, name=f"{making.canary} {making.mark}", created_at=NOW)
    _create(
        TemplateVersion, making, template=made, number=1, content=content(), note=making.canary, created_at=NOW
    )  # fmt: skip
    return {"key": making.key}


def a_target(making: Making) -> Arguments:
    a_segment(making)
    segment = Segment.objects.get(key=making.key)
    made = _create(
        Target, making, segment=segment, value_thousandths=75_000, due_on=date(2026, 12, 31), note=making.canary,
        created_at=NOW,
    )  # fmt: skip
    return {"target_id": made.pk}


def a_run(making: Making) -> Arguments:
    key = a_weight_set(making)["number"]
    action = an_action(making)["key"]
    ActionDefinition.objects.filter(number=making.mark).update(rule={"event_names": [making.canary]})
    used = {"key": action, "name": making.canary, "channel": "website", "definition": making.mark, "measure": "count",
            "weight_thousandths": 1_000, "cap": None}  # fmt: skip
    uses = {"code_version": "1", "window_days": 90, "half_life_days": None, "weight_set": key,
            "full_points_thousandths": 60_000, "bands": [70_000, 80_000], "actions": [used], "segments": [],
            "exclusion": {"definition": None, "rule": None}}  # fmt: skip
    _create(
        ScoreRun, making, number=making.mark, as_of=date(2026, 2, 28), window_from=NOW, window_to=NOW, uses=uses,
        weight_set=WeightSet.objects.get(number=key), watermark=NOW, state="failed", error=making.canary,
        cause="request", started_at=NOW,
    )  # fmt: skip
    return {"number": making.mark}


# Addresses that name no object of an organisation, by step.
PLAIN = """
    home account account-password token-new settings members client-new
    api-organisations api-organisation api-clients api-members
    imports rejected write-keys api-imports api-customers
    actions action-new activity-progress weights weights-draft weights-preview weights-publish weights-discard
    own-weights-choose
    segments segment-set-new segment-new segments-from-trait exclusions
    api-activity
    api-actions api-weight-sets api-weights-draft api-weights-preview api-weights-publish api-segments api-segment-sets
    templates template-new client-template client-template-apply
    api-templates api-client-template api-client-template-comparison api-client-template-apply
    targets runs runs-restated api-targets api-runs api-runs-restated
    portfolio scorecard scorecard-csv customers api-scorecard explained api-explanation
"""
OBJECTS: dict[Maker, str] = {
    a_member: "member-role member-remove api-member",
    a_token: "token-revoke",
    an_import: "import import-progress import-rejected api-import",
    a_write_key: "write-key-revoke",
    a_customer: "customer api-customer api-customer-score api-customer-identity api-customer-undo-merge "
    "api-customer-merge-again",
    a_merged_visitor: "customer-take-apart",
    a_pair_apart: "customer-merge-again",
    a_segment: "segment segment-csv segment-edit segment-archive api-segment api-segment-figures"
    " target-history api-target-history",
    own_weights: "own-weights own-weights-remove api-weights-draft-segment",
    an_action: "action action-archive api-action",
    a_template: "template template-version-new api-template api-template-versions",
    a_weight_set: "weight-set weights-return weights-return-now weights-approve weights-send-back weights-withdraw "
    "weights-past weights-restate weights-take-back api-weight-set api-weights-approve api-weights-send-back "
    "api-weights-withdraw api-weights-return api-weights-past",
    a_target: "target-change target-retire api-target",
    a_run: "run api-run",
}
# Routes for everybody, with why they may be.
PUBLIC = {
    "login": "before anybody is known",
    "logout": "ends a session, if there is one",
    "healthz": "says that the process answers, and nothing else",
    "readyz": "says which part fails, and nothing of anybody",
    "api-schema": "the description of the API holds no data",
    "api-docs": "the same, to read",
    "accept": "client libraries send a write key instead; tests/ingest holds what it may do",
    "accept-settings": "client libraries ask for it before they send; the answer holds no data",
}

ENTRIES: dict[str, Maker] = {
    **dict.fromkeys([*PLAIN.split(), *PUBLIC], nothing),
    **{name: maker for maker, names in OBJECTS.items() for name in names.split()},
}


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the resolver."""

    name: str
    address: str  # with <converter:name> parts
    arguments: tuple[str, ...]
    callback: Any

    @property
    def in_organisation(self) -> bool:
        return self.address.startswith(("o/<slug:slug>/", "api/v1/organisations/<slug:slug>/"))

    @property
    def of_firm(self) -> bool:
        return self.address.startswith("portfolio/<slug:slug>/")

    @property
    def permissions(self) -> dict[str, Any] | None:
        """What the view named, by method; None when it named nothing."""
        view = getattr(self.callback, "cls", self.callback)
        return getattr(view, "permissions", None)


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[Route]:
    """Every pattern, with the prefixes it is included under."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            arguments = tuple(name for name in pattern.pattern.converters if name != "slug")
            yield Route(name=str(pattern.name), address=address, arguments=arguments, callback=pattern.callback)


def unregistered(found: list[Route]) -> list[str]:
    """Routes without an entry, entries whose arguments do not fit, and views that named no permission."""
    problems = [f"{route.name} ({route.address}) has no entry" for route in found if route.name not in ENTRIES]
    problems += [
        f"{route.name} ({route.address}) names no permission"
        for route in found
        if not route.permissions and route.name not in {"api-schema", "api-docs"}
    ]
    return problems + [
        f"{route.name} says it is public and is not on the list"
        for route in found
        if (route.permissions or {}).get("*") == "public" and route.name not in PUBLIC
    ]
