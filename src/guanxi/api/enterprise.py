"""The enterprise, its stores, its staff and its keys over the API."""

from typing import Annotated

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import Id, Moment, Text
from guanxi.core import queries, services
from guanxi.core.viewer import RIGHTS

router = Router(reads="customers.read", writes="settings.manage", tags=["Enterprise"])


def _known(scope: str) -> str:
    if scope not in RIGHTS:
        raise ValueError(f"a scope is one of: {', '.join(RIGHTS)}")
    return scope


Scope = Annotated[
    str, Strict(), AfterValidator(_known), WithJsonSchema({"type": "string", "enum": sorted(RIGHTS)})
]


class EnterpriseOut(Out):
    """The enterprise that the key belongs to. `clock` is null where time goes on."""

    id: Id
    name: str
    slug: str
    currency: str
    zone: str
    language: str
    clock: Moment | None


class StoreIn(In):
    """A store; the same code again changes its name."""

    name: Annotated[Text, Field(max_length=200)]
    code: Annotated[Text, Field(max_length=60, pattern=r"^[^\x00\s]+$")]


class StoreOut(Out):
    """A place of the enterprise where touchpoints stand."""

    id: Id
    name: str
    code: str


class StaffOut(Out):
    """Somebody who works for the enterprise."""

    id: Id
    name: str
    role: str
    reach: str
    team: str
    active: bool


class ApiKeyIn(In):
    """A key for a program; its scopes are the rights it holds."""

    name: Annotated[Text, Field(max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(RIGHTS))]
    expires_at: Moment | None = None


class ApiKeyOut(Out):
    """A key as it is listed; its secret is kept nowhere."""

    id: Id
    name: str
    hint: str
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None


class ApiKeyMade(ApiKeyOut):
    """A new key with its secret, which is told this once."""

    secret: str


@router.get("/enterprise", response=EnterpriseOut)
def read_enterprise(request: ApiRequest) -> object:
    """Read the enterprise that the key belongs to."""
    return queries.enterprise_for(request.viewer)


@router.get("/stores", response=Page[StoreOut])
def list_stores(request: ApiRequest, paging: Query[Paging]) -> object:
    """List the stores."""
    return page(request, queries.stores_for(request.viewer), paging, order=("name", "id"))


@router.post("/stores", response={201: StoreOut})
def create_store(request: ApiRequest, body: StoreIn) -> object:
    """Add a store, or give the one of this code another name."""
    return services.add_store(viewer=request.viewer, name=body.name, code=body.code)


@router.get("/staff", response=Page[StaffOut], needs="staff.manage")
def list_staff(request: ApiRequest, paging: Query[Paging]) -> object:
    """List who works or worked for the enterprise."""
    return page(request, queries.staff_for(request.viewer), paging, order=("name", "id"))


@router.get("/api-keys", response=Page[ApiKeyOut], needs="sources.manage")
def list_api_keys(request: ApiRequest, paging: Query[Paging]) -> object:
    """List the API keys, newest first, revoked ones too."""
    return page(request, queries.api_keys_for(request.viewer), paging, order=("-created_at", "-id"))


@router.post("/api-keys", response={201: ApiKeyMade}, needs="sources.manage")
def create_api_key(request: ApiRequest, body: ApiKeyIn) -> object:
    """Make an API key, with no right that the asking key does not hold."""
    key, secret = services.issue_api_key(
        viewer=request.viewer, name=body.name, scopes=body.scopes, expires_at=body.expires_at
    )
    return {**ApiKeyOut.model_validate(key).model_dump(), "secret": secret}


@router.post("/api-keys/{key_id}/revoke", response={204: None}, needs="sources.manage")
def revoke_api_key(request: ApiRequest, key_id: Id) -> None:
    """Make an API key worthless from now on."""
    services.revoke_api_key(viewer=request.viewer, key_id=key_id)
