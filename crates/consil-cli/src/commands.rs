//! The commands, a file each: what it takes beside what it does.

mod check;
mod data;
mod demo;
mod describe;
mod eval;
mod explain;
mod federate;
mod new;
mod pathways;
mod predict;
mod reason;
mod run_table;
mod runs;
mod schema;
mod train;

use clap::Subcommand;
use consil::Workers;
use consil_diagnostic::hint::Row;

use crate::console::Console;
use crate::failure::Failure;

/// The errors of the commands that have hints.
pub const HINTS: &[&[Row]] = &[data::HINTS, pathways::HINTS, reason::HINTS];

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    Demo(demo::DemoArgs),
    New(new::NewArgs),
    Check(check::CheckArgs),
    Train(train::TrainArgs),
    Eval(eval::EvalArgs),
    Predict(predict::PredictArgs),
    Explain(explain::ExplainArgs),
    Reason(Box<reason::ReasonArgs>),
    #[command(subcommand)]
    Federate(federate::FederateCommand),
    Describe(describe::DescribeArgs),
    #[command(subcommand)]
    Runs(runs::RunsCommand),
    #[command(subcommand)]
    Data(data::DataCommand),
    #[command(subcommand)]
    Pathways(Box<pathways::PathwaysCommand>),
    Schema(schema::SchemaArgs),
}

impl Command {
    /// Does it, on these workers.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        match self {
            Self::Demo(args) => args.run(console, workers),
            Self::New(args) => args.run(console),
            Self::Check(args) => workers.run(|| args.run(console)),
            Self::Train(args) => args.run(console, workers),
            Self::Eval(args) => workers.run(|| args.run(console)),
            Self::Predict(args) => workers.run(|| args.run(console)),
            Self::Explain(args) => workers.run(|| args.run(console)),
            Self::Reason(args) => workers.run(|| args.run(console)),
            Self::Federate(command) => command.run(console, workers),
            Self::Describe(args) => workers.run(|| args.run(console)),
            Self::Runs(command) => command.run(console),
            Self::Data(command) => command.run(console),
            Self::Pathways(command) => command.run(console, workers),
            Self::Schema(args) => args.run(console),
        }
    }
}
