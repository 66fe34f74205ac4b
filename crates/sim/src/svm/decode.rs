//! The program's accounts as engine values: the same bytes, copied to where they are aligned.

use anchor_lang::Discriminator;
use breakwater::layout::{books, books_mut, Mirror};
use breakwater::state::{Insurance, Ladder, MarginAccount, Market};
use breakwater_engine::state::{AccountBooks, ExchangeParams, InsuranceBooks, MarketParams};
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
pub fn account(data: &[u8]) -> AccountBooks {
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
pub fn fund(data: &[u8]) -> InsuranceBooks {
    *books(&state::<Insurance>(data).books)
}

/// Parameters as instructions carry them: the same bytes.
#[must_use]
pub fn exchange_params(params: &ExchangeParams) -> breakwater::state::ExchangeParams {
    mirrored(params)
}

/// Parameters as instructions carry them: the same bytes.
#[must_use]
pub fn market_params(params: &MarketParams) -> breakwater::state::MarketParams {
    mirrored(params)
}

/// An engine value as the program's accounts and arguments hold it.
#[must_use]
pub fn mirrored<M: Mirror>(value: &M::Books) -> M
where
    M::Books: Copy,
{
    let mut mirror = M::zeroed();
    *books_mut(&mut mirror) = *value;
    mirror
}
