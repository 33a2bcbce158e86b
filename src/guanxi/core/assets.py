"""Built styles and scripts: from the name in `assets/` to the address of the built file, by Vite's manifest."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

MANIFEST = Path(__file__).resolve().parent / "static" / "dist" / "manifest.json"


@lru_cache(maxsize=1)
def _built(stamp: float) -> dict[str, str]:
    return {source: entry["file"] for source, entry in json.loads(MANIFEST.read_text()).items()}


@lru_cache(maxsize=1)
def _stamp() -> float:
    return MANIFEST.stat().st_mtime if MANIFEST.exists() else 0.0


def address(name: str) -> str:
    """The address of `workbench.css` or `workbench.js`; a plain one where nothing was built yet."""
    folder = name.rpartition(".")[2]
    stamp = _stamp.__wrapped__() if settings.DEBUG else _stamp()
    built = _built(stamp) if stamp else {}
    return static(f"dist/{built.get(f'{folder}/{name}', f'{folder}/{name}')}")
