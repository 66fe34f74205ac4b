"""Lazy deleveraging equals eager deleveraging, position by position, in exact rationals.

One side (shorts) of one market. `shift` is how far all bankruptcy prices of the side have moved together: the negative
of the side's cash index X. A key is a bankruptcy price less `shift`, so no key moves by itself. `Lazy` is what the
chain stores; `Eager` is the naive reference that visits every position.
"""
import bisect
import random
from dataclasses import dataclass, field
from fractions import Fraction

from reference.exact import F, ONE, ZERO

GRID = [(1000 * Fraction(1006, 1000) ** step).limit_denominator(10**9) for step in range(-200, 400)]


def line_at_or_above(key):
    return GRID[min(len(GRID) - 1, bisect.bisect_left(GRID, key))]


def water_level(mark, groups, quantity):
    """How many groups a walk covers, and the level it brings them to: None when every group closes.

    `groups` holds (key, lots) sorted from the most levered. A level beyond the next group's key reaches that group too.
    """
    lots = equity = ZERO
    for walked, (key, size) in enumerate(groups, 1):
        lots += size
        equity += size * (key - mark)
        if lots <= quantity:
            continue
        level = mark + equity / (lots - quantity)
        if walked == len(groups) or level <= groups[walked][0]:
            return walked, level
    return len(groups), None


@dataclass
class Bucket:
    """A line of the grid: lots and members, nothing about their owners."""

    lots: F = ZERO
    members: int = 0


@dataclass
class Pool:
    """Lines that were deleveraged together. Deleveraging a pool again changes two numbers and writes no checkpoint."""

    key: F | None
    factor: F  # lots per share
    shares: F = ZERO
    members: int = 0
    cash: F = ONE  # per share, once every lot has closed
    left: object = None  # what its lots left behind: attribution.py

    def worth(self, mark):
        """A share's equity at the mark."""
        return self.cash if self.key is None else self.factor * (self.key - mark)

    def bring_to(self, level, mark):
        equity = self.worth(mark)
        if level is None:
            self.key, self.cash, self.factor = None, equity, ZERO
        else:
            self.key, self.factor = level, equity / (level - mark)


@dataclass
class Checkpoint:
    """What a member of an emptied line reads once: which pool it is in, and what a share of it was worth."""

    sequence: int
    mark: F
    furthest: F
    share_worth: F
    pool: Pool
    unread: int

    def covers(self, position):
        return self.sequence > position.seen and self.mark < position.key <= self.furthest

    def shares_of(self, position):
        return position.lots * (position.key - self.mark) / self.share_worth


@dataclass
class Position:
    lots: F
    key: F
    seen: int


@dataclass
class Group:
    """A line or a pool, as a walk meets it."""

    key: F
    lots: F
    members: int
    pool: Pool | None


@dataclass
class Lazy:
    """Lines, pools, live checkpoints, and per position what it last saw."""

    shift: F = ZERO
    sequence: int = 0
    lines: dict = field(default_factory=dict)
    pools: list = field(default_factory=list)
    checkpoints: list = field(default_factory=list)
    positions: dict = field(default_factory=dict)
    join_covered_pools_only: bool = True  # A61: a pool the walk does not reach would make its members grow

    def open(self, who, lots, key):
        line = self.lines.setdefault(key, Bucket())
        line.lots += lots
        line.members += 1
        self.positions[who] = Position(lots, key, self.sequence)

    def checkpoint_of(self, position):
        return next((c for c in self.checkpoints if c.covers(position)), None)

    def caught_up(self, who):
        """Lots, key, and cash of a position; one checkpoint and one pool are read, however long the cascade was."""
        position = self.positions[who]
        checkpoint = self.checkpoint_of(position)
        if checkpoint is None:
            return position.lots, position.key, ZERO
        shares, pool = checkpoint.shares_of(position), checkpoint.pool
        if pool.key is None:
            return ZERO, None, shares * pool.cash
        return shares * pool.factor, pool.key, ZERO

    def touch(self, who):
        """Takes a position out of its line or pool. A checkpoint that every member has read is recycled."""
        state, position = self.caught_up(who), self.positions.pop(who)
        checkpoint = self.checkpoint_of(position)
        if checkpoint is None:
            self.lines[position.key].lots -= position.lots
            self.lines[position.key].members -= 1
        else:
            checkpoint.unread -= 1
            checkpoint.pool.shares -= checkpoint.shares_of(position)
            checkpoint.pool.members -= 1
            self.checkpoints = [c for c in self.checkpoints if c.unread]
            self.pools = [p for p in self.pools if p.members]
        return state

    def solvent(self, mark):
        groups = [Group(key, line.lots, line.members, None) for key, line in self.lines.items() if line.members]
        groups += [Group(p.key, p.shares * p.factor, p.members, p) for p in self.pools if p.key is not None]
        return sorted((g for g in groups if g.key > mark), key=lambda group: group.key)

    def deleverage(self, mark, quantity):
        """Closes `quantity` lots, or every solvent lot where there are fewer; returns how many."""
        mark -= self.shift
        groups = self.solvent(mark)
        quantity = min(quantity, sum(group.lots for group in groups))
        if quantity:
            walked, level = water_level(mark, [(g.key, g.lots) for g in groups], quantity)
            self.apply(groups[:walked], mark, level)
        return quantity

    def apply(self, taken, mark, level):
        covered = [group.pool for group in taken if group.pool is not None]
        for pool in covered:
            pool.bring_to(level, mark)
        joining = [group for group in taken if group.pool is None]
        if joining:
            self.join(joining, mark, level, self.pool_to_join(covered, mark, level))

    def pool_to_join(self, covered, mark, level):
        if covered:
            return max(covered, key=lambda pool: pool.shares * pool.factor)
        if not self.join_covered_pools_only:
            near = [p for p in self.pools if p.key is not None and p.key > mark]
            if near:
                return min(near, key=lambda pool: pool.key)
        pool = Pool(level, ONE if level is not None else ZERO)
        self.pools.append(pool)
        return pool

    def join(self, joining, mark, level, pool):
        """The lines' members get shares worth their equity at the mark, and the lines are emptied."""
        if pool.key != level:  # only with the rule of A61 taken away: every member is brought to one key
            pool.factor *= (pool.key - mark) / (level - mark)
            pool.key = level
        share_worth = pool.worth(mark)
        members = sum(group.members for group in joining)
        pool.shares += sum(group.lots * (group.key - mark) for group in joining) / share_worth
        pool.members += members
        self.sequence += 1
        furthest = max(group.key for group in joining)
        self.checkpoints.append(Checkpoint(self.sequence, mark, furthest, share_worth, pool, members))
        for group in joining:
            self.lines[group.key] = Bucket()

    def open_interest(self):
        return sum(line.lots for line in self.lines.values()) + sum(p.shares * p.factor for p in self.pools)


@dataclass
class Eager:
    """Every position in a list, sorted and changed at once: [lots, bankruptcy price, cash released]."""

    positions: dict = field(default_factory=dict)

    def shift(self, by):
        for position in self.positions.values():
            if position[1] is not None:
                position[1] += by

    def deleverage(self, mark, quantity):
        solvent = [p for p in self.positions.values() if p[1] is not None and p[1] > mark]
        keys = sorted({p[1] for p in solvent})
        groups = [(key, sum(p[0] for p in solvent if p[1] == key)) for key in keys]
        quantity = min(quantity, sum(lots for _, lots in groups))
        if not quantity:
            return
        walked, level = water_level(mark, groups, quantity)
        for p in solvent:
            if p[1] <= keys[walked - 1]:
                equity = p[0] * (p[1] - mark)
                p[:] = [ZERO, None, equity] if level is None else [equity / (level - mark), level, ZERO]


class History:
    """One seeded history of opens, moves, charges, touches and deleveragings, played on both."""

    def __init__(self, seed):
        self.rng, self.lazy, self.eager = random.Random(seed), Lazy(), Eager()
        self.mark, self.opened, self.deleveragings = F(1000), 0, 0

    def play(self):
        verbs = (self.open, self.move, self.charge, self.touch, self.deleverage)
        for _ in range(self.rng.randint(25, 75)):
            self.rng.choices(verbs, (45, 15, 10, 10, 20))[0]()
            self.compare()
        return self.deleveragings

    def add(self, lots, key):
        self.lazy.open(self.opened, lots, key)
        self.eager.positions[self.opened] = [lots, key + self.lazy.shift, ZERO]
        self.opened += 1

    def open(self):
        distance = F(self.rng.randint(1005, 1900), 1000)
        self.add(F(self.rng.randint(1, 1000)), line_at_or_above((self.mark - self.lazy.shift) * distance))

    def move(self):
        self.mark = (self.mark * F(self.rng.randint(960, 1030), 1000)).limit_denominator(10**6)

    def charge(self):
        by = F(self.rng.randint(-30, 30), 10)
        self.lazy.shift += by
        self.eager.shift(by)

    def touch(self):
        if not self.eager.positions:
            return
        who = self.rng.choice(list(self.eager.positions))
        lots, key, cash = self.lazy.touch(who)
        assert self.shifted(lots, key, cash) == self.eager.positions.pop(who)
        if lots:
            self.add(lots, line_at_or_above(key))

    def deleverage(self):
        share = F(self.rng.randint(1, 60), 100)
        quantity = sum(p[0] for p in self.eager.positions.values()) * share
        if quantity and self.lazy.deleverage(self.mark, quantity):
            self.eager.deleverage(self.mark, quantity)
            self.deleveragings += 1

    def shifted(self, lots, key, cash):
        return [lots, None if key is None else key + self.lazy.shift, cash]

    def compare(self):
        for who, position in self.eager.positions.items():
            assert self.shifted(*self.lazy.caught_up(who)) == position, who
        assert self.lazy.open_interest() == sum(p[0] for p in self.eager.positions.values())
