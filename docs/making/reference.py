"""The reference, made from the code: what is registered, declared or routed is listed, and nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from typer.main import get_command

from guanxi.api.urls import api as rest
from guanxi.cli import commands
from guanxi.cli.check import shown, type_of
from guanxi.core import catalogue, declaration, exempt, jobs, schemas
from guanxi.core.importing import targets
from guanxi.core.viewer import RIGHTS, Role
from guanxi.settings import Configuration

MADE = "<!-- Made from the code by docs/making/reference.py -->\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(value: object) -> str:
    """A value that cannot break its table."""
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def code(value: object) -> str:
    """A value as code, or nothing."""
    return f"`{value}`" if str(value) else ""


def page(title: str, lead: str, *parts: str) -> str:
    """A page of the reference."""
    return "\n\n".join([f"{MADE}# {title}", lead, *parts]) + "\n"


def settings() -> str:
    """Every setting."""
    rows = [
        (
            code(f"GUANXI_{name.upper()}"),
            type_of(field),
            code(_default(field.default)),
            field.description or "",
        )
        for name, field in Configuration.model_fields.items()
    ]
    lead = "Settings come from the environment. `guanxi check --settings` lists them with the values that hold now."
    return page("Settings", lead, table(("Setting", "Type", "Default", "What it is for"), rows))


def _default(value: object) -> str:
    text = shown(value)
    return ".data" if text.endswith("/.data") else text


def command_pages() -> str:
    """Every command with its options."""
    root: Any = get_command(commands)
    parts = []
    for name in sorted(root.commands):
        parts += list(_command(f"guanxi {name}", root.commands[name].real))
    return page("Commands", "`guanxi COMMAND --help` says the same in the terminal.", *parts)


def _command(name: str, command: Any) -> Iterator[str]:
    children = getattr(command, "commands", {})
    if not children:
        yield f"## {name}\n\n{(command.help or '').strip()}"
        options = [
            (
                code(" ".join([*parameter.opts, *parameter.secondary_opts]) or parameter.name),
                _plain(parameter.help),
            )
            for parameter in command.params
            if parameter.name != "help"
        ]
        if options:
            yield table(("Argument or option", "Meaning"), options)
    for child in children:
        yield from _command(f"{name} {child}", children[child])


def _plain(text: str | None) -> str:
    return (text or "").strip()


def event_types() -> str:
    """Every type of event."""
    rows = [
        (code(schema.type), schema.version, schema.label, ", ".join(map(code, schema.private)) or "–")
        for schema in schemas.registered().values()
    ]
    lead = (
        "An event is one thing that happened, kept for ever and never changed. A sender may use names of its own: "
        "`track` with *Wish Added* becomes `track.wish_added` and is kept with the default schema, which seals "
        "whatever usually names somebody."
    )
    return page("Events", lead, table(("Type", "Version", "Label", "Sealed"), rows))


def attributes() -> str:
    """What conditions may name."""
    rows = [
        (code(attribute.name), attribute.type.value, attribute.label, code(attribute.source))
        for attribute in catalogue.vocabulary
    ]
    lead = "What a [condition](../explanation/conditions.md) may name, with its type and where PostgreSQL has it."
    return page("Attributes of conditions", lead, table(("Attribute", "Type", "Label", "Source"), rows))


def imports() -> str:
    """What imports can fill."""
    parts = []
    for target in targets.every():
        keys = ", ".join(map(code, target.match_keys))
        rows = [
            (
                code(field.name),
                field.type,
                "yes" if field.required else "",
                "yes" if field.private else "",
                field.label,
            )
            for field in target.fields
        ]
        parts.append(
            f"## {target.name}\n\n{target.label}. Rows are matched by {keys}.\n\n"
            + table(("Field", "Type", "Required", "Sealed", "Label"), rows)
        )
    return page("Import targets", "What a file can fill, through page, API and command alike.", *parts)


def rights() -> str:
    """Who may do what."""
    rows = [
        (code(right), *("●" if role in roles else "" for role in Role))
        for right, roles in sorted(RIGHTS.items())
    ]
    lead = (
        "A role holds rights; reach (own, team, store, all) says on whose customers. An API key holds the rights named "
        "as its scopes, never more."
    )
    return page("Rights", lead, table(("Right", *(str(role.label) for role in Role)), rows))


def job_names() -> str:
    """Every background job."""
    rows = [
        (
            code(job.name),
            job.queue,
            job.retry,
            ", ".join(map(code, job.crons)),
            _first_line(job.function.__doc__),
        )
        for job in jobs.registered().values()
    ]
    lead = "Jobs run in `guanxi work`; those of the queue *analysis* in a process that it starts for them."
    return page("Jobs", lead, table(("Job", "Queue", "Tries", "Schedule (UTC)", "What it does"), rows))


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def tables() -> str:
    """Every table with its declaration."""
    rows = sorted(
        (
            code(model._meta.db_table),
            _first_line(model.__doc__),
            code(holding.tenant),
            code(holding.subject),
            ", ".join(map(code, holding.private)),
            "append-only" if holding.append_only else "derived" if holding.derived else "",
        )
        for model, holding in declaration.declared()
        if not model._meta.db_table.endswith("history")
    )
    outside = [(code(name), reason) for name, reason in sorted(exempt.EXEMPT.items())]
    lead = (
        "Each table declares once whose its rows are and what in them is private; row security, audit, export, erasure "
        "and lake follow from it. Audited tables have a second one, `…history`, with the same declaration."
    )
    return page(
        "Tables",
        lead,
        table(("Table", "What a row is", "Tenant", "Subject", "Sealed", "Kind"), rows),
        "## Outside row security\n\nThe written list, each with its reason.",
        table(("Table", "Why"), outside),
    )


def pages() -> str:
    """Every address of the doors."""
    rows = [
        (code(address), code(name), _first_line(view.__doc__))
        for address, name, view in _routes(get_resolver().url_patterns, "/")
        if not address.startswith(("/accounts/", "/api/", "/i18n/"))
    ]
    lead = "Addresses of the doors and of the gateway. The REST API has [its own page](api.md)."
    return page("Pages", lead, table(("Address", "Name", "What it shows or does"), rows))


def _routes(
    patterns: Iterable[Any], prefix: str, space: str = ""
) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _routes(pattern.url_patterns, address, inner)
        elif isinstance(pattern, URLPattern):
            yield address, f"{space}{pattern.name}" if pattern.name else "", pattern.callback


def api() -> str:
    """Every operation of the REST API."""
    schema = rest.get_openapi_schema()
    rows = [
        (code(method.upper()), code(path), operation.get("summary", ""), _scopes(operation))
        for path, item in sorted(schema["paths"].items())
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
    lead = (
        "OpenAPI 3.1, served at `/api/v1/openapi.json` and readable at `/api/v1/docs`. Lists page by cursor (`next`); "
        "errors are `application/problem+json`; writes take an `Idempotency-Key`. How to use it: "
        "[Use the API](../how-to/use-the-api.md)."
    )
    return page("REST API", lead, table(("Method", "Path", "What it does", "Right"), rows))


def _scopes(operation: dict[str, Any]) -> str:
    return code(operation.get("x-right", ""))


PAGES: dict[str, Callable[[], str]] = {
    "settings": settings,
    "commands": command_pages,
    "events": event_types,
    "attributes": attributes,
    "imports": imports,
    "rights": rights,
    "jobs": job_names,
    "tables": tables,
    "pages": pages,
    "api": api,
}
