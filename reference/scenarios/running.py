"""Running from a shortfall gains nothing: whatever leaves a side leaves its part behind."""
import random

from reference.exact import LONG, SHORT, SIDES
from reference.scenarios.stage import F, Rules, Scenario, Stage, keeper, without


class Running(Scenario):
    def launder(self, rules):
        """L and S are one actor, long and short of market 0, and S is long of market 1: S's winning leg pays S's losing
        one.
        """
        stage = Stage(100, 100, rules=rules).deposit(L=1000, S=2000, W=9000, long=20000, short=4000)
        stage.pair(0, "L", "S", 100).pair(0, "long", "short", 100).pair(1, "S", "W", 200)
        return stage.marks(70, 70).wait().declare("S", "L").keepers().end()

    def test_a58_a_declared_winning_leg_leaves_its_part_behind(self):
        self.assertEqual(self.launder(Rules()).gain("short"), 3000 - 1000)
        self.assertEqual(self.launder(without("declared_legs_leave_holdback")).gain("short"), 3000 - 2000)

    def runner(self, rules, run):
        """b lacks 20 a lot on 100 lots; `run` and `stay` are short 100 each."""
        stage = Stage(100, rules=rules).deposit(b=1000, stay=9000, run=9000, long=90000).pair(0, "b", "stay", 100)
        stage.pair(0, "long", "run", 100).marks(70)
        if run == "close":
            stage.ex.trade(0, "run", "long", 100)
        stage.wait().declare("b")
        if run == "buy":
            stage.ex.buy_from_estate("run", 0, LONG, 100)
        return stage.keepers().end()

    def test_a59_closing_before_the_charge_pays_what_staying_pays(self):
        for run in ("stay", "close"):
            held = self.runner(Rules(), run)
            self.assertEqual((held.gain("run"), held.gain("stay")), (2000, 2000))
        free = self.runner(without("holdback"), "close")
        self.assertEqual((free.gain("run"), free.gain("stay")), (3000, 1000))

    def test_a59_winners_do_not_buy_the_estate_away_before_the_charge(self):
        self.refused(self.runner, Rules(), "buy", because="the estates are not insured")
        free = self.runner(without("holdback", "sale_only_insured"), "buy")
        self.assertEqual((free.gain("run"), free.gain("stay")), (3000, 1000))
        held = self.runner(without("sale_only_insured"), "buy")
        self.assertEqual((held.gain("run"), held.gain("stay")), (2000, 2000))

    def ten_bankrupts(self, rules):
        """Ten longs of 100 lots lack 10 a lot, declared and resolved one by one; the thinnest short is deleveraged
        first.
        """
        stage = Stage(100, rules=rules)
        for i in range(10):
            stage.deposit(**{f"l{i}": 1000, f"s{i}": 1000 * (i + 3)}).pair(0, f"l{i}", f"s{i}", 100)
        stage.marks(80).wait()
        for i in range(10):
            stage.declare(f"l{i}").wait(stage.ex.parameters.resolve_wait_slots)
            stage.ex.resolve_estate(0)
        return [2000 - stage.end().gain(f"s{i}") for i in range(10)]

    def test_a60_ten_bankrupts_resolved_one_by_one_charge_every_lot_alike(self):
        self.assertEqual(self.ten_bankrupts(Rules()), [1000] * 10)
        paid = self.ten_bankrupts(without("holdback"))
        self.assertEqual(paid, sorted(paid))
        self.assertGreater(paid[9], 2 * paid[0])

    def test_a60_order_and_running_change_nothing(self):
        """A fall in one market: the same per lot for every account, in any order of declaring, resolving and leaving.
        """
        for seed in range(6):
            paid = {tuple(self.fall(seed, order)) for order in range(3)}
            self.assertEqual(len(paid), 1, seed)

    def fall(self, seed, order):
        rng, acts = random.Random(seed), random.Random(order)
        stage = Stage(100)
        for i in range(5):
            lots = rng.randint(1, 40)
            stage.deposit(**{f"l{i}": lots * rng.randint(6, 40), f"s{i}": lots * 60}).pair(0, f"l{i}", f"s{i}", lots)
        stage.marks(rng.randint(60, 85)).wait()
        for _ in range(15):
            keeper.keep(stage.ex, acts, limit=acts.randint(0, 3))
            if order and acts.random() < 0.5:
                self.leave(stage.ex, acts)
            stage.wait()
        stage.end()
        return [stage.gain(f"s{i}") for i in range(5)]

    def leave(self, ex, rng):
        market = ex.markets[0]
        pair = [[p for p in market.members(side) if market.equity(p) > 0] for side in SIDES]
        if all(pair):
            long, short = map(rng.choice, pair)
            ex.trade(0, short.owner, long.owner, min(abs(long.lots), abs(short.lots)))

    def runner_inside(self, rules, attack):
        """A little shortfall first: `run` leaves h = 0.055 a lot. Then the fall: held lots hold less than h."""
        stage = Stage(100, rules=rules, common=10000, allowance_weight_bps=0)
        stage.deposit(tiny=100, big=1000, run=3000, stay=9000, rich=9000)
        stage.pair(0, "rich", "run", 90).pair(0, "tiny", "stay", 10).pair(0, "big", "stay", 100).marks(F(899, 10))
        if attack:
            stage.ex.trade(0, "run", "rich", 90)
        return stage.marks(60).keepers().end()

    def test_a72_held_lots_pay_at_most_what_is_held(self):
        """What held lots cannot pay, stayers do, within their favorable moves of 40; not the last resort."""
        stage = self.runner_inside(Rules(), attack=True)
        report = stage.reports()[0]
        self.assertEqual((report.last_resort, report.from_vesting, report.unfunded), (0, 0, 0))
        self.assertLess(report.rates[SHORT], 40)
        harmed = self.runner_inside(without("held_pays_what_it_holds"), attack=True)
        self.assertGreater(harmed.reports()[0].last_resort, 500)
        self.assertGreater(harmed.gain("stay"), stage.gain("stay"))

    def spike(self, rules):
        """A whale's leg is under water until it is synced: the victim leaves at the spike of h, the attacker syncs and
        leaves.
        """
        stage = Stage(100, 100, rules=rules)
        stage.deposit(b=1000, bs=9000, v=4000, vl=90000, a=4000, al=90000, hed=2000, c1=90000, hs=90000)
        stage.pair(0, "b", "bs", 100).pair(0, "vl", "v", 100).pair(0, "al", "a", 100)
        stage.pair(1, "c1", "hed", 100).pair(0, "hed", "hs", 100).marks(88, 88)
        stage.ex.trade(0, "v", "vl", 100)
        stage.ex.sync_account("hed")
        stage.ex.trade(0, "a", "al", 100)
        for _ in range(2):
            stage.wait()
        stage.ex.sync_account("v")
        return stage.keepers().end()

    def test_a79_leaving_in_a_spike_of_one_slot_costs_nothing_more(self):
        stage = self.spike(Rules())
        self.assertEqual(1200 - stage.gain("v"), 1200 - stage.gain("a"))
        harmed = self.spike(without("trim"))
        self.assertGreater(1200 - harmed.gain("v"), 5 * (1200 - harmed.gain("a")))

    def wick(self, rules):
        """h = 0 at slots 2 and 7 and not between: a runner that left at the low must not be paid back by a wick."""
        stage = Stage(100, rules=rules).deposit(b=1000, run=4000, rich=90000, stay=9000)
        stage.pair(0, "b", "stay", 100).pair(0, "rich", "run", 100).marks(89).marks(91).marks(70)
        stage.ex.trade(0, "run", "rich", 100)
        return stage.marks(91, slots=4).marks(70).keepers().end()

    def test_a81_an_event_ends_only_after_zero_at_every_mark(self):
        stage = self.wick(Rules())
        self.assertEqual((stage.gain("run"), stage.gain("stay")), (2000, 2000))
        harmed = self.wick(without("every_mark_zero"))
        self.assertEqual((harmed.gain("run"), harmed.gain("stay")), (3000, 1000))
