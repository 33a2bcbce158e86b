"""A market at Chen's desk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.market.world import Market


@pytest.fixture
def market(at_desk):
    return Market(at_desk)


@pytest.fixture
def later(at_desk):
    """The same viewer, some time on."""
    return lambda **span: replace(at_desk, now=at_desk.now + timedelta(**span))
