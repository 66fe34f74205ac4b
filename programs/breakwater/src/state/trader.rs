//! What an owner owes, across all his margin accounts.

use crate::error::{BreakwaterError, Explain};
use crate::layout::books;
use crate::open;
use crate::state::MarginAccount;
use anchor_lang::prelude::*;
use breakwater_engine::{recovery, Atoms};
use std::cell::RefMut;

/// An owner's debts on an exchange: deficits of his accounts that others bore. Deposits serve them first.
#[account(zero_copy)]
pub struct Trader {
    /// The exchange.
    pub exchange: Pubkey,
    /// The owner.
    pub owner: Pubkey,
    /// Sum of the debts in all slots of all his accounts, atoms.
    pub owed: u64,
    /// Bump of its address.
    pub bump: u8,
    /// Padding.
    pub reserved: [u8; 7],
}

/// Whose debts an instruction may add to: the owners of one account, or of two closed against each other.
pub struct Debtors<'a> {
    first: RefMut<'a, Trader>,
    /// Where the second account is another owner's.
    second: Option<RefMut<'a, Trader>>,
    before: [Atoms; 2],
}

impl Trader {
    /// Opens the record of an account's owner to change. There is one of each owner: only this program creates them, at one
    /// address.
    pub fn open<'a>(record: &'a AccountInfo<'_>, of: &MarginAccount) -> Result<RefMut<'a, Trader>> {
        let opened = open::change::<Trader>(record)?;
        let is_his = opened.owner == of.owner && opened.exchange == of.exchange;
        require!(is_his, BreakwaterError::WrongTrader);
        Ok(opened)
    }
}

impl<'a> Debtors<'a> {
    /// Before whatever may leave a debt: the record of the first account's owner, and of the second's where he is another.
    pub fn open(
        accounts: &[RefMut<'_, MarginAccount>],
        first: &'a AccountInfo<'_>,
        second: Option<&'a AccountInfo<'_>>,
    ) -> Result<Debtors<'a>> {
        let mut before = [Atoms::ZERO; 2];
        for (before, account) in before.iter_mut().zip(accounts) {
            *before = books(&account.books).debt().explained()?;
        }
        let first = Trader::open(first, &accounts[0])?;
        let second = match (accounts.get(1), second) {
            (Some(account), Some(record)) => Some(Trader::open(record, account)?),
            (Some(account), None) if account.owner == first.owner => None,
            (None, None) => None,
            _ => return err!(BreakwaterError::WrongTrader),
        };
        Ok(Debtors { first, second, before })
    }

    /// After it: what an account owes more, its owner owes more.
    pub fn note(mut self, accounts: &[RefMut<'_, MarginAccount>]) -> Result<()> {
        for ((at, account), before) in accounts.iter().enumerate().zip(self.before) {
            let other = self.second.as_mut().filter(|_| at > 0);
            let record = other.unwrap_or(&mut self.first);
            record.owed = recovery::note_debt(Atoms(record.owed), before, books(&account.books)).explained()?.0;
        }
        Ok(())
    }
}
