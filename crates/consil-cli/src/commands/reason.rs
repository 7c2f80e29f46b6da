//! `consil reason`: the logic engine on a rule file of its own.

mod answer;
mod tasks;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum, ValueHint};
use consil::reason::{Questions, Reasoner, budget};

use crate::console::Console;
use crate::failure::Failure;
use answer::{Answer, Answers, Seconds};

/// Ask a rule file: probabilities, proofs, the likeliest world, what matters.
///
/// The language is ProbLog's. Each answer says what it is worth: exact, bounds that hold for certain where --timeout ended the
/// work, or an estimate from samples.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil reason burglary.pl
  consil reason burglary.pl --query burglary --evidence alarm --evidence '\\+ earthquake'
  consil reason burglary.pl --why alarm
  consil reason burglary.pl --why-not 'calls(peter)'
  consil reason burglary.pl --do alarm --task mpe
  consil reason grid.pl --timeout 10 --json | jq '.answers[0]'")]
pub struct ReasonArgs {
    /// The rules
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// What to ask instead of the file's own queries; can be repeated
    #[arg(long, value_name = "GOAL")]
    query: Vec<String>,
    /// What was observed, beside the file's own evidence; `\+ ATOM` for what was seen not to hold; can be repeated
    #[arg(long, value_name = "ATOM")]
    evidence: Vec<String>,
    /// Make an atom hold, or `\+ ATOM` not hold, whatever the rules say of it; can be repeated
    #[arg(long = "do", value_name = "ATOM")]
    interventions: Vec<String>,
    /// What to do
    #[arg(long, value_enum, default_value_t = Task::Marginal)]
    task: Task,
    /// Show the most probable proofs of a goal's answers
    #[arg(long, value_name = "GOAL")]
    why: Option<String>,
    /// Show which rules come nearest to an atom that never holds, and what fails
    #[arg(long, value_name = "ATOM", conflicts_with = "why")]
    why_not: Option<String>,
    /// How many proofs to show at most
    #[arg(long, value_name = "K", default_value_t = 3)]
    proofs: usize,
    /// How many worlds `--task sample` draws
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    samples: u64,
    /// The seed of `--task sample`
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Give bounds when the exact answer has not come after so many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
}

/// What to do with each query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Task {
    /// The probability of each answer, given the evidence
    Marginal,
    /// The most probable world in which the answer holds
    Mpe,
    /// Estimates from sampled worlds, with confidence intervals
    Sample,
    /// How much each answer depends on each probability
    Sensitivity,
}

impl ReasonArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let begin = Instant::now();
        let budget = budget(self.timeout);
        let queries = self.why.iter().chain(&self.query).cloned().collect();
        let questions =
            Questions { queries, evidence: self.evidence.clone(), interventions: self.interventions.clone() };
        let reasoner = Reasoner::load(&self.file, &questions)?;
        let read = begin.elapsed().as_secs_f64();
        if let Some(atom) = &self.why_not {
            return tasks::why_not(&reasoner, atom, &budget, console);
        }
        if self.why.is_some() {
            return tasks::why(&reasoner, self.proofs, &budget, console);
        }
        match self.task {
            Task::Marginal => {}
            Task::Mpe => return tasks::mpe(&reasoner, &budget, console),
            Task::Sample => {
                let answers = tasks::sample(&reasoner, self.samples, self.seed, &budget)?;
                return Answers { answers, seconds: Seconds::since(begin, read) }.print(console);
            }
            Task::Sensitivity => return tasks::sensitivity(&reasoner, &budget, console),
        }
        let solutions = reasoner.solve(&budget)?;
        reasoner.refuse_silence(&self.file, solutions.is_empty())?;
        let answers = solutions
            .iter()
            .map(|solution| Answer::new(solution.answer.to_string(), solution.probability, solution.certificate))
            .collect();
        Answers { answers, seconds: Seconds::since(begin, read) }.print(console)
    }
}
