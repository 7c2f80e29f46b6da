//! The programs that are measured.

use std::fmt::Write as _;

use consil_logic::Goal;

/// A program with one query.
#[derive(Clone)]
pub struct Work {
    pub name: String,
    pub text: String,
}

impl Work {
    fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text }
    }
}

/// What is answered exactly, by us and by peers.
pub fn exact() -> Vec<Work> {
    let mut all = Vec::new();
    for n in [4, 6] {
        all.push(grid(n, false));
    }
    for n in [4, 5, 8] {
        all.push(grid(n, true));
    }
    for n in [2, 15, 100] {
        all.push(carries(n));
    }
    for n in [2, 3, 4] {
        all.push(numbers(n));
    }
    all.push(Work::new("failures among 20 parts", include_str!("../../../../examples/reason/counts.pl").to_owned()));
    all.push(Work::new("alarm network", include_str!("../../../../examples/reason/burglary.pl").to_owned()));
    all
}

/// Corner to corner in a grid of edges that are open with probability one half, one way or both ways.
pub fn grid(n: usize, both_ways: bool) -> Work {
    let mut text = String::from("path(X, X).\npath(X, Y) :- link(X, Z), path(Z, Y).\nlink(X, Y) :- edge(X, Y).\n");
    if both_ways {
        text += "link(X, Y) :- edge(Y, X).\n";
    }
    for (i, j) in (1..=n).flat_map(|i| (1..=n).map(move |j| (i, j))) {
        for (k, l) in [(i + 1, j), (i, j + 1)].into_iter().filter(|&(k, l)| k <= n && l <= n) {
            let _ = writeln!(text, "0.5::edge(n({i}, {j}), n({k}, {l})).");
        }
    }
    let _ = writeln!(text, "query(path(n(1, 1), n({n}, {n}))).");
    Work::new(&format!("{} {n}×{n} grid", if both_ways { "undirected" } else { "directed" }), text)
}

/// The uncertain digits of two numbers, as annotated disjunctions, and lists of their names.
fn digits(n: usize) -> (String, [String; 2]) {
    let mut text = String::new();
    for name in (0..n).flat_map(|i| [format!("x{i}"), format!("y{i}")]) {
        let heads: Vec<String> = (0..10).map(|d| format!("0.1::digit({name}, {d})")).collect();
        let _ = writeln!(text, "{}.", heads.join("; "));
    }
    (text, ["x", "y"].map(|side| (0..n).map(|i| format!("{side}{i}")).collect::<Vec<_>>().join(", ")))
}

/// The probability that two numbers have a given sum, added digit by digit, the last digits first.
fn carries(n: usize) -> Work {
    let (mut text, [xs, ys]) = digits(n);
    text += "add([], [], C, [C]).\nadd([X | Xs], [Y | Ys], C, [D | Ds]) :- digit(X, A), digit(Y, B), S is A + B + C,\n\
        D is S mod 10, K is S // 10, add(Xs, Ys, K, Ds).\n";
    let sum: Vec<String> = (0..n).map(|i| ((7 * i + 3) % 10).to_string()).collect();
    let _ = writeln!(text, "query(add([{xs}], [{ys}], 0, [{}, 1])).", sum.join(", "));
    Work::new(&format!("{n}-digit addition by carries"), text)
}

/// The same with the numbers read whole, the first digits first.
fn numbers(n: usize) -> Work {
    let (mut text, [xs, ys]) = digits(n);
    text += "number([], N, N).\nnumber([X | Xs], A, N) :- digit(X, D), B is 10 * A + D, number(Xs, B, N).\n\
        sum(Xs, Ys, S) :- number(Xs, 0, A), number(Ys, 0, B), S is A + B.\n";
    let _ = writeln!(text, "query(sum([{xs}], [{ys}], {})).", 10usize.pow(n as u32));
    Work::new(&format!("{n}-digit addition as numbers"), text)
}

/// What a batch of samples is evaluated with: a program, a goal, and how the goal is called.
pub fn batches() -> Vec<(String, &'static str, Goal)> {
    let numbers = "nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).\n\
        number([], R, R).\nnumber([H | T], A, R) :- digit(H, D), B is D + 10 * A, number(T, B, R).\n\
        sum(X, Y, S) :- number(X, 0, A), number(Y, 0, B), S is A + B.";
    let goal = |text: &str| Goal::new(text.parse().unwrap_or_else(|error| panic!("{error}")));
    let mut all = vec![
        ("one-digit addition, all sums".to_owned(), numbers, goal("sum([a], [b], S)")),
        ("two-digit addition, all sums".to_owned(), numbers, goal("sum([a, b], [c, d], S)")),
    ];
    let chain = include_str!("../../../../examples/reason/carry-chain.pl");
    for n in [2, 15, 100] {
        let names = |side: &str| (0..n).map(|i| format!("{side}{i}")).collect::<Vec<_>>().join(", ");
        let facts = (0..=n).flat_map(|i| (0..10).map(move |d| format!("_::total({i}, {d})")));
        let facts = facts.map(|fact| fact.parse().unwrap_or_else(|error| panic!("{error}"))).collect();
        let query = goal(&format!("adds_up([{}], [{}])", names("x"), names("y")));
        all.push((format!("{n}-digit addition by carries"), chain, Goal { facts, ..query }));
    }
    all
}

/// Many independent networks, no two alike, and a question about them all: facts to change, and the text with other facts.
pub struct Parts {
    n: usize,
    edges: Vec<(usize, usize, usize, f64)>,
}

impl Parts {
    pub fn new(n: usize) -> Self {
        let mut edges = Vec::new();
        for part in 0..n {
            let p = |x: usize| 0.1 + 0.8 * ((7 * part + 3 * x) % 10) as f64 / 10.0;
            for x in 0..SIZE {
                edges.push((part, x, x + 1, p(x)));
                // Which of the chords are there tells the parts apart.
                if x + 3 <= SIZE && (part >> (x % 8) & 1 == 1 || x >= 8) {
                    edges.push((part, x, x + 3, p(x + 5)));
                }
            }
        }
        Self { n, edges }
    }

    /// An edge that no part has.
    pub fn new_edge(&self, part: usize) -> String {
        format!("0.5::edge({part}, 0, 5)")
    }

    pub fn with(&self, facts: &[String]) -> String {
        let mut text = String::from(
            ":- dynamic open/1.\nlinked(P, X, Y) :- edge(P, X, Y).\nlinked(P, X, Y) :- edge(P, Y, X).\n\
             path(P, X, X).\npath(P, X, Y) :- linked(P, X, Z), path(P, Z, Y).\n\
             crossing(P) :- part(P), open(P), path(P, 0, 12).\nany :- crossing(_).\nquery(crossing(_)).\nquery(any).\n",
        );
        for part in 0..self.n {
            let _ = writeln!(text, "part({part}). open({part}).");
        }
        for (part, x, y, p) in &self.edges {
            let _ = writeln!(text, "{p}::edge({part}, {x}, {y}).");
        }
        facts.iter().for_each(|fact| {
            let _ = writeln!(text, "{fact}.");
        });
        text
    }
}

/// Places in a part, less one.
const SIZE: usize = 12;
