"""Every template compiles, and none needs a looser content security policy."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.architecture.house import templates

FORBIDDEN = {
    "an inline style": r"<[^>{]*\sstyle=[\"']",
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)",
    "a handler in an attribute": r"<[^>]*\s(on[a-z]+|hx-on[:a-z-]*)=[\"']",
    "a side that does not turn with the script": r"class=\"[^\"]*\b(m[lr]|p[lr]|text-left|text-right)-?\d*[ \"]",
}


def _name(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("templates") + 1 :])


@pytest.mark.parametrize("path", templates(), ids=_name)
def test_a_template_compiles(path: Path) -> None:
    assert get_template(_name(path))


# E-mails are no pages: the programs that read them know styles in attributes only, and run no script.
_PAGES = [path for path in templates() if path.suffix == ".html" and "/templates/messages/" not in str(path)]


@pytest.mark.parametrize("path", _PAGES, ids=_name)
def test_a_template_holds_nothing_inline(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(), flags=re.S)
    found = {
        what: match.group() for what, pattern in FORBIDDEN.items() if (match := re.search(pattern, text))
    }
    assert not found


@pytest.mark.parametrize("path", sorted(p for p in templates() if "/templates/ui/" in str(p)), ids=_name)
def test_a_component_says_what_it_takes(path: Path) -> None:
    assert path.read_text().lstrip().startswith(("{#", "{% comment")), (
        "begin with a comment that lists the variables"
    )
