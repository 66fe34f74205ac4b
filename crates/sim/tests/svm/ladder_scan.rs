//! What a refresh reads of a ladder: sums of blocks, and the lines of one block, however many lines stand beyond the mark (F25).

use breakwater_engine::books::Books;
use breakwater_engine::state::AccountBooks;
use breakwater_engine::{Atoms, Lots, Result, Side};
use breakwater_sim::venue::Venue;

use crate::stage::{Stage, USD};

/// Lots of a position: a hundred dollars' worth.
const LOTS: u64 = 100 * USD;

/// A position straight on the ladder: its account is nowhere, its money is in the market's books.
fn place(books: &mut Books<'_>, side: Side, margin: u64) -> Result<()> {
    let mut account = AccountBooks { free: Atoms(margin), ..AccountBooks::default() };
    account.slot_or_new(books.market.id)?;
    let mut hand = books.lift(&mut account)?;
    books.pay_margin(&mut account, &mut hand, Atoms(margin))?;
    hand.fill(side, Lots(LOTS), Atoms(LOTS))?;
    books.place(&mut account, hand)
}

/// Compute units of a refresh that finds every long under water: they stand on lines from 6 % below the birth price down to 90 %.
fn units(positions: u64) -> (u64, u32) {
    let mut stage = Stage::with_markets(1);
    let mut paid = 0;
    let placed = stage.venue.change_books(0, |books| {
        for at in 0..positions {
            let margins = [LOTS * 6 / 100 + LOTS * 84 / 100 * at / positions, LOTS * 5];
            for (side, margin) in Side::BOTH.into_iter().zip(margins) {
                place(books, side, margin)?;
                paid += margin;
            }
        }
        Ok(())
    });
    placed.expect("positions");
    stage.venue.fill_collateral(Atoms(paid));
    let ladder = stage.venue.books(0).ladder;
    let lines = ladder.side(Side::Long).blocks.iter().map(|block| block.occupied.count_ones()).sum();
    // Slots enough for so large a fall.
    stage.venue.advance(20, 8);
    stage.mark(0, 900);
    assert!(stage.venue.books(0).market.sides[1].reserve.get() > 0, "the shorts are charged");
    (stage.units("refresh_market"), lines)
}

#[test]
fn f25_a_refresh_costs_the_same_however_many_lines_stand_beyond_the_mark() {
    let (few, none) = units(2);
    let (many, lines) = units(1_000);
    println!("refresh_market: {few} units for {none} lines, {many} for {lines}");
    assert!(none == 2 && lines > 250, "{lines} lines");
    assert!(many < few + few / 4 && many <= 20_000, "{few} units for {none} lines, {many} for {lines}");
}
