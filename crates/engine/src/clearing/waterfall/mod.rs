//! The loss waterfall (`reference/`): who is in distress, partial liquidation, declaration, the sale of an estate and its
//! resolution (insurance, deleveraging, socialization), pre-emptive deleveraging. What belongs elsewhere: how a line is stored,
//! what an account is worth, how insurance is kept, what a side lacks.

mod auction;
mod charge;
mod continuation;
mod declaration;
mod distress;
mod dust;
mod fill;
mod liquidation;
mod pages;
mod preemptive;
mod resolution;
mod sale;
mod settlement;
mod work;

pub use charge::Charge;
pub use declaration::{declare, declare_isolated, Declared};
pub use distress::{observe, Confirmation, State};
pub use dust::close_against_dust;
pub use fill::{close_or_open, Fill, Filled};
pub use liquidation::{liquidate, Liquidated};
pub use preemptive::{deleverage_account, Deleverage};
pub use resolution::{resolve, Resolved};
pub use sale::{buy_from_estate, Bought};
pub use settlement::settle_position;
