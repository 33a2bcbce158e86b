"""Making, changing, finding, merging and resolving customers, as the role that runs in production."""

from datetime import datetime
from uuid import UUID

import pytest

from guanxi.core.errors import NotAllowed, NotFound
from guanxi.core.models import Event, Read
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import listing, queries, relations, services
from guanxi.people.listing import Criteria
from guanxi.people.merging import Tally
from guanxi.people.models import Customer, Identifier, Merge, Pair
from guanxi.people.services import Change
from guanxi.people.unions import AlreadyDecided, AlreadyUndone, SameCustomer, Suspicion


def make(viewer: Viewer, name: str, **identifiers: str) -> UUID:
    return services.create(viewer=viewer, change=Change(name=name), identifiers=list(identifiers.items()))


def found(viewer: Viewer, text: str) -> list[str]:
    return [one.title for one in listing.page_for(viewer, Criteria(text=text)).items]


def test_a_customer_is_made_and_read_with_its_facts_and_sources(at_desk: Viewer) -> None:
    key = services.create(
        viewer=at_desk,
        change=Change(name="林悦", source_key="c-1"),
        identifiers=[("phone", "138 0013 2041")],
        source="till",
    )
    whole = queries.whole_for(at_desk, key)
    assert whole.name == "林悦"
    assert whole.facts["name"].source == "till"
    assert [(one.kind, one.value) for one in whole.identifiers] == [("phone", "+8613800132041")]
    assert Event.objects.filter(customer_id=key, type="customer.created").count() == 1


def test_private_fields_are_stored_sealed_and_their_reading_is_written_down(at_desk: Viewer) -> None:
    key = make(at_desk, "林悦", email="yue@example.cn")
    row = Customer.objects.get(pk=key)
    assert "林悦".encode() not in bytes(row.name)
    before = Read.objects.count()
    queries.whole_for(at_desk, key)
    read = Read.objects.latest("id")
    assert Read.objects.count() == before + 1
    assert read.subject_ids == [key]
    assert read.reader == at_desk.actor


@pytest.mark.parametrize("text", ["张", "三", "张三", "zhangsan", "zs", "Zhang San"])
def test_zhang_san_is_found_by_character_pinyin_and_initials(at_desk: Viewer, text: str) -> None:
    make(at_desk, "张三")
    make(at_desk, "李四")
    assert found(at_desk, text) == ["张三"]


@pytest.mark.parametrize("text", ["outdoor", "door", "户外", "trading"])
def test_a_firm_is_found_by_any_part_of_its_name(at_desk: Viewer, text: str) -> None:
    services.create(viewer=at_desk, change=Change(name="Shanhang Outdoor Trading 山行户外", kind="firm"))
    assert found(at_desk, text) == ["Shanhang Outdoor Trading 山行户外"]


@pytest.mark.parametrize("text", ["138 0013 2041", "+86 138 0013 2041", "yue@EXAMPLE.cn", "c-4711"])
def test_a_customer_is_found_by_a_whole_identifier(at_desk: Viewer, text: str) -> None:
    change = Change(name="林悦", source_key="c-4711")
    services.create(
        viewer=at_desk, change=change, identifiers=[("phone", "13800132041"), ("email", "yue@example.cn")]
    )
    assert found(at_desk, text) == ["林悦"]


def test_an_identifier_points_at_one_customer_only(at_desk: Viewer) -> None:
    ana = make(at_desk, "Ana", email="ana@example.org")
    count = Customer.objects.count()
    with pytest.raises(services.Taken) as error:
        make(at_desk, "Anna", email="ANA@example.org")
    assert error.value.facts["customer_id"] == str(ana)
    assert Customer.objects.count() == count


def test_junk_is_refused_and_nothing_is_made(at_desk: Viewer) -> None:
    with pytest.raises(services.BadIdentifier):
        make(at_desk, "Ana", email="test@test")
    assert not Customer.objects.exists()


def test_changing_a_name_changes_what_it_is_found_by_and_keeps_the_source(at_desk: Viewer) -> None:
    key = make(at_desk, "张三")
    assert services.update(viewer=at_desk, customer_id=key, change=Change(name="李四"), source="call")
    assert found(at_desk, "张三") == []
    assert found(at_desk, "lisi") == ["李四"]
    assert queries.whole_for(at_desk, key).facts["name"].source == "call"
    assert not services.update(viewer=at_desk, customer_id=key, change=Change(name="李四"))


def test_custom_fields_hold_what_their_type_allows(at_desk: Viewer) -> None:
    services.define_field(viewer=at_desk, name="shoe_size", label="Shoe size", type="int")
    services.define_field(viewer=at_desk, name="allergy", label="Allergy", private=True)
    key = make(at_desk, "Ana")
    services.update(
        viewer=at_desk, customer_id=key, change=Change(fields={"shoe_size": "42", "allergy": "nuts"})
    )
    facts = queries.whole_for(at_desk, key).facts
    assert (facts["shoe_size"].value, facts["allergy"].value) == (42, "nuts")
    row = Customer.objects.get(pk=key)
    assert row.fields == {"shoe_size": 42}
    with pytest.raises(services.customfields.BadField):
        services.update(viewer=at_desk, customer_id=key, change=Change(fields={"shoe_size": "big"}))


def test_a_merge_makes_one_whole_and_undoing_brings_both_back(at_desk: Viewer) -> None:
    ana, anna = (
        make(at_desk, "Ana Costa", email="ana@example.org"),
        make(at_desk, "Anna Costa", phone="+351912345678"),
    )
    before = {key: queries.whole_for(at_desk, key) for key in (ana, anna)}
    made = services.merge(viewer=at_desk, kept_id=ana, absorbed_id=anna)
    whole = queries.whole_for(at_desk, anna)
    assert (whole.id, whole.merged) == (ana, True)
    assert {one.kind for one in whole.identifiers} == {"email", "phone"}
    assert [conflict.field for conflict in whole.conflicts] == ["name"]
    assert found(at_desk, "costa") == ["Ana Costa"]
    services.undo(viewer=at_desk, merge_id=made.pk)
    after = {key: queries.whole_for(at_desk, key) for key in (ana, anna)}
    assert [(one.id, one.name, one.identifiers) for one in after.values()] == [
        (one.id, one.name, one.identifiers) for one in before.values()
    ]
    with pytest.raises(AlreadyUndone):
        services.undo(viewer=at_desk, merge_id=made.pk)


def test_merges_can_be_undone_in_any_order(at_desk: Viewer) -> None:
    one, two, three = (make(at_desk, name) for name in ("One", "Two", "Three"))
    first = services.merge(viewer=at_desk, kept_id=one, absorbed_id=two)
    second = services.merge(viewer=at_desk, kept_id=three, absorbed_id=two)
    assert {queries.whole_for(at_desk, key).id for key in (one, two, three)} == {three}
    services.undo(viewer=at_desk, merge_id=first.pk)
    assert queries.whole_for(at_desk, two).id == two
    assert queries.whole_for(at_desk, one).id == three
    services.undo(viewer=at_desk, merge_id=second.pk)
    assert [queries.whole_for(at_desk, key).id for key in (one, two, three)] == [one, two, three]


def test_a_customer_is_not_merged_with_itself(at_desk: Viewer) -> None:
    ana = make(at_desk, "Ana")
    with pytest.raises(SameCustomer):
        services.merge(viewer=at_desk, kept_id=ana, absorbed_id=ana)
    assert not Merge.objects.exists()


def test_a_preview_says_what_the_whole_will_be(at_desk: Viewer) -> None:
    ana, anna = make(at_desk, "Ana", email="ana@example.org"), make(at_desk, "Anna")
    preview = queries.preview_for(at_desk, ana, anna)
    assert preview.facts["name"].value == "Ana"
    assert [fact.value for fact in preview.conflicts[0].others] == ["Anna"]
    assert not Merge.objects.exists()


def test_nobody_of_another_enterprise_finds_or_opens_a_customer(chen: Viewer, bea: Viewer) -> None:
    with tenancy(chen):
        key = make(chen, "张三", email="san@example.cn")
    with tenancy(bea):
        assert found(bea, "张三") == []
        assert found(bea, "san@example.cn") == []
        with pytest.raises(NotFound):
            queries.whole_for(bea, key)


def test_reach_decides_in_list_search_and_detail(chen: Viewer, mei: Viewer) -> None:
    with tenancy(chen):
        hers = services.create(viewer=chen, change=Change(name="张三", owner_id=mei.staff_id))
        other = make(chen, "张四")
    with tenancy(mei):
        assert found(mei, "张") == ["张三"]
        assert listing.customers_for(mei, Criteria()).count() == 1
        assert queries.whole_for(mei, hers).name == "张三"
        with pytest.raises(NotFound):
            queries.whole_for(mei, other)


def test_an_analyst_reads_and_does_not_write(chen: Viewer, gao: Viewer) -> None:
    with tenancy(gao), pytest.raises(NotAllowed):
        make(gao, "Ana")


def test_an_erased_customer_is_unreadable_and_cannot_be_found(at_desk: Viewer) -> None:
    key = services.create(
        viewer=at_desk, change=Change(name="张三", source_key="k-1"), identifiers=[("email", "san@x.cn")]
    )
    services.erase(viewer=at_desk, customer_id=key)
    whole = queries.whole_for(at_desk, key)
    assert (whole.name, whole.identifiers) == (None, ())
    assert found(at_desk, "张三") == found(at_desk, "san@x.cn") == []


def resolve(viewer: Viewer, now: datetime, *lists: list[tuple[str, str]]) -> list[UUID | None]:
    return services.resolve_batch(viewer, lists, now)


def test_a_visitor_becomes_a_customer_and_keeps_the_record(at_desk: Viewer, now: datetime) -> None:
    visitor, same = resolve(at_desk, now, [("anonymous", "cookie-1")], [("anonymous", "cookie-1")])
    (known,) = resolve(at_desk, now, [("anonymous", "cookie-1"), ("email", "ana@example.org")])
    (again,) = resolve(at_desk, now, [("email", "ana@example.org")])
    assert visitor == same == known == again
    assert Customer.objects.get().identified


def test_an_anonymous_visit_joins_the_customer_who_signs_in(at_desk: Viewer, now: datetime) -> None:
    ana = make(at_desk, "Ana", email="ana@example.org")
    (visitor,) = resolve(at_desk, now, [("anonymous", "cookie-1")])
    (joined,) = resolve(at_desk, now, [("anonymous", "cookie-1"), ("email", "ana@example.org")])
    assert visitor != ana
    assert joined == ana
    assert queries.whole_for(at_desk, visitor or ana).id == ana
    assert Merge.objects.get().merged_by == at_desk.actor


def test_two_identified_customers_are_never_merged_by_a_machine(at_desk: Viewer, now: datetime) -> None:
    ana, ben = make(at_desk, "Ana", email="ana@example.org"), make(at_desk, "Ben", phone="+351912345678")
    (target,) = resolve(at_desk, now, [("email", "ana@example.org"), ("phone", "+351912345678")])
    assert target == ana
    assert queries.whole_for(at_desk, ben).id == ben
    assert Pair.objects.get().state == "open"


def test_a_rule_of_the_enterprise_lets_a_machine_merge(at_desk: Viewer, now: datetime) -> None:
    queries.MatchRule.objects.create(enterprise_id=at_desk.tenant, name="both", kinds=["email", "phone"])
    ana, ben = make(at_desk, "Ana", email="ana@example.org"), make(at_desk, "Ben", phone="+351912345678")
    assert resolve(at_desk, now, [("email", "ana@example.org"), ("phone", "+351912345678")]) == [ana]
    assert queries.whole_for(at_desk, ben).id == ana
    assert Merge.objects.get().reason == "both"


def test_one_batch_learns_as_it_goes(at_desk: Viewer, now: datetime) -> None:
    targets = resolve(
        at_desk,
        now,
        [("anonymous", "c-1")],
        [("anonymous", "c-1"), ("source_key", "user-1")],
        [("source_key", "user-1"), ("anonymous", "c-2")],
        [("anonymous", "c-2")],
        [("anonymous", "null")],
    )
    assert len(set(targets[:4])) == 1
    assert targets[4] is None
    assert Customer.objects.count() == 1


def test_a_source_key_of_an_import_and_of_an_event_mean_the_same(at_desk: Viewer, now: datetime) -> None:
    key = services.create(viewer=at_desk, change=Change(label="Household 11", source_key="11"))
    assert resolve(at_desk, now, [("source_key", "11"), ("anonymous", "c-1")], [("anonymous", "c-1")]) == [
        key,
        key,
    ]


def test_accepted_pairs_merge_and_reopening_undoes(at_desk: Viewer) -> None:
    ana, anna = make(at_desk, "Ana"), make(at_desk, "Anna")
    reasons = [{"field": "name", "level": "close", "weight": 6.0}]
    services.propose(viewer=at_desk, suspicions=[Suspicion(ana, anna, 0.97, "splink", reasons)])
    pair = queries.pairs_for(at_desk).get()
    services.accept(viewer=at_desk, pair_id=pair.pk)
    assert queries.whole_for(at_desk, anna).id == queries.whole_for(at_desk, ana).id
    with pytest.raises(AlreadyDecided):
        services.accept(viewer=at_desk, pair_id=pair.pk)
    services.reopen(viewer=at_desk, pair_id=pair.pk)
    assert queries.whole_for(at_desk, anna).id == anna
    assert queries.pairs_for(at_desk).get().pk == pair.pk


def test_a_rejected_pair_does_not_come_back(at_desk: Viewer) -> None:
    ana, anna = make(at_desk, "Ana"), make(at_desk, "Anna")
    services.propose(viewer=at_desk, suspicions=[Suspicion(ana, anna, 0.97, "splink")])
    services.reject(viewer=at_desk, pair_id=queries.pairs_for(at_desk).get().pk)
    services.propose(viewer=at_desk, suspicions=[Suspicion(anna, ana, 0.99, "splink")])
    assert not queries.pairs_for(at_desk).exists()


def test_pairs_are_accepted_in_bulk_above_a_score(at_desk: Viewer) -> None:
    one, two, three, four = (make(at_desk, name) for name in ("One", "Two", "Three", "Four"))
    services.propose(
        viewer=at_desk,
        suspicions=[
            Suspicion(one, two, 0.99, "splink"),
            Suspicion(two, three, 0.98, "splink"),
            Suspicion(one, three, 0.97, "splink"),
            Suspicion(one, four, 0.6, "splink"),
        ],
    )
    assert len(services.accept_above(viewer=at_desk, score=0.9)) == 2
    assert {queries.whole_for(at_desk, key).id for key in (one, two, three)} == {
        queries.whole_for(at_desk, one).id
    }
    assert queries.pairs_for(at_desk).get().score == 0.6


def test_a_person_claims_the_records_of_a_proved_address_and_sees_no_others(
    chen: Viewer, bea: Viewer, ana: Viewer, tom: Viewer
) -> None:
    with tenancy(chen):
        hers, other = make(chen, "Ana Costa", email="ana@example.org"), make(chen, "Other")
    with tenancy(bea):
        there = make(bea, "Ana C.", email="ana@example.org")
    with tenancy(ana):
        claimed = services.claim(viewer=ana, kind="email", value="Ana@example.org", proved_by="email-code")
        assert {customer for _enterprise, customer in claimed} == {hers, there}
        assert services.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email-code") == []
        assert set(Customer.objects.values_list("pk", flat=True)) == {hers, there}
        assert Identifier.objects.count() == 2
        assert queries.whole_for(ana, hers).name == "Ana Costa"
        with pytest.raises(NotFound):
            queries.whole_for(ana, other)
    with tenancy(tom):
        assert not Customer.objects.exists()
        assert relations.claims_for(tom) == []


def test_a_person_sees_their_record_under_a_root_that_is_not_theirs(chen: Viewer, ana: Viewer) -> None:
    with tenancy(chen):
        kept = make(chen, "A. Costa Lda", email="office@costa.example")
        hers = [make(chen, "Ana Costa", email="ana@example.org"), make(chen, "Ana C.", phone="+351912345678")]
        for one in hers:
            services.merge(viewer=chen, kept_id=kept, absorbed_id=one)
    with tenancy(ana):
        services.claim(viewer=ana, kind="email", value="ana@example.org", proved_by="email-code")
        whole = queries.whole_for(ana, hers[0])
        assert (whole.id, whole.title, whole.record_ids) == (hers[0], "Ana Costa", hers[:1])
        assert [known.value for known in whole.identifiers] == ["ana@example.org"]
        with pytest.raises(NotFound):
            queries.whole_for(ana, kept)
        with pytest.raises(NotFound):
            queries.whole_for(ana, hers[1])
        services.claim(viewer=ana, kind="phone", value="+351912345678", proved_by="sms-code")
        assert [queries.whole_for(ana, one).id for one in hers] == [hers[0], hers[0]]


def test_wholes_add_up_their_records(at_desk: Viewer) -> None:
    assert Tally(events=2, orders=1) + Tally(events=3) == Tally(events=5, orders=1)
