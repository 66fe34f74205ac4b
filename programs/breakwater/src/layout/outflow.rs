//! The bound on outflow.

use super::mirror;
use anchor_lang::prelude::*;
use breakwater_engine::outflow;

mirror! {
    /// Up to when the time of each window is taken.
    Outflow = outflow::Outflow {
        /// The hour's, unix milliseconds.
        hour_until: i64,
        /// The day's, unix milliseconds.
        day_until: i64,
    }
}
