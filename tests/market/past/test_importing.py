"""The past comes in by the import engine: once, with bad rows set aside, and goes again where nothing hangs on it."""

from datetime import date

import pytest

from guanxi.core.identity import new_id
from guanxi.core.importing import targets
from guanxi.core.importing.targets import Action, Outcome, Row
from guanxi.market.models import Addressee, PastCampaign, PastCoupon
from guanxi.people import services as people
from guanxi.people.services import Change

SPRING = {
    "source_key": "1",
    "name": "Spring",
    "kind": "A",
    "starts_on": date(2026, 3, 1),
    "ends_on": date(2026, 4, 1),
}


def bring(viewer, name, *rows, dry=False):
    numbered = [Row(number, values) for number, values in enumerate(rows, 2)]
    target = targets.get(name)
    prepare = target.preparing(viewer) or list
    return target.apply_batch(viewer, prepare(numbered), run_id=new_id(), dry=dry)


def actions(outcomes):
    return [outcome.action for outcome in outcomes]


@pytest.fixture
def spring(at_desk):
    people.create(viewer=at_desk, change=Change(source_key="c-1", label="Lin"))
    bring(at_desk, "sales.product", {"source_key": "p-1", "name": "Tea"})
    bring(at_desk, "market.past_campaign", SPRING)
    return PastCampaign.objects.get(enterprise_id=at_desk.tenant, source_key="1")


def test_a_campaign_comes_once_and_a_dry_run_writes_nothing(at_desk):
    assert actions(bring(at_desk, "market.past_campaign", SPRING, dry=True)) == [Action.CREATE]
    assert not PastCampaign.objects.exists()
    assert actions(bring(at_desk, "market.past_campaign", SPRING, SPRING)) == [
        Action.CREATE,
        Action.UNCHANGED,
    ]
    assert actions(bring(at_desk, "market.past_campaign", SPRING, dry=True)) == [Action.UNCHANGED]


def test_a_campaign_that_ends_before_it_begins_is_set_aside(at_desk):
    (outcome,) = bring(at_desk, "market.past_campaign", SPRING | {"ends_on": date(2026, 2, 1)})
    assert (outcome.action, outcome.reason) == (Action.REJECT, "The last day lies before the first.")


def test_addressees_and_coupons_find_their_campaign(at_desk, spring):
    to_lin = {"campaign_key": "1", "customer_key": "c-1"}
    tea = {"campaign_key": "1", "code": "T5", "product_key": "p-1"}
    assert actions(bring(at_desk, "market.past_addressee", to_lin, to_lin)) == [
        Action.CREATE,
        Action.UNCHANGED,
    ]
    assert actions(bring(at_desk, "market.past_coupon", tea)) == [Action.CREATE]
    assert Addressee.objects.get().campaign_id == PastCoupon.objects.get().campaign_id == spring.pk


@pytest.mark.parametrize(
    ("target", "row", "reason"),
    [
        (
            "market.past_addressee",
            {"campaign_key": "9", "customer_key": "c-1"},
            "no past campaign with the key 9",
        ),
        (
            "market.past_addressee",
            {"campaign_key": "1", "customer_key": "c-9"},
            "no customer with the key c-9",
        ),
        (
            "market.past_coupon",
            {"campaign_key": "1", "code": "T5", "product_key": "p-9"},
            "no product with the key p-9",
        ),
    ],
)
def test_a_row_that_points_nowhere_is_set_aside_with_its_reason(at_desk, spring, target, row, reason):
    (outcome,) = bring(at_desk, target, row)
    assert outcome.action == Action.REJECT
    assert reason in outcome.reason
    assert not Addressee.objects.exists()


def test_a_campaign_goes_again_only_when_nothing_hangs_on_it(at_desk, spring):
    came = bring(at_desk, "market.past_addressee", {"campaign_key": "1", "customer_key": "c-1"})
    campaign = [Outcome(2, Action.CREATE, spring.pk)]
    assert actions(targets.get("market.past_campaign").undo_batch(at_desk, campaign)) == [Action.REFUSED]
    assert actions(targets.get("market.past_addressee").undo_batch(at_desk, came)) == [Action.UNDONE]
    assert actions(targets.get("market.past_campaign").undo_batch(at_desk, campaign)) == [Action.UNDONE]
    assert not PastCampaign.objects.exists()
