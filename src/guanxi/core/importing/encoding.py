"""Which bytes are which letters, and which sign parts the cells. Pure: a sample goes in, a name comes out."""

import codecs
import csv
from collections import Counter
from collections.abc import Sequence

from charset_normalizer import from_bytes

SAMPLE = 256 * 1024
DELIMITERS = (",", "\t", ";", "|", "^")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What programs call the older Chinese sets is a part of GB18030, so one decoder reads them all.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "latin_1": "cp1252", "ascii": "utf-8"}
_EVERYDAY = 0.9
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœÀÁÂÄÅÆÇÈÉÊËÍÎÑÓÔÖØÚÛÜŒŸ’‘“”„«»–—…€£°·§\xa0")


def detect_encoding(sample: bytes) -> str:
    """The codec of a file, from its first bytes."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if wide := _wide(sample):
        return wide
    if _decodes(sample, "utf-8"):
        return "utf-8"
    if _simplified(sample):
        return "gb18030"
    if _traditional(sample):
        return "big5"
    if _western(sample):
        return "cp1252"
    best = from_bytes(sample[: SAMPLE // 4]).best()
    return _WIDER.get(best.encoding, best.encoding) if best else "cp1252"


def detect_delimiter(text: str) -> str:
    """The sign that cuts the first rows into the steadiest number of cells (a first line `sep=;` decides)."""
    first = text.split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[-1]
    lines = text.splitlines()[:200]
    scores = {sign: _steadiness(lines, sign) for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: scores[sign])
    return best if scores[best] > 0 else ","


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError as broken:
        # A single damaged byte far into clean multi-byte text is a damaged row, not another encoding.
        return encoding == "utf-8" and _mostly_utf8(sample, broken.start)
    return True


def _mostly_utf8(sample: bytes, start: int) -> bool:
    text = sample.decode("utf-8", errors="replace")
    good = sum(1 for letter in text if letter > "\x7f" and letter != "\ufffd")
    return start > 0 and good >= 20 * text.count("\ufffd")


def _wide(sample: bytes) -> str:
    """UTF-16 without its mark: every other byte of ASCII signs is zero."""
    head = sample[:4096]
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""


def _simplified(sample: bytes) -> bool:
    """Do the bytes read as signs of GB 2312, the 6,763 characters that Chinese is written with?"""
    leads = _leads(sample, "gb18030", "gb2312")
    # Rows 1–3 hold punctuation and full-width letters, 16–55 the everyday characters, 56–87 the rarer ones.
    everyday = [lead for lead in leads if 0 < lead <= 0xA3 or 0xB0 <= lead <= 0xF7]
    # Korean fills the rows up to 0xC8 and no others; no Chinese text stays below them for long.
    korean = len(everyday) >= 8 and max(everyday) <= 0xC8
    return bool(leads) and len(everyday) >= _EVERYDAY * len(leads) and not korean


def _traditional(sample: bytes) -> bool:
    """Do the bytes read as everyday signs of Big5, whose second bytes are often below 0x80?"""
    leads = _leads(sample, "big5", "big5")
    everyday = sum(1 for lead in leads if 0xA1 <= lead <= 0xC6)
    high = sum(1 for byte in sample if byte > 0x7F)
    return bool(leads) and everyday >= _EVERYDAY * len(leads) and high < 1.85 * len(leads)


def _leads(sample: bytes, whole: str, everyday: str) -> list[int]:
    """The first byte of each sign above ASCII in the everyday set (0: not in it); empty when the whole does not fit."""
    try:
        text = codecs.getincrementaldecoder(whole)().decode(sample)
    except UnicodeDecodeError:
        return []
    return [next(iter(letter.encode(everyday, errors="ignore")), 0) for letter in text if letter > "\x7f"]


def _western(sample: bytes) -> bool:
    """Western text has accented letters one by one between plain ones; Cyrillic and Greek have them in runs."""
    text = sample[:65536].decode("cp1252", errors="replace")
    foreign = [letter > "\x7f" for letter in text]
    alone = sum(
        1
        for place, this in enumerate(foreign)
        if this and not foreign[place - 1] and not (place + 1 < len(foreign) and foreign[place + 1])
    )
    known = sum(1 for letter in text if letter in _WESTERN)
    total = sum(foreign)
    return total > 0 and alone >= 0.6 * total and known >= 0.95 * total


def _steadiness(lines: Sequence[str], sign: str) -> float:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if row)
    except csv.Error:
        return 0.0
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0
    width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
    return count / sum(widths.values()) + min(width, 50) / 1000
