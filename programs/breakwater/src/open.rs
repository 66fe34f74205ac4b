//! Opening accounts: whoever sends a transaction chooses them, so each is what it claims to be only after this.

use crate::error::BreakwaterError;
use crate::state::{Exchange, Insurance, Market};
use anchor_lang::prelude::*;
use anchor_lang::system_program;
use anchor_lang::{Discriminator, Owner};
use bytemuck::Pod;
use std::cell::{Ref, RefMut};

/// What an account of this program holds.
pub trait State: Pod + Discriminator + Owner {}
impl<T: Pod + Discriminator + Owner> State for T {}

/// Opens an account to read. Passed twice and open to change already: `DuplicateAccount`.
pub fn read<'a, T: State>(account: &'a AccountInfo<'_>) -> Result<Ref<'a, T>> {
    require_ours(account)?;
    let bytes = account.data.try_borrow().map_err(|_| BreakwaterError::DuplicateAccount)?;
    let range = range_of::<T>(&bytes)?;
    Ok(Ref::map(bytes, |bytes| bytemuck::from_bytes(&bytes[range])))
}

/// Opens an account to change. Passed twice: `DuplicateAccount`, because nobody can hold one account in two roles.
pub fn change<'a, T: State>(account: &'a AccountInfo<'_>) -> Result<RefMut<'a, T>> {
    require_ours(account)?;
    require!(account.is_writable, BreakwaterError::NotWritable);
    let bytes = account.data.try_borrow_mut().map_err(|_| BreakwaterError::DuplicateAccount)?;
    let range = range_of::<T>(&bytes)?;
    Ok(RefMut::map(bytes, |bytes| bytemuck::from_bytes_mut(&mut bytes[range])))
}

/// Whether an account is one of these, as far as can be told without opening it: one that is open already may be.
pub fn is<T: State>(account: &AccountInfo<'_>) -> bool {
    let fits = account.data.try_borrow().map_or(true, |bytes| range_of::<T>(&bytes).is_ok());
    *account.owner == crate::ID && fits
}

/// Opens a market of an exchange to read, without its ladder.
pub fn read_market<'a>(exchange: &Pubkey, market: &'a AccountInfo<'_>) -> Result<Ref<'a, Market>> {
    let opened = read::<Market>(market)?;
    require_keys_eq!(opened.exchange, *exchange, BreakwaterError::WrongExchange);
    Ok(opened)
}

/// The same, to change what is nobody's position and no class of the collateral vault.
pub fn change_market<'a>(exchange: &Pubkey, market: &'a AccountInfo<'_>) -> Result<RefMut<'a, Market>> {
    let opened = change::<Market>(market)?;
    require_keys_eq!(opened.exchange, *exchange, BreakwaterError::WrongExchange);
    Ok(opened)
}

/// Opens the insurance fund to read.
pub fn read_fund<'a>(exchange: &Exchange, insurance: &'a AccountInfo<'_>) -> Result<Ref<'a, Insurance>> {
    require_keys_eq!(exchange.insurance, *insurance.key, BreakwaterError::WrongInsurance);
    read(insurance)
}

/// Whether an address has not been opened yet.
pub fn is_new(account: &AccountInfo<'_>) -> bool {
    account.data.try_borrow().is_ok_and(|bytes| bytes.iter().take(8).all(|byte| *byte == 0))
}

/// Closes an account and returns its rent. Emptied, so that nothing later in the transaction finds it open.
pub fn close(account: &AccountInfo<'_>, rent_to: &AccountInfo<'_>) -> Result<()> {
    let rent = account.lamports();
    account.sub_lamports(rent)?;
    rent_to.add_lamports(rent)?;
    account.assign(&system_program::ID);
    account.resize(0)?;
    Ok(())
}

fn require_ours(account: &AccountInfo<'_>) -> Result<()> {
    if *account.owner == crate::ID {
        return Ok(());
    }
    let closed = *account.owner == system_program::ID && account.data_is_empty();
    err!(if closed { BreakwaterError::AccountClosed } else { BreakwaterError::WrongOwner })
}

fn range_of<T: State>(bytes: &[u8]) -> Result<std::ops::Range<usize>> {
    let tag = T::DISCRIMINATOR.len();
    let range = tag..tag + size_of::<T>();
    let fits = bytes.len() >= range.end && bytes.starts_with(T::DISCRIMINATOR);
    require!(fits, BreakwaterError::WrongAccountType);
    Ok(range)
}
