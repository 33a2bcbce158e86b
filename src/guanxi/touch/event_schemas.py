"""What events from outside carry and which of it is private; the house's own are described where they are emitted."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from guanxi.core import schemas
from guanxi.core.schemas import PRIVATE_BY_DEFAULT, EventSchema, Payload
from guanxi.touch import naming

# Of a page or a product "name" and "title" are facts; of a person they are not.
_PRIVATE = tuple(name for name in PRIVATE_BY_DEFAULT if name not in ("name", "title", "text"))
_LABELS = {
    "page.viewed": _("Looked at a page"),
    "screen.viewed": _("Looked at a screen of the app"),
    "customer.identified": _("Said who they are"),
    "customer.grouped": _("Named their company"),
    "customer.aliased": _("Two ids became one"),
    "products.searched": _("Searched for products"),
    "product_list.viewed": _("Looked at a list of products"),
    "product_list.filtered": _("Narrowed a list of products"),
    "promotion.viewed": _("Saw a promotion"),
    "promotion.clicked": _("Opened a promotion"),
    "product.clicked": _("Chose a product"),
    "product.viewed": _("Looked at a product"),
    "product.added": _("Put a product into the cart"),
    "product.removed": _("Took a product out of the cart"),
    "cart.viewed": _("Looked at the cart"),
    "checkout.started": _("Began to check out"),
    "checkout_step.viewed": _("Came to a step of the checkout"),
    "checkout_step.completed": _("Finished a step of the checkout"),
    "payment_info.entered": _("Entered how to pay"),
    "order.completed": _("Ordered"),
    "order.updated": _("Changed an order"),
    "order.refunded": _("Was refunded"),
    "order.cancelled": _("Cancelled an order"),
    "coupon.entered": _("Entered a coupon"),
    "coupon.applied": _("Used a coupon"),
    "coupon.denied": _("Had a coupon refused"),
    "coupon.removed": _("Took a coupon away"),
    "product.added_to_wishlist": _("Put a product on the wish list"),
    "product.removed_from_wishlist": _("Took a product off the wish list"),
    "wishlist_product.added_to_cart": _("Put a wished product into the cart"),
    "product.shared": _("Shared a product"),
    "cart.shared": _("Shared the cart"),
    "product.reviewed": _("Reviewed a product"),
}


def _first(*names: str) -> Callable[[Payload], str]:
    def line(payload: Payload) -> str:
        values = (payload.get(name) for name in names)
        return next(
            (str(value)[:200] for value in values if isinstance(value, str | int | float) and value != ""), ""
        )

    return line


_VIEW = _first("name", "title", "path", "url")
_THING = _first("name", "product_name", "query", "coupon_id", "order_id", "product_id", "list_id", "category")


def register() -> None:
    """Make the types of the outside known."""
    for type_ in naming.STANDARD_TYPES:
        traits = type_ in ("customer.identified", "customer.grouped")
        schemas.register(
            EventSchema(
                type_,
                label=_LABELS[type_],
                private=("traits",) if traits else _PRIVATE,
                line=None
                if type_.startswith("customer.")
                else _VIEW
                if type_ in ("page.viewed", "screen.viewed")
                else _THING,
                icon="s2" if type_.startswith(("page", "screen")) else "s3",
            )
        )
