//! Accounts that are not what they should be; `wrong_accounts` tries every account of every instruction.

use anchor_lang::solana_program::instruction::AccountMeta;
use breakwater_engine::state::MarketParams;
use breakwater_engine::Atoms;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::keys::MarketKeys;
use breakwater_sim::svm::{decode, pyth, tokens};
use breakwater_sim::venue::{Outcome, Venue};
use solana_pubkey::Pubkey;

use super::{as_is, case, swapped, Case, ALICE, BOB, CAROL};
use crate::stage::{said, Stage, BIRTH, LADDER, USD};

/// Where cases put what they make up.
fn made_up() -> Pubkey {
    address("made up", 0)
}

fn put(stage: &mut Stage, owner: Pubkey, data: Vec<u8>) {
    stage.venue.chain.put_data(made_up(), owner, data);
}

/// A deposit of Alice's with one account exchanged.
fn deposit_with(stage: &mut Stage, from: fn(&Stage) -> Pubkey, to: Pubkey) -> Outcome {
    let built = stage.venue.build.deposit(&stage.venue.accounts[ALICE], Atoms(10 * USD));
    let built = swapped(built, from(stage), to);
    stage.send("", built)
}

fn alices(stage: &Stage) -> Pubkey {
    stage.venue.accounts[ALICE].account
}

fn her_wallet(stage: &Stage) -> Pubkey {
    stage.venue.accounts[ALICE].wallet
}

/// Lists a third market with a number and a source.
fn list(stage: &mut Stage, index: u16, source: u8) -> Outcome {
    let keys = stage.venue.build.keys.market(index);
    let mut built = stage.venue.build.list_market(index, &keys, decode::market_params(&MarketParams::bare()));
    // After the discriminator: the number, then the source.
    built.data[10] = source;
    stage.send("", built)
}

fn ladder_and_price(stage: &mut Stage) {
    let first = said(BIRTH, stage.venue.now().time);
    for index in [2, 3] {
        let keys = stage.venue.build.keys.market(index);
        stage.venue.chain.put_data(keys.ladder, breakwater::ID, vec![0; LADDER]);
        stage.venue.post(&keys, &first);
    }
}

fn ladder_of_nothing(stage: &mut Stage) {
    ladder_and_price(stage);
    put(stage, breakwater::ID, vec![0; LADDER]);
}

/// A refresh of the first market with another price account.
fn refresh_with(stage: &mut Stage, price: Pubkey) -> Outcome {
    let keys = MarketKeys { price, ..stage.venue.markets[0] };
    let built = stage.venue.build.refresh_market(&keys);
    stage.send("", built)
}

fn update(stage: &Stage) -> Vec<u8> {
    pyth::update(stage.venue.markets[0].feed, &said(BIRTH, stage.venue.now().time), 0)
}

fn quotes(stage: &mut Stage) {
    for (account, market) in [(CAROL, 0), (CAROL, 1), (BOB, 0)] {
        let quote = stage.ask(market, 10, 10);
        stage.venue.quote(account, market, &quote).expect("a quote");
    }
}

/// Alice buys from Carol with another quote.
fn trade_with(stage: &mut Stage, quote: Pubkey) -> Outcome {
    let order = stage.buy(0, 10);
    let right = stage.venue.accounts[CAROL].quote(&stage.venue.markets[0]);
    let built = swapped(stage.venue.take(ALICE, 0, &order, &[CAROL]), right, quote);
    stage.send("", built)
}

pub const CASES: &[Case] = &[
    case!("Bob pays into Alice's account", Unauthorised, as_is, |stage| {
        let bob = stage.venue.accounts[BOB].owner;
        deposit_with(stage, |stage| stage.venue.accounts[ALICE].owner, bob)
    }),
    case!("into the other vault", WrongVault, as_is, |stage| {
        let vault = stage.venue.build.keys.insurance_vault;
        deposit_with(stage, |stage| stage.venue.build.keys.collateral_vault, vault)
    }),
    case!("another authority", WrongVaultAuthority, as_is, |stage| {
        let built = stage.venue.build.withdraw(&stage.venue.accounts[CAROL], &[], Atoms(USD));
        let built = swapped(built, stage.venue.build.keys.vault_authority, made_up());
        stage.send("", built)
    }),
    case!(
        "worthless tokens",
        WrongMint,
        |stage| {
            let (mint, owner) = (address("worthless", 0), stage.venue.accounts[ALICE].owner);
            tokens::put_mint(&mut stage.venue.chain, mint, owner);
            tokens::put_wallet(&mut stage.venue.chain, made_up(), mint, owner, Atoms(100 * USD));
        },
        |stage| deposit_with(stage, her_wallet, made_up())
    ),
    case!("from no token account", NotATokenAccount, as_is, |stage| deposit_with(stage, her_wallet, made_up())),
    case!("the price of another market", WrongFeed, as_is, |stage| {
        let price = stage.venue.markets[1].price;
        refresh_with(stage, price)
    }),
    case!(
        "a price verified in part",
        PriceNotVerified,
        |stage| {
            let mut data = update(stage);
            // Partial(5): a byte more than Full.
            data.splice(40..41, [0, 5]);
            put(stage, pyth::RECEIVER, data);
        },
        |stage| refresh_with(stage, made_up())
    ),
    case!("a third kind of source", WrongSource, ladder_and_price, |stage| list(stage, 2, 2)),
    case!("a ladder created for no market", LadderElsewhere, ladder_of_nothing, |stage| {
        let keys = MarketKeys { ladder: made_up(), ..stage.venue.build.keys.market(2) };
        let built = stage.venue.build.list_market(2, &keys, decode::market_params(&MarketParams::bare()));
        stage.send("", built)
    }),
    case!("the market after the next", WrongIndex, ladder_and_price, |stage| list(stage, 3, 0)),
    case!("Carol liquidates herself", DuplicateAccount, as_is, |stage| {
        stage.venue.liquidate(CAROL, 0, CAROL, breakwater_engine::Lots(0))
    }),
    case!("a quote of the other market", WrongMarket, quotes, |stage| {
        let quote = stage.venue.accounts[CAROL].quote(&stage.venue.markets[1]);
        trade_with(stage, quote)
    }),
    case!("a quote of another maker", WrongQuote, quotes, |stage| {
        let quote = stage.venue.accounts[BOB].quote(&stage.venue.markets[0]);
        trade_with(stage, quote)
    }),
    case!(
        "an account of another exchange",
        WrongExchange,
        |stage| {
            let mut data = stage.venue.chain.data(&alices(stage)).to_vec();
            data[8..40].copy_from_slice(made_up().as_ref());
            put(stage, breakwater::ID, data);
        },
        |stage| deposit_with(stage, alices, made_up())
    ),
    case!("the other market's ladder", WrongLadder, as_is, |stage| {
        let keys = MarketKeys { ladder: stage.venue.markets[1].ladder, ..stage.venue.markets[0] };
        let built = stage.venue.build.refresh_market(&keys);
        stage.send("", built)
    }),
    case!("the exchange as its insurance", WrongInsurance, as_is, |stage| {
        let keys = stage.venue.build.keys;
        let built = swapped(stage.venue.build.skim(), keys.insurance, keys.exchange);
        stage.send("", built)
    }),
    case!("the insurance as the ledger", WrongLedger, as_is, |stage| {
        let (build, at) = (stage.venue.build, stage.venue.markets[0]);
        let built = build.resolve_bankruptcy(&stage.venue.accounts[ALICE], None, (&at, &[]));
        let built = swapped(built, build.keys.ledger, build.keys.insurance);
        stage.send("", built)
    }),
    case!("a market without its ladder", AccountsNotInPairs, as_is, |stage| {
        let markets = [stage.venue.markets[0]];
        let mut built = stage.venue.build.withdraw(&stage.venue.accounts[ALICE], &markets, Atoms(USD));
        built.accounts.pop();
        stage.send("", built)
    }),
    case!("a ladder read only", NotWritable, as_is, |stage| {
        let markets = [stage.venue.markets[0]];
        let mut built = stage.venue.build.withdraw(&stage.venue.accounts[ALICE], &markets, Atoms(USD));
        built.accounts.last_mut().expect("a ladder").is_writable = false;
        stage.send("", built)
    }),
    case!("a market as a margin account", WrongAccountType, as_is, |stage| {
        let market = stage.venue.markets[0].market;
        deposit_with(stage, alices, market)
    }),
    case!(
        "an account's bytes under another program",
        WrongOwner,
        |stage| {
            let data = stage.venue.chain.data(&alices(stage)).to_vec();
            put(stage, spl_token::ID, data);
        },
        |stage| deposit_with(stage, alices, made_up())
    ),
    case!(
        "into a closed account",
        AccountClosed,
        |stage| {
            let free = stage.venue.account(CAROL).free;
            stage.venue.withdraw(CAROL, free).expect("a withdrawal");
            let built = stage.venue.build.close_account(&stage.venue.accounts[CAROL]);
            stage.send("", built).expect("a closed account");
        },
        |stage| {
            let built = stage.venue.build.deposit(&stage.venue.accounts[CAROL], Atoms(USD));
            stage.send("", built)
        }
    ),
    case!("the exchange as an account to read and to change", DuplicateAccount, as_is, |stage| {
        let mut built = stage.venue.build.skim();
        let exchange = stage.venue.build.keys.exchange;
        built.accounts.extend([AccountMeta::new(exchange, false), AccountMeta::new(exchange, false)]);
        stage.send("", built)
    }),
];
