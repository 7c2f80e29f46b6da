//! The parameters of a flat vector, in order.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;

use crate::role::Role;

/// The parameters of a flat `f32` vector, in order and without gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    n_values: usize,
}

/// One named parameter of a [`Layout`].
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
    /// Where its values begin in the flat vector: set by [`Layout::new`].
    offset: usize,
}

/// How a value is stored. Sites and server hold `f32`; a layout names it so that two versions that differ refuse each
/// other at the handshake (by [`Layout::fingerprint`]) instead of misreading numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dtype {
    /// 32-bit IEEE 754.
    F32,
}

impl Entry {
    /// An `f32` parameter; it gets its place from the layout that it becomes part of.
    pub fn f32(name: impl Into<String>, shape: impl Into<Vec<usize>>, role: Role) -> Self {
        Self { name: name.into(), shape: shape.into(), dtype: Dtype::F32, role, offset: 0 }
    }

    /// The number of values: the product of the shape.
    pub fn n_values(&self) -> usize {
        self.shape.iter().product()
    }

    /// Where its values begin in the flat vector of its layout.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Its place in the flat vector of its layout.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.n_values()
    }
}

impl Layout {
    /// A layout over the entries in order.
    ///
    /// # Errors
    /// [`LayoutError::Duplicate`] if two entries share a name, [`LayoutError::TooLarge`] if the flat vector cannot be addressed.
    pub fn new(mut entries: Vec<Entry>) -> Result<Self, LayoutError> {
        let mut by_name = HashMap::with_capacity(entries.len());
        let mut end = 0;
        for (index, entry) in entries.iter_mut().enumerate() {
            if by_name.insert(entry.name.clone(), index).is_some() {
                return Err(LayoutError::Duplicate { name: entry.name.clone() });
            }
            entry.offset = end;
            end = end_of(entry).ok_or_else(|| LayoutError::TooLarge { name: entry.name.clone() })?;
        }
        Ok(Self { entries, by_name, n_values: end })
    }

    /// The parameters in the order of the flat vector.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The parameter with this name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|index| &self.entries[*index])
    }

    /// The length of the flat vector.
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// How many values gradient descent changes: those neither frozen nor buffers.
    pub fn n_trainable(&self) -> usize {
        self.entries.iter().filter(|entry| entry.role.is_trained()).map(Entry::n_values).sum()
    }

    /// A number that two sites with the same names, shapes, dtypes and roles share. It tells versions of a model apart; it is no
    /// defence against a site that lies. It stands in files of state, so it is the same in every version.
    pub fn fingerprint(&self) -> u64 {
        self.entries.iter().fold(fnv1a(0, "layout"), |hash, entry| {
            let kind = format!("{:?} {:?} {:?}", entry.shape, entry.dtype, entry.role);
            fnv1a(fnv1a(hash, &entry.name), &kind)
        })
    }
}

/// Where the entry's values end, if every byte of the vector up to there can be addressed.
fn end_of(entry: &Entry) -> Option<usize> {
    let n_values = entry.shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis))?;
    let end = entry.offset.checked_add(n_values)?;
    (end <= isize::MAX as usize / size_of::<f32>()).then_some(end)
}

/// The FNV-1a hash of a text, continued from `state` (0 begins).
fn fnv1a(state: u64, text: &str) -> u64 {
    let begin = if state == 0 { 0xcbf2_9ce4_8422_2325 } else { state ^ 0xff };
    text.bytes().fold(begin, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Why entries are not a layout, or values do not fit one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Two parameters share a name.
    #[error("two parameters are named {name:?}; names are unique in a layout: give the networks different names")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// The flat vector has the wrong length.
    #[error("the layout has {expected} values, but {given} were given")]
    Length {
        /// The layout's length.
        expected: usize,
        /// The length given.
        given: usize,
    },
    /// With this parameter, the flat vector is longer than a computer's memory can be.
    #[error("parameter {name:?} makes the model larger than any memory; lower a width or a size")]
    TooLarge {
        /// The parameter that no longer fits.
        name: String,
    },
}

#[cfg(test)]
mod tests;
