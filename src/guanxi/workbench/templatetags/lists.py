"""Small filters that lists need: a value by a key that stands in a variable, and words in a row."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from guanxi.core import formats
from guanxi.core.templatetags import ui
from guanxi.core.viewer import Viewer
from guanxi.people.listing import Listed

register = template.Library()


@register.filter
def get(values: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key; nothing where there is none."""
    return values.get(key) if values else None


@register.filter
def words(text: str) -> list[str]:
    """Words of a text, to walk through."""
    return text.split()


@register.simple_tag
def options(choices: Iterable[tuple[Any, str]], chosen: object) -> SafeString:
    """The choices of a select, the chosen one marked."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, mark_safe(" selected") if str(value) == chosen else "", label) for value, label in choices),
    )


@register.simple_tag(takes_context=True)
def customer_rows(context: template.Context, items: list[Listed]) -> SafeString:
    """The rows of the list of customers. In one go: a component for each cell would cost more than the query."""
    rows = _Rows(context["viewer"], context["listing"].shows, context["extra"], context["store_names"])
    return mark_safe("".join(rows.row(item) for item in items))  # every text in it is escaped below


class _Rows:
    """What all rows of a page share."""

    def __init__(
        self,
        viewer: Viewer,
        shows: Mapping[str, bool],
        extra: Mapping[str, Mapping[Any, Any]],
        stores: Mapping[Any, str],
    ) -> None:
        self.viewer, self.shows, self.extra, self.stores = viewer, shows, extra, stores
        self.base = reverse("desk:customers")
        words = {
            "firm": gettext("firm"),
            "visitor": gettext("visitor"),
            "me": gettext("me"),
            "a colleague": gettext("a colleague"),
        }
        self.words = {word: escape(said) for word, said in words.items()}
        self.simulated = ui.simulated()
        self.money = formats.money_writer(viewer.currency)
        self.when = formats.moment_writer()

    def row(self, item: Listed) -> str:
        title = escape(item.title)
        mark = ' class="is-simulated"' if item.simulated else ""
        cells = [
            f'<tr data-row data-id="{item.id}"{mark}><td class="pick">'
            f'<input type="checkbox" class="checkbox checkbox-sm" name="id" value="{item.id}" '
            f'aria-label="{title}"></td>'
            f'<td><a class="who" href="{self.base}{item.id}/">'
            f"{ui.avatar(item.title)}<span>{title}{self._notes(item)}</span></a></td>"
        ]
        tally = item.tally
        if self.shows["seen"]:
            cells.append(f"<td>{self.when(tally.last_seen_at)}</td>")
        if self.shows["orders"]:
            cells.append(
                f'<td class="num">{formats.number(tally.orders, 0) if tally.orders > 999 else tally.orders}</td>'
            )
        if self.shows["spent"]:
            cells.append(f'<td class="num">{escape(self.money(tally.spent))}</td>')
        cells += [self._extra(values.get(item.id)) for name, values in self.extra.items() if self.shows[name]]
        if self.shows["store"]:
            cells.append(f'<td class="text-ink-2">{escape(self.stores.get(item.store_id, "–"))}</td>')
        if self.shows["owner"]:
            cells.append(f'<td class="text-ink-2">{self._owner(item)}</td>')
        if self.shows["since"]:
            cells.append(f"<td>{escape(formats.day(item.created_at))}</td>")
        return "".join((*cells, "</tr>"))

    def _notes(self, item: Listed) -> str:
        firm = f" <small>{self.words['firm']}</small>" if item.kind == "firm" else ""
        visitor = "" if item.identified else f" <small>{self.words['visitor']}</small>"
        return firm + visitor + (f" {self.simulated}" if item.simulated else "")

    def _extra(self, one: Any) -> str:
        if one is None:
            return '<td class="num">–</td>'
        return f'<td class="num"><span title="{escape(one.span)}">{escape(one.text)}</span></td>'

    def _owner(self, item: Listed) -> str:
        if item.owner_id is None:
            return "–"
        return self.words["me" if item.owner_id == self.viewer.staff_id else "a colleague"]
