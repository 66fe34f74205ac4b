//! USDC: a mint of the SPL token program, and token accounts.

use anchor_lang::solana_program::program_option::COption;
use anchor_lang::solana_program::program_pack::Pack;
use breakwater_engine::Atoms;
use solana_pubkey::Pubkey;
use spl_token::state::{Account, AccountState, Mint};

use super::chain::Chain;

/// Decimals of USDC.
const DECIMALS: u8 = 6;

/// Puts a mint of six decimals on the chain.
pub fn put_mint(chain: &mut Chain, at: Pubkey, authority: Pubkey) {
    put_mint_of(chain, at, authority, DECIMALS);
}

/// Puts a mint on the chain.
pub fn put_mint_of(chain: &mut Chain, at: Pubkey, authority: Pubkey, decimals: u8) {
    let mint = Mint {
        mint_authority: COption::Some(authority),
        supply: u64::MAX,
        decimals,
        is_initialized: true,
        freeze_authority: COption::None,
    };
    let mut data = vec![0; Mint::LEN];
    mint.pack_into_slice(&mut data);
    chain.put_data(at, spl_token::ID, data);
}

/// Puts a token account on the chain, or replaces its balance: where traders' dollars come from.
pub fn put_wallet(chain: &mut Chain, at: Pubkey, mint: Pubkey, owner: Pubkey, amount: Atoms) {
    let wallet = Account { mint, owner, amount: amount.0, state: AccountState::Initialized, ..Account::default() };
    let mut data = vec![0; Account::LEN];
    wallet.pack_into_slice(&mut data);
    chain.put_data(at, spl_token::ID, data);
}

/// Tokens in an account.
#[must_use]
pub fn balance(chain: &Chain, at: &Pubkey) -> Atoms {
    Atoms(Account::unpack(chain.data(at)).map_or(0, |account| account.amount))
}
