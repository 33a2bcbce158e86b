"""Offers: made as drafts, put live, widened, granted once per key."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import translation

from guanxi.core.conditions import ConditionError
from guanxi.core.errors import NotAllowed, NotFound
from guanxi.core.ledger import services as ledger
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.market.discounts import Reason
from guanxi.market.models import Coupon, Offer
from guanxi.market.offers import codes, queries, services, words
from guanxi.market.offers.services import Draft
from guanxi.people import services as people
from tests.market.shop import DAY, at, code_for, customer, make


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"value": Decimal(101)}, "value"),
        ({"benefit": "amount", "value": Decimal(0)}, "value"),
        ({"benefit": "product", "value": Decimal(1)}, "free_product"),
        ({"benefit": "product", "value": Decimal("1.5"), "free_product": "sock-2"}, "value"),
        ({"benefit": "text"}, "text_en"),
        ({"codes": "shared", "shared_code": "ab"}, "shared_code"),
        ({"codes": "shared", "shared_code": codes.written(7)}, "shared_code"),
    ],
)
def test_terms_that_make_no_offer_are_refused(at_desk, facts, field):
    with pytest.raises(services.BadTerms) as refused, transaction.atomic():
        make(at_desk, **facts)
    assert (refused.value.field, Offer.objects.count()) == (field, 0)


def test_a_condition_that_cannot_be_read_is_refused(at_desk):
    with pytest.raises(ConditionError):
        make(at_desk, who="orders.number > 3")


def test_a_draft_is_changed_and_what_was_live_is_only_widened(at_desk):
    offer = make(at_desk, live=False, in_all=10, budget=Decimal(500))
    draft = Draft("Winter", "amount", Decimal(30), in_all=10, budget=Decimal(500))
    services.change(viewer=at_desk, offer_id=offer.pk, draft=draft)
    services.turn(viewer=at_desk, offer_id=offer.pk, state="live")
    with pytest.raises(services.TermsFixed):
        services.change(viewer=at_desk, offer_id=offer.pk, draft=draft)
    with pytest.raises(services.OnlyWider), transaction.atomic():
        services.widen(viewer=at_desk, offer_id=offer.pk, in_all=9)
    services.widen(viewer=at_desk, offer_id=offer.pk, in_all=12, budget=Decimal(600))
    numbers = queries.numbers_for(at_desk, [offer])[offer.pk]
    assert (numbers.uses.whole, numbers.budget.whole, numbers.uses.open) == (12, 600, 12)
    assert queries.offer_for(at_desk, offer.pk).name == "Winter"


@pytest.mark.parametrize(
    ("steps", "allowed"),
    [
        (["live", "paused", "live", "ended"], True),
        (["ended"], True),
        (["live", "live"], True),
        (["paused"], False),
        (["ended", "live"], False),
    ],
)
def test_an_offer_goes_from_draft_to_its_end_and_not_back(at_desk, steps, allowed):
    offer = make(at_desk, live=False, in_all=5)
    done = []
    for state in steps:
        try:
            with transaction.atomic():
                done.append(services.turn(viewer=at_desk, offer_id=offer.pk, state=state).state)
        except services.NotPossible:
            break
    assert (done == steps) is allowed


def test_a_word_answers_for_one_offer_until_that_ends(at_desk):
    first = make(at_desk, codes="shared", shared_code="Spring 10")
    assert first.shared_code == "SPRING10"
    with pytest.raises(services.WordTaken), transaction.atomic():
        make(at_desk, codes="shared", shared_code="spring-10")
    services.turn(viewer=at_desk, offer_id=first.pk, state="ended")
    assert make(at_desk, codes="shared", shared_code="spring-10").state == "live"


def test_everybody_gets_a_code_of_their_own_once_per_key(at_desk, ledger_holds):
    offer, ana, tom = make(at_desk), customer(at_desk, "Ana"), customer(at_desk, "Tom")
    first = services.grant(viewer=at_desk, offer_id=offer.pk, customer_ids=[ana], key="k")
    again = services.grant(viewer=at_desk, offer_id=offer.pk, customer_ids=[ana, tom, ana], key="k")
    assert again[ana] == first[ana]
    assert len({*again.values()}) == 2
    other = services.grant(viewer=at_desk, offer_id=offer.pk, customer_ids=[ana], key="l")
    assert other[ana] != first[ana]
    assert queries.numbers_for(at_desk, [offer])[offer.pk].codes.whole == 3
    assert Event.objects.filter(type="coupon.granted").count() == 3
    ledger_holds()


def test_who_holds_as_many_codes_as_one_may_use_gets_no_more(at_desk):
    offer, ana = make(at_desk, per_person=1), customer(at_desk, "Ana")
    code_for(at_desk, offer, ana)
    assert services.grant(viewer=at_desk, offer_id=offer.pk, customer_ids=[ana], key="l") == {}


def test_after_a_merge_the_same_key_gives_the_code_that_is_there(at_desk):
    offer, ana, twin = make(at_desk), customer(at_desk, "Ana"), customer(at_desk, "Ana L.")
    code = code_for(at_desk, offer, twin)
    people.merge(viewer=at_desk, kept_id=ana, absorbed_id=twin)
    given = services.grant(viewer=at_desk, offer_id=offer.pk, customer_ids=[ana, twin], key="k")
    assert given == {ana: code}


def test_codes_are_given_only_while_the_offer_is_live(at_desk):
    offer, ana = make(at_desk, live=False), customer(at_desk, "Ana")
    with pytest.raises(services.NotLive):
        code_for(at_desk, offer, ana)
    assert Coupon.objects.count() == 0


def test_a_code_ends_with_whatever_ends_first(at_desk):
    offer = make(at_desk, days_valid=30, valid_to=at_desk.now + 20 * DAY)
    ana = customer(at_desk, "Ana")
    services.grant(
        viewer=at_desk, offer_id=offer.pk, customer_ids=[ana], key="k", valid_until=at_desk.now + 10 * DAY
    )
    services.grant(viewer=at_desk, offer_id=offer.pk, customer_ids=[ana], key="l")
    ends = Coupon.objects.order_by("valid_until").values_list("valid_until", flat=True)
    assert list(ends) == [at_desk.now + 10 * DAY, at_desk.now + 20 * DAY]


def test_expired_codes_are_booked_out_by_the_ledger_and_told(at_desk, ledger_holds):
    offer, ana = make(at_desk, days_valid=30), customer(at_desk, "Ana")
    code_for(at_desk, offer, ana)
    later = at(at_desk, days=31)
    numbers = queries.numbers_for(later, [offer])[offer.pk].codes
    assert (numbers.whole, numbers.open, numbers.expired) == (1, 0, 1)
    ledger.expire(viewer=later)
    assert queries.numbers_for(later, [offer])[offer.pk].codes == numbers
    assert Event.objects.get(type="coupon.expired").customer_id == ana
    ledger_holds()


def test_printed_codes_belong_to_nobody_and_are_the_same_for_the_same_key(at_desk):
    offer = make(at_desk)
    made = services.print_codes(viewer=at_desk, offer_id=offer.pk, count=30, key="flyer")
    assert len(set(made)) == 30
    assert services.print_codes(viewer=at_desk, offer_id=offer.pk, count=30, key="flyer") == made


def test_who_may_not_write_makes_and_grants_nothing(gao, chen):
    with tenancy(chen):
        offer = make(chen)
    with tenancy(gao):
        with pytest.raises(NotAllowed):
            make(gao)
        with pytest.raises(NotAllowed):
            services.grant(viewer=gao, offer_id=offer.pk, customer_ids=[], key="k")


def test_an_enterprise_sees_its_own_offers_only(chen, bea):
    with tenancy(chen):
        offer = make(chen)
    with tenancy(bea):
        assert list(queries.offers_for(bea)) == []
        with pytest.raises(NotFound):
            services.grant(viewer=bea, offer_id=offer.pk, customer_ids=[UUID(int=1)], key="k")


def test_an_individual_sees_their_own_codes_and_not_the_budget(chen, ana, tom):
    with tenancy(chen):
        record = people.create(
            viewer=chen, change=people.Change(name="Ana"), identifiers=[("email", "ana@example.org")]
        )
        offer = make(chen, budget=Decimal(500), text_en="For you")
        code = code_for(chen, offer, record)
        code_for(chen, offer, customer(chen, "Somebody"))
    with tenancy(ana):
        people.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="code")
        (held,) = queries.held_by(ana, [record])
        assert (held.shown, held.state, held.text) == (code, "to_use", "For you")
        assert [one.code for one in Coupon.objects.only("code")] == [codes.read(code)]
    with tenancy(tom):
        assert queries.held_by(tom, [record]) == []


def test_the_terms_stand_in_one_plain_sentence_in_both_languages(at_desk):
    offer = make(
        at_desk, most=Decimal(50), least=Decimal(200), categories=["Boots"], stores=["nanjing"], per_person=1,
        in_all=500, days_valid=30, alone=True,
    )  # fmt: skip
    with translation.override("en"):
        assert words.sentence(offer) == (
            "10 % off, at most ¥50.00, on Boots, from a basket of ¥200.00, in nanjing, for 30 days after it was "
            "given, once per person, 500 times in all, with no other offer."
        )
    with translation.override("zh-hans"):
        assert "每人限用 1 次" in words.sentence(offer)


def test_an_offer_ends_when_its_time_is_over(at_desk):
    offer = make(at_desk, valid_to=at_desk.now + DAY)
    assert services.close_over(viewer=at_desk) == 0
    assert services.close_over(viewer=at(at_desk, days=2)) == 1
    assert queries.offer_for(at_desk, offer.pk).state == "ended"


def test_whatever_a_basket_refuses_has_words():
    assert {reason.value for reason in Reason} <= set(words.Refusal.values)
