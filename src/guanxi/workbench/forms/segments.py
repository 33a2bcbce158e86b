"""The editor of a segment: what a form sends, as a tree and as text. Input only; what it means is the market's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from guanxi.core.catalogue import Attribute, ValueType, Vocabulary
from guanxi.core.conditions import Condition
from guanxi.core.schemas import registered
from guanxi.market.segments import builder
from guanxi.market.segments.builder import Group, NotBuildable, Placed, Row

_COMPARED = {
    "==": _("is"),
    "!=": _("is not"),
    ">": _("more than"),
    ">=": _("at least"),
    "<": _("less than"),
    "<=": _("at most"),
}
_KNOWN = {"known": _("is known")}
OPERATORS: Mapping[ValueType, Mapping[str, Any]] = {
    ValueType.STRING: {
        "==": _("is"), "!=": _("is not"), "contains": _("contains"), "startsWith": _("begins with"), **_KNOWN
    },
    ValueType.BOOL: {"==": pgettext_lazy("condition", "is so"), **_KNOWN},
    ValueType.TIMESTAMP: {"within": _("within the last days"), "before": _("longer ago than days"), **_KNOWN},
}  # fmt: skip
NUMERIC = {**_COMPARED, **_KNOWN}
COMPANY = (
    ("events", _("How often something happened")),
    ("total", _("How much money something was for")),
    ("segment", _("Is in a segment")),
    ("list", _("Is on a list")),
    ("chance", _("A random part")),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node of the tree with what its fields show.

    Attributes:
        operators, names, choices: What can be chosen; None where nothing is to be.
        valued, numeric: Whether a value is written, and whether it is a number.
    """

    path: str
    node: Row | Group
    is_group: bool
    deeper: bool
    items: tuple["Drawn", ...] = ()
    kind: str = ""
    attribute: Attribute | None = None
    operators: tuple[tuple[str, Any], ...] = ()
    names: list[str] | None = None
    choices: tuple[tuple[str, Any], ...] = ()
    valued: bool = False
    numeric: bool = False

    @property
    def given(self) -> Mapping[str, str]:
        return self.node.given if isinstance(self.node, Row) else {}

    @property
    def company(self) -> Any:
        return COMPANY

    @property
    def past(self) -> bool:
        return self.kind in ("events", "total")


@dataclass(slots=True)
class Editor:
    """A segment as the page edits it: clicked together (`tree`), or written (`tree` None)."""

    name: str
    note: str
    text: str
    tree: Group | None
    words: Vocabulary
    unbuildable: bool = False

    @property
    def drawn(self) -> "Drawn | None":
        """The tree as the template draws it."""
        return _drawn(self, builder.placed(self.tree)) if self.tree else None

    @property
    def attributes(self) -> list[Attribute]:
        return list(self.words)

    @property
    def event_types(self) -> list[str]:
        return list(registered())

    @property
    def segments(self) -> list[str]:
        return sorted(self.words.names("in_segment") or ())

    @property
    def lists(self) -> list[str]:
        return sorted(self.words.names("in_list") or ())


def sent(given: QueryDict, words: Vocabulary, opened: Condition | None) -> Editor:
    """What a form sent, with what its button did; `opened` is the text's condition where it has one."""
    editor = Editor(given.get("name", ""), given.get("note", ""), given.get("condition", ""), None, words)
    deed = given.get("do", "")
    if given.get("mode") == "tree":
        editor.tree = builder.read(given.dict(), given.getlist("at"))  # type: ignore[arg-type]  # texts, all of them
        builder.act(editor.tree, deed)
        editor.text = builder.text_of(editor.tree, kinds(words))
        if deed == "text":
            editor.tree = None
    elif deed == "tree":
        _open(editor, opened)
    return editor


def stored(name: str, note: str, text: str, words: Vocabulary, opened: Condition | None) -> Editor:
    """A segment as it stands, clicked together where that can be."""
    editor = Editor(name, note, text, None, words)
    _open(editor, opened)
    return editor


def kinds(words: Vocabulary) -> dict[str, ValueType]:
    """The types of attributes by name."""
    return {each.name: each.type for each in words}


def _open(editor: Editor, opened: Condition | None) -> None:
    if not editor.text.strip():
        editor.tree = Group(items=[Row()])
        return
    try:
        editor.tree = builder.tree_of(opened) if opened else None
    except NotBuildable:
        editor.tree = None
    editor.unbuildable = editor.tree is None


def _drawn(editor: Editor, place: Placed) -> Drawn:
    node = place.node
    if isinstance(node, Group):
        items = tuple(_drawn(editor, one) for one in place.items)
        return Drawn(place.path, node, True, place.deeper, items)
    kind, _colon, name = node.what.partition(":")
    attribute = editor.words.get(name) if kind == "fact" else None
    facts = _fact_fields(attribute, node.given) if attribute else _company_fields(editor, kind)
    return Drawn(place.path, node, False, place.deeper, kind=kind, attribute=attribute, **facts)


def _fact_fields(attribute: Attribute, given: Mapping[str, str]) -> dict[str, Any]:
    numeric = attribute.type in (ValueType.INT, ValueType.DOUBLE, ValueType.MONEY)
    operators = tuple((NUMERIC if numeric else OPERATORS[attribute.type]).items())
    valued = attribute.type is not ValueType.BOOL and given.get("operator") != "known"
    choices = tuple((attribute.values or {}).items()) if valued else ()
    return {
        "operators": operators,
        "valued": valued,
        "numeric": attribute.type is not ValueType.STRING,
        "choices": choices,
    }


def _company_fields(editor: Editor, kind: str) -> dict[str, Any]:
    match kind:
        case "events" | "total":
            return {"operators": tuple(_COMPARED.items()), "valued": True, "numeric": True}
        case "segment" | "list":
            return {"names": editor.segments if kind == "segment" else editor.lists}
        case "chance":
            return {"valued": True, "numeric": True}
        case _:
            return {}
