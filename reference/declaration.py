"""A bankrupt account becomes its markets' estates. Declaring charges no account, moves no price, and declarations of
one mark commute.
"""
from reference import clocks, estates, fund, holdback, insurance, margin, recovery, shortfall, valuation, vesting, work
from reference.exact import ZERO, positive
from reference.state import need


def declare_bankruptcy(ex, who, keeper=None):
    """The whole account at once, but for markets without a source, which stay its owner's."""
    clocks.need_confirmed(ex, who, "bankrupt")
    margin.touch(ex, who)
    clocks.need_confirmed(ex, who, "bankrupt")
    observer = clocks.take_observer(ex, who, "bankrupt")
    owned = valuation.legs(ex, who)
    moving = [(market, p) for market, p in owned if market.usable]
    need(moving, "no usable market")
    need(ex.rules.silent_market_left_out or len(moving) == len(owned), "a market is silent")
    short = {market.index: -market.equity(p) for market, p in moving if market.equity(p) <= 0}
    money = gather(ex, who, moving)
    share_out(ex, who, short, money)
    pledge(ex, who, [market for market, _ in owned if not market.usable])
    for market, p in moving:
        into_estate(ex, market, p)
    for market, p in moving:
        fund.fund_insured(ex, market)
        estates.try_end(market)
    worst, lots = max(((market, abs(p.lots)) for market, p in moving), key=lambda leg: short.get(leg[0].index, -1))
    for signer in (observer, keeper):
        work.pay(ex, worst, signer, lots)
    clocks.observe(ex, who)
    ex.counts["declared"] += 1


def declare_isolated(ex, who, m, keeper=None):
    """One isolated position: it leaves no debt."""
    market = ex.markets[m]
    need(market.usable, "no usable mark")
    clocks.need_confirmed(ex, who, ("bankrupt", m))
    observer, position = clocks.take_observer(ex, who, ("bankrupt", m)), market.positions[who]
    into_estate(ex, market, position)
    fund.fund_insured(ex, market)
    estates.try_end(market)
    for signer in (observer, keeper):
        work.pay(ex, market, signer, abs(position.lots))
    clocks.observe(ex, who)
    ex.counts["isolated"] += 1


def gather(ex, who, moving):
    """Free cash, vesting profit, and what winning legs have beyond the h their lots leave."""
    money = ex.free.get(who, ZERO) + vesting.take_all(ex, who)
    ex.free[who] = ZERO
    winners = [(market, p) for market, p in moving if market.equity(p) > 0]
    rates = [holdback.rate(ex, market, p.side) for market, p in winners]
    for (market, p), h in zip(winners, rates):
        if ex.rules.declared_legs_leave_holdback:
            holdback.leave_behind(ex, market, p, abs(p.lots), h)
        money += market.equity(p)
        p.cash -= market.equity(p)
    return money


def share_out(ex, who, short, money):
    """Money and held money go to the negative legs in proportion to their shortfalls; what stays short is the owner's
    debt.
    """
    lack = sum(short.values(), ZERO)
    paid, held = min(money, lack), ZERO
    ex.free[who] += money - paid
    if not lack:
        return
    parts = {(m, ex.markets[m].positions[who].side): amount / lack for m, amount in short.items()}
    if ex.rules.estates_own_held:
        held = ex.held_of(who)
        holdback.pass_to_estates(ex, who, parts)
    for (m, side), part in parts.items():
        ex.markets[m].positions[who].cash += paid * part
        recovery.owe(ex, who, m, side, positive(lack - paid - held) * part)


def pledge(ex, who, left_out):
    """A market without a source stays its owner's; what comes out of it serves the debt first."""
    if any(ex.debts.get(who, {}).values()):
        ex.pledged.update({(who, market.index): True for market in left_out})


def into_estate(ex, market, position):
    if not estates.stands(market):
        insurance.pin_layers(ex, market)
    estates.enter(ex, market, position, shortfall.uncollected_of(ex, market, position))
    if ex.rules.cross_at_declaration:
        estates.cross(market)
