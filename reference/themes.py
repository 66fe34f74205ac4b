"""How a random history begins: a market is set up and something goes wrong in it. What follows is random in every
theme. A theme builds the history's exchange and returns what it plays.
"""
from functools import partial

from reference.exact import F, LONG, SHORT, positive


def exchange(history, prices, covers=(0,), commons=(0,), layers=(), **parameters):
    rng = history.rng
    history.build(prices, rng.choice(covers), rng.choice(commons), **parameters)
    if layers and rng.random() < 0.8:
        history.ex.offer_layer(0, rng.choice(layers), rng.choice((40, 120, 1000)))


def enter(history, m, long, short, lots, margins):
    """A pair opens, each with its own margin a lot, and a little more: no margin is met exactly, so that an engine that rounds
    decides alike.
    """
    for name, margin in zip((long, short), margins):
        history.fund(name, lots * margin + F(1, 1000))
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


def insured(history):
    """Cover and layers pay what the estates lack; the rich buy their lots."""
    exchange(history, (100,), (20, 60, 400, 3000), (0, 500), (100, 500, 2000))
    return play_insured


def play_insured(history):
    thin_longs(history)
    for name in ("r0", "r1"):
        history.fund(name, 4000)
    history.step(history.ex.tick, 1, fall(history, 80, 92))
    history.keepers(rounds=1)
    for _ in range(history.rng.randint(0, 3)):
        history.buy()


def allowance(history):
    """Two markets fall together and draw on one fund."""
    exchange(history, (100, 50), (0, 50), (500, 4000, 20000), (100,))
    return play_allowance


def play_allowance(history):
    thin_longs(history)
    enter(history, 1, "m0", "m1", history.rng.randint(10, 40), (history.rng.randint(4, 8), history.rng.randint(8, 40)))
    history.step(history.ex.tick, 1, fall(history, 70, 92) | fall(history, 70, 92, m=1))


def uninsured(history):
    exchange(history, (100,))
    return play_uninsured


def play_uninsured(history):
    thin_longs(history, thin=3)
    history.step(history.ex.tick, 1, fall(history, 60, 90))


def turn(history):
    """Shorts carry their gain off to a losing sibling, down to h; then the mark turns further than their rest."""
    exchange(history, (100, 50), (0, 0, 20), (0, 20, 40, 80, 120))
    return partial(play_turn, least=F(105, 100), most=F(150, 100), rich=0.3)


def thin_turn(history):
    """The mark turns less: shorts are left with less than the charge, and cannot pay all of it."""
    exchange(history, (100, 50), (0,), (0, 0, 20))
    return partial(play_turn, least=F(10, 100), most=F(90, 100), rich=0.6)


def play_turn(history, least, most, rich):
    rng, ex = history.rng, history.ex
    margin, thick, ratio, beside = rng.randint(9, 13), rng.randint(16, 28), F(rng.randint(21, 26), 10), 3
    for i, of_long in enumerate((rng.randint(6, 9), thick)):
        lots = rng.randint(8, 14) * (1 + 2 * i)
        enter(history, 0, f"l{i}", f"s{i}", lots, (of_long, margin))
        enter(history, 1, f"s{i}", f"w{i}", lots * ratio, (beside, 60))
    if rng.random() < rich:
        enter(history, 0, "l2", "s2", rng.randint(5, 10), (60, 30))
    low = 100 - thick - rng.randint(4, 20)
    history.step(ex.tick, 1, {0: low})
    h = ex.h(0, SHORT)
    loss = (100 - low + margin - h * F(rng.randint(95, 115), 100)) / ratio + beside
    history.step(ex.tick, 1, {1: round(50 - loss)})
    for name in ("s0", "s1"):
        history.step(ex.sync_account, name)
    if rng.random() < 0.7:
        history.step(ex.tick, 6)
        history.step(ex.declare_bankruptcy, "l0")
    where = least + (most - least) * F(rng.randint(0, 10), 10)
    kink = 100 - thick
    history.step(ex.tick, 1, {0: round(kink + positive(low + h - kink) * where, 1)})
    if rng.random() < 0.5:
        history.keepers(rounds=2)


def phantom(history):
    """A hedged account is under water in one leg and its other leg's source is gone: no sync can lift it."""
    exchange(history, (100, 50), (0, 0, 50), (0, 200))
    return play_phantom


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
    if rng.random() < 0.9:
        history.act()
        history.step(ex.tick, ex.parameters.resolve_wait_slots)
        history.resolve()


def isolated(history):
    exchange(history, (100,), (0, 100), (0, 200))
    return play_isolated


def play_isolated(history):
    thin_longs(history, thin=3)
    for name in ("l0", "l1", "s0", "s2"):
        history.step(history.ex.isolate, name, 0)
    history.step(history.ex.tick, 1, fall(history, 60, 130))


def distressed(history):
    """A slow fall, taken care of by tier 1: take-overs, closes of the taker's own lots, early deleveraging."""
    exchange(history, (100, 50), (0, 100, 1000), (0, 500), slice_bps=history.rng.choice((2_000, 10_000)))
    return play_distressed


def play_distressed(history):
    rng, ex = history.rng, history.ex
    thin_longs(history, thin=3)
    enter(history, 1, "l1", "m1", rng.randint(5, 20), (rng.randint(4, 8), 40))
    history.fund("taker", 5000)
    if rng.random() < 0.4:
        history.step(ex.isolate, "l0", 0)
    for _ in range(rng.randint(2, 5)):
        history.step(ex.tick, 1, {0: distressing(history, rng.choice(("l0", "l1", "l2")))})
        history.step(ex.tick, rng.choice((5, 6, 30, 110)))
        for name in ("l0", "l1", "l2"):
            m = 1 if name == "l1" and rng.random() < 0.3 else 0
            if rng.random() < 0.3:
                history.step(ex.deleverage_account, name, m)
            history.step(ex.liquidate, name, rng.choice(("taker", "taker", "s0", "s1")), m, rng.randint(1, 25))


def distressing(history, name):
    """A mark at which a long of market 0 has a part of its maintenance margin left; the present one else."""
    market = history.ex.markets[0]
    position = market.positions.get(name)
    if position is None or position.lots <= 0:
        return market.mark
    wanted = round(market.mark - market.equity(position) / position.lots + F(history.rng.randint(2, 28), 10), 1)
    return wanted if wanted > 0 else market.mark


def settled(history):
    """A market whose source is gone for good empties through the waterfall."""
    exchange(history, (100, 50), (0, 50), (0, 200))
    return play_settled


def play_settled(history):
    rng, ex = history.rng, history.ex
    thin_longs(history, thin=2)
    enter(history, 1, "m0", "l2", rng.randint(5, 30), (40, rng.randint(4, 8)))
    history.step(ex.tick, 1, fall(history, 70, 93) | fall(history, 85, 110, m=1))
    history.step(ex.silence, 0)
    history.step(ex.tick, rng.choice((6, 160)))
    history.declare()
    history.step(ex.settle_market, 0)
    for _ in range(rng.randint(1, 4)):
        history.close_pair()


def paid(history):
    """The fund lives: fees, income, epochs, gifts, stakers; keepers are paid."""
    exchange(history, (100, 50), (0, 0, 50, 400), (0, 500, 4000), fee_bps=5)
    return play_paid


def play_paid(history):
    rng, ex = history.rng, history.ex
    thin_longs(history)
    history.fund("keeper", 1)
    history.step(ex.tick, 1, fall(history, 70, 92))
    for name in ("l0", "l1"):
        history.step(ex.sync_account, name, "keeper")
    history.step(ex.tick, 6)
    for name in ("l0", "l1"):
        history.step(ex.declare_bankruptcy, name, "keeper")
    if rng.random() < 0.6:
        history.keepers(rounds=2)
    acts = (lambda: history.step(ex.earn, 0, rng.randint(1, 200)), lambda: history.step(ex.begin_epoch),
            lambda: history.step(ex.refill_cover, 0), lambda: history.step(ex.unstake, rng.randint(1, 400)),
            lambda: history.step(ex.fund_estate, 0),
            lambda: history.step(ex.gift, 0, rng.choice((SHORT, SHORT, LONG)), rng.randint(1, 60)), history.move_marks,
            lambda: history.step(ex.tick, rng.choice((6, 60))), history.resolve, history.buy)
    for _ in range(rng.randint(4, 9)):
        rng.choice(acts)()
    history.keepers(rounds=2)
    history.step(ex.gift, 0, SHORT, rng.randint(1, 60))


THEMES = (insured, allowance, uninsured, turn, thin_turn, turn, phantom, isolated, thin_turn, turn, distressed, settled,
          paid)
