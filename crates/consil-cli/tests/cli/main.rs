//! The `consil` binary as a user meets it: what it prints, what it leaves behind, how it ends.

mod bad_input;
mod demo;
mod help;
mod output;
mod project;
mod repeat;
mod resume;
mod runs;
