"""What consent plugs into the house: events, sight, deeds; the panel of the 360 page."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.consent import jobs as own_jobs
from guanxi.consent import queries, reports, sight
from guanxi.consent.event_schemas import SCHEMAS
from guanxi.consent.words import Channel, ProofKind, Purpose
from guanxi.core import catalogue, jobs, schemas, slots, visibility
from guanxi.core.catalogue import Deed, ValueType
from guanxi.core.importing import targets
from guanxi.core.importing.targets import Target, TargetField
from guanxi.core.viewer import Viewer

for schema in SCHEMAS:
    schemas.register(schema)

visibility.contribute("people.Customer", predicate=sight.permitted)
visibility.contribute("people.Profile", predicate=sight.permitted)

for deed in (
    Deed(
        "consent.place_hold", _("Let contact wait"), "guanxi.consent.services:place_hold",
        {"why": ValueType.STRING, "purposes": ValueType.STRINGS},
    ),
    Deed(
        "consent.open_matter", _("Open a matter"), "guanxi.consent.services:open_matter",
        {"kind": ValueType.STRING, "about": ValueType.STRING},
    ),
):  # fmt: skip
    catalogue.deed(deed)

targets.register(
    Target(
        name="consent.permission",
        label=_("Permissions"),
        fields=(
            TargetField("customer_key", label=_("Customer's source key"), required=True, longest=200,
                        aliases=("customer", "customer id", "household id", "客户", "客户编号", "客户号", "会员号")),
            TargetField("purpose", "choice", label=_("What for"), required=True, choices=tuple(Purpose.values),
                        aliases=("consent for", "topic", "用途", "目的")),
            TargetField("channel", "choice", label=_("Channel"), choices=tuple(Channel.values),
                        aliases=("medium", "渠道", "通道")),
            TargetField("strength", "integer", label=_("Strength"), required=True,
                        aliases=("level", "consent", "强度", "许可强度")),
            TargetField("proof_kind", "choice", label=_("Kind of proof"), choices=tuple(ProofKind.values),
                        aliases=("proof type", "evidence", "证明类型", "凭证类型")),
            TargetField("proof", label=_("Proof"), longest=160, aliases=("reference", "document", "证明", "凭证")),
            TargetField("said_at", "datetime", label=_("Permitted on"),
                        aliases=("date", "consent date", "opt in date", "同意日期", "许可日期", "日期")),
            TargetField("words", label=_("Words that were shown"), longest=500,
                        aliases=("wording", "text", "consent text", "文字", "同意文本")),
            TargetField("ends_at", "datetime", label=_("Until"), aliases=("expires", "end date", "截止日期", "到期")),
            TargetField("quiet_from", label=_("Quiet from"), longest=5, aliases=("安静开始",)),
            TargetField("quiet_to", label=_("Quiet to"), longest=5, aliases=("安静结束",)),
            TargetField("weekly_cap", "integer", label=_("Contacts a week"), aliases=("weekly limit", "每周上限")),
        ),
        match_keys=("customer_key",),
        apply="guanxi.consent.importing:apply",
        model="consent.Permission",
        identity=("customer_key", "purpose", "channel"),
        right="permissions.write",
        order=40,
    )
)  # fmt: skip


def _permits(viewer: Viewer, subject: Any) -> Mapping[str, Any] | None:
    """What a customer permits, for the column *who*; `subject` is the whole that the page shows."""
    if not viewer.may("permissions.read"):
        return None
    permitted = queries.permitted_for(viewer, subject.record_ids)
    return {
        "title": _("What they permit"),
        "permitted": [one for one in permitted if one.said or one.strength],
        "strength": max((one.strength for one in permitted), default=0),
        "closed": next((one.closed_channels for one in permitted if one.purpose == Purpose.OFFERS), []),
        "customer_id": subject.id,
        "may_ask": viewer.may("customers.write"),
        "channels": list(Channel),
        "load": reports.load_of(viewer, subject.record_ids),
    }


slots.register(
    "customer.panel", name="consent.permits", query=_permits, template="workbench/consent/_permits.html", order=5,
    column="who",
)  # fmt: skip

jobs.schedule(own_jobs.ISSUE_RECEIPTS_EVERYWHERE, cron="*/5 * * * *")
jobs.schedule(own_jobs.COUNT_STANDING, cron="10 * * * *")
