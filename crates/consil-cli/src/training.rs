//! What `train` and `federate simulate` share: which project is trained into which run, and what is said when it ends.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use consil::train::TrainError;
use consil::{Accuracies, Outcome, Override, Project, Run, RunContext, RunKind, SpecSource, Understanding, Workers};
use serde::Serialize;

use crate::accuracy;
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::global::change;
use crate::interrupt;
use crate::progress::ProgressMeter;
use crate::report::write_report;
use crate::runs::{self, BaseArg, RunsArg};
use crate::spinner::with_spinner;
use consil::number::{count, percent, seconds};

/// What to train, and where to keep it.
#[derive(Clone, Debug, clap::Args)]
pub struct TrainingArgs {
    /// The spec: a TOML file
    #[arg(value_name = "SPEC", value_hint = ValueHint::FilePath, required_unless_present = "resume")]
    spec: Option<PathBuf>,
    /// Override a value of the spec, such as train.epochs=5; can be repeated
    #[arg(long, value_name = "KEY=VALUE", requires = "spec", value_parser = change)]
    set: Vec<Override>,
    /// Go on with an interrupted run: its folder, or its name in the folder of runs
    #[arg(long, value_name = "RUN", value_hint = ValueHint::DirPath)]
    resume: Option<PathBuf>,
    /// Where the project lies.
    #[command(flatten)]
    base: BaseArg,
    /// Where runs are kept.
    #[command(flatten)]
    root: RunsArg,
}

/// A project and the run it is trained into.
pub struct Training {
    /// The project.
    pub project: Project,
    /// The run.
    pub run: Run,
}

/// What trains: [`consil::train::train`], or [`consil::federate::simulate`].
pub type Trainer = fn(&Project, &Run, &mut RunContext<'_>) -> Result<Option<Outcome>, TrainError>;

impl Training {
    /// Opens the project, and makes its run or opens the one that is to go on.
    ///
    /// # Errors
    /// When the spec, its data or the run is refused.
    pub fn begin(console: &Console, args: &TrainingArgs, kind: RunKind) -> Result<Self, Failure> {
        let run = args.resume.as_ref().map(|given| runs::open(given, &args.root.runs)).transpose()?;
        if let Some(run) = &run
            && run.about().kind != kind
        {
            return Err(InputError::OtherKind {
                run: run.folder().to_owned(),
                kind: runs::kind_word(run.about().kind),
                command: runs::resume_command(run),
            }
            .into());
        }
        let project = match (&args.spec, &run) {
            (Some(spec), _) => load_for(kind, console, spec, &args.set, &args.base)?,
            (None, Some(run)) => reopen(console, run, &args.base)?,
            (None, None) => unreachable!("clap asks for a spec where there is no --resume"),
        };
        if kind == RunKind::Federated {
            consil::federate::check_project(&project)?;
        }
        for warning in &project.data().warnings {
            console.warn(&warning.to_string());
        }
        let Understanding { facts, warnings } = Understanding::new(&project);
        for warning in warnings.iter().chain(project.notes()) {
            console.warn(warning);
        }
        let what = runs::trained_by(kind);
        for (_, fact) in facts.iter().filter(|(label, _)| label == what) {
            console.say(&format!("{what}: {fact}"));
        }
        let run = run.map_or_else(|| consil::train::new_run(&project, kind, &args.root.runs), Ok)?;
        Ok(Self { project, run })
    }

    /// Trains, showing progress. `None` when Ctrl-C ended it, with its state saved.
    ///
    /// # Errors
    /// As `train` gives them.
    pub fn advance(
        &self,
        console: &Console,
        workers: &Workers,
        what: &str,
        train: Trainer,
    ) -> Result<Option<Outcome>, Failure> {
        let mut meter = ProgressMeter::new(console, what);
        let mut observer = |progress| meter.observe(progress);
        let context = RunContext::new(workers).observed_by(&mut observer);
        Ok(train(&self.project, &self.run, &mut context.interrupted_by(&interrupt::pressed))?)
    }

    /// Trains to the end, writes the report, and prints what came of it.
    ///
    /// # Errors
    /// As `train` gives them; [`Failure::Interrupted`] after Ctrl-C.
    pub fn complete(&self, console: &Console, workers: &Workers, what: &str, train: Trainer) -> Result<(), Failure> {
        let folder = self.run.folder();
        let Some(outcome) = self.advance(console, workers, what, train)? else {
            return Err(self.interrupted(console)?);
        };
        let report = workers.run(|| write_report(console, &[(what, &self.run)], &self.project))?;
        let accuracies = Accuracies::of_outcome(&outcome);
        let answer = Answer { run: folder, report: &report, outcome: &outcome, accuracies: &accuracies };
        console.answer(&answer, |style| {
            let table = accuracy::table(&accuracies, style) + &accuracy::recalls(&accuracies, style);
            let logic = outcome.logic_share.map(|share| format!(", {} of it in the rules", percent(share)));
            format!(
                "{table}{}\ntest loss {}, {} in {}{}\nrun       {}\nreport    {}\n",
                outcome.at_sites.as_ref().map(accuracy::at_sites).unwrap_or_default(),
                accuracy::test_loss(&outcome.test),
                count(outcome.steps as usize, if self.run.about().kind == RunKind::Central { "step" } else { "round" }),
                seconds(outcome.seconds),
                logic.unwrap_or_default(),
                folder.display(),
                report.display(),
            )
        })
    }

    /// Says how to go on after Ctrl-C.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn interrupted(&self, console: &Console) -> Result<Failure, Failure> {
        let resume = runs::resume_command(&self.run);
        console.say(&format!("interrupted; the state is saved. Go on with: {}", console.err_style().help(&resume)));
        if console.wants_json() {
            console.answer(&Interrupted { run: self.run.folder(), interrupted: true, resume: &resume }, |_| {
                String::new()
            })?;
        }
        Ok(Failure::Interrupted)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    run: &'a Path,
    report: &'a Path,
    #[serde(flatten)]
    outcome: &'a Outcome,
    accuracies: &'a Accuracies,
}

#[derive(Serialize)]
struct Interrupted<'a> {
    run: &'a Path,
    interrupted: bool,
    resume: &'a str,
}

/// Loads a project, with a sign of life where its data is large.
///
/// # Errors
/// When the spec or its data is refused.
pub fn load(console: &Console, spec: &Path, set: &[Override], base: &BaseArg) -> Result<Project, Failure> {
    load_for(RunKind::Central, console, spec, set, base)
}

fn load_for(
    kind: RunKind,
    console: &Console,
    spec: &Path,
    set: &[Override],
    base: &BaseArg,
) -> Result<Project, Failure> {
    let source = SpecSource::new(spec, base.base.as_deref())?;
    with_spinner(console, "reading the data", || Ok(Project::load_for(kind, &source, set)?))
}

/// Opens the project of an earlier run, with a sign of life where its data is large.
///
/// # Errors
/// When the run or its data is refused.
pub fn reopen(console: &Console, run: &Run, base: &BaseArg) -> Result<Project, Failure> {
    with_spinner(console, "reading the data", || Ok(consil::train::reopen(run, base.base.as_deref())?))
}
