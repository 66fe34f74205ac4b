"""What the rules do not promise: the exact edge of an invariant, shown by the history that reaches it."""
from reference.exact import LONG, SHORT
from reference.scenarios.stage import F, Scenario, Stage


class Limits(Scenario):
    def drained(self, mark, *, losing=F(0)):
        """Longs b (7 a lot) and m (20 a lot); shorts s0 and s1 drained to h by a losing leg at 70; l2 and s2 are rich.
        """
        stage = Stage(100, 50).deposit(b=70, s0=120, w0=9000, m=600, s1=360, w1=9000, l2=6000, s2=3000)
        stage.pair(0, "b", "s0", 10).pair(1, "s0", "w0", 25).pair(0, "m", "s1", 30).pair(1, "s1", "w1", 75)
        stage.pair(0, "l2", "s2", 10).marks(70)
        stage.marks(None, 50 - (30 + 12 - stage.ex.h(0, SHORT)) / F(5, 2) - losing)
        for who in ("s0", "s1"):
            stage.ex.sync_account(who)
        return stage.wait().declare("b").marks(mark)

    def test_i6_stayers_bear_what_others_of_their_side_lost_again(self):
        """s0 and s1 held h at 70 and lost it in the turn to 83: their part of b's lack is s2's, while s2 has money.

        s2 gained 30 a lot and is charged within it; the fewer stay, the more each bears, at most what it has. The bound
        of I6 holds per side: what the side is charged is at most what its lots gained.
        """
        stage = self.drained(83).wait().declare("s0", "s1")
        fair = F(100, 50)  # b lacks 100, and 50 lots gained by it
        self.assertEqual(stage.ex.h(0, SHORT), fair * 5)
        self.assertLess(stage.ex.h(0, SHORT), 30)

    def test_i6_beyond_its_own_moves_a_lot_pays_only_for_its_own_side(self):
        """Six lots stay of sixty-two, and the lack is a little more than they gained: 36.63 a lot against 36."""
        stage = Stage(100, 50).deposit(l0=84, s0=182, w0=2100, l1=1134, s1=546, w1=6300, l2=360, s2=180)
        stage.pair(0, "l0", "s0", 14).pair(1, "s0", "w0", 35).pair(0, "l1", "s1", 42).pair(1, "s1", "w1", 105)
        stage.pair(0, "l2", "s2", 6).marks(64).marks(None, 36)
        for who in ("s0", "s1"):
            stage.ex.sync_account(who)
        stage.wait().declare("l0").marks(F(783, 10)).wait().declare("s0", "s1")
        self.assertEqual(stage.ex.h(0, SHORT), F(2198, 60))
        self.assertGreater(stage.ex.h(0, SHORT), 100 - 64)
        self.assertLess(stage.ex.h(0, SHORT) * 6, stage.ex.equity("s2", 0))

    def test_i15_declarations_commute_where_each_winning_leg_has_its_holdback(self):
        """s1 has less than h when it is declared: whose winning leg is declared after it leaves more, never the other
        way.
        """
        held = {}
        for order in (("s1", "s0"), ("s0", "s1")):
            stage = self.drained(80 + F(1, 10), losing=F(1, 2)).wait().declare(*order)
            held[order] = stage.ex.side(0, SHORT).event.held
            self.assertEqual(stage.ex.total(), stage.ex.outside)
        self.assertEqual(held["s1", "s0"], held["s0", "s1"])  # each leaves all it has
        self.assertEqual(*self.with_a_rich_leg())

    def with_a_rich_leg(self):
        """Two declared accounts whose winning legs have h: what is held from each is the same in either order."""
        out = []
        for order in (("Z0", "Z1"), ("Z1", "Z0")):
            stage = Stage(100, 100).deposit(b=700, bs=9000, Z0=1600, Z1=1600, z=90000, w=90000)
            stage.pair(0, "b", "bs", 100)
            for who in order:
                stage.pair(0, "z", who, 100).pair(1, who, "w", 100)
            stage.marks(80, 60).wait().declare(*order, "b")
            out.append((stage.ex.side(0, SHORT).event.held, stage.ex.shortfall(1, LONG), stage.ex.h(0, SHORT)))
        return out

    def test_i15_a_leg_declared_after_a_poorer_one_leaves_more(self):
        """r's winning leg has h when it is declared first; after s0 and s1, which leave all they have, less than h, h
        is larger.
        """
        held = []
        for order in (("r", "s0", "s1"), ("s0", "s1", "r")):
            stage = Stage(100, 50).deposit(b=70, s0=120, w0=9000, m=600, s1=360, w1=9000, l2=6000, r=450)
            stage.pair(0, "b", "s0", 10).pair(1, "s0", "w0", 25).pair(0, "m", "s1", 30).pair(1, "s1", "w1", 75)
            stage.pair(0, "l2", "r", 10).pair(1, "r", "w1", 45).marks(70)
            stage.marks(None, 50 - (30 + 12 - stage.ex.h(0, SHORT)) / F(5, 2) - F(1, 2))
            for who in ("s0", "s1"):
                stage.ex.sync_account(who)
            stage.wait().declare("b").marks(80 + F(1, 10), 30).wait().declare(*order)
            held.append(stage.ex.side(0, SHORT).event.held)
        self.assertLess(held[0], held[1])

    def test_a_charge_leaves_a_thinner_lot_under_water_before_the_walk(self):
        """c moves X first: a lot with less than c is under water by the rest and uncollected; the walk does not close
        it for less.

        Walking at the mark worsened by c + h instead would close it for all it has, and no account would owe the rest.
        """
        stage = self.drained(80 + F(1, 10)).wait().wait()
        before = stage.ex.equity("s1", 0) / 30
        stage.ex.resolve_estate(0)
        rate = stage.ex.reports[-1].rates[SHORT]
        self.assertLess(before, rate)
        self.assertEqual(stage.ex.equity("s1", 0) / 30, before - rate)

    def test_a_layer_that_does_not_last_counts_once_it_is_pinned(self):
        """The first declaration pins every live layer: h falls at it, never rises, and what is held above it is
        trimmed.
        """
        stage = Stage(100).deposit(b=1000, s=9000).pair(0, "b", "s", 100)
        stage.ex.offer_layer(0, 500, 30)
        stage.marks(80).wait()
        self.assertEqual(stage.ex.h(0, SHORT), 10)
        self.assertEqual(stage.declare("b").ex.h(0, SHORT), 5)
