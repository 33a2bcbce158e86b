"""What people plugs into the house: folds, sight, events, attributes of conditions, the import target, the schedule."""

from django.utils.translation import gettext_lazy as _

from guanxi.core import bus, catalogue, jobs, schemas, visibility
from guanxi.core.catalogue import Attribute, ValueType
from guanxi.core.importing import targets
from guanxi.core.importing.targets import Target, TargetField
from guanxi.people import folds, sight
from guanxi.people import jobs as own_jobs
from guanxi.people.event_schemas import SCHEMAS
from guanxi.people.models import Kind

bus.fold("*", folds.count)
for schema in SCHEMAS:
    schemas.register(schema)

visibility.contribute("people.Customer", predicate=sight.reach, mask=sight.hidden)
visibility.contribute("people.Profile", predicate=lambda viewer: sight.reach(viewer, "customer__"))

for attribute in (
    Attribute(
        "customer.kind", ValueType.STRING, _("Kind of customer"), source="people_customer.kind",
        values=dict(Kind.choices),
    ),
    Attribute("customer.identified", ValueType.BOOL, _("Known by an identifier"), source="people_customer.identified"),
    Attribute("customer.simulated", ValueType.BOOL, _("Simulated"), source="people_customer.simulated"),
    Attribute("customer.created_at", ValueType.TIMESTAMP, _("Known since"), source="people_customer.created_at"),
    Attribute("customer.store", ValueType.STRING, _("Home store (code)"), source="core_store.code"),
    Attribute("events.count", ValueType.INT, _("Events"), source="people_profile.events", low=0, high=10**9),
    Attribute("events.first_at", ValueType.TIMESTAMP, _("First seen"), source="people_profile.first_seen_at"),
    Attribute("events.last_at", ValueType.TIMESTAMP, _("Last seen"), source="people_profile.last_seen_at"),
    Attribute("returns.count", ValueType.INT, _("Returns"), source="people_profile.returns", low=0, high=10**9),
):  # fmt: skip
    catalogue.attribute(attribute)

targets.register(
    Target(
        name="people.customer",
        label=_("Customers"),
        fields=(
            TargetField(
                "source_key", label=_("Source key"), longest=200,
                aliases=("id", "customer id", "customer key", "customer", "household", "household id",
                "user id", "external id",
                         "客户编号", "客户号", "会员号", "编号"),
            ),
            TargetField(
                "name", label=_("Name"), private=True, longest=200,
                aliases=("full name", "customer name", "company", "firm", "姓名", "名称", "客户名称",
                "公司名称", "客户姓名"),
            ),
            TargetField("given_name", label=_("Given name"), private=True, longest=100,
                        aliases=("first name", "firstname", "名")),
            TargetField("family_name", label=_("Family name"), private=True, longest=100,
                        aliases=("last name", "lastname", "surname", "姓")),
            TargetField("label", label=_("Label"), longest=200, aliases=("nickname", "alias", "备注名", "昵称")),
            TargetField("kind", "choice", label=_("Kind"), choices=("person", "firm"), aliases=("type", "类型",
            "客户类型")),
            TargetField("email", "email", label=_("E-mail"), private=True,
                        aliases=("mail", "e-mail", "email address", "邮箱", "电子邮件", "电子邮箱")),
            TargetField("phone", "phone", label=_("Phone"), private=True,
                        aliases=("mobile", "telephone", "tel", "cell", "手机", "电话", "手机号", "手机号码",
                        "联系电话")),
            TargetField("card", label=_("Card"), private=True, longest=100,
                        aliases=("card number", "member card", "loyalty card", "会员卡", "卡号", "会员卡号")),
            TargetField("store", label=_("Home store"), longest=60,
                        aliases=("store code", "shop", "branch", "门店", "门店编号", "所属门店")),
            TargetField("simulated", "boolean", label=_("Simulated")),
            TargetField("known_since", "datetime", label=_("Known since"),
                        aliases=("created at", "joined", "registered", "created", "注册时间", "创建时间", "入会时间")),
        ),
        match_keys=("source_key", "email", "phone", "card"),
        apply="guanxi.people.importing:apply",
        prepares=True,
        model="people.Customer",
        own_fields=True,
        order=10,
    )
)  # fmt: skip

jobs.schedule(own_jobs.FIND_DUPLICATES_EVERYWHERE, cron="30 2 * * *")
