//! Volatility: a time-weighted average of squared returns, and the multiple of margins it asks for.
