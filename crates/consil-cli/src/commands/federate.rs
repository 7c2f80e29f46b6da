//! `consil federate`: many sites learn one model, and their data stays where it is.

use clap::{Args, Subcommand};
use consil::{RunKind, Workers};

use crate::console::Console;
use crate::failure::Failure;
use crate::training::{Training, TrainingArgs};

/// Train at many sites whose data stays where it is.
#[derive(Subcommand)]
#[command(after_long_help = "\
EXAMPLES
  consil federate simulate my.toml
  consil federate simulate my.toml --set federate.sites=20")]
pub enum FederateCommand {
    Simulate(SimulateArgs),
}

/// Simulate a federation in this process.
///
/// Divides the training rows among sites as the spec's [federate] table says, trains at each of them, and averages what they learned, round
/// after round. The result does not depend on the number of workers. Ctrl-C saves the state after the round; --resume goes on.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil federate simulate my.toml
  consil federate simulate my.toml --set federate.sites=20 --set federate.rounds=50
  consil federate simulate my.toml --set federate.strategy='{ fed-prox = { mu = 0.1 } }' --workers 8
  consil federate simulate --resume runs/my-federated-001")]
pub struct SimulateArgs {
    /// What to train.
    #[command(flatten)]
    training: TrainingArgs,
}

impl FederateCommand {
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        match self {
            Self::Simulate(args) => {
                let training = workers.run(|| Training::begin(console, &args.training, RunKind::Federated))?;
                training.complete(console, workers, "federation", consil::federate::simulate)
            }
        }
    }
}
