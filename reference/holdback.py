"""h: what each lot that leaves a side leaves behind; the event it is held by; how it returns.

Running first gains nothing, a shortfall that proves to be none costs nothing, and profit that losers can pay leaves
freely.
"""
from reference import estates, recovery, shortfall, vesting
from reference.exact import ONE, ZERO, positive
from reference.state import Held, LossEvent, need


def common_rate(ex, market, side, amount):
    """Alike for lots open and held, held money paying at most what is held (A72)."""
    event, open_lots = market.sides[side].event, market.open_lots(side)
    if amount <= 0 or not open_lots + event.held_lots:
        return ZERO
    alike = amount / (open_lots + event.held_lots)
    if not open_lots or not ex.rules.held_pays_what_it_holds:
        return alike
    return max(alike, (amount - event.held) / open_lots)


def rate(ex, market, side):
    """h of a side, if everything under water were bankrupt now."""
    return rates(ex, market)[side]


def rates(ex, market):
    if not ex.rules.holdback:
        return {side: ZERO for side in market.sides}
    return {side: common_rate(ex, market, side, amount) for side, amount in shortfall.falls_on(ex, market).items()}


# --- leaving


def leave_behind(ex, market, position, lots, h, attributed=True, own_part=False):
    """Takes h a lot, at most the position's equity, out of its cash; it lowers paid-in margin first. `own_part`: at
    most what these lots have, so that a deleveraged position's other lots keep theirs.
    """
    side = market.sides[position.side]
    if h <= 0:
        return ZERO
    begin(market, side)
    has = positive(market.key_equity(position) if own_part else market.equity(position))
    amount = min(h * lots, has * lots / abs(position.lots) if own_part else has)
    note_lost_by_others(ex, market, position, lots, h)
    side.event.held_lots += lots
    if amount > 0:
        lowered = min(position.margin, amount)
        position.margin -= lowered
        position.cash -= amount
        owner = position.owner if attributed else None
        hold(ex, market, Held(owner, market.index, side.sign, 0, amount, lots, lowered, position.id))
    return amount


def note_lost_by_others(ex, market, position, lots, rate, amount=None):
    """For the proofs: what a lot pays because declared lots of its own side could not, having lost it at a turn (I6).
    """
    side = market.sides[position.side]
    if side.estate.entered:
        amount = shortfall.falls_on(ex, market)[side.sign] if amount is None else amount
        lots_of_side = market.open_lots(side.sign) + side.event.held_lots + side.estate.entered
        ex.tallies[position.id].tolerated += positive(rate - amount / lots_of_side) * lots


def hold(ex, market, entry):
    """Books an amount as units of the present list."""
    event = market.sides[entry.side].event
    need(event.index > 0, "the list's index is zero")  # A71, only with its rule taken away
    event.held += entry.units
    ex.tallies[entry.position].paid += entry.units
    entry.list_number, entry.units = event.list_number, entry.units / event.index
    ex.held.append(entry)


def pass_to_estates(ex, who, parts):
    """The estates of a declared account's negative legs own what is held from it (A77). `parts`: (market, side) ->
    share.
    """
    kept = []
    for entry in ex.held:
        if entry.owner != who:
            kept.append(entry)
            continue
        for estate, part in [item for item in parts.items() if item[1]]:
            units, lots, lowered = (value * part for value in (entry.units, entry.lots, entry.lowered))
            kept.append(Held(estate, entry.market, entry.side, entry.list_number, units, lots, lowered, entry.position,
                             ex.held_value(entry) * part))
    ex.held = kept


# --- the event


def begin(market, side):
    if not side.event.alive:
        side.event.alive = True
        if market.tolerance_lots is None:
            market.tolerance_lots = market.open_interest()


def store(ex, market):
    """h is stored at each accepted mark and whenever lots under water or estates change; two windows keep its highs."""
    stored = rates(ex, market)
    for side in market.sides.values():
        h, event = stored[side.sign], side.event
        if h > 0:
            begin(market, side)
        if ex.slot - event.window_start >= ex.parameters.confirm_slots:
            event.window_start, event.previous_high, event.window_high = ex.slot, event.window_high, ZERO
        event.window_high = max(event.window_high, h)
    return stored


def accept_mark(ex, market):
    """At an accepted mark: the event ends when h was zero at every one over the confirmation (A81)."""
    stored = store(ex, market)
    for side in market.sides.values():
        event = side.event
        if stored[side.sign] > 0:
            if ex.rules.every_mark_zero:
                event.zero_since = None
        elif event.zero_since is None:
            event.zero_since = ex.slot
        elif event.alive and ex.slot - event.zero_since >= ex.parameters.confirm_slots:
            end(ex, market, side)


def end_if_zero(ex, market):
    """In a settled market no mark follows: an event ends after a resolution that leaves h at zero."""
    stored = rates(ex, market)
    for side in market.sides.values():
        if side.event.alive and not stored[side.sign]:
            end(ex, market, side)


def end(ex, market, side):
    """What is left of the held money returns; the index goes to a page that is never recycled (A84)."""
    if not ex.rules.pages_never_recycled and unread_pages(ex, market, side) >= ex.parameters.event_ring:
        return
    event = side.event
    ex.pages[market.index, side.sign, event.list_number] = event.index
    return_unattributed(ex, market, side)
    side.event = LossEvent(event.number + 1, list_number=event.list_number + 1)
    side.event.zero_since = side.event.window_start = ex.slot
    ex.counts["event end"] += 1
    if not any(s.event.alive for s in market.sides.values()):
        market.tolerance_lots = None
    for sign in market.sides:
        collect(ex, (market.index, sign), market.index)


def unread_pages(ex, market, side):
    lists = {e.list_number for e in ex.held if (e.market, e.side) == (market.index, side.sign)}
    return len(lists - {side.event.list_number})


def return_unattributed(ex, market, side):
    """With the rule of A74 taken away: what the deleveraged left goes through X to the lots that are open now."""
    mine = [e for e in ex.held if e.owner is None and (e.market, e.side) == (market.index, side.sign)]
    back = sum((e.units * side.event.index for e in mine), ZERO)
    ex.held = [e for e in ex.held if not any(e is m for m in mine)]
    members, lots = market.members(side.sign), market.open_lots(side.sign)
    if back and lots:
        side.x += side.sign * back / lots
        side.estate.cash -= abs(side.estate.lots) * back / lots
        for p in members:
            ex.tallies[p.id].paid -= back / lots * abs(p.lots)
    else:
        market.cover += back


def close_empty_list(ex, market, side):
    """A list whose index reaches zero holds nothing: it closes and a new one begins (A71)."""
    event = side.event
    if event.held > 0 or not event.held_lots:
        return
    event.index = ZERO
    if ex.rules.empty_list_closes:
        ex.pages[market.index, side.sign, event.list_number] = ZERO
        event.list_number, event.index, event.held_lots = event.list_number + 1, ONE, ZERO


# --- returning


def trim(ex, who, rates):
    """At a touch, what is above the highest h of the two windows returns: a spike of one slot costs nothing (A79).
    `rates`: h by market and side as the touch found it.
    """
    if not ex.rules.trim:
        return
    for (m, sign, number), entries in by_list(ex, who).items():
        event = ex.markets[m].sides[sign].event
        if number == event.list_number and ex.markets[m].usable:
            most = max(event.window_high, event.previous_high, rates[m][sign]) * sum(e.lots for e in entries)
            surplus = sum(e.units for e in entries) * event.index - most
            if surplus > 0:
                event.held -= surplus
                give_back(ex, entries, surplus, event.index)


def by_list(ex, owner):
    """An owner's entries by what holds them: the money of one list is one sum."""
    lists = {}
    for entry in ex.held:
        if entry.owner == owner:
            lists.setdefault((entry.market, entry.side, entry.list_number), []).append(entry)
    return lists


def to_collect(ex, owner):
    """Lots by market that ended events hold something of."""
    lots = {}
    for (m, *_), entries in [item for item in by_list(ex, owner).items() if ex.pages.get(item[0])]:
        lots[m] = lots.get(m, ZERO) + sum(entry.lots for entry in entries)
    return lots


def collect(ex, owner, m=None):
    """Takes what ended events hold of an owner's, in market m or in all."""
    for key, entries in by_list(ex, owner).items():
        final = ex.pages.get(key)
        if final is not None and m in (None, key[0]):
            ex.held = [e for e in ex.held if not any(e is mine for mine in entries)]
            units = sum(e.units for e in entries)
            if final and units:
                give_back(ex, entries, units * final, final)


def give_back(ex, entries, amount, index):
    """Margin as far as it lowered paid-in margin, else it vests; an estate's is its cash. Each entry loses its part."""
    owner, m = entries[0].owner, entries[0].market
    whole = sum(e.units for e in entries) * index
    lowered = sum(e.lowered for e in entries)
    margin = min(amount, lowered) if ex.rules.returns_vest else amount
    for entry in entries:
        if entry.position in ex.tallies:
            ex.tallies[entry.position].paid -= amount * entry.units * index / whole
        entry.lowered -= entry.lowered * min(margin, lowered) / lowered if lowered else ZERO
        entry.units -= entry.units * amount / whole
    if isinstance(owner, tuple):
        ex.markets[owner[0]].sides[owner[1]].estate.cash += amount
        estates.try_end(ex.markets[owner[0]])
        return
    if not ex.rules.estates_own_held and ex.debts.get(owner):
        served = recovery.serve_debts(ex, owner, amount)  # A77: old claims are served with it
        amount, margin = amount - served, min(margin, amount - served)
    recovery.credit(ex, owner, m, margin)
    vesting.add(ex, ex.markets[m], owner, amount - margin)
