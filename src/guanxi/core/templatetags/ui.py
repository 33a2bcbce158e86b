"""Tags and filters of the UI kit; the components themselves are the templates in `templates/ui/`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    FileInput,
    RadioSelect,
    Select,
    SelectMultiple,
    Textarea,
)
from django.forms.widgets import Widget
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext

from guanxi.core import assets, charts, formats, icons, live, tenancy

register = template.Library()

register.filter("when", formats.when)
register.filter("exact", formats.exact)
register.filter("day", formats.day)
register.filter("day_heading", formats.day_heading)
register.filter("clock_time", formats.clock_time)
register.filter("line_time", formats.line_time)
register.filter("compact", formats.compact)


@register.filter
def money(value: object, currency: str = "") -> str:
    """`{{ order.total|money:order.currency }}`."""
    return formats.money(value, currency)


@register.filter
def money_whole(value: object, currency: str = "") -> str:
    """Money without its cents: for estimates and large sums."""
    return formats.money(value, currency, whole=True)


@register.filter
def number(value: object, places: int = 2) -> str:
    """`{{ n|number }}`, `{{ x|number:3 }}`."""
    return formats.number(value, places)


@register.filter
def percent(value: object, places: int = 0) -> str:
    """`{{ 0.31|percent }}` is 31 %."""
    return formats.percent(value, places)


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built style or script."""
    return assets.address(name)


@register.simple_tag
def seal() -> str:
    """The address of the house's mark for tabs and home screens."""
    return static("dist/seal.svg")


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A small drawing beside a word; never the only thing that says what something is."""
    classes = f"icon icon-{size}" if size else "icon"
    flip = " icon-flip" if name in icons.FLIPS else ""
    return format_html(
        '<svg class="{}{}" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>',
        classes,
        flip,
        icons.PATHS[name],
    )


@register.filter
def unlocalized(value: object) -> str:
    """A figure for an attribute: no separators."""
    return str(value if value is not None else 0)


@register.filter
def undo_address(message: Any) -> str:
    """The address that takes a deed back, from a message's tag `undo:/address`."""
    tags = (message.extra_tags or "").split()
    return next((tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:")), "")


register.filter("chart_json", charts.element)
register.filter("chart_rows", charts.rows)
register.filter("chart_cells", charts.heat_rows)


# ── lists ──


@register.simple_tag
def total_of(total: int | Mapping[str, Any] | None, page: Any) -> int | Mapping[str, Any] | None:
    """The total of a list; a list of one page has counted itself."""
    if page is not None and page != "" and not page.next and not page.previous:
        return {"count": len(page.items), "exact": True}
    return total


@register.filter
def estimated(total: int | Mapping[str, Any] | None) -> bool:
    """Whether a total is the planner's guess."""
    return not total.get("exact") if isinstance(total, Mapping) else total is not None


@register.filter
def total_text(total: int | Mapping[str, Any] | None) -> str:
    """The total of a list in words: `2,469`, `about 2,400`, `200 and more` where a search stopped looking."""
    if total is None:
        return ""
    count = total["count"] if isinstance(total, Mapping) else total
    shown = formats.number(count, 0)
    if isinstance(total, Mapping) and total.get("more"):
        return gettext("%(count)s and more") % {"count": shown}
    return gettext("about %(count)s") % {"count": shown} if estimated(total) else shown


@register.simple_tag(takes_context=True)
def cursor_address(context: Context, cursor: str) -> str:
    """This page's address at another place of its list."""
    query = context["request"].GET.copy()
    query["cursor"] = cursor
    return f"?{query.urlencode()}"


# ── components with and without a body ──


class ComponentNode(template.Node):
    """A template of `ui/` with a body; it sees its own variables and the request, not the page's."""

    def __init__(
        self, name: FilterExpression, values: Mapping[str, FilterExpression], nodelist: NodeList
    ) -> None:
        self.name, self.values, self.nodelist = name, values, nodelist

    def render(self, context: Context) -> SafeString:
        """The component around the body, which keeps the page's variables."""
        values = {name: value.resolve(context) for name, value in self.values.items()}
        values["body"] = self.nodelist.render(context)
        return _component(context, self.name.resolve(context), values)


def _component(context: Context, name: str, values: dict[str, Any]) -> SafeString:
    engine = context.template.engine if context.template else template.Engine.get_default()
    shared = {key: context.get(key) for key in ("request", "csrf_token", "viewer")}
    return engine.get_template(f"ui/{name}.html").render(context.new({**shared, **values}))


@register.tag("component")
def component(parser: Parser, token: Token) -> ComponentNode:
    """`{% component "card" title=_("Value") %} … {% endcomponent %}`."""
    _, name, *bits = token.split_contents()
    nodelist = parser.parse(("endcomponent",))
    parser.delete_first_token()
    return ComponentNode(parser.compile_filter(name), token_kwargs(bits, parser), nodelist)


@register.simple_tag(takes_context=True)
def reuse(context: Context, name: str) -> SafeString:
    """What a block of this page holds, once more: the heading is the title unless a page says otherwise."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return mark_safe(block.nodelist.render(context).strip() if block else "")  # rendered already


@register.simple_tag(takes_context=True)
def ui(context: Context, name: str, **values: Any) -> SafeString:
    """`{% ui "stat" label=… value=… %}`: a component without a body that sees only what it is given."""
    return _component(context, name, values)


# ── the ring and its kin: built here, because they stand in every row of a list ──

_RADII = {
    "sm": (24, 0.0, (3.0, 5.0, 7.0, 9.0, 11.0), 1.3),
    "md": (40, 8.5, (10.5, 12.75, 15.0, 17.25, 19.5), 1.4),
    "lg": (76, 17.0, (21.0, 25.0, 29.0, 33.0, 37.0), 2.5),
    "xl": (76, 17.0, (21.0, 25.0, 29.0, 33.0, 37.0), 2.5),
}


def strength_name(strength: int) -> str:
    """The word of a step of the ladder."""
    names = (
        pgettext("strength", "none"),
        pgettext("strength", "situation"),
        pgettext("strength", "informed"),
        pgettext("strength", "personal"),
        pgettext("strength", "present"),
        pgettext("strength", "delegate"),
    )
    return names[max(0, min(5, strength))]


def strength_label(strength: int) -> str:
    """What a ring says to those who do not see it."""
    said = {"strength": strength, "name": strength_name(strength)}
    return gettext("Permission strength %(strength)s of 5: %(name)s") % said


register.filter("strength_name", lambda strength: strength_name(int(strength or 0)))


@register.simple_tag
def ring(strength: int | None, mark: object = "", size: str = "md", label: str = "") -> SafeString:
    """Permission strength as concentric arcs round a mark: the house's signature."""
    step = int(strength or 0)
    box, core, radii, width = _RADII[size]
    middle = box / 2
    arcs = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="{}" stroke-width="{}"/>',
        (
            ("on", middle, middle, radius, width)
            if index < step
            else ("off", middle, middle, radius, width * 0.4)
            for index, radius in enumerate(radii)
        ),
    )
    letter = str(mark or "").strip()[:1].upper()
    inner = (
        format_html(
            '<circle class="core" cx="{0}" cy="{0}" r="{1}"/><text x="{0}" y="{0}" font-size="{1}">{2}</text>',
            middle,
            core,
            letter,
        )
        if core
        else ""
    )
    said = label or strength_label(step)
    return format_html(
        '<svg class="strength strength-{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        size, box, box, said, inner, arcs,
    )  # fmt: skip


@register.simple_tag
def dots(strength: int | None) -> SafeString:
    """Permission strength as five dots."""
    step = int(strength or 0)
    marks = mark_safe("".join('<i class="on"></i>' if index < step else "<i></i>" for index in range(5)))
    label = strength_label(step)
    return format_html(
        '<span class="dots" role="img" aria-label="{}" title="{}">{}</span>', label, label, marks
    )


@register.simple_tag
def avatar(name: object) -> SafeString:
    """The first letter of a name, where permission plays no part."""
    letter = escape(str(name or "·").strip()[:1].upper())
    return SafeString(f'<span class="avatar" aria-hidden="true">{letter}</span>')


@register.simple_tag
def badge(text: object, tone: str = "quiet") -> SafeString:
    """A short state in a word."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, text)


@register.simple_tag
def proof(state: str, text: str = "") -> SafeString:
    """What an effect was proved to be: `improved`, `none` or `worse`."""
    words = {"improved": gettext("Improved"), "none": gettext("No proof yet"), "worse": gettext("Worse")}
    return format_html('<span class="proof proof-{}"><b>{}</b> {}</span>', state, words[state], text)


@register.simple_tag
def simulated() -> SafeString:
    """The word beside whatever was simulated and not measured."""
    title = gettext("Made by a simulation, not measured")
    return format_html('<span class="simulated" title="{}">{}</span>', title, gettext("simulated"))


@register.simple_tag
def why(href: str) -> SafeString:
    """The quiet word that opens the reasons of a figure, an offer or a refusal."""
    return format_html('<a class="why" href="{}">{}</a>', href, pgettext("opens the reasons", "why"))


def _share(value: float, low: float, high: float) -> float:
    return round(100 * max(0.0, min(1.0, (float(value) - low) / ((high - low) or 1.0))), 2)


@register.simple_tag
def interval(
    label: str,
    lo: float,
    value: float,
    hi: float,
    low: float,
    high: float,
    text: str = "",
    series: int = 1,
    warn: bool = False,
) -> SafeString:
    """A measure with its interval on a common scale: label, drawn band with a mark, figure."""
    start, mark, end = (_share(number, float(low), float(high)) for number in (lo, value, hi))
    shown = text or formats.number(value, 1)
    said = gettext("%(label)s: %(value)s, likely between %(lo)s and %(hi)s") % {
        "label": label, "value": shown, "lo": formats.number(lo, 1), "hi": formats.number(hi, 1),
    }  # fmt: skip
    return format_html(
        '<div class="measure series-{}"><span>{}</span>'
        '<svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" x="0" y="3" width="100" height="6" rx="1"/>'
        '<rect class="band" x="{}" y="3" width="{}" height="6" rx="1"/>'
        '<rect class="mark" x="{}" y="0" width="1.4" height="12"/></svg><b{}>{}</b></div>',
        series, label, said, start, max(end - start, 0.5), max(0.0, mark - 0.7),
        mark_safe(' class="warn"') if warn else "", shown,
    )  # fmt: skip


@register.simple_tag
def spread(lo: float, value: float, hi: float, low: float, high: float, series: int = 1) -> SafeString:
    """An interval alone, under a figure that stands in full."""
    start, mark, end = (_share(number, float(low), float(high)) for number in (lo, value, hi))
    return format_html(
        '<svg class="interval series-{} mt-2" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" x="0" y="3" width="100" height="6" rx="1"/>'
        '<rect class="band" x="{}" y="3" width="{}" height="6" rx="1"/>'
        '<rect class="mark" x="{}" y="0" width="0.8" height="12"/></svg>',
        series, start, max(end - start, 0.5), max(0.0, mark - 0.4),
    )  # fmt: skip


@register.simple_tag
def fifths(step: int | None) -> SafeString:
    """A place among the fifths of all customers, as five dots."""
    place = int(step or 0)
    marks = mark_safe("".join('<i class="on"></i>' if index < place else "<i></i>" for index in range(5)))
    label = gettext("%(place)s of 5") % {"place": place}
    return format_html(
        '<span class="dots dots-plain" role="img" aria-label="{}" title="{}">{}</span>', label, label, marks
    )


@register.simple_tag
def sharebar(parts: Sequence[tuple[str, float, str]]) -> SafeString:
    """Shares of a whole, drawn as one bar with its legend; negative parts are listed and not drawn."""
    whole = sum(max(float(number), 0.0) for _, number, _ in parts) or 1.0
    drawn, legend, at = [], [], 0.0
    for index, (label, number, text) in enumerate(parts):
        width = round(100 * max(float(number), 0.0) / whole, 2)
        drawn.append((index % 8 + 1, at, max(width - 0.6, 0.0)))
        legend.append((index % 8 + 1, label, text))
        at = round(at + width, 2)
    return format_html(
        '<svg class="sharebar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
        '<div class="parts">{}</div>',
        format_html_join("", '<rect class="series-{}" x="{}" y="0" width="{}" height="8"/>', drawn),
        format_html_join("", '<i class="series-{}"></i><span>{}</span><b>{}</b>', legend),
    )


@register.simple_tag
def keys(*names: str) -> SafeString:
    """Keys to press, such as Ctrl K."""
    return format_html(
        '<span class="keys">{}</span>', format_html_join("", "<kbd>{}</kbd>", ((name,) for name in names))
    )


@register.simple_tag
def crumb(url_name: str, label: str, *arguments: object) -> SafeString:
    """One step of the way here."""
    return format_html('<a href="{}">{}</a>', reverse(url_name, args=arguments), label)


@register.simple_tag(takes_context=True)
def side_link(context: Context, url_name: str, label: str) -> SafeString:
    """A line of a list of pages beside a page; nothing where the page does not exist."""
    try:
        href = reverse(url_name)
    except NoReverseMatch:
        return mark_safe("")
    here = mark_safe(' aria-current="page"') if context["request"].path == href else ""
    return format_html('<a href="{}"{}>{}</a>', href, here, label)


@register.simple_tag(takes_context=True)
def bar_link(context: Context, url_name: str, drawing: str, label: str) -> SafeString:
    """A place of the bar under the thumb; nothing where the page does not exist."""
    try:
        href = reverse(url_name)
    except NoReverseMatch:
        return mark_safe("")
    path = context["request"].path
    # The home of the bar stands for whatever has no place of its own there.
    here = (
        mark_safe(' aria-current="page"')
        if path == href or (href.count("/") > 2 and path.startswith(href))
        else ""
    )
    return format_html('<li><a href="{}"{}>{}{}</a></li>', href, here, icon(drawing), label)


@register.filter
def today_words(now: datetime) -> str:
    """The day by the enterprise's clock, in words."""
    return formats.day_long(now)


@register.simple_tag
def timeline_lines(lines: Iterable[Any]) -> SafeString:
    """Lines of a timeline with a heading wherever the day changes; stands in `<ol class="timeline">`.

    In one go, as the rows of lists: a line has {time, kind, title, detail, quote, href, why, simulated}.
    """
    written, heading = [], ""
    for line in lines:
        said = formats.day_heading(_of(line, "time"))
        if said != heading:
            heading = said
            written.append(f'<li class="day">{escape(said)}</li>')
        written.append(_timeline_line(line))
    return SafeString("".join(written))


def _of(line: Any, name: str) -> Any:
    return line.get(name) if isinstance(line, Mapping) else getattr(line, name, "")


def _timeline_line(line: Any) -> str:
    at, title, href = _of(line, "time"), escape(str(_of(line, "title"))), _of(line, "href")
    detail, quote, reasons = (_of(line, name) for name in ("detail", "quote", "why"))
    head = f'<a href="{escape(href)}">{title}</a>' if href else title
    parts = [
        f' <span class="detail">· {escape(str(detail))}</span>' if detail else "",
        f" {simulated()}" if _of(line, "simulated") else "",
        f" {why(reasons)}" if reasons else "",
    ]
    said = f'<p class="quote">{escape(str(quote))}</p>' if quote else ""
    return (
        f'<li class="line kind-{escape(_of(line, "kind") or "system")}">'
        f'<time datetime="{at.isoformat()}" title="{escape(formats.exact(at))}">{escape(formats.line_time(at))}</time>'
        f'<span class="knot" aria-hidden="true"></span><div><p>{head}{"".join(parts)}</p>{said}</div></li>'
    )


# ── forms ──

_CLASSES: tuple[tuple[type[Widget], str], ...] = (
    (CheckboxInput, "checkbox checkbox-sm"),
    (SelectMultiple, "select h-auto"),
    (Select, "select"),
    (Textarea, "textarea"),
    (Widget, "input"),
)


def _kind(widget: Widget) -> str:
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "file" if isinstance(widget, (FileInput, ClearableFileInput)) else "plain"


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, label: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors."""
    widget = bound.field.widget
    kind = _kind(widget)
    classes = next(classes for sort, classes in _CLASSES if isinstance(widget, sort))
    attributes: dict[str, str | bool] = (
        {} if kind in ("choices", "file") else {"class": f"{classes} {widget.attrs.get('class', '')}".strip()}
    )
    return {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "control": bound.as_widget(attrs=attributes) if kind != "choices" else "",
        # A CheckboxSelectMultiple is a RadioSelect to Django.
        "choice_class": "checkbox checkbox-sm"
        if isinstance(widget, CheckboxSelectMultiple)
        else "radio radio-sm",
    }


@register.inclusion_tag("ui/fields.html")
def fields(form: Any) -> dict[str, Any]:
    """All fields of a form, with what is wrong with it as a whole."""
    return {"form": form}


@register.simple_tag(takes_context=True)
def live_topic(context: Context, kind: str, subject: UUID | str) -> SafeString:
    """Attributes of an element that fetches its part anew when the topic says that something changed."""
    viewer = context.get("viewer") or tenancy.current()
    topic = live.topic(kind, subject, viewer)
    return format_html('data-topic="{}" data-live="{}" hx-trigger="live"', topic, live.sign([topic]))
