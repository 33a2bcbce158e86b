"""What a person is shown of what an enterprise holds about them."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import services
from guanxi.people.services import Change

SignIn = Callable[[Viewer], Client]


def test_a_record_that_was_put_under_a_stranger_shows_itself_and_nothing_of_the_stranger(
    signed_in: SignIn, chen: Viewer, ana: Viewer
) -> None:
    with tenancy(chen):
        stranger = services.create(
            viewer=chen, change=Change(name="Costa Lda"), identifiers=[("email", "office@costa.example")]
        )
        hers = services.create(
            viewer=chen, change=Change(name="Ana Costa"), identifiers=[("email", "ana@example.org")]
        )
        services.merge(viewer=chen, kept_id=stranger, absorbed_id=hers)
    with tenancy(ana):
        services.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email-code")
    page = signed_in(ana).get(reverse("me:held", args=[chen.tenant])).content.decode()
    assert "Ana Costa" in page
    assert "ana@example.org" in page
    assert "costa.example" not in page
    assert "Costa Lda" not in page
