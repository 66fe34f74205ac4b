"""Claims on recovery as units equal book-keeping that visits every holder, in exact rationals.

A side keeps four numbers: H, what a unit is still worth; T, what is owed in total; L, losses per lot since genesis; Z,
units per lot since the epoch began. A holder is touched only when it acts. Several sides may share one pot (H, T); the
design has one pot per market side.
"""
import random
from dataclasses import dataclass, field

from reference.exact import F, ONE, ZERO


@dataclass
class SideClaims:
    losses_per_lot: F = ZERO
    units_per_lot: F = ZERO
    epoch: int = 0


@dataclass
class Seen:
    losses_per_lot: F
    units_per_lot: F
    epoch: int


@dataclass
class Claims:
    sides: list
    unit_worth: F = ONE
    owed: F = ZERO
    epoch: int = 0

    def side(self, index):
        """The side, in the present epoch: units of an epoch that was paid in full are gone."""
        side = self.sides[index]
        if side.epoch != self.epoch:
            side.epoch, side.units_per_lot = self.epoch, ZERO
        return side

    def lose(self, index, per_lot, lots):
        side = self.side(index)
        side.losses_per_lot += per_lot
        side.units_per_lot += per_lot / self.unit_worth
        self.owed += per_lot * lots

    def pay(self, amount):
        """Pays what is owed, in proportion; returns what exceeds it. A full payment ends the epoch (G9: repaid once).
        """
        paid = min(amount, self.owed)
        if paid and paid == self.owed:
            self.unit_worth, self.owed, self.epoch = ONE, ZERO, self.epoch + 1
        elif paid:
            self.unit_worth *= 1 - paid / self.owed
            self.owed -= paid
        return amount - paid

    def snapshot(self, index):
        side = self.side(index)
        return Seen(side.losses_per_lot, side.units_per_lot, self.epoch)

    def settle(self, index, lots, seen):
        """(atoms paid so far, units still held) of lots that last saw `seen`."""
        side = self.side(index)
        units = side.units_per_lot - (seen.units_per_lot if seen.epoch == side.epoch else 0)
        return lots * (side.losses_per_lot - seen.losses_per_lot - self.unit_worth * units), lots * units


class Holder:
    """Open lots on one side, and units that outlived earlier lots."""

    def __init__(self, claims, side, lots):
        self.claims, self.side, self.lots = claims, side, lots
        self.paid, self.units, self.unit_worth, self.epoch = ZERO, ZERO, claims.unit_worth, claims.epoch
        self.seen = claims.snapshot(side)

    def touch(self, lots):
        """Collects what has been paid, then holds `lots`."""
        claims = self.claims
        same_epoch = self.epoch == claims.epoch
        self.paid += self.units * (self.unit_worth - (claims.unit_worth if same_epoch else 0))
        if not same_epoch:
            self.units = ZERO
        paid, units = claims.settle(self.side, self.lots, self.seen)
        self.paid += paid
        self.units += units
        self.unit_worth, self.epoch, self.lots = claims.unit_worth, claims.epoch, lots
        self.seen = claims.snapshot(self.side)


@dataclass
class Book:
    """The naive reference: what each holder is owed and has got."""

    owed: list = field(default_factory=list)
    got: list = field(default_factory=list)

    def pay(self, amount):
        total = sum(self.owed)
        for i, owed in enumerate(self.owed):
            share = min(amount, total) * owed / total if total else ZERO
            self.owed[i] -= share
            self.got[i] += share
        return max(ZERO, amount - total)


class History:
    """One seeded history of losses, payments and touches, kept both ways."""

    def __init__(self, seed):
        self.rng, self.book, self.holders = random.Random(seed), Book(), []
        self.claims = Claims([SideClaims(), SideClaims()])

    def play(self):
        for _ in range(self.rng.randint(20, 80)):
            verbs = (self.join, self.lose, self.pay, self.touch) if self.holders else (self.join,)
            self.rng.choice(verbs)()
        for i, holder in enumerate(self.holders):
            holder.touch(ZERO)
            assert (holder.paid, holder.units * self.claims.unit_worth) == (self.book.got[i], self.book.owed[i]), i
        assert self.claims.owed == sum(self.book.owed)
        return len(self.holders)

    def join(self):
        self.holders.append(Holder(self.claims, self.rng.randint(0, 1), F(self.rng.randint(1, 50))))
        self.book.owed.append(ZERO)
        self.book.got.append(ZERO)

    def lose(self):
        side, per_lot = self.rng.randint(0, 1), F(self.rng.randint(1, 40), 7)
        lots = sum(h.lots for h in self.holders if h.side == side)
        if lots:
            self.claims.lose(side, per_lot, lots)
            for i, holder in enumerate(self.holders):
                self.book.owed[i] += per_lot * holder.lots if holder.side == side else 0

    def pay(self):
        amount = F(self.rng.randint(1, 2000), 3)
        assert self.claims.pay(amount) == self.book.pay(amount)

    def touch(self):
        self.rng.choice(self.holders).touch(F(self.rng.choice([0, 0, self.rng.randint(1, 60)])))
