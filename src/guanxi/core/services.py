"""Writes of enterprises, stores, staff, keys and saved views."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.db import connection, transaction
from django.utils.translation import gettext as _

from guanxi.core import events, queries, secrets
from guanxi.core.errors import DomainError, Invalid, NotFound
from guanxi.core.identity import id_of, new_id
from guanxi.core.models import ApiKey, Enterprise, SavedView, Staff, Store
from guanxi.core.viewer import RIGHTS, Reach, Role, Viewer


class LastOwner(DomainError):
    """An enterprise without an owner could never be managed again."""

    code = "core.last_owner"


@transaction.atomic
def change_enterprise(*, viewer: Viewer, **changes: Any) -> Enterprise:
    """Change the enterprise's name, currency, zone, language, country or clock."""
    viewer.require("settings.manage")
    if changes.get("zone", "UTC") not in available_timezones():
        raise Invalid(_("There is no such time zone."), field="zone")
    enterprise = queries.enterprise_for(viewer)
    for name, value in changes.items():
        setattr(enterprise, name, value)
    enterprise.full_clean()
    enterprise.save()
    return enterprise


@transaction.atomic
def add_store(*, viewer: Viewer, name: str, code: str, zone: str = "") -> Store:
    """Add a store; the same code again changes its name."""
    viewer.require("settings.manage")
    if not name.strip() or not code.strip():
        raise Invalid(_("A store has a name and a code."), field="code")
    store, _made = Store.objects.update_or_create(
        enterprise_id=viewer.tenant,
        code=code.strip(),
        defaults={"name": name.strip(), "zone": zone},
        create_defaults={
            "id": id_of(viewer.tenant, "store", code.strip()),
            "name": name.strip(),
            "zone": zone,
        },
    )
    return store


@transaction.atomic
def add_staff(
    *,
    viewer: Viewer,
    email: str,
    name: str,
    role: Role,
    reach: Reach = Reach.ALL,
    team: str = "",
    store_ids: Collection[UUID] = (),
) -> Staff:
    """Let an account work for the enterprise; an address without an account gets one without a password."""
    viewer.require("staff.manage")
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_account_for(%s, %s, %s)", [email.strip(), name, new_id()])
        account_id = cursor.fetchone()[0]
    if Staff.objects.filter(enterprise_id=viewer.tenant, account_id=account_id).exists():
        raise DomainError(_("{email} works here already."), field="email", email=email)
    return Staff.objects.create(
        id=id_of(viewer.tenant, "staff", email.strip().lower()),
        enterprise_id=viewer.tenant,
        account_id=account_id,
        name=name,
        role=role,
        reach=reach,
        team=team,
        store_ids=list(store_ids),
    )


@transaction.atomic
def change_staff(*, viewer: Viewer, staff_id: UUID, **changes: Any) -> Staff:
    """Change somebody's role, reach, team, stores, or whether they work here.

    Raises:
        LastOwner: Nobody would be left who may manage the enterprise.
    """
    viewer.require("staff.manage")
    member = queries.staff_member_for(viewer, staff_id)
    for name, value in changes.items():
        setattr(member, name, value)
    owners = Staff.objects.filter(enterprise_id=viewer.tenant, role=Role.OWNER, active=True).exclude(
        pk=staff_id
    )
    if not (member.role == Role.OWNER and member.active) and not owners.exists():
        raise LastOwner(_("Somebody else must be an owner first."), field="role")
    member.save()
    return member


@transaction.atomic
def issue_api_key(
    *, viewer: Viewer, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make an API key; its text is returned here and never again."""
    viewer.require("sources.manage")
    unknown = sorted(set(scopes) - RIGHTS.keys())
    if unknown or not scopes:
        raise Invalid(
            _("Choose one scope or more of: {known}."),
            field="scopes",
            known=", ".join(RIGHTS),
            unknown=unknown,
        )
    for scope in scopes:
        # A key holds at most what its maker holds, else a key for keys would be a key for everything.
        viewer.require(scope)
    issued = secrets.issue(
        "api-key",
        enterprise_id=viewer.tenant,
        subject_id=viewer.staff_id,
        scopes=scopes,
        expires_at=expires_at,
    )
    key = ApiKey.objects.create(
        enterprise_id=viewer.tenant,
        name=name,
        secret_id=issued.secret_id,
        hint=issued.hint,
        scopes=list(scopes),
        created_by_id=viewer.staff_id,
        expires_at=expires_at,
    )
    events.emit("api_key.issued", payload={"api_key_id": str(key.pk), "scopes": list(scopes)})
    return key, issued.text


@transaction.atomic
def revoke_api_key(*, viewer: Viewer, key_id: UUID) -> None:
    """Make an API key worthless from now on."""
    viewer.require("sources.manage")
    key = queries.api_keys_for(viewer).filter(pk=key_id, revoked_at=None).first()
    if key is None:
        raise NotFound(field="api_key")
    secrets.revoke(key.secret_id)
    key.revoked_at = viewer.now
    key.save(update_fields=["revoked_at"])
    events.emit("api_key.revoked", payload={"api_key_id": str(key.pk)})


@transaction.atomic
def save_view(*, viewer: Viewer, page: str, name: str, query: str) -> SavedView:
    """Keep a list as it is arranged now; the same name again replaces it."""
    if viewer.staff_id is None or not name.strip():
        raise Invalid(_("A saved view has a name."), field="name")
    view, _made = SavedView.objects.update_or_create(
        enterprise_id=viewer.tenant,
        staff_id=viewer.staff_id,
        page=page,
        name=name.strip(),
        defaults={"query": query},
    )
    return view


def delete_view(*, viewer: Viewer, view_id: UUID) -> None:
    """Forget a saved view of one's own."""
    if viewer.staff_id is not None:
        SavedView.objects.filter(enterprise_id=viewer.tenant, staff_id=viewer.staff_id, pk=view_id).delete()
