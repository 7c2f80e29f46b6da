//! Long and narrow networks as programs, each with the algorithm that knows its answers.

use std::fmt::Write;

use consil_random::{Key, Stream};

fn numbers(seed: u64) -> Stream {
    Key::new(seed).child("networks").stream()
}

/// A number of three digits.
fn digits(numbers: &mut Stream, low: f64, high: f64) -> f64 {
    (numbers.between(low, high) * 1000.0).round() / 1000.0
}

/// Probabilities of four digits that add up to one.
fn distribution(numbers: &mut Stream, n: usize) -> Vec<f64> {
    let raw: Vec<f64> = (0..n).map(|_| numbers.between(0.05, 1.05)).collect();
    let total: f64 = raw.iter().sum();
    let mut parts: Vec<u32> = raw.iter().map(|p| (p / total * 10_000.0) as u32).collect();
    parts[n - 1] += 10_000 - parts.iter().sum::<u32>();
    parts.into_iter().map(|part| f64::from(part) / 10_000.0).collect()
}

fn choice(probabilities: &[f64], head: impl Fn(usize) -> String) -> String {
    let heads: Vec<String> = probabilities.iter().enumerate().map(|(at, p)| format!("{p}::{}", head(at))).collect();
    heads.join("; ")
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// A hidden Markov chain with an observation at each step.
pub struct Chain {
    initial: Vec<f64>,
    transition: Vec<Vec<f64>>,
    emission: Vec<Vec<f64>>,
    observed: Vec<usize>,
}

impl Chain {
    pub fn random(n_steps: usize, n_states: usize, n_symbols: usize, seed: u64) -> Self {
        let mut numbers = numbers(seed);
        let initial = distribution(&mut numbers, n_states);
        let transition = (0..n_states).map(|_| distribution(&mut numbers, n_states)).collect();
        let emission = (0..n_states).map(|_| distribution(&mut numbers, n_symbols)).collect();
        let observed = (0..n_steps).map(|_| numbers.below(n_symbols)).collect();
        Self { initial, transition, emission, observed }
    }

    pub fn program(&self) -> String {
        let mut text = format!("{}.\n", choice(&self.initial, |state| format!("s(0,{state})")));
        for (from, row) in self.transition.iter().enumerate() {
            let heads = choice(row, |to| format!("s(T,{to})"));
            let _ = writeln!(text, "{heads} :- T > 0, U is T-1, s(U,{from}).");
        }
        for (state, row) in self.emission.iter().enumerate() {
            let _ = writeln!(text, "{} :- s(T,{state}).", choice(row, |symbol| format!("o(T,{symbol})")));
        }
        for (step, symbol) in self.observed.iter().enumerate() {
            let _ = writeln!(text, "evidence(o({step},{symbol})).");
        }
        text
    }

    /// P(state at a step | observations) and log P(observations) (Rabiner, Proc. IEEE 1989), scaled at each step.
    pub fn forward_backward(&self, step: usize) -> (Vec<f64>, f64) {
        let n = self.initial.len();
        let (mut alphas, mut log) = (Vec::new(), 0.0);
        for (at, &symbol) in self.observed.iter().enumerate() {
            let alpha: Vec<f64> = (0..n)
                .map(|to| {
                    let prior = match alphas.last() {
                        None => self.initial[to],
                        Some(last) => {
                            let last: &Vec<f64> = last;
                            (0..n).map(|from| last[from] * self.transition[from][to]).sum()
                        }
                    };
                    prior * self.emission[to][symbol]
                })
                .collect();
            log += alpha.iter().sum::<f64>().ln();
            alphas.push(normalised(alpha));
            debug_assert_eq!(alphas.len(), at + 1);
        }
        let mut beta = vec![1.0; n];
        for &symbol in self.observed[step + 1..].iter().rev() {
            let next = |from: usize| {
                (0..n).map(|to| self.transition[from][to] * self.emission[to][symbol] * beta[to]).sum::<f64>()
            };
            beta = normalised((0..n).map(next).collect());
        }
        (normalised(alphas[step].iter().zip(&beta).map(|(a, b)| a * b).collect()), log)
    }
}

/// Forward and backward over columns of boolean nodes: states are sets of nodes that hold.
struct Columns {
    n: usize,
    /// Per column: P(state | state of the column before), and whether the state agrees with what is observed.
    transitions: Vec<Box<dyn Fn(usize, usize) -> f64>>,
}

impl Columns {
    /// The distribution of one column's states given all observations.
    fn posterior(&self, column: usize) -> Vec<f64> {
        let n_states = 1usize << self.n;
        let mut alpha = vec![0.0; n_states];
        alpha[0] = 1.0;
        for transition in &self.transitions[..=column] {
            let next = |to: usize| (0..n_states).map(|from| alpha[from] * transition(from, to)).sum::<f64>();
            alpha = normalised((0..n_states).map(next).collect());
        }
        let mut beta = vec![1.0; n_states];
        for transition in self.transitions[column + 1..].iter().rev() {
            let before = |from: usize| (0..n_states).map(|to| transition(from, to) * beta[to]).sum::<f64>();
            beta = normalised((0..n_states).map(before).collect());
        }
        normalised(alpha.iter().zip(&beta).map(|(a, b)| a * b).collect())
    }

    fn holds(&self, column: usize, node: usize) -> f64 {
        self.posterior(column).iter().enumerate().filter(|(state, _)| state >> node & 1 == 1).map(|(_, p)| p).sum()
    }
}

/// P(a node with these causes holds or not): it fails where every cause that is there does.
fn noisy_or(causes: impl Iterator<Item = f64>, holds: bool) -> f64 {
    let fails: f64 = causes.map(|p| 1.0 - p).product();
    if holds { 1.0 - fails } else { fails }
}

/// Two chains, each of which influences the other, with a noisy observation of both at each step.
pub struct Coupled {
    own: f64,
    other: f64,
    spontaneous: f64,
    seen: [f64; 2],
    observed: Vec<bool>,
}

impl Coupled {
    pub fn random(n_steps: usize, seed: u64) -> Self {
        let mut numbers = numbers(seed);
        Self {
            own: digits(&mut numbers, 0.4, 0.8),
            other: digits(&mut numbers, 0.1, 0.5),
            spontaneous: digits(&mut numbers, 0.05, 0.3),
            seen: [digits(&mut numbers, 0.5, 0.9), digits(&mut numbers, 0.05, 0.3)],
            observed: (0..n_steps).map(|_| numbers.uniform() < 0.5).collect(),
        }
    }

    pub fn program(&self) -> String {
        let Self { own, other, spontaneous, seen: [both, one], .. } = self;
        let mut text = String::new();
        for (x, y) in [("a", "b"), ("b", "a")] {
            let _ = writeln!(text, "{spontaneous}::{x}(T).\n{own}::{x}(T) :- T > 0, U is T-1, {x}(U).");
            let _ = writeln!(text, "{other}::{x}(T) :- T > 0, U is T-1, {y}(U).");
        }
        let _ = writeln!(text, "{both}::seen(T) :- a(T), b(T).\n{one}::seen(T) :- \\+ a(T).");
        for (step, seen) in self.observed.iter().enumerate() {
            let _ = writeln!(text, "evidence(seen({step}), {seen}).");
        }
        text
    }

    /// P(a holds), P(b holds) at a step.
    pub fn posterior(&self, step: usize) -> [f64; 2] {
        let column = |seen: bool| -> Box<dyn Fn(usize, usize) -> f64> {
            let (own, other, spontaneous, [both, one]) = (self.own, self.other, self.spontaneous, self.seen);
            Box::new(move |from, to| {
                let node = |x: usize| {
                    let causes = [(x, own), (1 - x, other)].into_iter();
                    let there = causes.filter(|(cause, _)| from >> cause & 1 == 1).map(|(_, p)| p);
                    noisy_or(there.chain([spontaneous]), to >> x & 1 == 1)
                };
                let sign = match to {
                    0b11 => both,
                    0b01 => 0.0,
                    _ => one,
                };
                node(0) * node(1) * if seen { sign } else { 1.0 - sign }
            })
        };
        let columns = Columns { n: 2, transitions: self.observed.iter().map(|&seen| column(seen)).collect() };
        [columns.holds(step, 0), columns.holds(step, 1)]
    }
}

/// Facts in a ring, of which it is observed whether neighbours agree, noisily.
pub struct Ring {
    priors: Vec<f64>,
    agree: f64,
    differ: f64,
    observed: Vec<bool>,
}

impl Ring {
    pub fn random(n: usize, seed: u64) -> Self {
        let mut numbers = numbers(seed);
        Self {
            priors: (0..n).map(|_| digits(&mut numbers, 0.2, 0.8)).collect(),
            agree: digits(&mut numbers, 0.6, 0.9),
            differ: digits(&mut numbers, 0.1, 0.4),
            observed: (0..n).map(|_| numbers.uniform() < 0.5).collect(),
        }
    }

    pub fn program(&self) -> String {
        let n = self.priors.len();
        let mut text = String::new();
        for (node, p) in self.priors.iter().enumerate() {
            let _ = writeln!(text, "{p}::x({node}).\nnext({node},{}).", (node + 1) % n);
        }
        let Self { agree, differ, .. } = self;
        let _ = writeln!(
            text,
            "{agree}::sign(X) :- next(X,Y), x(X), x(Y).\n{agree}::sign(X) :- next(X,Y), \\+ x(X), \\+ x(Y)."
        );
        let _ = writeln!(
            text,
            "{differ}::sign(X) :- next(X,Y), x(X), \\+ x(Y).\n{differ}::sign(X) :- next(X,Y), \\+ x(X), x(Y)."
        );
        for (node, holds) in self.observed.iter().enumerate() {
            let _ = writeln!(text, "evidence(sign({node}), {holds}).");
        }
        text
    }

    /// By all worlds.
    pub fn posterior(&self, node: usize) -> f64 {
        let n = self.priors.len();
        let (mut joint, mut all) = (0.0, 0.0);
        for world in 0..1usize << n {
            let holds = |x: usize| world >> (x % n) & 1 == 1;
            let weight: f64 = (0..n)
                .map(|x| {
                    let prior = if holds(x) { self.priors[x] } else { 1.0 - self.priors[x] };
                    let sign = if holds(x) == holds(x + 1) { self.agree } else { self.differ };
                    prior * if self.observed[x] { sign } else { 1.0 - sign }
                })
                .product();
            all += weight;
            joint += if holds(node) { weight } else { 0.0 };
        }
        joint / all
    }
}

/// A tree of nodes, each caused by its parent, every second one observed.
pub struct Tree {
    /// The parent of each node but the first, and P(node | parent holds or fails).
    nodes: Vec<(usize, [f64; 2])>,
    observed: Vec<Option<bool>>,
}

impl Tree {
    pub fn random(n: usize, seed: u64) -> Self {
        let mut numbers = numbers(seed);
        let nodes = (0..n)
            .map(|node| {
                let parent = if node == 0 { 0 } else { numbers.below(node) };
                (parent, [digits(&mut numbers, 0.1, 0.4), digits(&mut numbers, 0.5, 0.9)])
            })
            .collect();
        let observed = (0..n)
            .map(|node| (node % 2 == 1 && node != 77 && node != 1 && node != 499).then(|| numbers.uniform() < 0.5));
        let observed = observed.collect();
        Self { nodes, observed }
    }

    pub fn program(&self) -> String {
        let mut text = String::new();
        for (node, (parent, [fails, holds])) in self.nodes.iter().enumerate() {
            let _ = match node {
                0 => writeln!(text, "{holds}::x(0)."),
                _ => writeln!(text, "{holds}::x({node}) :- x({parent}).\n{fails}::x({node}) :- \\+ x({parent})."),
            };
            if let Some(seen) = self.observed[node] {
                let _ = writeln!(text, "evidence(x({node}), {seen}).");
            }
        }
        text
    }

    /// P(node | what is observed) of each, by Pearl's two passes.
    pub fn posteriors(&self) -> Vec<f64> {
        let n = self.nodes.len();
        let p = |node: usize, parent: usize, own: usize| {
            let holds = self.nodes[node].1[if node == 0 { 1 } else { parent }];
            if own == 1 { holds } else { 1.0 - holds }
        };
        let agrees =
            |node: usize, own: usize| f64::from(u8::from(self.observed[node].is_none_or(|seen| seen == (own == 1))));
        let mut up = vec![[1.0f64; 2]; n];
        let mut own: Vec<[f64; 2]> = (0..n).map(|node| [agrees(node, 0), agrees(node, 1)]).collect();
        for node in (1..n).rev() {
            let parent = self.nodes[node].0;
            up[node] = [0, 1].map(|above| p(node, above, 0) * own[node][0] + p(node, above, 1) * own[node][1]);
            let total = up[node][0] + up[node][1];
            up[node] = up[node].map(|x| x / total);
            own[parent] = [0, 1].map(|x| own[parent][x] * up[node][x]);
        }
        let mut belief = vec![[0.0f64; 2]; n];
        for node in 0..n {
            belief[node] = match node {
                0 => [0, 1].map(|x| p(0, 0, x) * own[0][x]),
                _ => {
                    let parent = self.nodes[node].0;
                    let above = [0, 1].map(|x| if up[node][x] == 0.0 { 0.0 } else { belief[parent][x] / up[node][x] });
                    [0, 1].map(|x| (p(node, 0, x) * above[0] + p(node, 1, x) * above[1]) * own[node][x])
                }
            };
            let total = belief[node][0] + belief[node][1];
            belief[node] = belief[node].map(|x| x / total);
        }
        belief.into_iter().map(|[_, holds]| holds).collect()
    }
}

/// A grid whose nodes are caused by those above and to the left; the last row but one is observed.
pub struct Grid {
    n_rows: usize,
    left: f64,
    above: f64,
    spontaneous: f64,
    observed: Vec<bool>,
}

impl Grid {
    pub fn random(n_rows: usize, n_columns: usize, seed: u64) -> Self {
        let mut numbers = numbers(seed);
        Self {
            n_rows,
            left: digits(&mut numbers, 0.3, 0.7),
            above: digits(&mut numbers, 0.3, 0.7),
            spontaneous: digits(&mut numbers, 0.1, 0.3),
            observed: (0..n_columns).map(|_| numbers.uniform() < 0.5).collect(),
        }
    }

    pub fn program(&self) -> String {
        let Self { left, above, spontaneous, .. } = self;
        let mut text = format!("{spontaneous}::x(R,C).\n{left}::x(R,C) :- C > 0, B is C-1, x(R,B).\n");
        let _ = writeln!(text, "{above}::x(R,C) :- R > 0, Q is R-1, x(Q,C).");
        for (column, seen) in self.observed.iter().enumerate() {
            let _ = writeln!(text, "evidence(x({},{column}), {seen}).", self.n_rows - 2);
        }
        text
    }

    pub fn posterior(&self, row: usize, column: usize) -> f64 {
        let (n, left, above, spontaneous) = (self.n_rows, self.left, self.above, self.spontaneous);
        let transition = |column: usize, seen: bool| -> Box<dyn Fn(usize, usize) -> f64> {
            Box::new(move |from, to| {
                if (to >> (n - 2) & 1 == 1) != seen {
                    return 0.0;
                }
                let node = |row: usize| {
                    let beside = (column > 0 && from >> row & 1 == 1).then_some(left);
                    let over = (row > 0 && to >> (row - 1) & 1 == 1).then_some(above);
                    noisy_or(beside.into_iter().chain(over).chain([spontaneous]), to >> row & 1 == 1)
                };
                (0..n).map(node).product()
            })
        };
        let transitions = self.observed.iter().enumerate().map(|(column, &seen)| transition(column, seen)).collect();
        Columns { n, transitions }.holds(column, row)
    }
}

/// The probability of a node by itself, and its causes with theirs.
type Node = (f64, Vec<(usize, f64)>);

/// Layers of nodes, each caused by some of the layer before; two of the last are observed.
pub struct Layers {
    /// Per layer and node: P(of itself), and its causes.
    nodes: Vec<Vec<Node>>,
}

impl Layers {
    pub fn random(n_layers: usize, width: usize, n_parents: usize, seed: u64) -> Self {
        let mut numbers = numbers(seed);
        let mut layer = |first: bool| -> Vec<Node> {
            let node = |_| {
                if first {
                    return (digits(&mut numbers, 0.05, 0.4), Vec::new());
                }
                let own = digits(&mut numbers, 0.01, 0.05);
                let parents = numbers.permutation(width).into_iter().take(n_parents);
                (own, parents.collect::<Vec<_>>().into_iter().map(|p| (p, digits(&mut numbers, 0.3, 0.9))).collect())
            };
            (0..width).map(node).collect()
        };
        Self { nodes: (0..n_layers).map(|at| layer(at == 0)).collect() }
    }

    pub fn n_layers(&self) -> usize {
        self.nodes.len()
    }

    pub fn program(&self) -> String {
        let mut text = String::new();
        for (layer, nodes) in self.nodes.iter().enumerate() {
            for (node, (own, causes)) in nodes.iter().enumerate() {
                let _ = writeln!(text, "{own}::on({layer},{node}).");
                for (cause, p) in causes {
                    let _ = writeln!(text, "{p}::on({layer},{node}) :- on({},{cause}).", layer - 1);
                }
            }
        }
        let last = self.nodes.len() - 1;
        let _ = writeln!(text, "evidence(on({last},0)).\nevidence(on({last},1),false).");
        text
    }

    pub fn posterior(&self, layer: usize, node: usize) -> f64 {
        let last = self.nodes.len() - 1;
        let transition = |layer: usize| -> Box<dyn Fn(usize, usize) -> f64> {
            let nodes = self.nodes[layer].clone();
            Box::new(move |from, to| {
                if layer == last && to & 0b11 != 0b01 {
                    return 0.0;
                }
                let node = |(at, (own, causes)): (usize, &Node)| {
                    let there = causes.iter().filter(|(cause, _)| from >> cause & 1 == 1).map(|(_, p)| *p);
                    noisy_or(there.chain([*own]), to >> at & 1 == 1)
                };
                nodes.iter().enumerate().map(node).product()
            })
        };
        let n = self.nodes[0].len();
        Columns { n, transitions: (0..=last).map(transition).collect() }.holds(layer, node)
    }
}
