//! The settlement scope: the only way to money, and the proof without which no instruction ends.
//!
//! A scope opens margin accounts, markets and the insurance fund for the engine to change, and sums their classes as it
//! does. `finish` sums them again and compares with what the vaults did. It returns the `Settled` every handler must
//! return, and nothing else can make one: an instruction that skips its proof does not compile.

use crate::error::{BreakwaterError, Explain};
use crate::kinds::require_pinned;
use crate::layout::{books, books_mut};
use crate::state::{Collateral, Exchange, Insurance, Ladder, MarginAccount, Market};
use crate::vault::Vault;
use crate::{open, pausing};
use anchor_lang::prelude::*;
use breakwater_engine::books::{Books, View};
use breakwater_engine::state::InsuranceBooks;
use breakwater_engine::totals;
use breakwater_engine::units::Now;
use std::cell::RefMut;

/// Proof that an instruction's books and vaults agree.
#[must_use]
pub struct Settled(());

/// A market with its ladder, open to change.
pub struct OpenMarket<'a> {
    /// The market.
    pub market: RefMut<'a, Market>,
    ladder: RefMut<'a, Ladder>,
}

/// Sums of all classes that are open, atoms: exact, signed because a market's sum is net of what nobody could bear.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Classes {
    collateral: i128,
    insurance: i128,
}

/// What an instruction may change, from its first read to its proof.
pub struct Scope<'a> {
    exchange: &'a Pubkey,
    now: Now,
    /// Margin accounts, in the order they were opened.
    pub accounts: Vec<RefMut<'a, MarginAccount>>,
    /// Markets, in the order they were opened.
    pub markets: Vec<OpenMarket<'a>>,
    fund: Option<RefMut<'a, Insurance>>,
    /// A kind of other collateral, where its tokens move.
    pub kind: Option<OpenKind<'a>>,
    before: Classes,
}

/// A kind of other collateral, open to change, and what was booked of it.
pub struct OpenKind<'a> {
    /// It.
    pub collateral: RefMut<'a, Collateral>,
    /// Booked, in its books and in the accounts opened, when it was opened.
    before: [i128; 2],
}

/// What the engine is handed.
pub struct Parts<'s, const N: usize> {
    /// The first `N` accounts.
    pub accounts: [&'s mut breakwater_engine::AccountBooks; N],
    /// Those opened after them.
    pub more: Vec<&'s mut breakwater_engine::AccountBooks>,
    /// The markets with their ladders.
    pub books: Vec<Books<'s>>,
    /// The insurance fund, where it was opened.
    pub fund: Option<&'s mut InsuranceBooks>,
}

impl OpenMarket<'_> {
    /// For the engine to change.
    pub fn books(&mut self) -> Books<'_> {
        Books { market: books_mut(&mut self.market.books), ladder: books_mut(&mut self.ladder.books) }
    }

    /// For the engine to read.
    pub fn view(&self) -> View<'_> {
        View { market: books(&self.market.books), ladder: books(&self.ladder.books) }
    }
}

impl<'a> Scope<'a> {
    /// Nothing is open yet.
    pub fn begin(exchange: &'a AccountInfo<'_>, now: Now) -> Scope<'a> {
        Scope {
            exchange: exchange.key,
            now,
            accounts: Vec::new(),
            markets: Vec::new(),
            fund: None,
            kind: None,
            before: Classes::default(),
        }
    }

    /// The clock it began at.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// Opens a margin account of this exchange.
    pub fn open_account(&mut self, account: &'a AccountInfo<'_>) -> Result<()> {
        let opened = open::change::<MarginAccount>(account)?;
        require_keys_eq!(opened.exchange, *self.exchange, BreakwaterError::WrongExchange);
        self.before.collateral += free(&opened);
        self.accounts.push(opened);
        Ok(())
    }

    /// Opens a margin account its owner signed for.
    pub fn open_own_account(&mut self, account: &'a AccountInfo<'_>, owner: &Signer<'_>) -> Result<()> {
        self.open_account(account)?;
        let signed = self.accounts.last().is_some_and(|opened| opened.owner == *owner.key);
        require!(signed, BreakwaterError::Unauthorised);
        Ok(())
    }

    /// Opens a market of this exchange and the ladder that belongs to it.
    pub fn open_market(
        &mut self,
        exchange: &Exchange,
        market: &'a AccountInfo<'_>,
        ladder: &'a AccountInfo<'_>,
    ) -> Result<()> {
        let mut opened = open::change_market(self.exchange, market)?;
        require_keys_eq!(opened.ladder, *ladder.key, BreakwaterError::WrongLadder);
        pausing::stand(exchange, &mut opened, self.now)?;
        self.before.collateral += i128::from(opened.books.booked);
        self.markets.push(OpenMarket { market: opened, ladder: open::change(ladder)? });
        Ok(())
    }

    /// Opens pairs of market and ladder.
    pub fn open_markets(&mut self, exchange: &Exchange, pairs: &'a [AccountInfo<'_>]) -> Result<()> {
        require!(pairs.len().is_multiple_of(2), BreakwaterError::AccountsNotInPairs);
        for pair in pairs.chunks_exact(2) {
            self.open_market(exchange, &pair[0], &pair[1])?;
        }
        Ok(())
    }

    /// Opens the insurance fund.
    pub fn open_fund(&mut self, exchange: &Exchange, insurance: &'a AccountInfo<'_>) -> Result<()> {
        require_keys_eq!(exchange.insurance, *insurance.key, BreakwaterError::WrongInsurance);
        let opened = open::change::<Insurance>(insurance)?;
        self.before.insurance += i128::from(opened.books.booked);
        self.fund = Some(opened);
        Ok(())
    }

    /// Opens a kind of other collateral of this exchange. After the accounts whose amounts of it may change.
    pub fn open_kind(&mut self, exchange: &Exchange, kind: &'a AccountInfo<'_>) -> Result<()> {
        let collateral = open::change::<Collateral>(kind)?;
        require_pinned(exchange, &collateral, (self.exchange, kind.key))?;
        let before = [i128::from(collateral.books.booked), self.held_of(collateral.index)];
        self.kind = Some(OpenKind { collateral, before });
        Ok(())
    }

    /// What the accounts opened hold of a kind.
    fn held_of(&self, index: u8) -> i128 {
        let held = self.accounts.iter().map(|account| account.books.pledge.amounts[usize::from(index)]);
        held.map(i128::from).sum()
    }

    /// The insurance fund, for what concerns no account and no market beside it.
    pub fn fund(&mut self) -> Result<&mut InsuranceBooks> {
        let opened = self.fund.as_mut().ok_or(BreakwaterError::WrongInsurance)?;
        Ok(books_mut(&mut opened.books))
    }

    /// Hands everything to the engine.
    pub fn parts<const N: usize>(&mut self) -> Result<Parts<'_, N>> {
        let (first, more) = self.accounts.split_first_chunk_mut::<N>().ok_or(BreakwaterError::NotConserved)?;
        Ok(Parts {
            accounts: first.each_mut().map(|account| books_mut(&mut account.books)),
            more: more.iter_mut().map(|account| books_mut(&mut account.books)).collect(),
            books: self.markets.iter_mut().map(OpenMarket::books).collect(),
            fund: self.fund.as_mut().map(|fund| books_mut(&mut fund.books)),
        })
    }

    /// Ends an instruction that moves no tokens.
    pub fn finish(self) -> Result<Settled> {
        self.prove(None, None)
    }

    /// Ends an instruction that moves collateral.
    pub fn finish_collateral(self, exchange: &mut Exchange, collateral: &Vault<'_, '_>) -> Result<Settled> {
        self.prove(Some((collateral, exchange)), None)
    }

    /// Ends an instruction that moves a kind of other collateral.
    pub fn finish_kind(mut self, vault: &Vault<'_, '_>) -> Result<Settled> {
        self.prove_kind(vault)?;
        self.prove(None, None)
    }

    /// Ends an instruction that moves a kind of other collateral against USDC.
    pub fn finish_sale(
        mut self,
        exchange: &mut Exchange,
        collateral: &Vault<'_, '_>,
        vault: &Vault<'_, '_>,
    ) -> Result<Settled> {
        self.prove_kind(vault)?;
        self.prove(Some((collateral, exchange)), None)
    }

    /// I1 of a kind: its books, the accounts and its vault changed by the same, and the vault holds at least what is booked.
    fn prove_kind(&mut self, vault: &Vault<'_, '_>) -> Result<()> {
        let kind = self.kind.take().ok_or(BreakwaterError::NotConserved)?;
        let booked = i128::from(kind.collateral.books.booked);
        let (holds, moved) = vault.moved()?;
        let after = [booked, self.held_of(kind.collateral.index)];
        let is_exact = after.iter().zip(kind.before).all(|(after, before)| *after - before == moved);
        require!(is_exact, BreakwaterError::NotConserved);
        require!(i128::from(holds) >= booked, BreakwaterError::NotConserved);
        Ok(())
    }

    /// Ends an instruction that moves insurance.
    pub fn finish_insurance(self, insurance: &Vault<'_, '_>) -> Result<Settled> {
        self.prove(None, Some(insurance))
    }

    /// Ends an instruction that moves tokens in both vaults.
    pub fn finish_both(
        self,
        exchange: &mut Exchange,
        collateral: &Vault<'_, '_>,
        insurance: &Vault<'_, '_>,
    ) -> Result<Settled> {
        self.prove(Some((collateral, exchange)), Some(insurance))
    }

    /// Ends `skim`, after which nothing in either vault is unbooked.
    pub fn finish_skim(
        self,
        exchange: &mut Exchange,
        collateral: &Vault<'_, '_>,
        insurance: &Vault<'_, '_>,
    ) -> Result<Settled> {
        let after = self.classes()?;
        let booked = i128::from(exchange.collateral_booked) + after.collateral - self.before.collateral;
        exchange.collateral_booked = u64::try_from(booked).map_err(|_| BreakwaterError::NotConserved)?;
        let is_exact = collateral.balance()?.0 == exchange.collateral_booked
            && i128::from(insurance.balance()?.0) == after.insurance;
        require!(is_exact, BreakwaterError::NotConserved);
        Ok(Settled(()))
    }

    /// I1: classes changed by exactly what the vaults did, and no vault holds less than its classes.
    fn prove(
        self,
        collateral: Option<(&Vault<'_, '_>, &mut Exchange)>,
        insurance: Option<&Vault<'_, '_>>,
    ) -> Result<Settled> {
        // Whoever opened a kind proves it before.
        require!(self.kind.is_none(), BreakwaterError::NotConserved);
        let after = self.classes()?;
        let mut moved = Classes::default();
        if let Some((vault, exchange)) = collateral {
            let (holds, change) = vault.moved()?;
            moved.collateral = change;
            let booked = i128::from(exchange.collateral_booked) + moved.collateral;
            exchange.collateral_booked = u64::try_from(booked).map_err(|_| BreakwaterError::NotConserved)?;
            require_gte!(holds, exchange.collateral_booked, BreakwaterError::NotConserved);
        }
        if let Some(vault) = insurance {
            let (holds, change) = vault.moved()?;
            moved.insurance = change;
            require!(i128::from(holds) >= after.insurance, BreakwaterError::NotConserved);
        }
        let is_exact = after.collateral - self.before.collateral == moved.collateral
            && after.insurance - self.before.insurance == moved.insurance;
        require!(is_exact, BreakwaterError::NotConserved);
        Ok(Settled(()))
    }

    /// Sums everything open; each market must agree with its own parts.
    fn classes(&self) -> Result<Classes> {
        let mut sum = Classes::default();
        for account in &self.accounts {
            sum.collateral += free(account);
        }
        for opened in &self.markets {
            totals::check(books(&opened.market.books)).explained()?;
            sum.collateral += i128::from(opened.market.books.booked);
        }
        if let Some(fund) = &self.fund {
            sum.insurance += i128::from(fund.books.booked);
        }
        Ok(sum)
    }
}

fn free(account: &MarginAccount) -> i128 {
    i128::from(account.books.free)
}
