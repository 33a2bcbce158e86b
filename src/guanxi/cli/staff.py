"""Let people work for an enterprise: roles, reach, passwords."""

import secrets

import typer
from allauth.account.models import EmailAddress
from rich.console import Console
from rich.table import Table

from guanxi.core import foundation, queries, services, viewers
from guanxi.core.errors import NotFound
from guanxi.core.models import Staff
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Reach, Role, Viewer

needs = "database"
app = typer.Typer(no_args_is_help=True)

ENTERPRISE = typer.Option(..., "--enterprise", "-e", help="The enterprise's short name.")
EMAIL = typer.Argument(help="The address with which the person signs in.")


@app.command()
def create(
    email: str = EMAIL,
    enterprise: str = ENTERPRISE,
    name: str = typer.Option("", help="The person's name; the address where it is left out."),
    role: Role = typer.Option(Role.SERVICE, help="What the person does all day."),
    reach: Reach = typer.Option(Reach.ALL, help="Whose customers the person sees."),
    password: str = typer.Option("", help="A password; one is made and shown once where it is left out."),
) -> None:
    """Let somebody work for an enterprise, with a password to begin with."""
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        services.add_staff(viewer=viewer, email=email, name=name or email, role=role, reach=reach)
    typer.echo(f"{email} works for {enterprise} as {role.value}. Password: {_give_password(email, password)}")


@app.command()
def role(
    email: str = EMAIL,
    new_role: Role = typer.Argument(help="The new role."),
    enterprise: str = ENTERPRISE,
    reach: Reach | None = typer.Option(None, help="The new reach; left as it is where it is left out."),
) -> None:
    """Change what somebody may do."""
    viewer = _viewer(enterprise)
    changes = {"role": new_role, "reach": reach} if reach else {"role": new_role}
    with tenancy(viewer):
        services.change_staff(viewer=viewer, staff_id=_member(viewer, email).pk, **changes)
    typer.echo(f"{email} is {new_role.value} now.")


@app.command()
def password(
    email: str = EMAIL,
    new: str = typer.Option("", help="The new password; one is made and shown once where it is left out."),
) -> None:
    """Give somebody a new password."""
    typer.echo(f"Password of {email}: {_give_password(email, new)}")


@app.command("list")
def list_(enterprise: str = ENTERPRISE) -> None:
    """List who works for an enterprise."""
    table = Table("Address", "Name", "Role", "Reach", "Active")
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        for member in queries.staff_for(viewer):
            table.add_row(
                member.account.email, member.name, member.role, member.reach, "yes" if member.active else "no"
            )
    Console().print(table)


def _viewer(slug: str) -> Viewer:
    return viewers.for_process(foundation.enterprise_named(slug).pk, "cli")


def _member(viewer: Viewer, email: str) -> Staff:
    member = queries.staff_for(viewer).filter(account__email=email.lower()).first()
    if member is None:
        raise NotFound(f"Nobody with the address {email} works here. `guanxi staff list` shows who does.")
    return member


def _give_password(email: str, given: str) -> str:
    chosen = given or secrets.token_urlsafe(12)
    account = foundation.account_of(email=email, password=chosen)
    # Whoever may use this command vouches for the address.
    EmailAddress.objects.update_or_create(
        user=account, email=account.email, defaults={"verified": True, "primary": True}
    )
    return chosen
