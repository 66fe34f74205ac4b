"""Tier 3: estate lots close at the mark against the most levered of the other side, brought to one level."""
from reference import estates, holdback, liquidation, margin, trading
from reference.exact import EPS, ZERO, bps
from reference.ladder import water_level
from reference.state import need


def close_against_ladder(ex, market, side):
    """Estate lots of `side` against the opposing ladder; returns how many lots closed."""
    wanted = abs(market.sides[side].estate.lots)
    closed = walk(ex, market, -side, wanted) if wanted else ZERO
    if closed:
        estates.close(market, side, closed, "deleveraged")
    return closed


def walk(ex, market, side, wanted, gain=ZERO):
    """Closes lots of a side, most levered first. After X has moved by c the walk runs at the mark worsened by h: who
    has at most h a lot closes first, in order of equity per lot, and leaves all it has; only those who have more are
    brought to one level, so that a pool's members are alike (A74). `gain`: what each closed lot is paid above the mark;
    the walk runs at that price.
    """
    h = holdback.rate(ex, market, side)
    thin, thick = group(ex, market, side, h if ex.rules.walk_net_of_holdback else ZERO, gain)
    lots = {p.id: abs(p.lots) for _, members in thin + thick for p in members}
    quantity = min(wanted, sum(lots.values(), ZERO))
    if quantity <= EPS:
        return ZERO
    plan, left = plan_thin(thin, lots, quantity)
    plan += plan_thick(thick, lots, left)
    for p, closing in plan:
        if closing > 0:
            shed(ex, market, p, closing, h, gain)
    return quantity


def shed(ex, market, position, lots, h, gain):
    """Lots that the walk closes; the owner learns of it at the next touch. Spare stays the owner's. A position that
    closes whole is cash until then.
    """
    side = position.side
    position.pooled = market.spare(position)
    holdback.leave_behind(ex, market, position, lots, h, ex.rules.deleveraged_own_held, own_part=True)
    position.cash += side * lots * market.price(side) + lots * gain
    position.lots -= side * lots
    if abs(position.lots) <= EPS:
        del market.positions[position.owner]
        market.closed.setdefault(position.owner, []).append((position.cash, position.margin, side, position.pooled))


def group(ex, market, side, worsened, gain):
    """Members that are not under water by their distance from bankruptcy, a lot, at the worsened mark: (thin, thick),
    thin ones by equity per lot.

    A position at exactly zero closes too: a lift leaves many there, and without them an estate may wait for ever (I11).
    """
    thin, thick = {}, {}
    for p in market.members(side):
        equity = market.key_equity(p) + abs(p.lots) * gain
        if equity >= -EPS and (equity or ex.rules.zero_equity_closes):
            beyond = equity / abs(p.lots) - worsened
            groups, distance = (thick, beyond) if beyond > EPS else (thin, equity / abs(p.lots))
            groups.setdefault(distance, []).append(p)
    return sorted(thin.items()), sorted(thick.items())


def plan_thin(groups, lots, quantity):
    """(what closes, what is still wanted): whole groups; one that the quantity ends inside loses lots in proportion."""
    plan = []
    for _, members in groups:
        there = sum(lots[p.id] for p in members)
        closing = min(quantity, there)
        plan += [(p, lots[p.id] * closing / there) for p in members]
        quantity -= closing
    return plan, quantity


def plan_thick(groups, lots, quantity):
    """Every walked member is brought to one level."""
    if quantity <= EPS:
        return []
    sizes = [(distance, sum(lots[p.id] for p in members)) for distance, members in groups]
    walked, level = water_level(ZERO, sizes, quantity)
    kept = {distance: ZERO if level is None else distance / level for distance, _ in groups[:walked]}
    return [(p, lots[p.id] * (1 - kept[distance])) for distance, members in groups[:walked] for p in members]


def deleverage_account(ex, who, m):
    """Pre-emptive: a solvent account that found no taker for long sheds lots, as many as cure it, at the largest
    discount, which the deleveraged get. It may not open there again for a while.
    """
    market = ex.markets[m]
    wait = ex.parameters.deleverage_slots
    need(wait is not None and market.usable and not market.settled, "the market does not allow it")
    margin.touch(ex, who)
    position, worth, notional, clock = liquidation.find(ex, who, market)
    need(ex.slot - clock.slot >= wait, "too early")
    need(market.equity(position) > 0, "under water")
    side = position.side
    discount = min(market.mark * bps(ex.parameters.discount_bps), worth * market.mark / notional)  # I8
    target = bps(ex.parameters.maintenance_bps + ex.parameters.buffer_bps)
    lack = notional * target - worth
    lots = min(abs(position.lots), lack / (market.mark * target - discount), market.equity(position) / discount)
    need(not any(holdback.rates(ex, market).values()), "a holdback stands")
    need(walk(ex, market, -side, lots, discount) == lots, "too few lots opposite")
    trading.close(ex, market, position, lots, ZERO, price=market.mark - side * discount)
    ex.counts["deleveraged early"] += 1
    ex.reopens[who, m] = ex.slot + ex.parameters.reopen_slots
    margin.touch(ex, who)
