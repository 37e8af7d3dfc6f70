"""Previews and movers that the process keeps: by everything they rest on, and for nobody else."""

from __future__ import annotations

import pytest

from engagement.scoring.selectors.preview_kept import KeptPreviews
from engagement.scoring.types import DraftPreview
from tenants.scope import ScopeError, organisation_scope, tenant
from tests.conftest import World


class _Made:
    """Counts how often it was asked; what it gives is no preview, and nothing here looks into it."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> DraftPreview:
        self.times += 1
        return object()  # type: ignore[return-value]


def test_the_same_is_worked_out_once_and_anything_else_again(world: World) -> None:
    kept, make, here = KeptPreviews(most=2), _Made(), world.ours.pk
    with organisation_scope(here):
        first = kept.of((here, "digest", "print", "en-gb"), make)
        assert kept.of((here, "digest", "print", "en-gb"), make) is first
        assert make.times == 1
        for other in (
            (here, "erased", "print", "en-gb"),
            (here, "digest", "typed", "en-gb"),
            (here, "digest", "print", "de"),
        ):
            assert kept.of(other, make) is not first
    assert make.times == 4
    assert len(kept) == 2


def test_what_is_kept_of_another_organisation_is_not_told(world: World) -> None:
    kept, make = KeptPreviews(most=2), _Made()
    with organisation_scope(world.ours.pk):
        kept.of((world.ours.pk, "digest", "print", "de"), make)
    with tenant(read=[world.other.pk]), pytest.raises(LookupError):
        kept.of((world.ours.pk, "digest", "print", "de"), make)
    with pytest.raises(ScopeError):
        kept.of((world.ours.pk, "digest", "print", "de"), make)
