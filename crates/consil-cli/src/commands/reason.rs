//! `consil reason`: the logic engine on a rule file of its own.

mod answer;
mod decide;
mod learn;
mod shell;
mod tasks;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum, ValueHint};
use consil::logic::Proof;
use consil::reason::{Questions, Reasoner, budget, literal};
use consil_diagnostic::hint::{Row, row};
use consil_diagnostic::{Hint, file};

use crate::console::Console;
use crate::failure::Failure;
use answer::Found;
use learn::LearnArgs;

/// Ask a rule file: probabilities, proofs, the likeliest world, the best decisions; learn from examples.
///
/// The language is ProbLog's. Each answer says what it is worth: exact, bounds that hold for certain where --timeout ended the
/// work, or an estimate from samples.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil reason burglary.pl
  consil reason burglary.pl --query burglary --evidence alarm --evidence '\\+ earthquake'
  consil reason burglary.pl --why alarm --svg proofs.svg
  consil reason burglary.pl --why-not 'calls(peter)'
  consil reason burglary.pl --do alarm --task mpe
  consil reason burglary.pl --task map --query burglary --query earthquake --evidence alarm
  consil reason firing-squad.pl --task counterfactual --given dead --do '\\+ fires(a)' --query dead
  consil reason umbrella.pl --task decide
  consil reason coins.pl --task learn --examples tosses.pl --out learned.pl
  consil reason grid.pl --task kbest --proofs 100
  consil reason burglary.pl --explain-plan
  consil reason grid.pl --timeout 10 --json | jq '.answers[0]'
  consil reason -i burglary.pl
  consil reason burglary.pl --graph why.dot --circuit circuit.dot && dot -Tsvg why.dot")]
pub struct ReasonArgs {
    /// The rules; several files with -i
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "interactive")]
    files: Vec<PathBuf>,
    /// Talk: add clauses, ask `?- goal.`, see `:help`; a script on stdin is read likewise
    #[arg(long, short, conflicts_with_all = ["query", "evidence", "interventions", "task", "why", "why_not", "graph", "circuit"])]
    interactive: bool,
    /// What to ask instead of the file's own queries; can be repeated
    #[arg(long, value_name = "GOAL")]
    query: Vec<String>,
    /// What was observed, beside the file's own evidence; `\+ ATOM` for what was seen not to hold; can be repeated
    #[arg(long, value_name = "ATOM", visible_alias = "given")]
    evidence: Vec<String>,
    /// Make an atom hold, or `\+ ATOM` not hold, whatever the rules say of it; can be repeated
    #[arg(long = "do", value_name = "ATOM")]
    interventions: Vec<String>,
    /// What to do
    #[arg(long, value_enum, default_value_t = Task::Marginal)]
    task: Task,
    /// Show the most probable proofs of a goal's answers
    #[arg(long, value_name = "GOAL", conflicts_with = "task")]
    why: Option<String>,
    /// Show which rules come nearest to an atom that never holds, and what fails
    #[arg(long, value_name = "ATOM", conflicts_with_all = ["why", "task"])]
    why_not: Option<String>,
    /// How many proofs `--why` shows, and `--task kbest` counts, at most
    #[arg(long, value_name = "K", default_value_t = 3)]
    proofs: usize,
    /// How many worlds `--task sample` draws
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    samples: u64,
    /// The seed of `--task sample` and of `--random-start`
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Give bounds when the exact answer has not come after so many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Say how each query was compiled, and why so: diagrams, a sweep, or a tree decomposition with its width
    #[arg(long, conflicts_with_all = ["interactive", "why", "why_not"])]
    explain_plan: bool,
    #[command(flatten)]
    learn: LearnArgs,
    #[command(flatten)]
    draw: DrawArgs,
}

/// Pictures of what was worked out.
#[derive(Args)]
#[command(next_help_heading = "Pictures")]
struct DrawArgs {
    /// Draw the proofs of --why
    #[arg(long, value_name = "FILE", requires = "why", value_hint = ValueHint::FilePath)]
    svg: Option<PathBuf>,
    /// Write the graph of all derivations of what is asked, in the DOT language
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    graph: Option<PathBuf>,
    /// Write the circuit that is evaluated, in the DOT language
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    circuit: Option<PathBuf>,
}

/// What to do with each query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Task {
    /// The probability of each answer, given the evidence
    Marginal,
    /// The most probable world in which the answer holds
    Mpe,
    /// The most probable joint truth of the queries, all else summed out
    Map,
    /// A lower bound from the most probable derivations, where the whole is too large
    Kbest,
    /// Estimates from sampled worlds, with confidence intervals
    Sample,
    /// How much each answer depends on each probability
    Sensitivity,
    /// What would hold had --do been, in a world of which --given was seen
    Counterfactual,
    /// The decisions `?::a` of the largest expected `utility(atom, value)`
    Decide,
    /// The probabilities `t(_)::a` that make --examples likeliest; prints the program with them
    Learn,
}

/// More than one file.
#[derive(Debug, thiserror::Error)]
#[error("one file is asked at a time")]
struct SeveralFiles;

impl Hint for SeveralFiles {
    fn help(&self) -> Option<String> {
        Some("write `:- consult('other.pl').` into it, or talk about several with -i".to_owned())
    }
}

/// A counterfactual without a change.
#[derive(Debug, thiserror::Error)]
#[error("a counterfactual changes something")]
struct NothingChanged;

impl Hint for NothingChanged {
    fn help(&self) -> Option<String> {
        Some("give --do 'atom' or --do '\\+ atom'".to_owned())
    }
}

/// A task that compiles no query by itself.
#[derive(Debug, thiserror::Error)]
#[error("--explain-plan tells how queries are compiled, and this task compiles none by itself")]
struct NoPlan;

impl Hint for NoPlan {
    fn help(&self) -> Option<String> {
        Some("leave --task away, or take mpe or sensitivity".to_owned())
    }
}

/// The errors of this command that have hints.
pub const HINTS: &[Row] = &[
    row::<NoPlan>,
    row::<NothingChanged>,
    row::<SeveralFiles>,
    row::<decide::NothingToDecide>,
    row::<learn::NoExamples>,
    row::<shell::CommandError>,
    row::<shell::NoSuchClause>,
    row::<tasks::Unknown>,
];

impl ReasonArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        if self.interactive {
            return shell::run(&self.files, self.timeout, console);
        }
        let begin = Instant::now();
        let [file] = &self.files[..] else { return Err(SeveralFiles.into()) };
        if self.explain_plan && !matches!(self.task, Task::Marginal | Task::Mpe | Task::Sensitivity) {
            return Err(NoPlan.into());
        }
        let reasoner = Reasoner::load(file, &self.questions())?;
        let read = begin.elapsed().as_secs_f64();
        let (mut found, proofs) = self.ask(file, &reasoner, console)?;
        if self.explain_plan {
            found = tasks::explain_plans(&reasoner, &budget(self.timeout), found)?;
        }
        self.draw(&reasoner, &proofs)?;
        found.print(begin, read, console)
    }

    /// What is asked beyond what stands in the file.
    fn questions(&self) -> Questions {
        let queries = self.why.iter().chain(&self.query).cloned().collect();
        // A counterfactual makes its observations before its changes.
        let is_before = self.task != Task::Counterfactual;
        let interventions = if is_before { self.interventions.clone() } else { Vec::new() };
        Questions { queries, evidence: self.evidence.clone(), interventions }
    }

    fn ask(&self, file: &Path, reasoner: &Reasoner, console: &Console) -> Result<(Found, Vec<Proof>), Failure> {
        let budget = budget(self.timeout);
        let style = console.out_style();
        if let Some(atom) = &self.why_not {
            return Ok((tasks::why_not(reasoner, &tasks::atom("why-not", atom)?, &budget)?, Vec::new()));
        }
        if let (Some(_), Some(query)) = (&self.why, reasoner.asked(&budget)?.first()) {
            return tasks::why(reasoner, query, self.proofs, &budget, style);
        }
        let found = match self.task {
            Task::Decide => decide::decide(reasoner, &budget, style),
            Task::Learn => self.learn.learn(reasoner, self.seed, &budget, console),
            _ => {
                reasoner.refuse_silence(file, &budget)?;
                match self.task {
                    Task::Mpe => tasks::mpe(reasoner, &budget, style),
                    Task::Map => tasks::map(reasoner, &budget, style),
                    Task::Kbest => tasks::k_best(reasoner, self.proofs, &budget, style),
                    Task::Sample => tasks::sample(reasoner, self.samples, self.seed, &budget, style),
                    Task::Sensitivity => tasks::sensitivity(reasoner, &budget, style),
                    Task::Counterfactual => {
                        let changed = self.interventions.iter().map(|text| literal("do", text));
                        let changed = changed.collect::<Result<Vec<_>, _>>()?;
                        if changed.is_empty() {
                            return Err(NothingChanged.into());
                        }
                        tasks::counterfactual(reasoner, &changed, &budget, style)
                    }
                    _ => tasks::marginal(reasoner, &budget, style),
                }
            }
        };
        Ok((found?, Vec::new()))
    }

    /// Writes the pictures that were asked for.
    fn draw(&self, reasoner: &Reasoner, proofs: &[Proof]) -> Result<(), Failure> {
        let write = |path: &Path, text: &str| file::write(path, text.as_bytes());
        if let Some(path) = &self.draw.svg {
            write(path, &Proof::all_to_svg(proofs))?;
        }
        if self.draw.graph.is_none() && self.draw.circuit.is_none() {
            return Ok(());
        }
        let plan = reasoner.joint(&budget(self.timeout))?;
        if let Some(path) = &self.draw.graph {
            write(path, &plan.derivation_dot())?;
        }
        if let Some(path) = &self.draw.circuit {
            write(path, &plan.circuit_dot())?;
        }
        Ok(())
    }
}
