"""Parts of pages that are written once, with each request's own token and address filled in."""

from itertools import count
from uuid import uuid4

import pytest
from django.template import Context, Template

FORM = '<form action="{{ address }}">{% csrf_token %}</form>'
PART = f'{{% load kept %}}{{% kept 60 "part" who %}}{{{{ once }}}}{FORM}{{% endkept %}}'


@pytest.fixture
def part() -> Template:
    return Template(PART)


def write(part: Template, who: object, token: str, address: str, once: object) -> str:
    return part.render(Context({"who": who, "csrf_token": token, "address": address, "once": once}))


def test_it_is_written_once_with_each_request_s_token_and_address(part: Template) -> None:
    who, written = uuid4(), count()
    first = write(part, who, "token-one", "/desk/?a=1&b=2", next(written))
    second = write(part, who, "token-two", '/desk/"><script>', next(written))
    assert first.startswith('0<form action="/desk/?a=1&amp;b=2">')
    assert 'value="token-one"' in first
    assert second.startswith("0<form"), "not written again"
    assert 'value="token-two"' in second
    assert "token-one" not in second
    assert "<script>" not in second


def test_somebody_else_has_their_own(part: Template) -> None:
    assert write(part, uuid4(), "t", "/", "first").startswith("first")
    assert write(part, uuid4(), "t", "/", "second").startswith("second")
