"""How django-allauth makes accounts here, and where it sends people afterwards."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from guanxi.core import viewers
from guanxi.core.models import Account


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts have an e-mail address and no user name; staff go to the desk, everybody else to their own place."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where somebody who signed in goes who was not on the way to a page."""
        works = viewers.enterprises_of(request.user.pk)  # type: ignore[arg-type]
        return reverse("desk:today") if works else reverse("me:home")

    def populate_username(self, request: HttpRequest, user: object) -> None:
        """There are no user names."""


def change(account: Account, *, name: str, language: str, zone: str) -> None:
    """Change what somebody is called and in which language and zone they read; their own account only."""
    account.name, account.language, account.zone = name, language, zone
    account.save(update_fields=["name", "language", "zone"])
