"""Settings are described, jobs exist, migrations are complete."""

import ast

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState

from guanxi.core import jobs
from guanxi.settings import Configuration
from tests.architecture.house import modules


@pytest.mark.parametrize("name", Configuration.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    description = Configuration.model_fields[name].description or ""
    assert description.endswith("."), "a sentence for `guanxi check --settings` and the reference"
    assert len(description) > 15


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True),
    )
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("guanxi.")}
    changes = detector.changes(graph=loader.graph, convert_apps=ours)
    missing = {
        label: [operation.describe() for migration in changes[label] for operation in migration.operations]
        for label in changes.keys() & ours
    }
    assert not missing, "Run `python -m django makemigrations`"


def _deferred() -> list[tuple[str, str]]:
    calls = [
        (module, node) for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.Call)
    ]
    return [
        (str(module.path), str(call.args[0].value))
        for module, call in calls
        if ast.unparse(call.func) in ("jobs.defer", "jobs.run", "jobs.schedule")
        if call.args and isinstance(call.args[0], ast.Constant)
    ]


@pytest.mark.parametrize(("path", "name"), _deferred())
def test_a_deferred_job_exists(path: str, name: str) -> None:
    assert name in jobs.registered(), f"{path} defers a job that nobody registers"


def test_every_job_says_what_it_does() -> None:
    silent = [name for name, job in jobs.registered().items() if not (job.function.__doc__ or "").strip()]
    assert not silent


def test_every_installed_package_of_ours_has_a_readme_and_an_app() -> None:
    without = [
        config.name
        for config in apps.get_app_configs()
        if config.name.startswith("guanxi.")
        and not (django_settings.PACKAGE / config.label / "README.md").exists()
    ]
    assert not without
