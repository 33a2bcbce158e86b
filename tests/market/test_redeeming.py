"""Codes at the till: checked, reserved, redeemed with the order, given back with the goods; never twice or too much."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection, transaction

from guanxi.core import jobs, viewers
from guanxi.core.errors import NotAllowed, NotFound
from guanxi.core.identity import id_of
from guanxi.core.ledger import queries as ledger
from guanxi.core.ledger import services as ledger_services
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.market.models import CouponUse, Membership, Segment
from guanxi.market.offers import jobs as offer_jobs
from guanxi.market.offers import queries, redeeming, services
from guanxi.market.offers.words import Refusal
from guanxi.people import services as people
from guanxi.sales import services as sales
from guanxi.sales.models import Redemption
from guanxi.sales.services import LineDraft, OrderDraft
from tests.market.shop import DAY, asked, at, code_for, customer, make

TRIES = 50


@pytest.fixture
def ana(at_desk):
    """A customer."""
    return customer(at_desk, "Ana")


def refused(viewer, *given, **facts):
    return [one.reason for one in redeeming.check(viewer=viewer, asked=asked(*given, **facts)).refused]


def order(viewer, key, *amounts):
    lines = [LineDraft("boot-1", Decimal(price)) for price in amounts]
    return sales.place_order(viewer=viewer, draft=OrderDraft(key, viewer.now, lines))


def numbers(viewer, offer):
    return queries.numbers_for(viewer, [offer])[offer.pk]


def test_a_code_is_checked_without_anything_being_used(at_desk, ana):
    offer = make(at_desk)
    code = code_for(at_desk, offer, ana)
    checked = redeeming.check(viewer=at_desk, asked=asked(code.lower()))
    assert (checked.before, checked.discount, checked.total) == (200, 20, 180)
    assert numbers(at_desk, offer).codes.open == 1


def test_a_code_that_does_not_count_says_why_in_both_languages(at_desk, ana):
    code = code_for(at_desk, make(at_desk), ana)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    (mistyped,) = redeeming.check(viewer=at_desk, asked=asked(wrong)).refused
    assert mistyped.reason == Refusal.MISTYPED
    assert mistyped.words == {
        "en": "The code has a typing mistake. Look at it again.",
        "zh-hans": "券码输入有误，请再核对一遍。",
    }


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"stores": ["xihu"]}, Refusal.STORE),
        ({"products": ["tent-9"]}, Refusal.PRODUCTS),
        ({"least": Decimal(201)}, Refusal.LEAST),
        ({"budget": Decimal("19.99")}, Refusal.BUDGET),
        ({"who": "returns.count > 0"}, Refusal.WHO),
        ({"who": 'customer.kind == "firm"'}, Refusal.WHO),
    ],
)
def test_conditions_of_the_offer_are_kept(at_desk, ana, facts, reason):
    offer = make(at_desk, **facts)
    assert refused(at_desk, code_for(at_desk, offer, ana)) == [reason]
    assert queries.refusals_for(at_desk, offer) == [(reason, 1)]


def test_the_time_and_the_state_of_the_offer_are_kept(at_desk, ana):
    offer = make(at_desk, valid_from=at_desk.now + DAY, valid_to=at_desk.now + 3 * DAY)
    code = code_for(at_desk, offer, ana)
    assert refused(at_desk, code) == [Refusal.NOT_YET]
    assert refused(at(at_desk, days=2), code) == []
    assert refused(at(at_desk, days=4), code) == [Refusal.EXPIRED]
    services.turn(viewer=at_desk, offer_id=offer.pk, state="paused")
    assert refused(at(at_desk, days=2), code) == [Refusal.PAUSED]
    services.turn(viewer=at_desk, offer_id=offer.pk, state="ended")
    assert refused(at(at_desk, days=2), code) == [Refusal.ENDED]


def test_a_code_is_for_whom_it_was_given(at_desk, ana):
    code, tom = code_for(at_desk, make(at_desk), ana), customer(at_desk, "Tom")
    assert refused(at_desk, code, customer=tom) == [Refusal.OTHER]
    assert refused(at_desk, code, customer=ana) == refused(at_desk, code) == []


def test_a_word_with_a_limit_per_person_needs_the_card(at_desk, ana):
    make(at_desk, codes="shared", shared_code="SPRING", per_person=1)
    assert refused(at_desk, "spring") == [Refusal.NEEDS_CUSTOMER]
    assert refused(at_desk, "spring", customer=ana) == []


def test_an_offer_for_a_segment_is_for_its_members(at_desk, ana):
    segment = Segment.objects.create(enterprise_id=at_desk.tenant, name="Hikers", condition="true")
    make(at_desk, codes="shared", shared_code="HIKE", segment_id=segment.pk)
    assert refused(at_desk, "hike", customer=ana) == [Refusal.WHO]
    Membership.objects.create(
        enterprise_id=at_desk.tenant, segment=segment, customer_id=ana, entered_at=at_desk.now
    )
    assert refused(at_desk, "hike", customer=ana) == []


def test_of_two_codes_of_one_offer_one_counts(at_desk, ana):
    offer = make(at_desk)
    pair = [code_for(at_desk, offer, ana, key) for key in ("k", "l")]
    assert refused(at_desk, *pair) == [Refusal.EXCLUDED]


def test_a_reserved_code_cannot_be_used_elsewhere_and_lapses(at_desk, ana, ledger_holds):
    offer = make(at_desk, in_all=5, budget=Decimal(100))
    code = code_for(at_desk, offer, ana)
    held = redeeming.reserve(viewer=at_desk, asked=asked(code))
    assert refused(at_desk, code) == [Refusal.RESERVED]
    now = numbers(at_desk, offer)
    assert (now.codes.reserved, now.uses.reserved, now.budget.reserved) == (1, 1, 20)
    later = at(at_desk, minutes=16)
    with pytest.raises(redeeming.Lapsed), transaction.atomic():
        redeeming.redeem(viewer=later, reservation_id=held.reservation_id, order_key="S-1")
    assert redeeming.lapse(viewer=later) == 1
    assert (numbers(later, offer).codes.open, numbers(later, offer).budget.open) == (1, 100)
    assert Event.objects.filter(type="coupon.released").get().payload["why"] == "lapsed"
    ledger_holds()


def test_the_ledgers_own_job_may_lapse_first(at_desk, ana, ledger_holds):
    code = code_for(at_desk, make(at_desk), ana)
    redeeming.reserve(viewer=at_desk, asked=asked(code))
    later = at(at_desk, minutes=16)
    assert ledger_services.lapse(viewer=later) == 1
    held = redeeming.reserve(viewer=later, asked=asked(code))
    assert redeeming.lapse(viewer=later) == 1
    redeeming.redeem(viewer=later, reservation_id=held.reservation_id, order_key="S-1")
    ledger_holds()


def test_what_is_released_can_be_used_again_and_what_is_redeemed_not_released(at_desk, ana):
    code = code_for(at_desk, make(at_desk), ana)
    first = redeeming.reserve(viewer=at_desk, asked=asked(code)).reservation_id
    for _ in range(2):
        assert redeeming.release(viewer=at_desk, reservation_id=first)[0].state == "released"
    with pytest.raises(redeeming.Lapsed), transaction.atomic():
        redeeming.redeem(viewer=at_desk, reservation_id=first, order_key="S-1")
    second = redeeming.reserve(viewer=at_desk, asked=asked(code)).reservation_id
    redeeming.redeem(viewer=at_desk, reservation_id=second, order_key="S-1")
    with pytest.raises(redeeming.IsRedeemed):
        redeeming.release(viewer=at_desk, reservation_id=second)


def test_redeemed_twice_for_one_order_is_redeemed_once(at_desk, ana, ledger_holds):
    offer = make(at_desk, budget=Decimal(100))
    held = redeeming.reserve(viewer=at_desk, asked=asked(code_for(at_desk, offer, ana)))
    for _ in range(2):
        (use,) = redeeming.redeem(viewer=at_desk, reservation_id=held.reservation_id, order_key="S-1")
        assert (use.state, use.amount) == ("redeemed", 20)
    assert (numbers(at_desk, offer).redeemed, numbers(at_desk, offer).budget.spent) == (1, 20)
    assert Event.objects.filter(type="coupon.redeemed").count() == 1
    ledger_holds()


def test_one_breath_at_the_till_is_the_same_when_asked_again(at_desk, ana):
    offer = make(at_desk)
    code = code_for(at_desk, offer, ana)
    first = redeeming.redeem_now(viewer=at_desk, asked=asked(code), order_key="S-1")
    again = redeeming.redeem_now(viewer=at_desk, asked=asked(code), order_key="S-1")
    assert (first.reservation_id, first.checked.total) == (again.reservation_id, again.checked.total)
    assert refused(at_desk, code) == [Refusal.USED]
    with pytest.raises(redeeming.OrderTaken):
        redeeming.redeem_now(viewer=at_desk, asked=asked("OTHER"), order_key="S-1")


def test_a_redemption_stands_with_the_order_that_comes_later_once(at_desk, ana):
    code = code_for(at_desk, make(at_desk), ana)
    redeeming.redeem_now(viewer=at_desk, asked=asked(code), order_key="S-1")
    placed = order(at_desk, "S-1", "180.00")
    (kept,) = Redemption.objects.all()
    assert (kept.order_id, kept.code, kept.discount, kept.customer_id) == (placed.pk, code, 20, ana)


def test_redemptions_that_came_from_outside_are_counted_beside_ours(at_desk, ana):
    offer = make(at_desk, codes="shared", shared_code="SPRING")
    redeeming.redeem_now(viewer=at_desk, asked=asked("spring"), order_key="S-1")
    sales.note_redemption(at_desk, code="spring", order_key="T-9", at=at_desk.now, customer_id=ana)
    counted = numbers(at_desk, offer)
    assert (counted.redeemed, counted.elsewhere) == (1, 1)


def test_returns_give_back_their_part_to_the_cent_and_the_code_with_the_last(at_desk, ana, ledger_holds):
    offer = make(at_desk, budget=Decimal(100), in_all=3)
    code = code_for(at_desk, offer, ana)
    redeeming.redeem_now(viewer=at_desk, asked=asked(code, amounts=("100.00", "99.99")), order_key="S-1")
    placed = order(at_desk, "S-1", "90.00", "89.99")
    backs = []
    for part in ("33.33", "33.33", "33.33", "80.00"):
        sales.return_order(viewer=at_desk, order_id=placed.pk, amount=Decimal(part))
        backs.append(CouponUse.objects.get().given_back)
    assert backs == sorted(backs)
    assert (CouponUse.objects.get().state, backs[-1], backs[0]) == ("rolled_back", 20, Decimal("3.70"))
    now = numbers(at_desk, offer)
    assert (now.budget.open, now.budget.spent, now.codes.open, now.uses.open) == (100, 0, 1, 3)
    assert refused(at_desk, code) == []
    ledger_holds()


def test_a_cancelled_order_gives_all_back_once(at_desk, ana, ledger_holds):
    offer = make(at_desk, budget=Decimal(100))
    code = code_for(at_desk, offer, ana)
    redeeming.redeem_now(viewer=at_desk, asked=asked(code), order_key="S-1")
    placed = order(at_desk, "S-1", "180.00")
    sales.cancel_order(viewer=at_desk, order_id=placed.pk)
    redeeming.roll_back(viewer=at_desk, order_key="S-1")
    assert (numbers(at_desk, offer).rolled_back, numbers(at_desk, offer).budget.open) == (1, 100)
    with pytest.raises(redeeming.OrderCancelled):
        redeeming.redeem_now(viewer=at_desk, asked=asked(code), order_key="S-1")
    with pytest.raises(NotFound):
        redeeming.roll_back(viewer=at_desk, order_key="S-2")
    ledger_holds()


def test_what_comes_back_after_it_expired_expires_again(at_desk, ana, ledger_holds):
    offer = make(at_desk, days_valid=5)
    code = code_for(at_desk, offer, ana)
    redeeming.redeem_now(viewer=at_desk, asked=asked(code), order_key="S-1")
    later = at(at_desk, days=6)
    redeeming.roll_back(viewer=later, order_key="S-1")
    assert refused(later, code) == [Refusal.EXPIRED]
    ledger_services.expire(viewer=later)
    assert (numbers(later, offer).codes.expired, numbers(later, offer).codes.open) == (1, 0)
    ledger_holds()


def test_a_limit_per_person_counts_both_halves_of_a_merged_customer(at_desk, ana):
    make(at_desk, codes="shared", shared_code="SPRING", per_person=2)
    twin = customer(at_desk, "Ana L.")
    for number, who in enumerate((ana, twin)):
        redeeming.redeem_now(viewer=at_desk, asked=asked("spring", customer=who), order_key=f"S-{number}")
    assert refused(at_desk, "spring", customer=ana) == []
    merge = people.merge(viewer=at_desk, kept_id=ana, absorbed_id=twin)
    assert refused(at_desk, "spring", customer=twin) == [Refusal.PER_PERSON]
    people.undo(viewer=at_desk, merge_id=merge.pk)
    assert refused(at_desk, "spring", customer=twin) == []


def test_the_budget_as_a_whole_is_never_overspent(at_desk):
    offer = make(at_desk, codes="shared", shared_code="SPRING", budget=Decimal(50))
    done = [
        redeeming.redeem_now(viewer=at_desk, asked=asked("spring"), order_key=f"S-{number}").reservation_id
        for number in range(4)
    ]
    assert [bool(each) for each in done] == [True, True, False, False]
    assert (numbers(at_desk, offer).budget.spent, numbers(at_desk, offer).discount) == (40, 40)


def test_who_may_not_sell_uses_no_code(gao, chen):
    with tenancy(chen):
        make(chen, codes="shared", shared_code="SPRING")
    with tenancy(gao):
        assert redeeming.check(viewer=gao, asked=asked("spring")).discount == 20
        with pytest.raises(NotAllowed):
            redeeming.reserve(viewer=gao, asked=asked("spring"))


def test_codes_of_another_enterprise_are_unknown(chen, bea):
    with tenancy(chen):
        make(chen, codes="shared", shared_code="SPRING")
        held = redeeming.reserve(viewer=chen, asked=asked("spring")).reservation_id
    with tenancy(bea):
        assert refused(bea, "spring") == [Refusal.UNKNOWN]
        with pytest.raises(NotFound):
            redeeming.release(viewer=bea, reservation_id=held)


def test_the_job_frees_what_was_not_used_in_time(chen):
    with tenancy(chen):
        early = at(chen, hours=-1)
        offer = make(early, codes="shared", shared_code="SPRING", in_all=1)
        redeeming.reserve(viewer=early, asked=asked("spring"))
    offer_jobs.settle()
    with tenancy(chen):
        assert (numbers(chen, offer).lapsed, numbers(chen, offer).uses.open) == (1, 1)
    assert "market.offers_settle" in jobs.registered()


@pytest.mark.slow
def test_any_order_of_deeds_keeps_limits_and_the_ledger(at_desk, ledger_holds):
    chance, viewer = Random(7), at_desk
    people_ = [customer(viewer, f"C{number}") for number in range(4)]
    offer = make(viewer, per_person=3, in_all=12, budget=Decimal(150), days_valid=3)
    word = make(viewer, codes="shared", shared_code="SPRING", benefit="amount", value=Decimal(15), per_person=2,
                budget=Decimal(90))  # fmt: skip
    given, held, orders = [], [], []
    for step in range(90):
        deed = chance.choice(
            ("grant", "reserve", "redeem", "release", "order", "return", "cancel", "later", "merge")
        )
        who = chance.choice(people_)
        if deed == "grant":
            given += services.grant(
                viewer=viewer, offer_id=offer.pk, customer_ids=[who], key=f"k{step}"
            ).values()
        elif deed == "reserve":
            want = [chance.choice([*given, "spring"]), "spring"]
            held.append(redeeming.reserve(viewer=viewer, asked=asked(*want, customer=who)).reservation_id)
        elif deed == "redeem" and held:
            key, chosen = f"S-{step}", held.pop(chance.randrange(len(held)))
            try:
                with transaction.atomic():
                    redeeming.redeem(viewer=viewer, reservation_id=chosen, order_key=key)
                orders.append(order(viewer, key, "170.00").pk)
            except (redeeming.Lapsed, NotFound):
                pass
        elif deed == "release" and held and held[-1]:
            redeeming.release(viewer=viewer, reservation_id=held.pop())
        elif deed == "return" and orders:
            part = Decimal(chance.randint(1, 6000)) / 100
            try:
                with transaction.atomic():
                    sales.return_order(viewer=viewer, order_id=chance.choice(orders), amount=part)
            except (sales.TooMuchReturned, sales.OrderClosed):
                pass
        elif deed == "cancel" and orders:
            sales.cancel_order(viewer=viewer, order_id=chance.choice(orders))
        elif deed == "later":
            viewer = at(viewer, minutes=chance.randint(1, 600))
            chance.choice((redeeming.lapse, ledger_services.lapse, ledger_services.expire))(viewer=viewer)
        elif deed == "merge" and len(people_) > 2 and chance.random() < 0.2:
            people.merge(viewer=viewer, kept_id=people_[0], absorbed_id=people_.pop())
        ledger_holds()
        for one in (offer, word):
            now = numbers(viewer, one)
            for tally in filter(None, (now.codes, now.uses, now.budget)):
                assert tally.whole == tally.open + tally.reserved + tally.spent + tally.expired
            assert now.budget.spent == now.discount
            if now.codes:
                assert now.codes.spent == now.uses.spent == now.redeemed
    assert CouponUse.objects.filter(state="redeemed").exists()


def owner():
    return viewers.for_staff(id_of("account", "chen@shanhang.example"), id_of("enterprise", "shanhang"))


def all_at_once(act):
    """What fifty tills get that do something at the same moment."""
    together = threading.Barrier(TRIES)

    def one(number):
        try:
            viewer = owner()
            together.wait(30)
            with tenancy(viewer):
                return act(viewer, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(TRIES) as pool:
        return list(pool.map(one, range(TRIES)))


def redeemed_at_once(code, *, customer=None, order="S-{}"):
    def act(viewer, number):
        want = asked(code, customer=customer)
        return redeeming.redeem_now(viewer=viewer, asked=want, order_key=order.format(number)).reservation_id

    return [one for one in all_at_once(act) if one]


@pytest.mark.slow
def test_fifty_tills_that_redeem_one_coupon_at_once_redeem_it_once(fresh_database):
    with tenancy(owner()) as viewer:
        offer = make(viewer)
        code = code_for(viewer, offer, customer(viewer, "Ana"))
    assert len(redeemed_at_once(code)) == 1
    with tenancy(owner()) as viewer:
        assert (numbers(viewer, offer).codes.spent, numbers(viewer, offer).redeemed) == (1, 1)
        assert list(ledger.wrong_positions_for(viewer)) == []


@pytest.mark.slow
def test_fifty_tills_that_spend_one_budget_at_once_spend_what_is_there(fresh_database):
    with tenancy(owner()) as viewer:
        offer = make(viewer, codes="shared", shared_code="SPRING", budget=Decimal(150), in_all=9)
    assert len(redeemed_at_once("spring")) == 7
    with tenancy(owner()) as viewer:
        now = numbers(viewer, offer)
        assert (now.budget.spent, now.budget.open, now.uses.spent) == (140, 10, 7)
        assert list(ledger.wrong_positions_for(viewer)) == []


@pytest.mark.slow
def test_fifty_tills_that_serve_one_customer_at_once_keep_the_limit_per_person(fresh_database):
    with tenancy(owner()) as viewer:
        offer, ana = make(viewer, codes="shared", shared_code="SPRING", per_person=3), customer(viewer, "Ana")
    assert len(redeemed_at_once("spring", customer=ana)) == 3
    with tenancy(owner()) as viewer:
        assert numbers(viewer, offer).redeemed == 3


@pytest.mark.slow
def test_fifty_who_redeem_for_one_order_at_once_redeem_once(fresh_database):
    with tenancy(owner()) as viewer:
        offer = make(viewer, codes="shared", shared_code="SPRING", in_all=50)
    assert len(set(redeemed_at_once("spring", order="S-1"))) == 1
    with tenancy(owner()) as viewer:
        assert (numbers(viewer, offer).redeemed, numbers(viewer, offer).uses.spent) == (1, 1)


@pytest.mark.slow
def test_two_offers_on_fifty_baskets_never_wait_in_a_circle(fresh_database):
    with tenancy(owner()) as viewer:
        for word in ("SPRING", "SUMMER"):
            make(viewer, codes="shared", shared_code=word, budget=Decimal(200), in_all=20)

    def act(viewer, number):
        pair = ("spring", "summer") if number % 2 else ("summer", "spring")
        return redeeming.redeem_now(viewer=viewer, asked=asked(*pair), order_key=f"S-{number}").reservation_id

    assert any(all_at_once(act))
    with tenancy(owner()) as viewer:
        assert list(ledger.wrong_positions_for(viewer)) == []


def test_a_reservation_stays_as_long_as_was_asked(at_desk):
    make(at_desk, codes="shared", shared_code="SPRING")
    (use,) = redeeming.reserve(viewer=at_desk, asked=asked("spring"), minutes=60).uses
    assert use.until - at_desk.now == timedelta(hours=1)
