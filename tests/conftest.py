"""One server for the run, one database for each worker, cloned from a template; tests run as the application role."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

_ROOT = Path(__file__).resolve().parent.parent
# Before Django reads its settings: a data folder of the tests' own, kept between runs so that a run starts quickly.
os.environ["GUANXI_DATA"] = os.environ.get("GUANXI_TEST_DATA") or str(
    Path(tempfile.gettempdir()) / f"guanxi-tests-{hashlib.sha256(str(_ROOT).encode()).hexdigest()[:8]}"
)
os.environ.setdefault("GUANXI_LOG_LEVEL", "ERROR")
os.environ["DJANGO_SETTINGS_MODULE"] = "guanxi.settings"

import django  # noqa: E402
import psycopg  # noqa: E402
import pytest  # noqa: E402
from django.db import connection, connections  # noqa: E402
from psycopg import sql  # noqa: E402

django.setup()

from django.core.cache import caches  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import translation  # noqa: E402

from guanxi.core import database, foundation, migrating, viewers  # noqa: E402
from guanxi.core.identity import id_of  # noqa: E402
from guanxi.core.middleware import SESSION_ENTERPRISE  # noqa: E402
from guanxi.core.models import Account, Staff  # noqa: E402
from guanxi.core.tenancy import tenancy  # noqa: E402
from guanxi.core.viewer import Reach, Role, Viewer  # noqa: E402

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DATA = Path(os.environ["GUANXI_DATA"])
# WhiteNoise warns where there is none, and warnings are errors.
(DATA / "static").mkdir(parents=True, exist_ok=True)
CLUSTER = database.cluster_in(DATA)
# The disk is not under test, except where a test kills the server: those start a cluster of their own.
TEST_SETTINGS = {
    **database.SERVER_SETTINGS,
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Only one process of the run at a time."""
    DATA.mkdir(parents=True, exist_ok=True)
    with (DATA / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    sources = [
        *_ROOT.glob("src/guanxi/*/migrations/*.py"),
        _ROOT / "src/guanxi/core/exempt.py",
        Path(__file__),
    ]
    for path in sorted([*sources, _ROOT / "src/guanxi/core/protect.py", _ROOT / "requirements.lock"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _admin() -> psycopg.Connection[Any]:
    return psycopg.connect(CLUSTER.address(database="postgres"), autocommit=True)


def _point_django_at(name: str) -> None:
    for alias in connections:
        connections[alias].close()
        user = "guanxi_owner" if alias == "owner" else "guanxi_app"
        connections[alias].settings_dict.update(
            NAME=name, HOST="127.0.0.1", PORT=str(CLUSTER.port), USER=user, PASSWORD=""
        )


def _clone(template: str, name: str) -> None:
    with _admin() as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        with alone("template"):
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER guanxi_owner").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        database.grant_access(admin, name)


def _build_template(name: str) -> None:
    with _admin() as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
    draft = f"{name}_draft"
    with _admin() as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
    database.prepare(CLUSTER.address(database="postgres"), database=draft)
    _point_django_at(draft)
    migrating.migrate(verbosity=0)
    _people_the_house()
    for alias in connections:
        connections[alias].close()
    with _admin() as admin:
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin in the house's own language, which the middleware leaves to the thread, and with nothing remembered."""
    translation.deactivate()
    caches["process"].clear()


@pytest.fixture(scope="session")
def template(django_db_blocker: Any) -> str:
    """The name of the database that holds all migrations and no data but the cast."""
    name = f"guanxi_template_{_migrations_digest()}"
    with alone("cluster"), django_db_blocker.unblock():
        if not CLUSTER.exists:
            CLUSTER.create(TEST_SETTINGS)
        CLUSTER.start()
        database.prepare(CLUSTER.address(database="postgres"), database="guanxi")
        _build_template(name)
    return name


@pytest.fixture(scope="session")
def django_db_setup(template: str, worker_id: str, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's own: a clone of the template for each worker."""
    with django_db_blocker.unblock():
        name = f"guanxi_test_{worker_id}_{os.getpid()}"
        _clone(template, name)
        _point_django_at(name)
        yield
        for alias in connections:
            connections[alias].close()
        with _admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def fresh_database(
    template: str, worker_id: str, django_db_setup: None, django_db_blocker: Any
) -> Iterator[str]:
    """A database of the test's own, in which commits are real; its address as the application role."""
    worker_database = connection.settings_dict["NAME"]
    name = f"guanxi_fresh_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        _clone(template, name)
        _point_django_at(name)
        yield CLUSTER.address(user="guanxi_app", database=name)
        _point_django_at(worker_database)
        with _admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def owner_connection() -> Iterator[psycopg.Connection[Any]]:
    """The test's database as the role that owns the tables; sees only what was committed."""
    address = CLUSTER.address(user="guanxi_owner", database=connection.settings_dict["NAME"])
    with psycopg.connect(address, autocommit=True) as owner:
        yield owner


def _people_the_house() -> None:
    """The cast that every test knows: two enterprises, their stores and staff (docs: demo/world.py)."""
    shanhang = foundation.found(
        slug="shanhang", name="Shanhang Outdoor 山行户外", currency="CNY", zone="Asia/Shanghai", country="CN",
        language="zh-hans", clock=NOW,
    )  # fmt: skip
    beilin = foundation.found(
        slug="beilin", name="Beilin Books", currency="EUR", zone="Europe/Berlin", country="DE", clock=NOW
    )
    nanjing = foundation.open_store(enterprise_id=shanhang.pk, code="nanjing", name="Nanjing Road")
    foundation.open_store(enterprise_id=shanhang.pk, code="xihu", name="West Lake")
    foundation.open_store(enterprise_id=beilin.pk, code="mitte", name="Mitte")
    for enterprise, name, email, role, reach, stores in (
        (shanhang, "Chen Wei", "chen@shanhang.example", Role.OWNER, Reach.ALL, []),
        (shanhang, "Mei Fang", "mei@shanhang.example", Role.SERVICE, Reach.OWN, []),
        (shanhang, "Ding Bo", "ding@shanhang.example", Role.SALES, Reach.STORE, [nanjing.pk]),
        (shanhang, "Gao Min", "gao@shanhang.example", Role.ANALYST, Reach.ALL, []),
        (shanhang, "Hu Jie", "hu@shanhang.example", Role.DEVELOPER, Reach.ALL, []),
        (beilin, "Bea Lind", "bea@beilin.example", Role.OWNER, Reach.ALL, []),
    ):
        foundation.employ(
            enterprise_id=enterprise.pk,
            email=email,
            name=name,
            role=role,
            reach=reach,
            store_ids=stores,
            team="floor",
        )
    foundation.account_of(email="ana@example.org", name="Ana")
    foundation.account_of(email="tom@example.org", name="Tom")


def _viewer(slug: str, email: str) -> Viewer:
    account_id = id_of("account", email)
    return viewers.for_staff(account_id, id_of("enterprise", slug), request_id="test-request")


@pytest.fixture
def now() -> datetime:
    """The time at which both enterprises' clocks stand."""
    return NOW


@pytest.fixture
def shanhang() -> UUID:
    """Shanhang Outdoor 山行户外: CNY, Asia/Shanghai."""
    return id_of("enterprise", "shanhang")


@pytest.fixture
def beilin() -> UUID:
    """Beilin Books: EUR, Europe/Berlin; nothing of Shanhang's may be seen from here."""
    return id_of("enterprise", "beilin")


@pytest.fixture
def chen(db: None) -> Viewer:
    """Owner of Shanhang."""
    return _viewer("shanhang", "chen@shanhang.example")


@pytest.fixture
def mei(db: None) -> Viewer:
    """Service at Shanhang, sees her own customers only."""
    return _viewer("shanhang", "mei@shanhang.example")


@pytest.fixture
def ding(db: None) -> Viewer:
    """Sales at Shanhang, sees the customers of the store in Nanjing Road."""
    return _viewer("shanhang", "ding@shanhang.example")


@pytest.fixture
def gao(db: None) -> Viewer:
    """Analyst at Shanhang: reads everything, writes nothing."""
    return _viewer("shanhang", "gao@shanhang.example")


@pytest.fixture
def bea(db: None) -> Viewer:
    """Owner of Beilin Books."""
    return _viewer("beilin", "bea@beilin.example")


@pytest.fixture
def ana(db: None) -> Viewer:
    """An individual at the front door."""
    return viewers.for_person(
        id_of("account", "ana@example.org"), zone="Europe/Lisbon", request_id="test-request"
    )


@pytest.fixture
def tom(db: None) -> Viewer:
    """Another individual; nothing of Ana's may be seen by him."""
    return viewers.for_person(id_of("account", "tom@example.org"), request_id="test-request")


@pytest.fixture
def at_desk(chen: Viewer) -> Iterator[Viewer]:
    """Chen, with her tenancy open for the whole test."""
    with tenancy(chen):
        yield chen


@pytest.fixture
def signed_in(db: None) -> Callable[[Viewer], Client]:
    """Gives a browser-like client in which a viewer has signed in."""

    def sign_in(viewer: Viewer) -> Client:
        client = Client(headers={"accept-language": "en"})
        account_id = viewer.person_id
        if account_id is None:
            with tenancy(viewer):
                account_id = Staff.objects.get(pk=viewer.staff_id).account_id
        client.force_login(Account.objects.get(pk=account_id))
        if viewer.enterprise_id:
            session = client.session
            session[SESSION_ENTERPRISE] = str(viewer.enterprise_id)
            session.save()
        return client

    return sign_in
