"""Files into sales: grouped to orders, idempotent, bad rows set aside, taken back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, transaction

from guanxi.core.identity import id_of, new_id
from guanxi.core.importing import running, targets
from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.core.models import Event
from guanxi.people import services as people
from guanxi.people.models import Profile
from guanxi.people.services import Change
from guanxi.sales.models import Line, Order, Product, Redemption

AT = datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.fixture
def lin(at_desk):
    return people.create(viewer=at_desk, change=Change(source_key="c-1", label="Lin"), identifiers=[])


def bring(viewer, name, *rows, dry=False, run_id=None):
    numbered = [Row(number, values) for number, values in enumerate(rows, 2)]
    return apply(viewer, name, numbered, run_id=run_id or new_id(), dry=dry)


def apply(viewer, name, rows, **options):
    target = targets.get(name)
    prepare = target.preparing(viewer) or list
    return target.apply_batch(viewer, prepare(rows), **options)


def actions(outcomes):
    return [outcome.action for outcome in outcomes]


def product(key, **facts):
    return {"source_key": key, "name": f"Product {key}", **facts}


def line(order, product_key, amount, **facts):
    return {
        "order_key": order,
        "product_key": product_key,
        "amount": Decimal(amount),
        "placed_at": AT,
        **facts,
    }


@pytest.fixture
def shelf(at_desk):
    bring(at_desk, "sales.product", product("a", unit_cost=Decimal("4.00")), product("b"))


def test_products_are_found_again_by_their_key_and_empty_cells_change_nothing(at_desk):
    first = bring(at_desk, "sales.product", product("a", department="Shoes"), product("b"))
    second = bring(at_desk, "sales.product", {"source_key": "a", "brand": "Kailas"}, product("b"))
    assert (actions(first), actions(second)) == (
        [Action.CREATE, Action.CREATE],
        [Action.UPDATE, Action.UNCHANGED],
    )
    boot = Product.objects.get(source_key="a")
    assert (boot.department, boot.brand) == ("Shoes", "Kailas")


def test_lines_of_one_key_become_one_order(at_desk, lin, shelf):
    outcomes = bring(
        at_desk,
        "sales.order_line",
        line(
            "o-1",
            "a",
            "9.90",
            customer_key="c-1",
            store="nanjing",
            quantity=Decimal(2),
            discount=Decimal("0.10"),
        ),
        line("o-1", "b", "5.00", customer_key="c-1", store="nanjing", coupon_discount=Decimal("1.00")),
        line("o-2", "a", "4.95"),
    )
    assert actions(outcomes) == [Action.CREATE] * 3
    order = Order.objects.get(source_key="o-1")
    assert (order.total, order.discount, order.line_count, order.cost) == (
        Decimal("14.90"),
        Decimal("1.10"),
        2,
        None,
    )
    assert (order.pk, order.store.code, order.currency) == (
        id_of(at_desk.tenant, "order", "o-1"),
        "nanjing",
        "CNY",
    )
    assert Line.objects.get(order_id=order.pk, key="a").cost == Decimal("8.00")
    assert Order.objects.get(source_key="o-2").customer_id is None


def test_each_order_is_told_once_and_counted(at_desk, lin, shelf):
    rows = [line("o-1", "a", "9.90", customer_key="c-1"), line("o-2", "b", "5.00", customer_key="c-1")]
    bring(at_desk, "sales.order_line", *rows)
    again = bring(at_desk, "sales.order_line", *rows)
    assert actions(again) == [Action.UNCHANGED] * 2
    assert Event.objects.filter(type="order.placed").count() == 2
    profile = Profile.objects.get(customer__source_key="c-1")
    assert (profile.orders, profile.spent) == (2, Decimal("14.90"))


def test_an_order_cut_by_the_end_of_a_batch_is_whole(at_desk, lin, shelf):
    run_id = new_id()
    bring(at_desk, "sales.order_line", line("o-1", "a", "9.90", customer_key="c-1"), run_id=run_id)
    bring(at_desk, "sales.order_line", line("o-1", "b", "5.00", customer_key="c-1"), run_id=run_id)
    order = Order.objects.get(source_key="o-1")
    assert (order.total, order.line_count) == (Decimal("14.90"), 2)
    profile = Profile.objects.get(customer__source_key="c-1")
    assert (profile.orders, profile.spent) == (1, Decimal("14.90"))


@pytest.mark.parametrize(
    ("row", "action"),
    [
        (line("o-9", "nothing", "1.00"), Action.REJECT),
        (line("o-9", "a", "1.00", customer_key="nobody"), Action.REJECT),
        (line("o-1", "b", "1.00", customer_key="c-2"), Action.CONFLICT),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason_and_the_rest_goes_on(at_desk, lin, shelf, row, action):
    people.create(viewer=at_desk, change=Change(source_key="c-2", label="Wu"), identifiers=[])
    bring(at_desk, "sales.order_line", line("o-1", "a", "9.90", customer_key="c-1"))
    bad, good = bring(at_desk, "sales.order_line", row, line("o-3", "a", "2.00"))
    assert (bad.action, bool(bad.reason), good.action) == (action, True, Action.CREATE)
    assert set(Order.objects.values_list("source_key", flat=True)) == {"o-1", "o-3"}


def test_a_product_twice_on_one_slip_is_two_lines(at_desk, shelf):
    bring(at_desk, "sales.order_line", line("o-1", "a", "1.00"), line("o-1", "a", "2.00"))
    assert set(Line.objects.values_list("key", flat=True)) == {"a", "a#2"}
    assert Order.objects.get().total == Decimal("3.00")


def test_an_order_that_goes_on_in_the_next_batch_keeps_its_second_line_of_a_product(at_desk, shelf):
    def both_batches():
        run_id = new_id()
        first = bring(
            at_desk, "sales.order_line", line("o-1", "b", "3.00"), line("o-1", "a", "1.00"), run_id=run_id
        )
        rows = [Row(4, line("o-1", "a", "2.00")), Row(5, line("o-2", "a", "5.00"))]
        second = apply(at_desk, "sales.order_line", rows, run_id=run_id, dry=False)
        return actions(first) + actions(second)

    assert both_batches() == [Action.CREATE] * 4
    assert set(Line.objects.values_list("key", "amount")) == {
        ("b", Decimal("3.00")), ("a", Decimal("1.00")), ("a#2", Decimal("2.00")), ("a", Decimal("5.00")),
    }  # fmt: skip
    assert both_batches() == [Action.UNCHANGED] * 4


def test_a_batch_that_the_database_refuses_loses_nothing_but_the_bad_row(at_desk, shelf):
    run_id = new_id()
    bring(at_desk, "sales.order_line", line("o-1", "a", "1.00"), run_id=run_id)
    rows = [
        Row(3, line("o-1", "a", "2.00", store="new-store")),
        Row(4, line("o-2", "b", "3.00", store="new-store")),
        Row(5, line("o-3", "b", str(10**15))),
    ]
    target = targets.get("sales.order_line")
    told = target.preparing(at_desk)(rows)
    with pytest.raises(DataError), transaction.atomic():
        running.apply_whole(at_desk, target, told, [3, 4, 5], run_id=run_id, dry=False)
    outcomes = running.apply_carefully(at_desk, target, told, [3, 4, 5], run_id=run_id, dry=False)
    assert actions(outcomes) == [Action.CREATE, Action.CREATE, Action.REJECT]
    assert set(Line.objects.values_list("key", "amount")) == {
        ("a", Decimal("1.00")), ("a#2", Decimal("2.00")), ("b", Decimal("3.00")),
    }  # fmt: skip
    assert Order.objects.get(source_key="o-2").store.code == "new-store"


def test_a_dry_run_says_what_would_be_and_writes_nothing(at_desk, shelf):
    row = line("o-1", "a", "1.00", store="new-store")
    outcomes = bring(at_desk, "sales.order_line", row, line("o-1", "nothing", "1.00"), dry=True)
    assert actions(outcomes) == [Action.CREATE, Action.REJECT]
    assert (
        Order.objects.count(),
        Line.objects.count(),
        Event.objects.filter(type="order.placed").count(),
    ) == (0, 0, 0)


def test_an_import_of_lines_can_be_taken_back(at_desk, lin, shelf):
    bring(at_desk, "sales.order_line", line("o-1", "a", "9.90", customer_key="c-1"))
    outcomes = bring(
        at_desk,
        "sales.order_line",
        line("o-1", "a", "8.00", customer_key="c-1"),
        line("o-2", "b", "5.00", customer_key="c-1"),
    )
    undone = targets.get("sales.order_line").undo_batch(at_desk, outcomes)
    assert actions(undone) == [Action.UNDONE] * 2
    assert list(Order.objects.values_list("source_key", "total")) == [("o-1", Decimal("9.90"))]
    profile = Profile.objects.get(customer__source_key="c-1")
    assert (profile.orders, profile.spent) == (1, Decimal("9.90"))


def test_a_changed_product_is_as_before_when_taken_back(at_desk):
    bring(at_desk, "sales.product", product("a", unit_cost=Decimal("4.00")))
    outcomes = bring(at_desk, "sales.product", product("a", unit_cost=Decimal("5.00"), brand="Kailas"))
    targets.get("sales.product").undo_batch(at_desk, outcomes)
    boot = Product.objects.get(source_key="a")
    assert (boot.unit_cost, boot.brand) == (Decimal("4.00"), "")


def test_a_product_that_was_sold_is_not_taken_back(at_desk):
    outcomes = bring(at_desk, "sales.product", product("a"), product("b"))
    bring(at_desk, "sales.order_line", line("o-1", "a", "9.90"))
    undone = targets.get("sales.product").undo_batch(at_desk, outcomes)
    assert actions(undone) == [Action.REFUSED, Action.UNDONE]
    assert list(Product.objects.values_list("source_key", flat=True)) == ["a"]


def test_keys_with_tabs_and_backslashes_come_through(at_desk):
    bring(at_desk, "sales.product", product("a\tb\\N\n"), {"source_key": "\\N"})
    assert set(Product.objects.values_list("source_key", flat=True)) == {"a\tb\\N\n", "\\N"}


def test_coupons_are_kept_once(at_desk, lin):
    row = {"customer_key": "c-1", "code": "SPRING", "campaign_key": "8", "redeemed_at": AT}
    first = bring(at_desk, "sales.redemption", row, {**row, "customer_key": "nobody"})
    second = bring(at_desk, "sales.redemption", row)
    assert (actions(first), actions(second)) == ([Action.CREATE, Action.REJECT], [Action.UNCHANGED])
    assert Redemption.objects.get().campaign_key == "8"
    assert Event.objects.filter(type="coupon.redeemed").count() == 1
    assert isinstance(first[0], Outcome)
