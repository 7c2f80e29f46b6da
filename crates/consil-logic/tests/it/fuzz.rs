//! Mutated programs and tables end in answers or errors, never in a crash. `examples/fuzz.rs` runs the same loops for as long as
//! wanted.

mod mutate;
mod tables;

use mutate::{Dice, Outcome, corpus, mutated, try_text};

fn reach(outcomes: &[Outcome]) {
    for outcome in [Outcome::Refused, Outcome::Failed, Outcome::Answered] {
        let n = outcomes.iter().filter(|&&other| other == outcome).count();
        assert!(n >= 20, "{outcome:?} only {n} times: the mutations reach too little");
    }
}

#[test]
fn mutated_programs_end_in_answers_or_errors() {
    let corpus = corpus();
    let mut dice = Dice(0);
    reach(&(0..1_500).map(|_| try_text(&mutated(&corpus, &mut dice))).collect::<Vec<_>>());
}

#[test]
fn mutated_tables_end_in_answers_or_errors() {
    let mut dice = Dice(0);
    let mut outcome = || {
        let (text, table) = tables::mutated(&mut dice);
        tables::try_table(&text, &table)
    };
    reach(&(0..3_000).map(|_| outcome()).collect::<Vec<_>>());
}
