"""The list of decisions, made from their titles."""

from pathlib import Path


def titles(folder: Path) -> list[tuple[str, str]]:
    """File name and title of each decision, in order."""
    return [
        (path.name, path.read_text().splitlines()[0].removeprefix("# "))
        for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]-*.md"))
    ]


def index(folder: Path) -> str:
    """The page that lists them."""
    lines = [f"{name[:4]}. [{title}]({name})\n" for name, title in titles(folder)]
    return (
        "# Decisions\n\nWhat we decided, why, and what it costs. A decision that no longer holds is replaced by a "
        "new one that says so; none is rewritten.\n\n" + "\n".join(lines)
    )
