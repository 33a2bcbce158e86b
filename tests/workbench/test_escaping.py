"""What is written in Python and not by a template escapes what it is given."""

from datetime import timedelta

from guanxi.core.templatetags import ui
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from tests.workbench.test_customers import SignIn, make, text

EVIL = '<script>alert("1")</script>'


def test_a_name_is_text_in_the_list_and_on_its_page(chen: Viewer, signed_in: SignIn) -> None:
    key = make(chen, EVIL)
    client = signed_in(chen)
    for page in ("/desk/customers/", f"/desk/customers/{key}/"):
        said = text(client.get(page))
        assert "&lt;script&gt;alert(" in said
        assert "<script>alert(" not in said


def test_every_part_of_a_line_is_text(chen: Viewer) -> None:
    line = dict.fromkeys(("title", "detail", "quote", "href", "why", "kind"), EVIL)
    with tenancy(chen):
        said = ui.timeline_lines([line | {"time": chen.now - timedelta(days=3)}])
    assert "<script" not in said
    assert said.count("&lt;script&gt;") == len(line)


def test_the_letter_of_an_avatar_is_text() -> None:
    assert ui.avatar("<b>") == '<span class="avatar" aria-hidden="true">&lt;</span>'
