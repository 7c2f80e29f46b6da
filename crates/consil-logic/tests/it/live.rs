//! Facts that change under a live engine: after every change the answers are those of the changed program read anew, and no more
//! is derived and compiled than the change reaches.

mod model;

use crate::worlds::generate::{first_order, propositional};
use consil_logic::{Budget, Change, Limit, LiveEngine, Program, ReasonError, Update};
use model::{Model, Step};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

fn live(text: &str) -> LiveEngine {
    LiveEngine::new(Program::parse("live.pl", text).unwrap_or_else(|error| panic!("{error}")), &Budget::default())
        .unwrap()
}

fn change(text: &str) -> Change {
    match text.split_at(1) {
        ("+", fact) => Change::Insert(fact.parse().unwrap()),
        ("-", atom) => Change::Delete(atom.parse().unwrap()),
        _ => panic!("{text}"),
    }
}

fn apply(live: &mut LiveEngine, text: &str) -> Update {
    live.apply(&[change(text)], &Budget::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What the model says at every step: one program through many changes.
fn follow(model: &mut Model, queries: &[String], steps: &[Step]) -> Result<(), TestCaseError> {
    let mut live = live(&model.to_string());
    for query in queries {
        live.watch(query.parse().unwrap(), &Budget::default())
            .map_err(|error| TestCaseError::fail(format!("{query}: {error}\n{model}")))?;
    }
    let outcome = live.refresh(&Budget::default());
    model.check(&live, outcome, queries)?;
    for step in steps {
        let Some(change) = model.make(step) else { continue };
        let outcome = live.apply(std::slice::from_ref(&change), &Budget::default());
        model.check(&live, outcome, queries).map_err(|error| TestCaseError::fail(format!("{change:?}: {error}")))?;
    }
    Ok(())
}

fn steps(n_atoms: usize) -> impl Strategy<Value = Vec<Step>> {
    let probability = prop_oneof![2 => 1..100u32, 1 => Just(100), 1 => Just(0)];
    let step = prop_oneof![
        4 => (0..n_atoms, probability.clone()).prop_map(|(atom, percent)| Step::Insert(atom, percent)),
        3 => (0..n_atoms).prop_map(Step::Delete),
        2 => (0..n_atoms, probability).prop_map(|(atom, percent)| Step::Reweigh(atom, percent)),
        1 => (0..n_atoms, any::<bool>()).prop_map(|(atom, holds)| Step::Observe(atom, holds)),
        1 => (0..n_atoms).prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..12)
}

// `PROPTEST_CASES` raises the number of programs.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn propositional_programs(
        case in propositional(),
        dynamic in prop::collection::btree_set(0..12usize, 0..4),
        steps in steps(12),
    ) {
        let atoms: Vec<String> = case.queries.clone();
        let declared = dynamic.iter().map(|&at| format!("{}/0", atoms[at])).collect();
        follow(&mut Model::new(&case, atoms, declared), &case.queries, &steps)?;
    }

    #[test]
    fn first_order_programs(case in first_order(), is_dynamic: bool, steps in steps(20)) {
        let edges = (0..16).map(|at| format!("edge({}, {})", at / 4, at % 4));
        let atoms: Vec<String> = edges.chain((0..4).map(|at| format!("node({at})"))).collect();
        let declared = if is_dynamic { vec!["edge/2".to_owned()] } else { Vec::new() };
        let queries: Vec<String> = case.queries.iter().cloned().chain(["path(1, X)".to_owned(), "meets(X, Y)".to_owned()]).collect();
        follow(&mut Model::new(&case, atoms, declared), &queries, &steps)?;
    }
}

/// Lists, aggregates, goals made at run time, probabilities of goals and negation through cycles, whose dependencies are harder
/// to follow.
#[test]
fn goals_about_goals() {
    let atoms: Vec<String> = (0..3)
        .flat_map(|x| (0..3).map(move |y| format!("e({x}, {y})")))
        .chain((0..3).map(|x| format!("w({x})")))
        .collect();
    let text = "
        e(0, 1). 0.5::e(1, 2). w(0). 0.25::w(1).
        p(X, Y) :- e(X, Y).
        p(X, Y) :- e(X, Z), p(Z, Y).
        list(L) :- findall(Y, p(0, Y), L).
        set(L) :- all(X, (w(X) ; p(X, 1)), L).
        count(N) :- aggregate(count, X, g, (p(X, _), w(X)), (g, N)).
        chance(X, P) :- w(X), subquery(p(0, X), P).
        called(G) :- G = w(_), call(G).
        could :- possible(p(2, 2)).
        wins(X) :- e(X, Y), \\+ wins(Y).
        0.5::fires :- \\+ w(2).
    ";
    let queries: Vec<String> =
        ["list(L)", "set(L)", "count(N)", "called(G)", "could", "fires", "wins(0)"].map(String::from).into();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for dynamic in [vec![], vec!["e/2".to_owned(), "w/1".to_owned()]] {
        for _ in 0..12 {
            let steps = steps(atoms.len()).new_tree(&mut runner).unwrap().current();
            let mut model = Model::of_text(text, atoms.clone(), dynamic.clone());
            follow(&mut model, &queries, &steps).unwrap();
        }
    }
}

/// Over a thousand facts, which an engine answers from bottom up: they change, too.
#[test]
fn many_certain_facts() {
    let mut text = String::from(
        "near(X, Y) :- e(X, Y).\nnear(X, Y) :- e(X, Z), near(Z, Y).\nfar(X) :- near(0, X), w(X), \\+ near(X, 7).\n0.5::w(3).\n0.25::w(90).\n",
    );
    let mut atoms: Vec<String> =
        (0..1200).map(|x| format!("e({x}, {})", if x % 100 == 99 { x } else { x + 1 })).collect();
    atoms.iter().for_each(|atom| text += &format!("{atom}.\n"));
    atoms.extend(["w(3)".to_owned(), "w(90)".to_owned(), "e(0, 190)".to_owned(), "w(195)".to_owned()]);
    let place = |atom: &str| atoms.iter().position(|other| other == atom).unwrap();
    let steps = [
        Step::Insert(place("w(3)"), 75),
        Step::Delete(place("e(50, 51)")),
        Step::Insert(place("w(195)"), 40),
        Step::Insert(place("e(0, 190)"), 100),
        Step::Insert(place("e(50, 51)"), 50),
        Step::Delete(place("e(4, 5)")),
        Step::Reweigh(place("e(50, 51)"), 100),
        Step::Delete(place("e(0, 190)")),
    ];
    let queries = ["near(48, X)".to_owned(), "far(X)".to_owned()];
    follow(&mut Model::of_text(&text, atoms.clone(), Vec::new()), &queries, &steps).unwrap();
}

/// Bridges, each between its own two banks: too entangled to fall apart, and all of different sizes.
fn bridges(n: usize) -> String {
    let mut text = String::from(
        ":- dynamic closed/2.
        linked(P, X, Y) :- road(P, X, Y), \\+ closed(P, X).
        linked(P, X, Y) :- road(P, Y, X), \\+ closed(P, Y).
        path(P, X, X).
        path(P, X, Y) :- linked(P, X, Z), path(P, Z, Y).
        crossing(P) :- part(P, N), path(P, 0, N).
        any :- crossing(_).
        query(crossing(_)). query(any).\n",
    );
    for part in 0..n {
        let size = 4 + part;
        text += &format!("part({part}, {size}). closed({part}, {size}).\n");
        for x in 0..size {
            let p = 0.1 + 0.8 * ((7 * part + 3 * x) % 10) as f64 / 10.0;
            text += &format!("{p}::road({part}, {x}, {}).\n", x + 1);
            if x + 2 <= size {
                text += &format!("{p}::road({part}, {x}, {}).\n", x + 2);
            }
        }
        // Closing a bank for good would be dull.
        text += &format!("closed({part}, {}).\n", size + 10);
    }
    text
}

#[test]
fn a_change_of_one_part_compiles_one_part() {
    const N: usize = 8;
    let mut live = live(&bridges(N));
    let first = live.refresh(&Budget::default()).unwrap();
    assert_eq!((first.components_compiled, first.components_reused), (N + 1, 0), "each part and what joins them");

    // A road that was not there.
    let update = apply(&mut live, "+0.5::road(3, 0, 4)");
    assert_eq!((update.components_compiled, update.components_reused), (1, N), "{update:?}");
    assert_eq!(update.components_evaluated, 2, "the part and what joins them");
    assert!(update.tables_derived * 2 < first.tables_derived, "{update:?} of {first:?}");

    // The same road without uncertainty leaves its variable in place; so does its end.
    for (change, n_evaluated) in
        [("+road(3, 0, 4)", 2), ("-road(3, 0, 4)", 2), ("+0.25::road(3, 0, 4)", 2), ("-road(9, 9, 9)", 0)]
    {
        let update = apply(&mut live, change);
        assert_eq!(
            update,
            Update {
                tables_derived: 0,
                components_compiled: 0,
                components_reused: N + 1,
                components_evaluated: n_evaluated,
                ..update
            },
            "{change}"
        );
    }
    // A dynamic fact that is certain can be closed and opened, too.
    for change in ["-closed(5, 9)", "+closed(5, 9)"] {
        let update = apply(&mut live, change);
        assert_eq!((update.tables_derived, update.components_compiled), (0, 0), "{change}");
    }
    // Another part with a shape that is known needs no compiling: only what joins the parts does.
    let mut copy: Vec<Change> = vec![change("+part(100, 4)")];
    for x in 0..4 {
        copy.push(change(&format!("+0.5::road(100, {x}, {})", x + 1)));
        if x + 2 <= 4 {
            copy.push(change(&format!("+0.5::road(100, {x}, {})", x + 2)));
        }
    }
    copy.push(change("+closed(100, 4)"));
    copy.push(change("+closed(100, 14)"));
    let update = live.apply(&copy, &Budget::default()).unwrap();
    assert_eq!((update.components_compiled, update.components_reused), (1, N + 1), "{update:?}");
}

#[test]
fn many_changes_forget_what_is_gone() {
    let mut live = live("p(X) :- e(X, Y), f(Y).\n0.5::f(1).\ne(0, 1).\nquery(p(X)).");
    live.refresh(&Budget::default()).unwrap();
    // Two at a time have a structure of their own, compiled once.
    apply(&mut live, "+e(-1, 1)");
    apply(&mut live, "-e(-1, 1)");
    for round in 0..4_000 {
        apply(&mut live, &format!("+e({}, 1)", round + 1));
        let update = apply(&mut live, &format!("-e({round}, 1)"));
        assert_eq!(update.components_compiled, 0);
    }
    assert_eq!(
        live.answers(0).unwrap().map(|(answer, p)| (answer.to_string(), p)).collect::<Vec<_>>(),
        [("p(4000)".to_owned(), 0.5)]
    );
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut live = live("0.5::a(1).\nb(X) :- a(X).\nquery(b(X)).");
    live.refresh(&Budget::default()).unwrap();
    let refused = |live: &mut LiveEngine, change: Change| {
        let insert = Change::Insert("a(2)".parse().unwrap());
        let error = live.apply(&[insert, change], &Budget::default()).unwrap_err();
        assert_eq!(live.probability(0, &"b(2)".parse().unwrap()), Some(0.0));
        error.to_string()
    };
    let insert = |text: &str| Change::Insert(text.parse().unwrap());
    assert_eq!(
        refused(&mut live, insert("1.5::a(3)")),
        "`1.5::a(3)` cannot be a fact: its probability is no number between 0 and 1"
    );
    assert_eq!(refused(&mut live, insert("a(X)")), "`a(X)` cannot be a fact: it has variables");
    assert!(matches!(
        refused(&mut live, insert("aa(1)")).as_str(),
        message if message.contains("aa/1")
    ));
    assert_eq!(
        refused(&mut live, Change::Reweigh("a(7)".parse().unwrap(), 0.5)),
        "`a(7)` cannot be reweighed: there is no such fact; insert it"
    );
    let seven = [insert("0.5::a(7)"), Change::Reweigh("a(7)".parse().unwrap(), 0.25)];
    live.apply(&seven, &Budget::default()).unwrap();
    assert_eq!(live.probability(0, &"b(7)".parse().unwrap()), Some(0.25));
}

/// A query that cannot be answered leaves all others as cheap as they were.
#[test]
fn a_query_that_is_refused_fixes_nothing() {
    let mut live = live(":- dynamic a/1.\na(1). 0.5::a(2).\nb(X) :- a(X).\nquery(b(X)).");
    live.refresh(&Budget::default()).unwrap();
    let error = live.watch("(b(X), Y is Z + X)".parse().unwrap(), &Budget::default()).unwrap_err();
    assert!(matches!(error, ReasonError::Unbound { .. }), "{error}");
    live.refresh(&Budget::default()).unwrap();
    for change in ["-a(1)", "+0.25::a(2)"] {
        assert_eq!(apply(&mut live, change).tables_derived, 0);
    }
    let answers: Vec<(String, f64)> = live.answers(0).unwrap().map(|(answer, p)| (answer.to_string(), p)).collect();
    assert_eq!(answers, [("b(2)".to_owned(), 0.25)]);
}

#[test]
fn errors_leave_answers_out_of_date_until_they_are_mended() {
    let mut live = live("0.5::a. 0.4::b.\nc :- a, b.\nquery(c).\nn(0).\nn(N) :- s(M), n(M), N is M + 1.\ns(0).");
    let (c, budget) = ("c".parse().unwrap(), Budget::default());
    live.refresh(&budget).unwrap();
    let observe = |live: &mut LiveEngine, change: Change| live.apply(&[change], &Budget::default());
    observe(&mut live, Change::Observe("c".parse().unwrap(), true)).unwrap();
    assert_eq!(live.probability(0, &c), Some(1.0));
    let error = observe(&mut live, Change::Delete("a".parse().unwrap())).unwrap_err();
    assert!(matches!(error, ReasonError::ImpossibleEvidence), "{error}");
    assert!(live.probability(0, &c).is_none() && live.answers(0).is_none() && live.solutions().is_none());
    observe(&mut live, Change::Forget("c".parse().unwrap())).unwrap();
    assert_eq!(live.probability(0, &c), Some(0.0));
    observe(&mut live, Change::Insert("0.25::a".parse().unwrap())).unwrap();
    assert!((live.probability(0, &c).unwrap() - 0.1).abs() < 1e-12);

    let small = Budget { max_steps: 1, ..Budget::default() };
    let error = live.apply(&[Change::Insert("s(1)".parse().unwrap())], &small);
    assert!(error.is_ok(), "no query asks for n/1");
    let error = live.watch("n(X)".parse().unwrap(), &small).unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Steps(1)), "{error}");
    assert_eq!(live.queries().count(), 1);
    live.refresh(&budget).unwrap();
    let n = live.watch("n(X)".parse().unwrap(), &budget).unwrap();
    assert_eq!(live.answers(n).unwrap().count(), 3);
    assert_eq!(live.solutions().unwrap().len(), 4);
}
