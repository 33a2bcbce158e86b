"""How a source's name for a thing becomes ours: `track "Order Completed"` is the event `order.completed`.

The names of Segment's e-commerce specification have types of their own, on which the house acts. Every other name
becomes `track.<snake_case>`, so that no source can speak in the name of a package of the house.
"""

import re
from functools import lru_cache

_KINDS = {
    "identify": "customer.identified",
    "page": "page.viewed",
    "screen": "screen.viewed",
    "group": "customer.grouped",
    "alias": "customer.aliased",
}
_ECOMMERCE = (
    "Products Searched",
    "Product List Viewed",
    "Product List Filtered",
    "Promotion Viewed",
    "Promotion Clicked",
    "Product Clicked",
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Checkout Started",
    "Checkout Step Viewed",
    "Checkout Step Completed",
    "Payment Info Entered",
    "Order Completed",
    "Order Updated",
    "Order Refunded",
    "Order Cancelled",
    "Coupon Entered",
    "Coupon Applied",
    "Coupon Denied",
    "Coupon Removed",
    "Product Added to Wishlist",
    "Product Removed from Wishlist",
    "Wishlist Product Added to Cart",
    "Product Shared",
    "Cart Shared",
    "Product Reviewed",
)
_NOT_A_WORD = re.compile(r"[^\w]+", re.UNICODE)
_BETWEEN_CASES = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _dotted(name: str) -> str:
    """`Product List Viewed` is `product_list.viewed`: the thing, then what happened to it."""
    words = name.lower().split()
    verb = next(index for index, word in enumerate(words) if word.endswith("ed") and index)
    return "_".join(words[:verb]) + "." + "_".join(words[verb:])


_STANDARD = {name.lower().replace(" ", "_"): _dotted(name) for name in _ECOMMERCE}
_STANDARD |= {name.replace(".", "_"): name for name in _STANDARD.values()}


@lru_cache(maxsize=4096)
def event_type(kind: str, name: str) -> str:
    """Our type for a message of this kind and name."""
    if kind != "track":
        return _KINDS[kind]
    snake = _NOT_A_WORD.sub("_", _BETWEEN_CASES.sub("_", name.strip())).strip("_").lower()
    return _STANDARD.get(snake) or f"track.{snake[:80] or 'unnamed'}"


STANDARD_TYPES = tuple(sorted({*_KINDS.values(), *_STANDARD.values()}))
