"""The command says what to do, refuses what would do harm, and finds its parts by their files."""

import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from guanxi import settings
from guanxi.cli import check, commands, demo, examination, ground, ports, tree, web, words
from guanxi.cli.examination import State
from guanxi.settings import Configuration

NAMES = sorted(path.stem.rstrip("_").replace("_", "-") for path in Path(check.__file__).parent.glob("*.py"))


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(commands, arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    "name", ["backup", "check", "enterprise", "import", "mine", "restore", "staff", "up", "web", "work"]
)
def test_every_promised_command_is_there_and_explains_itself(name: str) -> None:
    assert "Usage:" in _run(name, "--help")


def test_the_list_of_commands_says_in_one_line_what_each_is_for() -> None:
    listed = _run("--help")
    assert "Say how the installation stands" in listed
    assert "examination" not in listed


def test_settings_are_listed_without_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Configuration(secret_key=SecretStr("open-sesame"), email_url="smtp://me:hush@mail.example:25")
    monkeypatch.setattr(check.settings, "configuration", given)
    listed = _run("check", "--settings")
    assert "open-sesame" not in listed
    assert "hush" not in listed
    assert "smtp://me:•••@mail.example:25" in listed
    assert all(f"GUANXI_{name.upper()}" in listed for name in Configuration.model_fields)


def test_a_database_that_is_away_is_said_and_cured_not_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "application_address", lambda: "postgresql://guanxi_app@127.0.0.1:1/guanxi")
    (finding,) = [each for each in examination.findings() if each.what == "database"]
    assert finding.state is State.BROKEN
    assert "guanxi up" in finding.cure


def test_a_role_that_owns_tables_is_refused(db: None) -> None:
    settings = ground.settings.DATABASES["default"]
    address = "postgresql://{}@{HOST}:{PORT}/{NAME}"
    assert ground.might_of_role(address.format("guanxi_app", **settings)) == []
    assert ground.might_of_role(address.format("guanxi_owner", **settings)) == ["owns a table"]
    assert ground.might_of_role(address.format("postgres", **settings))[:2] == [
        "is a superuser",
        "has BYPASSRLS",
    ]


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_sane_database_is_found_well() -> None:
    found = [each for examine in examination.WITH_DATABASE for each in examine()]
    assert [each for each in found if each.state is State.BROKEN] == []


def test_a_key_that_others_may_read_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "sealing"
    key.parent.mkdir()
    key.write_text("secret")
    key.chmod(0o644)
    monkeypatch.setattr(examination.settings, "configuration", Configuration(data=tmp_path))
    assert [each.what for each in examination.secrets() if each.state is State.BROKEN] == ["key sealing"]
    key.chmod(stat.S_IRUSR)
    assert [each.what for each in examination.secrets() if each.state is State.BROKEN] == []


def test_the_tree_starts_the_database_first_unless_it_is_elsewhere() -> None:
    elsewhere = Configuration(database_url="postgresql://guanxi_app@db.example/guanxi")
    assert [watcher["name"] for watcher in tree.watchers(elsewhere)] == ["web", "live", "work"]


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configuration]:
    """An installation on whose port somebody listens who would share it, as granian does."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        given = Configuration(data=tmp_path, port=listener.getsockname()[1])
        monkeypatch.setattr(settings, "configuration", given)
        monkeypatch.delenv(ground.IN_TREE, raising=False)
        yield given


@pytest.mark.parametrize(
    "start",
    [lambda: tree.run(settings.configuration), web.web, demo.demo],
    ids=["up", "web", "demo"],
)
def test_a_taken_port_is_said_before_anything_starts(
    taken: Configuration, monkeypatch: pytest.MonkeyPatch, start: Callable[[], None]
) -> None:
    monkeypatch.setattr(demo, "configuration", taken)
    with pytest.raises(ports.PortTaken, match=rf"Port {taken.port} is taken.*GUANXI_PORT"):
        start()


def test_a_port_where_nobody_may_listen_is_not_called_taken() -> None:
    # 203.0.113.0/24 is for documents: no machine has it.
    given = Configuration(host="203.0.113.1")
    with pytest.raises(ports.PortTaken, match="GUANXI_HOST"):
        ports.refuse_taken(ports.web(given))


def _port_finding(given: Configuration) -> examination.Finding:
    return next(each for each in examination.listening() if each.what == f"port {given.port}")


def test_a_port_that_another_program_has_is_broken_and_cured(taken: Configuration) -> None:
    finding = _port_finding(taken)
    assert finding.state is State.BROKEN
    assert "GUANXI_PORT" in finding.cure


def test_a_port_that_this_installation_has_is_well_until_it_ends(taken: Configuration) -> None:
    with ports.held(taken.data, ports.web(taken)):
        assert _port_finding(taken).state is State.WELL
    assert _port_finding(taken).state is State.BROKEN


def test_words_are_found_in_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text('label = _("Order")\nkind = pgettext_lazy("of goods", "Kind")\n')
    (tmp_path / "page.html").write_text(
        '{% translate "Today" %}\n  {% blocktranslate count n=n trimmed %}\n    {{ n }} order\n  {% plural %}\n'
        "    {{ n }} orders\n  {% endblocktranslate %}\n"
    )
    found = {(word.id, word.context) for word in words.words_of(tmp_path)}
    assert found == {
        ("Order", None),
        ("Kind", "of goods"),
        ("Today", None),
        (("%(n)s order", "%(n)s orders"), None),
    }


def test_a_changed_text_is_a_new_one_and_nothing_is_guessed(tmp_path: Path) -> None:
    source = tmp_path / "models.py"
    source.write_text('label = _("Orders of today")\n')
    assert words.collect(tmp_path, "zh_Hans") == (1, 1)
    path = words.catalogue_path(tmp_path, "zh_Hans")
    path.write_text(
        path.read_text().replace(
            'msgid "Orders of today"\nmsgstr ""', 'msgid "Orders of today"\nmsgstr "今天的订单"'
        )
    )
    assert words.collect(tmp_path, "zh_Hans") == (1, 0)
    source.write_text('label = _("Orders of yesterday")\n')
    assert words.collect(tmp_path, "zh_Hans") == (1, 1)
    assert "fuzzy" not in path.read_text()
