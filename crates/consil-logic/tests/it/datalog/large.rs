//! Relations large enough for every kernel: dense rows of bits, radix sorts, several runs, threads.

use std::collections::{BTreeMap, BTreeSet};

use consil_logic::datalog::{Database, DatalogError};
use consil_logic::{Budget, Engine, Goal, Limit, Program, Term, Workspace};
use consil_random::{Key, Stream};

fn database(text: &str) -> Database {
    Database::new(&Program::parse("large.pl", text).unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

fn pairs(stream: &mut Stream, n_values: usize, n: usize) -> BTreeSet<(u32, u32)> {
    (0..n).map(|_| (stream.below(n_values) as u32, stream.below(n_values) as u32)).collect()
}

fn load(database: &mut Database, name: &str, pairs: &BTreeSet<(u32, u32)>) {
    let (a, b): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    assert_eq!(database.load(name, &[&a, &b]).unwrap(), pairs.len());
}

fn result(database: &Database, name: &str) -> BTreeSet<(u32, u32)> {
    let columns = database.relation(name, 2).unwrap().columns();
    columns[0].iter().copied().zip(columns[1].iter().copied()).collect()
}

fn successors(pairs: &BTreeSet<(u32, u32)>) -> BTreeMap<u32, Vec<u32>> {
    let mut map: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    pairs.iter().for_each(|&(x, y)| map.entry(x).or_default().push(y));
    map
}

/// What each node reaches in at least one step, by depth-first search.
fn reach(edges: &BTreeSet<(u32, u32)>) -> BTreeSet<(u32, u32)> {
    let next = successors(edges);
    let mut all = BTreeSet::new();
    for &from in next.keys() {
        let mut pending = vec![from];
        while let Some(node) = pending.pop() {
            for &to in next.get(&node).into_iter().flatten() {
                if all.insert((from, to)) {
                    pending.push(to);
                }
            }
        }
    }
    all
}

const PATH: &str = ":- dynamic edge/2.\npath(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z).\n";

#[test]
fn a_closure_of_a_hundred_thousand_rows() {
    let edges = pairs(&mut Key::new(1).stream(), 400, 800);
    let mut database = database(PATH);
    load(&mut database, "edge", &edges);
    database.evaluate(&Budget::default()).unwrap();
    assert_eq!(result(&database, "path"), reach(&edges));
    // Two orders of a pair are 16 bytes; the bound is the one promised.
    let path = database.relation("path", 2).unwrap();
    assert!(path.bytes() <= 24 * path.len(), "{} bytes for {} rows", path.bytes(), path.len());
}

/// Mutual recursion that is no closure, with two growing relations in one body, on one and on two threads.
#[test]
fn points_to_on_one_and_two_threads() {
    let mut stream = Key::new(2).stream();
    let names = ["address", "copy", "load", "store"];
    let facts: Vec<BTreeSet<(u32, u32)>> = [400, 300, 60, 60].map(|n| pairs(&mut stream, 300, n)).into();
    let text = ":- dynamic address/2, copy/2, load/2, store/2.\npt(Y, X) :- address(Y, X).\npt(Y, X) :- copy(Y, Z), pt(Z, X).\n\
        pt(Y, W) :- load(Y, X), pt(X, Z), pt(Z, W).\npt(Z, W) :- store(Y, X), pt(Y, Z), pt(X, W).\n";
    let mut wanted = facts[0].clone();
    loop {
        let points = successors(&wanted);
        let of = |v: u32| points.get(&v).into_iter().flatten().copied();
        let mut new = wanted.clone();
        new.extend(facts[1].iter().flat_map(|&(y, z)| of(z).map(move |x| (y, x))));
        new.extend(facts[2].iter().flat_map(|&(y, x)| of(x).flat_map(of).map(move |w| (y, w))));
        new.extend(facts[3].iter().flat_map(|&(y, x)| of(y).flat_map(move |z| of(x).map(move |w| (z, w)))));
        if new.len() == wanted.len() {
            break;
        }
        wanted = new;
    }
    assert!(wanted.len() > 10_000, "only {} rows", wanted.len());
    for n_threads in [1, 2] {
        let mut database = database(text).with_threads(n_threads);
        names.iter().zip(&facts).for_each(|(name, facts)| load(&mut database, name, facts));
        database.evaluate(&Budget::default()).unwrap();
        assert_eq!(result(&database, "pt"), wanted, "{n_threads} threads");
    }
}

#[test]
fn triangles_and_squares() {
    let edges: BTreeSet<(u32, u32)> =
        pairs(&mut Key::new(3).stream(), 60, 900).into_iter().map(|(x, y)| (x.min(y), x.max(y))).collect();
    let mut database = database(
        ":- dynamic edge/2.\ntriangle(X, Y, Z) :- edge(X, Y), edge(Y, Z), edge(X, Z).\n\
         square(A, C) :- edge(A, B), edge(B, C), edge(D, C), edge(A, D), B \\== D.\n",
    );
    load(&mut database, "edge", &edges);
    database.evaluate(&Budget::default()).unwrap();
    let (mut triangles, mut squares) = (0, BTreeSet::new());
    for &(x, y) in &edges {
        for &(z, w) in &edges {
            triangles += usize::from(z == y && edges.contains(&(x, w)));
            if z == y && (0..60).any(|d| d != y && edges.contains(&(x, d)) && edges.contains(&(d, w))) {
                squares.insert((x, w));
            }
        }
    }
    assert_eq!(database.relation("triangle", 3).unwrap().len(), triangles);
    assert_eq!(result(&database, "square"), squares);
}

/// Many small updates leave several runs, and each row in the order it had.
#[test]
fn a_closure_kept_current_edge_by_edge() {
    let mut stream = Key::new(4).stream();
    let mut edges = pairs(&mut stream, 200, 220);
    let text = PATH.to_owned() + "two(X, Z) :- edge(X, Y), edge(Y, Z), \\+ edge(X, Z).\n";
    let mut database = database(&text);
    load(&mut database, "edge", &edges);
    let atom = |&(x, y): &(u32, u32)| Term::compound("edge", vec![Term::Int(x.into()), Term::Int(y.into())]);
    for _ in 0..30 {
        let insert = pairs(&mut stream, 200, 2);
        let gone = *edges.iter().nth(stream.below(edges.len())).unwrap();
        edges.remove(&gone);
        edges.extend(&insert);
        let insert: Vec<Term> = insert.iter().map(atom).collect();
        database.update(&insert, &[atom(&gone)], &Budget::default()).unwrap();
        assert_eq!(result(&database, "path"), reach(&edges));
        let next = successors(&edges);
        let two = edges.iter().flat_map(|&(x, y)| next.get(&y).into_iter().flatten().map(move |&z| (x, z)));
        assert_eq!(result(&database, "two"), two.filter(|pair| !edges.contains(pair)).collect());
    }
}

#[test]
fn a_goal_touches_only_its_part() {
    // Two thousand chains of ten: the closure has 90,000 rows, a goal nine.
    let edges: BTreeSet<(u32, u32)> =
        (0..2000).flat_map(|c| (0..9).map(move |i| (10 * c + i, 10 * c + i + 1))).collect();
    let mut database = database(PATH);
    load(&mut database, "edge", &edges);
    let few = Budget { max_answers: 50, ..Budget::default() };
    let goal: Term = "path(770, Y)".parse().unwrap();
    let answers = database.query(&goal, &few).unwrap();
    assert_eq!(answers.len(), 9);
    assert_eq!(database.query(&"path(X, 779)".parse().unwrap(), &few).unwrap().len(), 9);
    assert_eq!(database.query(&"path(770, 779)".parse().unwrap(), &few).unwrap().len(), 1);
    let everything = database.query(&"path(X, Y)".parse().unwrap(), &few);
    assert_eq!(everything, Err(DatalogError::Budget { limit: Limit::Answers(50) }));
}

/// Rules over a large graph inside a probabilistic program: the certain part is answered without tables of its own.
#[test]
fn the_engine_uses_it_for_certain_predicates() {
    let edges = pairs(&mut Key::new(5).stream(), 600, 1500);
    let mut text = String::new();
    edges.iter().for_each(|(x, y)| text += &format!("edge({x}, {y}).\n"));
    text += "path(X, Y) :- edge(X, Y).\npath(X, Y) :- path(X, Z), edge(Z, Y).\n\
        0.5::open(3).\n0.25::open(4).\ngets(X) :- open(X), path(0, X).\nmisses(X) :- open(X), \\+ path(X, X).\n";
    let engine = Engine::new(Program::parse("large.pl", &text).unwrap()).unwrap();
    // A table for each pair would cost far more steps.
    let budget = Budget { max_steps: 50_000, ..Budget::default() };
    let reached = reach(&edges);
    let plan = engine.plan(&Goal::new("path(0, X)".parse().unwrap()), &budget).unwrap();
    assert_eq!(plan.answers().len(), reached.iter().filter(|pair| pair.0 == 0).count());
    let probability = |goal: &str, budget: &Budget| {
        let plan = engine.plan(&Goal::new(goal.parse().unwrap()), budget).unwrap();
        let mut ws = Workspace::new();
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        ws.log_prob(0, 0).exp()
    };
    for (node, p) in [(3, 0.5), (4, 0.25)] {
        let gets = if reached.contains(&(0, node)) { p } else { 0.0 };
        let misses = if reached.contains(&(node, node)) { 0.0 } else { p };
        assert!((probability(&format!("gets({node})"), &budget) - gets).abs() < 1e-12, "{node}");
        assert!((probability(&format!("misses({node})"), &budget) - misses).abs() < 1e-12, "{node}");
    }
    // A fact of the goal changes the graph: the answer is that of the changed graph.
    let isolated = "path(7000, X)";
    let mut goal = Goal::new(isolated.parse().unwrap());
    assert!(engine.plan(&goal, &budget).unwrap().answers().is_empty());
    goal.facts.push("edge(7000, 7001)".parse().unwrap());
    assert_eq!(engine.plan(&goal, &Budget::default()).unwrap().answers().len(), 1);
}

/// Rules of which two goals grow, in every order of columns and goals; the values are many enough that joins meet in long slices.
const GROWING: [&str; 8] = [
    "p(X, Z) :- p(X, Y), p(Y, Z), a(X, X).",
    "p(Y, Z) :- b(Y, X), p(X, W), p(W, Z).",
    "p(Z, Y) :- p(W, Z), b(Y, X), p(X, W).",
    "q(Z, W) :- b(Y, X), q(Y, Z), p(X, W).",
    "q(X, Y) :- p(X, Y), a(Y, Z).",
    "p(X, Y) :- q(Y, X), a(X, Z).",
    "q(X, X) :- p(X, Y), q(Y, X).",
    "q(X, Z) :- q(X, Y), p(Y, Z), \\+ a(X, Z).",
];

#[test]
fn goals_that_grow_together_with_long_slices() {
    for seed in 0..24u64 {
        let mut stream = Key::new(seed).child("growing").stream();
        let facts: Vec<BTreeSet<(u32, u32)>> = [40, 25, 60].map(|n| pairs(&mut stream, 40, n)).into();
        let mut rules: Vec<&str> = GROWING.iter().copied().filter(|_| stream.below(2) == 0).collect();
        stream.shuffle(&mut rules);
        let base = "p(X, Y) :- c(X, Y).\nq(X, Y) :- c(Y, X).\n".to_owned();
        let text = format!(":- dynamic a/2, b/2, c/2.\n{base}{}\n", rules.join("\n"));
        let wanted = by_rounds(&facts, &rules);
        for n_threads in [1, 2] {
            let mut database = database(&text).with_threads(n_threads);
            ["a", "b", "c"].iter().zip(&facts).for_each(|(name, facts)| load(&mut database, name, facts));
            database.evaluate(&Budget::default()).unwrap();
            assert_eq!((result(&database, "p"), result(&database, "q")), wanted, "{n_threads} threads:\n{text}");
        }
    }
}

type Pairs = BTreeSet<(u32, u32)>;

/// The rules above by hand, all rows in each round.
fn by_rounds(facts: &[Pairs], rules: &[&str]) -> (Pairs, Pairs) {
    let (a, b, c) = (&facts[0], &facts[1], &facts[2]);
    let mut p = c.clone();
    let mut q: BTreeSet<(u32, u32)> = c.iter().map(|&(x, y)| (y, x)).collect();
    let first = |x: u32| a.iter().any(|&(from, _)| from == x);
    loop {
        let (to, also) = (successors(&p), successors(&q));
        let of = |v: u32| to.get(&v).into_iter().flatten().copied();
        let also = |v: u32| also.get(&v).into_iter().flatten().copied();
        let (mut more_p, mut more_q) = (p.clone(), q.clone());
        for rule in rules {
            match GROWING.iter().position(|other| other == rule).unwrap() {
                0 => more_p.extend(
                    p.iter().filter(|(x, _)| a.contains(&(*x, *x))).flat_map(|&(x, y)| of(y).map(move |z| (x, z))),
                ),
                1 | 2 => {
                    let found = b.iter().flat_map(|&(y, x)| of(x).flat_map(of).map(move |z| (y, z)));
                    if rule.starts_with("p(Y") {
                        more_p.extend(found);
                    } else {
                        more_p.extend(found.map(|(y, z)| (z, y)));
                    }
                }
                3 => more_q.extend(b.iter().flat_map(|&(y, x)| also(y).flat_map(move |z| of(x).map(move |w| (z, w))))),
                4 => more_q.extend(p.iter().copied().filter(|&(_, y)| first(y))),
                5 => more_p.extend(q.iter().map(|&(y, x)| (x, y)).filter(|&(x, _)| first(x))),
                6 => more_q.extend(p.iter().filter(|&&(x, y)| q.contains(&(y, x))).map(|&(x, _)| (x, x))),
                _ => {
                    let found = q.iter().flat_map(|&(x, y)| of(y).map(move |z| (x, z)));
                    more_q.extend(found.filter(|pair| !a.contains(pair)));
                }
            }
        }
        if (&more_p, &more_q) == (&p, &q) {
            return (p, q);
        }
        (p, q) = (more_p, more_q);
    }
}
