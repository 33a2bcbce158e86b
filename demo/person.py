"""The invented individual of the demonstration: her address is put on a household and proved by nobody but us.

Her name and address say that they are simulated, and so does the source of the identifier.
"""

from dataclasses import replace

from demo import staff
from guanxi.consent import services as consent
from guanxi.core import viewers
from guanxi.core.identity import id_of
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import services as people
from guanxi.people.models import Customer

HOUSEHOLD = "household-1"
SOURCE = "simulated"
# What she lets the retailer do, on the ladder from 0 to 5.
PERMITTED = {"service": 3, "orders": 3, "offers": 2, "news": 2}


def claim(viewer: Viewer) -> None:
    """Relate the individual to her household, once."""
    email = staff.PERSON[0]
    household = household_of(viewer)
    with tenancy(viewer):
        people.add_identifier(
            viewer=viewer, customer_id=household.pk, kind="email", value=email, source=SOURCE
        )
    somebody = viewers.for_person(id_of("account", email), zone="America/New_York")
    dana = replace(somebody, now=viewer.now)
    with tenancy(dana):
        people.claim(viewer=dana, kind="email", value=email, proved_by=SOURCE)
        for purpose, strength in PERMITTED.items():
            consent.step(viewer=dana, enterprise_id=viewer.tenant, purpose=purpose, strength=strength)


def household_of(viewer: Viewer) -> Customer:
    """The household that she has claimed."""
    with tenancy(viewer):
        return Customer.objects.get(enterprise_id=viewer.tenant, source_key=HOUSEHOLD)
