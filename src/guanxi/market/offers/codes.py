"""How codes are written: unique ones, which cannot be guessed and refuse a typing mistake, and shared words.

A unique code is eleven signs of chance (55 bits) and one that checks them, in three groups of four. The alphabet leaves
out I, L, O and U; who types them is understood all the same. The check is one sign of a Reed-Solomon code over GF(32):
any one wrong sign and any two that changed places are found out.
"""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
CHANCE_BITS = 5 * (LENGTH - 1)
SHARED_LONGEST, SHARED_SHORTEST = 40, 3
_MEANT = str.maketrans("ILOU", "110V")
# x^5 + x^2 + 1, whose root makes every element of GF(32) but zero.
_POLYNOMIAL = 0b100101


def drawn(count: int) -> list[str]:
    """New unique codes, each another."""
    made: dict[str, None] = {}
    while len(made) < count:
        made[written(secrets.randbits(CHANCE_BITS))] = None
    return list(made)


def written(chance: int) -> str:
    """A number of 55 bits as a code with its check, without groups."""
    signs = [chance >> 5 * place & 31 for place in reversed(range(LENGTH - 1))]
    return "".join(ALPHABET[sign] for sign in (*signs, _check(signs)))


def _check(signs: list[int]) -> int:
    total = 0
    for sign in signs:
        total = _doubled(total ^ sign)
    return total


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & 32 else value


def read(text: str) -> str:
    """What somebody typed or scanned, in the one spelling that is stored: unique codes and words alike."""
    plain = unicodedata.normalize("NFKC", text).upper()
    word = "".join(sign for sign in plain if sign.isalnum())
    meant = word.translate(_MEANT)
    return meant if is_unique(meant) else word


def is_unique(code: str) -> bool:
    """Whether this is a unique code, in its one spelling, without a mistake."""
    if len(code) != LENGTH or any(sign not in ALPHABET for sign in code):
        return False
    *signs, check = (ALPHABET.index(sign) for sign in code)
    return _check(signs) == check


def looks_mistyped(text: str) -> bool:
    """Whether this has the form of a unique code and its check is wrong."""
    meant = read(text).translate(_MEANT)
    return len(meant) == LENGTH and all(sign in ALPHABET for sign in meant) and not is_unique(meant)


def shown(code: str) -> str:
    """A code as people read it: unique ones in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4)) if is_unique(code) else code
