"""Fields, look-ups and bases of tenant tables."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import DO_NOTHING

from guanxi.core.declaration import Holding
from guanxi.core.identity import new_id


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A key to a table of the same enterprise.

    The constraint is the composite one that `Protect` writes, because a plain foreign key looks through row
    security; history is never deleted by cascade.
    """

    def __init__(self, to: Any, on_delete: Any = DO_NOTHING, **options: Any) -> None:
        options["db_constraint"] = False
        options.setdefault("related_name", "+")
        super().__init__(to, on_delete, **options)


@models.ForeignKey.register_lookup
@models.UUIDField.register_lookup
class Among(models.Lookup):
    """`id__among=[…]`: one of hundreds of ids as one array. With `in` each of them is a parameter of its own."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """`column = ANY(array)`."""
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", (*values, self.written(self.rhs))

    @staticmethod
    def written(ids: Iterable[UUID]) -> str:
        """An array as PostgreSQL writes it."""
        return "{" + ",".join(map(str, ids)) + "}"


class TenantModel(models.Model):
    """A row that belongs to an enterprise."""

    holding: ClassVar[Holding] = Holding()

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enterprise = models.ForeignKey("core.Enterprise", on_delete=DO_NOTHING, related_name="+", db_index=False)

    class Meta:
        abstract = True
