//! Closes rows under the steps of a graph: strongly connected components first, then each component's reach once.

use super::Side;
use crate::budget::{Budget, Limit};
use crate::datalog::error::DatalogError;
use crate::datalog::run::Run;
use crate::datalog::strata::components;

/// Bits of reach that may be kept for all components together: 64 MiB. Above that each row searches on its own.
const REACH_BITS: usize = 64 << 23;

/// The rows, and those with the side's column changed by any number of steps. `steps` has the columns `(group.., from, to)`,
/// in order; so has the result the columns of `rows`.
pub(in crate::datalog) fn close(rows: &Run, side: &Side, steps: &Run, budget: &Budget) -> Result<Run, DatalogError> {
    // Rows with the group first and the changing column last, so that equal keys are neighbours.
    let arity = rows.arity();
    let keys = (0..arity).filter(|column| *column != side.column && !side.group.contains(column));
    let order: Vec<usize> = side.group.iter().copied().chain(keys).chain([side.column]).collect();
    let sorted = rows.reordered(&order);
    let n_group = side.group.len();
    let mut closed: Vec<Vec<u32>> = vec![Vec::new(); arity];
    let mut graph: Option<(Vec<u32>, Graph)> = None;
    let mut low = 0;
    while low < sorted.len() {
        let mut high = low + 1;
        let same = |column: usize, a: usize, b: usize| sorted.column(column)[a] == sorted.column(column)[b];
        while high < sorted.len() && (0..arity - 1).all(|column| same(column, low, high)) {
            high += 1;
        }
        let group: Vec<u32> = (0..n_group).map(|column| sorted.column(column)[low]).collect();
        let graph = match &mut graph {
            Some((of, graph)) if *of == group => graph,
            slot => {
                let (from, to) = steps.find(&group);
                let of_group = Graph::new(&steps.column(n_group)[from..to], &steps.column(n_group + 1)[from..to]);
                &mut slot.insert((group, of_group)).1
            }
        };
        let before = closed[arity - 1].len();
        graph.reach(&sorted.column(arity - 1)[low..high], &mut closed[arity - 1]);
        let n = closed[arity - 1].len() - before;
        for (column, values) in closed.iter_mut().enumerate().take(arity - 1) {
            values.extend(std::iter::repeat_n(sorted.column(column)[low], n));
        }
        if closed[arity - 1].len() > budget.max_answers {
            return Err(DatalogError::Budget { limit: Limit::Answers(budget.max_answers) });
        }
        if budget.check_time().is_err() {
            return Err(DatalogError::Budget { limit: Limit::Time });
        }
        low = high;
    }
    let len = closed[arity - 1].len();
    let mut natural: Vec<Vec<u32>> = vec![Vec::new(); arity];
    for (values, &column) in closed.into_iter().zip(&order) {
        natural[column] = values;
    }
    Ok(Run::sort(natural, len))
}

/// The steps of one group over dense node numbers, condensed.
struct Graph {
    /// The values of the nodes, ascending.
    values: Vec<u32>,
    component_of: Vec<u32>,
    /// Members of the components, one after the other.
    members: Vec<u32>,
    member_starts: Vec<u32>,
    /// Components that each component steps to, itself left out.
    targets: Vec<u32>,
    target_starts: Vec<u32>,
    /// A row of bits over nodes for each component, where they fit.
    bits: Option<Vec<u64>>,
    n_words: usize,
    /// For searches: components seen by the search under way.
    seen: Vec<u32>,
    search: u32,
    row: Vec<u64>,
}

impl Graph {
    fn new(from: &[u32], to: &[u32]) -> Self {
        let mut values: Vec<u32> = Vec::with_capacity(2 * from.len());
        values.extend_from_slice(from);
        values.dedup();
        values.extend_from_slice(to);
        let values = Run::sort(vec![values], 0).columns()[0].clone();
        let numbers = Numbers::new(&values);
        let n = values.len();
        // Steps are sorted by `from`, so that rows of successors are filled one after the other.
        let mut starts = vec![0u32; n + 1];
        from.iter().for_each(|&value| starts[numbers.of(value) as usize + 1] += 1);
        (0..n).for_each(|node| starts[node + 1] += starts[node]);
        let successors: Vec<u32> = to.iter().map(|&value| numbers.of(value)).collect();
        let of = |node: usize| &successors[starts[node] as usize..starts[node + 1] as usize];

        // Callees come first: every component a component steps to has a smaller number.
        let found = components(n, of);
        let mut component_of = vec![0u32; n];
        let (mut members, mut member_starts) = (Vec::with_capacity(n), vec![0u32]);
        for (index, component) in found.iter().enumerate() {
            component.iter().for_each(|&node| component_of[node as usize] = index as u32);
            members.extend_from_slice(component);
            member_starts.push(members.len() as u32);
        }
        let (mut targets, mut target_starts): (Vec<u32>, Vec<u32>) = (Vec::new(), vec![0]);
        for (index, component) in found.iter().enumerate() {
            let begin = targets.len();
            let all = component.iter().flat_map(|&node| of(node as usize));
            targets.extend(all.map(|&node| component_of[node as usize]).filter(|&other| other != index as u32));
            targets[begin..].sort_unstable();
            let mut kept = begin;
            for at in begin..targets.len() {
                if kept == begin || targets[kept - 1] != targets[at] {
                    targets[kept] = targets[at];
                    kept += 1;
                }
            }
            targets.truncate(kept);
            target_starts.push(targets.len() as u32);
        }
        let n_words = n.div_ceil(64);
        let mut graph = Self {
            values,
            component_of,
            members,
            member_starts,
            targets,
            target_starts,
            bits: None,
            n_words,
            seen: vec![0; found.len()],
            search: 0,
            row: vec![0; n_words],
        };
        if found.len().saturating_mul(n_words * 64) <= REACH_BITS {
            graph.bits = Some(graph.component_bits());
        }
        graph
    }

    fn targets(&self, component: usize) -> &[u32] {
        &self.targets[self.target_starts[component] as usize..self.target_starts[component + 1] as usize]
    }

    fn members(&self, component: usize) -> &[u32] {
        &self.members[self.member_starts[component] as usize..self.member_starts[component + 1] as usize]
    }

    /// What each component reaches, itself included, a bit for each node in ascending order of values.
    fn component_bits(&self) -> Vec<u64> {
        let (n_words, n) = (self.n_words, self.member_starts.len() - 1);
        let mut bits = vec![0u64; n * n_words];
        for component in 0..n {
            let (done, rest) = bits.split_at_mut(component * n_words);
            let row = &mut rest[..n_words];
            for &node in self.members(component) {
                row[node as usize / 64] |= 1 << (node % 64);
            }
            for &target in self.targets(component) {
                // Reached through another target already?
                let first = self.members(target as usize)[0];
                if row[first as usize / 64] >> (first % 64) & 1 == 0 {
                    let from = &done[target as usize * n_words..(target as usize + 1) * n_words];
                    row.iter_mut().zip(from).for_each(|(word, other)| *word |= other);
                }
            }
        }
        bits
    }

    /// Appends what `starts` reach in any number of steps, ascending. `starts` ascend.
    fn reach(&mut self, starts: &[u32], output: &mut Vec<u32>) {
        match self.bits.take() {
            Some(bits) => {
                self.reach_by_bits(&bits, starts, output);
                self.bits = Some(bits);
            }
            None => self.reach_by_search(starts, output),
        }
    }

    fn reach_by_bits(&mut self, bits: &[u64], starts: &[u32], output: &mut Vec<u32>) {
        let mut strangers: Vec<u32> = Vec::new();
        self.row.fill(0);
        let numbers = &self.values;
        for &start in starts {
            match numbers.binary_search(&start) {
                Ok(node) if self.row[node / 64] >> (node % 64) & 1 == 1 => {}
                Ok(node) => {
                    let at = self.component_of[node] as usize * self.n_words;
                    self.row.iter_mut().zip(&bits[at..at + self.n_words]).for_each(|(word, other)| *word |= other);
                }
                Err(_) => strangers.push(start),
            }
        }
        let from = output.len();
        let n: usize = self.row.iter().map(|word| word.count_ones() as usize).sum();
        output.reserve(n + strangers.len());
        for (index, &word) in self.row.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                output.push(self.values[index * 64 + rest.trailing_zeros() as usize]);
                rest &= rest - 1;
            }
        }
        if !strangers.is_empty() {
            output.extend_from_slice(&strangers);
            output[from..].sort_unstable();
        }
    }

    fn reach_by_search(&mut self, starts: &[u32], output: &mut Vec<u32>) {
        self.search += 1;
        let from = output.len();
        let mut pending: Vec<u32> = Vec::new();
        for &start in starts {
            match self.values.binary_search(&start) {
                Ok(node) => {
                    let component = self.component_of[node];
                    if self.seen[component as usize] != self.search {
                        self.seen[component as usize] = self.search;
                        pending.push(component);
                    }
                }
                Err(_) => output.push(start),
            }
        }
        while let Some(component) = pending.pop() {
            let (low, high) = (self.member_starts[component as usize], self.member_starts[component as usize + 1]);
            output.extend(self.members[low as usize..high as usize].iter().map(|&node| self.values[node as usize]));
            let (low, high) = (self.target_starts[component as usize], self.target_starts[component as usize + 1]);
            for &target in &self.targets[low as usize..high as usize] {
                if self.seen[target as usize] != self.search {
                    self.seen[target as usize] = self.search;
                    pending.push(target);
                }
            }
        }
        output[from..].sort_unstable();
    }
}

/// The positions of values in an ascending list: by an array where they are dense, by search where not.
struct Numbers<'a> {
    values: &'a [u32],
    lowest: u32,
    at: Vec<u32>,
}

impl<'a> Numbers<'a> {
    fn new(values: &'a [u32]) -> Self {
        let (lowest, highest) = (values.first().copied().unwrap_or(0), values.last().copied().unwrap_or(0));
        let extent = (highest - lowest) as usize + 1;
        let mut at = Vec::new();
        if extent <= 8 * values.len() + 64 {
            at = vec![0; extent];
            values.iter().enumerate().for_each(|(index, &value)| at[(value - lowest) as usize] = index as u32);
        }
        Self { values, lowest, at }
    }

    fn of(&self, value: u32) -> u32 {
        match self.at.get((value - self.lowest) as usize) {
            Some(&index) => index,
            None => self.values.partition_point(|&other| other < value) as u32,
        }
    }
}
