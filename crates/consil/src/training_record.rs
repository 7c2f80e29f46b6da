//! Own trainings as the runs that a scaling law is fitted to.
//!
//! A law is about one task: runs may differ in the networks, in how much they train on and how, and in their seed, and in nothing else. What differs beyond
//! that is refused by name.

use std::path::{Path, PathBuf};

use consil_diagnostic::Hint;
use consil_pathways::{Design, Run as ScaledRun};
use serde::Serialize;
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::run::RESULT;
use crate::run::{Run, RunError, RunKind};
use crate::spec::Spec;
use crate::training_size::TrainingSize;

/// A finished training, with its size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingRecord {
    /// The run folder's name.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// How large it was.
    #[serde(flatten)]
    pub size: TrainingSize,
    /// Its loss on the test rows, in nats.
    pub loss: f64,
    /// The share of test rows that came out right, in 0–1.
    pub accuracy: f64,
    /// Seconds of training.
    pub seconds: f64,
}

/// Why run folders are no data for a law.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingRecordError {
    /// A run folder cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// There is no run.
    #[error("{} holds no run folders", folder.display())]
    NoRuns {
        /// The folder.
        folder: PathBuf,
    },
    /// A run has not ended.
    #[error("{} has not ended, and so has no final loss", run.display())]
    Unfinished {
        /// The run folder.
        run: PathBuf,
    },
    /// A run does not say how large it is.
    #[error("{} does not record its size (parameters, samples, operations): an earlier version made it", run.display())]
    NoSize {
        /// The run folder.
        run: PathBuf,
    },
    /// A federated run: how much each site computed is not recorded.
    #[error("{} is a federated run, and laws are fitted to central ones", run.display())]
    Federated {
        /// The run folder.
        run: PathBuf,
    },
    /// Two runs are of different tasks.
    #[error("{} and {} are not of one task: `{key}` is {there} there and {here} here", first.display(), run.display())]
    OtherTask {
        /// The first run.
        first: PathBuf,
        /// The run that differs.
        run: PathBuf,
        /// Where.
        key: String,
        /// What the first has there.
        there: String,
        /// What the other has there.
        here: String,
    },
}

impl Hint for TrainingRecordError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoRuns { folder } => format!("train some: consil train SPEC --runs {}", folder.display()),
            Self::Unfinished { run } => format!("let it end: consil train --resume {}, or leave it out", run.display()),
            Self::NoSize { .. } => "train it again, or leave it out".to_owned(),
            Self::Federated { .. } => "leave it out, or train the spec with `consil train`".to_owned(),
            Self::OtherTask { .. } => "a law is about one task; fit the runs of each task on their own".to_owned(),
            Self::Run(error) => return error.help(),
        })
    }
}

impl TrainingRecord {
    /// Reads the runs of `folders`, each a run folder or a folder of run folders, in the order of their names.
    ///
    /// # Errors
    /// If one is not a run, has not ended, is federated, does not say how large it is, or is of another task than the first.
    pub fn read_all(folders: &[PathBuf]) -> Result<Vec<Self>, TrainingRecordError> {
        let mut runs = Vec::new();
        for folder in folders {
            let is_run = folder.join("run.json").exists() || !folder.is_dir();
            let found = if is_run {
                vec![Run::open(folder)?]
            } else {
                let (found, unreadable) = Run::list(folder);
                unreadable.into_iter().next().map_or(Ok(()), Err)?;
                found
            };
            if found.is_empty() {
                return Err(TrainingRecordError::NoRuns { folder: folder.clone() });
            }
            runs.extend(found);
        }
        let mut first: Option<(&Path, Value)> = None;
        let mut recorded = Vec::with_capacity(runs.len());
        for run in &runs {
            let task = task(&run.spec()?, std::fs::read_to_string(run.path("program.pl")).ok());
            match &first {
                None => first = Some((run.folder(), task)),
                Some((folder, expected)) => same_task(folder, expected, run.folder(), &task)?,
            }
            recorded.push(Self::of(run)?);
        }
        Ok(recorded)
    }

    fn of(run: &Run) -> Result<Self, TrainingRecordError> {
        let folder = run.folder().to_owned();
        if run.about().kind == RunKind::Federated {
            return Err(TrainingRecordError::Federated { run: folder });
        }
        if !run.path(RESULT).exists() {
            return Err(TrainingRecordError::Unfinished { run: folder });
        }
        let outcome: Outcome = run.read_json(RESULT)?;
        let size = outcome.size.ok_or_else(|| TrainingRecordError::NoSize { run: folder.clone() })?;
        Ok(Self {
            run: folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned(),
            seed: run.about().seed,
            size,
            loss: outcome.test.loss,
            accuracy: outcome.test.result_accuracy,
            seconds: outcome.seconds,
        })
    }

    /// As a run of a law: samples stand for tokens.
    pub fn scaled(&self) -> ScaledRun {
        let design = Design {
            parameters: self.size.parameters as f64,
            tokens: self.size.samples as f64,
            unique_tokens: self.size.unique_samples as f64,
            compute: self.size.training_flops as f64,
        };
        ScaledRun { origin: self.run.clone(), design, loss: self.loss }
    }
}

/// What makes a spec's task: what a sample holds, where it comes from, and what is asked of it. How many training rows there are, the networks and how
/// they are trained are what a law is about.
fn task(spec: &Spec, program: Option<String>) -> Value {
    let mut data = json!(spec.data);
    if let Value::Object(data) = &mut data {
        data.remove("cache-mb");
        // Without test rows of their own, the training rows decide which are held out.
        if spec.data.test.is_some() {
            data.remove("train");
        }
        if let Some(Value::Object(compose)) = data.get_mut("compose") {
            compose.remove("train");
        }
    }
    json!({
        "data": data,
        "modality": spec.modality,
        "rules": program,
        "logic.query": spec.logic.as_ref().map(|logic| &logic.query),
        "fine-tune": spec.fine_tune,
    })
}

fn same_task(first: &Path, expected: &Value, run: &Path, task: &Value) -> Result<(), TrainingRecordError> {
    match difference("", expected, task) {
        None => Ok(()),
        Some((key, there, here)) => {
            Err(TrainingRecordError::OtherTask { first: first.to_owned(), run: run.to_owned(), key, there, here })
        }
    }
}

/// The first key at which two values differ, and what they have there.
fn difference(path: &str, a: &Value, b: &Value) -> Option<(String, String, String)> {
    if a == b {
        return None;
    }
    if let (Value::Object(a), Value::Object(b)) = (a, b) {
        return a.keys().chain(b.keys()).find_map(|key| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            difference(&path, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null))
        });
    }
    let shown = |value: &Value| match value {
        Value::Null => "absent".to_owned(),
        Value::String(text) if text.contains('\n') => "another text".to_owned(),
        value => value.to_string(),
    };
    Some((path.to_owned(), shown(a), shown(b)))
}
