//! Every diagnostic and every error, word for word.

use consil_logic::{Budget, Engine, Goal, Limit, Program, ReasonError};

fn diagnostics(text: &str) -> String {
    Program::parse("p.pl", text).expect_err("the program has an error").to_string()
}

fn reason_error(text: &str, query: &str) -> ReasonError {
    let program = Program::parse("p.pl", text).unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::new(program).unwrap();
    match engine.plan(&Goal::new(query.parse().unwrap()), &Budget::default()) {
        Ok(plan) => panic!("there are answers: {:?}", plan.answers()),
        Err(error) => error,
    }
}

/// The error of the program's own queries.
fn solve_error(text: &str) -> String {
    let program = Program::parse("p.pl", text).unwrap_or_else(|error| panic!("{error}"));
    match Engine::new(program).unwrap().solve(&Budget::default()) {
        Ok(solutions) => panic!("there are answers: {solutions:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn syntax() {
    assert_eq!(
        diagnostics("p(X) :- q(X.\nq(1)."),
        "p.pl:1:12: error: the clause ends where `,` or `)` is expected\n   |\n 1 | p(X) :- q(X.\n   |            ^"
    );
    assert_eq!(
        diagnostics("q(1)\nr(2)."),
        "p.pl:2:1: error: `r` where an operator or a full stop is expected\n   |\n 2 | r(2).\n   | ^\n   \
         = help: is the full stop of the clause before missing?"
    );
    assert_eq!(
        diagnostics("q('abc)."),
        "p.pl:1:3: error: this quoted atom is never closed\n   |\n 1 | q('abc).\n   |   ^^^^^^"
    );
}

#[test]
fn all_findings_are_collected() {
    let text = diagnostics("p :- .\nq :- r(.\ns :- X > 1.\n");
    assert_eq!(text.matches("error:").count(), 3, "{text}");
}

#[test]
fn unsafe_variables() {
    assert_eq!(
        diagnostics("q(1).\nr(1).\np(X, Y) :- r(X), \\+ q(Y), r(Y).\ns :- \\+ q(X), r(X)."),
        "p.pl:4:11: error: `X` has a value only behind this negation\n   |\n 4 | s :- \\+ q(X), r(X).\n   \
         |           ^\n   = help: move the negation behind the goal that gives `X` its value"
    );
    assert!(Program::parse("p.pl", "q(1).\np :- \\+ q(X).").is_ok(), "no value at all is meant");
    assert_eq!(
        diagnostics("q(1).\np(Y) :- q(Y), Y < X."),
        "p.pl:2:19: error: nothing gives `X` a value before `<` needs it\n   |\n 2 | p(Y) :- q(Y), Y < X.\n   \
         |                   ^\n   = help: bind `X` in a goal of the same clause"
    );
    assert_eq!(
        diagnostics("q(1).\np(Y) :- Y is X + 1."),
        "p.pl:2:14: error: nothing gives `X` a value before `is` needs it\n   |\n 2 | p(Y) :- Y is X + 1.\n   \
         |              ^\n   = help: bind `X` in a goal of the same clause"
    );
}

#[test]
fn probabilities() {
    assert_eq!(
        diagnostics("0.7::a; 0.5::b."),
        "p.pl:1:1: error: the probabilities of this choice add up to 1.200000, more than 1\n   |\n \
         1 | 0.7::a; 0.5::b.\n   | ^^^^^^^^^^^^^^\n   \
         = help: exactly one head of a choice comes true; write separate facts for independent events"
    );
    assert_eq!(
        diagnostics("1.5::a."),
        "p.pl:1:1: error: the probability 1.5 is not in [0, 1]\n   |\n 1 | 1.5::a.\n   | ^^^^^^"
    );
    // Rounding is forgiven, and shared out.
    let program = Program::parse("p.pl", "0.5::a; 0.5000000001::b. query(a). query(b).").unwrap();
    let solutions = Engine::new(program).unwrap().solve(&Budget::default()).unwrap();
    assert!((solutions[0].probability - 0.5 / 1.000_000_000_1).abs() < 1e-15, "{solutions:?}");
    assert!((solutions[0].probability + solutions[1].probability - 1.0).abs() < 1e-15, "{solutions:?}");
}

#[test]
fn unknown_predicates() {
    assert_eq!(
        diagnostics("parent(a, b).\np(X) :- parnet(X, b)."),
        "p.pl:2:9: error: no clause defines `parnet/2`\n   |\n 2 | p(X) :- parnet(X, b).\n   |         ^^^^^^^^^^^^\n   \
         = help: did you mean `parent`?"
    );
    assert!(diagnostics("q(1).\np :- q(1, 2).").contains("help: there is `q/1`, with one argument"));
    assert!(diagnostics("p :- xyzzy(1).").contains(":- dynamic xyzzy/1."));
}

#[test]
fn forms() {
    assert!(diagnostics("a :- b, !.\nb.").contains("there is no cut"));
    assert!(diagnostics("X is 1 :- true.").contains("`is/2` is built in"));
    assert!(diagnostics("a; b :- c.\nc.").contains("several heads without probabilities"));
    assert!(diagnostics("nn(net, [X], Y, [0, 0]) :: p(X, Y).").contains("the class `0` stands here twice"));
    assert!(diagnostics("nn(net, [X], Y, [0, 1]) :: p(X).").contains("the output `Y` does not occur in the head"));
    assert!(diagnostics("evidence(a(X)).").contains("evidence must have no variables"));
}

#[test]
fn networks() {
    let program = Program::parse("p.pl", "nn(digti, [image], D, [0, 1]) :: seen(D).").unwrap();
    assert_eq!(program.check_networks(&["digti"]), Ok(()));
    assert_eq!(
        program.check_networks(&["sign", "digit"]).unwrap_err().to_string(),
        "p.pl:1:4: error: there is no network `digti`\n   |\n 1 | nn(digti, [image], D, [0, 1]) :: seen(D).\n   \
         |    ^^^^^\n   = help: did you mean `digit`?"
    );
}

#[test]
fn negation_through_a_cycle_is_shown() {
    let error = reason_error("p(X) :- q(X), \\+ r(X).\nr(X) :- q(X), p(X).\nq(1).", "p(1)");
    assert_eq!(error.to_string(), "negation through a cycle: p(1) → \\+ r(1) → p(1)");
    let error = reason_error("p :- \\+ p.", "p");
    assert_eq!(error.to_string(), "negation through a cycle: p → \\+ p");
    assert_eq!(
        solve_error("p :- \\+ p.\nquery(p)."),
        "p.pl:2:7: error: negation through a cycle: p → \\+ p\n   |\n 2 | query(p).\n   |       ^\n   \
         = help: let a goal of the cycle depend on something that the cycle does not decide"
    );
    let error = reason_error("a(1).\np(X) :- a(X), findall(Y, (p(Y), Y > X), _).", "p(1)");
    assert_eq!(
        error.to_string(),
        "p.pl:2:1: error: a goal about all answers of another depends on itself: p(_0) → p(_0), _0 > 1 → p(_0)\n   |\n \
         2 | p(X) :- a(X), findall(Y, (p(Y), Y > X), _).\n   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n   \
         = help: a list of all answers is there only after them: none of them may need it"
    );
    let error = reason_error("q(X) :- findall(Y, p(Y), X). p(X) :- q(X).", "q(L)");
    assert!(error.to_string().contains("depends on itself: q(_0) → p(_0) → q(_0)\n"), "{error}");
}

#[test]
fn unbound_variables_at_run_time() {
    let error = reason_error("p(X) :- q(Y), Y > X.\nq(1).", "p(X)");
    assert_eq!(
        error.to_string(),
        "p.pl:1:1: error: `X` has no value in `Y > X`\n   |\n 1 | p(X) :- q(Y), Y > X.\n   | ^^^^^^^^^^^^^^^^^^^"
    );
}

#[test]
fn answers_with_variables() {
    let error = reason_error("q.\n0.5::p(X).", "p(X)");
    assert_eq!(
        error.to_string(),
        "p.pl:2:1: error: the probabilistic answer `p(_1)` has variables\n   |\n 2 | 0.5::p(X).\n   | ^^^^^^^^^"
    );
    // A query of the caller has no place in the program; the program's own has.
    let error = reason_error("p(X).", "p(X)");
    assert_eq!(error.to_string(), "`p(_0)` cannot be an answer: it still has variables");
    assert_eq!(
        solve_error("p(X).\nquery(p(_))."),
        "p.pl:2:7: error: `p(_0)` cannot be an answer: it still has variables\n   |\n 2 | query(p(_)).\n   |       ^^^^\n   \
         = help: give each variable a value, in the query or in the clause that answers it"
    );
}

#[test]
fn choices_without_a_value() {
    assert_eq!(
        solve_error("flip(_).\n0.5::coin :- flip(X).\nquery(coin)."),
        "p.pl:2:1: error: there is a choice of `coin` for each value of `X`, which has none\n   |\n \
         2 | 0.5::coin :- flip(X).\n   | ^^^^^^^^^^^^^^^^^^^^\n   = help: give it a value in the body, or name what it is needed \
         for with a rule of its own, without a probability"
    );
}

#[test]
fn queries_and_evidence_have_places() {
    assert_eq!(
        diagnostics("a.\nquery(zzz)."),
        "p.pl:2:7: error: no clause defines `zzz/0`\n   |\n 2 | query(zzz).\n   |       ^^^\n   \
         = help: write a clause for it, or `:- dynamic zzz/0.` if its facts come with the goal"
    );
    assert_eq!(
        diagnostics("parent(a, b).\n0.5::c.\nquery(c).\nevidence(parnet(a, b))."),
        "p.pl:4:1: error: no clause defines `parnet/2`\n   |\n 4 | evidence(parnet(a, b)).\n   | ^^^^^^^^^^^^^^^^^^^^^^\n   \
         = help: did you mean `parent`?"
    );
    assert!(diagnostics("a.\nquery((a, !)).").contains("p.pl:2:11: error: there is no cut"));
    assert!(diagnostics("a. b.\nevidence((a, b)).").contains("= help: write a piece of evidence for each of them"));
    assert!(Program::parse("p.pl", ":- unknown(fail).\nquery(zzz).").is_ok());
    assert_eq!(
        solve_error("a.\np(X) :- G = zzz(X), call(G).\nquery(p(1))."),
        "p.pl:2:1: error: no clause defines `zzz/1`\n   |\n 2 | p(X) :- G = zzz(X), call(G).\n   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n   \
         = help: write a clause for it, or declare it with `:- dynamic` if its facts come with the goal"
    );
}

#[test]
fn what_a_query_of_the_caller_lacks_is_said() {
    let error = reason_error("a.", "(a, !)");
    assert_eq!(
        error.to_string(),
        "`a, !` cannot be a query: there is no cut: the order of clauses has no meaning here; make the clauses exclusive \
         with `\\+`, or use `Condition -> Then ; Else`"
    );
}

#[test]
fn strange_characters() {
    assert!(Program::parse("p.pl", "\u{feff}a. query(a).").is_ok(), "a byte order mark");
    assert_eq!(
        diagnostics("p(日本)."),
        "p.pl:1:3: error: `日本` means nothing here\n   |\n 1 | p(日本).\n   |   ^^\n   = help: quote it: `'日本'`"
    );
    assert_eq!(
        diagnostics("p({a})."),
        "p.pl:1:3: error: there are no braces\n   |\n 1 | p({a}).\n   |   ^\n   = help: write a list, or a compound such as `set(a)`"
    );
    assert!(diagnostics("p(0'a).").contains("p.pl:1:4: error: there are no character codes such as `0'a`"));
    assert!(diagnostics("p('\\x41').").contains("a character by its number ends in a backslash"));
    assert!(diagnostics("p(\u{7}).").contains("`\\u{7}` means nothing here"));
}

#[test]
fn no_name_is_a_slip_of_every_other() {
    assert!(!diagnostics("a.\nb :- x.").contains("did you mean"));
}

#[test]
fn a_finding_does_not_lead_to_others() {
    assert_eq!(
        diagnostics("nn(net, [], Y, [a, b]) :: p(Y).\nq :- p(a)."),
        "p.pl:1:9: error: a network has at least one input\n   |\n 1 | nn(net, [], Y, [a, b]) :: p(Y).\n   |         ^^\n   \
         = help: name a modality, as in `[image]`"
    );
    assert!(diagnostics("t(0.5, junk)::a.").contains("a tunable probability has one argument"));
}

#[test]
fn arithmetic_and_types() {
    let error = reason_error("p(Y) :- q(X), Y is X // 0.\nq(3).", "p(Y)");
    assert!(error.to_string().starts_with("p.pl:1:1: error: division by zero in `Y is 3 // 0`"), "{error}");
    let error = reason_error("p(Y) :- Y is a + 1.", "p(Y)");
    assert!(error.to_string().contains("`a` is not a number"), "{error}");
    let error = reason_error("p(N) :- sum_list(a, N).", "p(N)");
    assert!(error.to_string().contains("needs a list"), "{error}");
}

#[test]
fn computed_probabilities() {
    let error = reason_error("P::p(X) :- q(X, P).\nq(1, 1.5).", "p(1)");
    assert!(error.to_string().starts_with("p.pl:1:1: error: 1.5 is not a probability"), "{error}");
}

#[test]
fn unknown_queries_and_impossible_evidence() {
    let error = reason_error("parent(a, b).", "parnet(a, b)");
    assert_eq!(error.to_string(), "no clause defines `parnet/2`; did you mean `parent`?");
    let error = reason_error("0.5::a.\nb.\nevidence(b, false).", "a");
    assert_eq!(
        error.to_string(),
        "p.pl:3:1: error: the evidence is impossible: it holds in no world\n   |\n 3 | evidence(b, false).\n   \
         | ^^^^^^^^^^^^^^^^^^\n   \
         = help: some of the evidence excludes other evidence, or has probability zero: take it out piece by piece"
    );
}

#[test]
fn budgets() {
    let limits = |text: &str, budget: Budget| {
        let engine = Engine::new(Program::parse("p.pl", text).unwrap()).unwrap();
        match engine.plan(&Goal::new("p(0)".parse().unwrap()), &budget) {
            Err(error) if error.limit().is_some() => error.limit().unwrap(),
            other => panic!("{:?}", other.map(|plan| plan.answers().to_vec())),
        }
    };
    let endless = "p(X) :- Y is X + 1, p(Y).";
    assert_eq!(limits(endless, Budget { max_depth: 1000, ..Budget::default() }), Limit::Depth(1000));
    assert_eq!(limits(endless, Budget { max_steps: 1000, ..Budget::default() }), Limit::Steps(1000));
    let growing = "p(0) :- q(_).\nq(z).\nq(s(X)) :- q(X).";
    assert_eq!(limits(growing, Budget { max_answers: 1000, ..Budget::default() }), Limit::Answers(1000));
    let late = Budget { expired: Some(std::sync::Arc::new(|| true)), ..Budget::default() };
    assert_eq!(limits(endless, late), Limit::Time);
    let parity = "0.5::x(N) :- between(1, 30, N).\neven(0).\neven(N) :- N > 0, M is N - 1, even(M), \\+ x(N).\n\
        even(N) :- N > 0, M is N - 1, \\+ even(M), x(N).\np(0) :- even(30).";
    assert_eq!(limits(parity, Budget { max_nodes: 20, ..Budget::default() }), Limit::Nodes(20));
}
