"""What a router of `api/<domain>.py` is made of: the router, the bases of its schemas, pages by cursor."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar, cast
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import File, NinjaAPI, Query, Schema, Status, UploadedFile
from ninja import Router as NinjaRouter
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from pydantic import BaseModel, ConfigDict, Field

from guanxi.api import documents, guard, openapi, problems, strict_json
from guanxi.api.types import NO_NUL, QueryInt
from guanxi.core import paging as core_paging
from guanxi.core.viewer import Viewer

__all__ = [
    "ApiRequest",
    "File",
    "In",
    "Out",
    "Page",
    "Paging",
    "Query",
    "Router",
    "Status",
    "UploadedFile",
    "page",
]

T = TypeVar("T")
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class ApiRequest(HttpRequest):
    """A request that passed the door: somebody of an enterprise asks."""

    viewer: Viewer


class In(BaseModel):
    """The base of what comes in: a field that is not declared is refused, not dropped.

    Not ninja's own base, which reads attributes as well and for that checks twice at each level.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Out(Schema):
    """The base of what goes out: reads attributes of rows and keys of mappings."""


class Page(Schema, Generic[T]):
    """One page of a list; `next` is the address of the following one, null on the last."""

    items: list[T]
    next: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CustomerOutPage` rather than `Page[CustomerOut]`, which makes ugly names in generated clients."""
        return f"{params[0].__name__}Page"


class Paging(In):
    """How a list is read; extend it with the filters of the list."""

    cursor: Annotated[
        str | None,
        Field(max_length=2000, pattern=NO_NUL, description="The end of the page before, from its `next`."),
    ] = None
    limit: Annotated[QueryInt, Field(ge=1, le=200, description="Most items on a page.")] = 50


def page(
    request: HttpRequest,
    found: "QuerySet[Any]",
    paging: Paging,
    *,
    order: Sequence[str],
    present: Callable[[list[Any]], list[Any]] | None = None,
) -> dict[str, Any]:
    """One page of `found` in this order; `present` turns all its rows into answers at once."""
    read = core_paging.page(found, order=tuple(order), cursor=paging.cursor, size=paging.limit)
    items = list(read.items)
    return {"items": present(items) if present else items, "next": _address(request, read.next)}


def _address(request: HttpRequest, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}")


class ApiKey:
    """Lets in whoever holds a key that carries the right (the middleware has opened the key)."""

    openapi_security_schema = {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of the enterprise, made under Settings; its scopes are the rights named at each "
        "operation.",
    }

    def __init__(self, right: str) -> None:
        self.right = right

    def __call__(self, request: HttpRequest) -> Viewer | None:
        viewer = cast("Viewer | None", getattr(request, "viewer", None))
        if viewer is not None:
            viewer.require(self.right)
        return viewer


class Router(NinjaRouter):
    """The operations of one domain.

    Args:
        reads: The right that GET needs, one of `core.viewer.RIGHTS`; an API key's scopes are the same words.
        writes: The right that all else needs.
        tags: The heading under which the operations stand in the documents.
    """

    def __init__(self, *, reads: str, writes: str = "", tags: list[str]) -> None:
        super().__init__(tags=tags)
        self.reads, self.writes = reads, writes or reads

    def get(self, path: str, *, needs: str = "", **options: Any) -> Decorator:  # type: ignore[override]  # ours is narrower
        """An operation that reads."""
        return super().get(path, auth=ApiKey(needs or self.reads), **options)

    def post(self, path: str, *, needs: str = "", **options: Any) -> Decorator:  # type: ignore[override]  # ours is narrower
        """An operation that creates or does."""
        return super().post(path, auth=ApiKey(needs or self.writes), **options)

    def put(self, path: str, *, needs: str = "", **options: Any) -> Decorator:  # type: ignore[override]  # ours is narrower
        """An operation that sets a thing whole."""
        return super().put(path, auth=ApiKey(needs or self.writes), **options)

    def patch(self, path: str, *, needs: str = "", **options: Any) -> Decorator:  # type: ignore[override]  # ours is narrower
        """An operation that changes parts."""
        return super().patch(path, auth=ApiKey(needs or self.writes), **options)

    def delete(self, path: str, *, needs: str = "", **options: Any) -> Decorator:  # type: ignore[override]  # ours is narrower
        """An operation that removes."""
        return super().delete(path, auth=ApiKey(needs or self.writes), **options)


class Door(NinjaAPI):
    """Ninja with the rules of the house: strict JSON, one shape of errors, a schema that tells all answers."""

    def __init__(self, routers: Sequence[NinjaRouter]) -> None:
        super().__init__(
            title="Guanxi",
            version="1",
            description=openapi.DESCRIPTION,
            urls_namespace="api",
            openapi_url=None,
            docs_url=None,
            parser=strict_json.StrictParser(),
            renderer=strict_json.StrictRenderer(),
        )
        self.add_decorator(guard.guarded, mode="view")
        for router in routers:
            self.add_router("", router)
        self._finished: dict[str, Any] | None = None

    def set_default_exception_handlers(self) -> None:
        """All errors go one way."""
        self.add_exception_handler(Exception, cast(Any, problems.of))

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name: generated clients read like our own code."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The schema with every answer in it, made once."""
        if self._finished is None:
            self._finished = openapi.finish(super().get_openapi_schema(path_prefix="api/v1/"), self)
        return cast(OpenAPISchema, self._finished)

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        """Ours alone, and an end for every address that is none."""
        found = [url for bound in self._get_bound_routers() for url in bound.urls_paths(bound.prefix)]
        return [
            path("openapi.json", self._schema_view, name="schema"),
            path("docs", documents.page(self.get_openapi_schema), name="docs"),
            *found,
            re_path(r"^", _nothing_here, name="nothing"),
        ]

    def _schema_view(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(strict_json.encode(self.get_openapi_schema()), content_type="application/json")


def _nothing_here(request: HttpRequest) -> HttpResponse:
    return problems.nothing_here()


_nothing_here.csrf_exempt = True  # type: ignore[attr-defined]  # nothing happens there
