//! Income over time against sums over what came in.

use std::collections::BTreeMap;

use breakwater_engine::clearing::insurance::LayerTerms;
use breakwater_engine::clearing::state::{Fund, FundParams, MarketBooks, StakeBooks};
use breakwater_engine::state::ExchangeParams;
use breakwater_engine::units::{Atoms, Bps, Now};
use num_bigint::BigUint;

use crate::common::Rng;
use crate::histories::play;

const PERIOD: u64 = 3_600;
const SEED: u64 = 1 << 50;

/// What came in, by the period it came in.
#[derive(Default)]
struct Incomes(BTreeMap<u64, u64>);

impl Incomes {
    fn add(&mut self, time: u64, period: u64, amount: u64) {
        *self.0.entry(time / period).or_default() += amount;
    }

    /// Each period's income is paid evenly over the next.
    fn released(&self, time: u64, period: u64) -> u64 {
        let part = |(bucket, amount): (&u64, &u64)| {
            let passed = time.saturating_sub((bucket + 1) * period).min(period);
            u128::from(*amount) * u128::from(passed) / u128::from(period)
        };
        u64::try_from(self.0.iter().map(part).sum::<u128>()).unwrap()
    }
}

struct Seated {
    fund: Fund,
    market: MarketBooks,
    params: ExchangeParams,
}

impl Seated {
    fn new(now: Now) -> Seated {
        let params = ExchangeParams { stake_min: Atoms(1), staker_share: Bps(10_000), ..ExchangeParams::default() };
        let run = FundParams { epoch_seconds: u64::MAX, income_seconds: PERIOD, report_slots: 25 };
        let mut seated =
            Seated { fund: Fund { params: run, ..Fund::default() }, market: MarketBooks::default(), params };
        seated.fund.donate(Atoms(SEED), now).unwrap();
        let mut stake = StakeBooks::default();
        seated.fund.stake(&mut stake, Atoms(1 << 40), &params, now).unwrap();
        seated
    }

    fn collect(&mut self, amount: u64, now: Now) {
        self.market.insurance_due = Atoms(amount);
        self.market.book_in(Atoms(amount)).unwrap();
        let income = self.market.collect_income(&mut self.fund, &self.params, now).unwrap();
        assert_eq!(income.to_transfer().unwrap(), Atoms(amount));
        self.fund.check().unwrap();
    }
}

/// However often the fund is touched, stakers have exactly what the periods before paid out.
#[test]
fn a15_what_came_in_is_paid_evenly_over_the_next_period() {
    play(60, |rng: &mut Rng| {
        let mut now = Now { slot: 1, time: 1_000_000 };
        let (mut seated, mut incomes) = (Seated::new(now), Incomes::default());
        for _ in 0..200 {
            now.time += if rng.one_in(9) { rng.within(0, 3 * PERIOD) } else { rng.within(0, 200) } as i64;
            let time = now.time as u64;
            if rng.one_in(3) {
                let amount = rng.magnitude(36);
                seated.collect(amount, now);
                incomes.add(time, PERIOD, amount);
            } else {
                seated.fund.accrue(now).unwrap();
            }
            assert_eq!(seated.fund.staked.0 - (1 << 40), incomes.released(time, PERIOD));
        }
    });
}

/// A layer's premium against the sum over slots of what its stream paid out in each, as far as it was full and stood
/// then; an atom may be lost to rounding at each touch.
#[test]
fn a15_a_layer_earns_for_the_slots_it_stands_there_as_far_as_it_is_full() {
    play(40, |rng: &mut Rng| {
        let mut now = Now { slot: 10_000, time: 1_000_000 };
        let mut seated = Seated::new(now);
        let (limit, premium, period) = (1 << 30, rng.within(1, 5_000), PERIOD * 5 / 2);
        let until = now.slot + rng.within(period, 6 * period);
        let terms = LayerTerms { limit: Atoms(limit), premium: Bps(premium as u32), until, ..LayerTerms::default() };
        seated.market.offer_layer(0, &terms, now.slot).unwrap();
        let (mut incomes, mut touches) = (Incomes::default(), 0u64);
        // 2^-64 atoms.
        let (mut exact, mut collected) = (BigUint::ZERO, 0u64);
        for _ in 0..120 {
            let (from, amount) = (now.slot, seated.market.layers[0].amount.0);
            now.slot += rng.within(0, period / 9);
            let released = |slot: u64| incomes.released_fine(slot.min(until), period);
            exact += (released(now.slot) - released(from)) * amount / limit;
            touches += 1;
            match rng.within(0, 3) {
                0 => {
                    let amount = rng.magnitude(36);
                    seated.collect(amount, now);
                    if seated.market.layers[0].amount.0 > 0 && now.slot <= until {
                        incomes.add(now.slot, period, Bps(premium as u32).of_floor(Atoms(amount)).unwrap().0);
                    }
                }
                1 => {
                    let room = limit - seated.market.layers[0].amount.0;
                    let amount = Atoms(rng.within(0, room));
                    let _ = seated.market.fund_layer(&mut seated.fund, 0, amount, now);
                }
                2 => {
                    // A loss: the estates are pinned to it for a moment.
                    seated.market.pin_layers(now.slot);
                    let wanted = Atoms(seated.market.whole_cover().unwrap().0 + rng.magnitude(28));
                    let _ = seated.market.draw(&mut seated.fund, wanted, false, now).unwrap();
                    seated.market.layers[0].pinned = 0;
                }
                _ => collected += seated.market.collect_premium(&mut seated.fund, 0, now).map_or(0, |paid| paid.0),
            }
            seated.fund.check().unwrap();
        }
        let earned = BigUint::from(collected + seated.market.layers[0].earned.0) << 64;
        assert!(earned <= exact, "{earned} of {exact}");
        assert!(exact - earned <= BigUint::from(2 * touches + 2) << 64, "an atom a touch and stream");
    });
}

impl Incomes {
    /// The same in 2^-64 atoms.
    fn released_fine(&self, time: u64, period: u64) -> BigUint {
        let part = |(bucket, amount): (&u64, &u64)| {
            let passed = time.saturating_sub((bucket + 1) * period).min(period);
            ((BigUint::from(*amount) * passed) << 64u32) / period
        };
        self.0.iter().map(part).sum()
    }
}
