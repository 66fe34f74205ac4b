"""Profit search: can one actor take from others more than insurance owes and their favorable moves allow?

An actor owns P0 to P3, honest accounts are H0 to H3, in two markets. A genome is deposits, up to 18 acts and one to
three moves. Its score is what the actor ends with beyond what it put in and its own lots' price moves, as far as honest
accounts bear it beyond their favorable moves, or the last resort and `unfunded` do, beyond the tolerance. With every
rule no genome should score; take one away to see what it holds: `python3 -m reference.search --without holdback`.

`REFERENCE_NUMBERS=float python3 -m reference.search --seed 1 --count 2000` is several times faster than exact
rationals.
"""
import argparse
import copy
import random
import sys

from reference import keeper
from reference.exact import EPS, F, SIDES, ZERO, bps
from reference.exchange import Exchange
from reference.rules import Rules, without
from reference.state import Refused

ACTORS, HONEST = ("P0", "P1", "P2", "P3"), ("H0", "H1", "H2", "H3")
ACCOUNTS = ACTORS + HONEST
LEAST = F(1, 100) if F is not float else 0.01  # scores below it are rounding
MOVES = (60, 70, 80, 90, 95, 105, 110, 120, 130)


# --- acts: (name, arguments), applied to an exchange


def act_self(ex, m, a, b, lots):
    ex.trade(m, ACTORS[a], ACTORS[b], lots)


def act_close_self(ex, m, a, b, percent):
    """Two of the actor's own close against each other."""
    first, second = ex.position(ACTORS[a], m), ex.position(ACTORS[b], m)
    if first and second and first.lots * second.lots < 0:
        long, short = (first, second) if first.lots > 0 else (second, first)
        ex.trade(m, short.owner, long.owner, min(abs(long.lots), abs(short.lots)) * percent / 100)


def act_with_honest(ex, m, a, h, lots, buys):
    pair = (ACTORS[a], HONEST[h])
    ex.trade(m, *(pair if buys else pair[::-1]), lots)


def act_honest(ex, m, a, b, lots):
    ex.trade(m, HONEST[a], HONEST[b], lots)


def act_sync(ex, who):
    ex.sync_account(ACCOUNTS[who])


def act_declare(ex, who):
    ex.declare_bankruptcy(ACCOUNTS[who])


def act_resolve(ex, m):
    ex.resolve_estate(m)


def act_buy(ex, m, a, side, lots):
    ex.buy_from_estate(ACTORS[a], m, SIDES[side], lots)


def act_deposit(ex, a, amount):
    ex.deposit(ACTORS[a], amount)
    ex.put[ACTORS[a]] += amount


def act_withdraw(ex, a, amount):
    ex.put[ACTORS[a]] -= ex.withdraw(ACTORS[a], amount)


def act_layer(ex, m, amount, slots):
    ex.offer_layer(m, amount, ex.slot + slots)


def act_liquidate(ex, victim, a, m, lots):
    ex.liquidate(ACCOUNTS[victim], ACTORS[a], m, lots)


def act_keepers(ex, seed):
    keeper.keep(ex, random.Random(seed), limit=40)


def act_wait(ex, slots):
    ex.tick(slots)


def act_move(ex, slots, first, second):
    marks = {0: ex.markets[0].mark * first / 100, 1: ex.markets[1].mark * second / 100}
    gained = {p.owner: ZERO for market in ex.markets.values() for p in market.positions.values()}
    for m, market in ex.markets.items():
        for p in market.positions.values():
            gained[p.owner] += max(ZERO, p.lots * (marks[m] - market.mark))
    for who, gain in gained.items():
        ex.gained[who] = ex.gained.get(who, ZERO) + gain
    ex.tick(slots, marks)


ACTS = {name[4:]: act for name, act in list(globals().items()) if name.startswith("act_")}
WEIGHTS = {"self": 20, "close_self": 10, "with_honest": 8, "honest": 6, "sync": 8, "declare": 5, "resolve": 5, "buy": 3,
           "deposit": 3, "withdraw": 6, "layer": 2, "liquidate": 3, "keepers": 6, "wait": 7, "move": 8}


def random_act(rng):
    name = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    m, (a, b), lots = rng.randrange(2), rng.sample(range(4), 2), rng.choice((1, 5, 10, 20, 50, 100, 200))
    account = rng.randrange(8)
    arguments = {
        "self": (m, a, b, lots), "close_self": (m, a, b, rng.choice((25, 50, 100))), "honest": (m, a, b, lots),
        "with_honest": (m, a, b, lots, rng.randrange(2)), "sync": (account,), "declare": (account,), "resolve": (m,),
        "buy": (m, a, rng.randrange(2), lots), "deposit": (a, rng.choice((10, 100, 1000))),
        "withdraw": (a, rng.choice((10, 100, 1000, 10000))), "keepers": (rng.randrange(99),),
        "layer": (m, rng.choice((100, 1000)), rng.choice((12, 60, 300))),
        "liquidate": (account, a, m, lots), "wait": (rng.choice((1, 5, 6, 10, 50)),),
        "move": (rng.choice((1, 1, 5)), rng.choice(MOVES), rng.choice(MOVES + (100, 100))),
    }
    return name, arguments[name]


# --- genomes


def genome(rng):
    g = dict(cover=rng.choice((0, 0, 500, 1000)), common=rng.choice((0, 2000, 10000)), layer=rng.choice((0, 0, 500)),
             until=rng.choice((20, 200, 1000)), deposits=[rng.choice((50, 100, 300, 1000, 3000)) for _ in ACTORS],
             honest_deposits=[rng.choice((1000, 3000, 20000)) for _ in HONEST],
             honest=[(m, a, a + 1, rng.choice((10, 50, 100))) for m, a in ((0, 0), (1, 2), (0, 2))],
             acts=[random_act(rng) for _ in range(rng.randint(10, 16))])
    return limit_moves(g, rng)


def limit_moves(g, rng):
    """One to three moves, at most 18 acts."""
    moves = [act for act in g["acts"] if act[0] == "move"]
    for extra in moves[3:]:
        g["acts"].remove(extra)
    if not moves:
        move = ("move", (1, rng.choice(MOVES), rng.choice((80, 100, 120))))
        g["acts"].insert(rng.randrange(len(g["acts"]) + 1), move)
    g["acts"] = g["acts"][:18]
    return g


def mutate(g, rng):
    g = copy.deepcopy(g)
    for _ in range(rng.choice((1, 1, 2, 3))):
        acts, where = g["acts"], rng.randrange(len(g["acts"]))
        dice = rng.random()
        if dice < 0.35:
            acts[where] = random_act(rng)
        elif dice < 0.55:
            acts.insert(where, random_act(rng))
        elif dice < 0.65 and len(acts) > 4:
            acts.pop(where)
        elif dice < 0.8:
            other = rng.randrange(len(acts))
            acts[where], acts[other] = acts[other], acts[where]
        elif dice < 0.9:
            g["deposits"][rng.randrange(4)] = rng.choice((20, 50, 100, 300, 1000, 3000, 10000))
        else:
            name = rng.choice(("cover", "common", "layer", "until", "honest_deposits", "honest"))
            g[name] = genome(rng)[name]
    return limit_moves(g, rng)


def play(g, rules):
    ex = Exchange((100, 100), g["cover"], g["common"], rules, allowance_weight_bps=1000)
    ex.put, ex.gained = {who: ZERO for who in ACCOUNTS}, {}
    if g["layer"]:
        ex.offer_layer(0, g["layer"], g["until"])
    for who, amount in zip(ACCOUNTS, g["deposits"] + g["honest_deposits"]):
        ex.deposit(who, amount)
        ex.put[who] += amount
    ex.tolerated = ZERO
    for act in [("honest", pair) for pair in g["honest"]] + g["acts"]:
        try:
            ACTS[act[0]](ex, *act[1])
        except Refused:
            continue
        ex.tolerated = max(ex.tolerated, tolerance(ex))
    keeper.wind_down(ex, random.Random(1), rounds=40)
    return ex


def tolerance(ex):
    """A shortfall of a market that counts as none (A70)."""
    value = sum(market.open_interest() * market.mark for market in ex.markets.values())
    return value * bps(ex.parameters.tolerance_bps)


def excess(ex, who):
    """What an account ends with beyond what it put in and what its own lots' moves and funding brought."""
    return ex.total_of(who) - ex.put[who] - ex.directional.get(who, ZERO)


def score(g, rules):
    """The actor's gain, as far as others bear it beyond insurance and their favorable moves."""
    ex = play(g, rules)
    taken = sum(excess(ex, who) for who in ACTORS)
    harm = sum(max(ZERO, -excess(ex, who) - ex.gained.get(who, ZERO)) for who in HONEST)
    beyond = harm + ex.drawn["last_resort"] + sum(market.unfunded for market in ex.markets.values())
    beyond = max(ZERO, beyond - ex.tolerated)
    return min(taken, beyond) if beyond > LEAST or taken <= 1 else LEAST * nearest(ex)


def nearest(ex):
    """How near the worst harmed honest account is to bearing more than its favorable moves: what the search climbs."""
    return max(min(F(1), max(ZERO, -excess(ex, who)) / (ex.gained.get(who, ZERO) + 1)) for who in HONEST)


def search(rules, seed, count):
    """Random genomes for a third of the count, then mutations of the best; returns the best (score, genome)."""
    rng, pool = random.Random(seed), []
    for number in range(count):
        fresh = number < count // 3 or not pool
        candidate = genome(rng) if fresh else mutate(rng.choice(pool[:15])[1], rng)
        found = score(candidate, rules)
        if found > EPS or len(pool) < 10:
            pool.append((found, candidate))
            pool.sort(key=lambda item: -item[0])
            del pool[40:]
    return pool[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=300, help="genomes to evaluate")
    parser.add_argument("--without", nargs="*", default=[], help="rules to take away")
    options = parser.parse_args()
    rules = without(*options.without) if options.without else Rules()
    print(f"search: seed {options.seed}, {options.count} genomes, without {options.without or 'nothing'}")
    found, best = search(rules, options.seed, options.count)
    print(f"best score {float(found):.2f}")
    if found > LEAST:
        print(best)
    return int(found > LEAST and not options.without)


if __name__ == "__main__":
    sys.exit(main())
