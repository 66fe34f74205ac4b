//! `day`: runs a day written down on the clearing rooms, and prints where everybody stands.
//!
//! [`script`] reads a day, [`op`] says what its operations are, [`venue`] what they need of an exchange; [`engine`] is that
//! exchange on the engine alone. [`run`] goes through the lines, [`policy`] is the keeper at work after every price, [`report`]
//! the final state, [`trace`] what each operation did.

mod alarms;
pub mod command;
mod crowd;
mod dispatch;
mod distance;
pub mod engine;
mod numbers;
pub mod op;
mod params;
mod perform;
mod policy;
pub mod report;
mod run;
pub mod script;
mod trace;
pub mod venue;

pub use command::command;
pub use run::{exchange_of, run, Watcher};
