"""What the model stores. Money is what `Exchange.total` sums; the tallies are for the proofs alone."""
from dataclasses import dataclass, field

from reference.exact import F, LONG, ONE, SHORT, ZERO, above_zero


class Refused(Exception):
    """An instruction's error: nothing has changed (I12)."""


def need(condition, reason):
    if not condition:
        raise Refused(reason)


@dataclass
class Position:
    """Cash excludes the side's index X: equity is cash + lots * (mark + X)."""

    id: int
    owner: str
    market: int
    lots: F = ZERO  # signed: long > 0
    cash: F = ZERO
    margin: F = ZERO  # paid in and not taken out; part of no total
    isolated: bool = False
    pooled: F | None = None  # its spare, from when deleveraging closed lots of it until its next touch
    slice_start: int | None = None  # tier 1: the window's first slot, the lots there were, and those taken since
    slice_base: F = ZERO
    sliced: F = ZERO

    @property
    def side(self):
        return LONG if above_zero(self.lots) else SHORT


@dataclass
class VestingBucket:
    units: F  # of the market's vesting index
    start: int  # by the market's vesting clock
    end: int


@dataclass
class Held:
    """Money that lots left behind, in units of the haircut index of a list of their side's event."""

    owner: object  # an account's name, an estate's (market, side), or None: unattributed
    market: int
    side: int
    list_number: int
    units: F
    lots: F
    lowered: F  # how much of it was paid-in margin
    position: int
    entered: F = ZERO  # what an estate's was worth when it became the estate's


@dataclass
class Layer:
    amount: F
    until: int
    pinned: bool = False


@dataclass
class Estate:
    """The positions of the declared of one side, as one bankrupt."""

    lots: F = ZERO
    cash: F = ZERO
    uncollected: F = ZERO
    opened: F | None = None  # the sale's clock: lots-weighted mean of the declarations
    first: int | None = None  # first declaration since the estate was last funded
    entered: F = ZERO
    sold: F = ZERO
    crossed: F = ZERO
    deleveraged: F = ZERO


@dataclass
class LossEvent:
    """From the first h above zero until h has been zero for the confirmation."""

    number: int = 0
    alive: bool = False
    charged: F = ZERO  # per lot, since the event began
    furthest: F | None = None  # the furthest key-space mark at which the event charged
    held: F = ZERO
    held_lots: F = ZERO
    list_number: int = 0
    index: F = ONE
    zero_since: int | None = None
    window_start: int = 0
    window_high: F = ZERO
    previous_high: F = ZERO


@dataclass
class Side:
    sign: int
    x: F = ZERO  # the cash index: charges and funding, per lot
    estate: Estate = field(default_factory=Estate)
    event: LossEvent = field(default_factory=LossEvent)


@dataclass
class Market:
    index: int
    mark: F
    average: F  # of the source; the history names it where it is not the mark
    cover: F
    allowance: F
    weight: F
    sides: dict = field(default_factory=lambda: {s: Side(s) for s in (LONG, SHORT)})
    positions: dict = field(default_factory=dict)  # owner -> Position
    closed: dict = field(default_factory=dict)  # owner -> [(cash, margin, side, spare)] of positions that a walk closed whole
    grid: object = None  # None: every key is its own line
    layers: list = field(default_factory=list)
    unfunded: F = ZERO
    earned: F = ZERO  # what reached the fund from it and is not set aside yet
    refilled: int | None = None
    vesting_index: F = ONE
    vesting_clock: int = 0  # stands while a shortfall is not insured
    silent_since: int | None = None
    guarded: bool = False
    settled: bool = False
    tolerance_lots: F | None = None  # open interest when the present event of either side began
    reference: tuple | None = None  # (slot, mark), confirmed
    next_reference: tuple | None = None
    keeper_pot: F = ZERO

    def price(self, side):
        """The mark in key space."""
        return self.mark + self.sides[side].x

    def equity(self, position):
        return position.cash + position.lots * self.price(position.side)

    def spare(self, position):
        """Cash beyond what the position's key says."""
        if position.pooled is not None:
            return position.pooled
        if self.grid is None or not position.lots:
            return ZERO
        return position.cash - self.grid.snap(position.lots, position.cash)

    def key_equity(self, position):
        """What the ladder sees of a position."""
        return self.equity(position) - self.spare(position)

    def members(self, side):
        return [p for p in self.positions.values() if p.side == side]

    def open_lots(self, side):
        return sum((abs(p.lots) for p in self.members(side)), ZERO)

    def open_interest(self):
        """Of one side, its estate included; the other side's is the same (I2)."""
        return self.open_lots(LONG) + abs(self.sides[LONG].estate.lots)

    @property
    def usable(self):
        return self.silent_since is None


@dataclass
class Tally:
    """For the proofs only. `tolerated`: a shortfall that counted as none when the position opened, and what declared
    lots of its own side could not pay, having lost it at a turn; beyond it `paid` is at most `gained` (I6).
    """

    gained: F = ZERO
    paid: F = ZERO
    tolerated: F = ZERO


@dataclass(frozen=True)
class Report:
    """deficit = insured + absorbed + socialized + from_held + from_vesting + last_resort + unfunded (I3)."""

    market: int
    slot: int
    deficit: F
    insured: F
    absorbed: F
    socialized: F
    from_held: F
    from_vesting: F
    last_resort: F
    unfunded: F
    from_layers: F
    from_allowance: F
    own: F  # of the charges: uncollected, charged to the same side again
    rates: dict  # side -> charged per lot that stays
    two_sided: bool
    forced: bool
    insurance_left: F
    side_money_left: F  # of sides whose part fell on vesting or beyond

    def parts(self):
        charged = (self.absorbed, self.socialized, self.from_held, self.from_vesting, self.last_resort, self.unfunded)
        return (self.insured, *charged)


STORED = {Position, VestingBucket, Held, Layer, Estate, LossEvent, Side, Market, Tally}


def clone(value):
    """A deep copy of what changes; reports, tuples and numbers never do."""
    kind = type(value)
    if kind is F:
        return value
    if kind in STORED:
        copy = object.__new__(kind)
        copy.__dict__ = {key: item if type(item) is F else clone(item) for key, item in value.__dict__.items()}
        return copy
    if isinstance(value, dict):
        return kind({key: clone(item) for key, item in value.items()})
    if kind is list:
        return [clone(item) for item in value]
    return value


@dataclass
class State:
    """Everything the exchange holds. `outside` is what came in less what went out: `total()` equals it, always (I1)."""

    rules: object
    parameters: object
    markets: dict
    common: F = ZERO
    slot: int = 0
    published: int = 0  # of the last accepted marks, in slots
    outside: F = ZERO
    free: dict = field(default_factory=dict)
    vesting: dict = field(default_factory=dict)  # (who, market) -> [old, new]
    held: list = field(default_factory=list)
    pages: dict = field(default_factory=dict)  # (market, side, list) -> final index
    debts: dict = field(default_factory=dict)  # who -> {(market, side charged): amount}
    declared: dict = field(default_factory=dict)  # who -> what was declared, for I17
    served: dict = field(default_factory=dict)
    claims: dict = field(default_factory=dict)  # (market, side) -> {owner: amount}
    claims_paid: dict = field(default_factory=dict)  # (who, market) -> what claims were paid, until the next touch
    clocks: dict = field(default_factory=dict)
    accounts: list = field(default_factory=list)
    reports: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    drawn: dict = field(default_factory=dict)
    tallies: dict = field(default_factory=dict)
    directional: dict = field(default_factory=dict)  # who -> what lots gained and lost by price, funding, discounts
    pledged: dict = field(default_factory=dict)  # (who, market) that a declaration left out -> True
    reopens: dict = field(default_factory=dict)  # (who, market) -> slot from which it may open there again
    positions_opened: int = 0

    @staticmethod
    def number(amount):
        return F(amount)

    def held_value(self, entry):
        event = self.markets[entry.market].sides[entry.side].event
        live = entry.list_number == event.list_number
        return entry.units * (event.index if live else self.pages[entry.market, entry.side, entry.list_number])

    def held_of(self, owner):
        return sum((self.held_value(entry) for entry in self.held if entry.owner == owner), ZERO)

    def total(self):
        """All money at no mark at all: the lots of both sides cancel."""
        total = sum(self.free.values(), ZERO) + self.common + sum((self.held_value(e) for e in self.held), ZERO)
        total += sum((b.units * self.markets[m].vesting_index for (_, m), bs in self.vesting.items() for b in bs), ZERO)
        total += sum(self.claims_paid.values(), ZERO)
        return total + sum((self.total_of_market(market) for market in self.markets.values()), ZERO)

    @staticmethod
    def total_of_market(market):
        total = market.cover + market.keeper_pot - market.unfunded
        total += sum((layer.amount for layer in market.layers), ZERO)
        total += sum((cash for closed in market.closed.values() for cash, *_ in closed), ZERO)
        for side in market.sides.values():
            total += side.estate.cash + side.estate.lots * side.x
            total += sum((p.cash + p.lots * side.x for p in market.members(side.sign)), ZERO)
        return total
