"""What the touch centre plugs into the house."""

from guanxi.touch import event_schemas
from guanxi.touch import jobs as _jobs  # noqa: F401  (registers the jobs)

event_schemas.register()
