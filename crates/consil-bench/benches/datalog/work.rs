//! Generated work: facts by column, the rules in Prolog's syntax, and variants that must cost the same.

use consil_random::{Key, Stream};

/// Facts of one relation, a column for each argument.
#[derive(Clone)]
pub struct Facts {
    pub name: String,
    pub columns: Vec<Vec<u32>>,
}

/// A program over generated facts, and the relation whose rows are wanted.
#[derive(Clone)]
pub struct Work {
    pub name: String,
    pub facts: Vec<Facts>,
    pub rules: String,
    pub answer: (&'static str, usize),
    /// Constants that bind the answer's columns, for a goal; all open for a full evaluation.
    pub pattern: Option<Vec<Option<u32>>>,
    /// Whether a full evaluation fits into memory, so that a goal can be compared with it.
    pub has_full: bool,
}

impl Work {
    /// The pairs of a binary relation.
    pub fn pairs(&self, name: &str) -> Vec<(u32, u32)> {
        let facts = self.facts.iter().find(|facts| facts.name == name).expect("the work has this relation");
        facts.columns[0].iter().copied().zip(facts.columns[1].iter().copied()).collect()
    }

    pub fn n_facts(&self) -> usize {
        self.facts.iter().map(|facts| facts.columns[0].len()).sum()
    }
}

pub fn facts(name: &str, pairs: &[(u32, u32)]) -> Facts {
    let columns = vec![pairs.iter().map(|&(x, _)| x).collect(), pairs.iter().map(|&(_, y)| y).collect()];
    Facts { name: name.to_owned(), columns }
}

/// `n_edges` distinct edges between nodes `from..from + n_nodes`, uniformly.
fn random_edges(stream: &mut Stream, from: u32, n_nodes: usize, n_edges: usize, edges: &mut Vec<(u32, u32)>) {
    let mut own = std::collections::HashSet::new();
    while own.len() < n_edges {
        let edge = (from + stream.below(n_nodes) as u32, from + stream.below(n_nodes) as u32);
        if own.insert(edge) {
            edges.push(edge);
        }
    }
}

fn work(name: &str, facts: Vec<Facts>, rules: &str, answer: (&'static str, usize)) -> Work {
    Work { name: name.to_owned(), facts, rules: rules.to_owned(), answer, pattern: None, has_full: true }
}

pub fn closure(seed: u64, n_nodes: usize, n_edges: usize) -> Work {
    let mut edges = Vec::new();
    random_edges(&mut Key::new(seed).child("closure").stream(), 0, n_nodes, n_edges, &mut edges);
    let rules = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z).\n";
    work("transitive closure", vec![facts("edge", &edges)], rules, ("path", 2))
}

/// The same closure said in other ways.
pub fn closure_variants(plain: &Work) -> Vec<Work> {
    let with = |name: &str, rules: &str| Work { name: name.to_owned(), rules: rules.to_owned(), ..plain.clone() };
    let edges = plain.pairs("edge");
    let turned: Vec<(u32, u32)> = edges.iter().map(|&(x, y)| (y, x)).collect();
    let mut renamed = with("… renamed, columns swapped", "q(B, A) :- l(B, A).\nq(C, A) :- l(B, A), q(C, B).\n");
    renamed.facts = vec![facts("l", &turned)];
    renamed.answer = ("q", 2);
    let mut third =
        with("… a third column", "path(G, X, Y) :- edge(X, G, Y).\npath(G, X, Z) :- path(G, X, Y), edge(Y, G, Z).\n");
    let (from, to) = (plain.facts[0].columns[0].clone(), plain.facts[0].columns[1].clone());
    third.facts = vec![Facts { name: "edge".into(), columns: vec![from.clone(), vec![7; edges.len()], to.clone()] }];
    third.answer = ("path", 3);
    let mut weight =
        with("… a weight nobody asks for", "path(X, Y) :- edge(X, W, Y).\npath(X, Z) :- path(X, Y), edge(Y, W, Z).\n");
    let weights = (0..edges.len() as u32).map(|at| at % 97).collect();
    weight.facts = vec![Facts { name: "edge".into(), columns: vec![from, weights, to] }];
    vec![
        with("… left-linear", "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z).\n"),
        with("… non-linear", "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), path(Y, Z).\n"),
        renamed,
        third,
        weight,
        with(
            "… among other rules",
            "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z).\nnode(X) :- edge(X, Y).\n\
             node(Y) :- edge(X, Y).\ntwo(X, Z) :- edge(X, Y), edge(Y, Z).\nloop(X) :- path(X, X).\n",
        ),
    ]
}

/// Generations of people, each with two parents in the generation before: who is of one's generation?
pub fn same_generation(seed: u64, n_generations: usize, n_each: usize) -> Work {
    let mut stream = Key::new(seed).child("same generation").stream();
    let mut parents = std::collections::BTreeSet::new();
    for generation in 1..n_generations {
        for child in 0..n_each {
            for _ in 0..2 {
                let parent = (generation - 1) * n_each + stream.below(n_each);
                parents.insert(((generation * n_each + child) as u32, parent as u32));
            }
        }
    }
    let parents: Vec<(u32, u32)> = parents.into_iter().collect();
    let rules = "sg(X, Y) :- parent(X, P), parent(Y, P).\nsg(X, Y) :- parent(X, P), sg(P, Q), parent(Y, Q).\n";
    work("same generation", vec![facts("parent", &parents)], rules, ("sg", 2))
}

pub fn same_generation_variants(plain: &Work) -> Vec<Work> {
    let mut third = plain.clone();
    third.name = "… renamed, a third column, other rules".into();
    let columns = &plain.facts[0].columns;
    let weights = (0..columns[0].len() as u32).map(|at| at % 97).collect();
    third.facts = vec![Facts { name: "up".into(), columns: vec![columns[1].clone(), weights, columns[0].clone()] }];
    third.rules = "s(Y, X) :- up(P, W, X), up(P, V, Y).\ns(Y, X) :- up(Q, V, Y), up(P, W, X), s(Q, P).\n\
        root(P) :- up(P, W, X), \\+ below(P).\nbelow(X) :- up(P, W, X).\n"
        .into();
    third.answer = ("s", 2);
    vec![third]
}

/// A graph whose degrees fall off, so that some nodes are in very many triangles.
pub fn triangles(seed: u64, n_nodes: usize, n_edges: usize) -> Work {
    let mut stream = Key::new(seed).child("triangles").stream();
    let mut edges = std::collections::BTreeSet::new();
    // The square of a uniform number puts half of all ends on a quarter of the nodes.
    let node = |stream: &mut Stream| ((stream.uniform() * stream.uniform()) * n_nodes as f64) as u32;
    while edges.len() < n_edges {
        let (x, y) = (node(&mut stream), node(&mut stream));
        if x != y {
            edges.insert((x.min(y), x.max(y)));
        }
    }
    let edges: Vec<(u32, u32)> = edges.into_iter().collect();
    let rules = "triangle(X, Y, Z) :- edge(X, Y), edge(Y, Z), edge(X, Z).\n";
    work("triangles", vec![facts("edge", &edges)], rules, ("triangle", 3))
}

pub fn triangle_variants(plain: &Work) -> Vec<Work> {
    let mut third = plain.clone();
    third.name = "… renamed, columns swapped, a third column".into();
    let columns = &plain.facts[0].columns;
    let weights = (0..columns[0].len() as u32).map(|at| at % 97).collect();
    third.facts = vec![Facts { name: "l".into(), columns: vec![columns[1].clone(), columns[0].clone(), weights] }];
    third.rules = "t(C, A, B) :- l(C, A, U), l(B, A, V), l(C, B, W).\nlarge(A) :- l(B, A, W), W > 90.\n".into();
    third.answer = ("t", 3);
    vec![third]
}

/// Andersen's analysis of a program of `n` variables: addresses, copies, loads and stores, mostly among near variables.
pub fn points_to(seed: u64, n: usize) -> Work {
    let mut stream = Key::new(seed).child("points-to").stream();
    let near = |stream: &mut Stream, v: usize| {
        let far = stream.below(20) == 0;
        let other = if far { stream.below(n) } else { v + stream.below(40) };
        (other % n) as u32
    };
    let (mut address, mut copy, mut load, mut store) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for v in 0..n {
        for (facts, share) in [(&mut address, 8), (&mut copy, 10), (&mut load, 3), (&mut store, 3)] {
            if stream.below(16) < share {
                facts.push((v as u32, near(&mut stream, v)));
            }
        }
    }
    let rules = "pt(Y, X) :- address(Y, X).\npt(Y, X) :- copy(Y, Z), pt(Z, X).\n\
        pt(Y, W) :- load(Y, X), pt(X, Z), pt(Z, W).\npt(Z, W) :- store(Y, X), pt(Y, Z), pt(X, W).\n";
    let all = vec![facts("address", &address), facts("copy", &copy), facts("load", &load), facts("store", &store)];
    work(&format!("points-to, {n} variables"), all, rules, ("pt", 2))
}

pub fn points_to_variants(plain: &Work) -> Vec<Work> {
    let mut other = plain.clone();
    other.name = "… renamed, columns swapped, other rules".into();
    for facts in &mut other.facts {
        facts.name = format!("f_{}", facts.name);
        facts.columns.reverse();
    }
    other.rules = "r(X, Y) :- f_address(X, Y).\nr(X, Y) :- r(X, Z), f_copy(Z, Y).\n\
        r(W, Y) :- r(W, Z), r(Z, X), f_load(X, Y).\nr(W, Z) :- f_store(X, Y), r(W, X), r(Z, Y).\n\
        taken(X) :- f_address(X, Y).\nalias(Y, Z) :- f_copy(Y, Z), f_copy(Z, Y).\n"
        .into();
    other.answer = ("r", 2);
    // The same in a graph of graphs, of which there is one.
    let mut third = plain.clone();
    third.name = "… a third column".into();
    for facts in &mut third.facts {
        let n = facts.columns[0].len();
        facts.columns.insert(0, vec![7; n]);
    }
    third.rules = "pt(G, Y, X) :- address(G, Y, X).\npt(G, Y, X) :- copy(G, Y, Z), pt(G, Z, X).\n\
        pt(G, Y, W) :- load(G, Y, X), pt(G, X, Z), pt(G, Z, W).\npt(G, Z, W) :- store(G, Y, X), pt(G, Y, Z), pt(G, X, W).\n"
        .into();
    third.answer = ("pt", 3);
    vec![other, third]
}

/// A sparse graph of many parts with two edges for each node, and a goal from one node.
pub fn reachability(seed: u64, n_parts: usize, n_nodes_each: usize) -> Work {
    let mut stream = Key::new(seed).child("reachability").stream();
    let mut edges = Vec::new();
    for part in 0..n_parts {
        random_edges(&mut stream, (part * n_nodes_each) as u32, n_nodes_each, 2 * n_nodes_each, &mut edges);
    }
    stream.shuffle(&mut edges);
    let rules = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z).\n";
    let source = edges[0].0;
    let mut work = work("reachability from one node", vec![facts("edge", &edges)], rules, ("path", 2));
    work.pattern = Some(vec![Some(source), None]);
    work
}
