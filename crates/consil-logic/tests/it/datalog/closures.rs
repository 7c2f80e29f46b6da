//! Transitive closures in every form that is recognised, and some that only look like one, against a search of the graph.

use std::collections::BTreeSet;

use consil_logic::datalog::Database;
use consil_logic::{Budget, Program, Term};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Left,
    Right,
    Both,
    Square,
    /// `p(X, Y) :- e(X, Z), p(Y, Z)`: turns around at each step, and is no closure.
    Turning,
}

#[derive(Clone, Debug)]
struct Closure {
    form: Form,
    /// The places of group, source label, from and to among the columns of the closure.
    order: Vec<usize>,
    swapped: bool,
    grouped: bool,
    labelled: bool,
    /// Steps of the recursion are limited to small weights.
    limited: bool,
    /// Group, from, to, weight.
    edges: BTreeSet<(u8, u8, u8, u8)>,
}

fn closure() -> impl Strategy<Value = Closure> {
    use Form::{Both, Left, Right, Square, Turning};
    let form = prop::sample::select(vec![Left, Right, Both, Square, Turning]);
    let edges = prop::collection::btree_set((0..3u8, 0..7u8, 0..7u8, 0..4u8), 0..40);
    let order = Just(vec![0, 1, 2, 3]).prop_shuffle();
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (form, order, flags, edges).prop_map(|(form, order, (swapped, grouped, labelled, limited), edges)| {
        // A squared closure has no step of its own to limit, and joins labels that agree.
        let limited = limited && form != Square;
        Closure { form, order, swapped, grouped, labelled, limited, edges }
    })
}

impl Closure {
    fn path(&self, group: &str, label: &str, from: &str, to: &str) -> String {
        let all = [(self.grouped, group), (self.labelled, label), (true, from), (true, to)];
        let args: Vec<&str> = self.order.iter().filter(|&&at| all[at].0).map(|&at| all[at].1).collect();
        format!("reaches({})", args.join(", "))
    }

    fn edge(&self, from: &str, to: &str, weight: &str) -> String {
        let group = if self.grouped { "G" } else { "_" };
        if self.swapped {
            format!("link({to}, {group}, {weight}, {from})")
        } else {
            format!("link({from}, {group}, {weight}, {to})")
        }
    }

    fn text(&self, edges: &BTreeSet<(u8, u8, u8, u8)>) -> String {
        let mut text = String::from(":- dynamic link/4.\nlabel(one). label(two).\n");
        for &(group, from, to, weight) in edges {
            let (from, to) = if self.swapped { (to, from) } else { (from, to) };
            text += &format!("link({from}, {group}, {weight}, {to}).\n");
        }
        let label = if self.labelled { "label(L), " } else { "" };
        text += &format!("{} :- {label}{}.\n", self.path("G", "L", "X", "Y"), self.edge("X", "Y", "_"));
        let (weight, test) = if self.limited { ("W", ", W < 2") } else { ("_", "") };
        let head = self.path("G", "L", "X", "Y");
        let left = format!("{head} :- {}, {}{test}.\n", self.path("G", "L", "X", "Z"), self.edge("Z", "Y", weight));
        let right = format!("{head} :- {}{test}, {}.\n", self.edge("X", "Z", weight), self.path("G", "L", "Z", "Y"));
        let square = format!("{head} :- {}, {}.\n", self.path("G", "L", "Z", "Y"), self.path("G", "L", "X", "Z"));
        let turning = format!("{head} :- {}{test}, {}.\n", self.edge("X", "Z", weight), self.path("G", "L", "Y", "Z"));
        text += &match self.form {
            Form::Left => left,
            Form::Right => right,
            Form::Both => left + &right,
            Form::Square => square,
            Form::Turning => turning,
        };
        text
    }

    /// Rows of group, label, from and to, by repeated joins of sets.
    fn rows(&self, edges: &BTreeSet<(u8, u8, u8, u8)>) -> BTreeSet<Vec<Term>> {
        let group = |group: u8| if self.grouped { group } else { 0 };
        let base: BTreeSet<(u8, u8, u8)> = edges.iter().map(|&(g, x, y, _)| (group(g), x, y)).collect();
        let steps: BTreeSet<(u8, u8, u8)> =
            edges.iter().filter(|e| !self.limited || e.3 < 2).map(|&(g, x, y, _)| (group(g), x, y)).collect();
        let mut all = base;
        loop {
            let mut new = all.clone();
            for &(g, a, b) in &all {
                let (left, right) =
                    (matches!(self.form, Form::Left | Form::Both), matches!(self.form, Form::Right | Form::Both));
                for &(h, c, d) in steps.iter().filter(|step| step.0 == g) {
                    if left && b == c {
                        new.insert((h, a, d));
                    }
                    if right && d == a {
                        new.insert((h, c, b));
                    }
                    if self.form == Form::Turning && d == b {
                        new.insert((h, c, a));
                    }
                }
                if self.form == Form::Square {
                    new.extend(all.iter().filter(|row| row.0 == g && row.1 == b).map(|row| (g, a, row.2)));
                }
            }
            if new.len() == all.len() {
                break;
            }
            all = new;
        }
        let labels: &[&str] = if self.labelled { &["one", "two"] } else { &["one"] };
        let row = |&(g, x, y): &(u8, u8, u8), label: &str| {
            let values = [Term::Int(g.into()), Term::atom(label), Term::Int(x.into()), Term::Int(y.into())];
            let kept = [self.grouped, self.labelled, true, true];
            self.order.iter().filter(|&&at| kept[at]).map(|&at| values[at].clone()).collect()
        };
        all.iter().flat_map(|pair| labels.iter().map(move |label| row(pair, label))).collect()
    }

    fn database(&self, edges: &BTreeSet<(u8, u8, u8, u8)>) -> Database {
        let text = self.text(edges);
        let program = Program::parse("closure.pl", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        Database::new(&program).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn fact(&self, &(group, from, to, weight): &(u8, u8, u8, u8)) -> Term {
        let (from, to) = if self.swapped { (to, from) } else { (from, to) };
        format!("link({from}, {group}, {weight}, {to})").parse().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn closures_of_every_form(closure in closure()) {
        let mut database = closure.database(&closure.edges);
        database.evaluate(&Budget::default()).unwrap();
        let arity = 2 + usize::from(closure.grouped) + usize::from(closure.labelled);
        let rows: BTreeSet<Vec<Term>> = database.relation("reaches", arity).unwrap().rows().into_iter().collect();
        prop_assert_eq!(rows, closure.rows(&closure.edges), "{}", closure.text(&closure.edges));
    }

    #[test]
    fn goals_over_closures(closure in closure(), bound in prop::collection::vec(any::<bool>(), 4), pick in any::<prop::sample::Index>()) {
        let wanted = closure.rows(&closure.edges);
        let Some(row) = wanted.iter().nth(pick.index(wanted.len().max(1))) else { return Ok(()) };
        let fits = |other: &&Vec<Term>| other.iter().zip(row).zip(&bound).all(|((a, b), &bound)| !bound || a == b);
        let args = row.iter().zip(&bound).enumerate();
        let args = args.map(|(at, (value, &bound))| if bound { value.clone() } else { Term::var(&format!("V{at}")) });
        let goal = Term::compound("reaches", args.collect());
        let answers = closure.database(&closure.edges).query(&goal, &Budget::default()).unwrap();
        let answers: BTreeSet<Term> = answers.into_iter().collect();
        let wanted: BTreeSet<Term> = wanted.iter().filter(fits).map(|row| Term::compound("reaches", row.clone())).collect();
        prop_assert_eq!(answers, wanted, "{} in\n{}", goal, closure.text(&closure.edges));
    }

    #[test]
    fn closures_stay_current(
        closure in closure(),
        updates in prop::collection::vec((prop::collection::vec((0..3u8, 0..7u8, 0..7u8, 0..4u8), 0..3), prop::collection::vec(any::<prop::sample::Index>(), 0..3)), 1..4),
    ) {
        let mut database = closure.database(&closure.edges);
        let mut edges = closure.edges.clone();
        let arity = 2 + usize::from(closure.grouped) + usize::from(closure.labelled);
        for (insert, delete) in updates {
            let delete: Vec<_> =
                delete.iter().filter(|_| !edges.is_empty()).filter_map(|at| edges.iter().nth(at.index(edges.len())).copied()).collect();
            edges.retain(|edge| !delete.contains(edge));
            edges.extend(insert.iter().copied());
            let facts = |edges: &[(u8, u8, u8, u8)]| edges.iter().map(|edge| closure.fact(edge)).collect::<Vec<Term>>();
            database.update(&facts(&insert), &facts(&delete), &Budget::default()).unwrap();
            let rows: BTreeSet<Vec<Term>> = database.relation("reaches", arity).unwrap().rows().into_iter().collect();
            prop_assert_eq!(rows, closure.rows(&edges), "{}", closure.text(&edges));
        }
    }
}
