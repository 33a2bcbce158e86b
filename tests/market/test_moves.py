"""A campaign's moves: only these, in the database too; each with who and why; a second person approves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction

from guanxi.core import services as core
from guanxi.core import viewers
from guanxi.core.errors import NotAllowed
from guanxi.core.identity import id_of
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Role
from guanxi.market.campaigns import errors, queries, services
from guanxi.market.models import Campaign, Move
from guanxi.market.models.campaigns import MOVES, State
from tests.market.campaigning import Market

WAYS = {
    "draft": [],
    "approved": ["approve"],
    "running": ["approve", "start"],
    "paused": ["approve", "start", "pause"],
    "drained": ["approve", "start", "drain"],
    "ended": ["approve", "start", "drain", "end"],
}


def do(market, deed, campaign, why=""):
    return getattr(services, deed)(viewer=market.viewer, campaign_id=campaign.pk, why=why)


@pytest.fixture
def campaign(market):
    made = market.campaign(market.segment())
    market.planned(made)
    return made


@pytest.mark.parametrize(("former", "wanted"), list(product(State.values, State.values)))
def test_the_database_allows_the_listed_moves_and_no_other(market, campaign, former, wanted):
    for deed in WAYS[former]:
        do(market, deed, campaign)
    row = Campaign.objects.filter(pk=campaign.pk)
    if wanted in MOVES[former] or (wanted == former != "ended"):
        assert row.update(state=wanted) == 1
        return
    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(state=wanted)
    assert row.get().state == former


def test_each_move_says_who_what_and_why(market, campaign):
    for deed, why in (
        ("approve", "looks good"),
        ("start", ""),
        ("pause", "wrong price"),
        ("drain", "over"),
        ("end", ""),
    ):
        do(market, deed, campaign, why)
    moves = list(Move.objects.order_by("recorded_at").values_list("former", "state", "why", "moved_by"))
    actor = market.viewer.actor
    assert moves == [
        ("draft", "approved", "looks good", actor), ("approved", "running", "", actor),
        ("running", "paused", "wrong price", actor), ("paused", "drained", "over", actor),
        ("drained", "ended", "", actor),
    ]  # fmt: skip
    told = list(
        Event.objects.filter(type__startswith="campaign.").order_by("seq").values_list("type", flat=True)
    )
    assert told == [
        "campaign.planned", "campaign.approved", "campaign.started", "campaign.paused", "campaign.stopped",
        "campaign.ended",
    ]  # fmt: skip


def test_what_was_approved_is_not_changed_any_more(market, campaign):
    do(market, "approve", campaign)
    brief = services.Brief(name="Other", segment_id=campaign.segment_id)
    with pytest.raises(errors.NotADraft):
        services.change(viewer=market.viewer, campaign_id=campaign.pk, brief=brief)
    with pytest.raises(DatabaseError), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(control_share=0.2)
    assert Campaign.objects.get().name == "Autumn trails"


def test_a_draft_without_a_plan_of_what_it_says_now_is_not_approved(market, campaign):
    brief = services.Brief(
        name="Other", segment_id=campaign.segment_id, channels=("chat",), templates=campaign.templates
    )
    services.change(viewer=market.viewer, campaign_id=campaign.pk, brief=brief)
    with pytest.raises(errors.NotPlanned):
        do(market, "approve", campaign)
    market.planned(queries.campaign_for(market.viewer, campaign.pk))
    assert do(market, "approve", campaign).state == "approved"


def test_where_two_may_approve_the_writer_does_not(market, campaign):
    core.add_staff(viewer=market.viewer, email="lin@shanhang.example", name="Lin Yu", role=Role.MANAGER)
    with pytest.raises(errors.SecondPerson):
        do(market, "approve", campaign)
    assert Campaign.objects.get().state == "draft"


def test_without_a_message_for_its_channel_nothing_is_approved(market):
    campaign = market.campaign(market.segment(), templates={})
    market.planned(campaign)
    with pytest.raises(errors.MissingTemplate):
        do(market, "approve", campaign)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"control_share": 0.04}, "control_share"),
        ({"control_share": 0.51}, "control_share"),
        ({"channels": ()}, "channels"),
        ({"channels": ("pigeon",)}, "channels"),
        ({"pace_hour": 0}, "pace_hour"),
        ({"name": " "}, "name"),
        ({"window_days": 0}, "window_days"),
        ({"again_after_days": 3}, "again_after_days"),
    ],
)
def test_a_campaign_that_contradicts_itself_is_refused(market, facts, field):
    with pytest.raises(errors.BadCampaign) as refused:
        market.campaign(market.segment(), **{"name": "X", **facts})
    assert refused.value.field == field
    assert not Campaign.objects.exists()


def test_an_end_before_the_beginning_is_refused(market):
    now = market.viewer.now
    with pytest.raises(errors.BadCampaign):
        market.campaign(market.segment(), starts_at=now, ends_at=now - timedelta(days=1))


def test_who_only_reads_moves_nothing(market, campaign, gao):
    with tenancy(gao), pytest.raises(NotAllowed):
        services.pause(viewer=gao, campaign_id=campaign.pk)
    assert not Move.objects.exists()


def owner():
    return viewers.for_staff(id_of("account", "chen@shanhang.example"), id_of("enterprise", "shanhang"))


@pytest.mark.slow
def test_of_two_who_press_at_once_one_moves_it(fresh_database):
    with tenancy(owner()) as viewer:
        market = Market(viewer)
        campaign = market.campaign(market.segment())
        market.planned(campaign)
        services.approve(viewer=viewer, campaign_id=campaign.pk)
    together = Barrier(2)

    def press(_number):
        viewer = owner()
        together.wait(30)
        try:
            with tenancy(viewer):
                return services.start(viewer=viewer, campaign_id=campaign.pk).state
        except errors.WrongMove as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == ["campaign.wrong_move", "running"]
    with tenancy(owner()):
        assert Move.objects.filter(state="running").count() == 1
