//! What the façade promises, through its public interface.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

mod addition;
mod another_task;
mod checked;
mod compared;
mod compat;
mod fine_tune;
mod kept_graphs;
mod lengths;
mod list_of_items;
mod mazes;
mod rules_and_head;
mod schema;
mod support;
mod targets;
mod unseen;
mod unused;
