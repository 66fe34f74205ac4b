"""Held money: whose it is, when it returns, and which part of a lack falls on its own side."""
from reference.exact import LONG, SHORT
from reference.scenarios.stage import F, Rules, Scenario, Stage, without


class Held(Scenario):
    def emptied(self, rules):
        """`run` left h at a small shortfall; a forced resolution at the low takes all that is held while the event
        lives.
        """
        stage = Stage(100, rules=rules)
        stage.deposit(b1=1000, b2=1000, rl=90000, run=9000, s1=9000, s2=9000, rl2=90000, s3=9000)
        stage.pair(0, "b1", "s1", 100).pair(0, "b2", "s2", 100).pair(0, "rl", "run", 100).pair(0, "rl2", "s3", 100)
        stage.marks(F(899, 10))
        stage.ex.trade(0, "run", "rl", 100)
        stage.marks(60).wait().declare("b1").wait(stage.ex.parameters.resolve_wait_slots)
        stage.ex.resolve_estate(0)
        return stage

    def test_a71_an_index_at_zero_closes_its_list(self):
        """The next leaver would divide by an index of zero: no resolution could deleverage ever again."""
        stage = self.emptied(Rules())
        stage.ex.trade(0, "s3", "rl2", 10)
        stage.keepers().end()
        self.refused(self.emptied, without("empty_list_closes"), because="the list's index is zero")

    def deleveraged(self, rules, late):
        """A hedged account is under water in market 0 and no sync can lift it; `thin` is deleveraged for b meanwhile.
        """
        stage = Stage(100, 100, rules=rules)
        stage.deposit(b=1000, thin=2000, hed=2600, hs=40000, c1=90000, A=150000, B=150000)
        stage.pair(1, "c1", "hed", 100).pair(0, "hed", "hs", 100).pair(0, "b", "thin", 100).marks(82, 80)
        stage.ex.silence(1)
        stage.keepers(sync=False)
        stage.ex.restore(1)
        stage.ex.sync_account("hed")
        stage.wait(1)
        if late:
            stage.ex.trade(0, "A", "B", 2000)
        return stage.wait(5).wait(1).end()

    def test_a74_what_deleveraged_lots_leave_stays_their_owners(self):
        stage = self.deleveraged(Rules(), late=False)
        self.assertEqual((stage.gain("thin"), stage.gain("hs")), (1400, 1400))
        harmed = self.deleveraged(without("deleveraged_own_held"), late=False)
        self.assertLess(harmed.gain("thin"), 1000)
        self.assertGreater(harmed.gain("hs"), 1800)

    def test_a74_no_account_opens_on_a_side_whose_event_lives(self):
        self.refused(self.deleveraged, Rules(), late=True, because="the side's event lives")
        harmed = self.deleveraged(without("deleveraged_own_held", "no_opening_in_event"), late=True)
        self.assertGreater(harmed.gain("A") + harmed.gain("B"), 600)

    def opener_in_an_event(self, rules):
        """h is zero for a moment in a living event: an opening then bears the shortfall that stands again."""
        stage = Stage(100, rules=rules).deposit(b=1000, s=9000, n=9000, nl=90000)
        stage.pair(0, "b", "s", 100).marks(F(85)).marks(F(91))
        stage.pair(0, "nl", "n", 100).marks(85)
        return stage

    def test_a74_an_opening_inside_an_event_is_refused(self):
        self.refused(self.opener_in_an_event, Rules(), because="the side's event lives")
        self.assertGreater(self.opener_in_an_event(without("no_opening_in_event")).ex.h(0, SHORT), 0)

    def pump(self, rules, old):
        """The actor's old claims on the short side of 0 were made with himself. Y's phantom in 1 cuts Z's winning leg,
        Z's lack in 0 is charged to the honest hs, and when the phantom ends what was held from Z returns.
        """
        stage = Stage(100, 100, 100, rules=rules)
        if old:
            stage.deposit(aL=1000, aS=9000).pair(0, "aL", "aS", 100).marks(60).keepers(rounds=8)
            stage.marks(100).wait()
        stage.deposit(Y=5200, y1=90000, y2=90000, Z=1010, hs=9000, z1=9000)
        stage.pair(2, "y2", "Y", 300).pair(1, "Y", "y1", 300).pair(0, "Z", "hs", 100).pair(1, "z1", "Z", 100)
        stage.marks(75, 80, 80)
        stage.ex.silence(2)
        stage.marks(68).keepers(sync=False)
        stage.ex.restore(2)
        stage.ex.sync_account("Y")
        return stage.end()

    def test_a77_what_is_held_from_a_declared_account_is_its_estates(self):
        """Old claims change nothing for the honest short; with the return serving the owner's debts they took 857 of
        it.
        """
        self.assertEqual(self.pump(Rules(), old=True).gain("hs"), self.pump(Rules(), old=False).gain("hs"))
        rules = without("estates_own_held")
        self.assertLess(self.pump(rules, old=True).gain("hs"), self.pump(rules, old=False).gain("hs") - 500)

    def owned_elsewhere(self, rules):
        """Z's estate in market 1 owns what its winning leg left in market 0, where it pays for b. `run` leaves market 1
        before.
        """
        stage = Stage(100, 100, rules=rules).deposit(b=1000, Z=1000, run=9000, stay=9000, l=90000)
        stage.pair(0, "b", "Z", 100).pair(1, "Z", "stay", 100).pair(1, "l", "run", 100).marks(70, 60)
        stage.wait().declare("Z")
        stage.ex.trade(1, "run", "l", 100)
        return stage.declare("b").keepers(rounds=40).end()

    def test_a77_what_an_estate_owns_elsewhere_may_be_charged_there(self):
        """Two thousand are charged in market 0 and missing in market 1: both shorts gained 4,000 by it."""
        stage = self.owned_elsewhere(Rules())
        self.assertEqual((stage.gain("run"), stage.gain("stay")), (3000, 3000))
        harmed = self.owned_elsewhere(without("held_elsewhere_may_be_charged"))
        self.assertEqual((harmed.gain("run"), harmed.gain("stay")), (4000, 2000))

    def test_i11_an_estate_collects_what_an_ended_event_elsewhere_held(self):
        """Z's leg in market 0 leaves its part for a hedged account's phantom, which ends after market 1 was resolved.
        """
        stage = Stage(100, 100, 100).deposit(hed=2000, h0=90000, Z=1000, stay=9000)
        stage.pair(0, "hed", "Z", 100).pair(2, "h0", "hed", 100).pair(1, "Z", "stay", 100).marks(70, 60, 70)
        stage.wait().declare("Z").keepers(rounds=20, sync=False)
        estate = stage.ex.side(1, LONG).estate
        self.assertEqual((estate.lots, estate.cash, stage.ex.held_of((1, LONG))), (0, -1300, 1300))
        self.refused(stage.wait(200).ex.resolve_estate, 1, because="it waits for what others hold of it")
        stage.ex.sync_account("hed")
        stage.wait().wait().ex.fund_estate(1)
        self.assertIsNone(stage.ex.side(1, LONG).estate.opened)
        self.assertEqual(stage.end().gain("stay"), 4000)

    def recharge(self, rules):
        """S is charged in an event that lives on, pays, carries its profit to a losing leg by a lift, and fails at the
        turn.
        """
        stage = Stage(140, 140, 140, rules=rules)
        stage.deposit(hed=2000, c1=90000, hm=90000, b=800, bs=1500, hs=90000, hl=90000, S=7000, W=90000, W2=90000)
        stage.pair(1, "c1", "hed", 100).pair(0, "hed", "hm", 100).pair(0, "b", "bs", 100)
        stage.pair(0, "W", "S", 400).pair(2, "S", "W2", 400).pair(0, "hl", "hs", 100).marks(80, 80, 80)
        stage.ex.silence(1)
        stage.ex.sync_account("S")
        stage.wait().declare("b").wait().wait(stage.ex.parameters.resolve_wait_slots)
        stage.ex.resolve_estate(0)
        stage.marks(115)
        before = stage.ex.paid("hs", 0)
        stage.wait().declare("S").wait().wait(stage.ex.parameters.resolve_wait_slots)
        stage.ex.resolve_estate(0)
        return stage.ex.paid("hs", 0) - before, stage.ex.reports[-1]

    def test_a80_a_charge_that_was_paid_is_not_uncollected(self):
        again, report = self.recharge(Rules())
        self.assertEqual((again, report.own), (0, 0))
        again, report = self.recharge(without("uncollected_is_what_lacked"))
        self.assertGreater(report.own, 2000)
        self.assertGreater(again, 500)

    def taken_over(self, rules):
        """N takes V's shorts over in an event that has charged V; N fails at the next rise, which the longs gained by.
        """
        stage = Stage(140, 140, rules=rules)
        stage.deposit(b=160, bs=90000, b2=2800, s=90000, V=900, vl=90000, w=90000, N=105)
        stage.pair(0, "b", "bs", 20).pair(0, "b2", "s", 100).pair(0, "vl", "V", 40).pair(1, "V", "w", 40)
        stage.marks(115, F(965, 10)).wait().declare("b").wait().wait()
        stage.ex.resolve_estate(0)
        stage.marks(100, F(885, 10)).wait()
        stage.ex.offer_layer(0, 5000, stage.ex.slot + 57)
        stage.ex.liquidate("V", "N", 0, 40)
        stage.wait(3).marks(108)
        for _ in range(6):
            stage.wait(1)
        stage.declare("N")
        return stage.ex.side(0, SHORT).estate.uncollected

    def test_a80_no_lots_enter_a_side_that_has_charged(self):
        self.refused(self.taken_over, Rules(), because="the side's event has charged")
        self.assertGreater(self.taken_over(without("no_entry_after_charge")), 30)

    def uncollected(self, rules):
        """Thin shorts, drained to h by a losing sibling, cannot pay the charge at a turn; what they lacked is the
        shorts'.
        """
        stage = Stage(100, 50, rules=rules).deposit(b=70, s0=120, w0=9000, m=600, s1=360, w1=9000, l2=6000, s2=3000)
        stage.pair(0, "b", "s0", 10).pair(1, "s0", "w0", 25).pair(0, "m", "s1", 30).pair(1, "s1", "w1", 75)
        stage.pair(0, "l2", "s2", 10).marks(70)
        worth = 30 + 12 - stage.ex.h(0, SHORT)
        stage.marks(None, 50 - worth / F(5, 2))
        for who in ("s0", "s1"):
            stage.ex.sync_account(who)
        stage.wait().declare("b").marks(80 + F(1, 10)).wait().wait()
        stage.ex.resolve_estate(0)
        return stage.keepers()

    def test_i6_what_a_side_could_not_pay_is_charged_to_it_again(self):
        """With the rule taken away the longs, which gained nothing by it, pay what thin shorts lacked."""
        by_price = 10 * (80 + F(1, 10) - 100)
        self.assertEqual(self.uncollected(Rules()).gain("l2"), by_price)
        self.assertLess(self.uncollected(without("own_uncollected")).gain("l2"), by_price - 20)

    def ring(self, rules):
        """Three events of one side; an owner of the first never collects, and the ring has two pages."""
        stage = Stage(100, 100, rules=rules, event_ring=2).deposit(x=90000, y=90000)
        for i in range(3):
            stage.deposit(**{f"h{i}": 2000, f"r{i}": 9000, f"q{i}": 90000, "rich": 90000})
            stage.pair(0, f"h{i}", f"q{i}", 100).pair(1, f"q{i}", f"h{i}", 100).pair(0, "rich", f"r{i}", 10)
            stage.marks(70, 60)
            stage.ex.trade(0, f"r{i}", "rich", 10)
            self.sync(stage, i)
            stage.marks(100, 100)
            self.sync(stage, i)
            stage.wait().wait()
        return [stage.ex.side(0, SHORT).event.alive, stage.ex.held_of("r0") > 0]

    def sync(self, stage, newest):
        for i in range(newest + 1):
            stage.ex.sync_account(f"h{i}")

    def test_a84_an_event_ends_though_the_first_ones_owner_never_collects(self):
        self.assertEqual(self.ring(Rules()), [False, True])
        self.assertEqual(self.ring(without("pages_never_recycled")), [True, True])

    def returned(self, rules):
        """`run` left while a hedged account was not synced: what it left was fresh profit and returns when the event
        ends.
        """
        stage = Stage(100, 100, rules=rules).deposit(hed=2000, h0=90000, h1=90000, run=600, rich=90000)
        stage.pair(0, "hed", "h0", 100).pair(1, "h1", "hed", 100).pair(0, "rich", "run", 100).marks(50, 40)
        stage.ex.trade(0, "run", "rich", 100)
        stage.ex.sync_account("hed")
        stage.wait().wait().wait()
        stage.ex.sync_account("run")
        return stage.ex.withdraw("run", 99999), stage

    def test_a13_what_returns_vests_unless_it_was_margin(self):
        got, stage = self.returned(Rules())
        self.assertLess(got, 600 + 5000 * 30 / 1000)
        self.assertEqual(stage.end().gain("run"), 5000 - got)
        self.assertGreater(self.returned(without("returns_vest"))[0], got + 300)

    def test_a5_held_money_counts_in_its_owners_solvency(self):
        for rules, declared in ((Rules(), False), (without("held_counts"), True)):
            stage = Stage(100, 100, rules=rules).deposit(b=1000, bs=9000, X=1000, rich=90000, x1=9000)
            stage.pair(0, "b", "bs", 100).pair(0, "rich", "X", 100).pair(1, "X", "x1", 100).marks(70, 82)
            stage.ex.trade(0, "X", "rich", 100)
            stage.marks(None, 65).wait()
            self.assertEqual(stage.ex.worth("X") <= 0, declared)


class Attribution(Scenario):
    def test_a74_members_of_a_pool_are_alike_when_the_walk_is_net_of_holdback(self):
        """Two shorts brought to one level by the walk have one bankruptcy price after they left h."""
        for rules, alike in ((Rules(), True), (without("walk_net_of_holdback"), False)):
            stage = Stage(100, 100, rules=rules)
            stage.deposit(b=600, p=3000, q=4500, hed=2600, hs=90000, c1=90000, bb=600, bbs=90000)
            stage.pair(1, "c1", "hed", 100).pair(0, "hed", "hs", 100).pair(0, "b", "p", 60).pair(0, "bb", "bbs", 40)
            stage.pair(0, "hs", "q", 60).marks(82, 80)
            stage.ex.silence(1)
            stage.keepers(sync=False)
            market = stage.ex.markets[0]
            left = [market.positions[who] for who in ("p", "q") if who in market.positions]
            self.assertEqual(len(left), 2)
            self.assertEqual(len({market.equity(p) / abs(p.lots) for p in left}) == 1, alike)

    def thin(self, lots):
        """Shorts s1 and s0 have less than h a lot, s1 the less: b's estate of `lots` closes against them. m is under
        water and undeclared, so that h stands; the resolution is a forced one.
        """
        stage = Stage(100, 50).deposit(b=7 * lots, bs=120 * lots, s0=121, w0=9000, m=600, s1=360, w1=9000)
        stage.pair(0, "b", "bs", lots).pair(0, "m", "s1", 30).pair(1, "s1", "w1", 75)
        stage.deposit(l=6000).pair(0, "l", "s0", 10).pair(1, "s0", "w0", 25).marks(70)
        stage.marks(None, 50 - (30 + 12 - stage.ex.h(0, SHORT)) / F(5, 2))
        for who in ("s0", "s1"):
            stage.ex.sync_account(who)
        stage.marks(72).wait().declare("b").wait(stage.ex.parameters.resolve_wait_slots)
        before = {who: (stage.ex.equity(who, 0), abs(stage.ex.position(who, 0).lots)) for who in ("s0", "s1", "bs")}
        stage.ex.resolve_estate(0)
        return stage, before

    def test_a74_who_has_less_than_h_closes_first_and_leaves_all_it_has(self):
        """The quantity ends inside s1, then inside s0, then beyond both: most levered first, whole."""
        for lots in (12, 36, 60):
            stage, before = self.thin(lots)
            rate, h = stage.ex.reports[-1].rates[SHORT], F(30 * 8, lots + 40)
            left = F(lots)
            for who in ("s1", "s0", "bs"):
                equity, had = before[who]
                worth, closes = equity / had - rate, min(left, had)
                thin = who != "bs"
                self.assertEqual(worth < h, thin, who)
                position = stage.ex.position(who, 0)
                self.assertEqual(had - (abs(position.lots) if position else 0), closes, who)
                self.assertEqual(stage.ex.held_of(who), closes * min(worth, h), who)
                if thin and position:
                    self.assertEqual(stage.ex.equity(who, 0) / abs(position.lots), worth)
                left -= closes
