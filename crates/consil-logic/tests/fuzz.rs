//! Mutated programs end in answers or errors, never in a crash. `examples/fuzz.rs` runs the same loop for as long as wanted.

#[path = "fuzzing/mutate.rs"]
mod mutate;

use mutate::{Dice, Outcome, corpus, mutated, try_text};

#[test]
fn mutated_programs_end_in_answers_or_errors() {
    let corpus = corpus();
    let mut dice = Dice(0);
    let outcomes: Vec<Outcome> = (0..1_500).map(|_| try_text(&mutated(&corpus, &mut dice))).collect();
    for outcome in [Outcome::Refused, Outcome::Failed, Outcome::Answered] {
        let n = outcomes.iter().filter(|&&other| other == outcome).count();
        assert!(n >= 20, "{outcome:?} only {n} times: the mutations reach too little");
    }
}
