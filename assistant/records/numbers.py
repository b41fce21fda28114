"""How a measured number is shown: short, correctly rounded, and still findable in its source.

Owns the display rule. Refuses to know units or what is normal.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

_MAX_DIGITS = 40
"""A longer figure is not a measurement; written out it could fill memory (``1e999999``)."""


def source_number(value: object) -> str:
    """The number as its source wrote it, without an exponent where that stays short."""
    if isinstance(value, Decimal):
        if value.is_finite() and abs(value.adjusted()) < _MAX_DIGITS:
            return format(value, "f")
        return str(value)
    return repr(value) if isinstance(value, float) else str(value)


def display_number(value: Decimal | float | int | str) -> str:
    """The number as a reader sees it: verbatim up to three decimals, else shortened.

    The shortened figure is the shortest correct rounding whose digits also open the source's own digits, so that a
    search in the source finds it (``117.8692`` → ``117.9`` is not findable, ``117.87`` is not, ``117.869`` is). Where
    none is, the figure stays whole. At least two significant figures are kept.
    """
    text = source_number(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or "." not in text or len(text.partition(".")[2]) <= 3:
        return text
    for places in range(1, len(text.partition(".")[2])):
        rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
        if text.startswith(str(rounded)) and len(rounded.as_tuple().digits) >= 2:
            return str(rounded)
    return text
