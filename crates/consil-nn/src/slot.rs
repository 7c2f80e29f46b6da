//! Where a parameter of a graph lies.

use std::ops::Range;

use consil_graph::Role;

/// Where a parameter of the graph lies in the flat vector.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Its number in the layout.
    pub entry: usize,
    pub range: Range<usize>,
    pub role: Role,
}
