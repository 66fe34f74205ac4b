//! What guards the clearing rooms: prices and what they trip, funding and the vesting clock, phases, what stands still under
//! pauses, halts and restarts, and what each action asks. The decisions are the same as the first version's; here they are made
//! over these books.

mod cascade;
mod listing;
mod parts;
mod refresh;
mod settlement;
mod signals;
mod stand;
mod status;
mod stress;

pub use listing::{list, Listing};
pub use parts::ExchangeGuards;
pub use refresh::{refresh, RefreshReport};
pub use status::{Cure, GuardStatus, ReasonStatus};
pub use stress::update_stress;
