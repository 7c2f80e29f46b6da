//! Random ground programs with annotated disjunctions, cycles, stratified negation and evidence, and first-order ones that
//! are ground by hand for the reference.

use std::fmt;

use proptest::prelude::*;

/// A ground program for the reference, and the text for the engine.
#[derive(Clone, Debug)]
pub struct Case {
    /// The text, if it is not simply the ground clauses.
    pub text: Option<String>,
    pub clauses: Vec<Clause>,
    pub evidence: Vec<(String, bool)>,
    pub queries: Vec<String>,
    pub n_strata: usize,
}

#[derive(Clone, Debug)]
pub struct Clause {
    /// Heads with probabilities in percent; a certain head has 100.
    pub heads: Vec<(u32, String)>,
    pub body: Vec<(bool, String)>,
    /// Where the least model may use it: negated atoms are of lower strata.
    pub stratum: usize,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads: Vec<String> = self
            .heads
            .iter()
            .map(|(p, head)| if *p == 100 { head.clone() } else { format!("{}::{head}", f64::from(*p) / 100.0) })
            .collect();
        write!(f, "{}", heads.join("; "))?;
        if !self.body.is_empty() {
            let body: Vec<String> = self
                .body
                .iter()
                .map(|(holds, atom)| if *holds { atom.clone() } else { format!("\\+ {atom}") })
                .collect();
            write!(f, " :- {}", body.join(", "))?;
        }
        write!(f, ".")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => writeln!(f, "{text}")?,
            None => self.clauses.iter().try_for_each(|clause| writeln!(f, "{clause}"))?,
        }
        self.evidence.iter().try_for_each(|(atom, holds)| writeln!(f, "evidence({atom}, {holds})."))
    }
}

const STRATA: usize = 3;
const ATOMS: usize = 4;

fn atom(stratum: usize, index: usize) -> String {
    format!("{}{index}", ["a", "b", "c"][stratum])
}

/// Atoms of three strata; bodies use atoms of their own stratum (cycles) or below, and negate atoms below only.
pub fn propositional() -> impl Strategy<Value = Case> {
    ground(true, 3..=11, 0..=2)
}

/// The same without cycles: bodies use atoms of lower strata only, of the lowest none; with more evidence.
pub fn acyclic() -> impl Strategy<Value = Case> {
    ground(false, 4..=13, 0..=4)
}

fn ground(
    has_cycles: bool,
    n_clauses: std::ops::RangeInclusive<usize>,
    n_evidence: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = Case> {
    let literal = move |stratum: usize| {
        let strata = if has_cycles { stratum + 1 } else { stratum.max(1) };
        (0..strata, 0..ATOMS, any::<bool>())
            .prop_map(move |(below, index, negate)| (!(negate && below < stratum), atom(below, index)))
    };
    let clause = (0..STRATA).prop_flat_map(move |stratum| {
        let most = if has_cycles || stratum > 0 { 3 } else { 0 };
        let heads = prop_oneof![
            2 => (0..ATOMS).prop_map(|index| vec![(100, index)]),
            3 => (0..ATOMS, 0..=100u32).prop_map(|(index, p)| vec![(p, index)]),
            2 => prop::collection::vec((0..=33u32, 0..ATOMS), 2..=3),
        ];
        (heads, prop::collection::vec(literal(stratum), 0..=most)).prop_map(move |(heads, body)| Clause {
            heads: heads.into_iter().map(|(p, index)| (p, atom(stratum, index))).collect(),
            // A certain fact makes its stratum dull; let it need something.
            body,
            stratum,
        })
    });
    (prop::collection::vec(clause, n_clauses), prop::collection::vec((0..STRATA, 0..ATOMS, any::<bool>()), n_evidence))
        .prop_map(|(mut clauses, evidence)| {
            // Every atom has a clause, so that none is unknown.
            for stratum in 0..STRATA {
                for index in 0..ATOMS {
                    let body = vec![(true, "nothing".to_owned())];
                    clauses.push(Clause { heads: vec![(100, atom(stratum, index))], body, stratum });
                }
            }
            clauses.push(Clause {
                heads: vec![(100, "nothing".to_owned())],
                body: vec![(true, "nothing".to_owned())],
                stratum: 0,
            });
            let evidence = evidence.into_iter().map(|(s, i, holds)| (atom(s, i), holds)).collect();
            let queries = (0..STRATA).flat_map(|s| (0..ATOMS).map(move |i| atom(s, i))).collect();
            Case { text: None, clauses, evidence, queries, n_strata: STRATA }
        })
}

/// Graphs over four nodes with uncertain edges, right-, left- or doubly recursive reachability, and rules over it.
pub fn first_order() -> impl Strategy<Value = Case> {
    let edges = prop::collection::btree_set((0..4u8, 0..4u8), 1..=8);
    let weights = prop::collection::vec(5..=100u32, 8);
    (edges, weights, 0..3usize, 0..=100u32, any::<bool>(), prop::option::of((0..4u8, 0..4u8, any::<bool>()))).prop_map(
        |(edges, weights, recursion, jump, undirected, evidence)| {
            let mut text = String::from("node(0). node(1). node(2). node(3).\n");
            let mut clauses = Vec::new();
            let fact = |p: u32, head: String| Clause { heads: vec![(p, head)], body: vec![], stratum: 0 };
            for ((x, y), &p) in edges.iter().zip(&weights) {
                let clause = fact(p, format!("edge({x}, {y})"));
                text += &format!("{clause}\n");
                clauses.push(clause);
            }
            let rule =
                |head: String, body: Vec<(bool, String)>, stratum| Clause { heads: vec![(100, head)], body, stratum };
            text += "link(X, Y) :- edge(X, Y).\n";
            if undirected {
                text += "link(X, Y) :- edge(Y, X).\n";
            }
            text += "path(X, Y) :- link(X, Y).\n";
            text += [
                "path(X, Y) :- link(X, Z), path(Z, Y).\n",
                "path(X, Y) :- path(X, Z), link(Z, Y).\n",
                "path(X, Y) :- path(X, Z), path(Z, Y).\n",
            ][recursion];
            text += &format!("{}::jump(X) :- node(X), \\+ path(X, X).\n", f64::from(jump) / 100.0);
            text += "stuck(X, Y) :- node(X), node(Y), \\+ path(X, Y), \\+ jump(X).\n";
            text += "meets(X, Y) :- path(X, Z), path(Y, Z), X \\= Y.\n";
            // A negation of every value, a value that comes late, a list of answers.
            text += "sink(X) :- node(X), Y is X + 1, node(Y), \\+ link(X, _).\n";
            text += "later(Y) :- Y is X + 1, node(X), \\+ path(X, X), Y \\== 2.\n";
            text += "wide :- findall(Y, edge(0, Y), L), length(L, N), N > 1.\n";
            let ways: Vec<String> = (0..4).map(|y| format!("edge(0, {y})")).collect();
            for (index, one) in ways.iter().enumerate() {
                for other in &ways[index + 1..] {
                    clauses.push(rule("wide".to_owned(), vec![(true, one.clone()), (true, other.clone())], 0));
                }
            }
            for x in 0..4 {
                if x < 3 {
                    let body = (0..4).map(|y| (false, format!("link({x}, {y})"))).collect();
                    clauses.push(rule(format!("sink({x})"), body, 1));
                }
                if x != 1 {
                    clauses.push(rule(format!("later({})", x + 1), vec![(false, format!("path({x}, {x})"))], 1));
                }
                clauses.push(Clause {
                    heads: vec![(jump, format!("jump({x})"))],
                    body: vec![(false, format!("path({x}, {x})"))],
                    stratum: 1,
                });
                for y in 0..4 {
                    let (link, path) = (|a, b| format!("link({a}, {b})"), |a, b| format!("path({a}, {b})"));
                    clauses.push(rule(link(x, y), vec![(true, format!("edge({x}, {y})"))], 0));
                    if undirected {
                        clauses.push(rule(link(y, x), vec![(true, format!("edge({x}, {y})"))], 0));
                    }
                    clauses.push(rule(path(x, y), vec![(true, link(x, y))], 0));
                    let body = vec![(false, path(x, y)), (false, format!("jump({x})"))];
                    clauses.push(rule(format!("stuck({x}, {y})"), body, 2));
                    for z in 0..4 {
                        clauses.push(rule(path(x, y), vec![(true, path(x, z)), (true, path(z, y))], 0));
                        if x != y {
                            let body = vec![(true, path(x, z)), (true, path(y, z))];
                            clauses.push(rule(format!("meets({x}, {y})"), body, 0));
                        }
                    }
                }
            }
            let evidence = evidence.map(|(x, y, holds)| (format!("path({x}, {y})"), holds)).into_iter().collect();
            let queries =
                ["path(0, 3)", "path(1, 1)", "jump(2)", "stuck(0, 1)", "meets(0, 2)", "sink(1)", "later(3)", "wide"]
                    .map(String::from)
                    .into();
            Case { text: Some(text), clauses, evidence, queries, n_strata: 3 }
        },
    )
}
