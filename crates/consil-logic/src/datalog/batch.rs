//! Bindings of a rule's variables, a column for each, and the kernels that make one batch from another.

use super::rule::Arg;
use super::run::Run;

/// Rows that a batch holds at most before it is passed on: its columns stay in the nearest caches.
pub(super) const BATCH: usize = 2048;

/// Bindings; columns of variables that are not carried are empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub(super) len: usize,
    pub(super) columns: Vec<Vec<u32>>,
}

/// A binding and the rows of a run that match it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) binding: u32,
    pub(super) low: u32,
    pub(super) high: u32,
}

impl Batch {
    pub(super) fn new(n_vars: u32) -> Self {
        Self { len: 0, columns: vec![Vec::new(); n_vars as usize] }
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.columns.iter_mut().for_each(Vec::clear);
    }

    pub(super) fn value(&self, arg: Arg, row: usize) -> u32 {
        match arg {
            Arg::Var(variable) => self.columns[variable as usize][row],
            Arg::Const(code) => code,
        }
    }

    /// Appends, for each match, the binding's carried values once for each row, and the rows' fresh values.
    pub(super) fn extend(&mut self, from: &Batch, carry: &[u32], matches: &[Match], run: &Run, fresh: &[(usize, u32)]) {
        let total: usize = matches.iter().map(|m| (m.high - m.low) as usize).sum();
        let single = total == matches.len();
        for &variable in carry {
            let (source, target) = (&from.columns[variable as usize], &mut self.columns[variable as usize]);
            target.reserve(total);
            if single {
                target.extend(matches.iter().map(|m| source[m.binding as usize]));
            } else {
                for m in matches {
                    target.extend(std::iter::repeat_n(source[m.binding as usize], (m.high - m.low) as usize));
                }
            }
        }
        for &(column, variable) in fresh {
            let (source, target) = (run.column(column), &mut self.columns[variable as usize]);
            target.reserve(total);
            if single {
                target.extend(matches.iter().map(|m| source[m.low as usize]));
            } else {
                matches.iter().for_each(|m| target.extend_from_slice(&source[m.low as usize..m.high as usize]));
            }
        }
        self.len += total;
    }

    /// Appends the bindings of the given rows.
    pub(super) fn gather(&mut self, from: &Batch, carry: &[u32], rows: &[u32]) {
        for &variable in carry {
            let (source, target) = (&from.columns[variable as usize], &mut self.columns[variable as usize]);
            target.extend(rows.iter().map(|&row| source[row as usize]));
        }
        self.len += rows.len();
    }
}
