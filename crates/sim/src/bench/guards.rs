//! What the guards' own instructions cost: insurance, outflow, breakers, settling.

use breakwater_engine::layer::Terms;
use breakwater_engine::units::ATOMS_MAX;
use breakwater_engine::{Atoms, Bps};

use super::stage::{Stage, BIRTH, USD};
use super::{rows_of, Measured, Row};
use crate::svm::chain::address;
use crate::svm::insurance::Wallet;
use crate::svm::tokens;
use crate::venue::{AccountId, Venue};

/// Slots and seconds of a day.
const DAY: (u64, i64) = (216_000, 86_400);

/// Stakes, layers, requests, breakers and settling.
pub fn guards() -> Measured<Vec<Row>> {
    let mut rows = insurance()?;
    rows.extend(settling()?);
    Ok(rows)
}

/// A stake that leaves, a layer that expires, fees that are collected, with two markets in which something is open.
fn insurance() -> Measured<Vec<Row>> {
    let mut stage = Stage::new(2)?;
    let wallet = purse(&mut stage, "saver");
    let (build, markets) = (stage.venue.build, stage.venue.markets.clone());
    stage.venue.chain.send(&[("stake", build.stake(&wallet, Atoms(1_000 * USD)))])?;
    let maker = stage.maker(2, 100_000)?;
    let trader = stage.account(10_000)?;
    for market in 0..2 {
        stage.quote(maker, market, 100)?;
        stage.buy(trader, market, 10, &[maker])?;
    }
    let until = stage.venue.now().time + DAY.1;
    let limit = Atoms(1_000 * USD);
    let terms = Terms { attachment: Atoms(0), limit, premium: Bps(1_000), expires_at: until };
    let now = stage.venue.now();
    stage.venue.change_books(0, |books| terms.take_seat(&mut books.market.layers, 0, now))?;
    stage.venue.change_market(0, |listed| listed.underwriters[0] = wallet.owner);
    stage.venue.chain.send(&[("fund_layer", build.fund_layer(&wallet, (&markets[0], 0), limit))])?;
    stage.venue.chain.send(&[("request_exit", build.request_exit(wallet.owner, 1 << 40))])?;
    let request = build.request_withdrawal(&stage.venue.accounts[trader], Atoms(USD));
    stage.venue.chain.send(&[("request_withdrawal", request)])?;
    pass(&mut stage, 8)?;
    let named = [
        ("exit_stake", build.exit_stake(&wallet, &markets)),
        ("withdraw_layer", build.withdraw_layer(&wallet, (&markets[0], 0))),
    ];
    for named in named {
        stage.venue.chain.send(&[named])?;
    }
    let names = ["stake", "request_exit", "exit_stake", "fund_layer", "withdraw_layer", "request_withdrawal"];
    Ok(rows_of(&stage, &names))
}

/// A breaker tripped for a fund that fell, and a market settled because its oracle stays gone.
fn settling() -> Measured<Vec<Row>> {
    let mut stage = Stage::new(1)?;
    stage.venue.change_exchange(|exchange| {
        (exchange.params.guard_hold_seconds, exchange.params.drawdown_guard) = (3_600, 2_000);
    });
    let maker = stage.maker(1, 100_000)?;
    let trader: AccountId = stage.account(10_000)?;
    stage.quote(maker, 0, 100)?;
    stage.buy(trader, 0, 10, &[maker])?;
    stage.venue.advance(8 * DAY.0, 8 * DAY.1);
    let now = stage.venue.now().time;
    stage.venue.change_fund(|fund| (fund.peak, fund.peak_since) = (Atoms(ATOMS_MAX), now));
    let trip = stage.venue.build.trip_breaker();
    stage.venue.chain.send(&[("trip_breaker", trip)])?;
    stage.venue.settle_market(0)?;
    stage.venue.settle_position(trader, 0)?;
    Ok(rows_of(&stage, &["trip_breaker", "settle_market", "settle_position"]))
}

/// Days pass, and every market hears its mark again.
fn pass(stage: &mut Stage, days: i64) -> Measured<()> {
    stage.venue.advance(days.unsigned_abs() * DAY.0, days * DAY.1);
    stage.refresh(BIRTH, 1)
}

/// Somebody with a million dollars of his own.
pub fn purse(stage: &mut Stage, name: &'static str) -> Wallet {
    let wallet = Wallet { owner: address(name, 0), tokens: address(name, 1) };
    stage.venue.chain.give_lamports(wallet.owner);
    let mint = stage.venue.build.keys.mint;
    tokens::put_wallet(&mut stage.venue.chain, wallet.tokens, mint, wallet.owner, Atoms(1_000_000 * USD));
    wallet
}
