"""Customer value against published figures and real data sets."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanxi.estimators.bgnbd import BetaGeometric
from guanxi.estimators.histories import Histories
from guanxi.estimators.spending import GammaGamma

DATA = Path(os.environ.get("GUANXI_DATASETS", Path(__file__).parents[3] / "shared" / "data"))


def data(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"data set {name} is not in {DATA}: set GUANXI_DATASETS to the folder that holds it")
    return DATA / name


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return pd.read_csv(data("cdnow/cdnow_customers_summary_with_transactions.csv"))


@pytest.fixture(scope="module")
def histories(cdnow: pd.DataFrame) -> Histories:
    return Histories.of(cdnow["x"], cdnow["t_x"], cdnow["T"])


@pytest.fixture(scope="module")
def held_out() -> pd.DataFrame:
    """The sample's raw log: calibration until 30 September 1997, then 39 weeks."""
    log = pd.read_csv(data("cdnow/cdnow_sample_2357.csv"))
    log["date"] = pd.to_datetime(log["date"].astype(str))
    days = log.drop_duplicates(["sample_id", "date"])
    end = pd.Timestamp("1997-09-30")
    before = days[days.date <= end].groupby("sample_id").date.agg(["min", "max", "count"])
    table = pd.DataFrame(
        {
            "x": before["count"] - 1,
            "t_x": (before["max"] - before["min"]).dt.days / 7,
            "T": (end - before["min"]).dt.days / 7,
        }
    )
    later = days[days.date > end].groupby("sample_id").size()
    return table.assign(later=later.reindex(table.index, fill_value=0))


def test_cdnow_parameters_are_the_published_ones(histories):
    found = BetaGeometric(spread=None).fit(histories, seed=0)
    figures = tuple(round(one, 3) for one in (found.r, found.alpha, found.a, found.b))
    assert figures == (0.243, 4.414, 0.793, 2.426)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.1)


def test_cdnow_hold_out_tracks_as_published(held_out):
    table = Histories.of(held_out["x"], held_out["t_x"], held_out["T"])
    found = BetaGeometric(spread=None).fit(table, seed=0)
    predicted = found.expected(table.repeats, table.last, table.age, 39.0)
    assert held_out["later"].sum() == 1882
    assert predicted.sum() == pytest.approx(1654, abs=3)
    assert np.corrcoef(predicted, held_out["later"])[0, 1] == pytest.approx(0.626, abs=0.001)
    assert np.abs(predicted - held_out["later"]).mean() == pytest.approx(0.786, abs=0.002)


def test_the_weak_prior_hardly_moves_cdnow(histories):
    plain, default = (BetaGeometric(spread=one).fit(histories, seed=0) for one in (None, 1.0))
    assert (default.r, default.alpha, default.a, default.b) == pytest.approx(
        (plain.r, plain.alpha, plain.a, plain.b), rel=0.01
    )


def test_cdnow_gamma_gamma_is_the_published_one(cdnow):
    again = cdnow[cdnow["x"] > 0]
    found = GammaGamma(spread=None).fit(again["x"], again["zbar"], seed=0)
    assert found.customers == 946
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.45), abs=0.01)
    assert found.correlation == pytest.approx(0.114, abs=0.001)
    assert found.independent


@pytest.mark.slow
def test_parameters_agree_with_lifetimes(histories, cdnow):
    lifetimes = pytest.importorskip("lifetimes")
    oracle = lifetimes.BetaGeoFitter().fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    found = BetaGeometric(spread=None).fit(histories, seed=0)
    ours = (found.r, found.alpha, found.a, found.b)
    assert ours == pytest.approx(tuple(oracle.params_[["r", "alpha", "a", "b"]]), rel=2e-3)
    theirs = oracle.conditional_expected_number_of_purchases_up_to_time(
        39, cdnow["x"], cdnow["t_x"], cdnow["T"]
    )
    np.testing.assert_allclose(
        found.expected(histories.repeats, histories.last, histories.age, 39.0), theirs, rtol=5e-3
    )
    np.testing.assert_allclose(
        found.alive(histories.repeats, histories.last, histories.age),
        oracle.conditional_probability_alive(cdnow["x"], cdnow["t_x"], cdnow["T"]),
        rtol=2e-3,
    )


@pytest.mark.slow
def test_online_retail_does_not_diverge():
    """The plain likelihood forecasts 1e12 times too many orders here; the default must stay within a fifth."""
    lines = pd.read_parquet(data("online_retail_uci/online_retail.parquet"))
    sold = lines[lines["CustomerID"].notna() & ~lines["InvoiceNo"].astype(str).str.startswith("C")]
    day = pd.to_datetime(sold["InvoiceDate"]).dt.normalize()
    days = pd.DataFrame({"customer": sold["CustomerID"].astype(str), "day": day}).drop_duplicates()
    end, stop = pd.Timestamp("2011-06-30"), pd.Timestamp("2011-12-09")
    before = days[days.day <= end].groupby("customer").day.agg(["min", "max", "count"])
    later = days[days.day > end].groupby("customer").size().reindex(before.index, fill_value=0)
    table = Histories.of(
        before["count"] - 1, (before["max"] - before["min"]).dt.days / 7, (end - before["min"]).dt.days / 7
    )
    found = BetaGeometric().fit(table, seed=0)
    predicted = found.expected(table.repeats, table.last, table.age, (stop - end).days / 7)
    assert predicted.sum() == pytest.approx(later.sum(), rel=0.20)
    assert np.abs(predicted - later).mean() < np.abs(later.mean() - later).mean()
