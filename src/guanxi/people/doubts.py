"""Customers who may be one, by Splink on DuckDB. Loaded by the analysing process alone, through its dotted name.

Splink weighs agreement and disagreement field by field (Fellegi and Sunter 1969). How often strangers agree is
counted on
the enterprise's own customers; how often one and the same person's records agree starts from what is usual and
is learnt
(expectation maximisation) where there are enough customers. Splink's optional graph metrics need igraph, which
is GPL: they
are never called, and importing Splink does not load it (`tests/people/test_doubts.py`).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

import pandas as pd
import splink.comparison_level_library as levels
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.comparison_library import CustomComparison
from splink.internals.exceptions import EMTrainingException

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import naming, queries
from guanxi.people.queries import Whole
from guanxi.people.unions import Suspicion

LEAST_SCORE = 0.5
LEARN_FROM = 500
BATCH = 500
SAMPLED_PAIRS = 1_000_000
logging.getLogger("splink").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Features:
    """What of a customer is compared, in one spelling; None where it is not known."""

    unique_id: str
    given: str | None = None
    family: str | None = None
    sound: str | None = None
    birth: str | None = None
    local: str | None = None
    phone: str | None = None
    number: str | None = None
    address: str | None = None
    city: str | None = None
    postcode: str | None = None


#: For each comparison its levels from the best, with how often records of one customer reach them. Splink
#: numbers them from
#: the worst (0), missing is -1.
_LEVELS: Mapping[str, Sequence[tuple[str, float]]] = {
    "given": (("same", 0.75), ("swapped", 0.03), ("close", 0.15), ("similar", 0.03), ("differs", 0.04)),
    "family": (("same", 0.75), ("swapped", 0.03), ("close", 0.15), ("similar", 0.03), ("differs", 0.04)),
    "birth": (("same", 0.85), ("close", 0.1), ("differs", 0.05)),
    "email": (("same", 0.6), ("close", 0.2), ("differs", 0.2)),
    "phone": (("same", 0.6), ("close", 0.2), ("differs", 0.2)),
    "number": (("same", 0.8), ("differs", 0.2)),
    "address": (("same", 0.65), ("close", 0.2), ("differs", 0.15)),
    "city": (("same", 0.7), ("close", 0.2), ("differs", 0.1)),
    "postcode": (("same", 0.8), ("close", 0.1), ("differs", 0.1)),
}
_COLUMN = {"email": "local"}


def find(viewer: Viewer, *, seed: int = 7) -> list[Suspicion]:
    """Pairs of the enterprise's customers who may be one, with a score and its reasons."""
    rows = list(_features_of(viewer))
    pairs = score(rows, seed=seed)
    return [
        Suspicion(UUID(left), UUID(right), value, "splink", reasons) for left, right, value, reasons in pairs
    ]


def score(
    rows: Sequence[Features], *, seed: int = 7, least: float = LEAST_SCORE
) -> list[tuple[str, str, float, list[dict[str, Any]]]]:
    """Score the pairs of records that share something: ids, probability that both are one, reasons.

    Args:
        rows: The records; their ids must differ.
        seed: Makes the sample of strangers repeatable.
        least: Pairs below this probability are not given.
    """
    if len(rows) < 2:
        return []
    table = pd.DataFrame(
        [asdict(row) for row in rows], columns=[each.name for each in fields(Features)], dtype=object
    )
    used = [name for name in _LEVELS if table[_COLUMN.get(name, name)].notna().sum() >= 2]
    if not used:
        return []
    linker = Linker(table, _settings(table, used), DuckDBAPI())  # type: ignore[arg-type]  # a table is as good as its name
    _learn(linker, table, seed)
    found = linker.inference.predict(threshold_match_probability=least).as_pandas_dataframe()  # type: ignore[no-untyped-call]  # Splink leaves it untyped
    return [_pair(row, used) for row in found.to_dict("records")]


def _settings(table: pd.DataFrame, used: Sequence[str]) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        probability_two_random_records_match=1 / max(len(table), 10),
        comparisons=[_comparison(name) for name in used],
        blocking_rules_to_generate_predictions=_blocks(table),
        retain_intermediate_calculation_columns=True,
    )


def _blocks(table: pd.DataFrame) -> list[Any]:
    """Which records are compared at all: those that agree on one of these."""
    wanted = (
        ("sound",), ("local",), ("phone",), ("given", "family"), ("given", "birth"), ("family", "birth"),
        ("family", "postcode"), ("given", "postcode"), ("address",), ("birth", "postcode"),
    )  # fmt: skip
    usable = [columns for columns in wanted if all(table[name].notna().any() for name in columns)]
    return [block_on(*columns) for columns in usable]


def _comparison(name: str) -> CustomComparison:
    column = _COLUMN.get(name, name)
    steps: list[Any] = [
        levels.NullLevel(column),
        levels.ExactMatchLevel(column, term_frequency_adjustments=_common(name)),
    ]
    if name in ("given", "family"):
        other = "family" if name == "given" else "given"
        swapped = f"{name}_l = {other}_r AND {other}_l = {name}_r"
        steps += [
            levels.CustomLevel(swapped, label_for_charts="swapped"),
            levels.JaroWinklerLevel(column, 0.9),
        ]
        steps.append(levels.JaroWinklerLevel(column, 0.8))
    elif name in ("birth", "phone", "postcode"):
        steps.append(levels.DamerauLevenshteinLevel(column, 1))
    elif name in ("email", "address", "city"):
        steps.append(levels.JaroWinklerLevel(column, 0.9))
    steps.append(levels.ElseLevel())
    for step, (_word, share) in zip(steps[1:], _LEVELS[name], strict=True):
        step.configure(m_probability=share)
    return CustomComparison(output_column_name=name, comparison_levels=steps)


def _common(name: str) -> bool:
    """Agreement on 王 says less than agreement on 仉: frequent values weigh less."""
    return name in ("given", "family", "city")


def _learn(linker: Linker, table: pd.DataFrame, seed: int) -> None:
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed)
    if len(table) < LEARN_FROM:
        return
    for columns in (("given", "family"), ("birth",), ("address",)):
        if any(table[name].notna().mean() < 0.5 for name in columns):
            continue
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*columns), fix_u_probabilities=True
            )
        except EMTrainingException:
            continue  # too few pairs agree on these columns: what is usual stands


def _pair(row: Mapping[str, Any], used: Sequence[str]) -> tuple[str, str, float, list[dict[str, Any]]]:
    reasons = []
    for name in used:
        step = int(row[f"gamma_{name}"])
        if step < 0:
            continue
        words = [word for word, _share in _LEVELS[name]]
        weight = _bits(row.get(f"bf_{name}")) + _bits(row.get(f"bf_tf_adj_{name}"))
        reasons.append({"field": name, "level": words[len(words) - 1 - step], "weight": round(weight, 2)})
    return str(row["unique_id_l"]), str(row["unique_id_r"]), float(row["match_probability"]), reasons


def _bits(factor: Any) -> float:
    """A Bayes factor as evidence in bits, within what can be shown."""
    if factor is None or pd.isna(factor) or factor <= 0:
        return 0.0
    return max(-40.0, min(40.0, math.log2(factor)))


def _features_of(viewer: Viewer) -> Iterator[Features]:
    """Every identified customer of the enterprise; each batch in a transaction of its own."""
    last: UUID | None = None
    while True:
        with tenancy(viewer):
            wholes = queries.wholes_after(viewer, last, size=BATCH)
        if not wholes:
            return
        yield from (features(whole) for whole in wholes)
        last = wholes[-1].id


def features(whole: Whole) -> Features:
    """What of a customer is compared."""
    given, family, sound = split(whole.name) if whole.name else (None, None, None)
    said = {name: str(fact.value) for name, fact in whole.facts.items()}
    email = next((one.value for one in whole.identifiers if one.kind == "email" and one.value), None)
    phone = next((one.value for one in whole.identifiers if one.kind == "phone" and one.value), None)
    return Features(
        unique_id=str(whole.id),
        given=given,
        family=family,
        sound=sound,
        birth=_birth(said),
        local=email.partition("@")[0] if email else None,
        phone=phone,
        address=_said(said, "address", "street"),
        city=_said(said, "city", "suburb"),
        postcode=_said(said, "postcode", "zip"),
    )


def split(name: str) -> tuple[str | None, str | None, str | None]:
    """Given name, family name and sound of a name, in the order of its culture."""
    words = naming.words(naming.normal(name))
    if not words:
        return None, None, None
    if naming.is_han(words[0][0]):
        size = 2 if words[0][:2] in naming.SURNAMES and len(words[0]) > 2 else 1
        return words[0][size:] or None, words[0][:size], "".join(naming.spellings(words[0])[0])
    sound = "".join(sorted(words))
    return (words[0] if len(words) > 1 else None), words[-1], sound


def _birth(said: Mapping[str, str]) -> str | None:
    text = _said(said, "birth", "birthday", "birth_date", "date_of_birth")
    if text is None:
        return None
    try:
        return date.fromisoformat(text).strftime("%Y%m%d")
    except ValueError:
        return "".join(letter for letter in text if letter.isdigit()) or None


def _said(said: Mapping[str, str], *names: str) -> str | None:
    found: Iterable[str] = (said[name] for name in names if said.get(name))
    text = next(iter(found), None)
    return naming.normal(text) if text else None
