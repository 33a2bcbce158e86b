"""The builder's tree and the text of a condition: two views of one thing. Pure.

The tree compiles to text; a text opens as a tree where the builder can say it, and stays text where it cannot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from guanxi.core.catalogue import ValueType
from guanxi.core.conditions import Condition, tree

OPERATORS = ("==", "!=", ">", ">=", "<", "<=")
DEEPEST = 4


class NotBuildable(Exception):
    """The builder has no form for a part of the text."""


@dataclass(slots=True)
class Row:
    """One plain condition.

    Attributes:
        what: `fact:<attribute>`, `events`, `total`, `segment`, `list` or `chance`.
        negated: Whether its opposite is meant.
        given: What its fields say, by name.
    """

    what: str = ""
    negated: bool = False
    given: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """Conditions that all hold, or one of them, or not; `held` for so many days where that is asked."""

    every: bool = True
    negated: bool = False
    held: str = ""
    items: list["Row | Group"] = field(default_factory=list)


# --- tree to text


def text_of(group: Group, kinds: Mapping[str, ValueType]) -> str:
    """The text that a tree says; what is not filled in is left out."""
    return _group(group, kinds, outermost=True)


def _group(group: Group, kinds: Mapping[str, ValueType], *, outermost: bool = False) -> str:
    texts = [_group(one, kinds) if isinstance(one, Group) else _row(one, kinds) for one in group.items]
    texts = [text for text in texts if text]
    joined = (" && " if group.every else " || ").join(texts)
    if not texts:
        return ""
    if group.held:
        joined = f"held({joined}, days({group.held}))"
    elif len(texts) > 1 and (group.negated or not outermost):
        joined = f"({joined})"
    if not group.negated:
        return joined
    return f"!{joined}" if group.held or len(texts) > 1 else f"!({joined})"


def _row(row: Row, kinds: Mapping[str, ValueType]) -> str:
    kind, _colon, name = row.what.partition(":")
    writer = _WRITERS.get(kind)
    text = writer(row.given, name, kinds) if writer else ""
    return f"!({text})" if text and row.negated else text


def quoted(text: str) -> str:
    """A text as a literal of the language."""
    letters = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(letters.get(letter, letter) for letter in text) + '"'


def _fact(given: Mapping[str, str], name: str, kinds: Mapping[str, ValueType]) -> str:
    kind, operator, value = kinds.get(name), given.get("operator", ""), given.get("value", "").strip()
    if operator == "known":
        return f"has({name})"
    if kind is ValueType.BOOL:
        return name
    if not value:
        return ""
    if kind is ValueType.TIMESTAMP:
        return f"now - {name} {'<' if operator == 'within' else '>'} days({value})"
    if operator in ("contains", "startsWith", "endsWith"):
        return f"{name}.{operator}({quoted(value)})"
    operator = operator if operator in OPERATORS else "=="
    return f"{name} {operator} {quoted(value) if kind is ValueType.STRING else value}"


def _past(function: str, given: Mapping[str, str]) -> str:
    type_, value = given.get("type", "").strip(), given.get("value", "").strip()
    if not type_ or not value:
        return ""
    days = given.get("days", "").strip()
    window = f", days({days})" if days else ""
    operator = given.get("operator", "")
    return f"{function}({quoted(type_)}{window}) {operator if operator in OPERATORS else '>='} {value}"


def _company(function: str, given: Mapping[str, str]) -> str:
    name = given.get("name", "").strip()
    return f"{function}({quoted(name)})" if name else ""


def _chance(given: Mapping[str, str]) -> str:
    share = given.get("value", "").strip()
    return f"bucket({quoted(given.get('name', '').strip() or 'sample')}, 100) < {share}" if share else ""


_WRITERS: Mapping[str, Any] = {
    "fact": _fact,
    "events": lambda given, name, kinds: _past("events", given),
    "total": lambda given, name, kinds: _past("total", given),
    "segment": lambda given, name, kinds: _company("in_segment", given),
    "list": lambda given, name, kinds: _company("in_list", given),
    "chance": lambda given, name, kinds: _chance(given),
}


# --- text to tree


def tree_of(condition: Condition) -> Group:
    """The tree of a condition.

    Raises:
        NotBuildable: The builder has no form for a part of it.
    """
    opened = _opened(condition.tree)
    return opened if isinstance(opened, Group) else Group(items=[opened])


def _opened(node: tree.Node) -> Row | Group:
    match node:
        case tree.All(parts=parts) | tree.Some(parts=parts):
            return Group(every=isinstance(node, tree.All), items=[_opened(part) for part in parts])
        case tree.Held(part=part, least=least):
            inner = _opened(part)
            group = (
                inner
                if isinstance(inner, Group) and not inner.held and not inner.negated
                else Group(items=[inner])
            )
            group.held = _days(least)
            return group
        case tree.Not(part=part):
            inner = _opened(part)
            if inner.negated:
                return Group(negated=True, items=[inner])
            inner.negated = True
            return inner
        case _:
            return _leaf(node)


def _leaf(node: tree.Node) -> Row:
    match node:
        case tree.Has(attribute=attribute):
            return Row(f"fact:{attribute.name}", given={"operator": "known"})
        case tree.Known(attribute=attribute):
            return Row(f"fact:{attribute.name}", given={"operator": "=="})
        case tree.TextTest(
            method=method, subject=tree.Known(attribute=attribute), pattern=tree.Constant(value=value)
        ):
            return Row(f"fact:{attribute.name}", given={"operator": method, "value": str(value)})
        case tree.Asked(function="in_segment" | "in_list" as function, subject=subject):
            return Row("segment" if function == "in_segment" else "list", given={"name": subject})
        case tree.Comparison():
            return _compared(node)
        case _:
            raise NotBuildable


def _compared(node: tree.Comparison) -> Row:
    left, right = node.left, node.right
    if isinstance(left, tree.Known) and isinstance(right, tree.Shift) and isinstance(right.part, tree.Now):
        # now - x > days(n) has become x < now - n days.
        if node.operator not in ("<", ">") or right.by > timedelta(0):
            raise NotBuildable
        operator = "before" if node.operator == "<" else "within"
        return Row(f"fact:{left.attribute.name}", given={"operator": operator, "value": _days(-right.by)})
    if not isinstance(right, tree.Constant):
        raise NotBuildable
    value = _plain(right)
    if isinstance(left, tree.Known) and left.type not in (ValueType.TIMESTAMP, ValueType.BOOL):
        return Row(f"fact:{left.attribute.name}", given={"operator": node.operator, "value": value})
    if isinstance(left, tree.Asked) and left.function in ("events", "total") and not left.where:
        days = str(left.days) if left.days else ""
        given = {"type": left.subject, "days": days, "operator": node.operator, "value": value}
        return Row(left.function, given=given)
    if (
        isinstance(left, tree.Asked)
        and left.function == "bucket"
        and left.parts == 100
        and node.operator == "<"
    ):
        return Row("chance", given={"name": left.subject, "value": value})
    raise NotBuildable


def _plain(constant: tree.Constant) -> str:
    if isinstance(constant.value, Decimal):
        return format(constant.value, "f")
    return constant.text if constant.text and not isinstance(constant.value, str) else str(constant.value)


def _days(length: timedelta) -> str:
    if length <= timedelta(0) or length % timedelta(days=1):
        raise NotBuildable
    return str(length.days)


# --- the tree as fields of a form


def read(given: Mapping[str, str], places: Sequence[str]) -> Group:
    """The tree that a form sent: `places` are its nodes as `0.1:row`, each field `0.1.value`."""
    nodes: dict[str, Row | Group] = {}
    for entry in places[:200]:
        path, _colon, kind = entry.partition(":")
        mine = {key[len(path) + 1 :]: value for key, value in given.items() if key.startswith(f"{path}.")}
        fields = {key: value for key, value in mine.items() if "." not in key}
        negated = fields.pop("negated", "") == "1"
        if kind == "row":
            nodes[path] = Row(fields.pop("what", ""), negated, fields)
        else:
            held = fields.get("held", "").strip()
            nodes[path] = Group(fields.get("every", "1") == "1", negated, held if held.isdigit() else "")
        parent = nodes.get(path.rpartition(".")[0])
        if isinstance(parent, Group):
            parent.items.append(nodes[path])
    root = nodes.get("0")
    return root if isinstance(root, Group) else Group(items=[Row()])


def act(root: Group, deed: str) -> None:
    """Do what a button of the form says: `row:0`, `group:0`, `remove:0.1`."""
    verb, _colon, path = deed.partition(":")
    if verb == "remove":
        parent, _dot, last = path.rpartition(".")
        holder = _at(root, parent)
        if holder and last.isdigit() and int(last) < len(holder.items):
            del holder.items[int(last)]
        return
    holder = _at(root, path)
    if holder is not None and verb == "row":
        holder.items.append(Row())
    elif holder is not None and verb == "group" and path.count(".") + 1 < DEEPEST:
        holder.items.append(Group(every=not holder.every, items=[Row()]))


def _at(root: Group, path: str) -> Group | None:
    """The group at a place; places count from 0 at each level, the root is 0."""
    here: Row | Group = root
    for step in path.split(".")[1:]:
        if not isinstance(here, Group) or not step.isdigit() or int(step) >= len(here.items):
            return None
        here = here.items[int(step)]
    return here if isinstance(here, Group) else None


@dataclass(frozen=True, slots=True)
class Placed:
    """A node with its place, as the template draws it."""

    path: str
    node: Row | Group
    deeper: bool
    items: tuple["Placed", ...] = ()

    @property
    def is_group(self) -> bool:
        return isinstance(self.node, Group)


def placed(node: Row | Group, path: str = "0") -> Placed:
    """The tree with its places."""
    items = node.items if isinstance(node, Group) else []
    deeper = path.count(".") + 1 < DEEPEST
    return Placed(path, node, deeper, tuple(placed(one, f"{path}.{n}") for n, one in enumerate(items)))
