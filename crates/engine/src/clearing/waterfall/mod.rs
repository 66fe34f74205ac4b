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
mod forced;
mod liquidation;
mod pages;
mod preemptive;
mod resolution;
mod sale;
mod settlement;
mod work;

pub use auction::{find_victim, Victim};
pub use charge::Charge;
pub use declaration::{declare, declare_isolated, declare_with_collateral, CollateralsMut, Declared};
pub use distress::{distress, observe, Confirmation, State};
pub use dust::close_against_dust;
pub use fill::{close_or_open, Fill, Filled};
pub use liquidation::{liquidate, Liquidated};
pub use preemptive::{deleverage_account, Deleverage};
pub use resolution::{resolve, Resolved};
pub use sale::{buy_from_estate, Bought};
pub use settlement::settle_position;
pub use work::{note_observer, sync_account, take_observer, Synced};
