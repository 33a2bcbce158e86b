"""What each model declares once: its tenant, its subject and its private fields.

Row policy, audit, export, erasure and lake are derived from it; `tests/architecture` walks the catalogue of the
database and holds every table against its declaration.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose a row is and what in it is private.

    Attributes:
        tenant: The field that names the enterprise; "" for a row that belongs to a person alone.
        subject: The field that names the customer (or person) the row is about: "id" where the row is the customer
            itself, "" where it is about nobody.
        private: Fields sealed with the subject's key; to erase the subject makes them unreadable.
        append_only: Rows are never changed: the table is its own history.
        derived: Rows are computed from others: no audit, rebuilt rather than restored.
    """

    tenant: str = "enterprise"
    subject: str = ""
    private: tuple[str, ...] = ()
    append_only: bool = False
    derived: bool = False


def holding_of(model: type[Model]) -> Holding | None:
    """The declaration of a model, or None for a table of the written list of exceptions (`core/exempt.py`)."""
    return getattr(model, "holding", None)


def declared() -> Iterator[tuple[type[Model], Holding]]:
    """Every model with its declaration, history tables of the audit included."""
    for model in apps.get_models():
        holding = holding_of(model)
        if holding is not None:
            yield model, holding
