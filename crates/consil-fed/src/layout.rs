//! What a flat vector of parameters holds, and which part of it travels.
//!
//! A site's model is one flat `f32` vector, described by a [`Layout`]: named parameters in order, each with a [`Role`]. The
//! [`Selection`] of a layout is the part that travels between site and server, in *sent order*: first every value that is
//! trained (shared parameters and adapters), then, if buffers are averaged, every buffer.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use consil_random::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The parameters of a flat vector, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    entries: Vec<Entry>,
    n_values: usize,
}

/// One named parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// A name, unique in the layout.
    pub name: String,
    /// The length of each axis; a scalar has none.
    pub shape: Vec<usize>,
    /// How a value is stored.
    pub dtype: Dtype,
    /// Who may change it, and whether it travels.
    pub role: Role,
}

/// How a value is stored. Sites and server hold `f32`; a layout names it so that two versions that differ refuse each
/// other at the handshake (by [`Layout::fingerprint`]) instead of misreading numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dtype {
    /// 32-bit IEEE 754.
    F32,
}

/// Who may change a parameter, and whether it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Trained, and sent to the server.
    Shared,
    /// Trained, and kept at the site: personalisation layers (Arivazhagan et al., 2019).
    Local,
    /// Neither trained nor sent.
    Frozen,
    /// Trained and sent, while what it adapts is frozen.
    Adapter,
    /// Statistics that the forward pass updates, such as batch normalisation's; sent or kept by [`Buffers`].
    Buffer,
}

/// What becomes of buffers such as batch normalisation's running statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Buffers {
    /// They are sent and averaged, weighted by samples.
    #[default]
    Average,
    /// They stay at the site, as FedBN keeps them (Li et al., 2021).
    Local,
}

impl Entry {
    /// An `f32` parameter.
    pub fn f32(name: impl Into<String>, shape: impl Into<Vec<usize>>, role: Role) -> Self {
        Self { name: name.into(), shape: shape.into(), dtype: Dtype::F32, role }
    }

    /// The number of values: the product of the shape.
    pub fn n_values(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Layout {
    /// A layout over the entries in order.
    ///
    /// # Errors
    /// [`LayoutError::Duplicate`] if two entries share a name.
    pub fn new(entries: Vec<Entry>) -> Result<Self, LayoutError> {
        let mut names = BTreeSet::new();
        if let Some(entry) = entries.iter().find(|entry| !names.insert(entry.name.as_str())) {
            return Err(LayoutError::Duplicate { name: entry.name.clone() });
        }
        let n_values = entries.iter().map(Entry::n_values).sum();
        Ok(Self { entries, n_values })
    }

    /// The parameters in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The length of the flat vector.
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// A number that two sites with the same names, shapes, dtypes and roles share. It tells versions of a model apart; it is no
    /// defence against a site that lies.
    pub fn fingerprint(&self) -> u64 {
        let entry = |key: Key, e: &Entry| key.op(&e.name).op(&format!("{:?} {:?} {:?}", e.shape, e.dtype, e.role));
        self.entries.iter().fold(Key::new(0).op("layout"), entry).op
    }

    /// The part that travels.
    pub fn select(&self, buffers: Buffers) -> Selection {
        let mut selection = Selection { n_values: self.n_values, ..Selection::default() };
        let mut averaged = Vec::new();
        let mut start = 0;
        for (index, entry) in self.entries.iter().enumerate() {
            let range = start..start + entry.n_values();
            start = range.end;
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

    /// The parameter that holds value `at` of the sent order, for error messages.
    pub(crate) fn name_of_sent(&self, selection: &Selection, at: usize) -> &str {
        let mut end = 0;
        let holds = |(_, range): &&(usize, Range<usize>)| {
            end += range.len();
            at < end
        };
        selection.sent.iter().find(holds).map_or("", |(index, _)| self.entries[*index].name.as_str())
    }
}

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

impl Selection {
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

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shared => "shared",
            Self::Local => "local",
            Self::Frozen => "frozen",
            Self::Adapter => "adapter",
            Self::Buffer => "buffer",
        })
    }
}

/// Why entries are no layout.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Two parameters share a name.
    #[error("two parameters are named {name:?}; names are unique in a layout")]
    Duplicate {
        /// The name.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn scatter_undoes_gather_and_touches_nothing_else() {
        for buffers in [Buffers::Average, Buffers::Local] {
            let selection = layout().select(buffers);
            let flat: Vec<f32> = (0..7).map(|i| i as f32).collect();
            let mut other = vec![-1.0; 7];
            selection.scatter(&selection.gather(&flat), &mut other);
            selection.scatter_kept(&selection.gather_kept(&flat), &mut other);
            let frozen = 3;
            assert_eq!(other[frozen], -1.0, "a frozen value neither travels nor is kept");
            other[frozen] = flat[frozen];
            assert_eq!(other, flat);
        }
    }

    #[test]
    fn a_value_of_the_sent_order_has_its_parameters_name() {
        let layout = layout();
        let selection = layout.select(Buffers::Average);
        let names: Vec<_> = (0..4).map(|at| layout.name_of_sent(&selection, at)).collect();
        assert_eq!(names, ["body", "body", "lora", "norm.mean"]);
    }

    #[test]
    fn the_fingerprint_changes_with_each_field() {
        let base = layout();
        let mut prints = BTreeSet::from([base.fingerprint()]);
        let edits: [fn(&mut Entry); 3] = [|e| e.name.push('x'), |e| e.shape = vec![1, 2], |e| e.role = Role::Adapter];
        for edit in edits {
            let mut entries = base.entries().to_vec();
            edit(&mut entries[0]);
            assert!(prints.insert(Layout::new(entries).unwrap().fingerprint()));
        }
        assert_eq!(base.fingerprint(), layout().fingerprint());
    }

    #[test]
    fn a_name_twice_is_refused() {
        let twice = vec![Entry::f32("w", [1], Role::Shared), Entry::f32("w", [2], Role::Local)];
        assert_eq!(Layout::new(twice), Err(LayoutError::Duplicate { name: "w".into() }));
    }
}
