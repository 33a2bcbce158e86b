"""Row security of sales. An individual sees what they bought and what they paid, never what it cost the enterprise."""

from typing import ClassVar

from django.db import migrations

from guanxi.core.protect import Protect

OWN_CUSTOMERS = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
OWN_ORDERS = "(SELECT id FROM sales_order)"

PRODUCT = "id, enterprise_id, source_key, name, department, category, kind, brand, package"
ORDER = (
    "id, enterprise_id, customer_id, source_key, placed_at, store_id, currency, total, discount, extra, refunded, "
    "line_count, state, simulated"
)
LINE = "enterprise_id, order_id, key, position, product_id, quantity, amount, discount"


class Migration(migrations.Migration):
    """After the tables, before anybody uses them."""

    dependencies: ClassVar = [("sales", "0001_initial"), ("people", "0002_protect")]

    operations: ClassVar = [
        Protect(
            "order",
            self_grant=f"SELECT ({ORDER})",
            self_rows=f"customer_id IN {OWN_CUSTOMERS}",
            referable=True,
        ),
        Protect(
            "product",
            self_grant=f"SELECT ({PRODUCT})",
            self_rows="enterprise_id IN (SELECT enterprise_id FROM people_claim WHERE person_id = core_person())",
        ),
        Protect("line", self_grant=f"SELECT ({LINE})", self_rows=f"order_id IN {OWN_ORDERS}"),
        Protect("redemption", self_grant="SELECT", self_rows=f"customer_id IN {OWN_CUSTOMERS}"),
        Protect("return", self_grant="SELECT", self_rows=f"order_id IN {OWN_ORDERS}"),
        *(
            Protect(f"{name}history", desk="SELECT, INSERT")
            for name in ("product", "order", "redemption", "return")
        ),
    ]
