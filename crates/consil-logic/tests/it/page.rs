//! The examples of `docs/rules.md`: each block reads, and each that asks has the answers its `%!` lines say.

use consil_logic::{Budget, Certificate, Engine, Program, Term};

#[test]
fn the_examples_of_the_language_page_hold() {
    let page = include_str!("../../../../docs/rules.md");
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
        // Enough for every example that ends, and soon over for those that do not.
        let budget = Budget { max_steps: 200_000, ..Budget::default() };
        let solutions = engine.solve(&budget).unwrap_or_else(|error| panic!("{error}\n{block}"));
        let expected: Vec<(Term, f64, f64)> = block
            .lines()
            .filter_map(|line| line.strip_prefix("%! "))
            .map(|line| line.rsplit_once(": ").expect("`answer: probability`, or `answer: lower to upper`"))
            .map(|(answer, value)| {
                let (lower, upper) = value.split_once(" to ").unwrap_or((value, value));
                (answer.parse().unwrap(), lower.parse().unwrap(), upper.parse().unwrap())
            })
            .collect();
        assert_eq!(asks, !expected.is_empty(), "a block that asks says what is answered:\n{block}");
        for (answer, lower, upper) in &expected {
            let found = solutions.iter().find(|solution| alike(&solution.answer, answer));
            let found = found.map_or((0.0, 0.0), |solution| match solution.certificate {
                Certificate::Bounds { lower, upper } => (lower, upper),
                _ => (solution.probability, solution.probability),
            });
            let holds = (found.0 - lower).abs() < 1e-12 && (found.1 - upper).abs() < 1e-12;
            assert!(holds, "{answer} is in {found:?}, not in {lower} to {upper}");
            n_answers += 1;
        }
        assert!(
            solutions.iter().all(|solution| expected.iter().any(|(answer, ..)| alike(&solution.answer, answer))),
            "{block}"
        );
    }
    assert!(n_answers >= 15);
}

/// Equal, or both the line of one predicate for answers that are not listed, whatever its variables are called.
fn alike(a: &Term, b: &Term) -> bool {
    let name = |term: &Term| term.functor().map(|(name, args)| (name.to_owned(), args.len()));
    a == b || (!a.is_ground() && !b.is_ground() && name(a) == name(b))
}
