//! Terms of underwriting layers, and how revenue is shared among layers, stakers and the protocol.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/histories.rs"]
mod histories;

use breakwater_engine::layer::{self, Terms, AMOUNT_MAX, PREMIUMS_MAX, TERM_MAX};
use breakwater_engine::market::LAYERS;
use breakwater_engine::revenue;
use breakwater_engine::state::{ExchangeParams, InsuranceBooks, Layer, MarketBooks, StakeBooks};
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::{Error, Result};
use common::Rng;
use histories::play;

/// What it is, the seat, what is changed of good terms, what comes of it.
type Row = (&'static str, usize, fn(&mut Terms), Result<()>);

#[test]
fn terms_have_bounds() {
    let now = Now { slot: 1, time: 1_000 };
    let good = Terms { attachment: Atoms(5), limit: Atoms(10), premium: Bps(1_000), expires_at: 2_000 };
    let rows: [Row; 14] = [
        ("as it is", 3, |_| (), Ok(())),
        ("no such seat", 4, |_| (), Err(Error::LayerTerms)),
        ("no limit", 0, |t| t.limit = Atoms(0), Err(Error::LayerTerms)),
        ("largest limit", 0, |t| t.limit = AMOUNT_MAX, Ok(())),
        ("larger", 0, |t| t.limit = Atoms(AMOUNT_MAX.0 + 1), Err(Error::LayerTerms)),
        ("from the first atom", 0, |t| t.attachment = Atoms(0), Ok(())),
        ("farthest", 0, |t| t.attachment = AMOUNT_MAX, Ok(())),
        ("farther", 0, |t| t.attachment = Atoms(AMOUNT_MAX.0 + 1), Err(Error::LayerTerms)),
        ("expired", 0, |t| t.expires_at = 1_000, Err(Error::LayerTerms)),
        ("a second", 0, |t| t.expires_at = 1_001, Ok(())),
        ("a year", 0, |t| t.expires_at = 1_000 + TERM_MAX, Ok(())),
        ("longer", 0, |t| t.expires_at = 1_001 + TERM_MAX, Err(Error::LayerTerms)),
        // The second seat has a tenth.
        ("half of all revenue", 0, |t| t.premium = Bps(PREMIUMS_MAX - 1_000), Ok(())),
        ("more than half", 0, |t| t.premium = Bps(PREMIUMS_MAX - 999), Err(Error::LayerTerms)),
    ];
    for (name, seat, change, expected) in rows {
        let mut market = Box::new(MarketBooks::default());
        good.take_seat(&mut market.layers, 1, now).unwrap();
        let mut terms = good;
        change(&mut terms);
        assert_eq!(terms.take_seat(&mut market.layers, seat, now), expected, "{name}");
    }
    // An offer may be changed until somebody has funded it.
    let (mut market, mut fund) = (Box::new(MarketBooks::default()), InsuranceBooks::default());
    good.take_seat(&mut market.layers, 1, now).unwrap();
    (Terms { limit: Atoms(20), ..good }).take_seat(&mut market.layers, 1, now).unwrap();
    let pay = |market: &mut MarketBooks, fund: &mut InsuranceBooks, seat, amount, time| {
        layer::fund(market, seat, fund, Atoms(amount), Now { slot: 1, time })
    };
    assert_eq!(pay(&mut market, &mut fund, 0, 1, 1_500), Err(Error::LayerFull));
    assert_eq!(pay(&mut market, &mut fund, 4, 1, 1_500), Err(Error::LayerFull));
    assert_eq!(pay(&mut market, &mut fund, 1, 0, 1_500), Err(Error::ZeroAmount));
    assert_eq!(pay(&mut market, &mut fund, 1, 1, 2_000), Err(Error::LayerExpired));
    assert_eq!(pay(&mut market, &mut fund, 1, 21, 1_999), Err(Error::LayerFull));
    market.tally.insured = Atoms(3);
    assert_eq!(pay(&mut market, &mut fund, 1, 19, 1_999), Ok(()));
    market.tally.insured = Atoms(4);
    assert_eq!(pay(&mut market, &mut fund, 1, 2, 1_999), Err(Error::LayerFull));
    assert_eq!(pay(&mut market, &mut fund, 1, 1, 1_999), Ok(()));
    assert_eq!(market.layers[1].base, Atoms(3), "it attaches from when it was first funded");
    assert_eq!(good.take_seat(&mut market.layers, 1, now), Err(Error::LayerTaken));
    let at = |time| Now { slot: 1, time };
    assert_eq!(layer::withdraw(&mut market, 1, &mut fund, at(1_999)), Err(Error::LayerBound));
    assert_eq!(layer::withdraw(&mut market, 1, &mut fund, at(2_000)), Ok(Atoms(20)));
    assert_eq!((market.layers[1], fund), (Layer::default(), InsuranceBooks { ..InsuranceBooks::default() }));
    good.take_seat(&mut market.layers, 1, now).unwrap();
}

/// Layers earn by what they hold of their limit, then stakers, then the protocol; everything adds up.
#[test]
fn revenue_goes_to_layers_then_stakers_then_the_protocol() {
    play(1_000, |rng: &mut Rng| {
        let (mut market, mut fund) = (Box::new(MarketBooks::default()), InsuranceBooks::default());
        let mut expected = [0u64; LAYERS];
        let now = Now { slot: 1, time: 1 };
        let revenue = rng.magnitude(40);
        for (seat, expected) in expected.iter_mut().enumerate().take(rng.within(0, 4) as usize) {
            let (limit, premium) = (1 + rng.magnitude(30), rng.within(0, 1_250) as u32);
            let terms = Terms { attachment: Atoms(0), limit: Atoms(limit), premium: Bps(premium), expires_at: 10 };
            terms.take_seat(&mut market.layers, seat, now).unwrap();
            if rng.one_in(4) {
                continue;
            }
            let amount = rng.within(1, limit);
            layer::fund(&mut market, seat, &mut fund, Atoms(amount), now).unwrap();
            let full = u128::from(revenue) * u128::from(premium) / 10_000;
            *expected = (full * u128::from(amount) / u128::from(limit)) as u64;
        }
        let share = Bps(rng.within(0, 10_000) as u32);
        let staked = rng.one_in(2);
        let mut stake = StakeBooks::default();
        if staked {
            let _ = stake.pay_in(&mut fund, Atoms(1_000_000), &ExchangeParams::bare()).unwrap();
        }
        let before = fund;
        revenue::receive(&mut market, &mut fund, Atoms(revenue), share).unwrap();
        assert_eq!(market.layers.map(|layer| layer.earned.0), expected);
        let rest = revenue - expected.iter().sum::<u64>();
        let stakers = if staked { u128::from(rest) * u128::from(share.0) / 10_000 } else { 0 } as u64;
        assert_eq!(fund.staked.0 - before.staked.0, stakers);
        assert_eq!(fund.protocol.0 - before.protocol.0, rest - stakers);
        assert_eq!(fund.booked.0 - before.booked.0, revenue);
        assert_eq!(fund.booked, fund.own().unwrap().plus(fund.layers).unwrap());
        // Premiums leave any time; nothing is open here.
        for (seat, earned) in expected.into_iter().enumerate() {
            let taken = layer::take_premium(&mut market, seat, &mut fund, now);
            let none = if market.layers[seat].limit.is_zero() { Error::LayerFull } else { Error::ZeroAmount };
            assert_eq!(taken, if earned > 0 { Ok(Atoms(earned)) } else { Err(none) });
        }
    });
}
