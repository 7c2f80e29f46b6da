//! Tests of the public interface.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

mod determinism;
mod networks;
mod operations;
mod refusals;
mod rows;
mod sharing;
mod training;
mod training_mode;
