"""One HTTP POST to a provider, for the adapters that speak HTTP. Redirects are not followed."""

import http.client
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from guanxi.touch.channels import Down, Unsure

_MOST = 65_536


def post(
    address: str,
    body: object,
    *,
    headers: Mapping[str, str],
    timeout: float,
    handing: Callable[[], None],
) -> tuple[int, str]:
    """Send JSON; the status and the beginning of the answer.

    Raises:
        Down: Nobody answers there.
        Unsure: The connection ended before the answer.
    """
    parts = urlsplit(address)
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Down(f"{type(error).__name__}: {error}"[:300]) from error
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        handing()
        try:
            connection.request(
                "POST", path, msgspec.json.encode(body), {"Content-Type": "application/json", **headers}
            )
            answer = connection.getresponse()
            return answer.status, answer.read(_MOST).decode("utf-8", "replace")[:300]
        except (OSError, http.client.HTTPException) as error:
            raise Unsure(f"{type(error).__name__}: {error}"[:300]) from error
    finally:
        connection.close()
