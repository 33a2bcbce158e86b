"""The bytes of an e-mail. Pure, and written by hand: the stdlib's generator takes a millisecond for each."""

import base64
from email.utils import formatdate, quote
from functools import lru_cache

from guanxi.touch.channels import Parcel

_LINE = b"\r\n"


def written(parcel: Parcel, *, from_name: str, from_address: str) -> bytes:
    """The message with its headers, its text and its HTML, lines ended as SMTP wants them.

    Raises:
        ValueError: An address holds what would end its line.
    """
    domain = from_address.rpartition("@")[2]
    boundary = f"gx-{parcel.key.hex}"
    headers = [
        f"From: {_named(from_name, from_address)}",
        f"To: <{checked(parcel.to)}>",
        f"Subject: {header(parcel.text.subject)}",
        f"Message-ID: <{parcel.key.hex}@{domain}>",
        f"Date: {formatdate()}",
        "MIME-Version: 1.0",
        f"Content-Language: {parcel.text.language}",
        "Auto-Submitted: auto-generated",
    ]
    if parcel.one_click:
        headers += [
            f"List-Unsubscribe: <{parcel.one_click}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
    headers.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    border = f"--{boundary}".encode()
    return b"".join(
        (
            "\r\n".join(headers).encode(), _LINE, _LINE,
            border, _LINE, _part("plain", parcel.text.text),
            border, _LINE, _part("html", parcel.text.html),
            border, b"--", _LINE,
        )
    )  # fmt: skip


def header(text: str) -> str:
    """A text as a header may carry it (RFC 2047), in lines that are short enough."""
    line = " ".join(text.split())
    if line.isascii() and len(line) < 70 and "=?" not in line:
        return line
    words, word = [], b""
    for letter in line:
        encoded = letter.encode()
        if len(word) + len(encoded) > 45:
            words.append(word)
            word = b""
        word += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(one).decode()}?=" for one in [*words, word])


def checked(address: str) -> str:
    """An address that ends no line and opens no other.

    Raises:
        ValueError: It does.
    """
    if not address.isascii() or any(sign <= " " or sign in "<>\x7f" for sign in address):
        raise ValueError(f"not an address: {address[:40]!r}")
    return address


@lru_cache(maxsize=64)
def _named(name: str, address: str) -> str:
    said = header(name)
    return f'"{quote(said)}" <{checked(address)}>' if said == name else f"{said} <{checked(address)}>"


def _part(kind: str, text: str) -> bytes:
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    return head + base64.encodebytes(text.encode()).replace(b"\n", _LINE)
