"""The house rules that no linter knows: each with its reason, a good line and a bad line."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.architecture.house import Module

DOORS = ("portal", "workbench", "screens", "api")
Finding = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold in every module, and why."""

    name: str
    reason: str
    good: str
    bad: str
    find: Callable[[Module], Iterator[Finding]]
    # Where the two example lines would stand.
    at: str = "people/services.py"
    # Modules for which the rule does not speak, each with its reason.
    spared: tuple[tuple[str, str], ...] = ()

    def broken_by(self, module: Module) -> list[str]:
        """What breaks the rule, as `path:line what`."""
        if str(module.path) in dict(self.spared):
            return []
        return [f"{module.path}:{line} {what}" for line, what in self.find(module)]


def _calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


CLOCKS = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|timezone\.now|time\.time)$")


def reads_a_clock(module: Module) -> Iterator[Finding]:
    """A call of the machine's clock in a package of the house's business."""
    if module.package in ("cli", "live", "settings", "core"):
        return
    yield from ((call.lineno, f"{name}()") for call, name in _calls(module) if CLOCKS.search(name))


def touches_tables(module: Module) -> Iterator[Finding]:
    """A door that reads `.objects` of a model."""
    if module.package not in DOORS:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "get_model"):
            yield node.lineno, ast.unparse(node)


EMPTY_MODULES = ("utils", "util", "helpers", "helper", "common", "misc", "lib", "manager")
EMPTY_CLASSES = re.compile(r"(Manager|Processor|Handler|Helper|Util)s?$")


def has_an_empty_name(module: Module) -> Iterator[Finding]:
    """A module or class whose name says nothing."""
    for part in module.path.parts:
        if part.removesuffix(".py") in EMPTY_MODULES:
            yield 1, f"a module named {part}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef) or not EMPTY_CLASSES.search(node.name):
            continue
        # What Django or another package calls a Manager may keep that name.
        if not any(EMPTY_CLASSES.search(ast.unparse(base).partition("[")[0]) for base in node.bases):
            yield node.lineno, f"class {node.name}"


def lacks_a_docstring(module: Module) -> Iterator[Finding]:
    """A module, or a public function or class of services, queries and estimators, that does not say what it is."""
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield 1, "the module"
    if not (module.package == "estimators" or module.path.stem in ("services", "queries")):
        return
    for node in module.tree.body:
        public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if public and not ast.get_docstring(node):
            yield node.lineno, node.name


def imports_inside(module: Module) -> Iterator[Finding]:
    """An import of our own inside a function."""
    for function in _functions(module.tree):
        for node in ast.walk(function):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name.startswith("guanxi") for name in names):
                yield node.lineno, f"{function.name} imports {', '.join(names)}"


def imports_by_name(module: Module) -> Iterator[Finding]:
    """A dynamic import outside `core.resolve`."""
    for call, name in _calls(module):
        if name in ("import_module", "importlib.import_module", "__import__", "import_string"):
            yield call.lineno, f"{name}()"


_TRANSLATES = ("_", "gettext", "gettext_lazy", "pgettext", "ngettext")


def translates_a_variable(module: Module) -> Iterator[Finding]:
    """Words that the extractor cannot see."""
    for call, name in _calls(module):
        if name in _TRANSLATES and call.args and not isinstance(call.args[0], ast.Constant):
            yield call.lineno, f"{name}({ast.unparse(call.args[0])})"


def uses_signals(module: Module) -> Iterator[Finding]:
    """Django's signals."""
    for node in ast.walk(module.tree):
        source = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if source.endswith("signals") or source == "django.dispatch":
            yield node.lineno, f"from {source} import …"


def is_too_long(module: Module) -> Iterator[Finding]:
    """A file of 600 lines or a function above 60."""
    if (lines := module.text.count("\n")) >= 600:
        yield lines, f"the file has {lines} lines"
    for function in _functions(module.tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > 60:
            yield function.lineno, f"{function.name} has {length} lines"


def hides_its_owner(module: Module) -> Iterator[Finding]:
    """A function of another package taken by its bare name from its services, queries or jobs."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        top, package, file, *_ = (*node.module.split("."), "", "")
        foreign = top == "guanxi" and package not in (module.package, "core")
        # Types and constants may be named alone; what is called may not.
        bare = [alias.name for alias in node.names if alias.name.islower()]
        if foreign and bare and file in ("services", "queries", "jobs", "gate"):
            yield node.lineno, f"from {node.module} import {', '.join(bare)}"


def has_an_old_promise(module: Module) -> Iterator[Finding]:
    """A TODO without the number of an issue."""
    for number, line in enumerate(module.text.splitlines(), start=1):
        if re.search(r"#.*\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", line):
            yield number, line.strip()


def fills_a_view(module: Module) -> Iterator[Finding]:
    """A view of a door above 30 lines, its decorators and docstring not counted."""
    if module.package not in DOORS or "views" not in module.path.parts:
        return
    for function in module.tree.body:
        if not isinstance(function, ast.FunctionDef) or not function.args.args:
            continue
        if function.args.args[0].arg == "request" and not function.name.startswith("_"):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            length = (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > 30:
                yield function.lineno, f"{function.name} has {length} lines"


RULES = (
    Rule(
        name="time is an argument",
        reason="An enterprise has a clock: history is replayed and the demonstration lives in its own time.",
        good="def late(order, *, now):\n    return order.due_at < now\n",
        bad="def late(order):\n    return order.due_at < timezone.now()\n",
        find=reads_a_clock,
        spared=(
            (
                "touch/inbox.py",
                "stamps the moment of receipt, which is the machine's, before any tenant is known",
            ),
        ),
    ),
    Rule(
        name="doors never touch tables",
        reason="Who sees what is decided in one place: queries for a viewer.",
        good="orders = sales_queries.orders_for(request.viewer)\n",
        bad="orders = Order.objects.filter(customer=customer)\n",
        find=touches_tables,
        at="workbench/views/sales.py",
    ),
    Rule(
        name="names say what a thing is",
        reason="A `utils` grows for ever, and a Manager may be anything.",
        good="class Importer:\n    pass\n",
        bad="class ImportManager:\n    pass\n",
        find=has_an_empty_name,
    ),
    Rule(
        name="what others call says what it does",
        reason="The first sentence is what the reader needs and what the reference shows.",
        good='"""Writes."""\ndef merge(*, into, record):\n    """Make two records one whole."""\n',
        bad='"""Writes."""\ndef merge(*, into, record):\n    pass\n',
        find=lacks_a_docstring,
    ),
    Rule(
        name="imports stand at the top",
        reason="An import inside a function hides a dependency, most often a circle.",
        good="from guanxi.core import events\n",
        bad="def emit():\n    from guanxi.core import events\n",
        find=imports_inside,
    ),
    Rule(
        name="words stand in the call",
        reason="The extractor reads calls: words that come by a variable are in no catalogue and stay English.",
        good="words = {'firm': gettext('firm')}\n",
        bad="words = {word: gettext(word) for word in ('firm', 'me')}\n",
        find=translates_a_variable,
        spared=(
            ("core/conditions/syntax.py", "its words are marked with gettext_noop"),
            ("workbench/figures/mining.py", "its words are marked with gettext_noop"),
        ),
    ),
    Rule(
        name="one dynamic import",
        reason="Heavy parts are registered by dotted name; everything else can be followed by reading.",
        good="build = resolve('guanxi.mining.lake:build')\n",
        bad="build = import_module('guanxi.mining.lake').build\n",
        find=imports_by_name,
        spared=(("core/resolve.py", "it is the one"),),
    ),
    Rule(
        name="no signals",
        reason="Control flow that cannot be followed by reading; the bus says who listens.",
        good="bus.fold('order.*', count)\n",
        bad="from django.db.models.signals import post_save\n",
        find=uses_signals,
    ),
    Rule(
        name="short functions, short files",
        reason="A function of one screen is read in one look; a file of one noun is found by its name.",
        good="def short():\n    return 1\n",
        bad="def long():\n" + "    x = 1\n" * 61,
        find=is_too_long,
    ),
    Rule(
        name="a call says who owns it",
        reason="`gate.ask(…)` can be read; a bare `ask(…)` has to be looked up.",
        good="from guanxi.consent import gate\n",
        bad="from guanxi.consent.gate import ask\n",
        find=hides_its_owner,
    ),
    Rule(
        name="promises have a number",
        reason="A TODO that nobody tracks is never done.",
        good="x = 1  # TODO(#12): tariffs\n",
        bad="x = 1  # TODO: tariffs\n",
        find=has_an_old_promise,
    ),
    Rule(
        name="views only connect",
        reason="Viewer, query or service, render: thinking that stands in a view cannot be tested without a page.",
        good="def orders(request):\n    return render(request, 'orders.html')\n",
        bad="def orders(request):\n" + "    x = 1\n" * 31,
        find=fills_a_view,
        at="workbench/views/sales.py",
    ),
)
