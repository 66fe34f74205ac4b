//! What the module exports. Every address is the caller's, from `memory::reserve`, and the number of bytes behind it is right:
//! the JavaScript around the module copies whole encodings, or asks [`check`] first.

use crate::accounts::{fault_in, Plain, TYPES};
use breakwater_engine::assess::{
    assess_slot, liquidation_price, views_of, GuardReport, HealthReport, MarginReport, RankReport, Views,
};
use breakwater_engine::books::View;
use breakwater_engine::ladder::locate::Place;
use breakwater_engine::ladder::LineIndex;
use breakwater_engine::permission::Guards;
use breakwater_engine::pledge::{self, sale, Kinds};
use breakwater_engine::state::{
    AccountBooks, Breaker, CollateralBooks, Exchange, InsuranceBooks, LadderBooks, Market, MarketBooks, MarketSlot,
    Pauses,
};
use breakwater_engine::units::{Bps, Now, Price, Side};
use breakwater_engine::{assess, change, health, margin, vesting, Atoms, Error, Lots, Result};

/// Where a struct lies.
type At = usize;

/// A market and its ladder, as JavaScript lists them.
type Pair = [At; 2];

fn read<'a, T: Plain>(at: At) -> &'a T {
    // SAFETY: the caller's bytes, aligned and as many as `T` has, any of which are a `T`; nothing writes while a call runs
    // but reports, which lie elsewhere.
    unsafe { &*core::ptr::with_exposed_provenance(at) }
}

fn write<T: Copy>(at: At, value: T) {
    // SAFETY: reserved for a `T` by the caller.
    unsafe { core::ptr::with_exposed_provenance_mut::<T>(at).write(value) }
}

/// The number of a refusal, after writing what was found where there is none.
fn done<T: Copy>(found: Result<T>, out: At) -> u32 {
    match found {
        Ok(value) => {
            write(out, value);
            0
        }
        Err(error) => error.number(),
    }
}

const fn side(is_short: u32) -> Side {
    if is_short == 0 {
        Side::Long
    } else {
        Side::Short
    }
}

/// Markets with their ladders: where the list lies, and how many there are.
#[derive(Clone, Copy)]
struct Markets(At, usize);

impl Markets {
    fn pairs<'a>(self) -> impl Iterator<Item = View<'a>> + Clone {
        let step = size_of::<Pair>();
        let places = (0..self.1).map(move |n| self.0.wrapping_add(n.wrapping_mul(step)));
        places.map(|place| {
            // SAFETY: the list is the caller's, as long as it says; pairs of addresses as `read` wants them.
            let [market, ladder]: Pair = unsafe { *core::ptr::with_exposed_provenance(place) };
            View { market: read::<MarketBooks>(market), ladder: read::<LadderBooks>(ladder) }
        })
    }

    fn of(self, account: &AccountBooks) -> Views<'static> {
        views_of(account, self.pairs())
    }
}

/// What is wrong with the bytes of an account that is to be of a type: see [`crate::accounts::Fault`]; zero: nothing.
#[no_mangle]
pub extern "C" fn check(kind: usize, bytes: At, length: usize) -> u32 {
    // SAFETY: the caller's bytes.
    let bytes = unsafe { core::slice::from_raw_parts(core::ptr::with_exposed_provenance(bytes), length) };
    match TYPES.get(kind).and_then(|(_, expected)| fault_in(bytes, *expected)) {
        Some(fault) => fault as u32,
        None => 0,
    }
}

/// Assesses an account, its other collateral as `kinds` value it where any was passed.
#[no_mangle]
pub extern "C" fn assess_account(account: At, markets: At, count: usize, kinds: At, slot: u64, time: i64, out: At) {
    let (markets, now) = (Markets(markets, count), Now { slot, time });
    let account = read::<AccountBooks>(account);
    #[cfg(feature = "fault")]
    if account.quote_epoch == u64::MAX {
        core::arch::wasm32::unreachable();
    }
    let kinds = if kinds == 0 { Kinds::default() } else { kinds_at(kinds) };
    // SAFETY: reserved for a report by the caller; written in place, so that it is not copied.
    let report = unsafe { &mut *core::ptr::with_exposed_provenance_mut(out) };
    assess::assess_valued(account, &markets.of(account), &kinds, now, report);
}

/// Assesses the position of one slot.
#[no_mangle]
pub extern "C" fn assess_position(slot: At, markets: At, count: usize, out: At) {
    let slot = read::<MarketSlot>(slot);
    let view = Markets(markets, count).pairs().find(|view| view.market.id == slot.market);
    write(out, assess_slot(slot, view));
}

/// Health of an account's cross positions.
#[no_mangle]
pub extern "C" fn cross_health(account: At, markets: At, count: usize, slot: u64, time: i64, out: At) -> u32 {
    let now = Now { slot, time };
    let found = health::cross(read(account), Markets(markets, count).pairs(), now);
    done(found.map(|health| HealthReport::of(&health)), out)
}

/// The mark at which distress begins, 1e-12 atom per lot; zero: there is none.
#[no_mangle]
pub extern "C" fn distress_price(
    account: At,
    market: u64,
    markets: At,
    count: usize,
    slot: u64,
    time: i64,
    out: At,
) -> u32 {
    let account = read::<AccountBooks>(account);
    let views = Markets(markets, count).of(account);
    let found = liquidation_price(account, market, &views, Now { slot, time });
    done(found.map(Option::unwrap_or_default), out)
}

/// Initial and maintenance margin of a notional in atoms, as a market stands: none where it is settled.
#[no_mangle]
pub extern "C" fn requirement(market: At, notional: u64, out: At) -> u32 {
    let market = read::<MarketBooks>(market);
    let multiples = market.multiples();
    let notional = if market.is_settled() { Atoms::ZERO } else { Atoms(notional) };
    let found = margin::requirement(&market.params, multiples, notional);
    let report = found.map(|margin| MarginReport {
        initial: margin.initial,
        maintenance: margin.maintenance,
        initial_multiple: multiples.initial,
        maintenance_multiple: multiples.maintenance,
    });
    done(report, out)
}

/// Where a line (`is_pool` zero) or a pool stands in its side's order of deleveraging.
#[no_mangle]
pub extern "C" fn rank(market: At, ladder: At, is_short: u32, is_pool: u32, place: u32, out: At) -> u32 {
    let view = View { market: read(market), ladder: read(ladder) };
    let place = match is_pool {
        0 => LineIndex::stored(place).map(Place::Line),
        _ => {
            u8::try_from(place).map(|pool| Place::Pool { record: 0, pool, shares: 0 }).map_err(|_| Error::NotConserved)
        }
    };
    let found = place.and_then(|place| view.rank(side(is_short), &place)).map(Option::unwrap_or_default);
    done(found.map(|rank| RankReport { ahead: rank.ahead, group: rank.group, total: rank.total }), out)
}

/// The value of lots at a price, 1e-12 atom, exact: 128 bits.
#[no_mangle]
pub extern "C" fn value(price: u64, lots: u64, out: At) -> u32 {
    done(Price(price).value(Lots(lots)).map(|value| value.0), out)
}

/// A price moved up (`is_down` zero) or down by basis points of itself, rounded toward zero movement.
#[no_mangle]
pub extern "C" fn moved(price: u64, is_down: u32, by: u32, out: At) -> u32 {
    done(Price(price).moved(side(is_down), Bps(by)), out)
}

/// Whether a market has a mark to value positions at.
#[no_mangle]
pub extern "C" fn has_mark(market: At, slot: u64) -> u32 {
    u32::from(read::<MarketBooks>(market).has_mark(Now { slot, time: 0 }))
}

/// What stands against actions in a market. `exchange` and `market` are whole accounts.
#[no_mangle]
pub extern "C" fn guards(exchange: At, market: At, slot: u64, time: i64, out: At) {
    let (exchange, market) = (read::<Exchange>(exchange), read::<Market>(market));
    let guards =
        Guards { exchange: &exchange.breaker, pauses: [&exchange.pauses, &market.pauses], opens_at: market.opens_at };
    let report: GuardReport = guards.report(&market.books, Now { slot, time });
    write(out, report);
}

/// Reasons that hold a breaker, as bits.
#[no_mangle]
pub extern "C" fn in_force(breaker: At, time: i64) -> u64 {
    read::<Breaker>(breaker).in_force(Now { slot: 0, time }).0
}

/// The level of a breaker: 0 open, 1 guarded, 2 halted.
#[no_mangle]
pub extern "C" fn level(breaker: At, time: i64) -> u32 {
    u32::from(read::<Breaker>(breaker).level(Now { slot: 0, time }).number())
}

/// What is paused, as bits.
#[no_mangle]
pub extern "C" fn paused(pauses: At, time: i64) -> u64 {
    read::<Pauses>(pauses).bits(Now { slot: 0, time }).0
}

/// The largest step of a parameter from a value, where its rule names a least step.
#[no_mangle]
pub extern "C" fn step_max(step: u64, from: u64) -> u64 {
    change::step_max(step, from)
}

/// A slot's profit that is not money yet, after its market's haircuts.
#[no_mangle]
pub extern "C" fn vesting(market: At, slot: At, out: At) -> u32 {
    done(vesting::worth(read(market), read(slot)), out)
}

/// Kinds of other collateral by number; an address of zero: not passed.
fn kinds_at(kinds: At) -> Kinds<'static> {
    // SAFETY: as many addresses as there are kinds, of the caller's.
    let places: [At; 3] = unsafe { *core::ptr::with_exposed_provenance(kinds) };
    places.map(|at| (at != 0).then(|| read::<CollateralBooks>(at)))
}

/// What an account's other collateral counts, which kind is sold first, and what an attempt to buy some of a kind would do.
#[no_mangle]
pub extern "C" fn collateral_sale(
    account: At,
    markets: At,
    count: usize,
    kinds: At,
    kind: usize,
    wanted: u64,
    slot: u64,
    time: i64,
    out: At,
) {
    let (account, now) = (read::<AccountBooks>(account), Now { slot, time });
    let markets = Markets(markets, count).pairs();
    write(out, assess::assess_sale(account, markets, (&kinds_at(kinds), kind), wanted, now));
}

/// What an account's other collateral counts: towards initial margin, then maintenance.
#[no_mangle]
pub extern "C" fn valuation(account: At, kinds: At, slot: u64, out: At) -> u32 {
    let mut account = *read::<AccountBooks>(account);
    let found = pledge::value(&mut account, &kinds_at(kinds), Now { slot, time: 0 });
    done(found.map(|()| [account.pledge.initial, account.pledge.maintenance]), out)
}

/// The discount of a kind in an account's distress as it is observed now, basis points.
#[no_mangle]
pub extern "C" fn auction_discount(account: At, markets: At, count: usize, kind: At, slot: u64, out: At) -> u32 {
    let now = Now { slot, time: 0 };
    done(sale::discount_now(read(account), Markets(markets, count).pairs(), read(kind), now), out)
}

/// What an amount of a kind counts at a price.
#[no_mangle]
pub extern "C" fn counted(kind: At, amount: u64, price: u64, out: At) -> u32 {
    done(read::<CollateralBooks>(kind).counted(amount, Price(price)), out)
}

/// What an amount of `held` smallest units sells for at a discount.
#[no_mangle]
pub extern "C" fn proceeds(kind: At, held: u64, amount: u64, discount: u32, out: At) -> u32 {
    done(read::<CollateralBooks>(kind).proceeds(held, amount, Bps(discount)), out)
}

/// Whether a kind's price is good and young.
#[no_mangle]
pub extern "C" fn is_priced(kind: At, slot: u64) -> u32 {
    u32::from(read::<CollateralBooks>(kind).is_priced(Now { slot, time: 0 }))
}

/// What so many shares of the insurance fund would be paid if they left now.
#[no_mangle]
pub extern "C" fn shares_worth(fund: At, low: u64, high: u64, out: At) -> u32 {
    let shares = (u128::from(high) << 64) | u128::from(low);
    done(read::<InsuranceBooks>(fund).shares_worth(shares), out)
}
