"""Tier 1: a healthy account takes lots of a solvent account in distress at a discount that grows with the clock."""
from reference import clocks, holdback, margin, trading, valuation
from reference.exact import EPS, ONE, F, ZERO, bps, positive
from reference.state import need


def liquidate(ex, victim, taker, m, lots):
    """At most what restores maintenance plus a buffer; never draws insurance."""
    market = ex.markets[m]
    need(victim != taker and market.usable, "not possible")
    for who in (victim, taker):
        margin.touch(ex, who)
    position = market.positions.get(victim)
    need(position is not None and not position.isolated, "no such position")
    since = clocks.need_confirmed(ex, victim, "distress")
    need(valuation.worth(ex, victim) > 0, "bankrupt")
    lots = min(ex.number(lots), abs(position.lots), lots_to_restore(ex, victim, market))
    age = min(ONE, F(ex.slot - since) / ex.parameters.auction_slots)
    discount = market.mark * bps(ex.parameters.discount_bps) * age
    need(lots > 0 and market.equity(position) >= lots * discount, "the position cannot pay the discount")
    pay_penalty(ex, market, position, lots, discount)
    side, price = position.side, market.mark - position.side * discount
    own = market.positions.get(taker)
    if own is not None and own.side != side:
        close_both(ex, market, position, own, min(lots, abs(own.lots)), price)
    else:
        take_over(ex, market, position, taker, lots, price)
    for who in (victim, taker):
        margin.touch(ex, who)


def lots_to_restore(ex, victim, market):
    target = bps(ex.parameters.maintenance_bps + ex.parameters.buffer_bps)
    relief = market.mark * (target - bps(ex.parameters.discount_bps + ex.parameters.penalty_bps))
    return positive(valuation.notional(ex, victim) * target - valuation.worth(ex, victim)) / relief


def pay_penalty(ex, market, position, lots, discount):
    """To insurance, never pushing the position below zero."""
    left = market.equity(position) - lots * discount
    paid = min(lots * market.mark * bps(ex.parameters.penalty_bps), left)
    position.cash -= paid
    position.margin = max(ZERO, position.margin - paid)
    market.cover += paid


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
