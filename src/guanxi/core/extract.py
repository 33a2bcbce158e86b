"""What the lake takes from the ground: the event log, cut by the month of receipt as its partitions are."""

from guanxi.core.extracts import Column, Extract, day, moment

EVENTS = Extract(
    name="events",
    source="core_event AS e",
    tenant="e.enterprise_id",
    columns={
        "event_id": Column("e.id::text"),
        "seq": Column("e.seq", "int64"),
        "type": Column("e.type"),
        "customer_id": Column("e.customer_id::text"),
        "store_id": Column("e.store_id::text"),
        "day": day("e.occurred_at"),
        "occurred": moment("e.occurred_at"),
        "recorded": moment("e.received_at"),
        # Private properties stay sealed in it: to erase a customer makes them unreadable here too.
        "payload": Column("e.payload::text"),
    },
    month="e.received_at",
    newest="e.received_at",
    sums=("seq",),
)
EXTRACTS = (EVENTS,)
