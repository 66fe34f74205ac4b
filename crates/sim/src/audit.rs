//! Every atom, counted: both vaults against the sum of all classes, ladders against totals, positions against ladders.
//!
//! The program proves what one instruction touches; this counts everything from the outside, to 1e-12 atom.

use breakwater_engine::ladder::live;
use breakwater_engine::state::{LadderSide, MarketBooks, SideBook};
use breakwater_engine::units::PICO_SIGNED;
use breakwater_engine::{totals, vesting, wide, Atoms, Side};

use crate::venue::{Books, State};

/// Where the collateral vault's tokens belong, 1e-12 atom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// Free cash of all accounts.
    pub free: i128,
    /// Cash of positions, both sides, all markets: lines, pools, spare and residue.
    pub positions: i128,
    /// Profit that is not money yet.
    pub vesting: i128,
    /// Loss reserves.
    pub reserves: i128,
    /// Protocol fees, and what is due to insurance.
    pub fees: i128,
    /// Recovery pool: paid to claims and not yet collected.
    pub recovery: i128,
    /// Deficits nobody could bear: a negative class.
    pub unfunded: i128,
}

/// What an audit found.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Where the tokens belong.
    pub classes: Classes,
    /// Everything that does not add up; empty: every atom is accounted for.
    pub faults: Vec<String>,
}

impl Classes {
    /// All of them.
    #[must_use]
    pub fn sum(&self) -> i128 {
        self.free + self.positions + self.vesting + self.reserves + self.fees + self.recovery - self.unfunded
    }

    fn add(&mut self, market: &MarketBooks) -> breakwater_engine::Result<()> {
        let pico = |amount: Atoms| amount.cash().0;
        for side in Side::BOTH {
            let book = market.side(side);
            self.positions += totals::side_cash(side, book)?.0;
            self.reserves += totals::reserve(book)?.0;
            self.recovery += pico(book.claims.paid) + pico(book.claims.waiting);
        }
        self.vesting += pico(market.vesting.total);
        self.fees += pico(market.fees) + pico(market.insurance_due);
        self.unfunded += pico(market.unfunded);
        Ok(())
    }
}

impl Audit {
    /// Whether every atom is accounted for.
    #[must_use]
    pub fn conserved(&self) -> bool {
        self.faults.is_empty()
    }

    fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    fn note(&mut self, what: &str, result: breakwater_engine::Result<()>) {
        if let Err(error) = result {
            self.faults.push(format!("{what}: {error:?}"));
        }
    }
}

/// Audits an exchange.
#[must_use]
pub fn audit(state: &State) -> Audit {
    let mut audit = Audit::default();
    audit.classes.free = state.accounts.iter().map(|account| account.free.cash().0).sum();
    for (number, books) in state.markets.iter().enumerate() {
        let added = audit.classes.add(&books.market);
        audit.note(&format!("market {number}"), added);
        audit.note(&format!("market {number}"), totals::check(&books.market));
        let placed = market(&mut audit, state, number, books);
        audit.note(&format!("market {number}"), placed);
    }
    let (sum, vault) = (audit.classes.sum(), state.collateral_vault.cash().0);
    audit.expect(sum == vault, || format!("collateral vault {vault} != {sum} of all classes (1e-12 atom)"));
    let (booked, held) = (state.fund.booked.0, state.insurance_vault.0);
    audit.expect(booked == held, || format!("insurance vault {held} != {booked} booked"));
    let covers: u64 = state.markets.iter().map(|books| books.market.cover.amount.0).sum();
    let set_aside = state.fund.covers.0;
    let own = state.fund.protocol.0 + state.fund.staked.0;
    audit.expect(covers == set_aside && set_aside <= own, || {
        format!("covers {covers} != {set_aside} set aside of {own}")
    });
    tranches(&mut audit, state);
    audit
}

/// The insurance fund is its tranches, and what layers hold is theirs.
fn tranches(audit: &mut Audit, state: &State) {
    let fund = &state.fund;
    let (protocol, staked, layers) = (fund.protocol.0, fund.staked.0, fund.layers.0);
    audit.expect(fund.booked.0 == protocol + staked + layers, || {
        format!("{} booked != protocol {protocol} + staked {staked} + layers {layers}", fund.booked.0)
    });
    let held = state.markets.iter().flat_map(|books| &books.market.layers);
    let held: u64 = held.map(|layer| layer.amount.0 + layer.earned.0).sum();
    audit.expect(held == layers, || format!("layers hold {held}, {layers} booked"));
    let idle = fund.shares.get() != 0 || staked == 0;
    audit.expect(idle, || format!("{staked} staked and no shares"));
}

fn market(audit: &mut Audit, state: &State, number: usize, books: &Books) -> breakwater_engine::Result<()> {
    for side in Side::BOTH {
        let book = books.market.side(side);
        let origin = books.market.grid.scale.origin(side);
        if books.market.grid.cursor == 0 {
            ladder(audit, books.ladder.side(side), book, origin)?;
        }
        members(audit, state, number, side)?;
    }
    slots(audit, state, number)
}

/// I2: lines + pools + residue = side totals, exactly.
fn ladder(audit: &mut Audit, ladder: &LadderSide, book: &SideBook, origin: i128) -> breakwater_engine::Result<()> {
    let (mut lots, mut moment) = (u128::from(book.residue.lots.0), 0i128);
    for block in &ladder.blocks {
        lots += u128::from(block.lots.0);
        moment += block.moment.get() as i128 + wide::mul_signed(origin, block.lots.0)?;
    }
    let on_lines: u128 = ladder.lines.iter().map(|line| u128::from(line.lots.0)).sum();
    let in_blocks: u128 = ladder.blocks.iter().map(|block| u128::from(block.lots.0)).sum();
    audit.expect(on_lines == in_blocks, || format!("lines hold {on_lines} lots, blocks {in_blocks}"));
    for at in live(ladder.live_pools) {
        let pool = ladder.pool(at)?;
        lots += u128::from(pool.lots.0);
        moment += pool.moment.get();
    }
    // Residue carries X, and its key cash is part of its own: its lots add nothing to the moment.
    let total = u128::from(book.lots.0);
    audit.expect(lots == total, || format!("lines, pools and residue hold {lots} lots, the side {total}"));
    let whole = book.moment.get();
    audit.expect(moment == whole, || format!("lines and pools have moment {moment}, the side {whole}"));
    Ok(())
}

/// I2: as many positions as the side counts, and their lots within one each of what the ladder holds.
fn members(audit: &mut Audit, state: &State, number: usize, side: Side) -> breakwater_engine::Result<()> {
    let books = &state.markets[number];
    let book = books.market.side(side);
    let (mut count, mut lots) = (0u64, 0u64);
    for account in &state.accounts {
        let Ok(slot) = account.slot(number as u64) else { continue };
        if slot.position.side() != Some(side) {
            continue;
        }
        count += 1;
        if books.market.grid.cursor == 0 {
            lots += books.view().holding(slot)?.lots.0;
        }
    }
    let counted = u64::from(book.members);
    audit.expect(count == counted, || format!("market {number}: {count} positions {side:?}, {counted} counted"));
    if books.market.grid.cursor == 0 {
        let held = book.lots.0 - book.residue.lots.0;
        let fits = lots <= held && held - lots <= count;
        audit.expect(fits, || format!("market {number}: positions hold {lots} lots {side:?}, the ladder {held}"));
    }
    Ok(())
}

/// Spare cash is exact; vesting profit never more than the market's total.
fn slots(audit: &mut Audit, state: &State, number: usize) -> breakwater_engine::Result<()> {
    let market = &state.markets[number].market;
    let (mut spare, mut waiting) = (0u64, 0u64);
    for slot in state.accounts.iter().filter_map(|account| account.slot(number as u64).ok()) {
        spare += slot.position.spare.0;
        waiting += vesting::worth(market, slot)?.0;
    }
    let booked: u64 = market.sides.iter().map(|side| side.spare.0).sum();
    audit.expect(spare == booked, || format!("market {number}: positions have {spare} spare, the sides {booked}"));
    let total = market.vesting.total.0;
    audit.expect(waiting <= total, || format!("market {number}: {waiting} atoms vest, {total} booked"));
    Ok(())
}

/// 1e-12 atom as whole atoms, rounded down.
#[must_use]
pub fn atoms(pico: i128) -> i128 {
    pico.div_euclid(PICO_SIGNED)
}
