"""The desk's beginning at the retailer: segments, a channel, two messages, an offer, and two campaigns.

One campaign runs: it writes to households at their own door, leaves its control group alone, and everybody whom it does
not write to is counted under a reason. One is planned and waits for somebody to approve it. Every figure is counted
from the retailer's own year; only what the households permit was drawn (`permissions.py`).
"""

from decimal import Decimal
from uuid import UUID

from demo import segments, staff
from guanxi.consent.words import Channel, Purpose, Strength
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import jobs, services
from guanxi.market.campaigns.services import Brief
from guanxi.market.models import Campaign, Segment
from guanxi.market.offers import services as offers
from guanxi.market.offers.services import Draft
from guanxi.touch.outgoing import services as messages

#: Messages by name, in both languages.
MESSAGES = {
    "New year, same basket": {
        "en": {
            "subject": "New year, same basket",
            "body": "Hello {{ name }},\n\nthe shelves are being filled for January. What you bought most often last "
            "year is on one page now, so that the list writes itself.\n\nTell us if you would rather hear less: one "
            "tap below.",
        },
        "zh-hans": {
            "subject": "新的一年,熟悉的购物篮",
            "body": "{{ name }},您好!\n\n一月的货架正在补充。您去年最常买的商品已汇总到一页,购物清单可以自动生成。\n\n"
            "如果想少收一些消息,点一下下方即可。",
        },
    },
    "We have not seen you lately": {
        "en": {
            "subject": "We have not seen you lately",
            "body": "Hello {{ name }},\n\nyou used to come by often. Ten percent off one basket in January, if you "
            "like: {{ code }}. If something went wrong, tell us; that comes first.",
        },
        "zh-hans": {
            "subject": "好久不见",
            "body": "{{ name }},您好!\n\n您过去常来。如果愿意,一月有一次购物可享九折,优惠码:{{ code }}。"
            "如果有什么不满意,请告诉我们,我们会优先处理。",
        },
    },
}


def load(viewer: Viewer) -> None:
    """Set the desk up, once."""
    segments.start(viewer)
    with tenancy(viewer):
        if Campaign.objects.filter(enterprise_id=viewer.tenant).exists():
            return
        messages.set_up(viewer=viewer, channel=Channel.CHAT, adapter="door", settings={}, per_minute=6_000)
        news, win_back = (
            str(messages.save_template(viewer=viewer, name=name, texts=texts).pk)
            for name, texts in MESSAGES.items()
        )
        running = services.create(viewer=viewer, brief=_news(viewer, news))
        waiting = services.create(viewer=viewer, brief=_win_back(viewer, win_back))
    for campaign in (running, waiting):
        jobs.plan(viewer.tenant, campaign.pk)
    _launch(viewer, running.pk)


def _segment(viewer: Viewer, name: str) -> UUID:
    found: UUID = Segment.objects.get(enterprise_id=viewer.tenant, name=name).pk
    return found


def _news(viewer: Viewer, template: str) -> Brief:
    return Brief(
        name="January news for regulars", goal="Do regulars who hear from us in January come more often?",
        segment_id=_segment(viewer, "Regulars"), purpose=Purpose.NEWS, needs=Strength.INFORMED,
        channels=(Channel.CHAT,), templates={Channel.CHAT: template}, control_share=0.3, window_days=28,
        contact_cost=Decimal("0.02"), pace_hour=10_000, success="orders",
    )  # fmt: skip


def _win_back(viewer: Viewer, template: str) -> Brief:
    offer = offers.create(
        viewer=viewer,
        draft=Draft(
            name="Ten percent in January", benefit="percent", value=Decimal(10), most=Decimal(15), days_valid=28,
            text_en="10 % off one basket, at most $15", text_zh="单次购物九折,最多减 15 美元", budget=Decimal(3_000),
        ),
    )  # fmt: skip
    offers.turn(viewer=viewer, offer_id=offer.pk, state="live")
    return Brief(
        name="Back in January", goal="Does a small offer bring back households that have not come for two months?",
        segment_id=_segment(viewer, "Slipping away"), purpose=Purpose.OFFERS, needs=Strength.PERSONAL,
        channels=(Channel.CHAT,), templates={Channel.CHAT: template}, offer_id=offer.pk, control_share=0.5,
        window_days=28, contact_cost=Decimal("0.05"), success="margin",
    )  # fmt: skip


def _launch(viewer: Viewer, campaign_id: UUID) -> None:
    """Approved by the owner, who did not write it."""
    owner = viewers.for_staff(id_of("account", staff.address(staff.STAFF[0].local)), viewer.tenant)
    with tenancy(owner):
        services.approve(viewer=owner, campaign_id=campaign_id, why="A quiet month to learn in.")
        services.start(viewer=owner, campaign_id=campaign_id)
    jobs.advance(viewer.tenant, campaign_id, at_once=True)
