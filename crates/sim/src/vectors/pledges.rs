//! Other collateral: what an account's amounts count, and what an auction of them would sell.

use breakwater::layout::books_mut;
use breakwater::state::Collateral;
use breakwater_engine::account::{Pledge, PLEDGES};
use breakwater_engine::market::Mark;
use breakwater_engine::pledge::sale::{self, Sale};
use breakwater_engine::pledge::{self, CollateralBooks, CollateralParams, Kinds, Stock, VALUATION_SLOTS};
use breakwater_engine::units::{Bps, Now};
use breakwater_engine::{Account, Atoms, Price, Result};
use bytemuck::Zeroable;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::sparse::Sparse;
use crate::svm::decode;
use crate::venue::Books;

/// What a client computes of an account's other collateral.
#[derive(Debug, Serialize)]
pub struct Expected {
    /// What a valuation would count towards initial margin, atoms.
    pub initial: String,
    /// And towards maintenance.
    pub maintenance: String,
    /// What each attempt to buy some would do.
    pub sales: Vec<Attempt>,
}

/// An attempt to buy.
#[derive(Debug, Serialize)]
pub struct Attempt {
    /// Number of the kind.
    pub kind: usize,
    /// Smallest units; none: as many as allowed.
    pub wanted: String,
    /// What is sold, or the engine's error.
    pub sale: std::result::Result<SaleNumbers, String>,
}

/// A sale.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the engine's names")]
pub struct SaleNumbers {
    pub amount: String,
    pub discount: u32,
    pub proceeds: String,
    /// What the account's positions were topped up with: no client computes it.
    #[serde(skip)]
    pub topped_up: u64,
    pub bankrupt: bool,
}

impl From<Sale> for SaleNumbers {
    fn from(sale: Sale) -> SaleNumbers {
        SaleNumbers {
            amount: sale.amount.to_string(),
            discount: sale.discount.0,
            proceeds: sale.proceeds.0.to_string(),
            topped_up: sale.topped_up.0,
            bankrupt: sale.bankrupt,
        }
    }
}

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
pub fn pledge(account: &mut Account, now: Now, rng: &mut ChaCha8Rng) {
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

/// A kind as the chain holds it.
pub fn data((index, kind): (usize, &CollateralBooks)) -> Sparse {
    let mut state = Collateral::zeroed();
    state.index = index as u8;
    *books_mut(&mut state.books) = *kind;
    Sparse::of(&decode::bytes(&state))
}

/// Of an account, at a moment.
pub fn expected(account: &Account, markets: &[Books], kinds: &[CollateralBooks], now: Now) -> Expected {
    let mut valued = *account;
    let seats: Kinds<'_> = std::array::from_fn(|at| kinds.get(at));
    // Cannot fail: every kind is passed, and no sum leaves 64 bits.
    let _ = pledge::value(&mut valued, &seats, now);
    let attempts = account.pledge.amounts.iter().enumerate().flat_map(|(at, held)| [(at, 0), (at, held / 7 + 1)]);
    let sales = attempts.map(|(kind, wanted)| Attempt {
        kind,
        wanted: wanted.to_string(),
        sale: sell(account, (markets, kinds), (kind, wanted), now)
            .map(SaleNumbers::from)
            .map_err(|error| format!("{error:?}")),
    });
    Expected {
        initial: valued.pledge.initial.0.to_string(),
        maintenance: valued.pledge.maintenance.0.to_string(),
        sales: sales.collect(),
    }
}

/// Sells on a copy of everything.
fn sell(
    account: &Account,
    (markets, kinds): (&[Books], &[CollateralBooks]),
    (at, wanted): (usize, u64),
    now: Now,
) -> Result<Sale> {
    let (mut account, mut markets, mut kind) = (*account, markets.to_vec(), kinds[at]);
    let mut books: Vec<_> = markets.iter_mut().map(Books::books).collect();
    let others = std::array::from_fn(|other| kinds.get(other).filter(|_| other != at));
    sale::sell(&mut account, &mut books, Stock { at, kind: &mut kind, others }, wanted, now)
}

#[cfg(test)]
pub mod tests {
    use super::super::Vectors;
    use super::SaleNumbers;

    /// Every way an attempt to buy ends that a client must foresee.
    pub fn every_state_occurs(vectors: &Vectors) {
        let pledges = || vectors.days.iter().flat_map(|day| &day.accounts).filter_map(|entry| entry.pledge.as_ref());
        let attempts = || pledges().flat_map(|pledge| &pledge.sales);
        let refused = |name: &str| attempts().any(|attempt| attempt.sale.as_ref().is_err_and(|error| error == name));
        for name in ["NotInDistress", "InsufficientCollateral", "CollateralFirst", "StaleMark", "TooMuch"] {
            assert!(refused(name), "{name}");
        }
        let sold = |is: fn(&SaleNumbers) -> bool| attempts().any(|attempt| attempt.sale.as_ref().is_ok_and(is));
        assert!(sold(|sale| sale.bankrupt) && sold(|sale| !sale.bankrupt));
        assert!(sold(|sale| sale.topped_up != 0) && sold(|sale| sale.topped_up == 0));
        assert!(sold(|sale| sale.proceeds == "0") && sold(|sale| sale.discount > 5_000));
    }
}
