//! Sparse tables: the assignments of a clique's variables that may still be, each with the rows that it multiplies.

use super::nodes::ONE;
use super::tree::Field;

/// What one clique sends to another, over some of the receiver's variables: a row for each assignment that is possible.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// The receiver's bits of the variables.
    pub(super) mask: u64,
    /// Each once.
    pub(super) keys: Vec<u64>,
    pub(super) rows: Vec<u32>,
}

/// Assignments under construction: those of `bound` bits, with `stride` factors each.
#[derive(Clone, Debug)]
pub(super) struct Assignments {
    pub(super) bound: u64,
    pub(super) keys: Vec<u64>,
    pub(super) factors: Vec<u32>,
    pub(super) stride: usize,
}

/// Pairs that are compared one by one rather than sought.
const SMALL: usize = 64;

impl Assignments {
    /// The empty assignment, with nothing to multiply.
    pub(super) fn new() -> Self {
        Self { bound: 0, keys: vec![0], factors: Vec::new(), stride: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn factors(&self, at: usize) -> &[u32] {
        &self.factors[at * self.stride..(at + 1) * self.stride]
    }

    /// Keeps what agrees with a message, and multiplies by its rows; whether no more than so many are left.
    pub(super) fn join(&mut self, message: &Message, most: usize) -> bool {
        let shared = self.bound & message.mask;
        let is_filter = message.rows.iter().all(|&row| row == ONE);
        let stride = self.stride + usize::from(!is_filter);
        let mut out = Assignments { bound: self.bound | message.mask, keys: Vec::new(), factors: Vec::new(), stride };
        let mut emit = |at: usize, entry: usize| {
            out.keys.push(self.keys[at] | message.keys[entry]);
            out.factors.extend_from_slice(self.factors(at));
            if !is_filter {
                out.factors.push(message.rows[entry]);
            }
            out.keys.len() <= most
        };
        let mut has_room = true;
        if self.len() * message.keys.len() <= SMALL || shared == 0 {
            for (at, key) in self.keys.iter().enumerate() {
                let mut matching = (0..message.keys.len()).filter(|&entry| (key ^ message.keys[entry]) & shared == 0);
                has_room &= matching.all(|entry| emit(at, entry));
                if !has_room {
                    break;
                }
            }
        } else {
            let mut sorted: Vec<(u64, u32)> =
                message.keys.iter().zip(0..).map(|(key, entry)| (key & shared, entry)).collect();
            sorted.sort_unstable();
            for (at, key) in self.keys.iter().enumerate() {
                let first = sorted.partition_point(|&(other, _)| other < key & shared);
                let mut matching = sorted[first..].iter().take_while(|&&(other, _)| other == key & shared);
                has_room &= matching.all(|&(_, entry)| emit(at, entry as usize));
                if !has_room {
                    break;
                }
            }
        }
        *self = out;
        has_room
    }

    /// Gives an unbound variable each of its values.
    pub(super) fn enumerate(&mut self, field: Field, values: &[u32]) {
        let mut out = Assignments {
            bound: self.bound | field.mask,
            keys: Vec::with_capacity(self.len() * values.len()),
            factors: Vec::with_capacity(self.factors.len() * values.len()),
            stride: self.stride,
        };
        for (at, &key) in self.keys.iter().enumerate() {
            for &value in values {
                out.keys.push(field.with(key, value));
                out.factors.extend_from_slice(self.factors(at));
            }
        }
        *self = out;
    }

    /// Keeps those for which `change` gives a key, with that key.
    pub(super) fn retain(&mut self, bound: u64, mut change: impl FnMut(u64) -> Option<u64>) {
        let mut kept = 0;
        for at in 0..self.len() {
            if let Some(key) = change(self.keys[at]) {
                self.keys[kept] = key;
                self.factors.copy_within(at * self.stride..(at + 1) * self.stride, kept * self.stride);
                kept += 1;
            }
        }
        self.keys.truncate(kept);
        self.factors.truncate(kept * self.stride);
        self.bound = bound;
    }

    /// Multiplies by the row of a variable's value. Where everything else is the same for all of a variable's values and their
    /// probabilities add up to one, the variable drops out; its bits are then 0.
    pub(super) fn weigh(&mut self, field: Field, rows: &[(u32, u32)], may_drop: bool) {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        let rest = |at: u32| self.keys[at as usize] & !field.mask;
        order.sort_unstable_by_key(|&at| (rest(at), self.keys[at as usize]));
        let stride = self.stride + 1;
        let mut out = Assignments { bound: self.bound, keys: Vec::new(), factors: Vec::new(), stride };
        for run in order.chunk_by(|&a, &b| rest(a) == rest(b)) {
            let first = self.factors(run[0] as usize);
            let is_same = || run.iter().all(|&at| self.factors(at as usize) == first);
            if may_drop && run.len() == rows.len() && is_same() {
                out.keys.push(rest(run[0]));
                out.factors.extend_from_slice(first);
                out.factors.push(ONE);
                continue;
            }
            for &at in run {
                let key = self.keys[at as usize];
                let value = field.value(key);
                let weight = rows.iter().find(|(other, _)| *other == value).map_or(ONE, |(_, row)| *row);
                out.keys.push(key);
                out.factors.extend_from_slice(self.factors(at as usize));
                out.factors.push(weight);
            }
        }
        *self = out;
    }
}
