"""What a condition means, what is refused, and where the fault is said to be."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from guanxi.core.catalogue import BadValue, Vocabulary
from guanxi.core.conditions import ConditionError, asking, errors, parse
from tests.core.conditions.world import NOW, VOCABULARY

DRAWN = [3, 1, 3, 3, 1, 3, 3, 2]


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
        ("events() > 1", errors.WrongType, 0),
        ("events(who.city) > 1", errors.WrongType, 7),
        ("events('a.b', duration('10h')) > 1", errors.WrongType, 14),
        ("events('a.b', days(0)) > 1", errors.WrongType, 19),
        ("events('a.b', 3) > 1", errors.NotOffered, 14),
        ("events('a.b', event.city < 'x') > 1", errors.WrongType, 14),
        ("events('customer.identified', event.traits == 'x') > 1", errors.WrongType, 30),
        ("events('a.b') > 1.5", errors.WrongType, 0),
        ("bucket('spring', 1) < 1", errors.WrongType, 0),
        ("held(who.vip)", errors.WrongType, 0),
        ("held(in_list('x'), days(3))", errors.NotOffered, 0),
        ("held(orders.coutn > 3, days(3))", errors.UnknownAttribute, 5),
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


def test_a_segment_that_is_not_there_is_refused_with_the_nearest():
    vocabulary = Vocabulary(VOCABULARY, {"in_segment": ["Loyal", "Lost"]})
    with pytest.raises(errors.UnknownAttribute) as refused:
        parse("in_segment('Loyla')", vocabulary)
    assert (refused.value.facts["names"][0], refused.value.start) == ("Loyal", 11)


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({"orders.count": 4, "since('orders.count > 3')": NOW - timedelta(hours=72)}, True),
        ({"orders.count": 4, "since('orders.count > 3')": NOW - timedelta(hours=71)}, False),
        ({"orders.count": 3, "since('orders.count > 3')": NOW - timedelta(hours=90)}, False),
        ({"orders.count": 4}, None),
        ({"since('orders.count > 3')": NOW - timedelta(hours=90)}, None),
    ],
)
def test_a_state_counts_once_it_has_been_held(facts, answer):
    assert parse("held(orders.count > 3, days(3))", VOCABULARY).test(facts, now=NOW) is answer


def test_the_same_question_has_one_key_however_it_is_written():
    one = parse("events('a.b', duration('48h'), 3 < event.size && event.kind == 'x') > 1", VOCABULARY)
    other = parse('events("a.b", days(2), event.kind == "x" && event.size > 3) == 0', VOCABULARY)
    assert [node.key for node in one.asked] == [node.key for node in other.asked]


def test_buckets_are_the_same_for_ever_and_about_equal():
    ids = [UUID(int=number) for number in range(4000)]
    drawn = [asking.bucket("spring", one, 4) for one in ids]
    assert (drawn[:8], [900 < drawn.count(part) < 1100 for part in range(4)]) == (DRAWN, [True] * 4)


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
