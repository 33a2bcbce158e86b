"""Who may look at the demonstration: invented staff of each useful role, and one invented individual."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress

from guanxi.core import foundation
from guanxi.core.identity import id_of
from guanxi.core.migrating import OWNER
from guanxi.core.models import Account
from guanxi.core.viewer import Reach, Role
from guanxi.settings import configuration

SLUG = "journey"
DOMAIN = "journey.example"
STORE = "367"  # the store with the most households


@dataclass(frozen=True, slots=True)
class Login:
    """One account of the demonstration. Names are invented and say so on the start page."""

    email: str
    name: str
    password: str
    what: dict[str, str]
    door: str = "desk"


@dataclass(frozen=True, slots=True)
class _Staff:
    local: str
    name: str
    role: Role
    reach: Reach
    english: str
    chinese: str


STAFF = (
    _Staff(
        "olivia",
        "Olivia Grant",
        Role.OWNER,
        Reach.ALL,
        "Owner: sees and does everything",
        "企业主:全部可见,全部可做",
    ),
    _Staff(
        "marco",
        "Marco Silva",
        Role.MARKETER,
        Reach.ALL,
        "Marketer: segments, measures, imports",
        "市场:人群、测评与导入",
    ),
    _Staff(
        "anna",
        "Anna Keller",
        Role.ANALYST,
        Reach.ALL,
        "Analyst: reads everything, changes nothing",
        "分析:可读全部,不作改动",
    ),
    _Staff(
        "sam",
        "Sam Okafor",
        Role.SALES,
        Reach.STORE,
        "Sales in store 367: customers of that store only",
        "367 号店销售:只见本店客户",
    ),
    _Staff(
        "mei",
        "Mei Lin",
        Role.SERVICE,
        Reach.ALL,
        "Service: customers and their permissions",
        "客服:客户及其许可",
    ),
    _Staff(
        "dev",
        "Devi Rao",
        Role.DEVELOPER,
        Reach.ALL,
        "Developer: sources, events, API",
        "开发:数据源、事件与接口",
    ),
)
PERSON = ("dana@person.example", "Dana Reyes (simulated)")
_PERSON_WORDS = {
    "en": "An individual who has claimed Household 1 (simulated): what is held about her, and what she permits",
    "zh-hans": "一位认领了 1 号家庭的个体(模拟):被保存的信息,以及她的许可",
}


def address(local: str) -> str:
    """The address of somebody of the staff."""
    return f"{local}@{DOMAIN}"


def logins() -> list[Login]:
    """Every account with its password; empty before `load` has run."""
    password = kept().get("password", "")
    if not password:
        return []
    staff = [
        Login(address(one.local), one.name, password, {"en": one.english, "zh-hans": one.chinese})
        for one in STAFF
    ]
    return [*staff, Login(PERSON[0], PERSON[1], password, _PERSON_WORDS, "me")]


def employ() -> None:
    """Make the accounts, each with the same password, which is drawn once and kept in the data folder."""
    password = kept().get("password") or secrets.token_urlsafe(9)
    keep({**kept(), "password": password})
    enterprise_id = id_of("enterprise", SLUG)
    for one in STAFF:
        foundation.employ(
            enterprise_id=enterprise_id,
            email=address(one.local),
            name=one.name,
            role=one.role,
            reach=one.reach,
            store_ids=[id_of(enterprise_id, "store", STORE)] if one.reach == Reach.STORE else [],
            password=password,
        )
        verify(address(one.local))
    foundation.account_of(email=PERSON[0], name=PERSON[1], password=password)
    verify(PERSON[0])


def verify(email: str) -> None:
    """Spare a demonstration's account the letter with a code."""
    account = Account.objects.using(OWNER).get(email=email)
    EmailAddress.objects.using(OWNER).update_or_create(
        email=email, defaults={"user_id": account.pk, "verified": True, "primary": True}
    )


def path() -> Path:
    """What the start page reads."""
    return configuration.data / "demonstration.json"


def kept() -> dict[str, Any]:
    """What is kept of the demonstration; empty where there is none."""
    try:
        found: dict[str, Any] = json.loads(path().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def keep(contents: dict[str, Any]) -> None:
    """Keep it, readable by this installation alone (it holds the password)."""
    draft = path().with_suffix(".draft")
    draft.touch(mode=0o600, exist_ok=True)
    draft.write_text(json.dumps(contents, ensure_ascii=False, indent=1))
    draft.rename(path())
