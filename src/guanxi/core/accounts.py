"""How django-allauth makes accounts here, and where it sends people afterwards."""

from uuid import UUID

from allauth.account import auth_backends
from allauth.account.adapter import DefaultAccountAdapter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from guanxi.core import viewers
from guanxi.core.compiled import compiled
from guanxi.core.models import Account


@compiled
def _account(account_id: UUID) -> QuerySet[Account]:
    return Account.objects.filter(pk=account_id)


class AuthenticationBackend(auth_backends.AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's own, but for how it finds the account of a session: by a query that is built once."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The account, where it may sign in."""
        account = _account(user_id).first
        return account if account and self.user_can_authenticate(account) else None


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
