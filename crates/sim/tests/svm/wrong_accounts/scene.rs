//! Two exchanges with everything an instruction could be handed by mistake or malice.

use anchor_lang::system_program;
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::Atoms;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::instructions::Build;
use breakwater_sim::svm::keys::{AccountKeys, ExchangeKeys, MarketKeys};
use breakwater_sim::svm::{decode, tokens};
use breakwater_sim::venue::{AccountId, MarketId, Venue};
use solana_account::Account;
use solana_pubkey::Pubkey;

use super::{row, swap, Change, Row};
use crate::stage::{said, Stage, BIRTH, LADDER, USD};

/// Who is there.
pub const ALICE: AccountId = 0;
/// Stands opposite to Alice.
pub const BOB: AccountId = 1;
/// Has money and no position.
pub const CAROL: AccountId = 2;

/// An exchange where Alice is long and Bob short in both markets, and another exchange.
pub struct Scene {
    /// The first exchange.
    pub stage: Stage,
    /// Builds instructions of the other one.
    pub other: Build,
    /// The other's market.
    pub other_market: MarketKeys,
    /// An account of Alice's on the other exchange.
    pub other_account: AccountKeys,
    /// Addresses made up so far.
    made: usize,
}

impl Scene {
    /// Sets it.
    pub fn new() -> Scene {
        let mut stage = Stage::with_markets(2);
        let (alice, bob, _) = (stage.trader(1_000), stage.trader(100_000), stage.trader(50_000));
        for market in [0, 1] {
            stage.pair(market, alice, bob, 5_000);
        }
        let keys = ExchangeKeys::of(1);
        let other = Build { keys, ..stage.venue.build };
        let other_market = keys.market(0);
        let other_account = AccountKeys { wallet: stage.venue.accounts[ALICE].wallet, ..keys.account(ALICE) };
        let mut scene = Scene { stage, other, other_market, other_account, made: 0 };
        scene.build_other();
        scene
    }

    fn build_other(&mut self) {
        let (build, market, account) = (self.other, self.other_market, self.other_account);
        let venue = &mut self.stage.venue;
        let params = decode::exchange_params(&ExchangeParams::bare());
        build.keys.prepare(&mut venue.chain);
        venue.chain.put_data(market.ladder, breakwater::ID, vec![0; LADDER]);
        let first = said(BIRTH, venue.now().time);
        venue.post(&market, &first);
        let steps = [
            build.initialise_exchange(params),
            build.list_market(0, &market, decode::market_params(&MarketParams::bare())),
            build.open_account(&account),
        ];
        for step in steps {
            venue.chain.send(&[("", step)]).expect("the other exchange");
        }
    }

    /// Builds instructions of the first exchange.
    pub fn build(&self) -> Build {
        self.stage.venue.build
    }

    /// The first exchange's addresses.
    pub fn keys(&self) -> ExchangeKeys {
        self.build().keys
    }

    /// A trader's addresses.
    pub fn account(&self, account: AccountId) -> AccountKeys {
        self.stage.venue.accounts[account]
    }

    /// A market's addresses.
    pub fn market(&self, market: MarketId) -> MarketKeys {
        self.stage.venue.markets[market]
    }

    /// Somebody without any right.
    pub fn stranger(&mut self) -> Pubkey {
        let stranger = address("stranger", 0);
        self.stage.venue.chain.give_lamports(stranger);
        stranger
    }

    fn fresh(&mut self) -> Pubkey {
        self.made += 1;
        address("made up", self.made)
    }

    /// A copy of an account at another address.
    pub fn copy(&mut self, of: Pubkey) -> Pubkey {
        self.copy_owned(of, breakwater::ID)
    }

    /// The same bytes under another program.
    pub fn copy_owned(&mut self, of: Pubkey, owner: Pubkey) -> Pubkey {
        let at = self.fresh();
        let data = self.stage.venue.chain.data(&of).to_vec();
        self.stage.venue.chain.put_data(at, owner, data);
        at
    }

    /// An address where nothing is: as after an account was closed.
    pub fn closed(&mut self) -> Pubkey {
        self.fresh()
    }

    /// A closed account somebody sent lamports to.
    pub fn dusted(&mut self) -> Pubkey {
        let at = self.fresh();
        self.stage.venue.chain.put(at, Account { lamports: 1_000_000, ..Account::default() });
        at
    }

    /// A token account of any mint and owner with money in it.
    pub fn token_account(&mut self, mint: Pubkey, owner: Pubkey) -> Pubkey {
        let at = self.fresh();
        tokens::put_wallet(&mut self.stage.venue.chain, at, mint, owner, Atoms(1_000 * USD));
        at
    }

    /// A mint nobody knows.
    pub fn other_mint(&mut self) -> Pubkey {
        let at = address("worthless", 0);
        tokens::put_mint(&mut self.stage.venue.chain, at, system_program::ID);
        at
    }

    /// What is true of every account of the program that is opened by its type: other programs' bytes, closed accounts,
    /// accounts of another type, one with nothing but a discriminator.
    pub fn typed(&mut self, name: &str, key: Pubkey) -> Vec<Row> {
        let forged = self.copy_owned(key, spl_token::ID);
        let (closed, dusted) = (self.closed(), self.dusted());
        let short = self.fresh();
        let head = self.stage.venue.chain.data(&key)[..8].to_vec();
        self.stage.venue.chain.put_data(short, breakwater::ID, head);
        vec![
            swap(&format!("{name} of another program"), key, forged, "WrongOwner"),
            swap(&format!("{name} closed"), key, closed, "AccountClosed"),
            swap(&format!("{name} closed, with lamports"), key, dusted, "AccountClosed"),
            swap(&format!("{name} of another type"), key, self.keys().ledger, "WrongAccountType"),
            swap(&format!("{name} cut short"), key, short, "WrongAccountType"),
        ]
    }

    /// The same, where the instruction changes it.
    pub fn typed_mut(&mut self, name: &str, key: Pubkey, error: &'static str) -> Vec<Row> {
        let mut rows = self.typed(name, key);
        rows.push(row(&format!("{name} read only"), Change::ReadOnly(key), error));
        rows
    }

    /// The owner's signature: missing, another's, another's who signed.
    pub fn owned(&mut self, owner: Pubkey) -> Vec<Row> {
        let stranger = self.stranger();
        let bob = self.account(BOB).owner;
        vec![
            row("owner does not sign", Change::Unsign(owner), "AccountNotSigner"),
            swap("a stranger signs", owner, stranger, "Unauthorised"),
            swap("another trader signs", owner, bob, "Unauthorised"),
        ]
    }

    /// A market with its ladder: another exchange's, the ladder of another market, both of the wrong type, read only.
    pub fn market_rows(&mut self, market: MarketId, read_only: Option<&'static str>) -> Vec<Row> {
        let (keys, other) = (self.market(market), self.market(1 - market));
        let foreign = self.other_market;
        let ladder = self.copy(keys.ladder);
        let mut rows = self.typed("market", keys.market);
        rows.extend(vec![
            swap("market of another exchange", keys.market, foreign.market, "WrongExchange"),
            swap("market swapped, ladder not", keys.market, other.market, "WrongLadder"),
            swap("ladder of another market", keys.ladder, other.ladder, "WrongLadder"),
            swap("ladder of another exchange", keys.ladder, foreign.ladder, "WrongLadder"),
            swap("a copy of the ladder", keys.ladder, ladder, "WrongLadder"),
        ]);
        if let Some(error) = read_only {
            rows.push(row("market read only", Change::ReadOnly(keys.market), error));
            rows.push(row("ladder read only", Change::ReadOnly(keys.ladder), error));
        }
        rows
    }

    /// A vault: any other token account of the same authority (F17), one of another mint, the other vault, another exchange's.
    pub fn vault_rows(&mut self, vault: Pubkey, others: [Pubkey; 2]) -> Vec<Row> {
        let (mint, worthless) = (self.keys().mint, self.other_mint());
        let authority = self.keys().vault_authority;
        let same_authority = self.token_account(mint, authority);
        let another_mint = self.token_account(worthless, authority);
        let closed = self.closed();
        let [other_vault, foreign] = others;
        vec![
            swap("vault: another token account of the authority", vault, same_authority, "WrongVault"),
            swap("vault of another mint", vault, another_mint, "WrongVault"),
            swap("vault: the other vault", vault, other_vault, "WrongVault"),
            swap("vault of another exchange", vault, foreign, "WrongVault"),
            swap("vault closed", vault, closed, "WrongVault"),
            row("vault read only", Change::ReadOnly(vault), "ConstraintMut"),
        ]
    }

    /// The collateral vault.
    pub fn collateral_rows(&mut self) -> Vec<Row> {
        let keys = self.keys();
        self.vault_rows(keys.collateral_vault, [keys.insurance_vault, self.other.keys.collateral_vault])
    }

    /// The insurance vault.
    pub fn insurance_rows(&mut self) -> Vec<Row> {
        let keys = self.keys();
        self.vault_rows(keys.insurance_vault, [keys.collateral_vault, self.other.keys.insurance_vault])
    }

    /// The vaults' authority.
    pub fn authority_rows(&mut self) -> Vec<Row> {
        let (authority, stranger) = (self.keys().vault_authority, self.stranger());
        vec![
            swap("vault authority: a stranger", authority, stranger, "WrongVaultAuthority"),
            swap(
                "vault authority of another exchange",
                authority,
                self.other.keys.vault_authority,
                "WrongVaultAuthority",
            ),
        ]
    }

    /// What Anchor's events need, and the token program.
    pub fn program_rows(&mut self, token: bool) -> Vec<Row> {
        let (events, stranger) = (self.build().event_authority, self.stranger());
        let mut rows = vec![swap("event authority: a stranger", events, stranger, "ConstraintAddress")];
        if token {
            rows.push(swap("token program: the system program", spl_token::ID, system_program::ID, "InvalidProgramId"));
        }
        rows
    }

    /// The exchange: another one, or none.
    pub fn exchange_rows(&mut self, read_only: Option<&'static str>) -> Vec<Row> {
        let (keys, foreign) = (self.keys(), self.other.keys.exchange);
        let mut rows = self.typed("exchange", keys.exchange);
        rows.push(swap("another exchange", keys.exchange, foreign, "WrongExchange"));
        if let Some(error) = read_only {
            rows.push(row("exchange read only", Change::ReadOnly(keys.exchange), error));
        }
        rows
    }

    /// The record of an owner's debts: another owner's, another exchange's.
    pub fn trader_rows(&mut self, of: AccountId, other: AccountId) -> Vec<Row> {
        let (trader, foreign) = (self.account(of).trader, self.other_account.trader);
        let mut rows = self.typed_mut("trader", trader, "ConstraintMut");
        rows.push(swap("trader of another owner", trader, self.account(other).trader, "WrongTrader"));
        rows.push(swap("trader of another exchange", trader, foreign, "WrongTrader"));
        rows
    }

    /// A trader's margin account: closed, of another type or program, of the other exchange.
    pub fn account_rows(&mut self, account: AccountId) -> Vec<Row> {
        let keys = self.account(account);
        let foreign = self.other_account.account;
        let mut rows = self.typed_mut("account", keys.account, "ConstraintMut");
        rows.push(swap("account of another exchange", keys.account, foreign, "WrongExchange"));
        rows
    }
}
