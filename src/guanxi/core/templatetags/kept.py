"""`{% kept 60 "rail" language viewer.staff_id %} … {% endkept %}`: written once for so many seconds, and shown again.

As Django's `cache` tag, but what differs from request to request may stand in it: the token of forms and the address of
the page are filled in each time.
"""

import hashlib
from collections.abc import Sequence

from django import template
from django.core.cache import caches
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()

#: What is filled in, and what stands for it meanwhile: no letter that is escaped.
_FILLED = {"csrf_token": "kept-csrf-token-5d1f", "address": "kept-address-5d1f"}


class KeptNode(template.Node):
    """A part of a page that depends on the values of `vary` alone, and on what is filled in."""

    def __init__(
        self, seconds: FilterExpression, vary: Sequence[FilterExpression], nodelist: NodeList
    ) -> None:
        self.seconds, self.vary, self.nodelist = seconds, vary, nodelist

    def render(self, context: Context) -> SafeString:
        """The part, from memory where it is there."""
        values = "\0".join(str(one.resolve(context)) for one in self.vary)
        key = hashlib.blake2b(values.encode(), digest_size=16).hexdigest()
        memory = caches["process"]
        text = memory.get(key)
        if text is None:
            with context.push(**_FILLED):
                text = str(self.nodelist.render(context))
            memory.set(key, text, self.seconds.resolve(context))
        for name, mark in _FILLED.items():
            if mark in text:
                text = text.replace(mark, conditional_escape(str(context.get(name, ""))))
        return SafeString(text)


@register.tag("kept")
def kept(parser: Parser, token: Token) -> KeptNode:
    """Seconds, a name and what the part depends on."""
    _, seconds, *vary = token.split_contents()
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(parser.compile_filter(seconds), [parser.compile_filter(one) for one in vary], nodelist)
