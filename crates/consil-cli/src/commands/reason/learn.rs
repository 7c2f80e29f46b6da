//! Probabilities from examples: `consil reason --task learn`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use consil::Key;
use consil::logic::{Budget, LearnConfig, LearnMethod, Start};
use consil::reason::{Questions, Reasoner};
use consil_diagnostic::{Hint, file};
use serde_json::{Value, json};

use super::answer::{Found, significant};
use super::tasks;
use crate::console::Console;
use crate::failure::Failure;
use consil::number::count;

/// How `--task learn` learns.
#[derive(Args)]
#[command(next_help_heading = "Learning")]
pub struct LearnArgs {
    /// The examples: blocks of `evidence(a).` and `evidence(b, false).`, a line `---` between two
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub examples: Option<PathBuf>,
    /// How the probabilities move
    #[arg(long, value_enum, default_value_t = Method::Em)]
    method: Method,
    /// The step width of `--method gradient`
    #[arg(long, value_name = "RATE", default_value_t = 1.0)]
    rate: f64,
    /// Begin at random probabilities, drawn by --seed, rather than at the program's
    #[arg(long)]
    random_start: bool,
    /// Passes over the examples, at most
    #[arg(long, value_name = "N", default_value_t = 1000)]
    iterations: usize,
    /// End when a pass raises the mean log-likelihood by less than this
    #[arg(long, value_name = "NATS", default_value_t = 1e-9)]
    tolerance: f64,
    /// Write the learned program to a file as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
}

/// How probabilities move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Expectation maximisation: the likelihood never falls
    Em,
    /// Gradient ascent on the mean log-likelihood
    Gradient,
}

/// No examples were given.
#[derive(Debug, thiserror::Error)]
#[error("there is nothing to learn from")]
pub struct NoExamples;

impl Hint for NoExamples {
    fn help(&self) -> Option<String> {
        Some("give --examples FILE".to_owned())
    }
}

impl LearnArgs {
    /// Learns, and gives the program with the learned probabilities.
    pub fn learn(&self, reasoner: &Reasoner, seed: u64, budget: &Budget, console: &Console) -> Result<Found, Failure> {
        let examples = self.examples.as_ref().ok_or(NoExamples)?;
        let config = LearnConfig {
            method: match self.method {
                Method::Em => LearnMethod::ExpectationMaximisation,
                Method::Gradient => LearnMethod::Gradient { rate: self.rate },
            },
            start: if self.random_start { Start::Random(Key::new(seed).child("learn")) } else { Start::Program },
            clauses: None,
            max_iterations: self.iterations,
            tolerance: self.tolerance,
        };
        let (learned, n_examples) = reasoner.learn(examples, &config, budget)?;
        let program = reasoner.engine.program();
        let rewritten = program.rewritten(&learned.probabilities);
        if let Some(path) = &self.out {
            file::write(path, rewritten.as_bytes())?;
        }
        let heads: Vec<Value> = program
            .uncertain_heads()
            .filter_map(|head| {
                let probability = learned.probabilities.get(&head.clause)?.get(head.index)?;
                let line = program.place_of(head.clause).map(|place| place.line);
                Some(json!({
                    "head": head.atom.to_string(),
                    "line": line,
                    "start": head.weight.to_string(),
                    "probability": probability,
                }))
            })
            .collect();
        let n_iterations = learned.log_likelihoods.len().saturating_sub(1);
        let shown = |at: Option<&f64>| at.map_or_else(String::new, |value| significant(*value));
        console.say(&format!(
            "{} learned from {} in {}{}; log-likelihood {} → {}",
            count(learned.probabilities.len(), "clause"),
            count(n_examples, "example"),
            count(n_iterations, "step"),
            if learned.has_converged { "" } else { ", not converged" },
            shown(learned.log_likelihoods.first()),
            shown(learned.log_likelihoods.last()),
        ));
        // What the file asks, under what was learned.
        let name = program.source().name().to_owned();
        let after = Reasoner::read(&name, rewritten.clone(), &Questions::default())?;
        let answers = tasks::answers(&after.solve(budget)?);
        Ok(Found::new(answers, rewritten.clone())
            .with("learned", heads)
            .with("n_examples", n_examples)
            .with("n_iterations", n_iterations)
            .with("has_converged", learned.has_converged)
            .with("log_likelihoods", learned.log_likelihoods)
            .with("program", rewritten))
    }
}
