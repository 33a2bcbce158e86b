"""The migration operation that puts a table under the house's protection.

For one table: a unique (enterprise, id) where others point at it, composite foreign keys that carry the tenant (a
plain one looks through row security), row security with one policy for each role, and the grants.
"""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ForeignKey, Model

ALL = "SELECT, INSERT, UPDATE, DELETE"
# A row that must point at another row of its enterprise has an enterprise: a key of its own to it is a second check of
# the same thing at each insert. Django has chosen the constraint's name.
_DROP_IMPLIED = """
DO $$ DECLARE implied name; BEGIN
  FOR implied IN SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND conrelid = '"{table}"'::regclass AND confrelid = 'core_enterprise'::regclass
  LOOP EXECUTE 'ALTER TABLE "{table}" DROP CONSTRAINT ' || quote_ident(implied); END LOOP;
END $$
"""


class Protect(Operation):
    """Protect the table of a model of this app.

    Args:
        model: Name of the model, as in CreateModel.
        desk: What staff and processes of the enterprise may do, as GRANT wants it; "" for nothing.
        self_grant: What an individual may do; "" for nothing.
        self_rows: SQL condition for the rows an individual may touch; `core_person()` is the individual.
        desk_rows: SQL condition instead of "the rows of the enterprise".
        work: What the digester's role may do, on all rows.
        referable: Whether other tables point here. It costs one index and its upkeep at each insert, so only where
            one does: a key to a table that is not referable is refused by the migration that makes it.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        model: str,
        *,
        desk: str = ALL,
        self_grant: str = "",
        self_rows: str = "",
        desk_rows: str = "enterprise_id = core_tenant()",
        work: str = "",
        referable: bool = False,
    ) -> None:
        self.model = model
        self.desk = desk
        self.self_grant = self_grant
        self.self_rows = self_rows
        self.desk_rows = desk_rows
        self.work = work
        self.referable = referable

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models themselves do not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Write the keys, the policies and the grants."""
        model = to_state.apps.get_model(app_label, self.model)
        for statement in (*self._keys(model, to_state.apps), *self._policies(model)):
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Nothing: the table goes with its protection."""

    def describe(self) -> str:
        """One line for `migrate`."""
        return f"Protect {self.model} by row security"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For the migration writer; operations of this kind are written by hand."""
        return self.__class__.__name__, [self.model], {"desk": self.desk}

    def _keys(self, model: type[Model], apps: Apps) -> list[str]:
        table, columns = model._meta.db_table, {field.column for field in model._meta.local_fields}
        if "enterprise_id" not in columns:
            return []
        statements = []
        key = model._meta.pk
        if self.referable and key is not None:
            statements.append(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant" UNIQUE (enterprise_id, {key.column})'
            )
        implied = False
        for field in model._meta.local_fields:
            parent = _tenant_parent(field)
            if parent is not None:
                implied = implied or (not field.null and parent is not model)
                statements.append(
                    f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_tenant" '
                    f"FOREIGN KEY (enterprise_id, {field.column}) "
                    f'REFERENCES "{parent._meta.db_table}" (enterprise_id, {parent._meta.pk.column}) '
                    "DEFERRABLE INITIALLY DEFERRED"
                )
        if implied:
            statements.append(_DROP_IMPLIED.format(table=table))
        return statements

    def _policies(self, model: type[Model]) -> list[str]:
        table = model._meta.db_table
        statements = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'REVOKE ALL ON "{table}" FROM PUBLIC',
        ]
        for role, grant, rows in (
            ("guanxi_desk", self.desk, self.desk_rows),
            ("guanxi_self", self.self_grant, self.self_rows),
            ("guanxi_work", self.work, "true"),
        ):
            if grant:
                statements += [
                    f'GRANT {grant} ON "{table}" TO {role}',
                    f'CREATE POLICY {role} ON "{table}" TO {role} USING ({rows}) WITH CHECK ({rows})',
                ]
        return statements


def _tenant_parent(field: Field[Any, Any]) -> type[Model] | None:
    """The tenant table a foreign key points at, where the key must carry the tenant."""
    if not isinstance(field, ForeignKey) or field.column in ("enterprise_id", "pgh_obj_id"):
        return None
    parent = field.remote_field.model
    # In a history table the keys are memories: what they point at may be gone.
    if any(each.column == "pgh_id" for each in field.model._meta.local_fields):
        return None
    has_tenant = any(each.column == "enterprise_id" for each in parent._meta.local_fields)
    return parent if has_tenant else None
