//! What guards the clearing rooms: prices and what they trip, funding and the vesting clock, phases, what stands still under
//! pauses, halts and restarts, and what each action asks. The decisions are the same as the first version's; here they are made
//! over these books.

mod parts;

pub use parts::ExchangeGuards;
