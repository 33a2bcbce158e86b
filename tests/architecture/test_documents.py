"""Documents are true: the site builds, what they name exists, what they tell to type is understood."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from guanxi.cli import commands
from tests.architecture.house import ROOT

DOCUMENTS = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
# A folder of the house, then something more.
NAMED = re.compile(r"`((?:src/guanxi|tests|docs|demo|bench|assets)/[\w./-]+)`")
TYPED = re.compile(r"^\$ (.+)$", re.MULTILINE)


def _typed() -> list[tuple[str, str]]:
    return [
        (path.name, line.split("#")[0].strip())
        for path in DOCUMENTS
        for line in TYPED.findall(path.read_text())
    ]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("mkdocs"), "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = "".join(path.read_text() for path in tmp_path.rglob("*.html"))
    assert not re.search(
        r'<(?:script|link)[^>]+(?:src|href)="https?://(?!example)[^"]*\.(?:js|css|woff2?)', pages
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_names_exist(path: Path) -> None:
    named = [
        name for name in NAMED.findall(path.read_text()) if not re.search(r"/(service|parcels|\w*<)", name)
    ]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(("document", "line"), [each for each in _typed() if each[1].startswith("make")])
def test_a_target_that_a_document_names_exists(document: str, line: str) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert line.split()[1] in targets


@pytest.mark.parametrize(("document", "line"), [each for each in _typed() if each[1].startswith("guanxi")])
def test_a_command_that_a_document_names_is_understood(document: str, line: str) -> None:
    root: Any = get_command(commands)
    words = shlex.split(line)[1:]
    command = root.commands[words.pop(0)].real
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    known = {
        option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]
    }
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/how-to/add-*.md")), ids=lambda path: path.stem)
def test_an_extension_ends_with_at_most_five_files_touched(path: Path) -> None:
    last = path.read_text().strip().splitlines()
    start = next(number for number, line in enumerate(last) if line.startswith("**Files touched:**"))
    assert len(re.findall(r",| and ", " ".join(last[start:]).split(";")[0])) < 5


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/decisions/0*.md")), ids=lambda path: path.stem)
def test_a_decision_fits_one_screen_and_says_why_and_what_it_costs(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 40
    assert all(word in text for word in ("**Why.**", "**So**", "**It costs**"))
