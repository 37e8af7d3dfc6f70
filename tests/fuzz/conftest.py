"""What tests of this folder share: workers are not woken but noted, and the world of the matrix stands for a module."""

from tests.ingest.conftest import broker, uploads  # noqa: F401
from tests.isolation.conftest import stage  # noqa: F401
