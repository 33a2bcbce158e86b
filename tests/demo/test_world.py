"""The small cast comes in whole, in both languages, and twice is once."""

import pytest

from demo import world
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.importing.models import Import, State
from guanxi.core.tenancy import tenancy
from guanxi.people.models import Customer, Identifier
from guanxi.sales.models import Line, Order

pytestmark = pytest.mark.slow


@pytest.fixture
def loaded(fresh_database):
    world.load()
    return viewers.for_process(id_of("enterprise", "shanhang"), "test")


def test_everybody_comes_in_and_nothing_is_refused(loaded):
    with tenancy(loaded):
        runs = list(Import.objects.all())
        assert {run.state for run in runs} == {State.DONE}
        assert [(run.rejects, run.conflicts) for run in runs] == [(0, 0)] * 3
        assert Customer.objects.count() == len(world.rows(world.CUSTOMERS))
        assert Order.objects.count() == len({row["订单号"] for row in world.rows(world.ORDERS)})
        assert Line.objects.count() == len(world.rows(world.ORDERS))
        assert Identifier.objects.filter(kind="phone").count() == 18


def test_the_cast_comes_in_once(loaded):
    world.load()
    with tenancy(loaded):
        assert Import.objects.count() == 3
        assert Customer.objects.count() == len(world.rows(world.CUSTOMERS))


def test_the_bookshop_has_its_own_people(loaded):
    with tenancy(viewers.for_process(id_of("enterprise", "beilin"), "test")):
        assert Customer.objects.count() == 4
        assert not Order.objects.exists()
