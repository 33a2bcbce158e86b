"""The ledger: never below zero, never twice, never missing, and the database itself refuses what does not add up."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid5

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from guanxi.core import viewers
from guanxi.core.errors import NotFound
from guanxi.core.identity import id_of, new_id
from guanxi.core.ledger import jobs, lots, queries, services
from guanxi.core.ledger.lots import Held, Part
from guanxi.core.ledger.models import AccountKind, Act, Entry, LedgerAccount, Position, Posting
from guanxi.core.models import Event
from guanxi.core.tenancy import tenancy

ANA, TOM = UUID(int=1), UUID(int=2)
POINTS = "points"
DAY = timedelta(days=1)
TRIES = 50


def held(number, amount, *, issued=0, expires=None):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return Held(
        UUID(int=number),
        Decimal(amount),
        start + issued * DAY,
        None if expires is None else start + expires * DAY,
    )


def test_what_expires_first_is_taken_first_and_what_never_does_last():
    there = [held(1, 5), held(2, 5, expires=90), held(3, 5, expires=30), held(4, 5, issued=1, expires=30)]
    assert lots.taken(there, Decimal(12)) == [
        Part(UUID(int=3), Decimal(5)), Part(UUID(int=4), Decimal(5)), Part(UUID(int=2), Decimal(2)),
    ]  # fmt: skip


@pytest.fixture
def give(at_desk):
    """Gives Ana an amount, which may expire some days from now; afterwards every position is the sum of its entries."""

    def issue(amount, *, days=None, holder=ANA, key=None):
        return services.issue(
            viewer=at_desk,
            unit=POINTS,
            holder_id=holder,
            amount=Decimal(amount),
            key=key or str(new_id()),
            expires_at=None if days is None else at_desk.now + days * DAY,
        )

    yield issue
    assert list(queries.wrong_positions_for(at_desk)) == []


@pytest.fixture
def balance(at_desk):
    """What somebody has now, or some days from now."""

    def of(holder=ANA, *, days=0):
        return queries.balance_for(at(at_desk, days), unit=POINTS, holder_id=holder)

    return of


def at(viewer, days):
    return replace(viewer, now=viewer.now + days * DAY)


def spend(viewer, amount, key, holder=ANA):
    return services.spend(viewer=viewer, unit=POINTS, holder_id=holder, amount=Decimal(amount), key=key)


def reserve(viewer, amount, key, until=None):
    return services.reserve(
        viewer=viewer, unit=POINTS, holder_id=ANA, amount=Decimal(amount), key=key, until=until
    )


def test_a_debit_names_its_lots(at_desk, give, balance):
    late, soon = give(10, days=90), give(10, days=30)
    spent = spend(at_desk, 15, "s")
    taken = Entry.objects.filter(posting=spent, amount__lt=0).values_list("lot__posting_id", "amount")
    assert dict(taken) == {soon.pk: Decimal(-10), late.pk: Decimal(-5)}
    assert balance() == 5


def test_what_expired_cannot_be_spent_and_past_debits_stay_where_they_were(at_desk, give, balance):
    give(10, days=30)
    give(10)
    spend(at_desk, 6, "s")
    assert (balance(), balance(days=31)) == (14, 10)
    with pytest.raises(services.NotEnough), transaction.atomic():
        spend(at(at_desk, 31), 11, "t")
    assert (services.expire(viewer=at(at_desk, 31)), services.expire(viewer=at(at_desk, 31))) == (1, 0)
    assert (balance(days=31), spend(at(at_desk, 31), 10, "u").act, balance(days=31)) == (10, Act.SPEND, 0)


def test_too_much_is_refused_and_nothing_changed(at_desk, give, balance):
    give(10)
    with pytest.raises(services.NotEnough) as refused, transaction.atomic():
        spend(at_desk, "10.0001", "s")
    assert "10" in str(refused.value)
    assert (balance(), Posting.objects.filter(key="s").count()) == (10, 0)


@pytest.mark.parametrize("amount", ["0", "-1", "0.00001", "1e14", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(at_desk, give, amount):
    with pytest.raises(services.BadAmount):
        give(amount)


def test_the_same_key_counts_once_and_gives_the_first_posting_back(at_desk, give, balance):
    give(10, key="i")
    give(10, key="i")
    assert spend(at_desk, 4, "s") == spend(at_desk, 4, "s")
    assert balance() == 6


def test_a_key_that_stands_for_something_else_is_refused(at_desk, give, balance):
    give(10)
    spend(at_desk, 4, "s")
    with pytest.raises(services.OtherPosting):
        spend(at_desk, 5, "s")
    assert balance() == 6


def test_what_is_set_aside_is_used_in_parts_and_the_rest_comes_back_to_its_lots(at_desk, give, balance):
    give(10, days=30)
    reservation = reserve(at_desk, 8, "r")
    assert balance() == 2
    services.capture(viewer=at_desk, reservation_id=reservation.pk, key="c", amount=Decimal(5))
    with pytest.raises(services.NotEnough), transaction.atomic():
        services.capture(viewer=at_desk, reservation_id=reservation.pk, key="d", amount=Decimal(4))
    services.release(viewer=at_desk, reservation_id=reservation.pk, key="e")
    assert (balance(), balance(days=31)) == (5, 0)
    with pytest.raises(services.NotEnough), transaction.atomic():
        services.capture(viewer=at_desk, reservation_id=reservation.pk, key="f")


def test_a_reservation_lapses_when_its_time_is_over(at_desk, give, balance):
    give(10)
    reserve(at_desk, 8, "r", until=at_desk.now + DAY)
    reserve(at_desk, 1, "q")
    assert (services.lapse(viewer=at_desk), balance()) == (0, 1)
    assert (services.lapse(viewer=at(at_desk, 2)), services.lapse(viewer=at(at_desk, 2)), balance()) == (
        1,
        0,
        9,
    )


@pytest.mark.parametrize("captured", [False, True])
def test_what_was_spent_is_given_back_once_and_to_the_same_lots(at_desk, give, balance, captured):
    give(10, days=30)
    give(10)
    spent = reserve(at_desk, 15, "r") if captured else spend(at_desk, 15, "s")
    if captured:
        spent = services.capture(viewer=at_desk, reservation_id=spent.pk, key="c")
    services.refund(viewer=at_desk, posting_id=spent.pk, key="b", amount=Decimal(4))
    services.refund(viewer=at_desk, posting_id=spent.pk, key="d")
    assert (balance(), balance(days=31)) == (20, 10)
    with pytest.raises(services.NotEnough), transaction.atomic():
        services.refund(viewer=at_desk, posting_id=spent.pk, key="e")
    assert balance() == 20


def test_only_what_was_spent_can_be_given_back(at_desk, give):
    with pytest.raises(NotFound):
        services.refund(viewer=at_desk, posting_id=give(10).pk, key="b")


def test_a_statement_pages_to_its_end(at_desk, give):
    give(10)
    for number in range(5):
        spend(at_desk, 1, f"s{number}")
    entries = list(Entry.objects.filter(account__holder_id=ANA).order_by("-pk").values_list("pk", flat=True))
    first = queries.movements_for(at_desk, unit=POINTS, holder_id=ANA, size=4)
    rest = queries.movements_for(at_desk, unit=POINTS, holder_id=ANA, size=4, after=entries[3])
    assert [one.amount for one in first + rest] == [-1, -1, -1, -1, -1, 10]


def test_the_job_releases_and_books_out_what_is_over(chen):
    with tenancy(chen):
        early = at(chen, -40)
        services.issue(
            viewer=early, unit=POINTS, holder_id=ANA, amount=Decimal(10), key="i", expires_at=chen.now - DAY
        )
        services.issue(viewer=early, unit=POINTS, holder_id=ANA, amount=Decimal(5), key="j")
        reserve(early, 12, "r", until=chen.now - 2 * DAY)
    jobs.settle()
    with tenancy(chen):
        expired = Position.objects.filter(account__kind=AccountKind.EXPIRED).values_list("amount", flat=True)
        assert (queries.balance_for(chen, unit=POINTS, holder_id=ANA), list(expired)) == (5, [10])
        assert list(queries.wrong_positions_for(chen)) == []


def test_any_order_of_acts_ends_with_what_was_given_and_not_taken(at_desk, give, balance):
    chance, model = Random(11), Decimal(0)
    open_, spent = [], []
    for step in range(120):
        amount, key = Decimal(chance.randint(1, 9)), f"k{step}"
        act = chance.choice(("give", "spend", "reserve", "capture", "release", "refund"))
        try:
            with transaction.atomic():
                if act == "give":
                    give(amount, key=key)
                    model += amount
                elif act == "spend":
                    spent.append((spend(at_desk, amount, key).pk, amount))
                    model -= amount
                elif act == "reserve":
                    open_.append((reserve(at_desk, amount, key).pk, amount))
                    model -= amount
                elif act == "capture" and open_:
                    services.capture(viewer=at_desk, reservation_id=open_.pop()[0], key=key)
                elif act == "release" and open_:
                    reservation, amount = open_.pop(0)
                    services.release(viewer=at_desk, reservation_id=reservation, key=key)
                    model += amount
                elif act == "refund" and spent:
                    posting, amount = spent.pop()
                    services.refund(viewer=at_desk, posting_id=posting, key=key)
                    model += amount
        except services.NotEnough:
            assert amount > model
        assert balance() == model


def entry(viewer, posting, kind, lot_id, amount, *, holder=ANA):
    account = queries.account_id(viewer, POINTS, kind, holder)
    return Entry(
        enterprise_id=viewer.tenant,
        posting=posting,
        account_id=account,
        lot_id=lot_id,
        amount=Decimal(amount),
    )


def test_the_database_refuses_an_account_below_zero(at_desk, give):
    give(10)
    lot = Position.objects.get(amount=10).lot_id
    posting = Posting.objects.create(
        enterprise_id=at_desk.tenant, act=Act.SPEND, key="x", digest=b"", actor="x", happened_at=at_desk.now
    )
    with pytest.raises(IntegrityError, match="core_position_zero"), transaction.atomic():
        entry(at_desk, posting, AccountKind.AVAILABLE, lot, -11).save(force_insert=True)


def one_sided(viewer):
    """A posting that takes from an account and gives to none, looked at as at the commit."""
    lot = Position.objects.get(amount=10).lot_id
    posting = Posting.objects.create(
        enterprise_id=viewer.tenant, act=Act.SPEND, key="x", digest=b"", actor="x", happened_at=viewer.now
    )
    entry(viewer, posting, AccountKind.AVAILABLE, lot, -1).save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_a_posting_that_does_not_add_up(at_desk, give):
    give(10)
    with pytest.raises(IntegrityError, match="What one account gets"), transaction.atomic():
        one_sided(at_desk)


def test_the_database_refuses_to_give_back_more_than_was_spent(at_desk, give):
    give(10)
    lot = Position.objects.get(amount=10).lot_id
    spent = spend(at_desk, 2, "s")
    spend(at_desk, 5, "t")
    posting = Posting.objects.create(
        enterprise_id=at_desk.tenant, act=Act.REFUND, key="x", digest=b"", actor="x", happened_at=at_desk.now,
        of=spent,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="No more is given back"), transaction.atomic():
        entry(at_desk, posting, AccountKind.SPENT, lot, -3, holder=at_desk.tenant).save(force_insert=True)


def test_the_database_refuses_a_lot_in_an_account_of_another_unit(at_desk, give):
    posting = give(10)
    lot = Position.objects.get(amount=10).lot_id
    stars = services.issue(viewer=at_desk, unit="stars", holder_id=ANA, amount=Decimal(1), key="stars")
    account = LedgerAccount.objects.get(unit="stars", holder_id=ANA).pk
    wrong = Entry(
        enterprise_id=at_desk.tenant, posting=stars, account_id=account, lot_id=lot, amount=Decimal(1)
    )
    with pytest.raises(IntegrityError, match="of its own unit"), transaction.atomic():
        wrong.save(force_insert=True)
    assert posting.act == Act.ISSUE


@pytest.mark.parametrize("statement", ["UPDATE core_position SET amount = 1", "DELETE FROM core_entry"])
def test_nobody_at_the_desk_changes_what_is_written(at_desk, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_enterprise_sees_its_own_accounts_only(chen, bea):
    with tenancy(chen):
        services.issue(viewer=chen, unit=POINTS, holder_id=ANA, amount=Decimal(1), key="i")
    with tenancy(bea):
        assert queries.balance_for(bea, unit=POINTS, holder_id=ANA) == 0
        services.issue(viewer=bea, unit=POINTS, holder_id=ANA, amount=Decimal(2), key="i")
        assert queries.balance_for(bea, unit=POINTS, holder_id=ANA) == 2


def owner():
    return viewers.for_staff(id_of("account", "chen@shanhang.example"), id_of("enterprise", "shanhang"))


def all_at_once(act):
    """What fifty threads get that do something at the same moment."""
    together = threading.Barrier(TRIES)

    def one(number):
        try:
            viewer = owner()
            together.wait(30)
            with tenancy(viewer):
                return act(viewer, number)
        except services.NotEnough:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(TRIES) as pool:
        return [done for done in pool.map(one, range(TRIES)) if done is not None]


@pytest.mark.slow
def test_fifty_who_redeem_one_coupon_at_once_redeem_it_once(fresh_database):
    coupon = uuid5(ANA, "coupon")
    with tenancy(owner()) as viewer:
        services.issue(viewer=viewer, unit="coupon", holder_id=coupon, amount=Decimal(1), key="i")

    def redeem(viewer, number):
        return services.spend(
            viewer=viewer, unit="coupon", holder_id=coupon, amount=Decimal(1), key=f"order-{number}"
        )

    assert len(all_at_once(redeem)) == 1
    with tenancy(owner()) as viewer:
        assert queries.balance_for(viewer, unit="coupon", holder_id=coupon) == 0
        assert list(queries.wrong_positions_for(viewer)) == []


@pytest.mark.slow
def test_fifty_who_spend_one_balance_at_once_spend_what_is_there(fresh_database):
    with tenancy(owner()) as viewer:
        for number in range(4):
            services.issue(viewer=viewer, unit=POINTS, holder_id=ANA, amount=Decimal(25), key=f"i{number}")
    spent = all_at_once(lambda viewer, number: spend(viewer, 7, f"s{number}"))
    with tenancy(owner()) as viewer:
        left = queries.balance_for(viewer, unit=POINTS, holder_id=ANA)
        assert (len(spent), left) == (14, 2)
        assert list(queries.wrong_positions_for(viewer)) == []


@pytest.mark.slow
def test_fifty_who_ask_under_one_key_at_once_are_answered_with_one_posting(fresh_database):
    with tenancy(owner()) as viewer:
        services.issue(viewer=viewer, unit=POINTS, holder_id=ANA, amount=Decimal(25), key="i")
    postings = all_at_once(lambda viewer, _number: spend(viewer, 7, "s").pk)
    with tenancy(owner()) as viewer:
        assert (len(postings), len(set(postings))) == (TRIES, 1)
        assert queries.balance_for(viewer, unit=POINTS, holder_id=ANA) == 18


@pytest.mark.slow
def test_fifty_who_give_one_spending_back_at_once_give_it_back_once(fresh_database):
    with tenancy(owner()) as viewer:
        services.issue(viewer=viewer, unit=POINTS, holder_id=ANA, amount=Decimal(25), key="i")
        spent = spend(viewer, 7, "s").pk

    def back(viewer, number):
        return services.refund(viewer=viewer, posting_id=spent, key=f"b{number}")

    assert len(all_at_once(back)) == 1
    with tenancy(owner()) as viewer:
        assert queries.balance_for(viewer, unit=POINTS, holder_id=ANA) == 25


def test_many_are_given_a_lot_each_by_one_posting_and_once(at_desk, balance):
    grants = [
        services.Grant(ANA, Decimal(1), at_desk.now + 30 * DAY),
        services.Grant(TOM, Decimal(2)),
    ]
    first = services.issue_many(viewer=at_desk, unit=POINTS, grants=grants, key="g")
    assert services.issue_many(viewer=at_desk, unit=POINTS, grants=grants, key="g") == first
    assert (balance(), balance(days=31), balance(TOM)) == (1, 0, 2)
    with pytest.raises(services.OtherPosting):
        services.issue_many(viewer=at_desk, unit=POINTS, grants=grants[:1], key="g")
    assert list(queries.wrong_positions_for(at_desk)) == []


def test_what_expired_is_told_to_the_log(at_desk, give):
    give(10, days=30)
    give(5)
    services.expire(viewer=at(at_desk, 31))
    told = Event.objects.get(type="ledger.expired").payload
    assert told == {"unit": POINTS, "holders": [str(ANA)]}
