//! Other collateral of generated accounts.

use breakwater_engine::account::PLEDGES;
use breakwater_engine::pledge::VALUATION_SLOTS;
use breakwater_engine::state::{AccountBooks, CollateralBooks, CollateralParams, Mark, Pledge};
use breakwater_engine::units::{Bps, Now};
use breakwater_engine::{Atoms, Price};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Three kinds at 10 to 1,000 USD a token of nine decimals; marks in every state.
pub fn kinds(now: Now, rng: &mut ChaCha8Rng) -> [CollateralBooks; PLEDGES] {
    [(); PLEDGES].map(|()| {
        let price = rng.random_range(10_000_000_000..1_000_000_000_000);
        let haircut = rng.random_range(200..=10_000);
        CollateralBooks {
            params: CollateralParams {
                account_max: Atoms(rng.random_range(100_000_000..100_000_000_000)),
                auction_slots: rng.random_range(75..=3_000),
                haircut: Bps(haircut),
                discount_start: Bps(rng.random_range(1..haircut)),
                ..CollateralParams::standard()
            },
            mark: Mark {
                price: Price(price),
                ema: Price(price / 100 * rng.random_range(95..=105)),
                confidence: Price(price / 1_000 * rng.random_range(0..=20)),
                slot: now.slot.saturating_sub(rng.random_range(0..200)),
                quality: if rng.random_range(0..5) == 0 { rng.random_range(0..2) } else { 2 },
                ..Mark::default()
            },
            booked: 1 << 62,
        }
    })
}

/// Gives an account amounts of one to three kinds, with a valuation that need not be what they count now; one in six was made
/// too long ago, or never. Half of them have no money beside their positions.
pub fn pledge(account: &mut AccountBooks, now: Now, rng: &mut ChaCha8Rng) {
    let maintenance = rng.random_range(0..10_000_000_000);
    let age = rng.random_range(0..=VALUATION_SLOTS);
    let mut amounts = [0; PLEDGES].map(|_: u64| match rng.random_range(0..4) {
        0 | 1 => 0,
        2 => rng.random_range(1..1_000_000_000),
        _ => rng.random_range(1..100_000_000_000),
    });
    if amounts == [0; PLEDGES] {
        amounts[rng.random_range(0..PLEDGES)] = rng.random_range(1..10_000_000_000);
    }
    account.pledge = Pledge {
        amounts,
        initial: Atoms(rng.random_range(0..=maintenance)),
        maintenance: Atoms(maintenance),
        valued_at: match rng.random_range(0..12) {
            0 => 0,
            1 => now.slot.saturating_sub(VALUATION_SLOTS + 1),
            _ => now.slot.saturating_sub(age),
        },
        deposited_at: now.slot.saturating_sub(rng.random_range(0..4_000)),
    };
    if rng.random_range(0..2) == 0 {
        account.free = Atoms::ZERO;
    }
    if account.clock.since != 0 && rng.random_range(0..2) == 0 {
        // Distress of half an hour, seen a moment ago.
        account.clock.since = now.slot.saturating_sub(rng.random_range(0..4_000)).max(1);
        account.clock.last = now.slot;
    }
}
