"""What the ground plugs into its own registries."""

from django.utils.translation import gettext_lazy as _

from guanxi.core import housekeeping as _housekeeping  # noqa: F401  (registers the nightly sweep)
from guanxi.core import schemas
from guanxi.core.importing import jobs as _import_jobs  # noqa: F401  (registers the jobs)
from guanxi.core.importing import stores, targets
from guanxi.core.ledger import jobs as _ledger_jobs  # noqa: F401  (registers the job)
from guanxi.core.ledger import log as ledger_log

targets.register(stores.TARGET)

for type_, label in {
    "api_key.issued": _("API key issued"),
    "api_key.revoked": _("API key revoked"),
}.items():
    schemas.register(schemas.EventSchema(type_, label=label, private=()))
for schema in ledger_log.SCHEMAS:
    schemas.register(schema)
