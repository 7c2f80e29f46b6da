//! Relations as lines of bits, for strata whose rows are many among the possible ones.
//!
//! A rule such as `pt(Y, W) :- load(Y, X), pt(X, Z), pt(Z, W)` hands `W` through from its last atom to its head, and asks nothing of it. Where
//! relations are dense, all such `W` can be handed through at once: the bits of the line `pt(Z, _)` are added to those of the line `pt(Y, _)`, 64 to a
//! word, and only those that were not there are looked at one by one. That replaces a candidate for each row by a word for each 64.

use super::relation::Stored;
use super::rule::{Arg, Literal, PredicateId, Rule};
use super::run::Run;

/// Bits for each row above which lines of bits are not worth their memory: what a hash table takes for a pair, and a word of
/// bits is as dear as three or so candidates.
const BITS_PER_ROW: usize = 192;

/// The least and the greatest value of a column, as far as the rules tell.
pub(super) type Range = (u32, u32);

/// Rows as bits: the values of one column along a line, a line for each combination of the others.
pub(super) struct Matrix {
    lines: Lines,
    /// The value of a line's first bit.
    first: u32,
    /// Words of a line.
    stride: usize,
    words: Vec<u64>,
}

/// Which line a row lies on: a box of values, the last column fastest.
pub(super) struct Lines {
    /// The column along the line.
    bits: usize,
    low: Vec<u32>,
    extents: Vec<usize>,
    n: usize,
}

/// The lines of a change, one for each combination of values that it has.
pub(super) struct Change {
    /// The combinations, each with the number of its line as a last column.
    pub(super) lead: Run,
    stride: usize,
    words: Vec<u64>,
}

/// Where lines come from.
pub(super) enum LineSource<'a> {
    Own,
    Other(&'a Matrix),
    Change(&'a Change),
}

impl Lines {
    /// `None` where the box has more lines than can be counted.
    fn new(bits: usize, ranges: &[Range]) -> Option<Self> {
        let mut lines = Self { bits, low: Vec::new(), extents: Vec::new(), n: 1 };
        for &(low, high) in others(ranges, bits) {
            let extent = (high - low) as usize + 1;
            lines.n = lines.n.checked_mul(extent)?;
            lines.low.push(low);
            lines.extents.push(extent);
        }
        Some(lines)
    }

    /// The line of the values that `of` gives for the columns of the box; `None` outside of it, where there are no rows.
    fn of(&self, of: impl Fn(usize) -> u32) -> Option<usize> {
        (0..self.low.len()).try_fold(0, |line, at| {
            let from_low = of(at).checked_sub(self.low[at])? as usize;
            (from_low < self.extents[at]).then(|| line * self.extents[at] + from_low)
        })
    }

    /// The line of a row that is to be added. That the box holds it is what [`ranges`] is for; a wrong line would be a wrong answer.
    fn of_new(&self, of: impl Fn(usize) -> u32) -> usize {
        self.of(of).expect("the ranges of columns hold all rows that rules derive")
    }
}

/// All but one, in order.
pub(super) fn others<T>(all: &[T], without: usize) -> impl Iterator<Item = &T> {
    all.iter().enumerate().filter(move |(at, _)| *at != without).map(|(_, one)| one)
}

impl Matrix {
    /// An empty matrix, where `n_rows` rows are enough to pay for it. `along` is the range of all columns that lie along lines.
    pub(super) fn for_rows(n_rows: usize, bits: usize, ranges: &[Range], along: Range) -> Option<Self> {
        let lines = Lines::new(bits, ranges)?;
        let stride = ((along.1 - along.0) as usize + 1).div_ceil(64);
        let n_words = lines.n.checked_mul(stride)?;
        (n_words.checked_mul(64)? <= n_rows.checked_mul(BITS_PER_ROW)?).then(|| Self {
            lines,
            first: along.0,
            stride,
            words: vec![0; n_words],
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>()
    }

    /// Adds rows, and appends those that are new to `fresh`. Gives how many they were.
    pub(super) fn insert(&mut self, batch: &[&[u32]], len: usize, mut fresh: Option<&mut [Vec<u32>]>) -> usize {
        let along = batch[self.lines.bits];
        let lines: Vec<&[u32]> = others(batch, self.lines.bits).copied().collect();
        let mut n_new = 0;
        for row in 0..len {
            let bit = (along[row] - self.first) as usize;
            assert!(bit < self.stride * 64, "the ranges of columns hold all their values");
            let word = &mut self.words[self.lines.of_new(|at| lines[at][row]) * self.stride + bit / 64];
            if *word >> (bit % 64) & 1 == 0 {
                *word |= 1 << (bit % 64);
                n_new += 1;
                if let Some(fresh) = &mut fresh {
                    fresh.iter_mut().zip(batch).for_each(|(column, values)| column.push(values[row]));
                }
            }
        }
        n_new
    }

    /// For each row of a batch, adds a line of `source` to a line of this matrix: the batch's first columns are the values of the line here, the rest
    /// those of the line there, or its number in a change. Appends the rows that are new to `fresh`, and gives how many they were.
    pub(super) fn absorb(
        &mut self,
        source: &LineSource,
        batch: &[&[u32]],
        len: usize,
        fresh: &mut [Vec<u32>],
    ) -> usize {
        let (here, there) = batch.split_at(self.lines.low.len());
        let mut n_new = 0;
        let mut before = None;
        for row in 0..len {
            let from = match source {
                LineSource::Own => self.lines.of(|at| there[at][row]),
                LineSource::Other(matrix) => matrix.lines.of(|at| there[at][row]),
                LineSource::Change(_) => Some(there[0][row] as usize),
            };
            let Some(from) = from else { continue };
            let to = self.lines.of_new(|at| here[at][row]);
            // Neighbours are often the same, and a line adds nothing to itself.
            if before.replace((to, from)) == Some((to, from)) {
                continue;
            }
            let (line, added) = match source {
                LineSource::Own if to == from => continue,
                LineSource::Own => two_lines(&mut self.words, self.stride, to, from),
                LineSource::Other(Matrix { words, .. }) | LineSource::Change(Change { words, .. }) => {
                    (&mut self.words[to * self.stride..][..self.stride], &words[from * self.stride..][..self.stride])
                }
            };
            if line.iter().zip(added).fold(0, |new, (line, added)| new | (added & !line)) == 0 {
                continue;
            }
            for (at, (line, added)) in line.iter_mut().zip(added).enumerate() {
                let mut new = added & !*line;
                *line |= new;
                n_new += new.count_ones() as usize;
                while new != 0 {
                    fresh[self.lines.bits].push(self.first + (at * 64) as u32 + new.trailing_zeros());
                    new &= new - 1;
                }
            }
            let n = fresh[self.lines.bits].len();
            let columns = fresh.iter_mut().enumerate().filter(|(column, _)| *column != self.lines.bits);
            columns.zip(here).for_each(|((_, column), values)| column.resize(n, values[row]));
        }
        n_new
    }

    /// The lines of a change of this matrix's relation.
    pub(super) fn change(&self, delta: &Run) -> Change {
        let bits = self.lines.bits;
        let ordered = others(delta.columns(), bits).chain([&delta.columns()[bits]]).cloned().collect();
        // Nothing is moved where the rows are in that order already.
        let sorted = Run::sort(ordered, delta.len());
        let (along, lines) = (sorted.column(bits_last(&sorted)), &sorted.columns()[..bits_last(&sorted)]);
        let mut lead = vec![Vec::new(); lines.len() + 1];
        let mut words: Vec<u64> = Vec::new();
        let mut n_lines = 0;
        for (row, &value) in along.iter().enumerate() {
            if row == 0 || lines.iter().any(|column| column[row] != column[row - 1]) {
                lead.iter_mut().zip(lines).for_each(|(lead, column)| lead.push(column[row]));
                lead[lines.len()].push(n_lines);
                n_lines += 1;
                words.resize(n_lines as usize * self.stride, 0);
            }
            let bit = (value - self.first) as usize;
            let start = words.len() - self.stride;
            words[start + bit / 64] |= 1 << (bit % 64);
        }
        Change { lead: Run::unsorted(lead, n_lines as usize), stride: self.stride, words }
    }
}

impl Change {
    pub(super) fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>() + self.lead.bytes() + size_of_val(&self.stride)
    }
}

fn bits_last(run: &Run) -> usize {
    run.arity() - 1
}

fn two_lines(words: &mut [u64], stride: usize, to: usize, from: usize) -> (&mut [u64], &[u64]) {
    let (to, from) = (to * stride, from * stride);
    if to < from {
        let (before, after) = words.split_at_mut(from);
        (&mut before[to..to + stride], &after[..stride])
    } else {
        let (before, after) = words.split_at_mut(to);
        (&mut after[..stride], &before[from..from + stride])
    }
}

/// The ranges of the columns of `members`, which `rules` define: by the ranges of what the rules read. `None` where arithmetic makes values of its own.
pub(super) fn ranges(rules: &[&Rule], members: &[PredicateId], relations: &[Stored]) -> Option<Vec<Vec<Range>>> {
    let mut found: Vec<Option<Vec<Range>>> = vec![None; members.len()];
    // A range grows to the end of another range, of which there are few; a hundred rounds are more than chains of rules need.
    for _ in 0..100 {
        let mut has_changed = false;
        for rule in rules {
            let Some(head) = head_ranges(rule, members, &found, relations)? else { continue };
            let at = members.iter().position(|&member| member == rule.head.predicate)?;
            let wider = match &found[at] {
                Some(known) => known.iter().zip(&head).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))).collect(),
                None => head,
            };
            has_changed |= found[at].as_ref() != Some(&wider);
            found[at] = Some(wider);
        }
        if !has_changed {
            return found.into_iter().collect();
        }
    }
    None
}

/// The ranges of the head's columns by one rule; `Some(None)` where the rule cannot fire yet.
fn head_ranges(
    rule: &Rule,
    members: &[PredicateId],
    found: &[Option<Vec<Range>>],
    relations: &[Stored],
) -> Option<Option<Vec<Range>>> {
    let mut of_variable: Vec<Option<Range>> = vec![None; rule.n_vars as usize];
    for literal in &rule.body {
        let Literal::Positive(atom) = literal else { continue };
        let ranges = match members.iter().position(|&member| member == atom.predicate) {
            Some(at) => found[at].clone(),
            None => relations[atom.predicate as usize].ranges(),
        };
        let Some(ranges) = ranges else { return Some(None) };
        for (arg, range) in atom.args.iter().zip(ranges) {
            if let Some(variable) = arg.variable() {
                let known = of_variable[variable as usize].get_or_insert(range);
                *known = (known.0.max(range.0), known.1.min(range.1));
                if known.0 > known.1 {
                    return Some(None);
                }
            }
        }
    }
    let of = |arg: &Arg| match *arg {
        Arg::Const(code) => Some((code, code)),
        Arg::Var(variable) => of_variable[variable as usize],
    };
    rule.head.args.iter().map(of).collect::<Option<Vec<_>>>().map(Some)
}
