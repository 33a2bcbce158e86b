"""What consent adds to the one visibility function: reading for a purpose needs a permission for it."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from guanxi.consent.models import Giver, Permission, Receiver
from guanxi.consent.words import CONTRACTUAL, Strength
from guanxi.core.viewer import Viewer
from guanxi.people.models import Claim, Customer


def permitted(viewer: Viewer) -> Q | None:
    """Customers whose data may be read for the viewer's purpose; no limit for what contract and service demand."""
    if viewer.kind == "self" or viewer.purpose in CONTRACTUAL or viewer.process:
        return None
    enough = _statements(viewer).filter(strength__gte=Strength.PERSONAL)
    too_little = _statements(viewer).filter(strength__lt=Strength.PERSONAL)
    return Q(Exists(_records(enough))) & ~Q(Exists(_records(too_little)))


def _statements(viewer: Viewer) -> QuerySet[Permission]:
    said = Permission.objects.filter(
        enterprise_id=viewer.tenant,
        receiver_kind=Receiver.ENTERPRISE,
        receiver_id=viewer.tenant,
        purpose=viewer.purpose,
        channel="",
    )
    return said.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=viewer.now))


def _records(statements: QuerySet[Permission]) -> QuerySet[Customer]:
    """The records of the customer in question for which one of these statements was made."""
    persons = Claim.objects.filter(
        person_id__in=statements.filter(giver_kind=Giver.PERSON).values("giver_id")
    ).values("customer_id")
    customers = statements.filter(giver_kind=Giver.CUSTOMER).values("giver_id")
    return Customer.objects.filter(
        Q(pk__in=customers) | Q(pk__in=persons),
        enterprise_id=OuterRef("enterprise_id"),
        root_id=OuterRef("root_id"),
    )
