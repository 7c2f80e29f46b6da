//! Where the networks' inputs come from.

use consil_logic::Term;
use consil_nn::{Inputs, TaskError};
use consil_random::Key;

/// Hands networks their inputs. The façade implements it over prepared data.
pub trait Senses: Sync {
    /// The inputs of `network` for the input terms of a neural leaf (`[image]`, or `[image(0)]`), one batch row for each of
    /// `rows`. With `draw` the batch is for training: augmentation draws from that key; without, it is for evaluation.
    ///
    /// # Errors
    /// When a term names no sense, or the data cannot be read.
    fn inputs(&self, network: &str, terms: &[Term], rows: &[usize], draw: Option<Key>) -> Result<Sensed, TaskError>;

    /// What the inputs of a neural leaf truly show in `row`, where the data knows. Evaluation alone may ask.
    fn concept(&self, terms: &[Term], row: usize) -> Option<&str>;
}

/// A batch of one network's inputs.
#[derive(Clone, Debug)]
pub struct Sensed {
    /// The arrays by input name, batch first.
    pub inputs: Inputs,
    /// Which samples were sensed at all. An absent one is not shown to the network: its distribution is uniform and
    /// carries no gradient.
    pub present: Vec<bool>,
}
