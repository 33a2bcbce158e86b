"""What campaigns plug into the house."""

from guanxi.core import schemas
from guanxi.market.campaigns import jobs as _jobs  # noqa: F401  (registers the jobs)
from guanxi.market.campaigns.event_schemas import SCHEMAS

for schema in SCHEMAS:
    schemas.register(schema)
