"""Reads of enterprises, stores, staff, keys and saved views."""

from uuid import UUID

from django.db.models import QuerySet

from guanxi.core.compiled import compiled
from guanxi.core.errors import NotFound
from guanxi.core.models import ApiKey, Enterprise, SavedView, Staff, Store
from guanxi.core.viewer import Viewer


def enterprise_for(viewer: Viewer) -> Enterprise:
    """The viewer's enterprise."""
    return Enterprise.objects.get(pk=viewer.tenant)


def stores_for(viewer: Viewer) -> QuerySet[Store]:
    """The stores of the enterprise, by name."""
    return Store.objects.filter(enterprise_id=viewer.tenant).order_by("name", "id")


@compiled
def store_names_for(viewer: Viewer) -> QuerySet[Store, tuple[UUID, str]]:
    """The stores of the enterprise by id and name, for lists to choose from."""
    return stores_for(viewer).values_list("pk", "name")


def staff_for(viewer: Viewer) -> QuerySet[Staff]:
    """Everybody who works or worked for the enterprise, by name, with their accounts."""
    return Staff.objects.filter(enterprise_id=viewer.tenant).select_related("account").order_by("name", "id")


def staff_member_for(viewer: Viewer, staff_id: UUID) -> Staff:
    """One member of the staff.

    Raises:
        NotFound: The enterprise has no such member.
    """
    member = staff_for(viewer).filter(pk=staff_id).first()
    if member is None:
        raise NotFound(field="staff")
    return member


def api_keys_for(viewer: Viewer) -> QuerySet[ApiKey]:
    """The enterprise's API keys, newest first, revoked ones too."""
    viewer.require("sources.manage")
    return ApiKey.objects.filter(enterprise_id=viewer.tenant).order_by("-created_at", "-id")


@compiled
def saved_views_for(viewer: Viewer, page: str) -> QuerySet[SavedView]:
    """The lists that this member of the staff has saved for a page."""
    if viewer.staff_id is None:
        return SavedView.objects.none()
    rows = SavedView.objects.filter(enterprise_id=viewer.tenant, staff_id=viewer.staff_id, page=page)
    return rows.order_by("name")
