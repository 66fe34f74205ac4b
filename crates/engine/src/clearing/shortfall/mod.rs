//! What each side of a market lacks, what insurance holds against it, and h: what each lot that leaves a side leaves behind;
//! the loss event it is held by; the estates, whose lack is the declared part of a shortfall. What belongs elsewhere: accounts.

mod crossed;
mod dust;
mod estate;
mod event;
mod funding;
mod marks;
mod owned;
mod reports;
mod sides;

pub use crossed::lacks_at_worth;
pub use event::end_loss_events;
pub use funding::fund_estate;
pub use owned::collect_for_estates;
pub use reports::DEAD_SLOTS;
use sides::lacking;
pub use sides::{ceil, fall, floor, Shortfalls};

/// Atoms that roundings may take of an estate: no more is no lack, and the dust gives it back at its end.
const ROUNDED: crate::units::Atoms = crate::units::Atoms(10);
