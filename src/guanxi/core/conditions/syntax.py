"""From text to a small tree of our own: cel-python's grammar reads, nothing of cel-python evaluates."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celpy.celparser import CELParseError, CELParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from lark import Token, Tree

from guanxi.core import catalogue
from guanxi.core.conditions.errors import BadSyntax, ConditionError, NotOffered, TooLarge

LONGEST_TEXT = 10_000
DEEPEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the text, from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Part):
    """A constant; `text` is how a number was written, so that money stays exact."""

    value: int | float | str | bool
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Part):
    """A name with its dots."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Part):
    """`function(arguments)`, or `subject.function(arguments)`."""

    function: str
    subject: Part | None
    arguments: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Part):
    """An operator between its operands; `&&` and `||` hold a whole chain."""

    operator: str
    operands: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Part):
    """A list written out."""

    items: tuple[Part, ...]


_OPERATORS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}


def read(text: str) -> Part:
    """The tree of a condition's text.

    Raises:
        ConditionError: It is not CEL, or CEL that we do not offer.
    """
    if len(text) > LONGEST_TEXT:
        raise TooLarge(start=LONGEST_TEXT, end=len(text))
    if not catalogue.is_storable(text):
        raise BadSyntax(start=0, end=len(text), found=_("a character that cannot be stored"))
    try:
        tree = CELParser().parse(text)
    except CELParseError as error:
        raise _syntax_error(text, error) from error
    return _Reader(text).part(tree, 0)


def _syntax_error(text: str, error: CELParseError) -> ConditionError:
    lines = text.splitlines(keepends=True)
    line, column = error.line or 0, error.column or 0
    # At the end of the text Lark names the place of the last token, or none.
    token = getattr(error.__context__, "token", None)
    at_end = line < 1 or line > len(lines) or getattr(token, "type", "") == "$END"
    start = len(text) if at_end else min(sum(map(len, lines[: line - 1])) + column - 1, len(text))
    found = text[start : start + 12] or _("the end of the text")
    return BadSyntax(start=start, end=min(start + 1, len(text)), found=found)


class _Reader:
    """Walks Lark's tree; single-child levels of the grammar are passed through without recursion."""

    def __init__(self, text: str) -> None:
        self.text = text

    def part(self, tree: Tree[Token], depth: int) -> Part:
        while len(tree.children) == 1 and tree.data in _PASSED:
            tree = _subtree(tree.children[0])
        start, end = _span(tree, self.text)
        if depth > DEEPEST:
            raise TooLarge(start=start, end=end)
        reader = _READERS.get(str(tree.data))
        if reader is None:
            raise NotOffered(start=start, end=end, what=self.text[start:end][:40], instead="")
        return reader(self, tree, start, end, depth + 1)

    def parts(self, tree: Tree[Token] | None, depth: int) -> tuple[Part, ...]:
        return tuple(self.part(_subtree(child), depth) for child in tree.children) if tree else ()

    def choice(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        return Operation(start=start, end=end, operator="?:", operands=self.parts(tree, depth))

    def chain(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        # a && b && c is ((a) && b) && c in the grammar: unrolled, so that long chains need no depth.
        rule, operands = tree.data, []
        while tree.data == rule and len(tree.children) == 2:
            operands.append(self.part(_subtree(tree.children[1]), depth))
            tree = _subtree(tree.children[0])
        operands.append(self.part(tree, depth))
        operator = "||" if rule == "conditionalor" else "&&"
        return Operation(start=start, end=end, operator=operator, operands=tuple(reversed(operands)))

    def binary(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        holder = _subtree(tree.children[0])
        operands = (
            self.part(_subtree(holder.children[0]), depth),
            self.part(_subtree(tree.children[1]), depth),
        )
        return Operation(start=start, end=end, operator=_OPERATORS[str(holder.data)], operands=operands)

    def unary(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        operator = "!" if _subtree(tree.children[0]).data == "unary_not" else "-"
        operand = self.part(_subtree(tree.children[1]), depth)
        return Operation(start=min(start, operand.start), end=end, operator=operator, operands=(operand,))

    def name(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        return Name(start=start, end=end, name=str(tree.children[0]))

    def dotted(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        before = self.part(_subtree(tree.children[0]), depth)
        if not isinstance(before, Name):
            raise NotOffered(start=start, end=end, what=self.text[start:end][:40], instead="")
        return Name(start=start, end=end, name=f"{before.name}.{tree.children[1]}")

    def call(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        arguments = self.parts(_subtree(tree.children[1]) if len(tree.children) > 1 else None, depth)
        return Call(start=start, end=end, function=str(tree.children[0]), subject=None, arguments=arguments)

    def method(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        subject = self.part(_subtree(tree.children[0]), depth)
        arguments = self.parts(_subtree(tree.children[2]) if len(tree.children) > 2 else None, depth)
        return Call(
            start=start, end=end, function=str(tree.children[1]), subject=subject, arguments=arguments
        )

    def listing(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        items = self.parts(_subtree(tree.children[0]) if tree.children else None, depth)
        return Listing(start=start, end=end, items=items)

    def literal(self, tree: Tree[Token], start: int, end: int, depth: int) -> Part:
        token = tree.children[0]
        assert isinstance(token, Token), "the grammar's literal holds one token"
        if token.type in _REFUSED_LITERALS:
            what, instead = _REFUSED_LITERALS[token.type]
            raise NotOffered(start=start, end=end, what=_(what), instead=_(instead))
        value = _LITERALS[token.type](str(token), start, end)
        return Literal(start=start, end=end, value=value, text=str(token))


def _subtree(child: Any) -> Tree[Token]:
    assert isinstance(child, Tree), f"the grammar has a tree here, not {child!r}"
    return child


def _span(tree: Tree[Token], text: str) -> tuple[int, int]:
    # A rule without tokens (the `!` and `-` of the grammar) has no position of its own.
    start, end = getattr(tree.meta, "start_pos", 0), getattr(tree.meta, "end_pos", len(text))
    return start, end


_PASSED = {
    *("expr", "conditionalor", "conditionaland", "relation", "addition", "multiplication"),
    *("unary", "member", "primary", "paren_expr"),
}
_READERS: dict[str, Callable[[_Reader, Tree[Token], int, int, int], Part]] = {
    "expr": _Reader.choice,
    "conditionalor": _Reader.chain,
    "conditionaland": _Reader.chain,
    "relation": _Reader.binary,
    "addition": _Reader.binary,
    "multiplication": _Reader.binary,
    "unary": _Reader.unary,
    "ident": _Reader.name,
    "member_dot": _Reader.dotted,
    "member_dot_arg": _Reader.method,
    "ident_arg": _Reader.call,
    "list_lit": _Reader.listing,
    "literal": _Reader.literal,
}
_REFUSED_LITERALS = {
    "NULL_LIT": ("null", gettext_noop("Ask has(…) whether something is known.")),
    "UINT_LIT": (gettext_noop("An unsigned number"), gettext_noop("Write it without u.")),
    "BYTES_LIT": (gettext_noop("A byte string"), gettext_noop("Write it without b.")),
}


def _whole(text: str, start: int, end: int) -> int:
    value = int(text, 16) if "x" in text.lower() else int(text)
    if abs(value) > catalogue.SAFE_INTEGER:
        raise NotOffered(start=start, end=end, what=text[:40], instead=_("Whole numbers end at 2^53."))
    return value


def _real(text: str, start: int, end: int) -> float:
    value = float(text)
    if not (value == 0 or catalogue.SMALLEST_DOUBLE <= abs(value) <= catalogue.DOUBLE_LIMIT):
        raise NotOffered(
            start=start, end=end, what=text[:40], instead=_("The number is too large or too small.")
        )
    # -0.0 and 0.0 are equal everywhere, and only one of them is the same text everywhere.
    return value + 0.0


_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", flags=re.DOTALL
)
_SIMPLE_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    **{letter: letter for letter in "\\\"'`?"},
}


def _string(text: str, start: int, end: int) -> str:
    raw = text[0] in "rR"
    body = text[1:] if raw else text
    quote = 3 if len(body) >= 6 and body[:3] in ('"""', "'''") else 1
    body = body[quote:-quote]
    value = body if raw else _ESCAPE.sub(lambda match: _unescape(match, start, end), body)
    if not catalogue.is_storable(value):
        raise NotOffered(
            start=start, end=end, what=_("This character"), instead=_("No database can store it.")
        )
    return value


def _unescape(match: re.Match[str], start: int, end: int) -> str:
    short, middle, long, octal, simple = match.groups()
    code = int(octal, 8) if octal else int(short or middle or long or "0", 16)
    if simple is None and code <= 0x10FFFF:
        return chr(code)
    if simple not in _SIMPLE_ESCAPES:
        raise BadSyntax(start=start, end=end, found=match[0])
    return _SIMPLE_ESCAPES[simple]


_LITERALS: dict[str, Callable[[str, int, int], int | float | str | bool]] = {
    "INT_LIT": _whole,
    "FLOAT_LIT": _real,
    "STRING_LIT": _string,
    "MLSTRING_LIT": _string,
    "BOOL_LIT": lambda text, start, end: text == "true",
}
