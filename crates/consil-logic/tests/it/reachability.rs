//! Reachability over uncertain arcs against references that are not the engine: known figures, and a sweep by partitions.

use std::collections::BTreeMap;

use consil_logic::{Budget, Certificate, Engine, Goal, Program, Workspace};

fn solve(text: &str) -> f64 {
    let engine = Engine::new(Program::parse("roads.pl", text).unwrap_or_else(|error| panic!("{error}"))).unwrap();
    let solutions = engine.solve(&Budget::default()).unwrap();
    assert_eq!(solutions[0].certificate, Certificate::Exact);
    solutions[0].probability
}

fn edges(n: usize) -> Vec<((usize, usize), (usize, usize))> {
    let cells = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
    let next = |(i, j)| [(i + 1, j), (i, j + 1)].map(|to| ((i, j), to));
    cells.flat_map(next).filter(|&(_, (i, j))| i < n && j < n).collect()
}

/// The probability that opposite corners of an undirected grid are joined: the distribution of the partition of all
/// vertices met so far, vertices without further edges taken out.
fn undirected(n: usize, p: f64) -> f64 {
    let edges = edges(n);
    let id = |(i, j): (usize, usize)| n * i + j;
    let last = |v: usize| edges.iter().rposition(|&(a, b)| id(a) == v || id(b) == v).unwrap();
    let mut states: BTreeMap<BTreeMap<usize, usize>, f64> = BTreeMap::from([(BTreeMap::new(), 1.0)]);
    let mut joined = 0.0;
    for (at, &(a, b)) in edges.iter().enumerate() {
        let mut next = BTreeMap::new();
        for (state, mass) in states {
            for open in [false, true] {
                let mut state = state.clone();
                for v in [a, b] {
                    // A label that no block has: blocks are named from 0 up below.
                    state.entry(id(v)).or_insert(n * n + id(v));
                }
                if open {
                    let (x, y) = (state[&id(a)], state[&id(b)]);
                    state.values_mut().filter(|block| **block == y).for_each(|block| *block = x);
                }
                let mass = mass * if open { p } else { 1.0 - p };
                let (first, end) = (state.get(&0).copied(), state.get(&(n * n - 1)).copied());
                if first.is_some() && first == end {
                    joined += mass;
                    continue;
                }
                state.retain(|&v, _| last(v) > at || v == 0 || v == n * n - 1);
                let mut names: BTreeMap<usize, usize> = BTreeMap::new();
                state.values_mut().for_each(|block| {
                    let fresh = names.len();
                    *block = *names.entry(*block).or_insert(fresh);
                });
                *next.entry(state).or_insert(0.0) += mass;
            }
        }
        states = next;
    }
    joined
}

fn program(n: usize, p: f64, fact: &str, rules: &str) -> String {
    let name = |(i, j): (usize, usize)| format!("v{i}_{j}");
    let facts = edges(n).into_iter().map(|(a, b)| fact.replace("$A", &name(a)).replace("$B", &name(b)));
    facts.map(|fact| format!("{p}::{fact}.\n")).collect::<String>() + &rules.replace("$T", &name((n - 1, n - 1)))
}

#[test]
fn directed_grids_have_their_known_reliability() {
    let rules = "path(X, X).\npath(X, Y) :- edge(X, Z), path(Z, Y).\nquery(path(v0_0, $T)).";
    for (n, known) in [(4, 0.1771), (6, 0.0882)] {
        assert!((solve(&program(n, 0.5, "edge($A, $B)", rules)) - known).abs() < 5e-5);
    }
}

/// The same question under other names, with the columns in another order, with a further column, recursive on the left,
/// recursive on both sides.
#[test]
fn undirected_grids_in_any_spelling() {
    let spellings = [
        (
            5,
            "edge($A, $B)",
            "link(X, Y) :- edge(X, Y).\nlink(X, Y) :- edge(Y, X).\nreach(X, X).\nreach(X, Y) :- link(X, Z), reach(Z, Y).\nquery(reach(v0_0, $T)).",
        ),
        (
            4,
            "pipe(steel, $B, $A)",
            "joins(K, B, A) :- pipe(K, A, B).\njoins(K, B, A) :- pipe(K, B, A).\nfeeds(A, K, B) :- joins(K, B, A).\nfeeds(A, K, C) :- feeds(A, K, B), joins(K, C, B).\nquery(feeds(v0_0, steel, $T)).",
        ),
        (3, "e($A, $B)", "p(X, Y) :- e(X, Y).\np(X, Y) :- e(Y, X).\np(X, Y) :- p(X, Z), p(Z, Y).\nquery(p(v0_0, $T))."),
    ];
    for (n, fact, rules) in spellings {
        for p in [0.3, 0.5, 0.9] {
            let (got, expected) = (solve(&program(n, p, fact, rules)), undirected(n, p));
            assert!((got - expected).abs() < 1e-12, "{fact}: {got} is not {expected}");
        }
    }
}

/// Sweeps with too few nodes for all states bound the reliability from both sides, and close as they get more.
#[test]
fn narrow_sweeps_hold_what_they_bound() {
    let both = "link(X, Y) :- edge(X, Y).\nlink(X, Y) :- edge(Y, X).\npath(X, X).\npath(X, Y) :- link(X, Z), path(Z, Y).\nquery(path(v0_0, $T)).";
    let one = "path(X, X).\npath(X, Y) :- edge(X, Z), path(Z, Y).\npath(X, Y) :- back, edge(Y, X), path(X, X).\n0.3::back.\nquery(path(v0_0, $T)).";
    for (n, p) in [(4, 0.2), (5, 0.5), (6, 0.5), (5, 0.9)] {
        for (rules, expected) in [(both, Some(undirected(n, p))), (one, None)] {
            let text = program(n, p, "edge($A, $B)", rules);
            let expected = expected.unwrap_or_else(|| solve(&text));
            let engine = Engine::new(Program::parse("roads.pl", &text).unwrap()).unwrap();
            let goal = Goal::new(engine.program().queries()[0].clone());
            let mut widths = Vec::new();
            for max_nodes in [30, 100, 300, 1000, 3000, 10_000] {
                let bounds = engine.bounds(&goal, &Budget { max_nodes, ..Budget::default() }).unwrap();
                let (value, certificate) = bounds.evaluate(&bounds.default_log_weights(), &mut Workspace::new())[0];
                let (lower, upper) = match certificate {
                    Certificate::Bounds { lower, upper } => (lower, upper),
                    _ => (value, value),
                };
                let holds = lower - 1e-12 <= expected && expected <= upper + 1e-12;
                assert!(holds, "{n}, {p}, {max_nodes}: {expected} is not in [{lower}, {upper}]\n{rules}");
                widths.push(upper - lower);
            }
            // One-way arcs with a condition that all share have many more states than partitions.
            assert!(rules == one || widths[3] < 0.5 && widths[5] < 0.05, "{n}, {p}: {widths:?}");
        }
    }
}

/// Vertices fail too, an arc needs two things at once, and one arc has a condition that is a disjunction.
#[test]
fn conditions_along_the_way() {
    let text = "0.5::up(a). 0.6::up(b). 0.7::up(c). 0.8::up(d).
        0.4::e(a, b). 0.3::e(b, c). 0.9::e(c, d). 0.2::e(b, d). 0.1::storm.
        open(X, Y) :- e(X, Y), \\+ storm.
        open(a, c) :- up(b).
        open(a, c) :- storm.
        way(X, Y) :- open(X, Y), up(Y).
        way(X, Y) :- open(Y, X), up(Y).
        reach(X, X) :- up(X).
        reach(X, Y) :- reach(X, Z), way(Z, Y).
        query(reach(a, d)).";
    // Sum over all worlds by hand-written search.
    let weights = [0.5, 0.6, 0.7, 0.8, 0.4, 0.3, 0.9, 0.2, 0.1];
    let mut expected = 0.0;
    for world in 0..1u32 << weights.len() {
        let on = |i: usize| world >> i & 1 == 1;
        let mass: f64 = weights.iter().enumerate().map(|(i, w)| if on(i) { *w } else { 1.0 - w }).product();
        let mut open = vec![];
        for (i, edge) in [(4, (0, 1)), (5, (1, 2)), (6, (2, 3)), (7, (1, 3))] {
            if on(i) && !on(8) {
                open.push(edge);
            }
        }
        if on(1) || on(8) {
            open.push((0, 2));
        }
        let mut reached = [on(0), false, false, false];
        for _ in 0..4 {
            for &(x, y) in &open {
                let (rx, ry) = (reached[x], reached[y]);
                reached[y] |= rx && on(y);
                reached[x] |= ry && on(x);
            }
        }
        expected += if reached[3] { mass } else { 0.0 };
    }
    assert!((solve(text) - expected).abs() < 1e-12);
}
