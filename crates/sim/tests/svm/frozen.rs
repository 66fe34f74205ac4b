//! What accounts cost to keep. Their sizes, offsets, discriminators and the errors' numbers are frozen in the program's own
//! `tests/layout.rs`; here is that the chain holds just those bytes, and the rent of them.

use anchor_lang::Discriminator;
use breakwater::state::{Exchange, Insurance, Ladder, LossLedger, MarginAccount, Market, Quote};
use breakwater_sim::venue::Venue;

use crate::stage::Stage;

/// Lamports in a SOL.
const SOL: u64 = 1_000_000_000;

#[test]
fn accounts_on_the_chain_have_their_frozen_sizes_and_discriminators() {
    let mut stage = Stage::with_markets(1);
    let trader = stage.trader(100);
    let quote = stage.ask(0, 10, 10);
    stage.venue.quote(trader, 0, &quote).expect("a quote");
    let (keys, market, account) = (stage.venue.build.keys, stage.venue.markets[0], stage.venue.accounts[trader]);
    let frozen = [
        ("exchange", keys.exchange, Exchange::DISCRIMINATOR, 968),
        ("insurance", keys.insurance, Insurance::DISCRIMINATOR, 120),
        ("ledger", keys.ledger, LossLedger::DISCRIMINATOR, 8_896),
        ("market", market.market, Market::DISCRIMINATOR, 2_432),
        ("ladder", market.ladder, Ladder::DISCRIMINATOR, 202_936),
        ("margin account", account.account, MarginAccount::DISCRIMINATOR, 2_656),
        ("quote", account.quote(&market), Quote::DISCRIMINATOR, 288),
    ];
    for (name, at, discriminator, size) in frozen {
        let data = stage.venue.chain.data(&at);
        assert_eq!((data.len(), &data[..8]), (size, discriminator), "{name}");
    }
}

#[test]
fn rent_stays_within_its_limits() {
    let stage = Stage::empty();
    let rent = |size: usize| stage.venue.chain.rent(8 + size);
    let account = rent(size_of::<MarginAccount>());
    let market = rent(size_of::<Market>()) + rent(size_of::<Ladder>());
    println!("margin account {account}, market with its ladder {market} lamports");
    assert!(account <= SOL / 50);
    assert!(market <= 2 * SOL);
}
