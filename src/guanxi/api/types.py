"""The types that requests are made of: each admits only what the database can hold and JSON can say.

They are strict (a number is not a text) and say so in the schema. For answers plain types do; `Id`, `Moment`,
`Day` and `Amount` serve both ways.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer, Strict, StrictBool, WithJsonSchema

LARGEST = 2**63 - 1
NO_NUL = r"^[^\x00]*$"
YEARS = "^(19|20|21)[0-9]{2}-"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(
    r"(19|20|21)\d{2}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_DAY = re.compile(r"(19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def _whole(value: Any) -> Any:
    """JSON knows no difference between 1 and 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole_text(value: Any) -> Any:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise ValueError("a whole number is wanted here, for example 25")
        return int(value)
    return value


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError("write true or false")
        return value == "true"
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is wanted here")
    return value


def _id(value: Any) -> Any:
    if isinstance(value, str):
        if not _UUID.fullmatch(value):
            raise ValueError("an id is written like 018f7c1e-6f4b-7a3c-9a55-0d5a3e1f2b4c")
        return UUID(value)
    if not isinstance(value, UUID):
        raise ValueError("an id is a text")
    return value


def _moment(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError(
            "a time is written like 2026-11-20T09:00:00Z, with its zone, in the years 1900 to 2199"
        )
    # A leap second is a second that clocks here do not have: the one before it stands for it.
    text = value.upper()
    return dt.datetime.fromisoformat(text[:17] + "59" + text[19:] if text[17:19] == "60" else text)


def _day(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a date is written like 2026-11-20, in the years 1900 to 2199")
    return dt.date.fromisoformat(value)


def _decimal(pattern: str) -> Any:
    """A decimal travels as text: JSON's own numbers are read as binary floats by most programs."""
    known = re.compile(pattern)

    def read(value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        if not isinstance(value, str) or not known.search(value) or value.endswith("\n"):
            raise ValueError('write it as a text with a point, for example "12.50"')
        return Decimal(value)

    return read


def _decimal_type(pattern: str, example: str) -> Any:
    return Annotated[
        Decimal,
        BeforeValidator(_decimal(pattern)),
        PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
        WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]}),
    ]


_AMOUNT = r"^-?(0|[1-9][0-9]{0,10})(\.[0-9]{1,2})?$"
_PRICE = r"^(0|[1-9][0-9]{0,10})(\.[0-9]{1,2})?$"
# Of one line: sums of many still fit into what an order holds.
_LINE_AMOUNT = r"^-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$"
_LINE_PRICE = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$"
_QUANTITY = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,3})?$"

Text = Annotated[str, Strict(), Field(min_length=1, max_length=500, pattern=NO_NUL)]
LongText = Annotated[str, Strict(), Field(max_length=20_000, pattern=NO_NUL)]
Int = Annotated[int, BeforeValidator(_whole), Strict(), Field(ge=-LARGEST - 1, le=LARGEST)]
Count = Annotated[int, BeforeValidator(_whole), Strict(), Field(ge=0, le=2**31 - 1)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False, ge=-1e300, le=1e300)]
Flag = StrictBool
Currency = Annotated[str, Strict(), Field(pattern=r"^[A-Z]{3}$", examples=["CNY"])]
Slug = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_.-]{0,99}$")]

QueryInt = Annotated[int, BeforeValidator(_whole_text), Field(ge=-LARGEST - 1, le=LARGEST)]
QueryFlag = Annotated[bool, BeforeValidator(_flag)]

Id = Annotated[UUID, BeforeValidator(_id)]
Moment = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": YEARS}),
]
Day = Annotated[
    dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "pattern": YEARS})
]

Amount: Any = _decimal_type(_AMOUNT, "12.50")
Price: Any = _decimal_type(_PRICE, "12.50")
LineAmount: Any = _decimal_type(_LINE_AMOUNT, "12.50")
LinePrice: Any = _decimal_type(_LINE_PRICE, "12.50")
Money: Any = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["12.50"]}),
]
Quantity: Any = _decimal_type(_QUANTITY, "1")
