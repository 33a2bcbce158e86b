"""The loop report, composed of figures that others define: each has one definition, and this page repeats it.

Running campaigns add their lines through the slot `loop.lines` (subject: the name of the part; variables: `lines`).
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from guanxi.consent import queries as consent
from guanxi.consent.words import Outcome, Reason
from guanxi.core import formats, slots
from guanxi.core.errors import NotFound
from guanxi.core.importing import queries as importing
from guanxi.core.importing.models import State as ImportState
from guanxi.core.viewer import Viewer
from guanxi.market.loop import outlook
from guanxi.market.loop.lines import TITLES, Line, Part, Report, nothing_measured, unknown
from guanxi.market.models import Addressee, Faith, LoopReport
from guanxi.market.past import queries as past
from guanxi.mining import queries as mining
from guanxi.people import listing
from guanxi.people import queries as people
from guanxi.people.listing import Criteria
from guanxi.sales import queries as sales
from guanxi.trials import effects, measured

#: The gate's answers of so many days are counted, and a year of orders against the year before.
GATE_DAYS, SALES_DAYS = 90, 365
TOP = 3


def report_for(viewer: Viewer) -> Report:
    """The whole report as this viewer may see it."""
    viewer.require("mining.read")
    return Report(viewer.now, viewer.currency, tuple(_part(viewer, name) for name in TITLES))


def kept_days_for(viewer: Viewer) -> list[date]:
    """The days of which a report was kept, the latest first."""
    viewer.require("mining.read")
    return list(
        LoopReport.objects.filter(enterprise_id=viewer.tenant).order_by("-day").values_list("day", flat=True)
    )


def kept_for(viewer: Viewer, day: str) -> Report:
    """The report as it was kept on a day (2018-01-01), in the words of that day.

    Raises:
        NotFound: None was kept then.
    """
    viewer.require("mining.read")
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound(field="day") from error
    row = LoopReport.objects.filter(enterprise_id=viewer.tenant, day=wanted).first()
    if row is None:
        raise NotFound
    return Report.of(row.facts, row.as_of)


def _part(viewer: Viewer, name: str) -> Part:
    lines = list(_PARTS[name](viewer))
    for filling in slots.shown("loop.lines", viewer, name):
        lines.extend(filling.variables["lines"])
    return Part(name, tuple(lines))


def _came_in(viewer: Viewer) -> Iterator[Line]:
    if viewer.may("imports.run"):
        runs = importing.imports_for(viewer).filter(state=ImportState.DONE, dry=False)
        files, created, rejects = runs.aggregate(Count("pk"), Sum("creates"), Sum("rejects")).values()
        note = _("%(created)s rows brought in, %(rejects)s set aside") % {
            "created": formats.number(created or 0, 0), "rejects": formats.number(rejects or 0, 0),
        }  # fmt: skip
        yield Line("files", _("Files imported"), formats.number(files, 0), files, note, ("desk:imports", ""))
    span = sales.span_for(viewer, days=SALES_DAYS)
    if not span.orders:
        yield unknown("orders", _("No order has come in within a year."))
        return
    total = formats.money(span.total, viewer.currency, whole=True)
    yield Line(
        "orders",
        _("Orders within a year"),
        formats.number(span.orders, 0),
        span.orders,
        total,
        ("desk:orders", ""),
    )


def _who(viewer: Viewer) -> Iterator[Line]:
    count = listing.count_for(viewer, Criteria())
    if not count:
        yield unknown("customers", _("No customer is known yet."))
        return
    yield Line("customers", _("Customers"), formats.number(count, 0), count, page=("desk:customers", ""))
    run = mining.last_good_run(viewer)
    if run is None:
        yield nothing_measured()
        return
    gap = run.report["consumption"]["gap_median"]
    note = _("in a rhythm") if run.report["consumption"].get("regular") else _("at random")
    yield Line(
        "gap",
        _("Days between purchases, median customer"),
        formats.number(gap, 0),
        gap,
        note,
        ("desk:mining", ""),
    )
    weak = run.report["value"]["levels"].get("C", 0)
    yield Line(
        "own_data", _("Customers known by their own purchases"), formats.number(len_measured(run) - weak, 0),
        len_measured(run) - weak, _("of %(all)s who ever bought") % {"all": formats.number(len_measured(run), 0)},
        ("desk:mining", ""),
    )  # fmt: skip


def len_measured(run: Any) -> int:
    """How many customers a run of the measures scored."""
    return sum(run.report["value"]["levels"].values())


def _worth(viewer: Viewer) -> Iterator[Line]:
    run = mining.last_good_run(viewer)
    if run is None:
        yield nothing_measured()
        return
    value = run.report["value"]
    label = (
        _("Margin expected in three years")
        if value["basis"] == "margin"
        else _("Revenue expected in three years")
    )
    money = formats.money_writer(viewer.currency, whole=True)
    yield Line("total", label, money(value["total"]), value["total"], page=("desk:mining", ""))
    yield Line("median", _("Median customer"), money(value["median"]), value["median"])
    tenth = value["top_tenth"]
    yield Line("top_tenth", _("Held by the best tenth"), formats.percent(tenth), tenth)
    yield from _best(viewer, mining.scores_for(viewer, "value").order_by(*mining.SCORES_ORDER)[:TOP])


def _slipping(viewer: Viewer) -> Iterator[Line]:
    if mining.last_good_run(viewer) is None:
        yield nothing_measured()
        return
    silent = outlook.slipping_for(viewer)
    count, value = silent.aggregate(Count("pk"), Sum("value")).values()
    if not count:
        yield Line("nobody", _("Nobody has been silent for three times their usual gap."), figure=0)
        return
    note = _("%(value)s of expected value") % {"value": formats.money(value, viewer.currency, whole=True)}
    yield Line(
        "silent", _("Silent for more than three times their usual gap"), formats.number(count, 0), count, note,
        ("desk:mining", ""),
    )  # fmt: skip
    yield from _best(viewer, silent.order_by(*mining.SCORES_ORDER)[:TOP])


def _best(viewer: Viewer, rows: Any) -> Iterator[Line]:
    """Customers with their value, and why."""
    scores = list(rows)
    titles = people.titles_for(viewer, [score.customer_id for score in scores])
    for score in scores:
        shown = mining.shown(score, viewer.currency)
        yield Line(
            f"customer:{score.customer_id}", titles.get(score.customer_id, ""), shown.text, score.value,
            " ".join(shown.reasons[:2]), ("desk:customer", str(score.customer_id)),
        )  # fmt: skip


def _tried(viewer: Viewer) -> Iterator[Line]:
    shown = past.campaigns_for(viewer)
    if not shown:
        yield unknown(
            "past", _("No campaign is known yet: none was run here, and none of before was imported.")
        )
        return
    reached = Addressee.objects.filter(enterprise_id=viewer.tenant).aggregate(
        Count("pk"), Count("customer", distinct=True)
    )
    sent, customers = reached.values()
    note = _("sent %(sent)s times to %(customers)s customers") % {
        "sent": formats.number(sent, 0), "customers": formats.number(customers, 0),
    }  # fmt: skip
    yield Line(
        "past", _("Campaigns of before"), formats.number(len(shown), 0), len(shown), note, ("desk:past", "")
    )


def _did(viewer: Viewer) -> Iterator[Line]:
    shown = [one for one in past.campaigns_for(viewer) if one.measured and one.hindsight]
    for level in Faith:
        of_level = [one for one in shown if one.hindsight and one.hindsight.trust == level]
        if of_level:
            label = _("Campaigns of before whose figure to trust: %(level)s") % {
                "level": str(level.label).lower()
            }
            yield Line(
                f"trust:{level}",
                label,
                formats.number(len(of_level), 0),
                len(of_level),
                page=("desk:past", ""),
            )
    for one in shown:
        if one.hindsight and one.hindsight.trust == Faith.FAIR:
            yield Line(
                f"campaign:{one.campaign.source_key}", one.campaign.name, figure=one.hindsight.effect, note=one.says,
                page=("desk:past-campaign", str(one.campaign.pk)),
            )  # fmt: skip
    if not shown:
        yield unknown("past", _("No campaign of before could be measured yet."))
    found = effects.effect_of_holdout(viewer, outlook.orders_in_half_year(viewer))
    yield Line(
        "hold_out", _("All unasked offers of this half-year together"), figure=found.estimate,
        note=measured.sentence(found, viewer.currency), known=found.estimate is not None,
    )  # fmt: skip


def _refused(viewer: Viewer) -> Iterator[Line]:
    asked = consent.verdicts_for(viewer).filter(asked_at__gte=viewer.now - timedelta(days=GATE_DAYS))
    tally = {
        (row["outcome"], row["reason"]): row["n"]
        for row in asked.order_by().values("outcome", "reason").annotate(n=Count("pk"))
    }
    if not tally:
        yield unknown("gate", _("The gate was not asked within %(days)s days.") % {"days": GATE_DAYS})
        return
    count = sum(tally.values())
    yield Line(
        "asked",
        _("Times the gate was asked within %(days)s days") % {"days": GATE_DAYS},
        formats.number(count, 0),
        count,
    )
    words = dict(Reason.choices)
    refused = [(n, reason) for (outcome, reason), n in tally.items() if outcome != Outcome.ALLOW]
    for n, reason in sorted(refused, reverse=True):
        yield Line(f"reason:{reason}", str(words.get(reason, reason)), formats.number(n, 0), n)


def _next(viewer: Viewer) -> Iterator[Line]:
    for group in outlook.groups_for(viewer):
        yield outlook.line(group, viewer.currency)


_PARTS: dict[str, Callable[[Viewer], Iterator[Line]]] = {
    "came_in": _came_in, "who": _who, "worth": _worth, "slipping": _slipping, "tried": _tried, "did": _did,
    "refused": _refused, "next": _next,
}  # fmt: skip
