"""The one function that decides what a viewer sees.

List, detail, search, count, export, API and live push all go through `visible`; packages contribute predicates
(which rows) and masks (which fields). Row security below it keeps enterprises and persons apart; this keeps reach.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from guanxi.core.viewer import Viewer

Predicate = Callable[[Viewer], Q | None]
Mask = Callable[[Viewer], frozenset[str]]
Row = TypeVar("Row", bound=Model)

_predicates: dict[str, list[Predicate]] = defaultdict(list)
_masks: dict[str, list[Mask]] = defaultdict(list)


def contribute(label: str, *, predicate: Predicate | None = None, mask: Mask | None = None) -> None:
    """Add to what decides about a model, named `app.Model`.

    Args:
        label: The model, such as "people.Customer".
        predicate: Gives the condition for rows this viewer may see; None for no limit.
        mask: Gives the names of fields this viewer may not see.
    """
    if predicate:
        _predicates[label].append(predicate)
    if mask:
        _masks[label].append(mask)


def visible(viewer: Viewer, queryset: QuerySet[Row]) -> QuerySet[Row]:
    """The rows of `queryset` that this viewer may see: what every contributed predicate allows."""
    for predicate in _predicates[queryset.model._meta.label]:
        condition = predicate(viewer)
        if condition is not None:
            queryset = queryset.filter(condition)
    return queryset


def masked(viewer: Viewer, label: str) -> frozenset[str]:
    """The fields of a model that this viewer may not see."""
    return frozenset().union(*(mask(viewer) for mask in _masks[label]))
