//! Underwriting layers: outside capital drawn after the cover and before anyone is charged.
