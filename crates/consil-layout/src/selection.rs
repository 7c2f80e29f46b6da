//! The part of a flat vector that travels, and the part that a site keeps.

use std::ops::Range;

use crate::layout::Layout;
use crate::role::{Buffers, Role};

/// The values of a flat vector that travel, and those that a site keeps for itself between rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Entry index and range in the flat vector, in sent order.
    sent: Vec<(usize, Range<usize>)>,
    kept: Vec<Range<usize>>,
    n_values: usize,
    n_sent: usize,
    n_trained: usize,
}

impl Layout {
    /// The part that travels.
    pub fn select(&self, buffers: Buffers) -> Selection {
        Selection::new(self, buffers)
    }

    /// The parameter that holds value `at` of the selection's sent order, for error messages.
    pub fn name_of_sent(&self, selection: &Selection, at: usize) -> &str {
        selection.entry_of_sent(at).map_or("", |index| self.entries()[index].name.as_str())
    }

    /// The parameters that a selection of this layout keeps at the sites, by name, in the layout's order.
    pub fn names_of_kept(&self, selection: &Selection) -> Vec<&str> {
        let is_kept = |entry: &&crate::Entry| selection.kept.contains(&entry.range());
        self.entries().iter().filter(is_kept).map(|entry| entry.name.as_str()).collect()
    }
}

impl Selection {
    /// What travels of a layout's values: shared parameters and adapters first, then buffers, if they are averaged.
    pub(crate) fn new(layout: &Layout, buffers: Buffers) -> Self {
        let mut selection = Self { n_values: layout.n_values(), ..Self::default() };
        let mut averaged = Vec::new();
        for (index, entry) in layout.entries().iter().enumerate() {
            let range = entry.range();
            match (entry.role, buffers) {
                (Role::Shared | Role::Adapter, _) => selection.sent.push((index, range)),
                (Role::Buffer, Buffers::Average) => averaged.push((index, range)),
                (Role::Local, _) | (Role::Buffer, Buffers::Local) => selection.kept.push(range),
                (Role::Frozen, _) => {}
            }
        }
        selection.n_trained = selection.sent.iter().map(|(_, range)| range.len()).sum();
        selection.n_sent = selection.n_trained + averaged.iter().map(|(_, range)| range.len()).sum::<usize>();
        selection.sent.extend(averaged);
        selection
    }

    /// The index of the entry that holds value `at` of the sent order.
    pub(crate) fn entry_of_sent(&self, at: usize) -> Option<usize> {
        let mut end = 0;
        let holds = |(_, range): &&(usize, Range<usize>)| {
            end += range.len();
            at < end
        };
        self.sent.iter().find(holds).map(|(index, _)| *index)
    }

    /// How many values travel.
    pub fn n_sent(&self) -> usize {
        self.n_sent
    }

    /// How many of them are trained: in sent order these come first, and averaged buffers after them.
    pub fn n_trained(&self) -> usize {
        self.n_trained
    }

    /// The length of the flat vector that the selection is of.
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// The values that travel, out of a flat vector `[n_values]`, in sent order `[n_sent]`.
    ///
    /// # Panics
    /// If `flat` is not `n_values` long.
    pub fn gather(&self, flat: &[f32]) -> Vec<f32> {
        assert_eq!(flat.len(), self.n_values, "the flat vector is of another layout");
        self.sent.iter().flat_map(|(_, range)| &flat[range.clone()]).copied().collect()
    }

    /// Writes values in sent order `[n_sent]` into their places of a flat vector `[n_values]`; all others stay.
    ///
    /// # Panics
    /// If a length differs.
    pub fn scatter(&self, sent: &[f32], flat: &mut [f32]) {
        assert_eq!((sent.len(), flat.len()), (self.n_sent, self.n_values), "the vectors are of another layout");
        copy_in(self.sent.iter().map(|(_, range)| range), sent, flat);
    }

    /// The values that a site keeps between rounds: local parameters, and buffers that are not averaged.
    ///
    /// # Panics
    /// If `flat` is not `n_values` long.
    pub fn gather_kept(&self, flat: &[f32]) -> Vec<f32> {
        assert_eq!(flat.len(), self.n_values, "the flat vector is of another layout");
        self.kept.iter().flat_map(|range| &flat[range.clone()]).copied().collect()
    }

    /// Writes what [`Selection::gather_kept`] took back into its places.
    ///
    /// # Panics
    /// If a length differs.
    pub fn scatter_kept(&self, kept: &[f32], flat: &mut [f32]) {
        assert_eq!((kept.len(), flat.len()), (self.n_kept(), self.n_values), "the vectors are of another layout");
        copy_in(self.kept.iter(), kept, flat);
    }

    /// How many values a site keeps between rounds.
    pub fn n_kept(&self) -> usize {
        self.kept.iter().map(Range::len).sum()
    }
}

fn copy_in<'a>(ranges: impl Iterator<Item = &'a Range<usize>>, mut from: &[f32], into: &mut [f32]) {
    for range in ranges {
        let (these, rest) = from.split_at(range.len());
        into[range.clone()].copy_from_slice(these);
        from = rest;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layout::Entry;

    fn layout() -> Layout {
        let entry = |name: &str, n, role| Entry::f32(name, [n], role);
        Layout::new(vec![
            entry("body", 2, Role::Shared),
            entry("norm.mean", 1, Role::Buffer),
            entry("frozen", 1, Role::Frozen),
            entry("head", 2, Role::Local),
            entry("lora", 1, Role::Adapter),
        ])
        .unwrap()
    }

    #[test]
    fn roles_decide_what_travels_and_what_stays() {
        let flat = [1.0, 2.0, 30.0, 400.0, 5.0, 6.0, 7.0];
        let averaged = layout().select(Buffers::Average);
        assert_eq!(averaged.gather(&flat), [1.0, 2.0, 7.0, 30.0]);
        assert_eq!((averaged.n_trained(), averaged.n_sent()), (3, 4));
        assert_eq!(averaged.gather_kept(&flat), [5.0, 6.0]);
        let local = layout().select(Buffers::Local);
        assert_eq!(local.gather(&flat), [1.0, 2.0, 7.0]);
        assert_eq!(local.gather_kept(&flat), [30.0, 5.0, 6.0]);
        assert_eq!(layout().names_of_kept(&averaged), ["head"]);
        assert_eq!(layout().names_of_kept(&local), ["norm.mean", "head"]);
    }

    proptest! {
        /// Law: scattering what was gathered restores every value but the frozen ones, which neither travel nor are kept.
        #[test]
        fn scatter_undoes_gather(
            entries in prop::collection::vec((0usize..4, 0usize..5), 0..8),
            average in any::<bool>(),
        ) {
            let entries = entries.iter().enumerate();
            let entries = entries.map(|(i, (n, role))| Entry::f32(i.to_string(), [*n], Role::ALL[*role]));
            let layout = Layout::new(entries.collect()).unwrap();
            let selection = layout.select(if average { Buffers::Average } else { Buffers::Local });
            let flat: Vec<f32> = (0..layout.n_values()).map(|i| i as f32).collect();
            let mut other = vec![-1.0; flat.len()];
            selection.scatter(&selection.gather(&flat), &mut other);
            selection.scatter_kept(&selection.gather_kept(&flat), &mut other);
            for entry in layout.entries() {
                for i in entry.range() {
                    prop_assert_eq!(other[i], if entry.role == Role::Frozen { -1.0 } else { flat[i] });
                }
            }
        }
    }
}
