//! The vaults: the only file that calls the token program.

use crate::error::BreakwaterError;
use crate::seeds;
use crate::state::{Collateral, Exchange};
use anchor_lang::prelude::*;
use anchor_spl::token::{self, spl_token, Transfer};
use breakwater_engine::Atoms;

/// Size of a token account, and where in it mint, owner, amount and state are.
const TOKEN_ACCOUNT: usize = 165;
const MINT: std::ops::Range<usize> = 0..32;
const OWNER: std::ops::Range<usize> = 32..64;
const AMOUNT: std::ops::Range<usize> = 64..72;
const STATE: usize = 108;
/// The state of an account that is neither closed nor frozen.
const INITIALISED: u8 = 1;

/// A vault, and its balance when the instruction began. Amounts are smallest units of its own mint: atoms in the exchange's two
/// vaults, what the mint says in those of other collateral.
pub struct Vault<'a, 'info> {
    account: &'a AccountInfo<'info>,
    before: u64,
}

/// What signs for tokens leaving a vault.
pub struct VaultSigner<'a, 'info> {
    authority: &'a AccountInfo<'info>,
    exchange: &'a Pubkey,
    bump: u8,
}

impl<'a, 'info> VaultSigner<'a, 'info> {
    /// The exchange's vault authority.
    pub fn of(exchange: &Exchange, key: &'a Pubkey, authority: &'a AccountInfo<'info>) -> Result<Self> {
        require_keys_eq!(*authority.key, exchange.vault_authority, BreakwaterError::WrongVaultAuthority);
        Ok(VaultSigner { authority, exchange: key, bump: exchange.vault_authority_bump })
    }
}

impl<'a, 'info> Vault<'a, 'info> {
    /// The exchange's collateral vault: its address is pinned, so its mint and owner are too.
    pub fn collateral(exchange: &Exchange, account: &'a AccountInfo<'info>) -> Result<Self> {
        Vault::pinned(&exchange.collateral_vault, account)
    }

    /// The exchange's insurance vault.
    pub fn insurance(exchange: &Exchange, account: &'a AccountInfo<'info>) -> Result<Self> {
        Vault::pinned(&exchange.insurance_vault, account)
    }

    /// The vault of a kind of other collateral.
    pub fn of_kind(kind: &Collateral, account: &'a AccountInfo<'info>) -> Result<Self> {
        Vault::pinned(&kind.vault, account)
    }

    fn pinned(address: &Pubkey, account: &'a AccountInfo<'info>) -> Result<Self> {
        require_keys_eq!(*account.key, *address, BreakwaterError::WrongVault);
        Ok(Vault { account, before: balance(account)? })
    }

    /// Tokens in it now.
    pub fn balance(&self) -> Result<Atoms> {
        balance(self.account).map(Atoms)
    }

    /// Tokens in it now, and by how much that has changed since the instruction began.
    pub fn moved(&self) -> Result<(u64, i128)> {
        let now = balance(self.account)?;
        Ok((now, i128::from(now) - i128::from(self.before)))
    }

    /// Takes tokens in and returns what arrived, which is what may be credited (F13). The first thing that moves in the vault.
    pub fn receive(&self, from: &AccountInfo<'info>, owner: &AccountInfo<'info>, amount: Atoms) -> Result<Atoms> {
        let accounts = Transfer { from: from.clone(), to: self.account.clone(), authority: owner.clone() };
        token::transfer(CpiContext::new(spl_token::ID, accounts), amount.0)?;
        Ok(self.balance()?.beyond(Atoms(self.before)))
    }

    /// Whether tokens may be sent to an account: it holds their mint, and is not the vault itself, into which nothing would
    /// move and the books would not add up.
    pub fn require_payee(&self, mint: &Pubkey, to: &AccountInfo<'_>) -> Result<()> {
        require_mint_of(mint, to)?;
        require_keys_neq!(*to.key, *self.account.key, BreakwaterError::DuplicateAccount);
        Ok(())
    }

    /// Sends tokens out. Nothing to send is nothing to do.
    pub fn send(&self, to: &AccountInfo<'info>, signer: &VaultSigner<'_, 'info>, amount: Atoms) -> Result<()> {
        if amount.is_zero() {
            return Ok(());
        }
        let accounts = Transfer { from: self.account.clone(), to: to.clone(), authority: signer.authority.clone() };
        let seeds: &[&[u8]] = &[seeds::VAULT_AUTHORITY, signer.exchange.as_ref(), &[signer.bump]];
        token::transfer(CpiContext::new_with_signer(spl_token::ID, accounts, &[seeds]), amount.0)
    }

    /// Moves tokens to another vault.
    pub fn move_to(&self, other: &Vault<'_, 'info>, signer: &VaultSigner<'_, 'info>, amount: Atoms) -> Result<()> {
        self.send(other.account, signer, amount)
    }
}

/// Whether a trader's token account holds the exchange's mint; the token program checks who may move it.
pub fn require_mint(exchange: &Exchange, account: &AccountInfo<'_>) -> Result<()> {
    require_mint_of(&exchange.mint, account)
}

/// The same for another mint.
pub fn require_mint_of(mint: &Pubkey, account: &AccountInfo<'_>) -> Result<()> {
    let bytes = token_account(account)?;
    require!(bytes[MINT] == mint.to_bytes(), BreakwaterError::WrongMint);
    Ok(())
}

/// Whether protocol fees may go to an account: an initialised token account of the exchange's mint that is not the exchange's own, so
/// that what is sent there has left. Refuses with `WrongTreasury` what belongs to `vault_authority`.
pub fn require_fee_account(mint: &Pubkey, vault_authority: &Pubkey, account: &AccountInfo<'_>) -> Result<()> {
    require_mint_of(mint, account)?;
    let bytes = token_account(account)?;
    require!(bytes[STATE] == INITIALISED, BreakwaterError::NotATokenAccount);
    require!(bytes[OWNER] != vault_authority.to_bytes(), BreakwaterError::WrongTreasury);
    Ok(())
}

/// Tokens in a vault. Its pinned address says what it is: this program made it a token account, and nobody can close it.
fn balance(account: &AccountInfo<'_>) -> Result<u64> {
    let bytes = account.data.try_borrow().map_err(|_| BreakwaterError::DuplicateAccount)?;
    let bytes = bytes.get(AMOUNT).ok_or(BreakwaterError::NotATokenAccount)?;
    let mut amount = [0; 8];
    amount.copy_from_slice(bytes);
    Ok(u64::from_le_bytes(amount))
}

fn token_account<'a>(account: &'a AccountInfo<'_>) -> Result<std::cell::Ref<'a, [u8]>> {
    let is_token = *account.owner == spl_token::ID && account.data_len() == TOKEN_ACCOUNT;
    require!(is_token, BreakwaterError::NotATokenAccount);
    let bytes = account.data.try_borrow().map_err(|_| BreakwaterError::DuplicateAccount)?;
    Ok(std::cell::Ref::map(bytes, |bytes| &**bytes))
}
