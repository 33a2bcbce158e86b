"""The one dynamic import of the house: heavy parts are registered by dotted name and resolved here.

Web, live and doors never load the analysis stack (DuckDB, Ibis, pandas, SciPy, Spark); a name that is only
written down costs nothing until the analysing process resolves it.
"""

from functools import cache
from importlib import import_module
from typing import Any


@cache
def resolve(name: str) -> Any:
    """The object that `package.module:attribute` names.

    Raises:
        LookupError: The name is malformed or leads nowhere.
    """
    module, separator, attribute = name.partition(":")
    if not separator:
        raise LookupError(f"Write a dotted name as package.module:attribute, not {name!r}.")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{name} leads nowhere: {error}") from error
