"""The vocabulary of these tests, and strategies that write conditions and invent customers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from guanxi.core import conditions
from guanxi.core.catalogue import Attribute, Vocabulary

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
VOCABULARY = Vocabulary(
    [
        Attribute("orders.count", "int", "Orders", low=0, high=1_000_000),
        Attribute("orders.balance", "int", "Orders less returns", low=-1_000, high=1_000),
        Attribute("orders.last_at", "timestamp", "Last order"),
        Attribute("orders.first_at", "timestamp", "First order"),
        Attribute("value.ratio", "double", "Ratio", low=-1e6, high=1e6),
        Attribute("value.share", "double", "Share", low=0, high=1),
        Attribute("money.spent", "money", "Spent", low=-1_000_000, high=1_000_000),
        Attribute("money.due", "money", "Due", low=0, high=100_000),
        Attribute("who.city", "string", "City"),
        Attribute("who.name", "string", "Name"),
        Attribute("who.vip", "bool", "VIP"),
        Attribute("who.member", "bool", "Member"),
        Attribute("needs.tags", "list<string>", "Needs"),
    ]
)

# What is asked beside attributes: the answers stand in the facts under the key of the question.
COUNTS = ['events("order.placed", days(90))', 'events("page.viewed")', 'bucket("spring", 100)']
SUMS = ['total("order.placed", days(30), event.store == "s1")']
COMPANY = ['in_segment("VIP")', 'in_list("friends")']
STATES = ["orders.count > 3", "who.vip && money.spent > 5"]
HELD = [f'held({state}, duration("{length}"))' for state in STATES for length in ("1h", "72h", "240h")]
ASKED = {
    node.key: node
    for text in [f"{count} > 1" for count in COUNTS] + [f"{amount} > 1" for amount in SUMS] + COMPANY + HELD
    for node in conditions.parse(text, VOCABULARY).asked
}

# Words with a quote, a backslash, a percent sign, letters beyond 16 bits, capitals that locales sort otherwise.
WORDS = [
    "",
    "a",
    "B",
    "b",
    "é",
    "张三",
    "张三😀",
    "😀",
    "o'clock",
    'say "hi"',
    "back\\slash",
    "100%_",
    "\n",
    "\uffee",
]
_words = st.sampled_from(WORDS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
)
_moments = st.datetimes(
    NOW.replace(tzinfo=None) - timedelta(days=40),
    NOW.replace(tzinfo=None) + timedelta(days=40),
    timezones=st.just(UTC),
) | st.sampled_from(
    [NOW, NOW - timedelta(days=1), NOW - timedelta(hours=72), datetime(1900, 1, 1, tzinfo=UTC)]
)
_doubles = st.sampled_from([0.0, 0.1, 0.2, 0.3, -0.5, 1.0, 1e-9, 2.5]) | st.floats(
    -1e6, 1e6, allow_subnormal=False
)
_amounts = st.integers(-10_000, 10_000).map(lambda minor: Decimal(minor).scaleb(-2))
_VALUES = {
    "orders.count": st.integers(0, 12) | st.integers(0, 1_000_000),
    "orders.balance": st.integers(-12, 12),
    "orders.last_at": _moments,
    "orders.first_at": _moments,
    "value.ratio": _doubles,
    "value.share": st.sampled_from([0.0, 0.1, 0.3, 1.0]),
    "money.spent": _amounts,
    "money.due": _amounts.map(abs),
    "who.city": _words,
    "who.name": _words,
    "who.vip": st.booleans(),
    "who.member": st.booleans(),
    "needs.tags": st.lists(_words, max_size=3),
}


_ANSWERS = {
    "events": st.integers(0, 5),
    "bucket": st.integers(0, 99),
    "total": _amounts,
    "in_segment": st.booleans(),
    "in_list": st.booleans(),
    "since": st.none() | _moments,
}


@st.composite
def customers(draw):
    """Facts as an engine would hold them: the border has cleaned them, a fact may be unknown."""
    facts = {}
    for attribute in VOCABULARY:
        value = draw(st.none() | _VALUES[attribute.name])
        facts[attribute.name] = attribute.clean(value)
    for key, node in ASKED.items():
        facts[key] = draw(_ANSWERS[node.function])
    return facts


def quoted(text):
    """The text as a CEL literal."""
    letters = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
    return '"' + "".join(letters.get(letter, letter) for letter in text) + '"'


def _literal(kind):
    return {
        "int": st.integers(-12, 12).map(str),
        "double": st.sampled_from(["0.1", "0.2", "0.3", "-0.5", "1.0", "2.5", "1e-9", "3", "1e3"]),
        "money": st.sampled_from(["0", "1", "-5", "0.10", "99.95", "12.5"]),
        "string": _words.map(quoted),
        "bool": st.sampled_from(["true", "false"]),
        "timestamp": _moments.map(lambda moment: f'timestamp("{moment.isoformat()}")') | st.just("now"),
    }[kind]


def _named(kind):
    return st.sampled_from([attribute.name for attribute in VOCABULARY if attribute.type == kind])


_durations = st.sampled_from(["0s", "24h", "72h", "1h30m", "-10h", "720h", "90m1s"]).map(
    lambda d: f'duration("{d}")'
)


def _one_of(*strategies):
    """One of these with even chances; `|` would count the choices inside each of them."""
    return st.sampled_from(strategies).flatmap(lambda strategy: strategy)


def _numbers(kind, depth):
    leaf = _named(kind) | _named(kind) | _literal(kind)
    asked = {"int": COUNTS, "money": SUMS}.get(kind)
    if asked:
        leaf |= st.sampled_from(asked)
    if depth == 0:
        return leaf
    same = _numbers(kind, depth - 1)
    choice = st.builds("({} ? {} : {})".format, booleans(depth - 1), same, same)
    signed = st.builds("-({})".format, same)
    operators = st.sampled_from({"int": "+-*/%", "double": "+-*/", "money": "+-"}[kind])
    calculated = st.builds("({} {} {})".format, same, operators, same)
    special = {
        "int": st.builds("size({})".format, _named("string") | _named("list<string>") | _literal("string")),
        "double": st.builds("double({})".format, _named("int") | _named("money"))
        | st.builds("({} / {})".format, _named("money"), _named("int") | _named("money")),
        "money": st.builds("({} * {})".format, same, _numbers("int", depth - 1)),
    }[kind]
    return _one_of(leaf, calculated, calculated, choice, signed, special)


def _texts(depth):
    leaf = _named("string") | _named("string") | _literal("string")
    if depth == 0:
        return leaf
    return leaf | st.builds("({} ? {} : {})".format, booleans(depth - 1), _texts(0), _texts(0))


def _times(depth):
    leaf = _named("timestamp") | _named("timestamp") | _literal("timestamp")
    return (
        leaf if depth == 0 else leaf | st.builds("({} {} {})".format, leaf, st.sampled_from("+-"), _durations)
    )


def _of(kind, depth):
    if kind in ("int", "double", "money"):
        return _numbers(kind, depth)
    return _texts(depth) if kind == "string" else _times(depth)


def booleans(depth, kinds=("int", "double", "money", "string", "timestamp")):
    """Text of conditions, nested up to `depth`."""
    below = max(depth - 1, 0)
    compare = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    leaves = [
        _named("bool"),
        st.builds("has({})".format, st.sampled_from([known.name for known in VOCABULARY])),
    ]
    leaves += [st.builds("{} {} {}".format, _of(kind, below), compare, _of(kind, below)) for kind in kinds]
    leaves.append(
        st.builds(
            "{} in [{}]".format,
            _named("string"),
            st.lists(_literal("string"), min_size=1, max_size=3).map(", ".join),
        )
    )
    leaves.append(st.builds("{} in {}".format, _named("string") | _literal("string"), _named("list<string>")))
    leaves.append(
        st.builds(
            "{}.{}({})".format,
            _named("string"),
            st.sampled_from(["startsWith", "endsWith", "contains"]),
            _named("string") | _literal("string"),
        )
    )
    leaves.append(st.builds("({} - {}) {} {}".format, _times(below), _times(0), compare, _durations))
    leaves.append(st.sampled_from(COMPANY + HELD))
    leaf = st.one_of(leaves)
    if depth == 0:
        return leaf
    inner = booleans(depth - 1, kinds)
    joined = st.builds(
        lambda parts, operator: "(" + f" {operator} ".join(parts) + ")",
        st.lists(inner, min_size=2, max_size=4),
        st.sampled_from(["&&", "||"]),
    )
    chosen = st.builds("({} ? {} : {})".format, inner, inner, inner)
    compared = st.builds("({}) {} ({})".format, inner, st.sampled_from(["==", "!="]), inner)
    return _one_of(leaf, leaf, joined, joined, st.builds("!({})".format, inner), chosen, compared)


def _accepted(text):
    try:
        return conditions.parse(text, VOCABULARY)
    except conditions.ConditionError:
        # Types of two literals that do not meet, or arithmetic that could overflow: rightly refused.
        return None


def accepted(depth=2):
    """Conditions of the vocabulary, parsed."""
    return booleans(depth).map(_accepted).filter(lambda condition: condition is not None)
