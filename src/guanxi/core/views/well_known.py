"""What others look up at addresses that everybody knows: the public keys of the house, and what it heeds."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from guanxi.core import signing

# When what we do about the signal last changed (decision 0030).
_GPC_SINCE = "2026-11-22"


def _open(document: Any, media: str) -> JsonResponse:
    answer = JsonResponse(
        document, json_dumps_params={"ensure_ascii": False, "indent": 1}, content_type=media
    )
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_GET
def did(request: HttpRequest) -> JsonResponse:
    """The keys with which receipts and certificates of this house are signed, as a DID document (did:web)."""
    keys = signing.keys_of_the_house()
    return _open(signing.did_document(settings.CONFIGURATION.address, keys), "application/did+json")


@require_GET
def gpc(request: HttpRequest) -> JsonResponse:
    """That a browser's Global Privacy Control is heeded here."""
    return _open({"gpc": True, "lastUpdate": _GPC_SINCE}, "application/json")
