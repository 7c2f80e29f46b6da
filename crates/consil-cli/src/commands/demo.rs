//! `consil demo`: the whole in about a minute.

mod answer;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use consil::explain::{choose, explain};
use consil::{Accuracies, Outcome, Override, RunKind, Split, TrainedModel, Workers, example};
use consil_diagnostic::FileError;
use consil_diagnostic::file::{self, Action};

use crate::console::Console;
use crate::failure::Failure;
use crate::report::write_report;
use crate::runs::{BaseArg, RunsArg};
use crate::style::TextStyle;
use crate::table::Table;
use crate::training::{Trainer, Training, load};
use answer::{Answer, Side};
use consil::number::{count, percent, percent_range, seconds};

/// The example that is shown.
const EXAMPLE: &str = "demo";

/// Learn, federate, explain, report: the whole in about a minute.
///
/// Writes an example project, trains it in one place and once more across simulated sites whose data stays where it is, compares the two on
/// the same test rows, and explains one answer. All data is embedded; nothing is downloaded.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil demo
  consil demo --seed 3 --runs ../runs
  consil demo --json --quiet | jq .federated.result_accuracy")]
pub struct DemoArgs {
    /// The seed that all randomness derives from [default: the example's]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Take few samples and few steps: seconds rather than a minute, to see that it runs
    #[arg(long)]
    smoke: bool,
    /// Where runs are kept.
    #[command(flatten)]
    root: RunsArg,
}

/// What `--smoke` changes.
const SMOKE: [&str; 4] = ["data.compose.train=256", "data.compose.test=128", "train.epochs=2", "federate.rounds=2"];

impl DemoArgs {
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        let begin = Instant::now();
        let example = example::find(EXAMPLE).expect("the example ships with the program");
        let spec = example.write(&fresh_folder(&self.root.runs, &format!("{EXAMPLE}-project"))?)?;
        console.say(&format!("{}: {}", example.name, example.about));
        console.say(&format!("its files are in {}", spec.parent().unwrap_or(&spec).display()));

        let project = load(console, &spec, &self.overrides(), &BaseArg::default())?;
        let run = consil::train::new_run(&project, RunKind::Central, &self.root.runs)?;
        let mut training = Training { project, run };
        let central = learn(&training, console, workers, "in one place", consil::train::train)?;
        let central_run = training.run.clone();

        training.run = consil::train::new_run(&training.project, RunKind::Federated, &self.root.runs)?;
        let federated = learn(&training, console, workers, "federated", consil::federate::simulate)?;
        let runs = [("central", &central_run), ("federated", &training.run)];
        let report = workers.run(|| write_report(console, &runs, &training.project))?;

        let distinct = central.repeats.clone().unwrap_or_default().distinct;
        let answer = Answer {
            seconds: begin.elapsed().as_secs_f64(),
            central: Side::from(&central),
            federated: Side::from(&federated),
            distinct_test: distinct,
            run: training.run.folder().to_owned(),
        };
        let explanation = if console.wants_json() {
            String::new()
        } else {
            let trained = TrainedModel::load(&central_run)?;
            one_explained(&trained, &training.project.data().test)?
        };
        console.answer(&answer, |style| {
            let sites = training.project.spec().federate.as_ref().map(|federate| federate.sites as usize);
            let comparison = comparison(&central, &federated, sites, style);
            let items: Vec<String> = answer.distinct_test.iter().map(|(name, n)| format!("{n} {name}")).collect();
            let next = next(&central_run.folder().display().to_string(), &spec, style);
            format!(
                "{comparison}\ntested on {}, composed of distinct items never trained on: {}\n\n{}\n\n{explanation}\n\
                 report    {}\nin all    {}\n\nnext\n{next}",
                count(central.test.n_samples, "sample"),
                items.join(", "),
                style.bold("one answer explained"),
                report.display(),
                seconds(answer.seconds),
            )
        })
    }

    fn overrides(&self) -> Vec<Override> {
        let smoke = SMOKE.iter().filter(|_| self.smoke).map(|change| (*change).to_owned());
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        smoke.chain(seed).map(|change| change.parse().expect("a well-formed override")).collect()
    }
}

/// Trains to the end.
fn learn(
    training: &Training,
    console: &Console,
    workers: &Workers,
    what: &str,
    train: Trainer,
) -> Result<Outcome, Failure> {
    match training.advance(console, workers, what, train)? {
        Some(outcome) => Ok(outcome),
        None => Err(training.interrupted(console)?),
    }
}

/// Both trainings side by side.
fn comparison(central: &Outcome, federated: &Outcome, sites: Option<usize>, style: TextStyle) -> String {
    let sites = sites.map_or_else(|| "federated".to_owned(), |n| format!("{n} sites"));
    let mut table = Table::new(["accuracy", "one place", "95 % interval", &sites, "95 % interval"]);
    let [in_one_place, at_sites] = [central, federated].map(Accuracies::of_outcome);
    // Both have the same concepts: they are tested on the same rows.
    for ((name, a), (_, b)) in in_one_place.by_name().zip(at_sites.by_name()) {
        let [a_range, b_range] = [a, b].map(|accuracy| percent_range(accuracy.interval));
        table.row([name.to_owned(), percent(a.accuracy), a_range, percent(b.accuracy), b_range]);
    }
    table.row(["most frequent", &percent(in_one_place.most_frequent), "", &percent(at_sites.most_frequent), ""]);
    table.row(["time", &seconds(central.seconds), "", &seconds(federated.seconds), ""]);
    table.render(style)
}

/// A right answer of middling certainty, with its best proof.
fn one_explained(trained: &TrainedModel, test: &Split) -> Result<String, Failure> {
    let row = choose(trained, test)?.first().copied().unwrap_or(0);
    let mut explanation = explain(trained, test, row)?;
    explanation.proofs.truncate(1);
    Ok(explanation.to_string())
}

fn next(run: &str, spec: &Path, style: TextStyle) -> String {
    let commands = [
        (format!("consil explain {run} --row 1"), "another answer, explained"),
        (format!("consil eval {run}"), "the test, with its most frequent mistakes"),
        (format!("consil describe {run}"), "the networks"),
        (
            format!("consil train {} --set seed=1", spec.display()),
            "the same with other draws; edit the files and train again",
        ),
        ("consil new my-project".to_owned(), "a project of your own"),
    ];
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    let lines =
        commands.iter().map(|(command, about)| format!("  {}  {about}\n", style.help(&format!("{command:<width$}"))));
    lines.collect()
}

/// Makes `ROOT/NAME-001`, or the first number that is free.
fn fresh_folder(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    file::create_folder(root)?;
    let mut number = 1;
    loop {
        let folder = root.join(format!("{name}-{number:03}"));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(FileError::new(Action::Create, &folder, source).into()),
        }
    }
}
