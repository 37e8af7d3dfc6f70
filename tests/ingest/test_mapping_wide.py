"""Files with more columns than a form may have ticks: kept all at once, none, or as a mapping says."""

from __future__ import annotations

import pytest

from engagement.ingest.forms_mapping import MOST_TICKED
from engagement.ingest.models import Event, FileImport
from engagement.ingest.services import save_mapping
from engagement.ingest.services.mappings import parse_mapping
from engagement.ingest.services.previewing import look_at
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.sending import LATER, rows
from tests.ingest.test_data_pages import page
from tests.ingest.test_mapping_pages import sent, work

pytestmark = pytest.mark.usefixtures("uploads", "broker")
WIDE = {"role_customer": "customer", "role_event": "event", "role_time": "date", "sameness": "position"}


def _wide(columns: int) -> str:
    names = [f"p{at}" for at in range(columns)]
    return (
        ",".join(["customer", "event", "date", *names]) + "\n" + ",".join(["c1", "visit", "2025-12-30", *names]) + "\n"
    )


@pytest.mark.parametrize(("kept", "n"), [("all", 1_200), ("none", 0)])
def test_more_columns_than_a_form_may_have_ticks_are_kept_at_once(world: World, kept: str, n: int) -> None:
    client, import_id = sent(world, _wide(1_200))
    address = page("import-mapping", world.ours, import_id)
    text = client.get(address).content.decode()
    assert "The file has 1,203 columns, too many to be ticked here." in text
    assert '<input type="radio" name="kept" value="all"' in text
    assert client.post(address, {**WIDE, "kept": kept, "act": "show"}).status_code == 200
    assert client.post(address, {**WIDE, "kept": kept, "act": "read"}).status_code == 302
    work(world, import_id)
    (properties,) = rows(world.ours, Event, "properties")
    assert len(properties) == n


def test_a_mapping_that_names_some_of_many_columns_is_offered(world: World) -> None:
    client, import_id = sent(world, _wide(1_200))
    mapping = {"roles": {"customer": "customer", "event": "event", "time": "date"}, "kept": ["p7", "p9"]}
    with organisation_scope(world.ours.pk):
        row = FileImport.objects.get(pk=import_id)
        sample = look_at(row=row, organisation=world.ours)
        save_mapping(
            organisation=world.ours, kind="events", name="Wide", columns=sample.columns,
            mapping=parse_mapping(mapping, kind="events"), user=None, now=LATER,
        )  # fmt: skip
    address = page("import-mapping", world.ours, import_id)
    assert '<input type="radio" name="kept" value="same"' in client.get(address).content.decode()
    client.post(address, {**WIDE, "kept": "same", "act": "read"})
    work(world, import_id)
    assert rows(world.ours, Event, "properties") == [{"p7": "p7", "p9": "p9"}]


def test_as_many_ticks_as_a_form_may_have_are_read(world: World) -> None:
    client, import_id = sent(world, _wide(MOST_TICKED - 3))
    names = [f"p{at}" for at in range(MOST_TICKED - 3)]
    address = page("import-mapping", world.ours, import_id)
    answer = client.post(address, {**WIDE, "kept": names, "event_name": "", "save_as": "", "act": "show"})
    assert answer.status_code == 200
