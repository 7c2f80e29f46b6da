//! What went wrong, as text and as an exit code.

use std::error::Error;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use consil::train::TrainError;
use consil::{ModelError, OpenError, TrainedModelError};
use consil_diagnostic::report::is_environment;
use consil_diagnostic::{FileError, Hint};

use crate::fetch::FetchError;

/// A defect of the program.
pub const EXIT_INTERNAL: u8 = 1;
/// Bad input.
pub const EXIT_INPUT: u8 = 2;
/// The machine or the network fails.
pub const EXIT_ENVIRONMENT: u8 = 3;
/// 128 + SIGINT, as shells report it.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// Something that was given is wrong: a file, a spec, an argument.
    Input(BoxedError),
    /// Something is wrong with the machine or the network: a full disk, a server that does not answer.
    Environment(BoxedError),
    /// Something is wrong with the program.
    Internal(BoxedError),
    /// Problems were found and are printed already: they were the answer.
    Reported,
    /// Ctrl-C; the state is saved.
    Interrupted,
    /// Nobody reads stdout any more.
    Unread,
}

type BoxedError = Box<dyn Error + Send + Sync>;

/// What is wrong with arguments that only the command line knows.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// There is no example of this name.
    #[error("there is no example `{name}`")]
    NoExample {
        /// The name.
        name: String,
        /// The nearest, or all.
        help: String,
    },
    /// A new project would overwrite files.
    #[error("{} is not empty", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be written.
    #[error("{0}")]
    File(#[from] FileError),
    /// A row that the data does not have.
    #[error("there is no row {row}: {data} has {n_rows}, numbered from 0")]
    NoRow {
        /// The row.
        row: usize,
        /// The data.
        data: String,
        /// How many rows it has, in words.
        n_rows: String,
    },
    /// A run is to go on by another command than it was begun with.
    #[error("{} is a {kind} run", run.display())]
    OtherKind {
        /// The run folder.
        run: PathBuf,
        /// What it is.
        kind: &'static str,
        /// What goes on with it.
        command: String,
    },
    /// An option that would change nothing.
    #[error("{option} has no effect here: {why}")]
    WithoutEffect {
        /// The option.
        option: &'static str,
        /// Why.
        why: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// Rows cannot be used, and are not to be left out.
    #[error("{source}")]
    BadRows {
        /// The rows.
        source: consil::DataError,
    },
    /// Samples are to be tested on, and the model knows none of their labels.
    #[error("the model knows none of the labels of {}: {labels}", data.display())]
    UnknownLabels {
        /// The manifest.
        data: PathBuf,
        /// The labels and how often they occur.
        labels: String,
        /// What it can answer with.
        known: String,
    },
    /// Samples are to be tested on, and none has a target.
    #[error("no row of {} has a target", data.display())]
    Unlabelled {
        /// The manifest.
        data: PathBuf,
    },
    /// An option that needs run folders was given with a table.
    #[error("{option} writes what run folders record, and a table was given")]
    NotFolders {
        /// The option.
        option: &'static str,
    },
    /// A list has no row of a name.
    #[error("there is no row `{name}`")]
    NoRowNamed {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },
    /// A budget of compute cannot be divided under a law of samples.
    #[error(
        "these runs count samples, and a budget is divided as 6 × parameters × tokens, which holds for tokens alone"
    )]
    NotTokens,
    /// JSON holds Unicode text, and there is a path to name that is none.
    #[error("--json cannot name {}: it is not UTF-8", path.display())]
    JsonPath {
        /// The path.
        path: PathBuf,
    },
    /// An answer has no form in JSON: a path in it is not UTF-8.
    #[error("the answer cannot be written as JSON: {source}")]
    NoJson {
        /// Why.
        source: serde_json::Error,
    },
    /// What comes from stdin is not text.
    #[error("line {line} of the input is not UTF-8 text: byte {at} is wrong")]
    InputNotText {
        /// The line, from 1.
        line: usize,
        /// The first byte of the line that is wrong, from 0.
        at: usize,
    },
    /// A run has not ended, and so has no result.
    #[error("{} has no result yet", run.display())]
    Unfinished {
        /// The run folder.
        run: PathBuf,
        /// What goes on with it.
        command: String,
    },
}

impl Hint for InputError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoExample { help, .. } => help.clone(),
            Self::NotEmpty { .. } => "give a folder that does not exist yet".to_owned(),
            Self::File(_) => return None,
            Self::NoRow { .. } => "give a smaller --row".to_owned(),
            Self::OtherKind { command, .. } => format!("go on with: {command}"),
            Self::WithoutEffect { help, .. } => (*help).to_owned(),
            Self::BadRows { .. } => "fix these rows, or leave them out with --skip-bad".to_owned(),
            Self::UnknownLabels { known, .. } => format!("it answers with {known}"),
            Self::Unlabelled { .. } => "add the target column, or use `consil predict`".to_owned(),
            Self::NotFolders { .. } => "give run folders, or a folder of them".to_owned(),
            Self::NoRowNamed { known, .. } => format!("there are {known}"),
            Self::NotTokens => "give runs of tokens; for samples, `consil pathways fit --hold-out largest` says what a larger run comes to".to_owned(),
            Self::JsonPath { .. } => "rename it, or leave out --json".to_owned(),
            Self::NoJson { .. } => "leave out --json".to_owned(),
            Self::InputNotText { .. } => "save it as UTF-8".to_owned(),
            Self::Unfinished { command, .. } => format!("let it end: {command}"),
        })
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        if is_internal(&error) {
            Self::Internal(Box::new(error))
        } else if is_environment(&error) || is_lost_server(&error) {
            Self::Environment(Box::new(error))
        } else {
            Self::Input(Box::new(error))
        }
    }
}

/// What the user cannot have caused. All other errors of the library are about files, specs, rules and data.
fn is_internal(error: &(dyn Error + 'static)) -> bool {
    let is_bad_model = |error: &ModelError| matches!(error, ModelError::Bind(_));
    let is_bad_project = |error: &OpenError| matches!(error, OpenError::Model(error) if is_bad_model(error));
    if let Some(error) = error.downcast_ref() {
        return is_bad_project(error);
    }
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(TrainError::Save(_)), _) => true,
        (_, Some(TrainedModelError::Model(error))) => is_bad_model(error),
        _ => false,
    }
}

impl Failure {
    /// A failure that is not the user's.
    pub fn internal(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }

    /// Stdout could not be written.
    pub fn stdout(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Environment(Box::new(Unwritten { source: error })),
        }
    }
}

/// Whether a server does not answer, or breaks off.
fn is_lost_server(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(FetchError::Server { .. }))
}

/// Stdout takes no more: its disk is full, or its device fails.
#[derive(Debug, thiserror::Error)]
#[error("the answer cannot be written to stdout: {source}")]
struct Unwritten {
    source: io::Error,
}

/// A panic, caught: always a defect of the program.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Panicked {
    message: String,
}

impl Hint for Panicked {
    fn help(&self) -> Option<String> {
        Some("this is a defect of consil, not of your files; please report it with the command you typed".to_owned())
    }
}

/// Runs `work`; a panic becomes an internal failure that says where.
pub fn catching_panics(work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    use std::sync::{Arc, Mutex};

    let seen = Arc::new(Mutex::new(None));
    let hook = Arc::clone(&seen);
    panic::set_hook(Box::new(move |info| {
        // The first panic is the cause; those of other threads follow from it.
        hook.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert_with(|| info.to_string());
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    let _ = panic::take_hook();
    outcome.unwrap_or_else(|_| {
        let message = seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        Err(Failure::internal(Panicked { message: message.unwrap_or_else(|| "the program panicked".to_owned()) }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_lost_server_are_not_the_users() {
        let full = InputError::File(FileError::new(
            consil_diagnostic::file::Action::Write,
            "x".as_ref(),
            io::Error::from(io::ErrorKind::StorageFull),
        ));
        assert!(matches!(Failure::from(full), Failure::Environment(_)));
        let lost = FetchError::Server { url: "u".to_owned(), problem: "p".to_owned(), path: "x".into() };
        assert!(matches!(Failure::from(lost), Failure::Environment(_)));
        assert!(matches!(Failure::from(InputError::NotTokens), Failure::Input(_)));
    }

    #[test]
    fn a_panic_says_where_it_was() {
        let Err(Failure::Internal(error)) = catching_panics(|| panic!("seven")) else { panic!("not caught") };
        let text = error.to_string();
        assert!(text.contains("seven") && text.contains("failure.rs"), "{text}");
    }
}
