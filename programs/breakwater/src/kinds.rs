//! Kinds of other collateral that are only looked at: what an account's amounts are worth.

use crate::error::BreakwaterError;
use crate::layout::books;
use crate::open;
use crate::state::{AccountBooks, Collateral, Exchange};
use anchor_lang::prelude::*;
use breakwater_engine::account::PLEDGES;
use breakwater_engine::pledge;
use std::cell::Ref;

/// Kinds, open to read, by their number.
#[derive(Default)]
pub struct Kinds<'a>([Option<Ref<'a, Collateral>>; PLEDGES]);

impl<'a> Kinds<'a> {
    /// Opens kinds of this exchange. Open already, to read or to change: a duplicate.
    pub fn open(exchange: &Exchange, key: &Pubkey, accounts: &'a [AccountInfo<'_>]) -> Result<Kinds<'a>> {
        let mut kinds = Kinds::default();
        for account in accounts {
            let kind = open::read::<Collateral>(account)?;
            require_pinned(exchange, &kind, (key, account.key))?;
            let seat = &mut kinds.0[usize::from(kind.index)];
            require!(seat.is_none(), BreakwaterError::DuplicateAccount);
            *seat = Some(kind);
        }
        Ok(kinds)
    }

    /// Whether every kind an account has an amount of is among them, or the one named.
    pub fn require_all(&self, account: &AccountBooks, but: Option<u8>) -> Result<()> {
        for (at, amount) in account.pledge.amounts.iter().enumerate() {
            let known = self.0[at].is_some() || but.map(usize::from) == Some(at);
            require!(*amount == 0 || known, BreakwaterError::WrongCollateral);
        }
        Ok(())
    }

    /// For the engine.
    pub fn books(&self) -> pledge::Kinds<'_> {
        self.0.each_ref().map(|kind| kind.as_ref().map(|kind| books(&kind.books)))
    }
}

/// How many kinds an account has amounts of besides one: so many accounts come first among the others of an instruction.
pub fn others(account: &AccountBooks, but: u8) -> usize {
    let held = account.pledge.amounts.iter().enumerate();
    held.filter(|(at, amount)| **amount != 0 && *at != usize::from(but)).count()
}

/// Splits an instruction's further accounts: that many kinds, then pairs of market and ladder.
pub fn split<'a, 'info>(
    accounts: &'a [AccountInfo<'info>],
    kinds: usize,
) -> Result<(&'a [AccountInfo<'info>], &'a [AccountInfo<'info>])> {
    Ok(accounts.split_at_checked(kinds).ok_or(BreakwaterError::WrongCollateral)?)
}

/// A kind belongs to the exchange, at the address pinned there. `keys` are those of both.
pub fn require_pinned(exchange: &Exchange, kind: &Collateral, keys: (&Pubkey, &Pubkey)) -> Result<()> {
    let (exchange_key, key) = keys;
    require_keys_eq!(kind.exchange, *exchange_key, BreakwaterError::WrongExchange);
    let pinned = exchange.collaterals.get(usize::from(kind.index));
    require!(pinned == Some(key), BreakwaterError::WrongCollateral);
    Ok(())
}
