//! Which of the parameters that travel a contribution covers.
//!
//! A site may lack a modality: its model then has parameters that its data cannot train. A [`Cover`] says which ones it did train, and only
//! those are sent and averaged. [`SentEntries`] is the sent order that it speaks of.

use std::ops::Range;

use consil_layout::{Buffers, Layout, Role};

/// The parameters that travel, in sent order: those that are trained, then averaged buffers.
#[derive(Clone, Debug, PartialEq)]
pub struct SentEntries {
    entries: Vec<SentEntry>,
    n_trained: usize,
    n_sent: usize,
}

/// One parameter that travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentEntry {
    /// Its name in the layout.
    pub name: String,
    /// Its place in a vector of sent values.
    pub range: Range<usize>,
    /// Whether it is trained; an averaged buffer is not.
    pub is_trained: bool,
}

/// The parameters that a contribution covers, by their places in [`SentEntries`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cover {
    /// All of them.
    #[default]
    All,
    /// These, ascending and none twice.
    Entries(Vec<u32>),
}

impl SentEntries {
    /// What travels of a layout, in the order of its [`Selection`](consil_layout::Selection).
    pub fn new(layout: &Layout, buffers: Buffers) -> Self {
        let all = layout.entries().iter();
        let trained = all.clone().filter(|entry| matches!(entry.role, Role::Shared | Role::Adapter));
        let averaged = all.filter(|entry| entry.role == Role::Buffer && buffers == Buffers::Average);
        let (mut n_sent, mut n_trained) = (0, 0);
        let entries = trained.chain(averaged).map(|entry| {
            let start = n_sent;
            n_sent += entry.n_values();
            let is_trained = entry.role != Role::Buffer;
            if is_trained {
                n_trained = n_sent;
            }
            SentEntry { name: entry.name.clone(), range: start..n_sent, is_trained }
        });
        let entries = entries.collect();
        Self { entries, n_trained, n_sent }
    }

    /// Each of them.
    pub fn entries(&self) -> &[SentEntry] {
        &self.entries
    }

    /// How many values travel.
    pub fn n_sent(&self) -> usize {
        self.n_sent
    }

    /// How many of them are trained; these come first.
    pub fn n_trained(&self) -> usize {
        self.n_trained
    }

    /// The parameter that holds value `at` of the sent order.
    pub fn at(&self, at: usize) -> Option<&SentEntry> {
        // Entries without values share their place with the next one and hold nothing.
        self.entries.get(self.entries.partition_point(|entry| entry.range.end <= at))
    }

    /// The cover of the parameters whose name passes a test; [`Cover::All`] if all do.
    pub fn covering(&self, mut covers: impl FnMut(&str) -> bool) -> Cover {
        let these: Vec<u32> =
            (0u32..).zip(&self.entries).filter(|(_, entry)| covers(&entry.name)).map(|(i, _)| i).collect();
        if these.len() == self.entries.len() { Cover::All } else { Cover::Entries(these) }
    }

    /// The places of the entries that a cover names, or `None` if it names one that does not exist, or not in order.
    pub fn covered(&self, cover: &Cover) -> Option<Vec<usize>> {
        match cover {
            Cover::All => Some((0..self.entries.len()).collect()),
            Cover::Entries(these) => {
                let fits = these.is_sorted_by(|a, b| a < b)
                    && these.last().is_none_or(|last| (*last as usize) < self.entries.len());
                fits.then(|| these.iter().map(|i| *i as usize).collect())
            }
        }
    }

    /// How many values a list of entries holds.
    pub fn n_values(&self, entries: &[usize]) -> usize {
        entries.iter().map(|i| self.entries[*i].range.len()).sum()
    }

    /// The covered values of a vector in sent order, one entry after the other.
    pub fn gather(&self, entries: &[usize], sent: &[f32]) -> Vec<f32> {
        entries.iter().flat_map(|i| &sent[self.entries[*i].range.clone()]).copied().collect()
    }

    /// The covered entries, each with its values out of what [`gather`](Self::gather) gave.
    pub fn parts<'a>(&'a self, entries: &'a [usize], values: &'a [f32]) -> impl Iterator<Item = (usize, &'a [f32])> {
        let mut rest = values;
        entries.iter().map(move |i| {
            let (these, others) = rest.split_at(self.entries[*i].range.len());
            rest = others;
            (*i, these)
        })
    }
}

#[cfg(test)]
mod tests {
    use consil_layout::Entry;

    use super::*;

    fn layout() -> Layout {
        let entry = |name: &str, n, role| Entry::f32(name, [n], role);
        Layout::new(vec![
            entry("norm.mean", 1, Role::Buffer),
            entry("body", 2, Role::Shared),
            entry("head", 2, Role::Local),
            entry("empty", 0, Role::Shared),
            entry("lora", 1, Role::Adapter),
            entry("ice", 3, Role::Frozen),
        ])
        .unwrap()
    }

    #[test]
    fn the_sent_order_is_the_selections() {
        for buffers in [Buffers::Average, Buffers::Local] {
            let layout = layout();
            let (selection, sent) = (layout.select(buffers), SentEntries::new(&layout, buffers));
            assert_eq!((sent.n_sent(), sent.n_trained()), (selection.n_sent(), selection.n_trained()));
            let flat: Vec<f32> = (0..layout.n_values()).map(|i| i as f32).collect();
            let all = sent.covered(&Cover::All).unwrap();
            let mut named: Vec<f32> = Vec::new();
            for entry in sent.entries() {
                named.extend(&flat[layout.entries().iter().find(|e| e.name == entry.name).unwrap().range()]);
            }
            assert_eq!(selection.gather(&flat), named);
            assert_eq!(sent.gather(&all, &named), named);
            let names: Vec<&str> = (0..sent.n_sent()).map(|at| sent.at(at).unwrap().name.as_str()).collect();
            assert_eq!(names[..3], ["body", "body", "lora"]);
        }
    }

    #[test]
    fn a_cover_gathers_and_parts_what_it_names() {
        let sent = SentEntries::new(&layout(), Buffers::Average);
        let cover = sent.covering(|name| name != "body");
        let entries = sent.covered(&cover).unwrap();
        let values = sent.gather(&entries, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(values, [3.0, 4.0]);
        let parts: Vec<(usize, &[f32])> = sent.parts(&entries, &values).collect();
        assert_eq!(parts, [(1, &[][..]), (2, &[3.0][..]), (3, &[4.0][..])]);
        assert_eq!(sent.covering(|_| true), Cover::All);
    }

    #[test]
    fn a_cover_of_something_else_is_none() {
        let sent = SentEntries::new(&layout(), Buffers::Average);
        for these in [vec![4], vec![1, 1], vec![2, 1]] {
            assert_eq!(sent.covered(&Cover::Entries(these)), None);
        }
        assert_eq!(sent.covered(&Cover::Entries(vec![])), Some(vec![]));
    }
}
