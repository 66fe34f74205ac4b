"""What an account is worth, and to whom: solvency is gross, openings and withdrawals are net of holdback."""
from reference import holdback
from reference.exact import EPS, ZERO, bps


def legs(ex, who, isolated=False):
    """The account's positions with their markets."""
    owned = ((market, market.positions.get(who)) for market in ex.markets.values())
    return [(market, p) for market, p in owned if p is not None and p.isolated == isolated]


def assured_equity(market, position):
    """Equity at the worse of half and twice the last accepted mark."""
    x = market.sides[position.side].x
    return min(position.cash + position.lots * (mark + x) for mark in (market.mark / 2, market.mark * 2))


def solvency_value(ex, market, position):
    """What a position counts for distress and bankruptcy: silence neither takes it nor makes it nothing (A46, A62)."""
    if market.usable:
        return market.equity(position)
    if not ex.rules.silent_market_counts:
        return ZERO
    if ex.slot - market.silent_since <= ex.parameters.sibling_grace_slots:
        return market.equity(position)
    return assured_equity(market, position)


def opening_value(ex, market, position):
    """What a position counts for opening and withdrawing, net of the holdback its lots would leave."""
    equity = market.equity(position)
    if not market.usable:
        return min(ZERO, equity)
    return equity - holdback.rate(ex, market, position.side) * abs(position.lots)


def vesting_of(ex, who, m=None):
    markets = ex.markets if m is None else (m,)
    return sum((b.units * ex.markets[k].vesting_index for k in markets for b in ex.vesting.get((who, k), ())), ZERO)


def closed_of(ex, who):
    """Cash of positions that deleveraging closed whole."""
    return sum((cash for market in ex.markets.values() for cash, *_ in market.closed.get(who, ())), ZERO)


def beside(ex, who):
    """Money of the account that is in no position and not held: claims that were paid included."""
    paid = sum((amount for (owner, _), amount in ex.claims_paid.items() if owner == who), ZERO)
    return ex.free.get(who, ZERO) + vesting_of(ex, who) + closed_of(ex, who) + paid


def worth(ex, who):
    """Money of the account wherever it waits, and its cross positions: what decides distress and bankruptcy."""
    total = beside(ex, who)
    if ex.rules.held_counts:
        total += ex.held_of(who)
    for market, p in legs(ex, who):
        total += solvency_value(ex, market, p)
        if not ex.rules.solvency_is_gross:
            total -= holdback.rate(ex, market, p.side) * abs(p.lots)
    return total


def total_of(ex, who):
    """For the proofs: everything of the account at the last marks, isolated positions included."""
    positions = legs(ex, who) + legs(ex, who, isolated=True)
    money = beside(ex, who) + ex.held_of(who)
    return money + sum((market.equity(p) for market, p in positions), ZERO)


def margined(market, position):
    """What a position's margin is measured by: nothing in a settled market, where the mark no longer moves."""
    return ZERO if market.settled else abs(position.lots) * market.mark


def notional(ex, who):
    return sum((margined(market, p) for market, p in legs(ex, who)), ZERO)


def bankrupt(ex, who):
    """Zero is bankrupt. In a settled market solvency is net of holdback."""
    owned = legs(ex, who)
    net = sum((holdback.rate(ex, m, p.side) * abs(p.lots) for m, p in owned if m.settled), ZERO)
    return bool(owned) and worth(ex, who) - net <= EPS


def in_distress(ex, who, m=None):
    """The account, or its isolated position in market m, alone. Who is bankrupt is in distress, whatever the margin."""
    if m is not None and isolated(ex, who, m) is None:
        return False
    has, lots = standing(ex, who, m)
    below = has < lots * bps(ex.parameters.maintenance_bps)
    return below and bool(m is not None or legs(ex, who)) or (bankrupt(ex, who) if m is None else has <= EPS)


def standing(ex, who, m=None):
    """(worth, notional) of the account, or of its isolated position in market m."""
    return (worth(ex, who), notional(ex, who)) if m is None else alone(ex, who, m)


def initial_surplus(ex, who):
    """Free cash and positions beyond initial margin, net of holdback: vesting and held money are not money yet."""
    total = ex.free.get(who, ZERO) + closed_of(ex, who)
    total += sum((opening_value(ex, market, p) for market, p in legs(ex, who)), ZERO)
    return total - notional(ex, who) * bps(ex.parameters.initial_bps)


def isolated(ex, who, m):
    position = ex.markets[m].positions.get(who)
    return position if position is not None and position.isolated else None


def alone(ex, who, m):
    """(worth, notional) of an isolated position: its own cash only."""
    position = ex.markets[m].positions[who]
    return ex.markets[m].equity(position), margined(ex.markets[m], position)


def isolated_bankrupt(ex, who, m):
    return isolated(ex, who, m) is not None and alone(ex, who, m)[0] <= EPS


def net_equity(ex, market, position):
    """Equity beyond the holdback of its lots."""
    return market.equity(position) - holdback.rate(ex, market, position.side) * abs(position.lots)
