"""What a condition means, what is refused, and where the fault is said to be."""

from decimal import Decimal

import pytest

from guanxi.core.catalogue import BadValue
from guanxi.core.conditions import ConditionError, errors, parse
from tests.core.conditions.world import NOW, VOCABULARY


def ask(text, **facts):
    """The answer for facts named with underscores in place of dots."""
    named = {known.name: facts[known.column] for known in VOCABULARY if known.column in facts}
    return parse(text, VOCABULARY).test(named, now=NOW)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("orders.count > 5", None),
        ("!(orders.count > 5)", None),
        ("orders.count > 5 || true", True),
        ("orders.count > 5 && false", False),
        ("false || orders.count > 5", None),
        ("has(orders.count)", False),
        ("!has(orders.count)", True),
        ("orders.count > 5 ? true : false", None),
        ("true ? who.vip : false", None),
        ("'a' in needs.tags", None),
        ("who.city in ['a']", None),
        ("-7 / 2 == -3", True),
        ("-7 % 3 == -1", True),
        ("1 / 0 == 1", None),
        ("1 % 0 == 0", None),
        ("size('张三😀') == 3", True),
        ("'Z' < 'a' && 'a' < 'é' && '\uffee' < '😀'", True),
        ("now - timestamp('2026-11-17T09:00:00Z') == duration('72h')", True),
        ("timestamp('2026-11-20T17:00:00+08:00') == now", True),
        (r"'\u5f20' == '张' && r'\n' != '\n'", True),
    ],
)
def test_a_condition_without_facts(text, answer):
    assert ask(text) is answer


def test_unknown_is_not_selected_and_neither_is_its_negation():
    plain, negated = parse("orders.count > 5", VOCABULARY), parse("!(orders.count > 5)", VOCABULARY)
    assert not plain.selects({}, now=NOW)
    assert not negated.selects({}, now=NOW)


def test_money_is_exact():
    assert ask("money.spent + 0.10 + 0.20 == 0.30", money_spent=Decimal(0)) is True
    assert ask("money.spent * 3 == 0.30", money_spent=Decimal("0.10")) is True
    assert ask("money.spent / orders.count > 33.3", money_spent=Decimal(100), orders_count=3) is True


@pytest.mark.parametrize(
    ("text", "error", "place"),
    [
        ("order.count > 5", errors.UnknownAttribute, 0),
        ("who.vip && orders.coutn > 5", errors.UnknownAttribute, 11),
        ("who.vip &&", errors.BadSyntax, 10),
        ("who.vip && && who.vip", errors.BadSyntax, 11),
        ("orders.count > 'a'", errors.WrongType, 0),
        ("orders.count", errors.WrongType, 0),
        ("orders.count > 1.5", errors.WrongType, 0),
        ("money.spent > 0.001", errors.WrongType, 0),
        ("who.vip < true", errors.WrongType, 0),
        ("who.city == null", errors.NotOffered, 12),
        ("who.city.matches('a.*')", errors.NotOffered, 0),
        ("needs.tags.exists(t, t == 'a')", errors.NotOffered, 0),
        ("orders.count > 5u", errors.NotOffered, 15),
        ("orders.count > 99999999999999999999", errors.NotOffered, 15),
        ("who.city in []", errors.WrongType, 12),
        ("who.city in [who.name]", errors.NotOffered, 13),
        ("duration('72h')", errors.NotOffered, 0),
        ("now > timestamp('2026-11-20')", errors.WrongType, 6),
        ("now - now > duration('100ms')", errors.WrongType, 12),
        ("orders.count * orders.count * orders.count > 1", errors.MayOverflow, 0),
        ("who.city == '\\u0000'", errors.NotOffered, 12),
        ("(" * 80 + "who.vip" + ")" * 80, None, None),
        ("!" * 80 + "who.vip", errors.TooLarge, 61),
        ("who.vip || " * 1000 + "who.vip", errors.TooLarge, 10_000),
    ],
)
def test_what_is_refused_says_where(text, error, place):
    outcome = _refusal(text)
    assert (type(outcome) if outcome else None, getattr(outcome, "start", None)) == (error, place)


def _refusal(text):
    try:
        parse(text, VOCABULARY)
    except ConditionError as error:
        return error
    return None


def test_every_value_of_a_message_is_filled():
    texts = [
        "order.count > 5",
        "who.vip &&",
        "orders.count > 'a'",
        "who.city == null",
        "size(1) > 2",
        "double('a') > 1.0",
    ]
    assert not [text for text in texts if "{" in str(_refusal(text))]


def test_an_unknown_name_comes_with_the_nearest():
    assert _refusal("order.count > 5").facts["names"][0] == "orders.count"


def test_a_long_chain_is_not_a_deep_one():
    assert ask(" || ".join(["orders.count > 5"] * 500), orders_count=7) is True


def test_the_parts_that_decide_are_found():
    condition = parse("orders.count > 5 && (money.spent >= 99.95 && who.vip)", VOCABULARY)
    finding = condition.explain({"orders.count": 7, "who.vip": True}, now=NOW)
    (decisive,) = finding.decisive()
    assert (finding.value, decisive.text, decisive.missing) == (
        None,
        "money.spent >= 99.95",
        ("money.spent",),
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", 1e300])
def test_the_border_refuses_what_engines_would_not_agree_on(value):
    with pytest.raises(BadValue):
        ask("value.ratio > 1.0", value_ratio=value)


def test_attributes_and_use_of_time_are_known():
    condition = parse("now - orders.last_at > duration('24h') && has(who.city)", VOCABULARY)
    assert [attribute.name for attribute in condition.attributes] == ["orders.last_at", "who.city"]
    assert condition.uses_now
