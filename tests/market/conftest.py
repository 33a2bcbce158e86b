"""A market at Chen's desk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from guanxi.core.ledger import queries as ledger
from tests.machine import machine, till  # noqa: F401
from tests.market.campaigning import Market


@pytest.fixture
def market(at_desk):
    return Market(at_desk)


@pytest.fixture
def later(at_desk):
    """The same viewer, some time on."""
    return lambda **span: replace(at_desk, now=at_desk.now + timedelta(**span))


@pytest.fixture
def ledger_holds(at_desk):
    """Says whether every position of the ledger is the sum of its entries."""

    def holds():
        assert list(ledger.wrong_positions_for(at_desk)) == []

    return holds
