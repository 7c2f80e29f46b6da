//! The examples of `docs/rules.md`: each block reads, and each that asks has the answers its `%!` lines say.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

use consil_logic::{Budget, Engine, Program, Term};

#[test]
fn the_examples_of_the_language_page_hold() {
    let page = include_str!("../../../docs/rules.md");
    let mut n_answers = 0;
    let mut blocks: Vec<&str> = Vec::new();
    for rest in page.split("```prolog\n").skip(1) {
        blocks.push(rest.split("```").next().unwrap());
    }
    assert!(blocks.len() >= 6, "{} blocks", blocks.len());
    for block in blocks {
        let program = Program::parse("docs/rules.md", block).unwrap_or_else(|error| panic!("{error}"));
        let asks = !program.queries().is_empty();
        let engine = Engine::new(program).unwrap();
        let solutions = engine.solve(&Budget::default()).unwrap_or_else(|error| panic!("{error}\n{block}"));
        let expected: Vec<(Term, f64)> = block
            .lines()
            .filter_map(|line| line.strip_prefix("%! "))
            .map(|line| line.rsplit_once(": ").expect("`answer: probability`"))
            .map(|(answer, probability)| (answer.parse().unwrap(), probability.parse().unwrap()))
            .collect();
        assert_eq!(asks, !expected.is_empty(), "a block that asks says what is answered:\n{block}");
        for (answer, probability) in &expected {
            let found = solutions.iter().find(|solution| solution.answer == *answer);
            let found = found.map_or(0.0, |solution| solution.probability);
            assert!((found - probability).abs() < 1e-12, "{answer} is {found}, not {probability}");
            n_answers += 1;
        }
        assert!(
            solutions.iter().all(|solution| expected.iter().any(|(answer, _)| solution.answer == *answer)),
            "{block}"
        );
    }
    assert!(n_answers >= 15);
}
