"""Whose customers somebody of the staff sees, by their reach, and what of a customer a role may not open. Pure."""

from __future__ import annotations

from django.db.models import Q

from guanxi.core.viewer import Reach, Role, Viewer

#: Developers connect systems: they see that somebody is there, not who.
_HIDDEN = frozenset({"name", "identifiers", "private_fields"})


def reach(viewer: Viewer, path: str = "") -> Q | None:
    """The condition on customers (at `path`, such as `customer__`) that a viewer's reach makes; None for no limit."""
    if viewer.kind == "self" or viewer.reach == Reach.ALL:
        return None
    if viewer.reach == Reach.OWN:
        return Q(**{f"{path}owner_id": viewer.staff_id})
    if viewer.reach == Reach.TEAM:
        return Q(**{f"{path}owner__team": viewer.team})
    return Q(**{f"{path}home_store_id__in": list(viewer.store_ids)})


def hidden(viewer: Viewer) -> frozenset[str]:
    """The fields of a customer that this viewer's role may not open."""
    return _HIDDEN if viewer.role == Role.DEVELOPER and viewer.scopes is None else frozenset()
