//! Everything that this crate promises to others, in one binary.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it skips")]

mod columns;
mod faults;
mod fixture;
mod fuzz;
mod manifests;
mod pools;
mod real;
