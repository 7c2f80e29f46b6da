//! The `consil` binary as a user meets it: what it prints, what it leaves behind, how it ends.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

mod accuracy;
mod again;
mod bad_input;
mod checked;
mod data;
mod demo;
mod examples;
mod from_table;
mod help;
mod output;
mod own_designs;
mod own_runs;
mod pathways;
mod project;
mod reason;
mod repeat;
mod resume;
mod rows;
mod runs;
mod unused;
