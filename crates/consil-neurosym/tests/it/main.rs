//! Rules, a head and both over small networks, against finite differences.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

mod flips;
mod gradients;
mod support;
