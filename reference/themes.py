"""How a random history begins: a market is set up and something goes wrong in it. What follows is random in every theme."""
from reference.exact import F
from reference.exchange import Exchange


def exchange(rng, prices, covers=(0,), commons=(0,), layers=()):
    ex = Exchange(prices, rng.choice(covers), rng.choice(commons))
    if layers and rng.random() < 0.8:
        ex.offer_layer(0, rng.choice(layers), rng.choice((40, 120, 1000)))
    return ex


def enter(history, m, long, short, lots, margins):
    """A pair opens, each with its own margin a lot."""
    for name, margin in zip((long, short), margins):
        history.fund(name, lots * margin)
    history.step(history.ex.trade, m, long, short, lots)


def thin_longs(history, thin=2, thick=1):
    """Thin longs that a fall bankrupts, thick ones that it does not, shorts of all margins."""
    rng = history.rng
    for i in range(thin + thick):
        margin = rng.randint(6, 14) if i < thin else rng.randint(30, 80)
        enter(history, 0, f"l{i}", f"s{i}", rng.randint(5, 25), (margin, rng.randint(8, 60)))


def fall(history, low, high, m=0):
    mark = history.ex.markets[m].mark * F(history.rng.randint(low, high), 100)
    return {m: mark}


def insured(rng):
    """Cover and layers pay what the estates lack; the rich buy their lots."""
    return exchange(rng, (100,), (20, 60, 400, 3000), (0, 500), (100, 500, 2000)), play_insured


def play_insured(history):
    thin_longs(history)
    for name in ("r0", "r1"):
        history.fund(name, 4000)
    history.step(history.ex.tick, 1, fall(history, 80, 92))
    history.keepers(rounds=1)
    for _ in range(history.rng.randint(0, 3)):
        history.buy()


def allowance(rng):
    """Two markets fall together and draw on one fund."""
    return exchange(rng, (100, 50), (0, 50), (500, 4000, 20000), (100,)), play_allowance


def play_allowance(history):
    thin_longs(history)
    enter(history, 1, "m0", "m1", history.rng.randint(10, 40), (history.rng.randint(4, 8), history.rng.randint(8, 40)))
    history.step(history.ex.tick, 1, fall(history, 70, 92) | fall(history, 70, 92, m=1))


def uninsured(rng):
    return exchange(rng, (100,)), play_uninsured


def play_uninsured(history):
    thin_longs(history, thin=3)
    history.step(history.ex.tick, 1, fall(history, 60, 90))


def turn(rng):
    """Shorts carry their gain off to a losing sibling, down to h; then the mark turns, and lacks on both sides."""
    return exchange(rng, (100, 50), (0, 0, 20), (0, 0, 60, 300)), play_turn


def play_turn(history):
    rng, ex = history.rng, history.ex
    rich = rng.random() < 0.5
    for i, margin in enumerate((rng.randint(6, 9), rng.randint(16, 28))):
        lots = rng.randint(8, 14) * (1 + 2 * i)
        enter(history, 0, f"l{i}", f"s{i}", lots, (margin, rng.randint(9, 13)))
        enter(history, 1, f"s{i}", f"w{i}", lots * F(rng.randint(21, 26), 10), (rng.randint(0, 2), 60))
    if rich:
        enter(history, 0, "l2", "s2", rng.randint(5, 10), (60, 30))
    low = rng.randint(56, 66)
    history.step(ex.tick, 1, {0: F(low), 1: F(rng.randint(29, 33))})
    for name in ("s0", "s1"):
        history.step(ex.sync_account, name)
    if rng.random() < 0.5:
        history.step(ex.tick, 6)
        history.declare()
    history.step(ex.tick, 1, {0: F(low + rng.randint(13, 24))})


def phantom(rng):
    """A hedged account is under water in one leg and its other leg's source is gone: no sync can lift it."""
    return exchange(rng, (100, 50), (0, 0, 50), (0, 200)), play_phantom


def play_phantom(history):
    rng, ex = history.rng, history.ex
    thin_longs(history, thin=1)
    lots = rng.randint(5, 25)
    enter(history, 0, "hedged", "s9", lots, (rng.randint(6, 12), 40))
    enter(history, 1, "w9", "hedged", 2 * lots, (40, rng.randint(3, 6)))
    history.step(ex.tick, 1, fall(history, 65, 88) | fall(history, 60, 80, m=1))
    history.step(ex.silence, 1)
    for _ in range(rng.randint(1, 2)):
        history.step(ex.tick, 6)
        history.declare()
    if rng.random() < 0.8:
        history.act()
        history.step(ex.tick, ex.parameters.resolve_wait_slots)
        history.resolve()


def isolated(rng):
    return exchange(rng, (100,), (0, 100), (0, 200)), play_isolated


def play_isolated(history):
    thin_longs(history, thin=3)
    for name in ("l0", "l1", "s0", "s2"):
        history.step(history.ex.isolate, name, 0)
    history.step(history.ex.tick, 1, fall(history, 60, 130))


THEMES = (insured, insured, allowance, uninsured, turn, turn, phantom, isolated)
