"""Ways to sign in that need a browser: a passkey, and a second step with codes that change."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page

from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

ACCOUNT = """
import sys
import django; django.setup()
from demo import staff
from guanxi.core import foundation
address = sys.argv[1]
foundation.account_of(email=address, name="Sun Li", password=sys.argv[2])
staff.verify(address)
"""


@pytest.fixture
def account(surroundings: dict[str, str], house: str, request: pytest.FixtureRequest) -> str:
    """The address of somebody who belongs to no enterprise."""
    address = f"sun.{request.node.name.split('_')[2]}@example.org"
    subprocess.run([sys.executable, "-c", ACCOUNT, address, PASSWORD], env=surroundings, check=True)
    return address


def test_a_second_step_is_set_up_and_asked_for(account: str, look: Callable[..., Any]) -> None:
    seen = look(width=390, signed_in=False)
    page: Page = seen.page
    _sign_in(seen, account)
    _confirmed(seen, "/accounts/2fa/totp/activate/")
    secret = page.get_attribute("#authenticator_secret", "value")
    assert secret
    page.fill("input[name=code]", _code(secret))
    _press(page, "Activate")
    page.wait_for_url("**/accounts/2fa/recovery-codes/**")
    _sign_out(seen)
    _sign_in(seen, account, wait="**/accounts/2fa/authenticate/**")
    page.fill("input[name=code]", "000000")
    _press(page, "Sign In")
    page.wait_for_selector("[role=alert], .error, .errors")
    assert "/authenticate/" in page.url, "a wrong code opens nothing"
    page.fill("input[name=code]", _code(secret))
    _press(page, "Sign In")
    page.wait_for_url("**/me/**")
    assert seen.troubles == []


def test_a_passkey_opens_the_door_without_a_password(account: str, look: Callable[..., Any]) -> None:
    seen = look(width=390, signed_in=False)
    # A passkey belongs to a name; the bare number of a machine is none.
    seen.address = f"http://localhost:{urlsplit(seen.address).port}"
    page: Page = seen.page
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    _sign_in(seen, account)
    _confirmed(seen, "/accounts/2fa/webauthn/add/")
    page.fill("input[name=name]", "Telephone")
    page.check("input[name=passwordless]")
    _press(page, "Add")
    page.wait_for_url("**/accounts/2fa/recovery-codes/**")
    _sign_out(seen)
    seen.go("/accounts/login/")
    page.click("#passkey_login, button:has-text('passkey')")
    page.wait_for_url("**/me/**")
    assert seen.troubles == []


def _sign_in(seen: Any, address: str, wait: str = "**/me/**") -> None:
    seen.go("/accounts/login/")
    seen.page.fill("input[name=login]", address)
    seen.page.fill("input[name=password]", PASSWORD)
    seen.page.click("main form button.btn-primary")
    seen.page.wait_for_url(wait)


def _confirmed(seen: Any, path: str) -> None:
    """A page that asks for the password once more before it is shown."""
    seen.go(path)
    seen.page.fill("input[name=password]", PASSWORD)
    _press(seen.page, "Confirm")
    seen.page.wait_for_url(f"**{path}")


def _press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def _sign_out(seen: Any) -> None:
    seen.page.context.clear_cookies()


def _code(secret: str) -> str:
    """What an authenticator shows now, and will show until it is typed in."""
    left = 30 - time.time() % 30
    if left < 6:
        time.sleep(left)
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
