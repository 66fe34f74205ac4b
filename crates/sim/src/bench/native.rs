//! How fast the engine catches positions up in native code: what a keeper or an indexer does all day.

use breakwater_engine::state::{AccountBooks, LadderBooks, MarketBooks};
use std::hint::black_box;
use std::time::{Duration, Instant};

use breakwater_engine::hand::Hand;
use breakwater_engine::price::Observation;
use breakwater_engine::units::Now;
use breakwater_engine::{refresh, Lots, Price, Side};

use super::stage::{params, BIRTH, UNIT};
use crate::venue::Books;

const MEMBERS: u64 = 10_000;
const DELEVERAGINGS: u64 = 500;
const MEASURED: Duration = Duration::from_secs(1);

/// Position catch-ups a second on one core: every one finds its record and its pool after 500 deleveragings in a row.
pub fn catch_ups_a_second() -> Result<u64, String> {
    let (books, members) = cascade().map_err(|error| format!("cascade: {error:?}"))?;
    let (view, started) = (books.view(), Instant::now());
    let mut count = 0u64;
    while started.elapsed() < MEASURED {
        for member in &members {
            let holding = view.holding(&member.slots[0]).map_err(|error| format!("holding: {error:?}"))?;
            black_box(holding);
        }
        count += MEMBERS;
    }
    let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    Ok(count * 1_000_000_000 / nanos.max(1))
}

/// Shorts 10 to 60 % above the mark, deleveraged 500 times without anyone being touched.
fn cascade() -> breakwater_engine::Result<(Books, Vec<AccountBooks>)> {
    let now = Now { slot: 1, time: 1 };
    let first =
        Observation { price: BIRTH, confidence: 0, ema_price: BIRTH, ema_confidence: 0, exponent: -8, publish_time: 1 };
    let mut market = MarketBooks::default();
    refresh::list(&mut market, &params(), 0, &first, now)?;
    let mut books = Books { market, ladder: Box::new(LadderBooks::empty()) };
    let mut members = Vec::new();
    for number in 0..MEMBERS {
        let mut account = AccountBooks::default();
        account.slot_or_new(0)?;
        let price = Price(books.market.mark.price.0 / 10_000 * (11_000 + 5_000 * number / MEMBERS));
        let lots = Lots(UNIT);
        let cash = i128::from(price.value_ceil(lots)?.0);
        books.books().place(&mut account, Hand { side: Side::Short, lots, cash })?;
        members.push(account);
    }
    for _ in 0..DELEVERAGINGS {
        let _ = books.books().side_at(Side::Short)?.deleverage(Lots(10 * UNIT), 24)?;
    }
    Ok((books, members))
}
