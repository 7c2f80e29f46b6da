//! Programs that go too far: each ends in an answer or a clear error, in bounded memory and stack.

use consil_logic::{Budget, Certificate, Engine, Goal, Program, ReasonError, Term, parse_term};

fn solve(text: &str) -> Result<Vec<(String, f64)>, String> {
    let program = Program::parse("p.pl", text).map_err(|error| error.to_string())?;
    let engine = Engine::new(program).map_err(|error| error.to_string())?;
    let budget = Budget { max_steps: 2_000_000, ..Budget::default() };
    let solutions = engine.solve(&budget).map_err(|error| error.to_string())?;
    Ok(solutions.into_iter().map(|s| (s.answer.to_string(), s.probability)).collect())
}

#[test]
fn terms_of_any_depth_are_compared_written_hashed_and_dropped() {
    let nested = |place: usize| {
        (0..300_000).fold(Term::atom("z"), |term, _| {
            let mut args = vec![Term::atom("a"), Term::atom("b")];
            args.insert(place, term);
            Term::compound("f", args)
        })
    };
    for place in 0..3 {
        let (a, b) = (nested(place), nested(place));
        assert!(a == b && a.is_ground() && a.variables().is_empty());
        assert_eq!(a.to_string().matches("f(").count(), 300_000);
        let set: std::collections::HashSet<&Term> = [&a, &b].into();
        assert_eq!(set.len(), 1);
    }
    let sum = (0..300_000).fold(Term::Int(1), |sum, _| Term::compound("+", vec![sum, Term::Int(1)]));
    assert_eq!(sum.to_string().matches('+').count(), 300_000);
    let error = Engine::new(Program::parse("p.pl", "p(_).").unwrap()).unwrap();
    let goal = consil_logic::Goal::new(Term::compound("p", vec![sum]));
    assert!(error.plan(&goal, &Budget::default()).is_err(), "nested deeper than the engine takes");
}

#[test]
fn a_list_of_a_million_goes_through_the_list_predicates() {
    let text = "p(S, N, X, Y) :- numlist(1, 1000000, L), sum_list(L, S), length(L, N), nth1(1000000, L, X), reverse(L, R), \
        nth0(0, R, Y), append(L, R, D), length(D, M), M =:= 2 * N. query(p(_, _, _, _)).";
    assert_eq!(solve(text), Ok(vec![("p(500000500000, 1000000, 1000000, 1000000)".to_owned(), 1.0)]));
    let long = format!("p(N) :- length([{}0], N). query(p(_)).", "0,".repeat(200_000));
    assert_eq!(solve(&long), Ok(vec![("p(200001)".to_owned(), 1.0)]));
    assert!(parse_term(&format!("[{}x]", "X, ".repeat(100_000))).is_ok());
}

#[test]
fn many_variables_are_not_quadratic() {
    let variables: Vec<String> = (0..20_000).map(|index| format!("X{index}")).collect();
    let text =
        format!("p({0}) :- q([{0}]). q(_). r :- p({1}). query(r).", variables.join(","), vec!["1"; 20_000].join(","));
    assert_eq!(solve(&text), Ok(vec![("r".to_owned(), 1.0)]));
}

#[test]
fn deep_recursion_is_on_the_heap() {
    let text = "down(0). down(N) :- N > 0, M is N - 1, down(M). query(down(200000)).";
    assert_eq!(solve(text).map(|answers| answers.len()), Ok(1));
    let text = "s(0, z). s(N, s(T)) :- N > 0, M is N - 1, s(M, T). query(s(20000, _)).";
    assert_eq!(solve(text).map(|answers| answers[0].0.matches("s(").count()), Ok(20_001));
}

/// Endless programs: with bounds they end, and what needs all derivations says which subgoal has how many.
const ENDLESS: [&str; 7] = [
    "n(X) :- n(s(X)). query(n(z)).",
    "n(z). n(s(X)) :- n(X). query(n(_)).",
    "p(X) :- q(X). q(X) :- Y is X + 1, p(Y). query(p(0)).",
    "l([]). l([a | T]) :- l(T). p :- l(_), fail. query(p).",
    "p(N) :- between(1, 1000000000000, N). query(p(_)).",
    "0.5::a(X) :- between(1, 60, X). p(L) :- findall(X, a(X), L). query(p(_)).",
    "p(P) :- subquery(p(_), P). query(p(_)).",
];

#[test]
fn programs_without_end_meet_their_budget() {
    for text in ENDLESS {
        let engine = Engine::new(Program::parse("p.pl", text).unwrap()).unwrap();
        let goal = Goal::new(engine.program().queries()[0].clone());
        let budget = Budget { max_steps: 200_000, ..Budget::default() };
        let solutions = engine.solve_goal(&goal, &budget).unwrap_or_else(|error| panic!("{text}: {error}"));
        let last = solutions.last().unwrap();
        // `p` of the fourth holds in no world, however long the lists; that is not known.
        assert_eq!(last.certificate, Certificate::Bounds { lower: 0.0, upper: 1.0 }, "{text}");
        assert_eq!(last.is_further(), !goal.query.is_ground(), "{text}");
        let error = engine.plan(&goal, &budget).err().unwrap_or_else(|| panic!("{text}"));
        assert!(error.limit().is_some(), "{text}: {error}");
    }
    let error = solve("p(L) :- length(L, 100000000). query(p(_)).").unwrap_err();
    assert!(error.contains("ten million"), "{error}");
    let late = Budget { expired: Some(std::sync::Arc::new(|| true)), ..Budget::default() };
    let engine = Engine::new(Program::parse("p.pl", "n(z). n(s(X)) :- n(X). query(n(_)).").unwrap()).unwrap();
    let solutions = engine.solve(&late).unwrap();
    assert!(solutions.last().unwrap().is_further());
}

#[test]
fn what_needs_all_derivations_names_the_largest_subgoal_and_the_limit() {
    let engine = Engine::new(Program::parse("p.pl", "p(a). p(f(X)) :- p(X). query(p(_)).").unwrap()).unwrap();
    let goal = Goal::new(engine.program().queries()[0].clone());
    let budget = Budget { max_answers: 1000, ..Budget::default() };
    for error in [engine.plan(&goal, &budget).err(), engine.sampler(&goal, &budget).err()] {
        let text = error.unwrap().to_string();
        assert!(
            text.contains("`p(_0)` has 1000 of 1000 answers") && text.contains("raise `Budget::max_answers`"),
            "{text}"
        );
    }
}

#[test]
fn numbers_out_of_range_are_named() {
    for (goal, message) in [
        ("X is 9223372036854775807 + 1", "too large"),
        ("X is -9223372036854775807 - 2", "too large"),
        ("X is 3037000500 * 3037000500", "too large"),
        ("X is 1 << 63", "too large"),
        ("X is 1.0e308 * 10", "too large"),
        ("X is 1 // 0", "division by zero"),
        ("X is 1 mod 0", "division by zero"),
        ("X is 1 / 0.0", "division by zero"),
        ("X is sqrt(0 - 1)", "undefined"),
        ("X is log(0)", "undefined"),
        ("X is a", "not a number"),
        ("X is \"a\" + 1", "not a number"),
        ("(X = 1, Y is Z + 1, Y = Z)", "no value"),
    ] {
        let error = solve(&format!("p(X) :- {goal}. query(p(_)).")).expect_err(goal);
        assert!(error.contains(message), "{goal}: {error}");
    }
    assert!(solve("p(99999999999999999999).").unwrap_err().contains("does not fit 64 bits"));
}

#[test]
fn evidence_that_cannot_hold_is_named_whether_by_rules_by_chance_or_by_itself() {
    for text in [
        "0.5::a. b :- a. evidence(a). evidence(\\+ b). query(a).",
        "0.5::a. evidence(a). evidence(\\+ a). query(a).",
        "0.5::a; 0.5::b. evidence(a). evidence(b). query(a).",
        "0.0::a. evidence(a). query(a).",
        "c. evidence(c, false). 0.5::a. query(a).",
    ] {
        let engine = Engine::new(Program::parse("p.pl", text).unwrap()).unwrap();
        assert_eq!(*engine.solve(&Budget::default()).unwrap_err().root(), ReasonError::ImpossibleEvidence, "{text}");
    }
}

#[test]
fn long_texts_overflow_no_stack_and_no_counter() {
    let weight = format!("[{}1]::a. query(a).", "1, ".repeat(300_000));
    let error = solve(&weight).unwrap_err();
    assert!(error.contains("is not a probability") && error.len() < 1000, "{} characters", error.len());
    let chain: Vec<String> = (0..40_000).map(|index| format!("X{index} = f(X{})", index + 1)).collect();
    let bindings = format!("p :- {}, q(X0). q(_). query(p).", chain.join(", "));
    assert_eq!(solve(&bindings), Ok(vec![("p".to_owned(), 1.0)]));
    // More goals than 16 bits count.
    let goals = format!("q. 0.5::r. p :- {}r. query(p).", "q, ".repeat(70_000));
    assert_eq!(solve(&goals), Ok(vec![("p".to_owned(), 0.5)]));
}

#[test]
fn conditionals_within_conditions_do_not_double() {
    const LEVELS: usize = 60;
    let condition = (0..LEVELS).fold("a".to_owned(), |condition, _| format!("({condition} -> b ; c)"));
    let text = format!("0.5::a. 0.5::b. 0.25::c. p :- {condition}. query(p).");
    let expected: f64 = (0..8)
        .map(|world| {
            let [a, b, c] = [world & 1 == 1, world & 2 == 2, world & 4 == 4];
            let holds = (0..LEVELS).fold(a, |holds, _| if holds { b } else { c });
            if holds { 0.25 * if c { 0.25 } else { 0.75 } } else { 0.0 }
        })
        .sum();
    let found = solve(&text).unwrap();
    assert!((found[0].1 - expected).abs() < 1e-12, "{found:?}");
}

/// A state of a frontier of sixty vertices costs as much as sixty words, so that a budget of nodes is one of words as well: the
/// clock is looked at once for every thousand states.
#[test]
fn bounds_of_a_wide_network_keep_to_their_budget() {
    let text = "0.999::ok(N) :- between(1, 60, N). upto(0). upto(N) :- N > N - 1, upto(M), ok(N). query(upto(60)).";
    let engine = Engine::new(Program::parse("p.pl", text).unwrap()).unwrap();
    let looks = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = looks.clone();
    let expired = move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        false
    };
    let budget =
        Budget { max_steps: 5_000, max_nodes: 5_000, expired: Some(std::sync::Arc::new(expired)), ..Budget::default() };
    let solutions = engine.solve(&budget).unwrap();
    assert!(!solutions.is_empty());
    let looks = looks.load(std::sync::atomic::Ordering::Relaxed);
    assert!(looks < 2_000, "{looks} thousands of states");
}

/// An answer with n variables is built anew, as none of it is shared with the one before: a thousand of them are half a million
/// cells, which five thousand steps do not build.
#[test]
fn growing_terms_count_as_steps() {
    let engine = Engine::new(Program::parse("p.pl", "n([]). n([_ | T]) :- n(T). query(n(_)).").unwrap()).unwrap();
    let budget = Budget { max_steps: 5_000, max_answers: 1_000, ..Budget::default() };
    let error = engine.plan(&Goal::new(parse_term("n(_)").unwrap()), &budget).err().unwrap();
    assert_eq!(error.limit(), Some(consil_logic::Limit::Steps(5_000)), "{error}");
}
