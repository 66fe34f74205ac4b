//! The day: how it is set up, its prices, its keepers, and what each tier bore.

use std::collections::{BTreeMap, BTreeSet};

use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::state::{AccountBooks, MarketSlot};
use breakwater_engine::clearing::waterfall::{Declared, Liquidated, Resolved};
use breakwater_engine::units::{Atoms, Side};

use crate::common::Rng;
use crate::exchange::{slot_of, Terms, TestExchange};
use crate::watch::total;

const MARKETS: usize = 3;
const PICO: u128 = 1_000_000_000_000;
/// A hundred atoms a lot.
const FIRST: u64 = 100_000_000_000_000;
/// Slots between two prices: twelve seconds.
const SLOTS: u64 = 6;
/// Slots of ten minutes.
const TEN_MINUTES: u64 = 300;
const KEEPERS: [&str; 2] = ["keeper0", "keeper1"];

/// What the tiers bore of a side's estates, atoms.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    pub accounts: u64,
    /// What estates lacked when their positions were declared, after the owner's own money.
    pub declared: i128,
    /// What they lacked when insurance paid or a resolution did.
    pub deficit: i128,
    pub insured: i128,
    pub discounts: i128,
    pub absorbed: i128,
    pub socialized: i128,
    pub from_held: i128,
    pub beyond: i128,
    /// All but what insurance paid.
    pub charged: i128,
    /// How many charges.
    pub charges: u64,
}

pub struct Day {
    rng: Rng,
    exchange: TestExchange,
    names: Vec<String>,
    pub declared: u64,
    pub solvent_declared: u64,
    liquidated: u64,
    bought: u64,
    by_market: [Sums; MARKETS],
    /// Accounts with a lacking position of a side.
    sides: [u64; 2],
    held_most: i128,
}

fn terms(accounts: u64) -> Terms {
    let slots = [
        ("profit_vesting_slots", 1_800),
        ("auction_slots", 40),
        ("deleverage_slots", 100),
        ("slice_window_slots", 25),
        ("confirm_slots", 5),
        ("confirm_far_slots", 5),
        ("distress_ttl_slots", 30),
        ("sale_slots", 30),
        ("estate_slots", 10),
        ("resolve_wait_slots", 50),
        ("sibling_grace_slots", 150),
        ("open_layer_slots", 150),
    ];
    Terms {
        prices: vec![FIRST, FIRST / 2, FIRST / 7],
        // Fifty dollars of cover for an account, and a hundred of the common fund.
        cover: accounts * 50_000_000 / MARKETS as u64,
        common: accounts * 100_000_000,
        initial: 500,
        maintenance: 300,
        buffer: 150,
        discount_start: 10,
        discount: 200,
        penalty: 20,
        tolerance: 1,
        resolve_deviation: 500,
        weight: 2_500,
        slice: 2_000,
        slice_floor: 1_000_000,
        slots: slots.into_iter().map(|(name, slots)| (name.to_string(), slots)).collect(),
    }
}

impl Day {
    pub fn play(seed: u64, accounts: u64, prices: u64) -> Day {
        let mut day = Day {
            rng: Rng::of(seed),
            exchange: TestExchange::new(&terms(accounts)),
            names: (0..accounts).map(|at| format!("a{at}")).collect(),
            declared: 0,
            solvent_declared: 0,
            liquidated: 0,
            bought: 0,
            by_market: [Sums::default(); MARKETS],
            sides: [0; 2],
            held_most: 0,
        };
        day.open();
        for at in 0..prices {
            let marks = day.marks(at, prices);
            day.tick(SLOTS, &marks);
            day.keep();
        }
        day.wind_down();
        day
    }

    /// Runs a verb; a refused one leaves no trace.
    fn attempt<R>(&mut self, verb: impl FnOnce(&mut TestExchange) -> Result<R>) -> Option<R> {
        let saved = self.exchange.save();
        let done = verb(&mut self.exchange).and_then(|done| self.exchange.settle().map(|()| done));
        if done.is_err() {
            self.exchange.restore_saved(saved);
        }
        done.ok()
    }

    fn uniform(&mut self) -> f64 {
        self.rng.within(1, 1 << 40) as f64 / (1u64 << 40) as f64
    }

    /// About normal, with a tail: one in thirty is six times as large.
    fn shock(&mut self) -> f64 {
        let sum: f64 = (0..12).map(|_| self.uniform()).sum();
        (sum - 6.0) * if self.rng.one_in(30) { 6.0 } else { 1.0 }
    }

    /// Pairs open in one to three markets, with margins of a Pareto's size and from 1.5x to 19x.
    fn open(&mut self) {
        for keeper in KEEPERS {
            self.exchange.deposit(keeper, 1 << 50).unwrap();
        }
        for at in 0..self.names.len() {
            let size = (1e9 * self.uniform().powf(-1.0 / 1.3)).min(2e12) as u64;
            let who = self.names[at].clone();
            self.attempt(|exchange| exchange.deposit(&who, size)).unwrap();
            for _ in 0..self.rng.within(1, 3) {
                let market = self.rng.within(0, MARKETS as u64 - 1);
                let other = self.names[self.rng.within(0, self.names.len() as u64 - 1) as usize].clone();
                let leverage = 1.5 + 12.0 * self.uniform() * self.uniform();
                let price = u128::from(self.exchange.market(market as usize).mark.price.0);
                let lots = ((size as f64 * leverage) as u128 * PICO / price).max(1_000) as u64;
                let (long, short) = if self.rng.one_in(2) { (&who, &other) } else { (&other, &who) };
                // Whom margin keeps from it trades with a keeper, who takes any size.
                let opposite = KEEPERS[self.rng.within(0, 1) as usize].to_string();
                if self.attempt(|exchange| exchange.trade(market, long, short, lots)).is_none() {
                    let (long, short) = if long == &who { (&who, &opposite) } else { (&opposite, &who) };
                    let _ = self.attempt(|exchange| exchange.trade(market, long, short, lots));
                }
            }
        }
    }

    /// A third of the way down it crashes, two thirds it rebounds; the three move together, mostly.
    fn marks(&mut self, at: u64, prices: u64) -> BTreeMap<usize, u64> {
        let part = at * 100 / prices;
        let (drift, noise) = match part {
            30..=37 => (-0.012, 0.012),
            55..=62 => (0.014, 0.012),
            _ => (0.0, 0.002),
        };
        let common = self.shock();
        (0..MARKETS)
            .map(|market| {
                let own = self.shock();
                let scale = 100.0 / prices as f64 * 6.0;
                let change = drift * scale.min(1.0) + noise * (0.8 * common + 0.6 * own);
                let price = self.exchange.market(market).mark.price.0 as f64;
                (market, (price * change.exp()) as u64)
            })
            .collect()
    }

    fn tick(&mut self, slots: u64, marks: &BTreeMap<usize, u64>) {
        self.exchange.tick(slots, marks, &BTreeMap::new()).unwrap();
        self.exchange.settle().unwrap();
        self.held_most = self.held_most.max(self.held());
    }

    /// Keepers reach some of the distressed, declare most of the bankrupt, buy, fund and resolve.
    fn keep(&mut self) {
        let clocks = |exchange: &TestExchange, bankrupt: bool| -> Vec<String> {
            let found = exchange.accounts.iter().filter(|(_, account)| {
                (account.clock.bankrupt.slot != 0) == bankrupt && account.clock.distress.slot != 0
            });
            found.map(|(who, _)| who.clone()).collect()
        };
        // What siblings can lift is no shortfall: whoever syncs it is paid for it.
        for who in self.sinking() {
            self.attempt(|exchange| exchange.sync(&who)).unwrap();
        }
        for who in clocks(&self.exchange, false) {
            if self.rng.one_in(4) {
                self.liquidate(&who);
            }
        }
        for who in clocks(&self.exchange, true) {
            self.declare(&who);
        }
        for market in 0..MARKETS as u64 {
            self.sell(market);
            self.resolve(market);
        }
    }

    /// Accounts with a position under water in one market and one in another.
    fn sinking(&self) -> Vec<String> {
        let sinks = |account: &AccountBooks| {
            let mut lots = account.slots.iter().filter(|slot| slot.position.lots != 0);
            let under = |slot: &MarketSlot| {
                let view = self.exchange.view(slot.market as usize);
                view.equity(&view.caught_up(slot).unwrap()).unwrap().0 < 0
            };
            lots.clone().count() > 1 && lots.any(under)
        };
        self.exchange.accounts.iter().filter(|(_, account)| sinks(account)).map(|(who, _)| who.clone()).collect()
    }

    fn liquidate(&mut self, who: &str) {
        let slots = self.exchange.accounts[who].slots;
        for slot in slots.iter().filter(|slot| slot.position.lots != 0) {
            let keeper = KEEPERS[self.rng.within(0, 1) as usize];
            let lots = slot.position.lots.unsigned_abs();
            let done = self.attempt(|exchange| exchange.liquidate(who, keeper, slot.market, lots));
            self.liquidated += u64::from(matches!(done, Some(Liquidated::Done { .. })));
        }
    }

    fn declare(&mut self, who: &str) {
        // Touched first, it is worth what it has anywhere.
        if self.attempt(|exchange| exchange.sync(who)).is_none() {
            return;
        }
        let worth = total(&self.exchange, who, true);
        let account = self.exchange.accounts[who];
        let done = self.attempt(|exchange| exchange.declare(who));
        let Some(Declared::Done { lacked, paid, insured, worst, .. }) = done else { return };
        self.declared += 1;
        self.solvent_declared += u64::from(worth > 64);
        let sums = &mut self.by_market[worst as usize];
        sums.accounts += 1;
        sums.declared += i128::from(lacked.0) - i128::from(paid.0);
        sums.deficit += i128::from(insured.0);
        sums.insured += i128::from(insured.0);
        let side = slot_of(&account, worst as usize).and_then(|slot| slot.position.side());
        if let Some(side) = side.filter(|_| lacked > Atoms(64)) {
            self.sides[usize::from(side == Side::Short)] += 1;
        }
    }

    fn sell(&mut self, market: u64) {
        for side in Side::BOTH {
            let lots = self.exchange.market(market as usize).side(side).estate.lots.0;
            if lots == 0 || !self.rng.one_in(8) {
                continue;
            }
            let keeper = KEEPERS[self.rng.within(0, 1) as usize];
            let before = self.drawn(market);
            if self.attempt(|exchange| exchange.buy(keeper, market, side, lots)).is_some() {
                let paid = before - self.drawn(market);
                self.bought += 1;
                let sums = &mut self.by_market[market as usize];
                // What insurance paid for it: discounts, and lacks that were due.
                sums.insured += paid.max(0);
                sums.discounts += paid.max(0);
            }
        }
    }

    /// What a market's insurance holds.
    fn drawn(&self, market: u64) -> i128 {
        let books = self.exchange.market(market as usize);
        i128::from(books.left_to_draw(&self.exchange.fund).unwrap().0)
    }

    fn resolve(&mut self, market: u64) {
        let Some(done) = self.attempt(|exchange| exchange.resolve(market)) else { return };
        self.by_market[market as usize].note(&done);
    }

    /// The prices stand: what is bankrupt is declared and resolved, events end, and keepers collect what is held for its owners.
    fn wind_down(&mut self) {
        for _ in 0..200 {
            self.tick(SLOTS, &BTreeMap::new());
            self.keep();
            let short = (0..MARKETS).any(|market| {
                let shortfalls = self.exchange.view(market).shortfalls(self.exchange.now().slot).unwrap();
                shortfalls.is_uninsured() || self.exchange.market(market).has_estates()
            });
            if !short {
                break;
            }
        }
        let until = self.exchange.slot + TEN_MINUTES;
        while self.exchange.slot < until {
            self.tick(SLOTS, &BTreeMap::new());
            self.keep();
        }
        let names: BTreeSet<String> = self.exchange.accounts.keys().cloned().collect();
        for who in names {
            self.attempt(|exchange| exchange.sync(&who)).unwrap();
        }
    }

    // --- what is asked at the end

    /// Held money of all sides, atoms.
    pub fn held(&self) -> i128 {
        let sides = (0..MARKETS).flat_map(|market| &self.exchange.market(market).sides);
        sides.map(|side| ((side.event.held.get() + side.ended_held.get()) / PICO) as i128).sum()
    }

    /// Claims that were paid and nobody has collected though everybody came.
    pub fn uncollectable(&self) -> u64 {
        let sides = (0..MARKETS).flat_map(|market| &self.exchange.market(market).sides);
        sides.map(|side| side.claims.paid.0).sum()
    }

    pub fn both_sides_hit(&self) -> bool {
        self.sides.iter().all(|count| *count > 0)
    }

    pub fn sums(&self) -> Sums {
        self.by_market.iter().fold(Sums::default(), |mut all, one| {
            all.add(one);
            all
        })
    }

    pub fn print(&self) {
        let usd = |atoms: i128| atoms as f64 / 1e6;
        let names =
            ["declared", "drift", "deficit", "insured", "discounts", "absorbed", "socialized", "held", "beyond"];
        println!("{:8} {:>8} {}", "market", "accounts", names.map(|name| format!("{name:>13}")).concat());
        let rows = self.by_market.iter().copied().enumerate().map(|(at, sums)| (at.to_string(), sums));
        for (name, sums) in rows.chain([("all".to_string(), self.sums())]) {
            let drift = sums.deficit - sums.declared;
            let parts = [sums.declared, drift, sums.deficit, sums.insured, sums.discounts, sums.absorbed];
            let more = [sums.socialized, sums.from_held, sums.beyond];
            let cells: String = parts.iter().chain(&more).map(|part| format!("{:13.2}", usd(*part))).collect();
            println!("{name:8} {:8} {cells}", sums.accounts);
        }
        println!("  liquidations {}, declared {}, purchases {}", self.liquidated, self.declared, self.bought);
        println!(
            "  lacking: {} longs, {} shorts; solvent declared: {}",
            self.sides[0], self.sides[1], self.solvent_declared
        );
        println!("  held at most {:.2}, now {:.2}", usd(self.held_most), usd(self.held()));
        println!("  money that nobody can collect: {} atoms", self.uncollectable());
    }
}

impl Sums {
    fn note(&mut self, done: &Resolved) {
        let of = |atoms: Atoms| i128::from(atoms.0);
        self.deficit += of(done.deficit);
        self.insured += of(done.insured.total().unwrap());
        self.absorbed += of(done.absorbed);
        self.socialized += of(done.socialized);
        self.from_held += of(done.from_held);
        let beyond = of(done.from_vesting) + of(done.last_resort) + of(done.unfunded);
        self.beyond += beyond;
        self.charged += of(done.absorbed) + of(done.socialized) + of(done.from_held) + beyond;
        self.charges += done.charges.iter().filter(|charge| charge.rate > 0 || !charge.held.is_zero()).count() as u64;
    }

    fn add(&mut self, other: &Sums) {
        self.accounts += other.accounts;
        self.charges += other.charges;
        let pairs = [
            (&mut self.declared, other.declared),
            (&mut self.deficit, other.deficit),
            (&mut self.insured, other.insured),
            (&mut self.discounts, other.discounts),
            (&mut self.absorbed, other.absorbed),
            (&mut self.socialized, other.socialized),
            (&mut self.from_held, other.from_held),
            (&mut self.beyond, other.beyond),
            (&mut self.charged, other.charged),
        ];
        for (sum, part) in pairs {
            *sum += part;
        }
    }
}
