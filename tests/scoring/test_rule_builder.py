"""The builder of a rule: groups in the fields, what its buttons do, the sentence, and whom it would find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from engagement.ingest.models import Customer
from engagement.insights.services import score
from engagement.scoring.forms.rule_layout import layout_text, read_layout, rearranged, rows_of
from engagement.scoring.forms.rules import RuleForm, fits_rows, typed_rule
from engagement.scoring.models import Segment, SegmentDefinition
from engagement.scoring.rules import parse_rule, sentence
from engagement.scoring.selectors.building import rule_look
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small
from tests.scoring.config import signed_in
from tests.scoring.pages import form_of, url, words

# ── groups in fields ─────────────────────────────────────────────────────────────────────────────────────────

_CONDITION = st.one_of(
    st.builds(lambda v: {"trait": "plan", "op": "is", "value": v}, st.sampled_from(["Pro", "Team", "a b"])),
    st.builds(lambda n: {"activity": "points", "op": "gte", "value": n}, st.integers(-9, 99)),
    st.sampled_from([{"trait": "size", "op": "is_missing"}, {"activity": "days_since_last_action", "op": "is_set"}]),
)
_GROUP = st.tuples(st.sampled_from(["all", "any"]), st.lists(_CONDITION, min_size=1, max_size=3))
_LIST = st.sampled_from([[], ["c1"], ["c1", "c2"]])


def _plain(kind: str, groups: list[tuple[str, list[dict[str, Any]]]], listed: list[str]) -> dict[str, Any]:
    """The rule with every group spelt out."""
    parts: list[dict[str, Any]] = [{of_group: conditions} for of_group, conditions in groups]
    return {kind: [*parts, *([{"customers": listed}] if listed else [])]}


def _sent(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sends back of the form that shows the rule."""
    form = RuleForm(rule=rule)
    sent = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in sent.items() if value is not None} | {"layout": form.layout_text}


def _holds(node: Any, customer: Mapping[str, Any]) -> bool:
    """A plain second reading of a rule for one customer, who has a truth for each condition."""
    if "all" in node:
        return all(_holds(part, customer) for part in node["all"])
    if "any" in node:
        return any(_holds(part, customer) for part in node["any"])
    return bool(customer[str(sorted(node.items(), key=str))])


@given(
    kind=st.sampled_from(["all", "any"]), groups=st.lists(_GROUP, min_size=1, max_size=4), listed=_LIST, data=st.data()
)
def test_what_the_page_shows_and_sends_back_means_what_was_saved(
    kind: str, groups: list[tuple[str, list[dict[str, Any]]]], listed: list[str], data: st.DataObject
) -> None:
    rule = _plain(kind, groups, listed)
    assert fits_rows(rule)
    form = RuleForm(_query(_sent(rule)), rule=rule)
    assert form.is_valid(), form.errors
    again = form.rule()
    assert again is not None
    again = parse_rule(again).to_json()
    leaves = {str(sorted(one.items(), key=str)) for _, conditions in groups for one in conditions}
    leaves |= {str(sorted({"customers": listed}.items(), key=str))}
    for _ in range(5):
        customer = {leaf: data.draw(st.booleans()) for leaf in sorted(leaves)}
        assert _holds(again, customer) == _holds(rule, customer)
    # Once it reads as plainly as it can, showing and sending it changes nothing any more.
    last = RuleForm(_query(_sent(again)), rule=again)
    assert last.is_valid()
    assert parse_rule(last.rule()).to_json() == again


def test_groups_within_groups_and_lists_in_the_middle_do_not_fit() -> None:
    one, listed = {"trait": "a", "op": "is_set"}, {"customers": ["c1"]}
    assert fits_rows({"all": [{"any": [one, one]}, one, listed]})
    assert not fits_rows({"all": [{"any": [{"all": [one, one]}, one]}]})
    assert not fits_rows({"all": [{"any": [listed, one]}]})
    assert not fits_rows({"all": [listed, one]})
    assert not fits_rows({"any": [{"all": [one, {"trait": "a", "op": "is_set"}]}] * 9})
    assert typed_rule({"all": [{"any": [{"all": [one, one]}, one]}]}) == {}


def test_a_refusal_stands_at_its_condition_in_its_group() -> None:
    sent = {
        "layout": "2,2", "kind": "all", "kind_2": "any", "between": "all", "customers": "",
        "subject_1": "trait", "trait_1": "plan", "op_1": "is", "value_1": "Pro",
        "subject_3": "points", "op_3": "gte", "value_3": "1", "subject_4": "points", "op_4": "gte", "value_4": "many",
    }  # fmt: skip
    form = RuleForm(_query(sent))
    assert form.read() is None
    assert dict(form.errors) == {"value_4": ["Give a number, such as 60 or 12.5."]}


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────────────────

_TWO = {
    "layout": "1,2", "kind": "all", "kind_2": "any", "name": "Mine", "trait_1": "a", "trait_2": "b", "trait_3": "c",
}  # fmt: skip


def _query(fields: Mapping[str, Any]) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in fields.items():
        found[name] = value
    return found


@pytest.mark.parametrize(
    ("act", "layout", "traits", "focus", "said"),
    [
        ("add-row-1", "2,2", ["a", "", "b", "c"], "subject_2", "Condition 2 added to group 1."),
        ("add-row-2", "1,3", ["a", "b", "c", ""], "subject_4", "Condition 4 added to group 2."),
        ("add-row-3", "1,2", ["a", "b", "c"], "", ""),
        ("add-group", "1,2,1", ["a", "b", "c", ""], "subject_4", "Group 3 added, with one condition."),
        ("drop-row-2", "1,1", ["a", "c"], "subject_2", "Condition 2 taken away."),
        ("drop-row-3", "1,1", ["a", "b"], "subject_2", "Condition 3 taken away."),
        ("drop-row-1", "2", ["b", "c"], "subject_1", "Group 1 taken away."),  # its last one
        ("drop-row-9", "1,2", ["a", "b", "c"], "", ""),
        ("drop-group-2", "1", ["a"], "subject_1", "Group 2 taken away."),
        ("drop-group-7", "1,2", ["a", "b", "c"], "", ""),
        ("look", "1,2", ["a", "b", "c"], "", ""),
        ("else", "1,2", ["a", "b", "c"], "", ""),
    ],
)
def test_a_button_moves_what_was_typed(act: str, layout: str, traits: list[str], focus: str, said: str) -> None:
    found = rearranged(_query(_TWO), act)
    assert (found.data["layout"], found.focus, found.said) == (layout, focus, said)
    assert [found.data.get(f"trait_{at}", "") for at in range(1, len(traits) + 1)] == traits
    assert found.data.get(f"trait_{len(traits) + 1}") is None
    assert found.data["name"] == "Mine"


def test_a_group_keeps_its_kind_when_the_one_before_goes() -> None:
    found = rearranged(_query(_TWO), "drop-group-1").data
    assert (found["kind"], found.get("kind_2"), found["layout"]) == ("any", None, "2")


def test_the_last_condition_is_emptied_not_lost() -> None:
    found = rearranged(_query({"layout": "1", "trait_1": "a"}), "drop-row-1")
    assert (found.data["layout"], found.data["trait_1"], found.focus) == ("1", "", "subject_1")


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_a_layout_reads_as_it_is_written(layout: list[int]) -> None:
    known = tuple(layout) if sum(layout) <= 50 else (6,)
    assert read_layout(layout_text(tuple(layout))) == known
    assert [number for numbers in rows_of(known) for number in numbers] == list(range(1, sum(known) + 1))


@pytest.mark.parametrize("text", ["", None, "0", "1,", "a", "51", "1,1,1,1,1,1,1,1,1", "99,99", "-1", "١"])
def test_another_layout_is_six_rows(text: str | None) -> None:
    assert read_layout(text) == (6,)


@pytest.mark.parametrize(
    ("layout", "act"), [("50", "add-row-1"), ("50", "add-group"), (",".join("1" * 8), "add-group")]
)
def test_the_limits_are_said(layout: str, act: str) -> None:
    found = rearranged(_query({"layout": layout}), act)
    assert found.data["layout"] == layout
    assert "are the limit" in found.said


# ── the sentence ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"all": []}, "All customers"),
        (
            {"all": [
                {"trait": "plan", "op": "is", "value": "Pro"},
                {"activity": "days_since_last_action", "op": "lte", "value": 30},
                {"any": [{"activity": "channels", "op": "gte", "value": 2}, {"trait": "size", "op": "is_missing"}]},
            ]},
            ("Customers whose plan is Pro, who last acted at most 30 days ago and "
             "(who used at least 2 channels or whose size is not known)"),
        ),
        (
            {"any": [
                {"activity": "band", "op": "in", "value": ["poor", "good"]},
                {"activity": "days_since_last_action", "op": "gt", "value": 60},
            ]},
            "Customers in the band Quiet or Good or (who last acted more than 60 days ago, or never)",
        ),
        ({"activity": "score", "op": "lt", "value": 12.5}, "Customers with a score below 12.5"),
        ({"activity": "actions", "op": "is", "value": 0}, "Customers with exactly 0 actions in the window"),
        ({"activity": "points", "op": "not_in", "value": [1, 2]}, "Customers with none of 1 or 2 points"),
        ({"activity": "days_since_last_action", "op": "is_missing"}, "Customers who have never acted"),
        ({"customers": ["c1", "c2", "c3", "c4"]}, "Customers who are on a list of 4"),
        ({"customers": ["c1"]}, "Customers who are c1"),
    ],
)  # fmt: skip
def test_a_rule_is_said_in_one_sentence(rule: dict[str, Any], said: str) -> None:
    assert sentence(parse_rule(rule), band_names={"poor": "Quiet"}) == said


# ── whom it would find ───────────────────────────────────────────────────────────────────────────────────────

TEAM = {"all": [{"trait": "plan", "op": "is", "value": "Team"}]}
REST = {"all": [{"trait": "plan", "op": "is_missing"}]}
BUSY = {"activity": "points", "op": "gte", "value": 20}


@pytest.fixture
def small(world: World) -> Small:
    """Customers 1 to 40, of the odd ones the plan is known; number n bought n % 4 times: 10 points each, of 30."""
    small = make_small(world.ours, weights={"buy": ("purchase", 10_000, None)}, full_points=30_000)
    add_customers(small, [(n, {"plan": "Team"} if n % 2 else {}) for n in range(1, 41)])
    add_activity(small, [(n, "buy", AS_OF, n % 4) for n in range(1, 41) if n % 4])
    add_segments(small, "plan", {"team": TEAM, "rest": REST})
    add_segments(small, "busy", {"busy": BUSY}, partition=False)
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


def test_a_rule_over_points_and_traits_is_counted_exactly(small: Small) -> None:
    rule = {"all": [TEAM["all"][0], BUSY]}
    with organisation_scope(small.id, write=False):
        found = rule_look(organisation=small.organisation, rule=parse_rule(rule))
    expected = [n for n in range(1, 41) if n % 2 and n % 4 >= 2]
    assert (found.n, found.of, found.as_of) == (len(expected), 40, AS_OF)
    assert found.score == 100  # three purchases are full points
    assert found.band == ""  # ten are too few for one
    assert [one.number for one in found.sample] == sorted({one.number for one in found.sample})
    assert {one.number for one in found.sample} <= set(expected)
    shared = {one.key: (one.n_both, one.n_other) for one in found.overlaps}
    assert shared == {"team": (10, 20), "rest": (0, 20), "busy": (10, 20)}


def test_what_a_changed_rule_would_change_is_counted_to_the_customer(small: Small) -> None:
    with organisation_scope(small.id, write=False):
        found = rule_look(organisation=small.organisation, rule=parse_rule(BUSY), key="team")
    assert found.change is not None
    assert found.adding is not None
    busy, team = {n for n in range(1, 41) if n % 4 >= 2}, {n for n in range(1, 41) if n % 2}
    rest = set(range(1, 41)) - team
    assert (found.change.n_before, found.change.n_came, found.change.n_left) == (20, len(busy - team), len(team - busy))
    assert {one.number for one in found.change.came} <= busy - team
    assert {one.number for one in found.change.left} <= team - busy
    assert (found.adding.n_gaps, found.adding.n_overlaps) == (len(team - busy), len(busy & rest))
    assert {one.number for one in found.adding.gaps} <= team - busy
    assert {one.number for one in found.adding.overlaps} <= busy & rest


def test_traits_are_those_of_now_and_who_is_not_scored_any_more_is_in_neither_number(small: Small) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=2).update(traits={"plan": "Team"})
        Customer.objects.filter(number__in=[1, 4]).update(excluded=True)
        found = rule_look(organisation=small.organisation, rule=parse_rule(TEAM), key="team")
        assert (found.n, found.of) == (20, 38)
        Customer.objects.all().update(excluded=True)
        nobody = rule_look(organisation=small.organisation, rule=parse_rule(TEAM), key="team")
    assert (nobody.n, nobody.of, nobody.score, nobody.sample, nobody.share) == (0, 0, None, (), None)


def test_a_list_finds_those_on_it(small: Small) -> None:
    with organisation_scope(small.id, write=False):
        rule = parse_rule({"all": [{"customers": ["c2", "c3", "c99"]}, BUSY]})
        found = rule_look(organisation=small.organisation, rule=rule)
    assert (found.n, [one.external_id for one in found.sample]) == (2, ["c2", "c3"])
    assert found.score is None  # fewer than five


def test_before_the_first_scoring_only_the_count_is_known(world: World) -> None:
    small = make_small(world.ours, weights={"buy": ("purchase", 10_000, None)})
    add_customers(small, [(n, {"plan": "Team"}) for n in range(1, 4)])
    with organisation_scope(small.id, write=False):
        found = rule_look(organisation=world.ours, rule=parse_rule(TEAM))
        unknown = rule_look(organisation=world.ours, rule=parse_rule(BUSY))
    assert (found.as_of, found.n, found.of, found.sample, found.overlaps) == (None, 3, 3, (), ())
    assert (unknown.n, unknown.of) == (None, 3)


def test_another_organisation_has_nothing_of_it(world: World, small: Small) -> None:
    with organisation_scope(world.other.id, write=False):
        found = rule_look(organisation=world.other, rule=parse_rule({"all": []}))
    assert (found.n, found.of, found.overlaps) == (0, 0, ())


# ── the pages ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_button_answers_without_a_script_and_saves_nothing(small: Small, client: Client) -> None:
    address = url(small.organisation, "segments/team/edit/")
    page = client.get(address)
    said = words(page)
    assert "40 of 80" not in said
    assert "20 of 40 customers (50.0 %)" in said
    assert "“Plan” adds up: each of 40 customers is in exactly one" in said
    assert "saving makes no new version" in said
    answer = client.post(address, {**form_of(page), "act": "add-group"})
    assert "Group 2 added, with one condition." in words(answer)
    html = answer.content.decode()
    assert html.count("autofocus") == 1
    assert 'name="layout" value="1,1"' in html
    typed = form_of(answer, layout="1,1", between="any", subject_2="points", op_2="gte", value_2="20", act="look")
    said = words(client.post(address, typed))
    assert "Customers whose plan is Team or with at least 20 points." in said
    assert "30 of 40 customers (75.0 %)" in said
    assert "20 → 30" in said
    assert "“Plan” would not add up. 10 would be in two or more" in said
    assert "Saving makes a new version of the rule" in said
    assert "The next scoring is due" in said
    with organisation_scope(small.id, write=False):
        assert SegmentDefinition.objects.filter(segment__key="team").count() == 1
    assert client.post(address, {**typed, "act": ""}).status_code == 302
    with organisation_scope(small.id, write=False):
        newest = SegmentDefinition.objects.filter(segment__key="team").order_by("-number")[0]
    assert newest.rule == {"any": [*TEAM["all"], BUSY]}


def test_a_script_gets_the_parts_that_change(small: Small, client: Client) -> None:
    address = url(small.organisation, "segments/new/segment/?set=plan")
    typed = {"set": "plan", "layout": "1", "kind": "all", "subject_1": "points", "op_1": "gte", "value_1": "20"}
    look = client.post(address, {**typed, "act": "look"}, headers={"HX-Request": "true"}).content.decode()
    assert "20 of 40 customers" in look
    assert "<main" not in look
    assert 'id="rule"' not in look
    added = client.post(address, {**typed, "act": "add-row-1"}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="rule"' in added
    assert '<div id="found" hx-swap-oob="innerHTML">' in added
    assert "Condition 2 added. 20 of 40" in added
    broken = client.post(
        address, {**typed, "value_1": "", "trait_1": "x", "act": "look"}, headers={"HX-Request": "true"}
    )
    assert "Condition 1, value: Give a number, such as 60 or 12.5." in broken.content.decode()
    with organisation_scope(small.id, write=False):
        assert Segment.objects.count() == 4


def test_a_viewer_builds_nothing_and_a_stranger_finds_nothing(world: World, small: Small) -> None:
    address = url(small.organisation, "segments/team/edit/")
    assert signed_in(world.viewer).post(address, {"act": "look"}).status_code == 403
    assert signed_in(world.stranger).post(address, {"act": "look"}).status_code == 404
    theirs = signed_in(world.stranger).post(f"/o/{world.strange.slug}/segments/team/edit/", {"act": "look"})
    assert theirs.status_code == 404


def test_who_would_be_left_out_is_counted_before_it_is_saved(small: Small, client: Client) -> None:
    address = url(small.organisation, "exclusions/")
    page = client.get(address)
    assert "Not counted yet" in words(page)
    typed = form_of(page, trait_1="plan", op_1="is", value_1="Team", act="look")
    said = words(client.post(address, typed))
    assert "20 of 40 customers (50.0 %) would be left out" in said
    assert "no segment and no total from the next scoring on" in said


def test_looking_costs_as_many_queries_for_many_segments_as_for_few(small: Small) -> None:
    def queries() -> int:
        with organisation_scope(small.id, write=False), CaptureQueriesContext(connection) as found:
            rule_look(organisation=small.organisation, rule=parse_rule(TEAM), key="team")
        return len(found)

    queries()  # the run's blocks are kept from here on
    few = queries()
    add_segments(small, "more", {f"more-{at}": BUSY for at in range(12)}, partition=False)
    assert queries() == few
