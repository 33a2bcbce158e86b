"""What every test of the mining centre starts from."""

from pathlib import Path
from uuid import UUID

import pytest

from guanxi.core import viewers
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from tests.mining.shop import open_shop


@pytest.fixture
def process(shanhang: UUID, db: None) -> Viewer:
    """The process that mines for Shanhang."""
    return viewers.for_process(shanhang, "mining")


@pytest.fixture
def data(tmp_path: Path, settings) -> Path:
    """A data folder of the test's own."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"data": tmp_path, "engine": "duckdb"})
    return tmp_path


@pytest.fixture
def shop(process: Viewer) -> int:
    """Sixty customers and their orders of a year; how many orders."""
    with tenancy(process):
        return open_shop(process)
