"""What a bench gives back, and the machine it ran on."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure against its bar.

    Attributes:
        what: What was measured, in a few words.
        value: The figure.
        unit: Its unit ("rows/s", "ms", "MB", "× yardstick").
        bar: What it must reach; None where it only informs.
        better: Whether more or less is better.
        yardstick: What it is measured against in the same run, with its figure.
        note: Size of the trial, where that is not obvious.
    """

    what: str
    value: float
    unit: str
    bar: float | None = None
    better: Literal["more", "less"] = "more"
    yardstick: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the bar is reached; None without a bar."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.better == "more" else self.value <= self.bar


# A bench module `bench/<name>.py` offers `run(scale)`: scale 1 is the size of the bar, smaller ones are for trying.
Bench = Callable[[float], list[Figure]]


def machine() -> str:
    """The machine in one line."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(": ")[2] if names else platform.processor()
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {system}"
