//! Phases of a market: normal, stressed, recovery.
