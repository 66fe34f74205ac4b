"""What deleveraged lots leave behind stays their owners' at a cost of one checkpoint and one pool (A74).

A pool keeps an event, the units its lots left per share in it, and what matured of earlier events per share; a
checkpoint keeps the event, the units per lot closed, and the pool's numbers at that time. It works because the walk
runs at the mark worsened by h, so that a pool's members are alike. `Lazy` is compared with an eager list after every
step.
"""
import random
from dataclasses import dataclass, field

from reference import ladder
from reference.exact import F, ONE, ZERO


@dataclass
class Events:
    """The present event's haircut index, and the final index of each that ended."""

    number: int = 0
    index: F = ONE
    final: dict = field(default_factory=dict)

    def now(self, event):
        return self.final.get(event, self.index)

    def haircut(self, share):
        self.index *= share

    def end(self):
        self.final[self.number] = self.index
        self.number, self.index = self.number + 1, ONE


@dataclass
class Left:
    """What a pool's lots left, per share."""

    event: int
    units: F = ZERO
    matured: F = ZERO

    def enter(self, events):
        """Closes the accounts of an event that ended."""
        if self.event != events.number:
            self.matured += self.units * events.now(self.event)
            self.units, self.event = ZERO, events.number

    def since(self, then, events):
        """Money per share that was left after `then` was copied."""
        if self.event == then.event:
            return self.matured - then.matured + (self.units - then.units) * events.now(self.event)
        return self.matured - then.matured - then.units * events.now(then.event) + self.units * events.now(self.event)

    def copy(self):
        return Left(self.event, self.units, self.matured)


@dataclass
class Joined:
    """A checkpoint's part: what lots of emptied lines left when they joined, and the pool's numbers then."""

    event: int
    units_per_lot: F
    factor: F
    then: Left


class Lazy(ladder.Lazy):
    def __init__(self, events):
        super().__init__()
        self.events, self.joined = events, {}  # joined: by checkpoint sequence

    def held(self, who):
        """Money that catching up adds to the member's held entries."""
        position = self.positions[who]
        checkpoint = self.checkpoint_of(position)
        if checkpoint is None:
            return ZERO
        joined, shares = self.joined[checkpoint.sequence], checkpoint.shares_of(position)
        closed = position.lots - shares * joined.factor
        at_joining = closed * joined.units_per_lot * self.events.now(joined.event)
        return at_joining + shares * checkpoint.pool.left.since(joined.then, self.events)

    def deleverage_leaving(self, mark, quantity, h):
        """The walk runs at the mark worsened by h; each closed lot leaves h, as units of the present event."""
        self.units_per_lot = h / self.events.index
        return self.deleverage(mark + h, quantity)

    def apply(self, taken, mark, level):
        before = [(group.pool, group.pool.factor) for group in taken if group.pool is not None]
        for pool, _ in before:
            pool.left.enter(self.events)
        super().apply(taken, mark, level)
        for pool, factor in before:
            pool.left.units += (factor - pool.factor) * self.units_per_lot
        if self.checkpoints and self.checkpoints[-1].sequence not in self.joined:
            self.note_joining(self.checkpoints[-1])

    def note_joining(self, checkpoint):
        pool = checkpoint.pool
        pool.left = pool.left or Left(self.events.number)
        self.joined[checkpoint.sequence] = Joined(self.events.number, self.units_per_lot, pool.factor, pool.left.copy())


class Eager(ladder.Eager):
    """Positions with a list of (event, units) each."""

    def __init__(self, events):
        super().__init__()
        self.events, self.entries = events, {}

    def deleverage_leaving(self, mark, quantity, h):
        lots = {who: p[0] for who, p in self.positions.items()}
        self.deleverage(mark + h, quantity)
        for who, p in self.positions.items():
            if p[0] != lots[who]:
                units = (lots[who] - p[0]) * h / self.events.index
                self.entries.setdefault(who, []).append((self.events.number, units))

    def held(self, who):
        return sum((units * self.events.now(event) for event, units in self.entries.get(who, ())), ZERO)


class History(ladder.History):
    """The ladder's history with events, haircuts, and a holdback at each deleveraging."""

    def __init__(self, seed):
        super().__init__(seed)
        self.rng = random.Random(seed)
        self.events = Events()
        self.lazy, self.eager = Lazy(self.events), Eager(self.events)

    def play(self):
        verbs = (self.open, self.move, self.charge, self.touch, self.deleverage, self.haircut, self.events.end)
        for _ in range(self.rng.randint(25, 60)):
            self.rng.choices(verbs, (40, 12, 8, 8, 18, 8, 6))[0]()
            self.compare()
        return self.deleveragings

    def haircut(self):
        self.events.haircut(F(self.rng.randint(1, 10), 10))

    def deleverage(self):
        h, share = F(self.rng.randint(0, 40)), F(self.rng.randint(1, 60), 100)
        quantity = sum(p[0] for p in self.eager.positions.values()) * share
        if quantity and self.lazy.deleverage_leaving(self.mark, quantity, h):
            self.eager.deleverage_leaving(self.mark, quantity, h)
            self.deleveragings += 1

    def compare(self):
        super().compare()
        for who in self.eager.positions:
            assert self.lazy.held(who) == self.eager.held(who), who
