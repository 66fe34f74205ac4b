//! Breakers: what trips, how long it holds, and what it leaves allowed.
