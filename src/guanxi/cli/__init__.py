"""The `guanxi` command: one file per command.

A file of this folder with a top-level `app = typer.Typer()` is a command: `import_.py` becomes `guanxi import`, its
module docstring the one line that `guanxi --help` shows, and more than one function in it a group
(`guanxi staff create`). Nothing else is to be registered. A command is imported when it is called; before that
Django is set up, unless the file says `needs = "nothing"`, and the embedded database is started when it says
`needs = "database"`.
"""

import ast
import os
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from guanxi.cli import ground
from guanxi.core.resolve import resolve

FOLDER = Path(__file__).parent


class Later(TyperCommand):
    """A command that is known by its file and imported when it is called."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        super().__init__(
            path.stem.rstrip("_").replace("_", "-"), help=(ast.get_docstring(tree) or "").partition("\n")[0]
        )
        self.module = f"guanxi.cli.{path.stem}"
        self.needs = ground.NEEDS.get(_constant(tree, "needs"), ground.set_up)

    @cached_property
    def real(self) -> Any:
        """The command itself, with what it needs made ready first."""
        self.needs()
        command = get_command(resolve(f"{self.module}:app"))
        command.params = [each for each in command.params if not str(each.name).endswith("_completion")]
        return command

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Hand over to the command itself."""
        return self.real.make_context(info_name, args, parent=parent, **extra)


class Commands(TyperGroup):
    """All commands of this folder."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for path in sorted(FOLDER.glob("*.py")):
            tree = ast.parse(path.read_text())
            if path.stem != "__init__" and _assigned(tree, "app"):
                self.add_command(Later(path, tree))

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the alphabet."""
        return sorted(self.commands)


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in statement.targets
        ):
            return statement.value
    return None


def _constant(tree: ast.Module, name: str) -> str:
    value = _assigned(tree, name)
    return str(value.value) if isinstance(value, ast.Constant) else ""


commands = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@commands.callback()
def _root() -> None:
    """Guanxi: every contact permitted, every effect measured. `guanxi COMMAND --help` says more."""


def app() -> None:
    """The entry point: an error that we foresaw is one sentence and exit code 1, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.settings")
    try:
        commands()
    except ground.foreseen() as error:
        Console(stderr=True, style="red", highlight=False).print(f"{type(error).__name__}: {error}")
        sys.exit(1)
