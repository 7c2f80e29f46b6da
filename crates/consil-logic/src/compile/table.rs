//! Answers that are a function of several independent variables, factored.
//!
//! The answers of a query such as "the sum of these digits" cut the classes of all digits' combinations into disjoint sets.
//! Written out, every combination is a product of its own: ten thousand for two numbers of two digits. But of the two tens
//! digits only their sum matters for any answer, and so for the two units digits. In general, cut the variables into two
//! parts X and Y: assignments of X with the same answers for every assignment of Y are one class, and
//!
//! P(answer) = Σ over pairs (u, v) of classes with that answer of P(X ∈ u) · P(Y ∈ v),
//!
//! where the classes of X are in turn the answers of a smaller problem. Digits with carries, sums of independent facts
//! (whose factors are convolutions), parities and votes all have few classes on a good cut, and the cut is found by counting
//! classes; nothing here knows of numbers (Ashenhurst, "The decomposition of switching functions", 1957, for two parts).

use std::hash::Hasher;

use super::direct::Direct;
use crate::circuit::CircuitBuilder;
use crate::derivation::{Literal, Trimmed};
use crate::hash::{FastMap, WordHasher};

/// No answer holds.
const NONE: u32 = u32::MAX;
/// Products written out, at most.
const MAX_TERMS: usize = 1 << 18;
/// Entries of a table, at most.
const MAX_ENTRIES: usize = 1 << 20;
/// Variables of which all cuts are tried.
const MAX_CUT: usize = 8;

/// Which answer each combination of classes gives.
pub(super) struct Table {
    /// First slot and number of classes of each variable.
    variables: Vec<(u32, u32)>,
    /// Answers in mixed radix, the last variable fastest.
    entries: Vec<u32>,
    n_answers: usize,
}

impl Table {
    /// The table of some OR nodes; nothing unless they are disjoint sums of products over the same few groups, with every
    /// group in every product.
    pub(super) fn of(graph: &Trimmed, direct: &Direct, ors: &[u32]) -> Option<Self> {
        let mut terms = Terms { graph, direct, known: FastMap::default(), n: 0 };
        let mut variables: Vec<(u32, u32)> = Vec::new();
        let mut table: Option<Table> = None;
        for (answer, &or) in ors.iter().enumerate() {
            for term in terms.of(or)? {
                if table.is_none() {
                    variables.extend(term.iter().map(|&slot| {
                        let group = &graph.groups[graph.slot_groups[slot as usize] as usize];
                        (group.first_slot, group.n_slots)
                    }));
                    let size = variables.iter().try_fold(1usize, |size, &(_, n)| size.checked_mul(n as usize))?;
                    if size > MAX_ENTRIES || variables.len() < 2 || variables.len() > MAX_CUT {
                        return None;
                    }
                    let entries = vec![NONE; size];
                    table = Some(Table { variables: variables.clone(), entries, n_answers: ors.len() });
                }
                let table = table.as_mut()?;
                if term.len() != variables.len() {
                    return None;
                }
                let mut at = 0;
                for (&slot, &(first, n)) in term.iter().zip(&variables) {
                    let class = slot.checked_sub(first).filter(|class| *class < n)?;
                    at = at * n as usize + class as usize;
                }
                if std::mem::replace(&mut table.entries[at], answer as u32) != NONE {
                    return None;
                }
            }
        }
        table
    }

    /// Products written out.
    pub(super) fn n_terms(&self) -> usize {
        self.entries.iter().filter(|&&answer| answer != NONE).count()
    }

    /// The products that the factored form needs.
    pub(super) fn n_factored(&self) -> usize {
        match self.cut() {
            None => self.n_terms(),
            Some(cut) => cut.pairs.n_terms() + cut.left.n_factored() + cut.right.n_factored(),
        }
    }

    /// Adds the factored form to a circuit; the row of each answer, none for answers of no combination.
    pub(super) fn emit(&self, builder: &mut CircuitBuilder) -> Vec<Option<u32>> {
        let Some(cut) = self.cut() else {
            return self.sums(builder, |at| {
                let mut rest = at;
                let mut factors: Vec<u32> = Vec::with_capacity(self.variables.len());
                for &(first, n) in self.variables.iter().rev() {
                    factors.push(first + (rest % n as usize) as u32);
                    rest /= n as usize;
                }
                factors
            });
        };
        let (left, right) = (cut.left.emit(builder), cut.right.emit(builder));
        let n_right = right.len();
        cut.pairs.sums(builder, |at| left[at / n_right].into_iter().chain(right[at % n_right]).collect())
    }

    fn sums(&self, builder: &mut CircuitBuilder, factors: impl Fn(usize) -> Vec<u32>) -> Vec<Option<u32>> {
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); self.n_answers];
        for (at, &answer) in self.entries.iter().enumerate().filter(|&(_, &answer)| answer != NONE) {
            places[answer as usize].push(at);
        }
        let row = |places: Vec<usize>| {
            let any = !places.is_empty();
            places.into_iter().for_each(|at| builder.edge(factors(at)));
            any.then(|| builder.finish_node())
        };
        places.into_iter().map(row).collect()
    }

    /// The cut with the fewest pairs of classes and assignments of the parts; nothing if none is better than the products.
    fn cut(&self) -> Option<Cut> {
        let n = self.variables.len();
        let mut best: Option<(usize, Cut)> = None;
        // The first variable is always on the left; the right has one at least.
        for mask in (1usize..1 << n).step_by(2).filter(|&mask| mask != (1 << n) - 1) {
            let cut = self.along(mask);
            let cost = cut.pairs.n_terms() + cut.left.entries.len() + cut.right.entries.len();
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, cut));
            }
        }
        best.filter(|(cost, _)| n > 1 && *cost < self.n_terms()).map(|(_, cut)| cut)
    }

    /// The cut with the variables of `mask` on the left.
    fn along(&self, mask: usize) -> Cut {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        // For each entry its place among the assignments of either side.
        let mut strides: Vec<(usize, usize)> = Vec::new();
        let (mut n_left, mut n_right) = (1, 1);
        for (at, &variable) in self.variables.iter().enumerate().rev() {
            if mask >> at & 1 == 1 {
                strides.push((n_left, 0));
                n_left *= variable.1 as usize;
                left.push(variable);
            } else {
                strides.push((0, n_right));
                n_right *= variable.1 as usize;
                right.push(variable);
            }
        }
        left.reverse();
        right.reverse();
        let place = |entry: usize| {
            let mut rest = entry;
            let (mut l, mut r) = (0, 0);
            for (&(_, n), (to_left, to_right)) in self.variables.iter().rev().zip(&strides) {
                let class = rest % n as usize;
                rest /= n as usize;
                l += class * to_left;
                r += class * to_right;
            }
            (l, r)
        };
        let mut matrix = vec![NONE; n_left * n_right];
        for (entry, &answer) in self.entries.iter().enumerate() {
            let (l, r) = place(entry);
            matrix[l * n_right + r] = answer;
        }
        let rows = classes(n_left, n_right, |l, r| matrix[l * n_right + r]);
        let columns = classes(n_right, n_left, |r, l| matrix[l * n_right + r]);
        let (n_rows, n_columns) = (count(&rows), count(&columns));
        let mut pairs = vec![NONE; n_rows * n_columns];
        for l in 0..n_left {
            for r in 0..n_right {
                if let (Some(u), Some(v)) = (rows[l], columns[r]) {
                    pairs[u as usize * n_columns + v as usize] = matrix[l * n_right + r];
                }
            }
        }
        let side = |variables: Vec<(u32, u32)>, classes: Vec<Option<u32>>, n_answers: usize| Table {
            variables,
            entries: classes.into_iter().map(|class| class.unwrap_or(NONE)).collect(),
            n_answers,
        };
        Cut {
            left: side(left, rows, n_rows),
            right: side(right, columns, n_columns),
            pairs: Table {
                variables: vec![(0, n_rows as u32), (0, n_columns as u32)],
                entries: pairs,
                n_answers: self.n_answers,
            },
        }
    }
}

/// Two parts whose answers are classes, and the answer of each pair of classes.
struct Cut {
    left: Table,
    right: Table,
    pairs: Table,
}

/// The class of each row of a matrix, equal rows in one; none for rows without an answer.
fn classes(n_rows: usize, n_columns: usize, entry: impl Fn(usize, usize) -> u32) -> Vec<Option<u32>> {
    let mut seen: FastMap<u64, Vec<(usize, u32)>> = FastMap::default();
    let mut n_classes = 0;
    (0..n_rows)
        .map(|row| {
            let mut hasher = WordHasher::default();
            (0..n_columns).for_each(|column| hasher.word(u64::from(entry(row, column))));
            if (0..n_columns).all(|column| entry(row, column) == NONE) {
                return None;
            }
            let same = seen.entry(hasher.finish()).or_default();
            let equal = |other: usize| (0..n_columns).all(|column| entry(row, column) == entry(other, column));
            let class = match same.iter().find(|(other, _)| equal(*other)) {
                Some(&(_, class)) => class,
                None => {
                    same.push((row, n_classes));
                    n_classes += 1;
                    n_classes - 1
                }
            };
            Some(class)
        })
        .collect()
}

fn count(classes: &[Option<u32>]) -> usize {
    classes.iter().flatten().max().map_or(0, |&last| last as usize + 1)
}

/// Direct nodes as sums of products of slots.
struct Terms<'a> {
    graph: &'a Trimmed,
    direct: &'a Direct,
    known: FastMap<u32, Vec<Vec<u32>>>,
    n: usize,
}

impl Terms<'_> {
    /// The products of a node, slots ascending; nothing if there are too many or some node is no direct sum.
    fn of(&mut self, or: u32) -> Option<Vec<Vec<u32>>> {
        // Chains of rules are shallow where products are few, but a long chain must not overflow the stack.
        self.expand(or, 64)
    }

    fn expand(&mut self, or: u32, depth: usize) -> Option<Vec<Vec<u32>>> {
        if let Some(known) = self.known.get(&or) {
            return Some(known.clone());
        }
        if depth == 0 || !self.direct.is_direct(or) {
            return None;
        }
        let mut sum: Vec<Vec<u32>> = Vec::new();
        for and in self.graph.ands(or) {
            let mut product: Vec<Vec<u32>> = vec![Vec::new()];
            for &literal in self.graph.literals(and) {
                let factor = match literal {
                    Literal::Leaf(slot) => vec![vec![slot]],
                    Literal::Node(child) => self.expand(child, depth - 1)?,
                    Literal::Not(_) => return None,
                };
                self.n += product.len() * factor.len();
                if self.n > MAX_TERMS {
                    return None;
                }
                let joined = |a: &Vec<u32>, b: &Vec<u32>| a.iter().chain(b).copied().collect::<Vec<u32>>();
                product = product.iter().flat_map(|a| factor.iter().map(move |b| joined(a, b))).collect();
            }
            sum.extend(product);
        }
        sum.iter_mut().for_each(|term| term.sort_unstable());
        self.known.insert(or, sum.clone());
        Some(sum)
    }
}
