//! Whom a keeper must look at after a price, without looking at everybody.
//!
//! An account that is worth more than its maintenance margin has some slack. It is shared out over its positions, each of which
//! then has a mark in key space, where neither funding nor charges move it, up to which its part lasts: an alarm. Until one of
//! them rings the account cannot be in distress. One that has rung is valued: it is in distress, or its alarms are set anew.

use breakwater_engine::clearing::margin::value_isolated;
use breakwater_engine::clearing::state::MarketBooks;
use breakwater_engine::units::{Cash, BPS};
use breakwater_engine::Side;
use std::collections::{BTreeMap, BTreeSet};

use super::venue::{AccountId, MarketId, Outcome, Venue};

/// Margins may rise by so much, in bps, before alarms are set anew.
const MARGIN_GROWTH: i128 = 500;

/// Alarms of one market, by the mark in key space at which they ring.
#[derive(Default)]
struct Bells {
    sides: [BTreeSet<(i128, AccountId)>; 2],
    /// The maintenance multiple that the alarms allow for.
    multiple: i128,
}

/// All alarms.
#[derive(Default)]
pub struct Alarms {
    markets: Vec<Bells>,
    set: BTreeMap<AccountId, Vec<(MarketId, Side, i128)>>,
    /// Accounts in distress: always looked at.
    sick: BTreeSet<AccountId>,
}

impl Alarms {
    /// Those of every account.
    pub fn of(venue: &mut dyn Venue) -> Outcome<Alarms> {
        let mut alarms = Alarms::default();
        for books in venue.state().markets {
            alarms.markets.push(Bells { multiple: allowed(&books.market), ..Bells::default() });
        }
        for account in 0..venue.state().accounts.len() {
            alarms.set(venue, account)?;
        }
        Ok(alarms)
    }

    /// Sets an account's alarms anew.
    pub fn set(&mut self, venue: &mut dyn Venue, account: AccountId) -> Outcome<()> {
        for (market, side, key) in self.set.remove(&account).unwrap_or_default() {
            side.of_mut(&mut self.markets[market].sides).remove(&(key, account));
        }
        while self.markets.len() < venue.state().markets.len() {
            let multiple = allowed(&venue.state().markets[self.markets.len()].market);
            self.markets.push(Bells { multiple, ..Bells::default() });
        }
        self.sick.remove(&account);
        let Some(found) = self.alarms_of(venue, account)? else {
            self.sick.insert(account);
            return Ok(());
        };
        for (market, side, key) in &found {
            side.of_mut(&mut self.markets[*market].sides).insert((*key, account));
        }
        if !found.is_empty() {
            self.set.insert(account, found);
        }
        Ok(())
    }

    /// An account's alarms; none where it is in distress.
    fn alarms_of(&self, venue: &mut dyn Venue, account: AccountId) -> Outcome<Option<Vec<(MarketId, Side, i128)>>> {
        let books = venue.state().accounts[account];
        if books.slots.iter().all(|slot| slot.position.lots == 0) {
            return Ok(Some(Vec::new()));
        }
        let valuation = venue.valuation(account)?;
        if valuation.is_in_distress() || valuation.is_bankrupt() {
            return Ok(None);
        }
        let state = venue.state();
        let mut found = Vec::new();
        let slack = valuation.worth.0 - valuation.maintenance.cash().0;
        let parts = i128::from(valuation.positions.max(1));
        for slot in books.slots.iter().filter(|slot| slot.position.lots != 0) {
            let at = slot.market as usize;
            let view = state.markets[at].view();
            let position = view.caught_up(slot)?;
            let Some(side) = position.side.filter(|_| !position.lots.is_zero()) else { continue };
            let (slack, parts) = match value_isolated(&view, slot, state.now)? {
                Some(health) => (health.solvency.0 - health.maintenance.cash().0, 1),
                None => (slack, parts),
            };
            if slack < 0 {
                return Ok(None);
            }
            let lasts = self.lasts(view.market, (at, side), Cash(slack / parts), i128::from(position.lots.0));
            let mark = view.market.mark_key(side)?;
            let key = match side {
                Side::Long => mark.saturating_sub(lasts),
                Side::Short => mark.saturating_add(lasts),
            };
            found.push((at, side, key));
        }
        Ok(Some(found))
    }

    /// How far a mark may move against lots before so much is lost, maintenance margin that rises with it included. Rounds down.
    fn lasts(&self, market: &MarketBooks, (at, side): (MarketId, Side), slack: Cash, lots: i128) -> i128 {
        let fraction =
            market.params.counted().iter().map(|bracket| i128::from(bracket.maintenance.0)).max().unwrap_or(0);
        let multiple = self.markets[at].multiple;
        let whole = i128::from(BPS) * i128::from(BPS);
        // What margin already asks beyond today's multiple is lost slack.
        let present = i128::from(market.stance.maintenance.0);
        let value = i128::from(market.mark.price.0) * lots;
        let growth = value / whole * fraction * (multiple - present).max(0);
        let left = (slack.0 - growth).max(0);
        let rises = side.pick(0, fraction * multiple);
        left / lots * (whole / i128::from(BPS)) / ((whole + rises) / i128::from(BPS))
    }

    /// Accounts to look at in a market at its mark, the nearest to bankruptcy first; those that are well get new alarms.
    pub fn ringing(&mut self, venue: &mut dyn Venue, market: MarketId) -> Outcome<Vec<AccountId>> {
        let state = venue.state();
        let outgrown = i128::from(state.markets[market].market.stance.maintenance.0) > self.markets[market].multiple;
        // Where nothing can be valued equity falls without a mark.
        if outgrown || state.markets.iter().any(|books| !books.market.is_usable()) {
            *self = Alarms::of(venue)?;
        }
        let books = &venue.state().markets[market].market;
        let keys = [books.mark_key(Side::Long)?, books.mark_key(Side::Short)?];
        let [long, short] = &self.markets[market].sides;
        let [long_key, short_key] = keys;
        let fallen = long.range((long_key, 0)..).map(|(_, account)| *account);
        let risen = short.range(..=(short_key, AccountId::MAX)).map(|(_, account)| *account);
        // Who was in distress may have been cured by the mark.
        let rung: BTreeSet<AccountId> = fallen.chain(risen).chain(self.sick.iter().copied()).collect();
        for account in rung {
            self.set(venue, account)?;
        }
        self.in_order(venue, market)
    }

    /// Accounts in distress with lots in a market, the one with the least equity a lot first.
    fn in_order(&self, venue: &dyn Venue, market: MarketId) -> Outcome<Vec<AccountId>> {
        let state = venue.state();
        let view = state.markets[market].view();
        let mut found = Vec::new();
        for account in &self.sick {
            let Ok(slot) = state.accounts[*account].slot(market as u64) else { continue };
            let position = view.caught_up(slot)?;
            if !position.lots.is_zero() {
                found.push((view.equity(&position)?.0.div_euclid(i128::from(position.lots.0)), *account));
            }
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, account)| account).collect())
    }
}

/// The multiple of maintenance margin that alarms allow for.
fn allowed(market: &MarketBooks) -> i128 {
    let present = i128::from(market.stance.maintenance.0);
    present + present * MARGIN_GROWTH / i128::from(BPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::command::play_on;
    use crate::day::venue::Published;
    use crate::decimal::Decimal;
    use crate::quantity::{observation, ZERO};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::fmt::Write;

    /// Two markets, a house, and accounts with one or two positions of any leverage.
    fn crowd(random: &mut ChaCha8Rng) -> String {
        let mut day = String::from("{\"op\":\"exchange\",\"preset\":\"without_guards\"}\n");
        for (market, price) in [("SOL", 200), ("ETH", 4_000)] {
            let _ = writeln!(day, "{{\"op\":\"market\",\"name\":\"{market}\",\"funding_ema_seconds\":600}}");
            let _ = writeln!(
                day,
                "{{\"op\":\"price\",\"market\":\"{market}\",\"price\":\"{price}\",\"slots\":0,\"seconds\":0}}"
            );
        }
        for (name, usd) in [("house", 10_000_000u32)]
            .into_iter()
            .map(|(name, usd)| (name.to_string(), usd))
            .chain((0..40).map(|at| (format!("a{at}"), random.random_range(500..5_000))))
        {
            let _ = writeln!(day, "{{\"op\":\"account\",\"name\":\"{name}\"}}");
            let _ = writeln!(day, "{{\"op\":\"deposit\",\"account\":\"{name}\",\"usd\":\"{usd}\"}}");
        }
        for at in 0..40 {
            for (market, price) in [("SOL", 200), ("ETH", 4_000)] {
                let size = random.random_range(200..9_000) * 1_000 / price;
                let (buyer, seller) = if random.random_bool(0.5) {
                    (format!("a{at}"), "house".into())
                } else {
                    ("house".to_string(), format!("a{at}"))
                };
                let _ = writeln!(day, "{{\"op\":\"cross\",\"market\":\"{market}\",\"buyer\":\"{buyer}\",\"seller\":\"{seller}\",\"size\":\"{}.{:03}\",\"price\":\"{price}\"}}", size / 1_000, size % 1_000);
            }
        }
        day
    }

    #[test]
    fn alarms_find_every_account_in_distress() {
        let (mut found, mut rounds) = (0, 0);
        for seed in 0..6 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let (_, mut venue) = play_on(&crowd(&mut random)).expect("a crowd");
            let mut alarms = Alarms::of(&mut venue).expect("alarms");
            let mut prices = [200.0f64, 4_000.0];
            for _ in 0..60 {
                let market = random.random_range(0..2);
                prices[market] *= 1.0 + random.random_range(-0.05..0.05);
                let price = Decimal::parse(&format!("{:.4}", prices[market])).expect("a price");
                let time = venue.state().now.time + 30;
                let observation = observation([price, price, ZERO], time).expect("an observation");
                let published = Published { market, source: 0, observation, slots: 75, seconds: 30 };
                let _ = venue.price(&published).expect("a price");
                let ringing: BTreeSet<AccountId> =
                    alarms.ringing(&mut venue, market).expect("alarms").into_iter().collect();
                let all = 0..venue.state().accounts.len();
                let naive: BTreeSet<AccountId> = all
                    .filter(|account| {
                        let has_lots = venue.state().accounts[*account]
                            .slot(market as u64)
                            .is_ok_and(|slot| slot.position.lots != 0);
                        has_lots && venue.valuation(*account).is_ok_and(|of| of.is_in_distress() || of.is_bankrupt())
                    })
                    .collect();
                assert_eq!(ringing, naive, "seed {seed}");
                (found, rounds) = (found + naive.len(), rounds + 1);
            }
        }
        assert!(found > rounds, "accounts come into distress: {found} in {rounds} rounds");
    }
}
