"""Who asks, for which purpose, at which time: the argument of every query and service."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import NotAllowed


class Role(TextChoices):
    """What somebody of the staff does all day."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    MARKETER = "marketer", _("Marketer")
    SALES = "sales", _("Sales")
    SERVICE = "service", _("Service")
    ANALYST = "analyst", _("Analyst")
    DEVELOPER = "developer", _("Developer")


class Reach(TextChoices):
    """Whose customers somebody of the staff sees."""

    OWN = "own", _("Own customers")
    TEAM = "team", _("The team's customers")
    STORE = "store", _("The stores' customers")
    ALL = "all", _("All customers")


_EVERYBODY = frozenset(Role)
_LEADERS = frozenset({Role.OWNER, Role.MANAGER})
# What each right is for stands in docs/reference/rights.md, made from this table.
RIGHTS: dict[str, frozenset[Role]] = {
    "customers.read": _EVERYBODY,
    "customers.write": _EVERYBODY - {Role.ANALYST},
    "customers.merge": _LEADERS | {Role.SERVICE, Role.MARKETER},
    "customers.export": _LEADERS | {Role.ANALYST, Role.MARKETER},
    "customers.erase": frozenset({Role.OWNER}),
    "access.read": frozenset({Role.OWNER}),
    "orders.read": _EVERYBODY,
    "orders.write": _LEADERS | {Role.SALES, Role.SERVICE},
    "orders.margin": _LEADERS | {Role.ANALYST},
    "events.read": _EVERYBODY,
    "imports.run": _LEADERS | {Role.MARKETER, Role.DEVELOPER},
    "sources.manage": frozenset({Role.OWNER, Role.DEVELOPER}),
    "messages.read": _EVERYBODY,
    "messages.write": _LEADERS | {Role.MARKETER, Role.SERVICE, Role.SALES},
    "channels.manage": frozenset({Role.OWNER, Role.DEVELOPER}),
    "mining.read": _EVERYBODY - {Role.SERVICE},
    "mining.run": _LEADERS | {Role.ANALYST},
    "segments.read": _EVERYBODY,
    "segments.write": _LEADERS | {Role.MARKETER, Role.ANALYST},
    "permissions.read": _EVERYBODY,
    "permissions.write": _LEADERS | {Role.SERVICE, Role.MARKETER, Role.SALES},
    "campaigns.read": _EVERYBODY,
    "campaigns.write": _LEADERS | {Role.MARKETER},
    "campaigns.approve": _LEADERS,
    "gate.read": _EVERYBODY,
    "gate.change": _LEADERS,
    "offers.read": _EVERYBODY,
    "offers.write": _LEADERS | {Role.MARKETER},
    "staff.manage": frozenset({Role.OWNER}),
    "settings.manage": _LEADERS,
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: somebody of the staff or a process (`enterprise_id`), or an individual (`person_id`).

    Attributes:
        enterprise_id: The tenant whose rows are read; None for an individual.
        now: The time of the enterprise's clock (UTC), which need not be the real one.
        staff_id: The member of staff; None for a process or an individual.
        person_id: The individual's account; set only at the front door.
        purpose: What the data are read for, one of the purposes of consent.
        process: The name of the process that acts by itself ("import", "digester"), else empty.
        scopes: What an API key is limited to; None where no key limits it.
    """

    enterprise_id: UUID | None
    now: datetime
    staff_id: UUID | None = None
    person_id: UUID | None = None
    role: Role | None = None
    reach: Reach = Reach.ALL
    team: str = ""
    store_ids: tuple[UUID, ...] = ()
    # What queries decide by, not only compare with (`core.compiled`).
    purpose: str = field(default="service", metadata={"shape": True})
    zone: str = "UTC"
    language: str = "en"
    currency: str = ""
    request_id: str = ""
    process: str = field(default="", metadata={"shape": True})
    scopes: frozenset[str] | None = None

    @property
    def kind(self) -> str:
        """`desk` for an enterprise's staff and processes, `self` for an individual."""
        return "self" if self.person_id else "desk"

    @property
    def actor(self) -> str:
        """Who acts, as audit rows keep it: an id with its kind, never a name."""
        if self.person_id:
            return f"person:{self.person_id}"
        return f"staff:{self.staff_id}" if self.staff_id else f"process:{self.process}"

    @property
    def tenant(self) -> UUID:
        """The enterprise, where there must be one.

        Raises:
            NotAllowed: An individual has none.
        """
        if self.enterprise_id is None:
            raise NotAllowed
        return self.enterprise_id

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which this viewer reads times."""
        return ZoneInfo(self.zone)

    def may(self, right: str) -> bool:
        """Whether the role, and the API key's scopes where there is one, hold a right of `RIGHTS`."""
        return self.role in RIGHTS[right] and (self.scopes is None or right in self.scopes)

    def require(self, right: str) -> None:
        """Refuse unless `may`.

        Raises:
            NotAllowed: The role or the key does not hold the right.
        """
        if not self.may(right):
            raise NotAllowed(right=right)

    def for_purpose(self, purpose: str) -> "Viewer":
        """The same viewer, asking for another purpose."""
        return replace(self, purpose=purpose)
