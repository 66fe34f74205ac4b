//! Changes of parameters: what loosens, what tightens, how far a step may go.
