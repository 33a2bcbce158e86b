"""Packages depend downwards only; the contracts stand in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import ROOT


@pytest.mark.slow
def test_every_border_is_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_contract_has_an_exception_list() -> None:
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()
