"""`resolve_estate`: a market's two estates together, insurance, the common rate, deleveraging, socialization, in this
order.
"""
from reference import charging, deleveraging, estates, holdback, insurance, shortfall, work
from reference.exact import SIDES, ZERO, bps
from reference.state import Report, need


def waits_for(ex, market):
    """Why the estates may not be resolved yet, or None."""
    if not market.usable:
        return "no usable mark"
    if not estates.stands(market):
        return "no estate"
    if not any(side.estate.lots for side in market.sides.values()) and not any(estates.lacks_at_worth(ex, market).values()):
        return "it waits for what others hold of it"
    opened = max(side.estate.opened for side in market.sides.values() if side.estate.opened is not None)
    first = min(side.estate.first for side in market.sides.values() if side.estate.first is not None)
    if sum(estates.lacks_at_worth(ex, market).values()) <= insurance.certain(ex, market):
        if ex.slot < opened + ex.parameters.sale_slots:
            return "the sale runs"
    elif ex.slot < first + ex.parameters.estate_slots:
        return "the estate is young"
    if ex.slot >= (first if ex.rules.wait_from_first else opened) + ex.parameters.resolve_wait_slots:
        return None
    if undeclared(ex, market):
        return "lots under water are not declared"
    return None if near_reference(ex, market) else "the mark is far from its reference"


def undeclared(ex, market):
    """Whether undeclared lots under water count (A83: less than 1 bp of open interest does not)."""
    lots = [sum(abs(p.lots) for p in market.members(side) if market.key_equity(p) < 0) for side in SIDES]
    least = bps(ex.parameters.tolerance_bps) * market.open_interest() if ex.rules.wait_ignores_dust else ZERO
    return any(n and n >= least for n in lots)


def near_reference(ex, market):
    """The mark stands near one that is at least the confirmation old (A10, A64)."""
    if not ex.rules.resolve_near_reference:
        return True
    if market.reference is None:
        return False
    mark = market.reference[1]
    return abs(market.mark - mark) <= mark * bps(ex.parameters.resolve_deviation_bps)


def resolve_estate(ex, m, only=None, keeper=None):
    """Permissionless. `only` names the one side that is funded where the rule of A60 is taken away."""
    market = ex.markets[m]
    for side in SIDES:
        holdback.collect(ex, (m, side))
    reason = waits_for(ex, market)
    need(reason is None, reason)
    forced = undeclared(ex, market)
    lots = sum(abs(side.estate.lots) for side in market.sides.values())
    insurance.pass_surplus(ex, market)
    deficit = estates.lacks_at_worth(ex, market)
    if not ex.rules.fund_both_sides:
        deficit[-(only or max(SIDES, key=deficit.get))] = ZERO
    insured, paid = insurance.draw(ex, market, deficit)
    charges, own = charge_sides(ex, market, deficit, insured)
    report = dict(insured=sum(insured.values()), from_layers=paid[insurance.draw_layers],
                  from_allowance=paid[insurance.draw_allowance],
                  insurance_left=insurance.left_to_draw(ex, market), own=own)
    report |= close_estates(ex, market, charges)
    report |= dict(forced=forced, two_sided=all(deficit.values()), deficit=sum(deficit.values()))
    book(ex, market, report, charges)
    if market.settled:
        holdback.end_if_zero(ex, market)
    work.pay(ex, market, keeper, lots)


def charge_sides(ex, market, deficit, insured):
    """The rest of each deficit falls on the other side, but for the side's own uncollected part, in one charge per
    side.
    """
    rest = {side: deficit[side] - insured[side] for side in SIDES}
    own = {side: market.sides[side].estate.uncollected for side in SIDES}
    falls = shortfall.fall(ex, rest, own)
    for side in SIDES:
        if deficit[side]:
            market.sides[side].estate.cash += rest[side]
        market.sides[side].estate.uncollected = ZERO
    used = sum(min(rest[side], own[side]) for side in SIDES) if ex.rules.own_uncollected else ZERO
    return {side: charging.charge(ex, market, side, falls[side]) for side in SIDES}, used


def close_estates(ex, market, charges):
    """Estates against each other, then against the ladders; a deleveraged lot has absorbed c."""
    estates.cross(market)
    absorbed = sum(charges[-side].rate * deleveraging.close_against_ladder(ex, market, side) for side in SIDES)
    estates.reopen(ex, market)
    estates.try_end(market)
    return dict(absorbed=absorbed, socialized=sum(c.stayed for c in charges.values()) - absorbed)


def book(ex, market, report, charges):
    for name, part in (("from_held", "held"), ("from_vesting",) * 2, ("last_resort",) * 2, ("unfunded",) * 2):
        report[name] = sum(getattr(c, part) for c in charges.values())
    report["side_money_left"] = sum(c.money_left for c in charges.values())
    report["rates"] = {side: c.rate for side, c in charges.items()}
    report = Report(market=market.index, slot=ex.slot, **report)
    ex.reports.append(report)
    for name, happened in counted(report).items():
        ex.counts[name] += bool(happened)


def counted(report):
    return {
        "pinned layer": report.from_layers, "allowance": report.from_allowance, "last resort": report.last_resort,
        "unfunded": report.unfunded, "two-sided": report.two_sided, "forced resolution": report.forced,
        "uncollected": report.own, "charged": sum(report.rates.values()) or report.from_held,
    }
