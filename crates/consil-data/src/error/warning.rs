//! What makes results doubtful.

use super::count;

/// Something about the data that does not stop training and makes its results doubtful.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Groups with rows on both sides of a split.
    #[error(
        "{} of group column {column:?} occur in both {left} and {right} ({}): the {right} result will look better than it is; hold out whole groups",
        count(groups.len(), "value", "values"), abbreviate(groups)
    )]
    GroupLeak {
        /// The group column.
        column: String,
        /// One split.
        left: &'static str,
        /// The other.
        right: &'static str,
        /// The groups, sorted.
        groups: Vec<String>,
    },
    /// Files that occur on both sides of a split.
    #[error(
        "{} of modality {modality:?} occur in both {left} and {right} ({}): remove them from one",
        count(files.len(), "file", "files"), abbreviate(files)
    )]
    FileLeak {
        /// The modality.
        modality: String,
        /// One split.
        left: &'static str,
        /// The other.
        right: &'static str,
        /// The files, sorted.
        files: Vec<String>,
    },
    /// Rows whose inputs occur on both sides of a split.
    #[error(
        "{rows} of {of} rows of {right} have the very inputs of a row of {left}: if they are copies, the {right} result will look better than it is"
    )]
    RowLeak {
        /// One split.
        left: &'static str,
        /// The other.
        right: &'static str,
        /// Rows of the other with the inputs of a row of the one.
        rows: usize,
        /// Rows of the other.
        of: usize,
    },
    /// All training rows have one label.
    #[error(
        "all {n_rows} training rows have the label {label:?}: a model can only learn to say it; add rows of other labels, or look at the target column"
    )]
    OneLabel {
        /// The label.
        label: String,
        /// How many rows.
        n_rows: usize,
    },
    /// Labels that the training rows never show.
    #[error("{} of the {split} split never occur in train ({})", count(labels.len(), "label", "labels"), abbreviate(labels))]
    UnseenLabels {
        /// The split.
        split: &'static str,
        /// The labels, sorted.
        labels: Vec<String>,
    },
}

fn abbreviate(names: &[String]) -> String {
    let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 5 { format!("{shown}, …") } else { shown }
}
