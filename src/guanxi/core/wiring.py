"""What the ground plugs into its own registries."""

from guanxi.core.importing import jobs as _import_jobs  # noqa: F401  (registers the jobs)
from guanxi.core.importing import stores, targets

targets.register(stores.TARGET)
