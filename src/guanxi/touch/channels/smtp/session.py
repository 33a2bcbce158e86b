"""An SMTP session. Where the server can (RFC 2920) the envelope goes in one breath."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress

from guanxi.touch.channels import Down, Later, Parcel, Refused, Settings, Unsure
from guanxi.touch.channels.smtp import letter

# What says that the whole server takes nothing now: closing down, too many connections.
_DOWN = (421,)
#: Enhanced codes (RFC 3463) that say: nobody reads at this address.
DEAD = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


class MailSession:
    """One connection to a mail server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._timeout = float(settings.get("timeout") or 20)
        try:
            self._smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Down(_said(error)) from error
        self._pipelining = self._smtp.has_extn("pipelining")

    def send(self, parcel: Parcel, handing: Callable[[], None]) -> str:
        """Hand over one message."""
        try:
            data = letter.written(
                parcel,
                from_name=self._settings["from_name"],
                from_address=self._settings["from_address"],
            )
        except ValueError as error:
            raise Refused(str(error), code="address", address=True) from error
        try:
            self._envelope(parcel)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Down(_said(error)) from error
        handing()
        try:
            self._smtp.send(data + b".\r\n")
            code, said = self._smtp.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.close()
            raise Unsure(_said(error)) from error
        if code != 250:
            raise self._answer(code, said, address=False)
        return said.decode("utf-8", "replace")[:120]

    def close(self) -> None:
        """Say goodbye, where somebody still listens."""
        with suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock:
                self._smtp.sock.settimeout(2)
                self._smtp.quit()
        with suppress(OSError):
            self._smtp.close()

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings["host"], int(self._settings["port"])
        security = self._settings.get("security", "starttls")
        context = ssl.create_default_context() if security != "none" else None
        if security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self._timeout, context=context)
        else:
            smtp = smtplib.SMTP(host, port, timeout=self._timeout)
        try:
            smtp.ehlo()
            if security == "starttls":
                smtp.starttls(context=context)
                smtp.ehlo()
            if self._settings.get("user"):
                smtp.login(self._settings["user"], self._settings.get("password", ""))
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _envelope(self, parcel: Parcel) -> None:
        """MAIL, RCPT and DATA, until the server waits for the message."""
        steps = (
            f"MAIL FROM:<{self._returns_to(parcel)}>\r\n".encode(),
            f"RCPT TO:<{parcel.to}>\r\n".encode(),
            b"DATA\r\n",
        )
        if self._pipelining:
            self._smtp.send(b"".join(steps))
            replies = [self._smtp.getreply() for _step in steps]
        else:
            replies = []
            for step in steps:
                self._smtp.send(step)
                replies.append(self._smtp.getreply())
                if replies[-1][0] >= 400:
                    break
        wrong = next(((place, reply) for place, reply in enumerate(replies) if reply[0] >= 400), None)
        if wrong is None:
            return
        if replies[-1][0] == 354:
            # It waits for a message to nobody: an empty one, which it refuses.
            self._smtp.send(b".\r\n")
            self._smtp.getreply()
        self._smtp.rset()
        place, (code, said) = wrong
        raise self._answer(code, said, address=place == 1)

    def _returns_to(self, parcel: Parcel) -> str:
        """Each message has an address of its own for what comes back (VERP), so that a bounce names it."""
        bounces = self._settings.get("bounce_address") or ""
        local, _at, domain = bounces.rpartition("@")
        return f"{local}+{parcel.key.hex}@{domain}" if bounces else str(self._settings["from_address"])

    def _answer(self, code: int, said: bytes, *, address: bool) -> Exception:
        text = said.decode("utf-8", "replace")[:300]
        if code in _DOWN:
            self.close()
            return Down(f"{code} {text}")
        if 400 <= code < 500:
            return Later(text, code=str(code))
        dead = any(text.startswith(each) for each in DEAD) or (address and code == 550 and text[:2] != "5.")
        return Refused(text, code=str(code), address=dead)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
