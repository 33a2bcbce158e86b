"""What of a changed schema breaks programs that were written against the former one. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")


def breaking(old: Schema, new: Schema) -> list[str]:
    """Each change that could break a program, in words; empty where all old programs go on working."""
    return sorted(set(_paths(old, new)))


def _paths(old: Schema, new: Schema) -> Iterator[str]:
    for path, operations in old["paths"].items():
        for method in _METHODS:
            if method not in operations:
                continue
            name = f"{method.upper()} {path}"
            found = new["paths"].get(path, {}).get(method)
            if found is None:
                yield f"{name}: gone"
            else:
                yield from _operation(name, operations[method], found, old, new)


def _operation(name: str, was: Schema, now: Schema, old: Schema, new: Schema) -> Iterator[str]:
    if was["operationId"] != now["operationId"]:
        yield f"{name}: operation id {was['operationId']} is {now['operationId']} now"
    if was.get("x-right") != now.get("x-right"):
        yield f"{name}: needs another right"
    yield from _parameters(name, was, now)
    yield from _shape(
        f"{name} body",
        _content(was.get("requestBody")),
        _content(now.get("requestBody")),
        old,
        new,
        sent=True,
    )
    for status, answer in was["responses"].items():
        if status.startswith("2"):
            if status not in now["responses"]:
                yield f"{name}: no answer {status} any more"
            else:
                yield from _shape(
                    f"{name} answer",
                    _content(answer),
                    _content(now["responses"][status]),
                    old,
                    new,
                    sent=False,
                )


def _parameters(name: str, was: Schema, now: Schema) -> Iterator[str]:
    before = {(each["in"], each["name"]): each for each in was.get("parameters", ())}
    after = {(each["in"], each["name"]): each for each in now.get("parameters", ())}
    for key in before.keys() - after.keys():
        yield f"{name}: parameter {key[1]} is gone"
    for key, each in after.items():
        if each.get("required") and not before.get(key, {}).get("required"):
            yield f"{name}: parameter {key[1]} is wanted now"


def _content(part: Schema | None) -> Schema | None:
    contents = (part or {}).get("content", {})
    return next((each.get("schema") for each in contents.values()), None)


def _shape(
    place: str,
    was: Schema | None,
    now: Schema | None,
    old: Schema,
    new: Schema,
    *,
    sent: bool,
    depth: int = 0,
) -> Iterator[str]:
    """What is sent may become wider, what is answered narrower; never the other way."""
    if was is None or depth > 8:
        return
    if now is None:
        yield f"{place}: gone"
        return
    before, after = _resolved(was, old), _resolved(now, new)
    if before.get("type") != after.get("type"):
        yield f"{place}: {before.get('type')} is {after.get('type')} now"
        return
    yield from _choices(place, before, after, sent=sent)
    yield from _fields(place, before, after, old, new, sent=sent, depth=depth)
    if "items" in before and "items" in after:
        yield from _shape(f"{place}[]", before["items"], after["items"], old, new, sent=sent, depth=depth + 1)


def _choices(place: str, before: Schema, after: Schema, *, sent: bool) -> Iterator[str]:
    was, now = set(before.get("enum", ())), set(after.get("enum", ()))
    lost = was - now if sent else now - was
    if was and now and lost:
        yield f"{place}: {', '.join(sorted(map(str, lost)))} {'is gone' if sent else 'may come now'}"


def _fields(
    place: str, before: Schema, after: Schema, old: Schema, new: Schema, *, sent: bool, depth: int
) -> Iterator[str]:
    was, now = before.get("properties", {}), after.get("properties", {})
    for name in was.keys() - now.keys():
        yield f"{place}.{name}: gone"
    if sent:
        for name in set(after.get("required", ())) - set(before.get("required", ())):
            yield f"{place}.{name}: wanted now"
    for name in was.keys() & now.keys():
        yield from _shape(f"{place}.{name}", was[name], now[name], old, new, sent=sent, depth=depth + 1)


def _resolved(part: Schema, schema: Schema) -> Schema:
    name = str(part.get("$ref", "")).rpartition("/")[2]
    found: Schema = schema["components"]["schemas"].get(name, part) if name else part
    return found
