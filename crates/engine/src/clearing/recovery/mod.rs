//! Claims and debts, vesting profit, held money: what was lost is owed, and paid back from the debts of the declared and
//! from gifts only.

mod claims;
pub mod debt;
mod held;
mod pages;
pub mod vesting;

pub use claims::{INDEX_MIN, WHOLE};
pub use held::{HeldPayment, ListState, LIST_INDEX_LOW};
pub use pages::{LISTS_PER_PAGE, PAGE};
