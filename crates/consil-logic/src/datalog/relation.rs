//! A stored relation: sorted runs in each order that some rule searches.

use super::cover::{ColumnSet, minimal_cover, serves};
use super::run::Run;

/// The rows of a predicate.
///
/// Each order of the columns that is kept holds all rows, as runs of geometrically falling size (O'Neil, Cheng, Gawlick &
/// O'Neil, "The log-structured merge-tree", 1996), so that a row costs four bytes for each column and order, and an
/// insertion a logarithmic number of moves.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    arity: usize,
    /// The natural order first.
    orders: Vec<Order>,
    searches: Vec<ColumnSet>,
}

/// Which rows of a relation that is growing a search sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    #[default]
    All,
    /// All but those of the last round.
    Old,
    /// Those of the last round.
    Recent,
}

#[derive(Clone, Debug)]
struct Order {
    columns: Vec<usize>,
    runs: Vec<Run>,
    /// What the last round of a fixpoint under way has found.
    recent: Option<Run>,
    /// Rows deleted by the update under way, which still belong to the old state.
    ghosts: Option<Run>,
}

impl Stored {
    pub(super) fn new(arity: usize) -> Self {
        let natural = Order { columns: (0..arity).collect(), runs: Vec::new(), recent: None, ghosts: None };
        Self { arity, orders: vec![natural], searches: Vec::new() }
    }

    pub(super) fn arity(&self) -> usize {
        self.arity
    }

    pub(super) fn len(&self) -> usize {
        self.len_of(View::All)
    }

    /// How many rows a view has.
    pub(super) fn len_of(&self, view: View) -> usize {
        self.orders[0].seen(view).map(Run::len).sum()
    }

    /// The runs in the natural order; between fixpoints they hold all rows.
    pub(super) fn natural(&self) -> &[Run] {
        &self.orders[0].runs
    }

    pub(super) fn columns(&self, order: usize) -> &[usize] {
        &self.orders[order].columns
    }

    /// The runs of an order; with `ghosts`, those of the state before the update as well.
    pub(super) fn runs(&self, order: usize, view: View, ghosts: bool) -> impl Iterator<Item = &Run> {
        let order = &self.orders[order];
        order.seen(view).chain(order.ghosts.iter().filter(move |_| ghosts))
    }

    /// The least and the greatest value of each column; `None` where there are no rows.
    pub(super) fn ranges(&self) -> Option<Vec<(u32, u32)>> {
        let of_run = |run: &Run| -> Option<Vec<(u32, u32)>> {
            run.columns().iter().map(|column| Some((*column.iter().min()?, *column.iter().max()?))).collect()
        };
        let of_runs = self.natural().iter().filter(|run| run.len() > 0).filter_map(of_run);
        of_runs.reduce(|a, b| a.iter().zip(b).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))).collect())
    }

    pub(super) fn contains(&self, row: &[u32]) -> bool {
        self.orders[0].seen(View::All).any(|run| run.contains(row))
    }

    /// Adds rows that are in no run yet.
    pub(super) fn add(&mut self, fresh: Run) {
        if fresh.len() == 0 {
            return;
        }
        for order in self.orders.iter_mut().rev() {
            order.push(fresh.reordered(&order.columns));
        }
    }

    /// Begins a round: what was recent is old, and `fresh`, which is in no run yet, is recent.
    pub(super) fn advance(&mut self, fresh: &Run) {
        self.settle();
        if fresh.len() > 0 {
            for order in &mut self.orders {
                order.recent = Some(fresh.reordered(&order.columns));
            }
        }
    }

    /// Makes what was recent old.
    pub(super) fn settle(&mut self) {
        for order in &mut self.orders {
            if let Some(run) = order.recent.take() {
                order.push(run);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        for order in &mut self.orders {
            order.runs.clear();
            order.recent = None;
        }
    }

    /// Replaces all rows.
    pub(super) fn replace(&mut self, rows: Run) {
        self.clear();
        self.add(rows);
    }

    /// Takes all rows out.
    pub(super) fn take(&mut self) -> Run {
        let rows = self.whole();
        self.clear();
        rows
    }

    /// Takes rows away and gives those that were there.
    pub(super) fn remove(&mut self, rows: &Run) -> Run {
        let gone = rows.retain(|row| self.contains(row));
        if gone.len() > 0 {
            for order in &mut self.orders {
                order.remove(&gone.reordered(&order.columns));
            }
        }
        gone
    }

    /// Keeps rows that are gone visible to those who ask for the state before the update, until `bury`.
    pub(super) fn haunt(&mut self, gone: &Run) {
        if gone.len() > 0 {
            for order in &mut self.orders {
                order.ghosts = Some(gone.reordered(&order.columns));
            }
        }
    }

    pub(super) fn bury(&mut self) {
        self.orders.iter_mut().for_each(|order| order.ghosts = None);
    }

    /// Merges the runs of each order into one.
    pub(super) fn compact(&mut self) {
        for order in &mut self.orders {
            while order.runs.len() > 1 {
                order.merge_last();
            }
        }
    }

    /// The rows as one run in the natural order.
    pub(super) fn whole(&mut self) -> Run {
        self.compact();
        self.natural().first().cloned().unwrap_or_else(|| Run::sorted(vec![Vec::new(); self.arity], 0))
    }

    /// Makes sure that each search has an order, with as few orders as can be, and gives the order of each.
    pub(super) fn prepare(&mut self, searches: &[ColumnSet]) {
        for &search in searches {
            if !self.searches.contains(&search) {
                self.searches.push(search);
            }
        }
        if searches.iter().all(|&search| self.order_of(search).is_some()) {
            return;
        }
        // What the natural order serves needs no other.
        let natural: Vec<usize> = (0..self.arity).collect();
        let open: Vec<ColumnSet> = self.searches.iter().copied().filter(|&search| !serves(&natural, search)).collect();
        let wanted = minimal_cover(self.arity, &open);
        self.orders.retain(|order| order.columns == natural || wanted.contains(&order.columns));
        for columns in wanted {
            if self.orders.iter().any(|order| order.columns == columns) {
                continue;
            }
            let reordered = |run: &Run| run.reordered(&columns);
            let runs = self.orders[0].runs.iter().map(reordered).collect();
            let recent = self.orders[0].recent.as_ref().map(reordered);
            let ghosts = self.orders[0].ghosts.as_ref().map(reordered);
            self.orders.push(Order { columns, runs, recent, ghosts });
        }
    }

    /// An order that begins with the columns of a search.
    pub(super) fn order_of(&self, search: ColumnSet) -> Option<usize> {
        self.orders.iter().position(|order| serves(&order.columns, search))
    }

    /// How many values the first column of some order has, where an order begins with `column` and is dense.
    pub(super) fn n_values(&self, column: usize) -> Option<usize> {
        let order = self.orders.iter().find(|order| order.columns.first() == Some(&column))?;
        order.runs.first()?.n_first()
    }

    pub(super) fn n_orders(&self) -> usize {
        self.orders.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.orders.iter().flat_map(|order| order.seen(View::All)).map(Run::bytes).sum()
    }
}

impl Order {
    fn seen(&self, view: View) -> impl Iterator<Item = &Run> {
        let runs = self.runs.iter().filter(move |_| view != View::Recent);
        runs.chain(self.recent.iter().filter(move |_| view != View::Old))
    }

    fn push(&mut self, run: Run) {
        self.runs.push(run);
        while let [.., before, last] = self.runs.as_slice()
            && before.len() < 2 * last.len()
        {
            self.merge_last();
        }
    }

    fn merge_last(&mut self) {
        if let (Some(last), Some(before)) = (self.runs.pop(), self.runs.pop()) {
            self.runs.push(before.union(&last));
        }
    }

    fn remove(&mut self, gone: &Run) {
        for run in &mut self.runs {
            if (0..gone.len()).any(|at| run.contains(&gone.row(at))) {
                *run = run.retain(|row| !gone.contains(row));
            }
        }
        self.runs.retain(|run| run.len() > 0);
    }
}
