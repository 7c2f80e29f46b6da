//! The tests of the crate through its public interface, as one binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod arrival;
mod coverage;
mod crash;
mod dropouts;
mod memory;
mod papers;
mod quadratic;
mod quadratics;
mod stored;
