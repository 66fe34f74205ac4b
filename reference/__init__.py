"""Executable statements of the mechanism in docs/concepts.md, in exact rationals and the standard library alone."""
