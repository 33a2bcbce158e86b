"""How names are spelt for finding: one normalising function, pinyin, and grams.

A name becomes a set of short texts (grams), each hashed together with the tenant's salt into a signed 64-bit integer.
Finding is containment: every gram of what was typed is among the grams of the name. 张三 is found by 张, 三,
zhangsan and
zs; a firm by any part of its name of three letters (Latin) or one character (Chinese), and by the first letters
of any word.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

# The dictionary of phrases, which names do not need, takes 45 MB of each process and a quarter of a second.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

from pypinyin import Style, pinyin_dict
from pypinyin.style import convert

LONGEST = 200

#: Surnames whose reading differs from the character's usual one.
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "朴": "piao", "任": "ren",
    "华": "hua",
    "盖": "ge", "种": "chong", "乐": "yue", "翟": "zhai", "缪": "miao", "繁": "po", "冼": "xian", "员": "yun",
    "召": "shao",
    "秘": "bi", "重": "chong", "燕": "yan", "宁": "ning", "牟": "mu", "洗": "xian", "尹": "yin", "过": "guo",
    "尉": "wei",
    "长孙": "zhang sun", "尉迟": "yu chi", "万俟": "mo qi", "澹台": "tan tai", "单于": "chan yu", "令狐": "ling hu",
    "欧阳": "ou yang", "司马": "si ma", "上官": "shang guan", "诸葛": "zhu ge", "夏侯": "xia hou", "皇甫": "huang fu",
    "宇文": "yu wen", "慕容": "mu rong", "东方": "dong fang", "独孤": "du gu", "南宫": "nan gong", "公孙": "gong sun",
    "端木": "duan mu", "百里": "bai li", "呼延": "hu yan", "钟离": "zhong li", "闻人": "wen ren", "申屠": "shen tu",
}  # fmt: skip

_REMEMBERED = 50_000
_READINGS = pinyin_dict.pinyin_dict
_WORDS = re.compile(r"[^\W_]+", re.UNICODE)
_HAN = "一-鿿㐀-䶿\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{_HAN}]+|[^{_HAN}]+")
# What is as it should be already: printable ASCII and the usual Chinese characters carry no marks.
_UNMARKED = re.compile("[ -~一-鿿]*")


def normal(text: str) -> str:
    """NFKC, case folded, marks over Latin letters taken off: José = jose, ＡＢＣ = abc."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    if _UNMARKED.fullmatch(folded):
        return folded
    loose = unicodedata.normalize("NFKD", folded)
    return unicodedata.normalize(
        "NFC", "".join(letter for letter in loose if not unicodedata.combining(letter))
    )


def is_han(letter: str) -> bool:
    return "一" <= letter <= "鿿" or "㐀" <= letter <= "䶿" or "\U00020000" <= letter <= "\U0003ffff"


@lru_cache(maxsize=65536)
def readings(letter: str) -> tuple[str, ...]:
    """The pinyin readings of one character without tones, the usual one first, at most three."""
    found = _READINGS.get(ord(letter))
    if not found:
        return ()
    plain = (convert(one, Style.NORMAL, strict=True, default=one) for one in found.split(","))
    return tuple(dict.fromkeys(one.replace("ü", "v") for one in plain))[:3]


@lru_cache(maxsize=4096)
def spellings(han: str) -> tuple[tuple[str, ...], ...]:
    """The pinyin of a run of Chinese characters: the surname's own reading first, then the character's usual one."""
    heard = [readings(letter) or (letter,) for letter in han]
    usual = tuple([several[0] for several in heard])
    found = [usual]
    for size in (2, 1):
        own = SURNAMES.get(han[:size])
        if own:
            found.insert(0, (*own.split(), *usual[size:]))
            break
    if len(han) <= 4:
        found += _other_readings(heard, found[0])
    return tuple(dict.fromkeys(found))[:4]


def _other_readings(heard: Sequence[Sequence[str]], first: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Polyphones: 乐 is le and yue; one character at a time, so that four characters never make eighty spellings."""
    return [
        (*first[:place], several[1], *first[place + 1 :])
        for place, several in enumerate(heard)
        if len(several) > 1
    ]


def words(text: str) -> list[str]:
    """Words of a normal text; a run of Chinese characters is a word of its own."""
    found: list[str] = []
    for word in _WORDS.findall(text):
        if word.isascii():
            found.append(word)
        else:
            found += _RUNS.findall(word)
    return found


@lru_cache(maxsize=4096)
def word_grams(word: str) -> frozenset[str]:
    """All grams under which one word can be found."""
    if not is_han(word[0]):
        return frozenset(_latin(word))
    grams = {*word, *_windows(word, 2), *_windows(word, 3)}
    for spelling in spellings(word):
        grams.update(_sounded(spelling))
    return frozenset(grams)


def _sounded(spelling: tuple[str, ...]) -> set[str]:
    """The grams of a Chinese word as it is written in pinyin: of the whole, of its syllables and of their initials."""
    grams: set[str] = set()
    initials = before = ""
    for syllable in spelling:
        grams.update(_beginnings(syllable), _joined(before, syllable))
        initials += syllable[0]
        before = (before + syllable)[-2:]
    grams.update(_initials(initials), ("".join(spelling[:2])[:2],))
    return grams


@lru_cache(maxsize=_REMEMBERED)
def _joined(before: str, syllable: str) -> tuple[str, ...]:
    """The threes of letters that a syllable brings, after the last two letters before it."""
    return tuple(_windows(before + syllable, 3))


@lru_cache(maxsize=4096)
def _beginnings(syllable: str) -> tuple[str, str]:
    return syllable[:1], syllable[:2]


def _latin(word: str) -> list[str]:
    return [word[:1], word[:2], *_windows(word, 3)]


@lru_cache(maxsize=4096)
def _initials(initials: str) -> tuple[str, ...]:
    return (*_windows(initials, 2), *_windows(initials, 3))


def _windows(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(len(text) - size + 1)]


def name_grams(*texts: str) -> set[str]:
    """All grams of a customer: of its names and its label. `=` before a whole name marks an exact find."""
    grams: set[str] = set()
    for text in texts:
        found = words(normal(text)) if text else []
        for word in found:
            grams |= word_grams(word)
        latin = [word[0] for word in found if not is_han(word[0])]
        if 2 <= len(latin) <= 6:
            grams.update(_initials("".join(latin)))
        grams.update(_wholes(found))
    return grams


def _wholes(found: Sequence[str]) -> list[str]:
    wholes = [f"={''.join(found)}"] if found else []
    if len(found) == 1 and is_han(found[0][0]) and len(found[0]) <= 4:
        wholes += [f"={''.join(spelling)}" for spelling in spellings(found[0])[:2]]
    return wholes


def asked_grams(asked: str) -> set[str]:
    """The grams that a name must have to be found by this text; empty when nothing can be found by it."""
    grams: set[str] = set()
    for word in words(normal(asked)):
        size = min(3, len(word))
        grams.update(_windows(word, size))
    return grams


def asked_whole(asked: str) -> str:
    """The gram that only names have which are exactly what was typed."""
    return "=" + "".join(words(normal(asked)))


class Hasher:
    """Grams to signed 64-bit integers, salted by tenant; remembers what it has hashed."""

    def __init__(self, salt: bytes) -> None:
        self._known = _Hashes(salt)

    def one(self, gram: str) -> int:
        return int(self._known[gram])

    def many(self, grams: Iterable[str]) -> list[int]:
        return sorted({int(self._known[gram]) for gram in grams})

    def text(self, grams: Iterable[str]) -> str:
        """Many, as PostgreSQL writes an array; in no order."""
        return f"{{{','.join(map(self._known.__getitem__, grams))}}}"


class _Hashes(dict[str, str]):
    """Hashes of grams in digits, made when they are asked for."""

    def __init__(self, salt: bytes) -> None:
        self._begun = blake2b(digest_size=8, key=salt[:64])

    def __missing__(self, gram: str) -> str:
        hashing = self._begun.copy()
        hashing.update(gram.encode())
        found = str(int.from_bytes(hashing.digest(), "big", signed=True))
        # Short pieces come again and again. Whole names and threes of characters do not, and would drive them out.
        if len(gram) <= 2 or (gram.isascii() and gram[0] != "="):
            if len(self) > _REMEMBERED:
                self.clear()
            self[gram] = found
        return found
