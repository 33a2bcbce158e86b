"""The builder and the text are two views of one thing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.core import conditions
from guanxi.core.catalogue import ValueType
from guanxi.market.segments import builder
from guanxi.market.segments.builder import Group, NotBuildable, Row
from tests.core.conditions.world import VOCABULARY

KINDS = {attribute.name: attribute.type for attribute in VOCABULARY}
_words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5).map(str.strip)
_names = _words.filter(bool)


def _facts(kind, operators, values):
    names = [name for name, type_ in KINDS.items() if type_ is kind]
    return st.builds(
        lambda name, operator, value: Row(f"fact:{name}", given={"operator": operator, "value": value}),
        st.sampled_from(names),
        st.sampled_from(operators),
        values,
    )


_number = st.integers(0, 500).map(str)
ROWS = st.one_of(
    _facts(ValueType.INT, builder.OPERATORS, _number),
    _facts(ValueType.MONEY, builder.OPERATORS, st.sampled_from(["5", "12.50"])),
    _facts(ValueType.STRING, ("==", "!=", "contains", "startsWith"), _names),
    _facts(ValueType.TIMESTAMP, ("within", "before"), st.integers(1, 400).map(str)),
    st.builds(
        lambda type_, days, operator, value: Row(
            "events", given={"type": type_, "days": days, "operator": operator, "value": value}
        ),
        st.sampled_from(["order.placed", "page.viewed"]),
        st.sampled_from(["", "30"]),
        st.sampled_from(builder.OPERATORS),
        _number,
    ),
    st.builds(lambda name: Row("segment", given={"name": name}), _names),
    st.builds(lambda name: Row("list", given={"name": name}), _names),
    st.builds(
        lambda share: Row("chance", given={"name": "spring", "value": share}), st.integers(1, 99).map(str)
    ),
)


def _meaning(text):
    """What a text says, without its places."""
    return [type(node).__name__ for node in conditions.parse(text, VOCABULARY).tree.walk()]


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        ROWS,
        lambda inner: st.builds(
            Group, st.booleans(), st.booleans(), st.just(""), st.lists(inner, min_size=2, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_a_tree_says_a_text_that_opens_as_a_tree_that_says_the_same(node):
    group = node if isinstance(node, Group) else Group(items=[node])
    text = builder.text_of(group, KINDS)
    opened = builder.tree_of(conditions.parse(text, VOCABULARY))
    again = builder.text_of(opened, KINDS)
    assert (again, _meaning(again)) == (
        builder.text_of(builder.tree_of(conditions.parse(again, VOCABULARY)), KINDS),
        _meaning(text),
    )


@pytest.mark.parametrize(
    "text",
    [
        "orders.count + 1 > 3",
        'events("a.b", event.size > 3) > 1',
        "orders.last_at > orders.first_at",
        "who.vip ? who.member : who.vip",
        'bucket("spring", 10) < 3',
    ],
)
def test_what_the_builder_cannot_say_stays_text(text):
    with pytest.raises(NotBuildable):
        builder.tree_of(conditions.parse(text, VOCABULARY))


def test_a_form_is_read_as_it_was_drawn_and_buttons_change_it():
    given = {
        "0.every": "1", "0.0.what": "fact:orders.count", "0.0.operator": ">", "0.0.value": "3",
        "0.1.every": "0", "0.1.negated": "1", "0.1.0.what": "segment", "0.1.0.name": "Lost",
    }  # fmt: skip
    root = builder.read(given, ["0:group", "0.0:row", "0.1:group", "0.1.0:row"])
    assert builder.text_of(root, KINDS) == 'orders.count > 3 && !(in_segment("Lost"))'
    builder.act(root, "row:0.1")
    assert [len(one.items) for one in (root, root.items[1])] == [2, 2]
    builder.act(root, "remove:0.0")
    builder.act(root, "group:0")
    assert [one.path for one in builder.placed(root).items] == ["0.0", "0.1"]


def test_a_group_can_be_held():
    text = 'held(orders.count > 3 && who.vip, days(30)) || in_list("friends")'
    opened = builder.tree_of(conditions.parse(text, VOCABULARY))
    assert builder.text_of(opened, KINDS) == text
