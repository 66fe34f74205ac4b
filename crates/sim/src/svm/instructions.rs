//! The program's instructions, through the types Anchor generates: what any client would send.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_lang::{system_program, InstructionData, ToAccountMetas};
use breakwater::instructions::{ExchangeArgs, MarketArgs, OrderArgs, QuoteArgs};
use breakwater::state::{ExchangeParams, Level, MarketParams, SOURCE_NONE, SOURCE_PULL};
use breakwater::{accounts, instruction};
use breakwater_engine::state::QuoteBooks;
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Side};
use solana_pubkey::Pubkey;

use super::keys::{AccountKeys, ExchangeKeys, MarketKeys};
use super::pyth;

/// Builds instructions of one exchange.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// Its addresses.
    pub keys: ExchangeKeys,
    /// The address events are signed by: an address is dear to derive.
    pub event_authority: Pubkey,
}

/// What shows a program its transaction's instructions.
pub const INSTRUCTIONS: Pubkey = Pubkey::from_str_const("Sysvar1nstructions1111111111111111111111111");

pub(super) fn assemble(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction { program_id: breakwater::ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

pub(super) fn pairs(markets: &[MarketKeys], writable: bool) -> impl Iterator<Item = AccountMeta> + '_ {
    let meta = move |key| if writable { AccountMeta::new(key, false) } else { AccountMeta::new_readonly(key, false) };
    markets.iter().flat_map(move |keys| [meta(keys.market), meta(keys.ladder)])
}

impl Build {
    /// Creates the exchange.
    #[must_use]
    pub fn initialise_exchange(&self, params: ExchangeParams) -> Instruction {
        let keys = &self.keys;
        let accounts = accounts::InitialiseExchange {
            authority: keys.authority,
            exchange: keys.exchange,
            insurance: keys.insurance,
            ledger: keys.ledger,
            mint: keys.mint,
            collateral_vault: keys.collateral_vault,
            insurance_vault: keys.insurance_vault,
            vault_authority: keys.vault_authority,
            treasury: keys.treasury,
            keeper_fees: keys.keeper_fees,
            token_program: spl_token::ID,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let args = ExchangeArgs {
            id: keys.id,
            receiver: pyth::RECEIVER,
            push_oracle: pyth::PUSH_ORACLE,
            guardian: keys.guardian,
            params,
        };
        assemble(accounts, instruction::InitialiseExchange { args })
    }

    /// Lists a market over a ladder account that exists and is zero.
    #[must_use]
    pub fn list_market(&self, index: u16, market: &MarketKeys, params: MarketParams) -> Instruction {
        let accounts = accounts::ListMarket {
            authority: self.keys.authority,
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            ladder_base: market.ladder_base,
            price: market.price,
            instructions: INSTRUCTIONS,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut name = [0; 16];
        name[..2].copy_from_slice(&index.to_be_bytes());
        let args = MarketArgs {
            index,
            source: SOURCE_PULL,
            feed: market.feed,
            second_source: SOURCE_NONE,
            second_feed: [0; 32],
            name,
            params,
        };
        assemble(accounts, instruction::ListMarket { args })
    }

    /// Opens a margin account.
    #[must_use]
    pub fn open_account(&self, account: &AccountKeys) -> Instruction {
        self.open_account_at(account, 0)
    }

    /// Opens the account of an owner with a number.
    #[must_use]
    pub fn open_account_at(&self, account: &AccountKeys, index: u16) -> Instruction {
        let accounts = accounts::OpenAccount {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            trader: account.trader,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::OpenAccount { index })
    }

    /// Closes a margin account.
    #[must_use]
    pub fn close_account(&self, account: &AccountKeys) -> Instruction {
        let accounts = accounts::CloseAccount {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::CloseAccount {})
    }

    /// Pays collateral in.
    #[must_use]
    pub fn deposit(&self, account: &AccountKeys, amount: Atoms) -> Instruction {
        let accounts = accounts::Deposit {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            trader: account.trader,
            from: account.wallet,
            collateral_vault: self.keys.collateral_vault,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Deposit { amount: amount.0 })
    }

    /// Takes free cash out; `markets` are all the account's.
    #[must_use]
    pub fn withdraw(&self, account: &AccountKeys, markets: &[MarketKeys], amount: Atoms) -> Instruction {
        let accounts = accounts::Withdraw {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            to: account.wallet,
            collateral_vault: self.keys.collateral_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::Withdraw { amount: amount.0 });
        built.accounts.extend(pairs(markets, true));
        built
    }

    /// Moves margin into a position or out of it.
    #[must_use]
    pub fn allocate_margin(&self, account: &AccountKeys, market: &MarketKeys, amount: i64) -> Instruction {
        let accounts = accounts::AllocateMargin {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::AllocateMargin { amount })
    }

    /// Isolates a position, or makes it cross again; `others` are the account's other markets.
    #[must_use]
    pub fn isolate_position(
        &self,
        account: &AccountKeys,
        at: (&MarketKeys, &[MarketKeys]),
        isolated: bool,
    ) -> Instruction {
        let (market, others) = at;
        let accounts = accounts::IsolatePosition {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::IsolatePosition { isolated });
        built.accounts.extend(pairs(others, true));
        built
    }

    /// Reads a market's price.
    #[must_use]
    pub fn refresh_market(&self, market: &MarketKeys) -> Instruction {
        let accounts = accounts::RefreshMarket {
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            price: market.price,
            second: None,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::RefreshMarket {})
    }

    /// Replaces a maker's offers; `others` are the account's other markets.
    #[must_use]
    pub fn set_quote(
        &self,
        account: &AccountKeys,
        at: (&MarketKeys, &[MarketKeys]),
        wanted: &QuoteBooks,
    ) -> Instruction {
        let (market, others) = at;
        let accounts = accounts::SetQuote {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            quote: account.quote(market),
            market: market.market,
            ladder: market.ladder,
            system_program: system_program::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let args = QuoteArgs {
            bids: wanted.bids.map(level),
            asks: wanted.asks.map(level),
            expires: wanted.expires,
            mark_age_slots_max: wanted.mark_age_slots_max,
            reduce_only: wanted.reduce_only != 0,
        };
        let mut built = assemble(accounts, instruction::SetQuote { args });
        built.accounts.extend(pairs(others, false));
        built
    }

    /// Takes a quote back.
    #[must_use]
    pub fn cancel_quote(&self, account: &AccountKeys, market: &MarketKeys) -> Instruction {
        let accounts = accounts::CancelQuote {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            quote: account.quote(market),
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::CancelQuote {})
    }

    /// Trades; `others` are the taker's other markets, to change where the order may close.
    #[must_use]
    pub fn trade(
        &self,
        account: &AccountKeys,
        at: (&MarketKeys, &[MarketKeys], bool),
        order: &Order,
        makers: &[AccountKeys],
    ) -> Instruction {
        let (market, others, writable) = at;
        let accounts = accounts::Trade {
            owner: account.owner,
            exchange: self.keys.exchange,
            account: account.account,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let args = OrderArgs {
            side: if order.side == Side::Long { 0 } else { 1 },
            lots: order.lots.0,
            limit: order.limit.0,
            reduce_only: order.reduce_only,
            min_fill: order.min_fill.0,
            makers: makers.len() as u8,
        };
        let mut built = assemble(accounts, instruction::Trade { args });
        built.accounts.extend(pairs(others, writable));
        let seats = makers.iter().flat_map(|maker| [maker.account, maker.quote(market)]);
        built.accounts.extend(seats.map(|key| AccountMeta::new(key, false)));
        built
    }

    /// Tier 1; `others` are the victim's other markets.
    #[must_use]
    pub fn liquidate(
        &self,
        parties: (&AccountKeys, &AccountKeys),
        at: (&MarketKeys, &[MarketKeys]),
        lots: Lots,
    ) -> Instruction {
        let ((victim, liquidator), (market, others)) = (parties, at);
        let accounts = accounts::Liquidate {
            owner: liquidator.owner,
            exchange: self.keys.exchange,
            account: victim.account,
            liquidator: liquidator.account,
            trader: victim.trader,
            market: market.market,
            ladder: market.ladder,
            insurance: self.keys.insurance,
            collateral_vault: self.keys.collateral_vault,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::Liquidate { lots: lots.0 });
        built.accounts.extend(pairs(others, true));
        built
    }

    /// Tiers 2 to 4; `others` are the victim's other markets.
    #[must_use]
    pub fn resolve_bankruptcy(
        &self,
        victim: &AccountKeys,
        against: Option<&AccountKeys>,
        at: (&MarketKeys, &[MarketKeys]),
    ) -> Instruction {
        let (market, others) = at;
        let accounts = accounts::ResolveBankruptcy {
            exchange: self.keys.exchange,
            account: victim.account,
            against: against.map(|keys| keys.account),
            trader: victim.trader,
            against_trader: against.filter(|keys| keys.owner != victim.owner).map(|keys| keys.trader),
            market: market.market,
            ladder: market.ladder,
            insurance: self.keys.insurance,
            ledger: self.keys.ledger,
            collateral_vault: self.keys.collateral_vault,
            insurance_vault: self.keys.insurance_vault,
            vault_authority: self.keys.vault_authority,
            token_program: spl_token::ID,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::ResolveBankruptcy {});
        built.accounts.extend(pairs(others, true));
        built
    }

    /// Brings an account up to date; `markets` are all the account's.
    #[must_use]
    pub fn sync_position(
        &self,
        account: &AccountKeys,
        payee: Option<&AccountKeys>,
        markets: &[MarketKeys],
    ) -> Instruction {
        let accounts = accounts::SyncPosition {
            exchange: self.keys.exchange,
            account: account.account,
            payee: payee.map(|keys| keys.account),
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        let mut built = assemble(accounts, instruction::SyncPosition {});
        built.accounts.extend(pairs(markets, true));
        built
    }

    /// Moves lines to a new grid.
    #[must_use]
    pub fn rebase(&self, market: &MarketKeys, lines: u32) -> Instruction {
        let accounts = accounts::Rebase {
            exchange: self.keys.exchange,
            market: market.market,
            ladder: market.ladder,
            event_authority: self.event_authority,
            program: breakwater::ID,
        };
        assemble(accounts, instruction::Rebase { lines })
    }
}

fn level(level: breakwater_engine::state::Level) -> Level {
    Level { size: level.size.0, price: level.price.0, pegged: level.pegged }
}
