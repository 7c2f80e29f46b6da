//! Why a model answers a sample as it does: what each network saw, the proof of the answer, and the nearest change that would flip it.

mod ask;
mod choose;
mod explanation;
mod saliency;
mod terminal;
#[cfg(test)]
mod tests;

pub use ask::{ExplainError, explain, explain_with};
pub use choose::choose;
pub use explanation::{Explanation, Flip, Likelihood, ModalityView, OtherAnswer, ProofTree};
pub use saliency::Saliency;
// What an explanation shows of its inputs.
pub use consil_data::{Image, View};

pub(crate) use terminal::percent;
