"""Verify a receipt, or a certificate of erasure, without asking anybody."""

import json
from pathlib import Path
from typing import Any

import typer

from guanxi.core import signing
from guanxi.core.signing import NotVerified

app = typer.Typer()


@app.command()
def verify_receipt(
    file: Path = typer.Argument(
        exists=True, dir_okay=False, help="What was downloaded: one receipt or a list."
    ),
    key: Path = typer.Option(
        None,
        exists=True,
        dir_okay=False,
        help="The public key: the house's /.well-known/did.json, or a text z6Mk…. Left out: this installation's own.",
    ),
) -> None:
    """Say whether a receipt is as it was signed. Works off line; ends with 1 where one is not."""
    try:
        texts = [key.read_text()] if key else signing.keys_of_the_house()
        keys = [each for text in texts for each in signing.keys_in(text)]
        found = json.loads(file.read_text())
    except (ValueError, KeyError) as error:
        raise typer.BadParameter(str(error)) from error
    documents = found if isinstance(found, list) else [found]
    if not documents:
        raise typer.BadParameter("The file holds no receipt.")
    broken = [each for each in (_complaint(document, keys) for document in documents) if each]
    for complaint in broken:
        typer.echo(complaint, err=True)
    if broken:
        raise typer.Exit(1)
    for document in documents:
        typer.echo(
            f"Verified: {_name(document)}, signed {document['proof']['created']} by {_signer(document)}"
        )


def _complaint(document: Any, keys: Any) -> str:
    if not isinstance(document, dict):
        return "Not verified: this is no receipt."
    try:
        signing.verify(document, keys)
    except NotVerified as error:
        return f"Not verified: {_name(document)}. {error}"
    return ""


def _name(document: Any) -> str:
    return str(document.get("@id", "a document without a name"))


def _signer(document: Any) -> str:
    return str(document["proof"]["verificationMethod"])
