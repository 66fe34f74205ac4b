"""The sale of estate lots, while insurance covers both estates, at the mark less a discount that grows with the sale's
clock.
"""
from reference import estates, fund, insurance, margin, shortfall, trading, vesting
from reference.exact import F, ONE, SIDES, bps, positive, whole_bps
from reference.state import need


def buy_from_estate(ex, who, m, side, lots):
    market = ex.markets[m]
    estate = market.sides[side].estate
    need(market.usable and estate.lots, "no estate lots")
    margin.touch(ex, who)
    if ex.rules.sale_only_insured:
        need(sum(estates.lacks(ex, market).values()) <= insurance.certain(ex, market), "the estates are not insured")
    fund.fund_insured(ex, market)
    lots = min(ex.number(lots), abs(estate.lots))
    discount = pay_discount(ex, market, side, lots)
    estates.close(market, side, lots, "sold")
    trading.take(ex, market, who, side * lots)
    credit(ex, market, who, discount)
    margin.touch(ex, who)
    estates.try_end(market)
    ex.counts["sale"] += 1


def pay_discount(ex, market, side, lots):
    """For x of Q lots at most x/Q of the estate's own equity, then of the cover, both only beyond both shortfalls: an
    estate's equity is insurance too, and a discount must not leave a shortfall to the buyer's own side (I16).
    """
    estate = market.sides[side].estate
    part = lots / abs(estate.lots)
    wanted = rate(ex, estate) * market.mark * lots
    spare = positive(insurance.certain(ex, market) - sum(shortfall.shortfall(ex, market, s) for s in SIDES))
    own = min(wanted, part * positive(estates.equity(market, side)))
    if ex.rules.discount_beyond_shortfalls:
        own = min(own, spare)
    insured = min(wanted - own, part * min(market.cover, positive(spare - own)))
    estate.cash -= own
    market.cover -= insured
    ex.drawn["discount"] += insured
    return own + insured


def rate(ex, estate):
    age = min(ONE, F(ex.slot - estate.opened) / ex.parameters.sale_slots)
    return whole_bps(bps(ex.parameters.discount_bps) * age)


def credit(ex, market, who, amount):
    """A discount is profit: it stays in the position, or vests."""
    position = market.positions.get(who)
    if position is not None:
        position.cash += amount
    else:
        vesting.add(ex, market, who, amount)
