"""Asks an engine and the Python predicate the same questions, many at once."""

import ibis
from hypothesis import HealthCheck, Phase, given, settings

from guanxi.core.conditions import relational
from tests.core.conditions.world import ASKED, NOW, VOCABULARY, accepted, customers

SCHEMA = relational.schema(VOCABULARY, ASKED.values())


def harvest(strategy, count):
    """The same `count` examples each time."""
    found = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def gather(example):
        found.append(example)

    gather()
    return found


def sample(*, conditions, people):
    """Conditions and customers for an engine that is slow to ask."""
    return harvest(accepted(), conditions), harvest(customers(), people)


def expected(conditions, people):
    """What the Python predicate says: a row for each customer."""
    return [[condition.test(facts, now=NOW) for condition in conditions] for facts in people]


def questions(conditions, table, engine):
    """One query that asks all conditions of every customer, in the order of their number."""
    answers = {
        f"c{number}": relational.render(condition, table, now=NOW, engine=engine)
        for number, condition in enumerate(conditions)
    }
    return table.order_by("number").select(**answers)


def table_of(engine="duckdb"):
    """The table of customers, unbound."""
    return ibis.table(ibis.schema({"number": "int64", **SCHEMA}), name="facts")


def rows(people):
    """The customers as rows of that table."""
    return [
        {
            "number": number,
            **{known.column: facts[known.name] for known in VOCABULARY},
            **{node.column: facts[key] for key, node in ASKED.items()},
        }
        for number, facts in enumerate(people)
    ]


def differences(conditions, people, answered):
    """Each question on which predicate and engine differ, as text that a person can try."""
    return [
        f"{condition.text} | python {wanted} engine {given} | "
        f"{ {name: facts[name] for name in sorted({known.name for known in condition.attributes})} }"
        for facts, wants, gives in zip(people, expected(conditions, people), answered, strict=True)
        for condition, wanted, given in zip(conditions, wants, gives, strict=True)
        if wanted is not given
    ]
