//! After a random day everyone leaves, by the program's own instructions; what stays in the vaults has a name (I11).
//!
//! A rich account, the closer, trades with whoever holds lots, and liquidates and resolves the rest; profits vest,
//! positions and accounts are emptied.

use anchor_lang::solana_program::instruction::AccountMeta;
use breakwater_engine::price::Observation;
use breakwater_engine::trade::Order;
use breakwater_engine::{totals, Atoms, Lots, Side};
use breakwater_sim::audit::audit;
use breakwater_sim::replay;
use breakwater_sim::svm::SvmVenue;
use breakwater_sim::venue::{AccountId, Cross, MarketId, Outcome, Venue};

use crate::seeds::{number, seed};

/// Rounds after which a market must be empty.
const ROUNDS: u32 = 40;
/// Atoms of each market that rounding may have left without anyone to claim them.
const DUST: i128 = 200;

#[test]
fn after_a_random_day_everyone_leaves() {
    let (seed, days) = (seed(), number("BREAKWATER_DAYS", 12));
    for day in 0..days {
        let lines = replay::parse(&replay::random_day(seed + day, 120)).expect("a script");
        let params = replay::exchange_of(&lines).expect("parameters");
        let mut venue = SvmVenue::new(&params).expect("make build first").expect("an exchange");
        replay::run(&lines, &mut venue).expect("a day");
        drain(&mut Exit::new(venue, seed + day));
    }
}

/// A day that is over.
struct Exit {
    venue: SvmVenue,
    closer: AccountId,
    seed: u64,
}

impl Exit {
    fn new(mut venue: SvmVenue, seed: u64) -> Exit {
        let closer = venue.open().expect("an account");
        venue.deposit(closer, Atoms(1 << 49)).expect("a deposit");
        Exit { venue, closer, seed }
    }

    fn markets(&self) -> std::ops::Range<MarketId> {
        0..self.venue.markets.len()
    }

    fn lots(&self, who: AccountId, market: MarketId) -> i64 {
        self.venue.account(who).slot(market as u64).map_or(0, |slot| slot.position.lots)
    }

    /// Time passes, and every market hears its own mark again.
    fn pass(&mut self, slots: u64, seconds: i64) {
        self.venue.advance(slots, seconds);
        for market in self.markets() {
            let books = self.venue.books(market).market;
            let price = books.mark.price.0 as i64;
            let exponent = -18 - books.params.lot_exponent;
            let publish_time = self.venue.now().time;
            let seen =
                Observation { price, confidence: 0, ema_price: price, ema_confidence: 0, exponent, publish_time };
            self.venue.publish(market, &seen).expect("the same mark");
        }
    }

    /// Everything adds up; a gift apart there is none.
    fn check(&self) {
        let audit = audit(&self.venue.state());
        assert!(audit.conserved(), "seed {}: {:?}", self.seed, audit.faults);
    }

    fn is_out(&self, who: AccountId) -> bool {
        self.venue.account(who).slots.iter().all(|slot| slot.position.lots == 0)
    }

    /// `taker` closes against `maker` at the mark.
    fn close(&mut self, taker: AccountId, maker: AccountId, market: MarketId) -> Outcome {
        let lots = self.lots(taker, market);
        let side = if lots > 0 { Side::Short } else { Side::Long };
        let order = Order {
            side,
            lots: Lots(lots.unsigned_abs()),
            limit: self.venue.mark(market),
            reduce_only: false,
            min_fill: Lots(0),
        };
        self.venue.cross(market, &Cross { maker, taker, order })
    }

    /// Everybody but the closer.
    fn others(&self) -> std::ops::Range<AccountId> {
        0..self.closer
    }
}

fn drain(exit: &mut Exit) {
    for round in 0..ROUNDS {
        // Past every auction, slice window and record.
        exit.pass(600, 240);
        finish_rebases(exit);
        if (0..=exit.closer).all(|who| exit.is_out(who)) {
            break;
        }
        for market in exit.markets() {
            // A maker's opening is backed by what is in his position, and a full close takes that out.
            if exit.lots(exit.closer, market) == 0 {
                exit.venue.allocate(exit.closer, market, 1 << 43).expect("margin");
            }
        }
        for who in exit.others() {
            leave(exit, who);
        }
        close_last_pairs(exit);
        leave_against_residue(exit);
        exit.check();
        assert!(round + 1 < ROUNDS, "seed {}: somebody cannot leave", exit.seed);
    }
    take_everything_out(exit);
    name_what_is_left(exit);
}

fn finish_rebases(exit: &mut Exit) {
    for market in exit.markets() {
        while exit.venue.rebase(market, 512).is_ok() {}
    }
}

/// One try at each way out; which of them is open is the program's to say.
fn leave(exit: &mut Exit, who: AccountId) {
    let _ = exit.venue.sync(who, None);
    for market in exit.markets() {
        let ways: [fn(&mut Exit, AccountId, MarketId) -> Outcome; 3] = [
            |exit, who, market| exit.close(who, exit.closer, market),
            |exit, who, market| exit.venue.liquidate(who, market, exit.closer, Lots(0)),
            |exit, who, market| exit.venue.resolve(who, market, None),
        ];
        for way in ways {
            if exit.lots(who, market) != 0 {
                let _ = way(exit, who, market);
            }
        }
        // Nobody solvent on the other side: the bankrupt close against each other.
        for other in exit.others().filter(|other| *other != who) {
            if exit.lots(who, market) != 0 {
                let _ = exit.venue.resolve(who, market, Some(other));
            }
        }
    }
}

/// The last pair may differ by residue: the closer takes, residue first, then the other, who is left with nothing.
fn close_last_pairs(exit: &mut Exit) {
    let _ = exit.venue.sync(exit.closer, None);
    for market in exit.markets() {
        for who in exit.others() {
            let (ours, theirs) = (exit.lots(exit.closer, market), exit.lots(who, market));
            if theirs != 0 && ours.unsigned_abs() >= theirs.unsigned_abs() {
                let _ = exit.close(exit.closer, who, market);
            }
        }
    }
}

/// What the closer still holds once the others are out stands against residue: a live quote must be passed, but residue fills
/// first and takes it all.
fn leave_against_residue(exit: &mut Exit) {
    if !exit.others().all(|who| exit.is_out(who)) {
        return;
    }
    for market in exit.markets() {
        let _ = exit.venue.sync(exit.closer, None);
        let lots = exit.lots(exit.closer, market);
        if lots == 0 {
            continue;
        }
        let side = if lots > 0 { Side::Long } else { Side::Short };
        let residue = exit.venue.books(market).market.side(side.opposite()).residue.lots.0;
        assert_eq!(residue, lots.unsigned_abs(), "seed {}: the last leg stands against residue", exit.seed);
        exit.venue.deposit(0, Atoms(1 << 40)).expect("a deposit");
        exit.venue.allocate(0, market, 1 << 39).expect("margin");
        exit.close(exit.closer, 0, market).expect("the last leg");
    }
}

/// Spare without lots, vested profit, claims that were paid, free cash; at last what is due to insurance.
fn take_everything_out(exit: &mut Exit) {
    for _ in 0..3 {
        exit.pass(100_000, 40 * 86_400);
        for who in 0..=exit.closer {
            exit.venue.sync(who, None).expect("a sync");
            for market in exit.markets() {
                let spare = exit.venue.account(who).slot(market as u64).map_or(0, |slot| slot.position.spare.0);
                if spare > 0 {
                    exit.venue.allocate(who, market, -(spare as i64)).expect("margin back");
                }
            }
            let free = exit.venue.account(who).free;
            if free.0 > 0 {
                exit.venue.withdraw(who, free).expect("a withdrawal");
            }
        }
        exit.check();
    }
    let mut skim = exit.venue.build.skim();
    let pairs = exit.venue.markets.iter().flat_map(|keys| [keys.market, keys.ladder]);
    skim.accounts.extend(pairs.map(|key| AccountMeta::new(key, false)));
    exit.venue.chain.send(&[("skim", skim)]).expect("a skim");
    exit.check();
}

/// The collateral vault: fees less what nobody could bear, payments that no claim reached, fractions of reserves and of
/// vesting profit, and the dust of divisions. The insurance vault: what is booked.
fn name_what_is_left(exit: &Exit) {
    let state = exit.venue.state();
    for (who, account) in state.accounts.iter().enumerate() {
        let nothing =
            account.slots.iter().all(|slot| slot.position.is_empty() && slot.vesting.is_empty() && slot.swept == 0);
        assert!(account.free.0 == 0 && nothing, "seed {}: {who} has {account:?}", exit.seed);
    }
    let mut named = 0;
    for books in &state.markets {
        let market = &books.market;
        let sides = &market.sides;
        assert_eq!((market.open_interest().0, market.insurance_due.0), (0, 0));
        assert_eq!([sides[0].spare.0, sides[1].spare.0], [0, 0]);
        let fees = i128::from(market.fees.0) - i128::from(market.unfunded.0);
        let claims: u64 = sides.iter().map(|side| side.claims.paid.0 + side.claims.waiting.0).sum();
        let reserve: i128 =
            sides.iter().map(|side| totals::reserve(side).map_or(i128::MAX, |cash| cash.atoms_floor())).sum();
        let dust = i128::from(market.booked) - fees - i128::from(claims) - reserve - i128::from(market.vesting.total.0);
        let small = claims <= 2_000 && reserve <= 2 && market.vesting.total.0 <= 200 && dust.abs() <= DUST;
        assert!(
            small,
            "seed {}: claims {claims}, reserve {reserve}, vesting {:?}, dust {dust}",
            exit.seed, market.vesting
        );
        named += fees + i128::from(claims) + reserve + i128::from(market.vesting.total.0) + dust;
    }
    assert_eq!(i128::from(state.collateral_vault.0), named, "seed {}", exit.seed);
    assert_eq!(state.insurance_vault, state.fund.booked, "seed {}", exit.seed);
}
