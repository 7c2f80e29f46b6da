//! What can be wrong with a spec, said with line, column and a way to mend it.

use consil_diagnostic::Hint;
use consil_diagnostic::suggest::nearest_or_all;

/// Why a spec is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// The file cannot be read.
    #[error("the spec {0}")]
    Unreadable(#[from] consil_diagnostic::FileError),
    /// The text is not TOML, or a key or a value is not one that the spec knows.
    #[error("{name}:{line}:{column}: {problem}\n{excerpt}")]
    Invalid {
        /// The file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
        /// The line, with a caret under the place.
        excerpt: String,
        /// How to mend it, empty where nothing can be said.
        help: String,
    },
    /// An override of the form `a.b=c` does not parse or does not fit.
    #[error("--set {text}: {problem}")]
    BadOverride {
        /// The override as given.
        text: String,
        /// What is wrong.
        problem: String,
        /// How to mend it.
        help: String,
    },
    /// Each part is well-formed, but they do not belong together.
    #[error("{name}: {problem}")]
    Inconsistent {
        /// The file.
        name: String,
        /// What is wrong.
        problem: String,
        /// How to mend it.
        help: String,
    },
    /// A value that TOML cannot hold.
    #[error("the spec cannot be written as TOML: {source}")]
    Unwritable {
        /// Why.
        source: toml::ser::Error,
    },
}

impl Hint for SpecError {
    fn help(&self) -> Option<String> {
        let (Self::Invalid { help, .. } | Self::BadOverride { help, .. } | Self::Inconsistent { help, .. }) = self
        else {
            return None;
        };
        (!help.is_empty()).then(|| help.clone())
    }
}

impl SpecError {
    /// From what the TOML reader says, with the place in `text` and the nearest known name for an unknown one.
    pub(super) fn invalid(name: &str, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = text[begin..start].chars().count() + 1;
        let source = text[begin..].lines().next().unwrap_or("");
        let message = error.message().trim();
        let (problem, help) = explain(message);
        let excerpt = format!("  | {source}\n  | {}^", " ".repeat(column - 1));
        Self::Invalid { name: name.to_owned(), line, column, problem, excerpt, help }
    }
}

/// Splits serde's "unknown field `x`, expected one of `a`, `b`" into the problem and the nearest name.
fn explain(message: &str) -> (String, String) {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    for (opening, what) in [("unknown field", "unknown key"), ("unknown variant", "unknown value")] {
        if message.starts_with(opening)
            && let Some((unknown, known)) = quoted.split_first()
        {
            return (format!("{what} `{unknown}`"), nearest_or_all(unknown, known.iter().copied()));
        }
    }
    if let (true, [missing, ..]) = (message.starts_with("missing field"), quoted.as_slice()) {
        return (format!("the key `{missing}` is missing"), format!("add `{missing} = …` to this table"));
    }
    (message.to_owned(), String::new())
}
