"""Receipts: each decision as a signed record, to see, to keep and to verify."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from guanxi.consent import own
from guanxi.core import paging, signing
from guanxi.core.requests import DoorRequest

_ORDER = ("-issued_at", "-id")


def receipts(request: DoorRequest) -> HttpResponse:
    """All of mine, newest first."""
    found = own.receipts_for(request.viewer)
    page = paging.page(found, order=_ORDER, cursor=request.GET.get("cursor"), size=30)
    context = {"page": page, "receipts": own.opened(request.viewer, page.items)}
    return render(request, "portal/receipts.html", context)


def receipt(request: DoorRequest, receipt_id: UUID) -> HttpResponse:
    """One, with what it says and how to verify it."""
    kept = own.receipt_for(request.viewer, receipt_id)
    return render(request, "portal/receipt.html", {"receipt": kept, "keys": signing.keys_of_the_house()})


def download(request: DoorRequest, receipt_id: UUID) -> HttpResponse:
    """One as the file that was signed."""
    kept = own.receipt_for(request.viewer, receipt_id)
    return _file(kept.document, f"receipt-{receipt_id}.json")


def download_all(request: DoorRequest) -> HttpResponse:
    """All of mine in one file."""
    found = own.receipts_for(request.viewer).order_by(*_ORDER)
    return _file([kept.document for kept in own.opened(request.viewer, found)], "receipts.json")


def _file(content: Any, name: str) -> HttpResponse:
    answer = JsonResponse(
        content,
        safe=False,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        content_type="application/ld+json",
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
