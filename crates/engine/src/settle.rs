//! Settling a market whose oracle is gone: the last mark is final and positions close at it (G22).
