//! Reading what the commands are given, and today's date, which the library leaves to its caller.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use consil::pathways::{Basis, Date, Source, Table};
use consil_diagnostic::{FileError, Hint, file};

use crate::failure::Failure;

/// What is wrong with what a command was given.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] FileError),
    /// A date is not written as one.
    #[error("`{text}` is not a date")]
    NoDate {
        /// What was given.
        text: String,
    },
    /// No column of a table has a name that is known for what is needed.
    #[error("{file} has no column that is known to hold {what}; it has: {headers}")]
    NoColumn {
        /// The file.
        file: String,
        /// What is needed.
        what: &'static str,
        /// The table's columns.
        headers: String,
        /// The option that names it.
        option: &'static str,
    },
    /// An option that would change nothing.
    #[error("{option} has no effect here: {why}")]
    WithoutEffect {
        /// The option.
        option: &'static str,
        /// Why.
        why: &'static str,
        /// How to give it an effect.
        help: &'static str,
    },
    /// A number lies outside of the range it may have.
    #[error("{option} is {value}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// What was given.
        value: f64,
        /// What may be given.
        allowed: &'static str,
    },
}

impl Hint for GivenError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable(error) if error.is_not_found() => {
                "give the path of a file that is there, or of one among the data sets (see `consil data list`)"
                    .to_owned()
            }
            Self::Unreadable(error) => return error.help(),
            Self::NoDate { .. } => "write it as 2026-01-31".to_owned(),
            Self::NoColumn { option, .. } => format!("name it with {option}"),
            Self::WithoutEffect { help, .. } => (*help).to_owned(),
            Self::OutOfRange { allowed, .. } => format!("give {allowed}"),
        })
    }
}

/// A path as it was given; a relative one that is not there is looked for among the data sets, so that `pathways/obs/base_43dad32.csv` is found wherever they lie.
pub fn find(path: &Path) -> PathBuf {
    let among_data = || consil::data_folder().map(|folder| folder.join(path)).filter(|found| found.exists());
    if path.is_absolute() || path.exists() { path.to_owned() } else { among_data().unwrap_or_else(|| path.to_owned()) }
}

/// A file's text and the name by which messages call it; `otherwise` stands for no file.
pub fn text_of(path: Option<&Path>, otherwise: (&str, &str)) -> Result<(String, String), Failure> {
    let Some(path) = path else { return Ok((otherwise.0.to_owned(), otherwise.1.to_owned())) };
    let text = file::read_text(path, file::TEXT_LIMIT).map_err(GivenError::Unreadable)?;
    Ok((path.display().to_string(), text))
}

/// An open file and its source.
pub fn open(path: &Path) -> Result<(File, Source), Failure> {
    let path = &find(path);
    let file = file::open(path).map_err(GivenError::Unreadable)?;
    Ok((file, Source::new(path.display().to_string(), Basis::Measured)))
}

/// A CSV table with its source.
pub fn table(path: &Path) -> Result<Table, Failure> {
    let (file, source) = open(path)?;
    Ok(Table::read(file, source)?)
}

/// The first of the table's columns whose name, without case, unit and punctuation, is among `names`.
pub fn column<'t>(table: &'t Table, names: &[&str]) -> Option<&'t str> {
    let plain = |header: &str| {
        let header = header.split('(').next().unwrap_or(header).to_lowercase();
        header.replace(['_', '-'], " ").trim().to_owned()
    };
    names.iter().find_map(|name| table.headers().iter().find(|header| plain(header) == *name)).map(String::as_str)
}

/// The named column, or one of a known name, or an error that says how to name it.
pub fn required_column<'t>(
    table: &'t Table,
    named: Option<&'t str>,
    known: &[&str],
    (what, option): (&'static str, &'static str),
) -> Result<&'t str, GivenError> {
    named.or_else(|| column(table, known)).ok_or_else(|| GivenError::NoColumn {
        file: table.source().document.clone(),
        what,
        headers: table.headers().join(", "),
        option,
    })
}

/// A date as given, or today's in UTC.
pub fn date_or_today(text: Option<&str>) -> Result<Date, GivenError> {
    match text {
        Some(text) => Date::parse(text).ok_or_else(|| GivenError::NoDate { text: text.to_owned() }),
        None => {
            // A clock before 1970 counts as 1970: then every observation is refused as one of the future.
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Ok(Date::from_days(i32::try_from(since.as_secs() / 86_400).unwrap_or(i32::MAX)))
        }
    }
}

/// A level of intervals, between 0 and 1.
pub fn level(value: f64) -> Result<f64, GivenError> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(GivenError::OutOfRange { option: "--level", value, allowed: "a number between 0 and 1, such as 0.8" })
    }
}
