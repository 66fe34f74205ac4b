"""Tier 3: estate lots close at the mark against the most levered of the other side, brought to one level."""
from reference import clocks, estates, holdback, margin, trading, valuation, vesting
from reference.exact import EPS, ZERO, bps, positive
from reference.ladder import water_level
from reference.state import need


def close_against_ladder(ex, market, side):
    """Estate lots of `side` against the opposing ladder; returns how many lots closed."""
    wanted = abs(market.sides[side].estate.lots)
    closed = walk(ex, market, -side, wanted) if wanted else ZERO
    if closed:
        estates.close(market, side, closed, "deleveraged")
    return closed


def walk(ex, market, side, wanted):
    """Closes lots of a side, most levered first. After X has moved by c the walk runs at the mark worsened by h:
    a lot with less than h closes first and leaves all it has, and the members of a pool are alike (A74).
    """
    h = holdback.rate(ex, market, side)
    worsened = h if ex.rules.walk_net_of_holdback else ZERO
    groups = group(ex, market, side, worsened)
    sizes = [(distance, sum(abs(p.lots) for p in members)) for distance, members in groups]
    quantity = min(wanted, sum((lots for _, lots in sizes), ZERO))
    if quantity <= EPS:
        return ZERO
    walked, level = water_level(ZERO, sizes, quantity)
    covered = sum(lots for _, lots in sizes[:walked])
    plan = [(p, abs(p.lots) * (1 - part_left(distance, level, quantity, covered)))
            for distance, members in groups[:walked] for p in members]
    for p, lots in plan:
        if lots > 0:
            trading.close(ex, market, p, lots, h, attributed=ex.rules.deleveraged_own_held)
    return quantity


def group(ex, market, side, worsened):
    """Members that are not under water by their distance from bankruptcy, a lot, at the worsened mark.

    A position at exactly zero closes too: a lift leaves many there, and without them an estate may wait for ever (I11).
    """
    groups = {}
    for p in market.members(side):
        equity = market.equity(p)
        if equity >= -EPS and (equity or ex.rules.zero_equity_closes):
            groups.setdefault(positive(equity / abs(p.lots) - worsened), []).append(p)
    return sorted(groups.items())


def part_left(distance, level, quantity, covered):
    """The share of its lots that a walked member keeps."""
    if level is None:
        return ZERO
    if level == 0:  # the quantity ends among those who have nothing beyond h: all alike
        return 1 - quantity / covered
    return distance / level


def deleverage_account(ex, who, m):
    """Pre-emptive: a solvent account that found no taker for a whole auction sheds lots, as many as cure it, at the
    largest discount, which the deleveraged get.
    """
    market = ex.markets[m]
    margin.touch(ex, who)
    since = clocks.need_confirmed(ex, who, "distress")
    need(valuation.worth(ex, who) > 0 and ex.slot - since >= ex.parameters.auction_slots, "too early")
    position = market.positions.get(who)
    need(position is not None and market.usable and market.equity(position) > 0, "no such position")
    side, discount = position.side, market.mark * bps(ex.parameters.discount_bps)
    target = bps(ex.parameters.maintenance_bps + ex.parameters.buffer_bps)
    lack = valuation.notional(ex, who) * target - valuation.worth(ex, who)
    lots = min(abs(position.lots), lack / (market.mark * target - discount), market.equity(position) / discount)
    pay_deleveraged(ex, market, position, lots, discount)
    trading.close(ex, market, position, lots, holdback.rate(ex, market, side))
    margin.touch(ex, who)


def pay_deleveraged(ex, market, position, lots, discount):
    """Closes the opposing lots at the mark and shares the discount among the positions that lost lots."""
    side = position.side
    before = {p.owner: abs(p.lots) for p in market.members(-side)}
    closed = walk(ex, market, -side, lots)
    need(closed == lots, "too few lots opposite")
    position.cash -= lots * discount
    position.margin = min(position.margin, market.equity(position))
    for owner, had in before.items():
        left = market.positions.get(owner)
        lost = had - (abs(left.lots) if left is not None else ZERO)
        if left is not None:
            left.cash += lost * discount
        else:
            vesting.add(ex, market, owner, lost * discount)
