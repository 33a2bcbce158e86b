"""Bringing the demonstration in: enterprises and staff by the foundation, everything else by the import engine.

Idempotent: a file that has come in is not read again, one that was interrupted goes on where it stopped.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connections

from demo import market, permissions, person, retailer, staff, world
from guanxi.core import foundation, progress, viewers
from guanxi.core.importing import running, services, shelf
from guanxi.core.importing.models import Import, State
from guanxi.core.migrating import OWNER
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import services as people
from guanxi.settings import configuration

NAME = "Complete Journey Retailer"
CLOCK = datetime(2018, 1, 1, 6, 0, tzinfo=UTC)
FIELDS = {
    "age": "Age",
    "income": "Income",
    "home_ownership": "Home ownership",
    "marital_status": "Marital status",
    "household_size": "Household size",
    "household_comp": "Household composition",
    "kids_count": "Children",
}
TITLES = {
    "stores": "Stores",
    "customers": "Households",
    "products": "Products",
    "order-lines": "Basket lines",
    "redemptions": "Coupons redeemed",
    "past-campaigns": "Past campaigns",
    "past-addressees": "Whom they addressed",
    "past-coupons": "Their coupons",
    "permissions": "Permissions (drawn for the demonstration)",
}
PARTS = (*retailer.PARTS, *permissions.PARTS)


class Incomplete(RuntimeError):
    """A part of the demonstration could not be brought in."""


def load() -> dict[str, Any]:
    """Bring in what is not there yet; returns what the start page shows."""
    enterprise = foundation.found(
        slug=staff.SLUG, name=NAME, currency="USD", zone="America/New_York", country="US", clock=CLOCK
    )
    viewer = viewers.for_process(enterprise.pk, "demonstration")
    with tenancy(viewer):
        done = set(Import.objects.filter(state=State.DONE).values_list("file_name", flat=True))
    missing = [part for part in PARTS if file_name(part) not in done]
    if missing:
        define_fields(viewer)
        files = retailer.write(configuration.data / "demonstration", PARTS)
        for part in missing:
            bring_in(viewer, part, files[part.name])
        learn_sizes()
    if missing or "facts" not in staff.kept():
        staff.employ()
        world.load()
        person.claim(viewer)
        market.load(viewer)
        staff.keep(staff.kept() | start_page(viewer))
    return staff.kept()


def file_name(part: retailer.Part) -> str:
    """By this name a part is known to have come in."""
    return f"{part.name}-{retailer.VERSION}.csv"


def define_fields(viewer: Viewer) -> None:
    """The demographics become fields of the enterprise's own; each is one of the values that occur."""
    known = retailer.source("demographics")
    with tenancy(viewer):
        for name, label in FIELDS.items():
            choices = sorted(value for value in known[name].unique().to_pylist() if value)
            people.define_field(viewer=viewer, name=name, label=label, type="choice", choices=choices)


def bring_in(viewer: Viewer, part: retailer.Part, path: Path) -> Import:
    """One file through the import engine, from the start or from where it stopped."""
    with progress.track(TITLES[part.name], total=100) as step:
        shown = 0

        def report(run: Import) -> None:
            nonlocal shown
            step.advance(run.percent - shown)
            shown = run.percent

        run = running.execute(viewer, ready(viewer, part, path).pk, report=report)
    if run.state != State.DONE or run.rejects or run.conflicts:
        raise Incomplete(f"{part.name}: {run.state}, {run.error or run.reasons}")
    return run


def ready(viewer: Viewer, part: retailer.Part, path: Path) -> Import:
    """The run of this file, begun."""
    with tenancy(viewer):
        former = (
            Import.objects.filter(file_name=file_name(part), dry=False).exclude(state=State.UNDONE).first()
        )
        if former is not None:
            return services.resume(viewer, former.pk, defer=False)
        run = services.receive(
            viewer, name=file_name(part), chunks=shelf.chunks_of(path), target=part.target, origin="demo"
        )
        services.configure(viewer, run.pk, mapping=part.mapping, match=part.match)
        return services.begin(viewer, run.pk, dry=False, defer=False)


def learn_sizes() -> None:
    """Let the planner know what has come in, or the first pages are planned for empty tables."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("ANALYZE")
    connections[OWNER].close()


def start_page(viewer: Viewer) -> dict[str, Any]:
    """What the start page says and where it leads (the figures are counted, not copied)."""
    tenant = viewer.tenant
    facts = [
        {"label": {"en": english, "zh-hans": chinese}, "value": count(tenant, table)}
        for english, chinese, table in (
            ("Households", "家庭", "people_customer"),
            ("Baskets", "购物篮", "sales_order"),
            ("Basket lines", "购物明细", "sales_line"),
            ("Products", "商品", "sales_product"),
            ("Coupons redeemed", "已核销优惠券", "sales_redemption"),
            ("Stores", "门店", "core_store"),
        )
    ]
    return {
        "enterprise": NAME,
        "enterprise_id": str(tenant),
        "clock": CLOCK.date().isoformat(),
        "facts": facts,
        "logins": [
            {
                "email": one.email,
                "password": one.password,
                "name": one.name,
                "what": one.what,
                "door": one.door,
            }
            for one in staff.logins()
        ],
        "tour": [{**stop, "href": stop["href"].format(household=household(tenant))} for stop in TOUR],
    }


def household(tenant: Any) -> str:
    """The household whose page has most to show: the one that bought most often."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM people_profile WHERE enterprise_id = %s ORDER BY orders DESC, customer_id LIMIT 1",
            [tenant],
        )
        return str(cursor.fetchone()[0])


def count(tenant: Any, table: str) -> int:
    """Rows of the enterprise in one table."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE enterprise_id = %s", [tenant])
        return int(cursor.fetchone()[0])


TOUR = [
    {
        "href": "/desk/customers/",
        "title": {"en": "Customers", "zh-hans": "客户"},
        "text": {
            "en": "2,469 real households of a grocer, each with its year of purchases.",
            "zh-hans": "一家零售商的 2,469 个真实家庭,各有一年的购买记录。",
        },
    },
    {
        "href": "/desk/customers/{household}/",
        "title": {"en": "One household", "zh-hans": "一个家庭"},
        "text": {
            "en": "Who they are, what happened, and what it means, on one page.",
            "zh-hans": "在一页上看到:是谁、发生了什么、意味着什么。",
        },
    },
    {
        "href": "/desk/mining/",
        "title": {"en": "Mining", "zh-hans": "挖掘中心"},
        "text": {
            "en": "What each customer is worth, with an interval, and how well it was foretold.",
            "zh-hans": "每位客户的价值及其区间,以及预测是否准确。",
        },
    },
    {
        "href": "/desk/imports/",
        "title": {"en": "Import", "zh-hans": "导入"},
        "text": {
            "en": "The files through which all of this came in, each row accounted for.",
            "zh-hans": "全部数据由这些文件导入,每一行都有交代。",
        },
    },
]
