"""Who is meant: deterministic rules, and never one customer out of two identified ones by itself."""

from uuid import UUID

from guanxi.people import matching
from guanxi.people.identifiers import Identifier
from guanxi.people.matching import Rule, Verdict, Whole

ANA, BEN, GUEST = (UUID(int=number) for number in (1, 2, 3))
EMAIL, PHONE, CARD = (
    Identifier("email", "ana@x.org"),
    Identifier("phone", "+4930901820"),
    Identifier("card", "8801"),
)
COOKIE = Identifier("anonymous", "c-1")
ana, ben, guest = Whole(ANA, True), Whole(BEN, True), Whole(GUEST, False)


def test_nothing_known_makes_somebody_new() -> None:
    assert matching.decide([COOKIE, EMAIL], {}) == Verdict(target=None, learn=(EMAIL, COOKIE))


def test_one_known_identifier_teaches_the_others() -> None:
    assert matching.decide([COOKIE, EMAIL], {EMAIL: ana}) == Verdict(target=ANA, learn=(COOKIE,))


def test_an_anonymous_visitor_who_signs_in_is_joined() -> None:
    assert matching.decide([COOKIE, EMAIL], {EMAIL: ana, COOKIE: guest}) == Verdict(target=ANA, join=(GUEST,))


def test_a_visitor_who_gives_a_new_address_becomes_identified() -> None:
    assert matching.decide([COOKIE, EMAIL], {COOKIE: guest}) == Verdict(target=GUEST, learn=(EMAIL,))


def test_a_shared_computer_never_joins_two_people() -> None:
    assert matching.decide([COOKIE, EMAIL], {EMAIL: ben, COOKIE: ana}) == Verdict(target=BEN)


def test_somebody_new_on_a_shared_computer_is_somebody_new() -> None:
    assert matching.decide([COOKIE, EMAIL], {COOKIE: ana}) == Verdict(target=None, learn=(EMAIL,))


def test_a_known_computer_alone_still_means_its_customer() -> None:
    assert matching.decide([COOKIE], {COOKIE: ana}) == Verdict(target=ANA)


def test_two_identified_customers_are_put_before_a_steward() -> None:
    assert matching.decide([EMAIL, PHONE], {EMAIL: ana, PHONE: ben}) == Verdict(target=ANA, doubt=(BEN,))


def test_two_identified_customers_are_joined_where_a_rule_says_so() -> None:
    rule = Rule("e-mail and phone", frozenset({"email", "phone"}))
    assert matching.decide([EMAIL, PHONE], {EMAIL: ana, PHONE: ben}, [rule]) == Verdict(
        target=ANA, join=(BEN,), rule=rule.name
    )


def test_a_rule_for_other_kinds_changes_nothing() -> None:
    rule = Rule("card and phone", frozenset({"card", "phone"}))
    assert matching.decide([EMAIL, PHONE], {EMAIL: ana, PHONE: ben}, [rule]).doubt == (BEN,)


def test_the_most_trusted_identifier_decides() -> None:
    assert matching.decide([PHONE, EMAIL, CARD], {PHONE: ben, CARD: ana}).target == ANA


def test_reasons_are_told_in_words_with_the_weightiest_first() -> None:
    told = matching.sentences(
        [
            {"field": "city", "level": "same", "weight": 1.5},
            {"field": "email", "level": "same", "weight": 12.0},
        ]
    )
    assert told == ["E-mail: the same", "City: the same"]
