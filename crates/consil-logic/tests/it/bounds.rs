//! Programs that no derivation ends: the bounds hold the probability, which is known in closed form, and are as close as a small
//! budget makes them.

use consil_logic::{Budget, Certificate, Engine, Goal, Program, ReasonError, Solution, Workspace};

fn within(steps: u64) -> Budget {
    Budget { max_steps: steps, ..Budget::default() }
}

fn solve(text: &str, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
    Engine::new(Program::parse("endless.pl", text).unwrap()).unwrap().solve(budget)
}

/// The bounds of a program's only answer.
fn bounds(text: &str) -> (f64, f64) {
    let solutions = solve(text, &within(80_000)).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let [only] = &solutions[..] else { panic!("{solutions:?}\n{text}") };
    ends(only)
}

fn ends(solution: &Solution) -> (f64, f64) {
    match solution.certificate {
        Certificate::Bounds { lower, upper } => (lower, upper),
        Certificate::Exact => (solution.probability, solution.probability),
        other => panic!("{other}"),
    }
}

const ROUNDING: f64 = 1e-12;

/// The bounds of a program hold its probability and are at most so far apart.
fn assert_close(text: &str, probability: f64, most: f64) {
    let (lower, upper) = bounds(text);
    let holds = lower - ROUNDING <= probability && probability <= upper + ROUNDING;
    assert!(holds, "{probability} is not in [{lower}, {upper}]\n{text}");
    assert!(upper - lower <= most, "[{lower}, {upper}]\n{text}");
}

#[test]
fn a_walk_that_stops_for_certain() {
    let stop = "0.5::stop(N) :- integer(N).\n";
    let (here, on) = ("walk(N) :- stop(N).\n", "walk(N) :- \\+ stop(N), M is N + 1, walk(M).\n");
    // The endless clause may come first.
    for text in [[stop, here, on].concat(), [stop, on, here].concat()] {
        assert_close(&(text + "query(walk(0))."), 1.0, 1e-9);
    }
}

#[test]
fn both_sides_close_where_going_on_is_uncertain() {
    // f = 0.9 (1 - (1 - 0.2) (1 - f))
    let ends = "0.9::go(N) :- integer(N). 0.2::end(N) :- integer(N).\n";
    let far = "far(N) :- go(N), end(N).\nfar(N) :- go(N), M is N + 1, far(M).\n";
    assert_close(&[ends, far, "query(far(0))."].concat(), 0.18 / 0.28, 1e-9);
    // The clause's own probability bounds what it leads to, as does a body's.
    assert_close("0.5::up(N) :- M is N + 1, up(M). query(up(0)).", 0.0, 1e-9);
    // Left recursion: p(n) holds with 0.5ⁿ.
    let text = "0.5::c(N) :- integer(N). n(0). n(M) :- n(N), c(N), M is N + 1. query(n(4)).";
    assert_close(text, 0.0625, 1e-9);
}

#[test]
fn what_is_denied_of_an_endless_goal_has_bounds() {
    let text = "0.5::go(N) :- integer(N). 0.9::near. far(N) :- go(N), M is N + 1, far(M). far(_) :- near.\n\
        stays :- \\+ far(0). query(stays).";
    // `far` holds where `near` does, or for ever: never.
    assert_close(text, 0.1, 1e-9);
    let text = "inf(N) :- M is N + 1, inf(M). 0.3::a. p :- \\+ inf(0), a. q :- \\+ inf(0). q :- a. query(p). query(q).";
    let solutions = solve(text, &within(20_000)).unwrap();
    assert_eq!(solutions.iter().map(ends).collect::<Vec<_>>(), [(0.0, 0.3), (0.3, 1.0)]);
}

#[test]
fn an_endless_clause_does_not_hide_the_others() {
    let text = "q :- inf(0). q :- easy. inf(N) :- M is N + 1, inf(M). 0.3::e. easy :- e2. e2 :- e. query(q).";
    assert_eq!(bounds(text), (0.3, 1.0));
    // Numbers without end, one of which might be negative for all that is known.
    assert_eq!(bounds("n(0). n(M) :- n(N), M is N + 1. p :- n(-1). query(p)."), (0.0, 1.0));
    // A tree of which each branch has two: it ends with probability 1.
    let text = "0.3::two(X) :- is_list(X). ends(X) :- \\+ two(X). ends(X) :- two(X), ends([l | X]), ends([r | X]).\n\
        query(ends([])).";
    let (lower, upper) = bounds(text);
    assert!(lower > 0.97 && upper == 1.0, "[{lower}, {upper}]");
}

#[test]
fn answers_that_are_not_listed_are_counted() {
    let text = "0.5::c(N) :- integer(N). n(0). n(M) :- n(N), c(N), M is N + 1. query(n(_)).";
    let solutions = solve(text, &within(100_000)).unwrap();
    let (last, listed) = solutions.split_last().unwrap();
    assert!(last.is_further() && ends(last).1 < 1e-4, "{last:?}");
    for (n, solution) in listed.iter().enumerate() {
        let (lower, upper) = ends(solution);
        let probability = 0.5f64.powi(n as i32);
        assert!(lower - ROUNDING <= probability && probability <= upper + ROUNDING, "{solution:?}");
    }
    // Certain answers are exact, although there are more.
    let solutions = solve("p(a). p(f(X)) :- p(X). query(p(_)).", &within(100_000)).unwrap();
    let (last, listed) = solutions.split_last().unwrap();
    assert_eq!(ends(last), (0.0, 1.0));
    assert!(listed.len() > 100 && listed.iter().all(|one| one.certificate == Certificate::Exact));
}

/// What is not listed may still lead to what is.
#[test]
fn answers_that_are_not_listed_lead_on() {
    let text = "0.5::e(0, 1). 0.9::e(0, 2). 0.9::e(2, 1). p(Y) :- e(0, Y). p(Y) :- p(Z), e(Z, Y).";
    let engine = Engine::new(Program::parse("answers.pl", text).unwrap()).unwrap();
    // Of so many answers a table lists one.
    let budget = Budget { max_answers: 600, ..Budget::default() };
    let bounds = engine.bounds(&Goal::new("p(_)".parse().unwrap()), &budget).unwrap();
    assert_eq!(bounds.answers(), ["p(1)".parse().unwrap()]);
    let (weights, mut ws) = (bounds.default_log_weights(), Workspace::new());
    let (_, certificate) = bounds.evaluate(&weights, &mut ws)[0];
    let Certificate::Bounds { lower, upper } = certificate else { panic!("{certificate}") };
    let one = 1.0 - 0.5 * (1.0 - 0.9 * 0.9);
    assert!(lower <= one && one <= upper, "{one} is not in [{lower}, {upper}]");
    let further = bounds.further(&weights, &mut ws);
    assert!((0.9..1.0).contains(&further), "{further}");
}

#[test]
fn collections_of_an_endless_goal_have_bounds() {
    let n = "0.5::c(N) :- integer(N). n(0). n(M) :- n(N), c(N), M is N + 1.\n";
    let aggregate = "s(S) :- aggregate(sum, N, none, n(N), (_, S)). query(s(3)).";
    // 0 + 1 + 2: up to 2 and no further.
    assert_close(&[n, aggregate].concat(), 0.125, 1e-3);
    let all = "l(L) :- all(N, (n(N), N < 3), L). query(l([0, 1])).";
    assert_close(&[n, all].concat(), 0.25, 1e-3);
    // How many derivations there are is not known, so `findall` is not.
    assert_eq!(bounds(&[n, "l(L) :- findall(N, n(N), L). query(l([0]))."].concat()), (0.0, 1.0));
}

#[test]
fn evidence_may_be_endless_too() {
    let text = "0.5::a. 0.9::go(N) :- integer(N). far(N) :- go(N), M is N + 1, far(M). far(N) :- \\+ go(N), a.\n\
        query(a). evidence(far(0)).";
    assert_close(text, 1.0, 1e-6);
    // Seen not to hold: a is false but for what goes on for ever.
    assert_close(&text.replace("evidence(far(0))", "evidence(far(0), false)"), 0.0, 1e-6);
    // Evidence of which nothing is known says nothing; evidence that cannot hold is an error.
    let inf = "inf(N) :- M is N + 1, inf(M). 0.5::a. query(a).\n";
    let (lower, upper) = bounds(&[inf, "evidence(inf(0))."].concat());
    assert!(lower <= 0.0 && upper >= 1.0, "[{lower}, {upper}]");
    let error = solve(&[inf, "0.5::b. never :- b, inf(0), \\+ b. evidence(never)."].concat(), &within(20_000));
    assert_eq!(error.unwrap_err().root(), &ReasonError::ImpossibleEvidence);
}

#[test]
fn negation_through_endless_cycles_has_bounds() {
    // A binary tree of moves, each there or not: whoever cannot move has lost. w = 1 - (1 - (1 - w) / 2)² at its fixpoint.
    let text = "0.5::m(X, [I | X]) :- is_list(X), between(0, 1, I). win(X) :- m(X, Y), \\+ win(Y). query(win([])).";
    let w = (1..200).fold(0.5, |w, _| 1.0 - (1.0 - (1.0 - w) / 2.0f64).powi(2));
    assert_close(text, w, 0.1);
    // Undefined in some world, and endless beside it.
    let text = "0.5::a. p :- a, \\+ q. q :- a, \\+ p. inf(N) :- M is N + 1, inf(M). r :- p. r :- inf(0), a. query(r).";
    let (lower, upper) = bounds(text);
    assert_eq!((lower, upper), (0.0, 0.5));
}

#[test]
fn more_budget_brings_the_sides_no_further_apart() {
    let text = "0.6::c(X) :- is_list(X). r(X) :- c(X). r(X) :- r([l | X]), r([r | X]). query(r([])).";
    let engine = Engine::new(Program::parse("endless.pl", text).unwrap()).unwrap();
    let goal = Goal::new(engine.program().queries()[0].clone());
    let mut before = (0.0, 1.0);
    for steps in [1000, 10_000, 100_000] {
        let solutions = engine.solve_goal(&goal, &within(steps)).unwrap();
        let (lower, upper) = ends(&solutions[0]);
        assert!(
            lower >= before.0 - ROUNDING && upper <= before.1 + ROUNDING,
            "{steps}: [{lower}, {upper}] after {before:?}"
        );
        before = (lower, upper);
    }
    assert!(before.0 > 0.6);
}
