"""Tier 4: what falls on a side is paid alike by every lot that stays or left, then by the market's vesting profit, and
so on.
"""
from dataclasses import dataclass

from reference import holdback, insurance, recovery, shortfall, vesting
from reference.exact import EPS, F, ZERO, positive


@dataclass
class Charge:
    """amount = stayed + held + from_vesting + last_resort + unfunded."""

    rate: F = ZERO
    stayed: F = ZERO
    held: F = ZERO
    from_vesting: F = ZERO
    last_resort: F = ZERO
    unfunded: F = ZERO
    money_left: F = ZERO


def charge(ex, market, side, amount):
    """Charges a side at the common rate, at most what it has; every deficit has an end, in this instruction."""
    out = Charge()
    if amount <= 0:
        return out
    out.stayed, out.held = split(ex, market, side, amount)
    if out.stayed:
        for p in market.members(side):
            holdback.note_lost_by_others(ex, market, p, abs(p.lots), out.stayed / market.open_lots(side), amount)
    pay_held(ex, market, side, out.held)
    out.rate = pay_open(ex, market, side, out.stayed)
    left = amount - out.stayed - out.held
    if left > EPS:
        out.from_vesting = vesting.haircut(ex, market, left)
        out.last_resort = insurance.draw_last_resort(ex, left - out.from_vesting)
        out.unfunded = left - out.from_vesting - out.last_resort
        market.unfunded += out.unfunded
        out.money_left = money_left(ex, market, side)
    return out


def able(market, side):
    """What the ladder sees above water, and all spare: also that of positions which a walk closed whole, until their owners
    learn of it, since whose it is only they can tell.
    """
    spare = sum((own for closed in market.closed.values() for *_, of, own in closed if of == side), ZERO)
    return spare + sum((positive(market.key_equity(p)) + market.spare(p) for p in market.members(side)), ZERO)


def money_left(ex, market, side):
    """What a side still has beyond what it collects later: what thin lots could not pay is charged to the side again. Without
    open lots nothing can be charged, whatever those that closed have.
    """
    left = (able(market, side) if market.open_lots(side) else ZERO) + market.sides[side].event.held
    return positive(left - shortfall.uncollected(ex, market, side))


def split(ex, market, side, amount):
    """(what open lots pay, what held money pays). Where open lots lack it held money pays the more, all it has."""
    open_lots, held = market.open_lots(side), market.sides[side].event.held
    wanted = holdback.common_rate(ex, market, side, amount) * open_lots
    stayed = min(wanted, able(market, side))
    rest = amount - stayed
    if not ex.rules.held_pays_what_it_holds and stayed == wanted:
        rest = wanted / open_lots * market.sides[side].event.held_lots if open_lots else amount
    return stayed, min(held, positive(rest))


def pay_held(ex, market, side, amount):
    """In proportion to what is held, through the list's haircut index."""
    event = market.sides[side].event
    if amount <= EPS:
        return
    for entry in ex.held:
        if (entry.market, entry.side, entry.list_number) == (market.index, side, event.list_number):
            recovery.claim(ex, market.index, side, entry.owner, entry.units * event.index * amount / event.held)
    event.index *= 1 - amount / event.held
    event.held -= amount
    if event.held <= EPS:
        event.held = ZERO
        holdback.close_empty_list(ex, market, market.sides[side])


def pay_open(ex, market, side, amount):
    """Through X, the same for every lot; the side's own estate carries X like any lots and is credited what it is
    charged.
    """
    if amount <= EPS:
        return ZERO
    here, event = market.sides[side], market.sides[side].event
    rate = amount / market.open_lots(side)
    here.x -= side * rate
    here.estate.cash += abs(here.estate.lots) * rate
    event.charged += rate
    key = market.price(side)
    if event.furthest is None or side * (key - event.furthest) < 0:
        event.furthest = key
    for p in market.members(side):
        ex.tallies[p.id].paid += rate * abs(p.lots)
        recovery.claim(ex, market.index, side, p.owner, rate * abs(p.lots))
    return rate
