"""An exchange's state in plain JSON: what an engine is compared with after every step. What is none is left out."""
from reference import estates, holdback, shortfall, valuation, vesting
from reference.exact import F, SIDES, ZERO

NAMES = {1: "long", -1: "short"}
SIGNS = {name: side for side, name in NAMES.items()}
LARGEST = 2 ** 53  # beyond it a JSON reader may round an integer


def number(value):
    """Exact: an integer where it is one that every reader takes, else "n/d"."""
    value = F(value)
    whole = value.denominator == 1 and abs(value) < LARGEST
    return int(value) if whole else f"{value.numerator}/{value.denominator}"


def plain(value):
    """JSON of anything the state holds: numbers exact, keys as text, none left out."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return number(value)


def by_name(sides):
    return {NAMES[side]: value for side, value in sides.items()}


def nonzero(values):
    return {key: value for key, value in values.items() if value}


def exchange(ex):
    return plain({
        "slot": ex.slot, "published": ex.published, "outside": ex.outside, "common": ex.common,
        "markets": {m: market(ex, of) for m, of in ex.markets.items()},
        "accounts": {who: account(ex, who) for who in ex.accounts},
    })


def market(ex, of):
    return {
        "mark": of.mark, "average": of.average, "cover": of.cover, "keeper_pot": of.keeper_pot, "unfunded": of.unfunded,
        "allowance": of.allowance, "vesting_total": vesting.total(ex, of), "vesting_clock": of.vesting_clock,
        "layers": [vars(layer) for layer in of.layers], "usable": of.usable, "guarded": of.guarded,
        "settled": of.settled, "tolerance_lots": of.tolerance_lots, "reference": of.reference,
    } | {NAMES[sign]: side(ex, of, sign) for sign in SIDES}


def side(ex, of, sign):
    here, event = of.sides[sign], of.sides[sign].event
    names = ("number", "alive", "charged", "furthest", "held", "held_lots", "zero_since")
    return {
        "x": here.x, "open_lots": of.open_lots(sign), "under_water": shortfall.under_water(of, sign),
        "h": holdback.rate(ex, of, sign), "uncollected": shortfall.uncollected(ex, of, sign),
        "claims": sum(ex.claims.get((of.index, sign), {}).values(), ZERO), "estate": estate(ex, of, sign),
        "event": {name: getattr(event, name) for name in names},
    }


def estate(ex, of, sign):
    there = of.sides[sign].estate
    return {name: getattr(there, name) for name in ("lots", "cash", "uncollected", "opened", "first")} | {
        "equity": estates.equity(of, sign), "held": ex.held_of((of.index, sign)),
    }


def account(ex, who):
    return {
        "free": ex.free.get(who, ZERO),
        "debts": sum(ex.debts.get(who, {}).values(), ZERO),
        "claims": sum((book.get(who, ZERO) for book in ex.claims.values()), ZERO),
        "vesting": nonzero({m: valuation.vesting_of(ex, who, m) for m in ex.markets}),
        "held": held(ex, who),
        "closed": nonzero({m: sum((cash for cash, *_ in of.closed.get(who, ())), ZERO) for m, of in ex.markets.items()}),
        "claims_paid": nonzero({m: ex.claims_paid.get((who, m), ZERO) for m in ex.markets}),
        "positions": {m: position(of, of.positions[who]) for m, of in ex.markets.items() if who in of.positions},
        "clocks": {name_of(state): (clock.slot, clock.published)
                   for (owner, state), clock in ex.clocks.items() if owner == who},
    }


def name_of(state):
    """An isolated position's clock has its market's number."""
    return state if isinstance(state, str) else f"{state[0]} {state[1]}"


def held(ex, who):
    """Money by market and side: {"0 short": amount}."""
    sums = {}
    for entry in ex.held:
        if entry.owner == who:
            key = f"{entry.market} {NAMES[entry.side]}"
            sums[key] = sums.get(key, ZERO) + ex.held_value(entry)
    return nonzero(sums)


def position(of, there):
    return {"lots": there.lots, "cash": there.cash, "spare": of.spare(there), "margin": there.margin,
            "equity": of.equity(there), "isolated": there.isolated}


def report(of):
    return plain({name: by_name(value) if name == "rates" else value for name, value in vars(of).items()})
