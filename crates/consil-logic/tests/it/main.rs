//! All tests of the crate from outside, in one binary: one link instead of nineteen. A file is a subject; a folder holds what its tests compare with.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bounds;
mod datalog;
mod diagnostics;
mod examples;
mod explanations;
mod factoring;
mod fuzz;
mod golden;
mod interventions;
mod learning;
mod live;
mod page;
mod plan;
mod provenance;
mod reachability;
mod robustness;
mod syntax;
mod tasks;
mod width;
mod worlds;
