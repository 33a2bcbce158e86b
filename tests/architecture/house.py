"""Where the rules look: every module and template of the house, parsed once."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "guanxi"


@dataclass(frozen=True, slots=True)
class Module:
    """A source file: its path below src/guanxi, its text and its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package it stands in ("core"), or the module itself at the top ("urls")."""
        return self.path.parts[0].removesuffix(".py")


def module(text: str, path: str = "people/services.py") -> Module:
    """A module made of a few lines, as if it stood at `path`."""
    return Module(Path(path), text, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the house; migrations are written by Django and left out."""
    return tuple(
        module(path.read_text(), str(path.relative_to(HOUSE)))
        for path in sorted(HOUSE.rglob("*.py"))
        if "migrations" not in path.parts and "node_modules" not in path.parts
    )


@cache
def packages() -> tuple[Path, ...]:
    """Every package of the house."""
    return tuple(sorted(path.parent for path in HOUSE.glob("*/__init__.py")))


@cache
def templates() -> tuple[Path, ...]:
    """Every template of the house."""
    return tuple(sorted(path for path in HOUSE.glob("*/templates/**/*") if path.is_file()))
