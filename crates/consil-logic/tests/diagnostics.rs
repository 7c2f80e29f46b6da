//! Every diagnostic and every error, word for word.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

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
    assert!(Program::parse("p.pl", "0.5::a; 0.5000000001::b.").is_ok(), "rounding is forgiven");
}

#[test]
fn unknown_predicates() {
    assert_eq!(
        diagnostics("parent(a, b).\np(X) :- parnet(X, b)."),
        "p.pl:2:9: error: no clause defines `parnet/2`\n   |\n 2 | p(X) :- parnet(X, b).\n   |         ^^^^^^^^^^^^\n   \
         = help: did you mean `parent`?"
    );
    assert!(diagnostics("q(1).\np :- q(1, 2).").contains("help: there is `q/1`, with 1 arguments"));
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
    let error = reason_error("0.5::p(X).", "p(X)");
    assert!(matches!(&error, ReasonError::NonGround { .. }), "{error}");
    let error = reason_error("p(X).", "p(X)");
    assert!(matches!(&error, ReasonError::BadGoal { .. }), "{error}");
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
    assert_eq!(error, ReasonError::ImpossibleEvidence);
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
