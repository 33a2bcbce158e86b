"""Write the contract of the API (docs/reference/openapi.json), and say what it would break."""

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from guanxi.api import compat, strict_json
from guanxi.api.urls import api

needs = "django"
app = typer.Typer()
console = Console()
PLACE = Path("docs/reference/openapi.json")
CHANGES = Path("docs/reference/api-changes.md")


@app.callback(invoke_without_command=True)
def write(
    breaking: Annotated[
        str, typer.Option(help="Why programs of others must change; announced in api-changes.md.")
    ] = "",
) -> None:
    """Write the schema of the API as it is now."""
    schema = msgspec.json.decode(strict_json.encode(api.get_openapi_schema()))
    broken = compat.breaking(json.loads(PLACE.read_text()), schema) if PLACE.exists() else []
    for line in broken:
        console.print(f"[yellow]breaks[/] {line}")
    if broken and not breaking:
        console.print("Nothing written. Say why with --breaking, or keep what others rely on.")
        raise typer.Exit(1)
    if broken:
        with CHANGES.open("a") as file:
            file.write(f"\n## {breaking}\n\n" + "".join(f"- {line}\n" for line in broken))
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text(json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    console.print(f"{PLACE}: {len(schema['paths'])} addresses")
