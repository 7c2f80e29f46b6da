//! What rows repeat of one another, and so how far a share of them can be trusted.

use std::collections::BTreeMap;

use consil_data::Split;
use serde::{Deserialize, Serialize};

/// What the rows of a split repeat of one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// The number of different items of each modality.
    pub distinct: BTreeMap<String, usize>,
    /// How many independent rows there are, by [`Split::n_independent`].
    pub independent: usize,
}

impl Repeats {
    /// Of the rows of a split.
    pub fn of(split: &Split) -> Self {
        Self { distinct: split.n_distinct(), independent: split.n_independent() }
    }
}
