"""`make bench`: run the benches, print how they stand to their bars, and write docs/benchmarks.md.

python -m bench                   all of them, at full size
python -m bench idle value        some
python -m bench --scale 0.01 …    small, for trying; figures are printed and not kept
"""

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, machine

FOLDER = Path(__file__).parent
KEPT = FOLDER / "results.json"
PAGE = FOLDER.parent / "docs" / "benchmarks.md"
ORDER = ("gateway", "imports", "pages", "gate", "value", "kills", "idle")
SIGNS = {True: "✓", False: "✗", None: ""}


def names() -> list[str]:
    """The benches that there are, in the order in which they run."""
    found = {
        path.stem
        for path in FOLDER.glob("*.py")
        if "\ndef run(" in path.read_text() and not path.stem.startswith("_")
    }
    return [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]


def main() -> int:
    """Run what was asked for; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="bench", help=f"one or more of: {', '.join(names())}")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="size of the trial; 1 is the size of the bar"
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names()):
        parser.error(f"no bench named {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    missed = 0
    for name in asked.names or names():
        figures = _run(name, asked.scale)
        missed += sum(figure.reached is False for figure in figures)
        if asked.scale == 1:
            _keep(name, figures)
    if asked.scale == 1:
        PAGE.write_text(page(json.loads(KEPT.read_text())))
    return 1 if missed else 0


def _run(name: str, scale: float) -> list[Figure]:
    console = Console()
    console.rule(name)
    started = time.monotonic()
    figures: list[Figure] = import_module(f"bench.{name}").run(scale)
    table = Table(
        "", "What", "Figure", "Bar", "Yardstick", title=f"{name}, {time.monotonic() - started:.0f} s"
    )
    for each in figures:
        table.add_row(
            SIGNS[each.reached],
            f"{each.what} {each.note}".strip(),
            number(each.value, each.unit),
            bar(each),
            each.yardstick,
        )
    console.print(table)
    return figures


def _keep(name: str, figures: list[Figure]) -> None:
    """Put the figures beside those of the other benches, with machine and day."""
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[name] = {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "title": (import_module(f"bench.{name}").__doc__ or name).strip().partition("\n")[0],
        "figures": [{key: getattr(each, key) for key in Figure.__slots__} for each in figures],
    }
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def page(kept: dict[str, Any]) -> str:
    """The page of the documents."""
    parts = [
        "# Benchmarks\n\n"
        "What we promise of speed, and what came out. Each figure stands against a **yardstick measured in the "
        "same run** on the same machine, because disks and neighbours differ: read the ratios. `make bench` runs "
        "them all and writes this page; ✓ reaches its bar, ✗ misses it.\n"
    ]
    for name in [*(each for each in ORDER if each in kept), *sorted(kept.keys() - set(ORDER))]:
        each = kept[name]
        figures = [Figure(**figure) for figure in each["figures"]]
        rows = [f"| {' | '.join(_cells(one))} |" for one in figures]
        heads = "| | What | Figure | Bar | Yardstick | Size |\n|---|---|---|---|---|---|"
        parts.append(
            f"## {name.capitalize()}\n\n{each['title']}\n\n{heads}\n" + "\n".join(rows)
            + f"\n\n{each['day']}, {each['machine']}.\n"
        )  # fmt: skip
    return "\n".join(parts)


def _cells(one: Figure) -> tuple[str, ...]:
    return (SIGNS[one.reached], one.what, number(one.value, one.unit), bar(one), one.yardstick, one.note)


def number(value: float, unit: str) -> str:
    """A figure with as many digits as it deserves."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def bar(figure: Figure) -> str:
    """The bar in words."""
    if figure.bar is None:
        return ""
    return f"{'≥' if figure.better == 'more' else '≤'} {number(figure.bar, figure.unit)}"


if __name__ == "__main__":
    sys.exit(main())
