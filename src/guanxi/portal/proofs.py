"""Codes that prove an address: made, sent and checked. The code itself is kept nowhere, only its digest."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

VALID_FOR = timedelta(minutes=10)
TRIES = 5


@dataclass(slots=True)
class Proof:
    """An address that waits for its code, as the session keeps it."""

    address: str
    digest: str
    until: str
    tries: int = TRIES

    def accepts(self, code: str, now: datetime) -> bool:
        """Whether the code is the one that was sent, in time and within a few tries; each asking is a try."""
        self.tries -= 1
        in_time = now <= datetime.fromisoformat(self.until) and self.tries >= 0
        return in_time and hmac.compare_digest(self.digest, _digest(self.address, code))


def send(address: str, now: datetime) -> Proof:
    """Send a fresh code to an address."""
    code = f"{secrets.randbelow(1_000_000):06}"
    spaced = f"{code[:3]} {code[3:]}"
    text = render_to_string("portal/mail/code.txt", {"code": spaced, "minutes": VALID_FOR.seconds // 60})
    send_mail(_("%(code)s is your code") % {"code": spaced}, text, None, [address])
    return Proof(address, _digest(address, code), (now + VALID_FOR).isoformat())


def _digest(address: str, code: str) -> str:
    return hmac.new(
        settings.SECRET_KEY.encode(), f"claim:{address}:{code}".encode(), hashlib.sha256
    ).hexdigest()
