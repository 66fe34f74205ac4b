//! What accounts hold, declared once: see [`crate::state`] for the kinds of entry.

mod access;
pub mod conservation;
mod ladder;
mod loss;
mod margin_account;
mod market;

pub use ladder::{AdlCheckpoint, AdlPool, Block, Bucket, LadderBooks, LadderSide};
pub use loss::{EndedList, Estate, Held, HeldClaims, HeldPage, LossEvent, OwnedHeld};
pub use margin_account::{AccountBooks, DistressClock, MarketSlot, ObservedAt, Position};
pub use market::{
    Claims, Cover, Dust, Fund, Layer, MarketBooks, PendingWalk, Reference, SideBook, SideTotals, WaterfallParams,
    WaterfallStats,
};
