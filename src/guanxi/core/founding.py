"""Founding an enterprise: the one write that no tenancy can do, because there is no tenant yet."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.core.errors import DomainError, NotFound
from guanxi.core.identity import new_id
from guanxi.core.migrating import OWNER
from guanxi.core.models import Enterprise


class AlreadyFounded(DomainError):
    """The short name belongs to an enterprise already."""

    code = "core.already_founded"


def found(
    *,
    name: str,
    slug: str,
    currency: str = "EUR",
    zone: str = "UTC",
    language: str = "en",
    country: str = "",
    clock: datetime | None = None,
    enterprise_id: UUID | None = None,
) -> Enterprise:
    """Found an enterprise, as the owner of the tables.

    Raises:
        AlreadyFounded: Another enterprise has this short name.
    """
    if Enterprise.objects.using(OWNER).filter(slug=slug).exists():
        raise AlreadyFounded(_("There is an enterprise named {slug} already."), field="slug", slug=slug)
    enterprise = Enterprise(
        id=enterprise_id or new_id(),
        name=name,
        slug=slug,
        currency=currency,
        zone=zone,
        language=language,
        country=country,
        clock=clock,
    )
    enterprise.full_clean(validate_unique=False)
    enterprise.save(using=OWNER, force_insert=True)
    return enterprise


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
