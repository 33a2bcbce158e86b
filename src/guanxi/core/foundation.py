"""Founding an enterprise and its first staff: done by the installation's operator, as the owner of the database."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core.errors import NotFound
from guanxi.core.identity import id_of
from guanxi.core.migrating import OWNER
from guanxi.core.models import Account, Enterprise, Staff, Store
from guanxi.core.viewer import Reach, Role


def found(
    *,
    slug: str,
    name: str,
    currency: str,
    zone: str = "UTC",
    country: str = "",
    language: str = "en",
    clock: datetime | None = None,
) -> Enterprise:
    """Found an enterprise, or bring the one of this short name up to date.

    Args:
        slug: The short name, from which the id is made.
        currency: ISO 4217 code of its money.
        zone: IANA name of its time zone.
        country: ISO 3166 code by which its customers' phone numbers are read.
        clock: A time at which its clock stands still; None for the real one.
    """
    enterprise = Enterprise(
        id=id_of("enterprise", slug),
        slug=slug,
        name=name,
        currency=currency,
        zone=zone,
        country=country,
        language=language,
        clock=clock,
    )
    former = Enterprise.objects.using(OWNER).filter(pk=enterprise.pk).first()
    enterprise.created_at = former.created_at if former else enterprise.created_at
    enterprise.full_clean(validate_unique=False, exclude=["created_at"])
    enterprise.save(using=OWNER, force_update=former is not None, force_insert=former is None)
    return enterprise


def open_store(*, enterprise_id: UUID, code: str, name: str, zone: str = "") -> Store:
    """Open a store, or bring the one of this code up to date."""
    store, _made = Store.objects.using(OWNER).update_or_create(
        id=id_of(enterprise_id, "store", code),
        defaults={"enterprise_id": enterprise_id, "code": code, "name": name, "zone": zone},
    )
    return store


def employ(
    *,
    enterprise_id: UUID,
    email: str,
    name: str,
    role: Role,
    reach: Reach = Reach.ALL,
    team: str = "",
    store_ids: Collection[UUID] = (),
    password: str | None = None,
) -> Staff:
    """Let an account work for an enterprise; the account is made where there is none."""
    account = account_of(email=email, name=name, password=password)
    staff, _made = Staff.objects.using(OWNER).update_or_create(
        id=id_of(enterprise_id, "staff", account.email),
        defaults={
            "enterprise_id": enterprise_id,
            "account_id": account.pk,
            "name": name,
            "role": role,
            "reach": reach,
            "team": team,
            "store_ids": list(store_ids),
        },
    )
    return staff


def account_of(*, email: str, name: str = "", password: str | None = None) -> Account:
    """The account of an address, made where there is none; a password replaces the former one."""
    address = email.strip().lower()
    account = Account.objects.using(OWNER).filter(email=address).first()
    if account is None:
        account = Account(id=id_of("account", address), email=address, name=name)
        account.set_password(password)
        account.save(using=OWNER, force_insert=True)
    elif password is not None:
        account.set_password(password)
        account.save(using=OWNER)
    return account


def founded() -> list[Enterprise]:
    """Every enterprise of the installation, by name."""
    return list(Enterprise.objects.using(OWNER).order_by("name"))


def enterprise_named(slug: str) -> Enterprise:
    """The enterprise of this short name.

    Raises:
        NotFound: There is none; the message lists those that there are.
    """
    by_slug = {enterprise.slug: enterprise for enterprise in founded()}
    if slug not in by_slug:
        raise NotFound(
            _("There is no enterprise named {slug}. There are: {known}."),
            slug=slug,
            known=", ".join(sorted(by_slug)) or "–",
        )
    return by_slug[slug]
