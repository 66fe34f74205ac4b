"""Tier 1: a healthy account takes lots of a solvent account in distress at a discount that grows with the clock and
with the depth of the shortfall. What the victim pays is at most its worth's share of the lots, so that its health never
falls (I8).
"""
from reference import clocks, holdback, insurance, margin, trading, valuation, work
from reference.exact import EPS, ONE, F, ZERO, bps, positive, whole_bps
from reference.state import need


def liquidate(ex, victim, taker, m, lots):
    """A cross position, or an isolated one alone. Never draws insurance."""
    market = ex.markets[m]
    need(victim != taker and market.usable, "not possible")
    need(not market.settled, "settled: its positions close, and need no margin")
    for who in (victim, taker):
        margin.touch(ex, who)
    position, worth, notional, clock = find(ex, victim, market)
    need(market.equity(position) >= -EPS, "under water")
    rate = discount_rate(ex, worth, notional, clock.slot)
    deep = worth < notional * bps(ex.parameters.maintenance_bps) / 2
    most = min(restoring(ex, market, worth, notional, rate), slice_left(ex, position, deep))
    lots = take(ex, position, min(ex.number(lots), most, opposite(market, position, taker) or most))
    ex.counts["liquidated"] += 1
    discount, penalty = split(ex, market, position, lots, rate, worth, notional)
    position.cash -= penalty
    position.margin = max(ZERO, position.margin - penalty)
    market.cover += insurance.serve_unfunded(market, penalty)
    note_price(ex, victim, taker, discount, penalty)
    work.pay(ex, market, clocks.take_observer(ex, victim, state_of(position)), lots)
    side, price = position.side, market.mark - position.side * discount / lots
    closing = min(lots, opposite(market, position, taker))
    if closing:
        close_both(ex, market, position, market.positions[taker], closing, price)
    if lots > closing:
        take_over(ex, market, position, taker, lots - closing, price)
    for who in (victim, taker):
        margin.touch(ex, who)


def note_price(ex, victim, taker, discount, penalty):
    """For the proofs: distress has its price, and no account takes it from another."""
    for who, amount in ((victim, -discount - penalty), (taker, discount)):
        ex.directional[who] = ex.directional.get(who, ZERO) + amount


def opposite(market, position, taker):
    """The taker's own lots that close against the position's. It takes no more, but for what would be left as dust."""
    own = market.positions.get(taker)
    return ZERO if own is None or own.side == position.side else abs(own.lots)


def find(ex, who, market):
    """A position whose account, or which alone, is confirmed in distress and solvent, with worth, notional and clock.
    """
    position = market.positions.get(who)
    need(position is not None, "no such position")
    alone = market.index if position.isolated else None
    clock = clocks.need_confirmed(ex, who, state_of(position))
    worth, notional = valuation.standing(ex, who, alone)
    need(worth > 0, "bankrupt")
    return position, worth, notional, clock


def state_of(position):
    return ("distress", position.market) if position.isolated else "distress"


def discount_rate(ex, worth, notional, since):
    """From its start with the clock and, faster than linearly, with the depth of the shortfall, up to a cap; in whole
    basis points.
    """
    start, cap = bps(ex.parameters.discount_start_bps), bps(ex.parameters.discount_bps)
    age = F(ex.slot - since) / ex.parameters.auction_slots
    depth = 1 - worth / (notional * bps(ex.parameters.maintenance_bps))
    return whole_bps(start + (cap - start) * min(ONE, age + depth * depth))


def restoring(ex, market, worth, notional, rate):
    """Lots that restore maintenance and a buffer at this cost."""
    target = bps(ex.parameters.maintenance_bps + ex.parameters.buffer_bps)
    relief = market.mark * (target - rate - bps(ex.parameters.penalty_bps))
    return positive(notional * target - worth) / relief


def slice_left(ex, position, deep):
    """Per window one slice of a large position, counted in lots (G19); all of it below half of maintenance: no time is
    left.
    """
    everything = abs(position.lots)
    if position.slice_start is None or ex.slot - position.slice_start >= ex.parameters.slice_window_slots:
        position.slice_start, position.slice_base, position.sliced = ex.slot, everything, ZERO
    size = max(position.slice_base * bps(ex.parameters.slice_bps), F(ex.parameters.slice_floor))
    return everything if deep else min(everything, positive(size - position.sliced))


def take(ex, position, lots):
    """Everything where dust would be left."""
    need(lots > 0, "nothing may be taken now")
    if abs(position.lots) - lots < ex.parameters.position_min:
        lots = abs(position.lots)
    position.sliced += lots
    return lots


def split(ex, market, position, lots, rate, worth, notional):
    """(discount, penalty): the discount first, the penalty less the closer the account is to zero, both at most its
    worth's share of these lots and what the position has. What is not paid lowers the discount.
    """
    value = lots * market.mark
    able = min(worth * value / notional, positive(market.equity(position)))
    discount = min(value * rate, able)
    nearness = min(ONE, worth / (notional * bps(ex.parameters.maintenance_bps)))
    return discount, min(value * bps(ex.parameters.penalty_bps) * nearness, able - discount)


def close_both(ex, market, position, own, lots, price):
    """What closes the taker's own lots always passes, and leaves h on both sides."""
    need(market.equity(own) >= -EPS, "the taker's position is under water")
    rates = [holdback.rate(ex, market, p.side) for p in (position, own)]
    for p, h in zip((position, own), rates):
        trading.close(ex, market, p, lots, h, price=price)


def take_over(ex, market, position, taker, lots, price):
    side = position.side
    trading.need_may_open(ex, market, side, raises_a_side=False)
    trading.close(ex, market, position, lots, ZERO, price=price)
    trading.open_lots(ex, market, taker, side * lots, price)
    margin.spread(ex, taker)
    need(valuation.initial_surplus(ex, taker) >= -EPS, "the taker's initial margin")
