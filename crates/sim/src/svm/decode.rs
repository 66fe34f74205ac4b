//! The program's accounts as engine values: the same bytes, copied to where they are aligned.

use anchor_lang::Discriminator;
use breakwater::layout::{self, books};
use breakwater::state::{Insurance, Ladder, MarginAccount, Market};
use breakwater_engine::cover::InsuranceFund;
use breakwater_engine::{Account, ExchangeParams, MarketParams};
use bytemuck::Pod;

use crate::venue::Books;

/// An account of the program. All zero where there is none: the harness asks for what it created.
#[must_use]
pub fn state<T: Pod + Discriminator>(data: &[u8]) -> Box<T> {
    let mut copy: Box<T> = bytemuck::zeroed_box();
    let body = data.strip_prefix(T::DISCRIMINATOR).unwrap_or(&[]);
    let bytes = bytemuck::bytes_of_mut(&mut *copy);
    if let Some(body) = body.get(..bytes.len()) {
        bytes.copy_from_slice(body);
    }
    copy
}

/// An account's data.
#[must_use]
pub fn bytes<T: Pod + Discriminator>(state: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytemuck::bytes_of(state)].concat()
}

/// A margin account's books.
#[must_use]
pub fn account(data: &[u8]) -> Account {
    *books(&state::<MarginAccount>(data).books)
}

/// A market's books and its ladder's.
#[must_use]
pub fn market(market: &[u8], ladder: &[u8]) -> Books {
    let ladder = state::<Ladder>(ladder);
    Books { market: *books(&state::<Market>(market).books), ladder: Box::new(*books(&ladder.books)) }
}

/// The insurance fund's books.
#[must_use]
pub fn fund(data: &[u8]) -> InsuranceFund {
    *books(&state::<Insurance>(data).books)
}

/// Parameters as instructions carry them.
#[must_use]
pub fn exchange_params(params: &ExchangeParams) -> layout::ExchangeParams {
    layout::ExchangeParams { deposit_min: params.deposit_min.0, deposits_max: params.deposits_max.0 }
}

/// Parameters as instructions carry them: every field by its name.
#[must_use]
pub fn market_params(params: &MarketParams) -> layout::MarketParams {
    macro_rules! carry {
        (units: $($unit:ident)+; numbers: $($number:ident)+) => {
            layout::MarketParams {
                brackets: params.brackets.map(|bracket| layout::Bracket {
                    up_to: bracket.up_to.0,
                    initial: bracket.initial.0,
                    maintenance: bracket.maintenance.0,
                }),
                $($unit: params.$unit.0,)+
                $($number: params.$number,)+
                reserved: 0,
            }
        };
    }
    carry! {
        units: step position_min open_interest_max slice_floor cover_grant funding_rate_max confidence_good confidence_usable
            divergence_good divergence_usable jump_per_slot band taker_fee maker_fee discount_start discount_max
            discount_depth penalty buffer slice event_share profit_counts sync_reward;
        numbers: maturing_seconds mark_age_slots_max price_age_seconds_max price_ahead_seconds_max observe_slots auction_slots
            slice_window_slots deleverage_after_slots check_slots cover_epoch_seconds funding_ema_seconds
            funding_period_seconds funding_gap_seconds_max lot_exponent bracket_count walk_max
    }
}
