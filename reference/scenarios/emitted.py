"""What is printed of a history loses nothing: its lines alone bring a fresh exchange through the same states."""
import json

from reference import described, emit
from reference.exact import F, LONG, SHORT
from reference.exchange import Exchange
from reference.scenarios.stage import Refused, Scenario


def printed(seed):
    lines = []
    emit.emit(seed, lambda line: lines.append(json.dumps(line)))
    return [json.loads(line) for line in lines]


class Emitted(Scenario):
    def replayed(self, lines):
        """Plays the steps, comparing state, refusal and report after each; returns the verbs that were done."""
        ex, state, done = emit.build(lines[0]), lines[0]["state"], set()
        self.assertEqual(described.exchange(ex), state)
        for line in lines[1:]:
            reports = len(ex.reports)
            self.assertEqual(emit.replay(ex, line), line["refused"])
            state = emit.merge(state, line["state"])
            self.assertEqual(described.exchange(ex), state)
            new = [described.report(report) for report in ex.reports[reports:]]
            self.assertEqual(new, [line["report"]] if "report" in line else [])
            if line["refused"] is None:
                done.add(line["verb"])
        return done

    def test_printed_histories_replay_to_the_same_states(self):
        done, refused = set(), 0
        for seed in range(20):
            lines = printed(seed)
            end = lines.pop()
            self.assertEqual((lines[0]["begin"], end["end"], end["failed"]), (seed, seed, None))
            done |= self.replayed(lines)
            refused += sum(line["refused"] is not None for line in lines[1:])
        self.assertLess({"trade", "tick", "silence", "offer_layer", "resolve_estate", "isolate"}, done)
        self.assertGreater(refused, 0)

    def test_every_instruction_replays(self):
        """By hand, with the arguments that no history gives: prices, publish times, keepers."""
        done = set()
        for play in (self.play, self.play_charged):
            lines = []
            ex = emit.Emitter(0, lambda line: lines.append(json.dumps(line))).build("by hand")((100, 100), 500, 1000)
            play(ex)
            done |= self.replayed([json.loads(line) for line in lines])
        self.assertEqual({name for name, verb in vars(Exchange).items() if hasattr(verb, "__wrapped__")} - done, set())

    def play(self, ex):
        for who, amount in dict(b=1100, s=9000, v=1000, t=90000, i=1000, x=90000, q=1000, k=1).items():
            ex.deposit(who, amount)
        ex.offer_layer(0, F(1, 3), 500)
        for long in ("b", "v", "i", "q"):
            ex.trade(0, long, "x", 100, price=F(999, 10))
        ex.isolate("i", 0)
        ex.silence(1)
        ex.tick(1, {0: F(925, 10)}, {0: F(1, 7)}, published=3, averages={1: F(301, 3)})
        ex.restore(1)
        ex.tick(105)
        ex.liquidate("v", "t", 0, 10)
        ex.deleverage_account("q", 0)
        ex.tick(1, {0: 85})
        ex.tick(6)
        ex.declare_isolated("i", 0)
        self.attempt(ex.buy_from_estate, "t", 0, LONG, 10)
        ex.earn(0, 5000)
        ex.refill_cover(0)
        ex.fund_estate(0)
        ex.buy_from_estate("t", 0, LONG, 10)
        for who in ("b", "v", "q"):
            ex.sync_account(who)
            self.attempt(ex.declare_bankruptcy, who, keeper="k")
        ex.tick(100)
        ex.resolve_estate(0, keeper="k")
        ex.withdraw("t", 500)
        ex.tick(1, watched=False)
        ex.silence(0)
        ex.restore(0)
        ex.unstake(1)
        ex.begin_epoch()
        ex.silence(1)
        ex.settle_market(1)

    def play_charged(self, ex):
        for who, amount in dict(b=1000, s=9000).items():
            ex.deposit(who, amount)
        ex.trade(0, "b", "s", 100)
        ex.tick(1, {0: 70})
        ex.tick(6)
        ex.declare_bankruptcy("b")
        ex.tick(50)
        ex.resolve_estate(0)
        ex.gift(0, SHORT, F(100, 3))

    def attempt(self, verb, *args, **kwargs):
        try:
            verb(*args, **kwargs)
        except Refused:
            pass

    def test_a_copy_is_not_heard(self):
        """The twins on which commuting is tried are no steps of the history."""
        lines = []
        ex = emit.Emitter(0, lines.append).build("by hand")((100,), 0, 0)
        ex.copy().tick(1)
        self.assertEqual(len(lines), 1)
        ex.tick(1)
        self.assertEqual(len(lines), 2)

    def test_numbers_are_exact(self):
        self.assertEqual([described.number(n) for n in (F(4, 2), F(-1, 3), 2 ** 60)], [2, "-1/3", f"{2 ** 60}/1"])
        self.assertEqual(described.by_name({LONG: 1, SHORT: 2}), {"long": 1, "short": 2})
