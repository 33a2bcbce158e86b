"""What a basket costs with offers: exact to the cent, best for the customer, whatever order the codes come in."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from guanxi.market import discounts
from guanxi.market.discounts import Basket, Benefit, Line, Reason, Returned, Taken, Terms

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
BOOTS, SOCKS = (
    Line("1", "boot-1", Decimal("899.00"), category="Boots"),
    Line("2", "sock-2", Decimal("59.80"), Decimal(2), category="Socks"),
)
BASKET = Basket((BOOTS, SOCKS), "nanjing")


def percent(id_, value, **facts):
    return Terms(id_, Benefit.PERCENT, Decimal(value), **facts)


def amount(id_, value, **facts):
    return Terms(id_, Benefit.AMOUNT, Decimal(value), **facts)


def off(*offers, basket=BASKET):
    quote = discounts.quote(basket, offers)
    return {one.offer_id: one.amount for one in quote.taken}, dict(quote.refused)


@pytest.mark.parametrize(
    ("terms", "taken"),
    [
        (percent(A, 10), "95.88"),
        (percent(A, 10, most=Decimal(50)), "50"),
        (percent(A, 10, categories=frozenset({"Socks"})), "5.98"),
        (amount(A, 100), "100"),
        (amount(A, 100, products=frozenset({"sock-2"})), "59.80"),
        (Terms(A, Benefit.PRODUCT, Decimal(1), product="sock-2"), "29.90"),
        (Terms(A, Benefit.PRODUCT, Decimal(5), product="sock-2"), "59.80"),
        (Terms(A, Benefit.TEXT), "0"),
    ],
)
def test_each_benefit_takes_off_what_it_says(terms, taken):
    assert off(terms) == ({A: Decimal(taken)}, {})


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (percent(A, 10, stores=frozenset({"xihu"})), Reason.STORE),
        (percent(A, 10, products=frozenset({"tent-9"})), Reason.PRODUCTS),
        (Terms(A, Benefit.PRODUCT, Decimal(1), product="tent-9"), Reason.PRODUCTS),
        (percent(A, 10, least=Decimal("958.81")), Reason.LEAST),
        (amount(A, 100, left=Decimal("99.99")), Reason.BUDGET),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(terms, reason):
    assert off(terms) == ({}, {A: reason})


def test_a_basket_without_a_price_has_nothing_to_take_off():
    free = Basket((replace(BOOTS, amount=Decimal(0)),))
    assert off(amount(A, 5), basket=free) == ({}, {A: Reason.NOTHING_LEFT})


def test_a_percentage_is_taken_before_an_amount():
    assert off(amount(A, 100), percent(B, 10)) == ({B: Decimal("95.88"), A: Decimal(100)}, {})


def test_of_a_group_the_better_one_counts():
    assert off(amount(A, 100, group="summer"), percent(B, 10, group="summer")) == (
        {A: Decimal(100)}, {B: Reason.EXCLUDED},
    )  # fmt: skip


def test_one_that_stands_alone_gives_way_to_two_that_are_better_together():
    assert off(amount(A, 150, alone=True), amount(B, 100), amount(C, 60))[1] == {A: Reason.EXCLUDED}
    assert off(amount(A, 200, alone=True), amount(B, 100), amount(C, 60))[0] == {A: Decimal(200)}


def test_no_code_is_used_up_for_nothing():
    small = Basket((replace(SOCKS, amount=Decimal(50)),))
    assert off(amount(A, 50), amount(B, 50), basket=small) == ({A: Decimal(50)}, {B: Reason.EXCLUDED})


money = some.decimals(min_value=0, max_value=3000, places=2)
offers = some.builds(
    lambda id_, benefit, value, least, group, alone, most, left, products: Terms(
        UUID(int=id_), benefit, Decimal(min(value, 100)) if benefit == Benefit.PERCENT else Decimal(value),
        most=most, product="p1", least=least, products=products, group=group, alone=alone, left=left,
    ),
    some.integers(1, 9), some.sampled_from(Benefit), some.integers(1, 300),
    money.filter(lambda value: value < 500), some.sampled_from(["", "", "g", "h"]), some.booleans(),
    some.none() | money.filter(bool), some.none() | money, some.frozensets(some.sampled_from(["p1", "p2"]), max_size=2),
)  # fmt: skip
baskets = some.lists(
    some.tuples(some.sampled_from(["p1", "p2", "p3"]), money, some.integers(1, 5)), min_size=1, max_size=5
).map(
    lambda rows: Basket(
        [Line(str(at), product, price, Decimal(count)) for at, (product, price, count) in enumerate(rows)]
    )
)


@settings(max_examples=150, deadline=None)
@given(baskets, some.lists(offers, max_size=5), some.randoms())
def test_whatever_is_asked_the_cents_add_up_and_nothing_goes_below_zero(basket, asked, chance):
    quote = discounts.quote(basket, asked)
    assert 0 <= quote.discount <= basket.total
    assert quote.total + quote.discount == basket.total
    for one in quote.taken:
        assert one.amount == one.amount.quantize(discounts.CENT)
        assert sum(one.lines.values(), Decimal(0)) == one.amount
    per_line = {
        line.key: sum((one.lines.get(line.key, Decimal(0)) for one in quote.taken), Decimal(0))
        for line in basket.lines
    }
    assert all(per_line[line.key] <= line.amount for line in basket.lines)
    distinct = list({one.offer_id: one for one in asked}.values())
    mixed = list(distinct)
    chance.shuffle(mixed)
    assert discounts.quote(basket, mixed) == discounts.quote(basket, distinct)
    assert {one.offer_id for one in quote.taken} | set(quote.refused) == {one.offer_id for one in asked}


@settings(max_examples=100, deadline=None)
@given(baskets, some.lists(offers, min_size=1, max_size=4))
def test_another_code_never_makes_a_basket_dearer(basket, asked):
    distinct = list({one.offer_id: one for one in asked}.values())
    assert discounts.quote(basket, distinct).discount >= discounts.quote(basket, distinct[1:]).discount


@settings(max_examples=150, deadline=None)
@given(some.lists(some.integers(1, 5000), min_size=1, max_size=8), some.integers(0, 6000))
def test_a_discount_comes_back_to_the_cent_however_the_returns_are_cut(parts, discount):
    total = Decimal(sum(parts)) / 100
    taken = Taken(A, min(Decimal(discount) / 100, total))
    refunded, before = Decimal(0), Decimal(0)
    for part in parts:
        refunded += Decimal(part) / 100
        back = discounts.given_back(taken, Returned(total, refunded))
        assert before <= back <= taken.amount
        before = back
    assert before == taken.amount


def test_a_returned_line_takes_back_what_was_taken_off_that_line():
    taken = Taken(A, Decimal(30), {"1": Decimal(20), "2": Decimal(10)})
    returned = Returned(
        Decimal(120), Decimal(40), paid={"1": Decimal(80), "2": Decimal(40)}, lines={"2": Decimal(40)}
    )
    assert discounts.given_back(taken, returned) == 10
    half = replace(returned, refunded=Decimal(20), lines={"2": Decimal(20)})
    assert discounts.given_back(taken, half) == 5
