"""Doubtful pairs: quality on data whose truth is known, and the way into a steward's queue."""

import csv
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from guanxi.core import jobs
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.people import doubts, matching, queries, services
from guanxi.people.doubts import Features
from guanxi.people.jobs import FIND_DUPLICATES
from guanxi.people.services import Change

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the reference data are not on this machine")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]


def febrl(name: str) -> tuple[list[Features], set[tuple[str, str]]]:
    """Without the social security number: a shop does not have it."""
    features, by_person = [], dict[str, list[str]]()
    for row in rows_of(DATA / "febrl_1_to_4" / name):
        key = row["rec_id"]
        by_person.setdefault(key.split("-")[1], []).append(key)
        features.append(
            Features(
                key,
                given=row["given_name"] or None,
                family=row["surname"] or None,
                sound="".join(sorted((row["given_name"], row["surname"]))) or None,
                birth=row["date_of_birth"] or None,
                address=row["address_1"] or None,
                number=row["street_number"] or None,
                city=row["suburb"] or None,
                postcode=row["postcode"] or None,
            )
        )
    return features, {pair for several in by_person.values() for pair in combinations(sorted(several), 2)}


def german(name: str) -> tuple[list[Features], set[tuple[str, str]]]:
    """Names and dates of birth, nothing else."""
    features, by_person = [], dict[str, list[str]]()
    for number, row in enumerate(rows_of(DATA / "rldata_german_names" / name)):
        key = f"{number:06d}"
        by_person.setdefault(row["identity"], []).append(key)
        birth = f"{row['by']}{int(row['bm']):02d}{int(row['bd']):02d}"
        given, family = row["fname_c1"].lower(), row["lname_c1"].lower()
        features.append(
            Features(key, given=given, family=family, sound="".join(sorted((given, family))), birth=birth)
        )
    return features, {pair for several in by_person.values() for pair in combinations(sorted(several), 2)}


def quality(features: list[Features], truth: set[tuple[str, str]], least: float) -> tuple[float, float]:
    found = {
        tuple(sorted((left, right))) for left, right, _score, _why in doubts.score(features, least=least)
    }
    right = len(found & truth)
    return right / max(len(found), 1), right / len(truth)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "name", "precision", "recall"),
    [
        (febrl, "dataset1.csv", 0.99, 0.98),
        (febrl, "dataset2.csv", 0.99, 0.96),
        (german, "RLdata500.csv", 0.97, 0.87),
        (german, "RLdata10000.csv", 0.98, 0.89),
    ],
)
def test_pairs_are_found_where_the_truth_is_known(
    source: object, name: str, precision: float, recall: float
) -> None:
    features, truth = source(name)  # type: ignore[operator]  # one of the two readers above
    reached = quality(features, truth, least=0.9)
    assert reached[0] >= precision, reached
    assert reached[1] >= recall, reached


@pytest.mark.slow
def test_splink_comes_without_igraph() -> None:
    code = "import guanxi.people.doubts, sys; sys.exit('igraph' in sys.modules)"
    setup = "import django; django.setup();"
    assert subprocess.run([sys.executable, "-c", setup + code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "parts"),
    [("张三", ("三", "张", "zhangsan")), ("欧阳修", ("修", "欧阳", "ouyangxiu")), ("Ana Costa", ("ana", "costa",
    "anacosta")),
     ("Costa", (None, "costa", "costa"))],
)  # fmt: skip
def test_names_are_parted_in_the_order_of_their_culture(name: str, parts: tuple[str | None, ...]) -> None:
    assert doubts.split(name) == parts


@pytest.mark.slow
def test_two_spellings_of_one_customer_come_before_a_steward(chen: Viewer) -> None:
    with tenancy(chen):
        ana = services.create(
            viewer=chen, change=Change(name="Ana Costa"), identifiers=[("email", "ana.costa@example.org")]
        )
        same = services.create(
            viewer=chen, change=Change(name="Ana Costa"), identifiers=[("email", "ana.costa@example.net")]
        )
        for number in range(40):
            services.create(viewer=chen, change=Change(name=f"Other{number} Person{number}"))
    jobs.run(FIND_DUPLICATES, enterprise_id=chen.tenant)
    with tenancy(chen):
        pair = queries.pairs_for(chen).get()
        assert {pair.left_id, pair.right_id} == {ana, same}
        assert pair.score > 0.7
        assert "E-mail: the same" in matching.sentences(pair.reasons)
