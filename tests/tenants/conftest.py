"""An operator of the platform and their browser, for the tests of what operators see and do."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import User


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create(email="olu@example.com", name="Olu Operator", is_staff=True)


@pytest.fixture
def operators(operator: User) -> Client:
    """Signed in as the operator."""
    client = Client()
    client.force_login(operator)
    return client
