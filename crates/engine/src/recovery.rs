//! Paying people back: debts served, donations, surplus, claims.
