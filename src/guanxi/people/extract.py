"""What the lake takes from people: which record belongs to which whole, and nothing private."""

from guanxi.core.extracts import Column, Extract, day

CUSTOMERS = Extract(
    name="customers",
    source="people_customer AS c",
    tenant="c.enterprise_id",
    columns={
        "customer_id": Column("c.id::text"),
        "root_id": Column("c.root_id::text"),
        "kind": Column("c.kind"),
        "store_id": Column("c.home_store_id::text"),
        "since": day("c.created_at"),
        "simulated": Column("c.simulated", "bool"),
    },
)
EXTRACTS = (CUSTOMERS,)
