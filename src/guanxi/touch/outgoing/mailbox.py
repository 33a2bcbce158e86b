"""The mailbox to which undeliverable mail returns, read over IMAP."""

import imaplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

_MOST = 500
_TIMEOUT = 20


def read(settings: Mapping[str, Any], take: Callable[[bytes], object]) -> int:
    """Give each unread mail to `take` and mark it read once that has returned; how many there were.

    Raises:
        OSError, imaplib.IMAP4.error: The mailbox cannot be read.
    """
    host, port = settings["mailbox_host"], int(settings.get("mailbox_port") or 993)
    if settings.get("mailbox_security", "tls") == "tls":
        context = ssl.create_default_context()
        box: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=_TIMEOUT)
    else:
        box = imaplib.IMAP4(host, port, timeout=_TIMEOUT)
    try:
        box.login(settings.get("mailbox_user", ""), settings.get("mailbox_password", ""))
        box.select("INBOX")
        _status, found = box.uid("SEARCH", "UNSEEN")
        numbers = (found[0] or b"").split()[:_MOST]
        for number in numbers:
            _status, parts = box.uid("FETCH", number.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            if raw:
                take(raw)
            box.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)")
        return len(numbers)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()
