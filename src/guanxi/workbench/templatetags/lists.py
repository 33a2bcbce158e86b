"""Small filters that lists need: a value by a key that stands in a variable, and words in a row."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def get(values: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key; nothing where there is none."""
    return values.get(key) if values else None


@register.filter
def words(text: str) -> list[str]:
    """Words of a text, to walk through."""
    return text.split()
