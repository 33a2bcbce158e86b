"""What the past plugs into the house: import targets and the job that measures it."""

from django.utils.translation import gettext_lazy as _

from guanxi.core.importing import targets
from guanxi.core.importing.targets import Target, TargetField
from guanxi.market.past import jobs

__all__ = ["jobs"]

_CAMPAIGN = TargetField(
    "campaign_key",
    label=_("Campaign key"),
    required=True,
    longest=120,
    aliases=("campaign_id", "campaign", "活动编号"),
)
targets.register(
    Target(
        name="market.past_campaign",
        label=_("Past campaigns"),
        fields=(
            TargetField("source_key", label=_("Campaign key"), required=True, longest=120,
                        aliases=("campaign_id", "campaign", "活动编号")),
            TargetField("name", label=_("Name"), longest=200, aliases=("campaign_name", "title", "活动名称")),
            TargetField("kind", label=_("Kind"), longest=60, aliases=("campaign_type", "type", "类型")),
            TargetField("starts_on", "date", label=_("First day"), required=True,
                        aliases=("start_date", "start", "开始日期")),
            TargetField("ends_on", "date", label=_("Last day"), required=True, aliases=("end_date", "end", "结束日期")),
        ),
        match_keys=("source_key",),
        apply="guanxi.market.past.importing.campaigns:apply",
        model="market.PastCampaign",
        order=60,
    )
)  # fmt: skip
targets.register(
    Target(
        name="market.past_addressee",
        label=_("Whom past campaigns addressed"),
        fields=(
            _CAMPAIGN,
            TargetField("customer_key", label=_("Customer key"), required=True, longest=200,
                        aliases=("household_id", "customer_id", "会员号")),
        ),
        match_keys=("campaign_key", "customer_key"),
        apply="guanxi.market.past.importing.addressees:apply",
        model="market.Addressee",
        identity=("campaign_key", "customer_key"),
        order=61,
    )
)  # fmt: skip
targets.register(
    Target(
        name="market.past_coupon",
        label=_("Coupons of past campaigns"),
        fields=(
            _CAMPAIGN,
            TargetField("code", label=_("Coupon code"), required=True, longest=120,
                        aliases=("coupon_upc", "coupon", "券码")),
            TargetField("product_key", label=_("Product key"), required=True, longest=200,
                        aliases=("product_id", "商品编号")),
        ),
        match_keys=("campaign_key", "code", "product_key"),
        apply="guanxi.market.past.importing.coupons:apply",
        model="market.PastCoupon",
        order=62,
    )
)  # fmt: skip
