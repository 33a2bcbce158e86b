"""What the touch centre plugs into the house."""

from guanxi.core import bus, schemas, visibility
from guanxi.touch import event_schemas, queries
from guanxi.touch import jobs as _jobs  # noqa: F401  (registers the jobs)
from guanxi.touch.outgoing import merging
from guanxi.touch.outgoing.event_schemas import SCHEMAS

event_schemas.register()
visibility.contribute("core.Event", predicate=queries.reach_of_events)
for schema in SCHEMAS:
    schemas.register(schema)
bus.fold("customer.merged", merging.stop_doubles)
