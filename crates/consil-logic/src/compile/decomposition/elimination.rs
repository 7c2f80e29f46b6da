//! An order in which variables are eliminated, each leaving behind a clique of its neighbours.
//!
//! The least fill greedily, or the smallest clique greedily, whichever comes out cheaper (Kjærulff, "Triangulation of graphs:
//! algorithms giving small total state space", 1990; Koster, Bodlaender & van Hoesel, "Treewidth: computational experiments", 2001).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a variable's elimination joins.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) variable: u32,
    /// The other variables of its clique, ascending.
    pub(super) neighbours: Vec<u32>,
}

/// Buckets in the order of elimination.
#[derive(Debug)]
pub(super) struct Elimination {
    pub(super) buckets: Vec<Bucket>,
    /// Variables of the largest clique, less one.
    pub(super) width: usize,
    /// Entries that all cliques' tables would have without a single zero.
    pub(super) n_entries: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heuristic {
    Fill,
    Size,
}

/// Neighbours beyond which fill is not counted pair by pair.
const MAX_COUNTED: usize = 48;

impl Elimination {
    /// The cheaper of the orders tried. `log_sizes` are the logarithms of the variables' numbers of values; those in no scope
    /// are eliminated as well.
    pub(super) fn new(log_sizes: &[f64], scopes: &[Vec<u32>]) -> Self {
        let neighbours = neighbours(log_sizes.len(), scopes);
        let tried = [Heuristic::Fill, Heuristic::Size].map(|heuristic| {
            let mut greedy = Greedy { log_sizes, neighbours: neighbours.clone(), heuristic };
            greedy.run()
        });
        let [fill, size] = tried;
        if size.n_entries < fill.n_entries { size } else { fill }
    }
}

fn neighbours(n: usize, scopes: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); n];
    for scope in scopes {
        for &a in scope {
            neighbours[a as usize].extend(scope.iter().filter(|&&b| b != a));
        }
    }
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    neighbours
}

struct Greedy<'a> {
    log_sizes: &'a [f64],
    /// Of the variables left, ascending.
    neighbours: Vec<Vec<u32>>,
    heuristic: Heuristic,
}

impl Greedy<'_> {
    fn run(&mut self) -> Elimination {
        let n = self.log_sizes.len();
        let mut scores: Vec<u64> = (0..n as u32).map(|variable| self.score(variable)).collect();
        let mut heap: BinaryHeap<Reverse<(u64, u32)>> =
            (0..n as u32).map(|v| Reverse((scores[v as usize], v))).collect();
        let mut done = vec![false; n];
        let mut out = Elimination { buckets: Vec::with_capacity(n), width: 0, n_entries: 0.0 };
        while let Some(Reverse((score, variable))) = heap.pop() {
            if done[variable as usize] || scores[variable as usize] != score {
                continue;
            }
            // Fill lost its pairs where neighbours have been joined since.
            let now = self.score(variable);
            if now > score {
                scores[variable as usize] = now;
                heap.push(Reverse((now, variable)));
                continue;
            }
            done[variable as usize] = true;
            let clique = self.eliminate(variable);
            out.width = out.width.max(clique.len());
            out.n_entries += (self.log_size(&clique) + self.log_sizes[variable as usize]).exp();
            for &other in &clique {
                let score = self.score(other);
                if scores[other as usize] != score {
                    scores[other as usize] = score;
                    heap.push(Reverse((score, other)));
                }
            }
            out.buckets.push(Bucket { variable, neighbours: clique });
        }
        out
    }

    /// Joins a variable's neighbours with each other and takes it away.
    fn eliminate(&mut self, variable: u32) -> Vec<u32> {
        let clique = std::mem::take(&mut self.neighbours[variable as usize]);
        for &a in &clique {
            let old = std::mem::take(&mut self.neighbours[a as usize]);
            let mut merged = Vec::with_capacity(old.len() + clique.len());
            let (mut left, mut right) = (old.iter().peekable(), clique.iter().peekable());
            loop {
                let next = match (left.peek(), right.peek()) {
                    (Some(&&x), Some(&&y)) => x.min(y),
                    (Some(&&x), None) => x,
                    (None, Some(&&y)) => y,
                    (None, None) => break,
                };
                left.next_if(|&&x| x == next);
                right.next_if(|&&y| y == next);
                if next != a && next != variable {
                    merged.push(next);
                }
            }
            self.neighbours[a as usize] = merged;
        }
        clique
    }

    fn log_size(&self, variables: &[u32]) -> f64 {
        variables.iter().map(|&variable| self.log_sizes[variable as usize]).sum()
    }

    /// Smaller is sooner.
    fn score(&self, variable: u32) -> u64 {
        let around = &self.neighbours[variable as usize];
        let size = self.log_size(around) + self.log_sizes[variable as usize];
        let size = (size * 1024.0) as u64;
        if self.heuristic == Heuristic::Size {
            return size;
        }
        if around.len() > MAX_COUNTED {
            return (1 << 50) + size;
        }
        let mut fill = 0.0;
        for (at, &a) in around.iter().enumerate() {
            let joined = &self.neighbours[a as usize];
            for &b in around[at + 1..].iter().filter(|&b| joined.binary_search(b).is_err()) {
                fill += self.log_sizes[a as usize] * self.log_sizes[b as usize];
            }
        }
        (((fill * 64.0) as u64) << 24) + size.min((1 << 24) - 1)
    }
}
