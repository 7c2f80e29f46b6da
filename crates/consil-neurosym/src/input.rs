//! Where the networks' inputs come from.

use consil_logic::Term;
use consil_nn::{Inputs, TaskError};
use consil_random::Key;

/// Gives networks their inputs. The façade implements it over prepared data.
pub trait InputSource: Sync {
    /// The inputs of `network` for the input terms of a neural predicate (`[image]`, or `[image(0)]`), one batch row for each of
    /// `rows`. With `augment` the batch is for training: augmentation draws from that key; without, it is for evaluation.
    ///
    /// # Errors
    /// When a term names no modality, or the data cannot be read.
    fn inputs(
        &self,
        network: &str,
        terms: &[Term],
        rows: &[usize],
        augment: Option<Key>,
    ) -> Result<InputBatch, TaskError>;

    /// The inputs of a head, which reads whole rows.
    ///
    /// # Errors
    /// When the data cannot be read.
    fn head_inputs(&self, head: &str, rows: &[usize], augment: Option<Key>) -> Result<InputBatch, TaskError>;

    /// What the inputs of a neural predicate truly show in `row`, where the data knows. Evaluation alone may ask.
    fn concept(&self, terms: &[Term], row: usize) -> Option<&str>;

    /// What errors call a row: its line in a manifest, say.
    fn row_name(&self, row: usize) -> String {
        format!("row {row}")
    }
}

/// A batch of one network's inputs.
#[derive(Clone, Debug)]
pub struct InputBatch {
    /// The arrays by input name, batch first.
    pub inputs: Inputs,
    /// Which rows have a value at all. A neural predicate's absent input is not shown to the network: its distribution is uniform and
    /// carries no gradient. A head can say nothing of a row without any.
    pub present: Vec<bool>,
}
