"""The grid of the ladder: keys spaced log-linearly, 128 lines an octave, 0.4 to 0.8 % apart.

With a grid a position's cash is split: what puts its key on the line inward of it, and the rest, spare. Spare counts in
the position's equity and margin, not in its key or in U. `crates/engine/src/ladder/grid.rs` is the same in integers.
"""
import math

from reference.exact import F

UNIT = 10**12  # keys are counted in 1e-12 of the unit of price
MANTISSA, LINES = 128, 2048
BIRTH_OCTAVE = 10


class Grid:
    """Around the price at birth, with its origin at zero."""

    def __init__(self, price):
        self.shift = math.floor(price * UNIT).bit_length() - 1 - (7 + BIRTH_OCTAVE)

    def offset(self, line):
        return (MANTISSA + line % MANTISSA) << (self.shift + line // MANTISSA)

    def at_or_below(self, offset):
        scaled = max(offset, 0) >> self.shift
        octave = scaled.bit_length() - 1 - 7
        if octave < 0:
            return None
        return min(LINES - 1, octave * MANTISSA + (scaled >> octave) - MANTISSA)

    def at_or_above(self, offset):
        below = self.at_or_below(offset)
        if below is None:
            return 0
        return below if self.offset(below) >= offset else below + 1

    def snap(self, lots, cash):
        """Cash of a position on its line: long keys snap up, short keys down."""
        key = -F(cash) / lots * UNIT
        line = self.at_or_above(math.ceil(key)) if lots > 0 else self.at_or_below(math.floor(key))
        assert line is not None and line < LINES, "a key beyond the grid"
        return -lots * F(self.offset(line), UNIT)
