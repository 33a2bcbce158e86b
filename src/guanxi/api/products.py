"""Products over the API."""

from typing import Annotated

from pydantic import Field

from guanxi.api.shell import ApiRequest, In, Out, Page, Paging, Query, Router, page
from guanxi.api.types import NO_NUL, Id, LinePrice, Money, Text
from guanxi.sales import queries, services

router = Router(reads="orders.read", writes="orders.write", tags=["Products"])

Short = Annotated[str, Field(max_length=120, pattern=NO_NUL)]
Name = Annotated[Text, Field(max_length=300)]


class ProductFacts(In):
    """What may be known of a product."""

    department: Short = ""
    category: Short = ""
    kind: Short = ""
    brand: Short = ""
    package: Short = ""
    unit_cost: LinePrice | None = None


class ProductIn(ProductFacts):
    """A new product."""

    source_key: Annotated[Text, Field(max_length=200)]
    name: Name


class ProductChange(In):
    """What changes of a product; what is left out stays."""

    name: Name | None = None
    department: Short | None = None
    category: Short | None = None
    kind: Short | None = None
    brand: Short | None = None
    package: Short | None = None
    unit_cost: LinePrice | None = None


class ProductOut(Out):
    """A product; `unit_cost` is null where it is unknown or not for the holder of the key."""

    id: Id
    source_key: str
    name: str
    department: str
    category: str
    kind: str
    brand: str
    package: str
    unit_cost: Money | None


class ProductFilter(Paging):
    """Which products."""

    q: Annotated[
        str, Field(max_length=200, pattern=NO_NUL, description="Beginning of the key, or part of the name.")
    ] = ""
    department: Short = ""
    category: Short = ""


@router.get("/products", response=Page[ProductOut])
def list_products(request: ApiRequest, wanted: Query[ProductFilter]) -> object:
    """List products, by key."""
    rows = queries.products_for(
        request.viewer, text=wanted.q, department=wanted.department, category=wanted.category
    )
    return page(
        request,
        rows,
        wanted,
        order=("source_key", "id"),
        present=lambda found: [queries.masked_product(request.viewer, product) for product in found],
    )


@router.post("/products", response={201: ProductOut})
def create_product(request: ApiRequest, body: ProductIn) -> object:
    """Keep a new product."""
    return services.create_product(viewer=request.viewer, **body.model_dump())


@router.get("/products/{product_id}", response=ProductOut)
def read_product(request: ApiRequest, product_id: Id) -> object:
    """Read one product."""
    return queries.product_for(request.viewer, product_id)


@router.patch("/products/{product_id}", response=ProductOut)
def change_product(request: ApiRequest, product_id: Id, body: ProductChange) -> object:
    """Change what is known of a product."""
    facts = body.model_dump(exclude_unset=True)
    kept = {name: value for name, value in facts.items() if value is not None or name == "unit_cost"}
    return services.change_product(viewer=request.viewer, product_id=product_id, **kept)
