//! The cascade gauge: the share of open interest that goes bankrupt within a distance of the mark.
