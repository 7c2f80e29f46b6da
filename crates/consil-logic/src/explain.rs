//! Why an answer is as probable as it is: proofs to show, facts that matter, rules that almost held, graphs to draw.

mod drawing;
pub(crate) mod export;
mod json;
mod sensitivity;
mod why_not;

pub use sensitivity::Sensitivity;
pub use why_not::{FailedRule, WhyNot};
