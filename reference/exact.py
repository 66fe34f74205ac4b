"""Numbers and sides. Exact rationals everywhere; the search alone may set REFERENCE_NUMBERS=float for speed."""
import math
import os
from fractions import Fraction

FLOAT = os.environ.get("REFERENCE_NUMBERS") == "float"
F = float if FLOAT else Fraction
EPS = 1e-6 if FLOAT else 0
ZERO, ONE = F(0), F(1)

LONG, SHORT = 1, -1
SIDES = (LONG, SHORT)


def above_zero(amount):
    """`amount > 0` without the cost of comparing rationals: histories ask it a million times."""
    return amount > 0 if FLOAT else amount.numerator > 0


def positive(amount):
    return amount if above_zero(amount) else ZERO


def bps(count):
    return F(count) / 10_000


def whole_bps(rate):
    """A rate as it is quoted: rounded down to a basis point."""
    return bps(math.floor(rate * 10_000))
