"""What must be true after every step of a history; each check names the invariant of docs/concepts.md it states."""
from reference import estates, valuation
from reference.exact import SIDES, ZERO


class Broken(AssertionError):
    """An invariant that does not hold."""


def hold(condition, invariant, *details):
    if not condition:
        raise Broken(invariant, *details)


def check(ex):
    """Everything that can be read off one state."""
    hold(ex.total() == ex.outside, "I1: money is conserved", ex.total(), ex.outside)
    for market in ex.markets.values():
        check_market(ex, market)
    check_debts(ex)


def check_market(ex, market):
    interest = [market.open_lots(side) + abs(market.sides[side].estate.lots) for side in SIDES]
    hold(interest[0] == interest[1], "I2: long lots equal short lots", market.index, interest)
    parts = (market.cover, ex.common, market.unfunded)
    hold(min(parts) >= 0, "I17: no part of the fund is negative", market.index)
    for side in market.sides.values():
        entries = [e for e in ex.held if (e.market, e.side) == (market.index, side.sign)]
        live = sum((ex.held_value(e) for e in entries if e.list_number == side.event.list_number), ZERO)
        hold(live == side.event.held, "I17: held money is the sum of its owners'", market.index, side.sign)
        estate = side.estate
        left = estate.sold + estate.crossed + estate.deleveraged + abs(estate.lots)
        hold(estate.entered == left, "I3: lots = sold + crossed + deleveraged + left", market.index, side.sign)


def check_debts(ex):
    for who, debts in ex.debts.items():
        left = ex.declared.get(who, ZERO) - ex.served.get(who, ZERO)
        hold(sum(debts.values()) == left, "I17: a debt is what was declared less served", who)


def check_reports(reports):
    for report in reports:
        hold(sum(report.parts()) == report.deficit, "I3: the parts sum to the deficit", report)
        charged = report.deficit - report.insured
        in_order = not charged or not report.insurance_left
        hold(in_order, "I4: no account is charged while cover, layers or allowance hold", report)
        hold(not report.side_money_left, "I4: no side has money while others pay for it", report)


def check_charges(before, ex):
    """I14: a resolution charges at most its deficit less insurance, and no other instruction charges."""
    for report in ex.reports[len(before.reports):]:
        charged = sum(report.parts()[1:])
        hold(charged <= report.deficit - report.insured, "I14: charges are at most the deficits", report)
    if len(ex.reports) == len(before.reports):
        moved = [m for m in ex.markets for s in SIDES if ex.side(m, s).x != before.side(m, s).x]
        hold(not moved, "I14: only a resolution charges", moved)


def check_bystanders(before, ex, actors):
    """I5, I15: only accounts that act, or are acted on, lose worth in a step that is not a resolution."""
    if len(ex.reports) > len(before.reports):
        return
    for who in ex.accounts:
        if who not in actors:
            hold(ex.total_of(who) >= before.total_of(who), "I5, I15: an act costs a bystander nothing", who)


def check_flat(before, ex, actors):
    """I5: an account without positions and without profit that waits keeps its free cash, whatever is resolved."""
    for who in ex.accounts:
        waits = before.held_of(who) + valuation.vesting_of(before, who)
        if who not in actors and not waits and not any(who in market.positions for market in before.markets.values()):
            hold(ex.free.get(who, ZERO) >= before.free.get(who, ZERO), "I5: flat money is safe", who)


def check_favorable(ex):
    """I6, I16: charges to a position are at most its favorable moves and funding, and what the tolerance let it enter
    under.
    """
    for number, tally in ex.tallies.items():
        beyond = tally.paid - tally.gained
        hold(beyond <= tally.tolerated, "I6: a charge exceeds favorable moves", number, float(beyond))


def check_commute(ex, first, second):
    """I15: two declarations of one mark leave the same shortfalls, estates and other accounts in either order."""
    actors = {first[1][0], second[1][0]}
    ends = []
    for order in ((first, second), (second, first)):
        twin = ex.copy()
        for verb, arguments in order:
            getattr(twin, verb.__name__)(*arguments)
        others = {who: twin.total_of(who) for who in twin.accounts if who not in actors}
        keys = [(m, side) for m in twin.markets for side in SIDES]
        ends.append((others, [(twin.side(*key).estate.lots, twin.shortfall(*key)) for key in keys]))
    hold(ends[0] == ends[1], "I15: declarations of one mark commute", first, second)


def check_health(before, ex, who, m):
    """I8: what closes a distressed account's lots never worsens its health. What an isolated position's lots left is
    its owner's.
    """
    alone = m if valuation.isolated(before, who, m) is not None else None
    (had, lots), (has, left) = [valuation.standing(at, who, alone) if alone is None or who in at.markets[m].positions
                                else (ZERO, ZERO) for at in (before, ex)]
    if alone is not None:
        has += ex.held_of(who) - before.held_of(who)
    hold(has * lots >= had * left, "I8: an account is worse off", who, m)


def check_touched(ex, who):
    """I13: after a touch no position of an account that is solvent net of holdbacks, held money apart, is under water.
    """
    owned = [(market, p) for market, p in valuation.legs(ex, who) if market.usable]
    net = ex.free.get(who, ZERO) + valuation.vesting_of(ex, who)
    net += sum((valuation.net_equity(ex, market, p) for market, p in owned), ZERO)
    if net >= 0:
        hold(all(market.equity(p) >= 0 for market, p in owned), "I13: a touched solvent account is under water", who)


def check_ended(ex):
    """I11: every history comes to an end."""
    for market in ex.markets.values():
        for side in SIDES:
            hold(not market.sides[side].event.held, "I11: held money never returns", market.index, side)
            hold(not market.sides[side].estate.lots, "I11: an estate is left", market.index, side)
            hold(estates.lack(ex, market, side) == 0, "I11: an estate lacks", market.index, side)
            dry = all(market.equity(p) >= 0 for p in market.members(side))
            hold(dry, "I13: somebody is left under water", market.index)
    hold(not ex.held, "I11: held money is not collected")
