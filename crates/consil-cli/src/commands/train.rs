//! `consil train`: one learner sees all rows.

use clap::Args;
use consil::{RunKind, Workers};

use crate::console::Console;
use crate::failure::Failure;
use crate::training::{Training, TrainingArgs};

/// Train a spec's networks and rules in one place.
///
/// Makes a run folder that holds the resolved spec, the metrics of every step, checkpoints, the trained model, its result on the test rows
/// and a report. Ctrl-C saves the state; --resume goes on from there, mid-epoch too, and ends with the same weights as an
/// uninterrupted training.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil train my.toml
  consil train my.toml --set train.epochs=5 --set seed=3
  consil train my.toml --set 'train.optimizer={ adam = { lr = 1e-3 } }'
  consil train --resume runs/my-001
  consil train my.toml --json --quiet | jq .test.result_accuracy")]
pub struct TrainArgs {
    /// What to train.
    #[command(flatten)]
    training: TrainingArgs,
}

impl TrainArgs {
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        let training = workers.run(|| Training::begin(console, &self.training, RunKind::Central))?;
        training.complete(console, workers, "training", consil::train::train)
    }
}
