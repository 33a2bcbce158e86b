"""What the touch centre plugs into the house."""

from guanxi.core import visibility
from guanxi.touch import event_schemas, queries
from guanxi.touch import jobs as _jobs  # noqa: F401  (registers the jobs)

event_schemas.register()
visibility.contribute("core.Event", predicate=queries.reach_of_events)
