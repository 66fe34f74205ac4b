//! Random days: scripts that make sense often enough to reach every tier, and not so often that nothing is refused.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::decimal::{fixed, trimmed};

/// Names and first prices, cents.
const MARKETS: [(&str, i64); 2] = [("SOL", 22_000), ("BTC", 12_200_000)];
/// Deep pockets, who quote and take over; and everyone else.
const HOUSES: [&str; 2] = ["anna", "ben"];
const TRADERS: [&str; 4] = ["cora", "dora", "emil", "fay"];

/// A day in the making.
struct Day {
    rng: ChaCha8Rng,
    lines: Vec<String>,
    /// Marks, cents.
    marks: [i64; 2],
}

/// A script of about `operations` operations after its opening.
#[must_use]
pub fn random_day(seed: u64, operations: usize) -> String {
    let mut day = Day { rng: ChaCha8Rng::seed_from_u64(seed), lines: Vec::new(), marks: MARKETS.map(|(_, mark)| mark) };
    day.open();
    for _ in 0..operations {
        day.operation();
    }
    day.say(r#"{"op":"check"}"#.into());
    day.lines.join("\n")
}

impl Day {
    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn open(&mut self) {
        self.say(r#"{"op":"exchange"}"#.into());
        for (market, _) in MARKETS {
            let auction = self.rng.random_range(1..30);
            let cover = self.rng.random_range(0..400);
            let after = self.rng.random_range(auction + 1..200);
            let floor = self.rng.random_range(1u64..2_000) * 1_000_000;
            self.say(format!(
                r#"{{"op":"market","name":"{market}","auction_slots":{auction},"cover_grant":"{cover}","deleverage_after_slots":{after},"funding_ema_seconds":60,"slice_floor":{floor}}}"#,
            ));
        }
        let fund = self.rng.random_range(1..2_000);
        self.say(format!(r#"{{"op":"insurance","usd":"{fund}"}}"#));
        for account in HOUSES {
            self.enter(account, 30_000..90_000);
            for (market, _) in MARKETS {
                let usd = self.rng.random_range(5_000..14_000);
                self.say(format!(r#"{{"op":"allocate","account":"{account}","market":"{market}","usd":"{usd}"}}"#));
            }
        }
        for account in TRADERS {
            self.enter(account, 60..4_000);
        }
        for market in 0..MARKETS.len() {
            self.price(market, 10);
        }
    }

    fn enter(&mut self, account: &str, usd: std::ops::Range<u64>) {
        let usd = self.rng.random_range(usd);
        self.say(format!(r#"{{"op":"account","name":"{account}"}}"#));
        self.say(format!(r#"{{"op":"deposit","account":"{account}","usd":"{usd}.{:06}"}}"#, usd * 37 % 1_000_000));
    }

    fn operation(&mut self) {
        let market = self.rng.random_range(0..MARKETS.len());
        match self.rng.random_range(0..100) {
            0..18 => self.price(market, 150),
            18..22 => self.price(market, 600),
            22..50 => self.cross(market),
            50..58 => self.allocate(market),
            58..70 => self.keep(market),
            70..80 => self.resolve(market),
            80..88 => self.simple("sync"),
            88..92 => self.advance(),
            92..95 => self.cash("deposit"),
            _ => self.cash("withdraw"),
        }
    }

    /// Mostly traders: things happen to them.
    fn account(&mut self) -> &'static str {
        if self.rng.random_range(0..8) == 0 {
            return self.house();
        }
        TRADERS.choose(&mut self.rng).copied().unwrap_or(TRADERS[0])
    }

    fn house(&mut self) -> &'static str {
        HOUSES.choose(&mut self.rng).copied().unwrap_or(HOUSES[0])
    }

    /// A move of up to `bps`, downwards twice as often.
    fn price(&mut self, market: usize, bps: i64) {
        let shift = self.rng.random_range(-2 * bps..=bps);
        let (name, birth) = MARKETS[market];
        self.marks[market] = (self.marks[market] * (10_000 + shift) / 10_000).clamp(birth / 3, birth * 2);
        let mark = i128::from(self.marks[market]);
        let confidence = mark * self.rng.random_range(0..40) / 10_000;
        let average = mark + mark * self.rng.random_range(-200..200) / 10_000;
        self.say(format!(
            r#"{{"op":"price","market":"{name}","price":"{}","conf":"{}","ema":"{}"}}"#,
            fixed(mark, 2),
            fixed(confidence, 2),
            fixed(average, 2),
        ));
    }

    fn cross(&mut self, market: usize) {
        let (taker, maker) = (self.account(), self.house());
        let (name, mark) = (MARKETS[market].0, i128::from(self.marks[market]));
        // Fifty dollars to twenty thousand; buys are met above the mark, sales below it, mostly.
        let dollars = 10i128.pow(self.rng.random_range(1..4)) * self.rng.random_range(5..20);
        let size = dollars * 10_000_000_000 / mark;
        let buys = self.rng.random_range(0..3) > 0;
        let off = mark * self.rng.random_range(-10..120) / 10_000;
        let price = if buys { mark + off } else { mark - off - 1 };
        let (buyer, seller) = if buys { (taker, maker) } else { (maker, taker) };
        self.say(format!(
            r#"{{"op":"cross","market":"{name}","buyer":"{buyer}","seller":"{seller}","size":"{}","price":"{}"}}"#,
            trimmed(size, 8),
            fixed(price, 2),
        ));
    }

    fn allocate(&mut self, market: usize) {
        let (account, usd) = (self.account(), self.rng.random_range(-300..1_500));
        let name = MARKETS[market].0;
        self.say(format!(r#"{{"op":"allocate","account":"{account}","market":"{name}","usd":"{usd}"}}"#));
    }

    fn keep(&mut self, market: usize) {
        let (account, by) = (self.account(), self.house());
        let name = MARKETS[market].0;
        self.say(format!(r#"{{"op":"liquidate","account":"{account}","market":"{name}","by":"{by}"}}"#));
    }

    fn resolve(&mut self, market: usize) {
        let (account, name) = (self.account(), MARKETS[market].0);
        let against = match self.rng.random_range(0..4) {
            0 => format!(r#","against":"{}""#, self.account()),
            _ => String::new(),
        };
        self.say(format!(r#"{{"op":"resolve","account":"{account}","market":"{name}"{against}}}"#));
    }

    fn simple(&mut self, op: &str) {
        let account = self.account();
        self.say(format!(r#"{{"op":"{op}","account":"{account}"}}"#));
    }

    fn advance(&mut self) {
        let (slots, seconds) = (self.rng.random_range(1..60), self.rng.random_range(0..4_000));
        self.say(format!(r#"{{"op":"advance","slots":{slots},"seconds":{seconds}}}"#));
    }

    fn cash(&mut self, op: &str) {
        let (account, usd) = (self.account(), self.rng.random_range(0..800));
        self.say(format!(r#"{{"op":"{op}","account":"{account}","usd":"{usd}"}}"#));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::EngineVenue;
    use crate::replay::{exchange_of, parse, run};

    #[test]
    fn random_days_reach_every_tier() {
        let (mut reached, mut refused) = ([false; 5], BTreeMap::<String, usize>::new());
        for seed in 0..60 {
            let lines = parse(&random_day(seed, 120)).expect("a script");
            let params = exchange_of(&lines).expect("parameters");
            let state = run(&lines, &mut EngineVenue::new(&params).expect("an exchange")).expect("a day");
            assert!(state.conserved, "seed {seed}");
            for market in state.markets.values() {
                let tiers = &market.tiers;
                let amounts = [&tiers.insured_usd, &tiers.deleveraged, &tiers.absorbed_usd, &tiers.socialised_usd];
                let used = amounts.map(|amount| amount.bytes().any(|byte| (b'1'..=b'9').contains(&byte)));
                reached[0] |= tiers.partial_liquidations > 0;
                reached[1..].iter_mut().zip(used).for_each(|(reached, used)| *reached |= used);
            }
            state.refused.into_iter().for_each(|refused_op| *refused.entry(refused_op.error).or_default() += 1);
        }
        let all: usize = refused.values().sum();
        println!("{all} of {} refused: {refused:?}", 60 * 120);
        assert_eq!(reached, [true; 5]);
        assert!(all < 60 * 120 * 2 / 3 && refused.len() > 10, "{refused:?}");
    }
}
