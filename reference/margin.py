"""Margin follows positions: deposits, the spread, lifts, withdrawals, isolation."""
from reference import clocks, holdback, recovery, valuation, vesting, work
from reference.exact import EPS, ZERO, bps, positive
from reference.state import need


def deposit(ex, who, amount):
    """Serves the owner's debts first (I16: never what is unfunded); the rest waits as free cash until the next touch.
    """
    amount = ex.number(amount)
    if who not in ex.accounts:
        ex.accounts.append(who)
    ex.outside += amount
    served = recovery.serve_debts(ex, who, amount)
    ex.free[who] = ex.free.get(who, ZERO) + amount - served
    clocks.observe(ex, who)


def spread(ex, who):
    """Free cash goes to the cross positions in proportion to their maintenance margins, and is paid-in margin there."""
    usable = [(market, p) for market, p in valuation.legs(ex, who) if market.usable]
    weight = sum((abs(p.lots) * market.mark for market, p in usable), ZERO)
    free = ex.free.get(who, ZERO)
    if weight and free > 0:
        for market, p in usable:
            part = free * abs(p.lots) * market.mark / weight
            p.cash += part
            p.margin += part
        ex.free[who] = ZERO


def cap_margin(market, position):
    position.margin = min(position.margin, positive(market.equity(position)))


def touch(ex, who, keeper=None):
    """What every touch does: catches up, collects, trims, unlocks, spreads, lifts, observes. h is what it finds,
    throughout: an account's own lifts do not free what it may give.
    """
    rates = {m: holdback.rates(ex, market) for m, market in ex.markets.items()}
    catch_up(ex, who)
    holdback.collect(ex, who)
    holdback.trim(ex, who, rates)
    for market in ex.markets.values():
        vesting.unlock(ex, market, who)
    spread(ex, who)
    lift(ex, who, rates, to_maintenance=False)
    lift(ex, who, rates, to_maintenance=True)
    clocks.observe(ex, who, keeper)


def catch_up(ex, who):
    """What deleveraging did to the account's positions, and what its claims were paid: profit like any other (F9)."""
    for market in ex.markets.values():
        position = market.positions.get(who)
        if position is not None and position.pooled is not None:
            position.pooled = None
            if ex.rules.close_lowers_margin:
                cap_margin(market, position)
        for cash, margin, *_ in market.closed.pop(who, ()):
            back = min(margin, cash)
            recovery.credit(ex, who, market.index, back)
            vesting.add(ex, market, who, cash - back)
        vesting.add(ex, market, who, ex.claims_paid.pop((who, market.index), ZERO))


def sync_account(ex, who, keeper=None):
    """Permissionless; a sync that would change nothing writes nothing. Paid for lots that it brings out of the water,
    and for those whose held money it collects.
    """
    before, to_collect = under_water(ex, who), holdback.to_collect(ex, who)
    touch(ex, who, keeper)
    after = under_water(ex, who)
    for m, market in ex.markets.items():
        work.pay(ex, market, keeper, before.get(m, ZERO) - after.get(m, ZERO) + to_collect.get(m, ZERO))


def under_water(ex, who):
    """Lots by market."""
    owned = valuation.legs(ex, who)
    return {market.index: abs(p.lots) for market, p in owned if market.usable and market.equity(p) < 0}


def lift(ex, who, rates, to_maintenance):
    """Lifts positions under water, then below maintenance, from vesting profit and from siblings, in proportion."""
    usable = [(market, p) for market, p in valuation.legs(ex, who) if market.usable]
    target = bps(ex.parameters.maintenance_bps) if to_maintenance else ZERO
    needy = [(market, p, valuation.margined(market, p) * target - market.equity(p)) for market, p in usable]
    needy = [(market, p, lack) for market, p, lack in needy if lack > EPS]
    lack = sum((short for *_, short in needy), ZERO)
    if not lack:
        return
    from_vesting = vesting.take_own(ex, who, lack)
    for _, p, short in needy:
        p.cash += from_vesting * short / lack
    givers = [(market, p, spare_of(ex, market, p, target, rates)) for market, p in valuation.legs(ex, who)]
    givers = [(market, p, spare) for market, p, spare in givers if spare > 0 and all(p is not n for _, n, _ in needy)]
    spare = sum((most for *_, most in givers), ZERO)
    moved = min(lack - from_vesting, spare)
    if moved > 0:
        margin = sum((give(ex, market, p, moved * most / spare) for market, p, most in givers), ZERO)
        for market, p, short in needy:
            receive(ex, market, p, moved * short / lack, margin * short / lack)


def spare_of(ex, market, position, target, rates):
    """What a sibling may give: beyond its own holdback; without a usable mark its assured equity only."""
    if not market.usable:
        return positive(valuation.assured_equity(market, position)) if ex.rules.silent_market_counts else ZERO
    keeps = abs(position.lots) * rates[market.index][position.side] + valuation.margined(market, position) * target
    return positive(market.equity(position) - keeps)


def give(ex, market, position, amount):
    """Returns how much of the amount is paid-in margin, which moves first."""
    if ex.rules.lift_lowers_margin:
        cap_margin(market, position)
    margin = min(position.margin, amount)
    position.margin -= margin
    position.cash -= amount
    return margin


def receive(ex, market, position, amount, margin):
    """A69: paid-in margin that is lost already must not license what comes in."""
    if ex.rules.lift_lowers_margin:
        cap_margin(market, position)
    position.cash += amount
    position.margin += margin
    if ex.rules.lift_lowers_margin:
        cap_margin(market, position)


def withdraw(ex, who, amount):
    """Takes free cash, then from the positions, in proportion, what the account may spare; returns what it got."""
    touch(ex, who)
    owned = valuation.legs(ex, who)
    need(not owned or not valuation.in_distress(ex, who), "in distress")
    amount = ex.number(amount)
    if owned:
        amount = min(amount, positive(valuation.initial_surplus(ex, who)))
    take_back(ex, owned, amount - min(amount, ex.free.get(who, ZERO)))
    got = min(amount, ex.free.get(who, ZERO))
    need(got > 0, "nothing to take out")
    ex.free[who] = ex.free.get(who, ZERO) - got
    ex.outside -= got
    clocks.observe(ex, who)
    return got


def take_back(ex, owned, amount):
    """Into free cash, in proportion to what each position may spare: paid-in margin, at most its worth net of holdback.
    """
    spare = {}
    for market, p in owned if amount > 0 else ():
        if market.usable:
            if ex.rules.close_lowers_margin and ex.rules.lift_lowers_margin:
                cap_margin(market, p)
            spare[market.index] = positive(min(p.margin, valuation.opening_value(ex, market, p)))
    whole = sum(spare.values(), ZERO)
    taken = min(amount, whole)
    for market, p in owned:
        if taken > 0 and market.index in spare:
            part = taken * spare[market.index] / whole
            p.margin -= part
            p.cash -= part
            recovery.credit(ex, p.owner, market.index, part)


def isolate(ex, who, m):
    """Needs every other cross position at initial margin without it, and the account not in distress."""
    market = ex.markets[m]
    position = market.positions.get(who)
    need(position is not None and not position.isolated and market.equity(position) > 0, "no such position")
    need(not valuation.in_distress(ex, who), "in distress")
    touch(ex, who)
    position.isolated = True
    need(valuation.initial_surplus(ex, who) >= 0, "the others are below initial margin")
