"""What was set aside is forgotten after its days, with every trace."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.touch import jobs, services
from guanxi.touch.models import Poison, Quarantined
from guanxi.touch.services import NewKey

KEPT = ("touch.Quarantined", "touch.Poison", "touch.QuarantinedHistory", "touch.PoisonHistory")


@pytest.fixture(autouse=True)
def days(settings) -> int:
    """What an installation has set."""
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"quarantine_days": 10})
    return 10


@pytest.fixture
def aside(website: NewKey, chen: Viewer, days: int) -> Iterator[None]:
    """A message of each kind on either side of the limit, all settled, so that the history holds them too."""
    with tenancy(chen):
        for age in (days - 1, days + 1):
            common = {
                "enterprise_id": chen.tenant,
                "source": website.source,
                "received_at": timezone.now() - timedelta(days=age),
            }
            refused = Quarantined.objects.create(**common, code="nobody", call="track", body=f"ana {age}")
            poison = Poison.objects.create(**common, message=f"ana {age}", error="", traceback="")
            services.dismiss(viewer=chen, quarantined=[refused.pk], poison=[poison.pk])
        yield


def texts(label: str) -> list[str]:
    field = "body" if "Quarantined" in label else "message"
    return list(apps.get_model(label).objects.values_list(field, flat=True))


@pytest.mark.parametrize("label", KEPT)
def test_what_was_set_aside_goes_after_its_days_with_its_history(
    aside: None, chen: Viewer, label: str
) -> None:
    assert sorted(texts(label)) == ["ana 11", "ana 9"]
    jobs.forget_aside()
    with tenancy(chen):
        assert texts(label) == ["ana 9"]


def test_nothing_of_another_enterprise_goes(aside: None, chen: Viewer, bea: Viewer, days: int) -> None:
    with tenancy(bea):
        assert services.forget_aside(viewer=bea, days=days) == 0
    with tenancy(chen):
        assert len(texts("touch.Quarantined")) == 2


def test_the_database_forgets_nothing_of_today(aside: None, chen: Viewer) -> None:
    with tenancy(chen), pytest.raises(DatabaseError), transaction.atomic():
        services.forget_aside(viewer=chen, days=0)


def test_the_page_says_how_long_things_are_kept(signed_in, chen: Viewer) -> None:
    client: Client = signed_in(chen)
    assert "for 10 days, then deleted" in client.get(reverse("desk:quarantine")).content.decode()
