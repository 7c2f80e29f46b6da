//! All tests of the crate from outside, in one binary.

mod arbitrary_input;
mod backtests;
