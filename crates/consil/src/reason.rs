//! The logic engine on a rule file of its own: what it is given here are files and a clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use consil_logic::{Budget, Diagnostics, Engine, Loaded, Program, ReasonError, Request, Term, parse_term};

/// What is asked of a rule file beyond what stands in it.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// Asked instead of the file's own queries, where there are any.
    pub queries: Vec<String>,
    /// Observed beside the file's own evidence; `\+ atom` for what was seen not to hold.
    pub evidence: Vec<String>,
    /// What is made to hold, or with `\+` not to hold, whatever the rules say of it.
    pub interventions: Vec<String>,
}

/// A rule file ready to be asked.
pub struct Reasoner {
    /// The engine, under the interventions.
    pub engine: Engine,
    /// What is asked.
    pub queries: Vec<Term>,
    /// How many queries of the program come before those that are asked.
    n_before: usize,
}

/// Why a rule file cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReasonFileError {
    /// The file cannot be read.
    #[error("the rule file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An argument is no term.
    #[error("{what} `{text}`:\n{source}")]
    Argument {
        /// What it was given as.
        what: &'static str,
        /// The argument.
        text: String,
        /// What is wrong.
        source: Diagnostics,
    },
    /// The rules have errors.
    #[error("{0}")]
    Rules(Diagnostics),
    /// The rules cannot be run.
    #[error(transparent)]
    Reason(#[from] ReasonError),
    /// Nothing is asked.
    #[error("{} asks nothing\n  help: write `query(path(1, X)).` into it, or give --query 'path(1, X)'", path.display())]
    NoQuery {
        /// The file.
        path: PathBuf,
    },
}

impl Reasoner {
    /// Reads a rule file. Files that it loads are looked for beside the file that asks for them.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn load(path: &Path, questions: &Questions) -> Result<Self, ReasonFileError> {
        let unreadable = |source| ReasonFileError::Unreadable { path: path.to_owned(), source };
        let mut text = std::fs::read_to_string(path).map_err(unreadable)?;
        for (predicate, what, arguments) in
            [("evidence", "evidence", &questions.evidence), ("query", "query", &questions.queries)]
        {
            for argument in arguments {
                let term = term(what, argument)?;
                text.push_str(&format!("\n{predicate}(({term}))."));
            }
        }
        let name = path.display().to_string();
        let program = Program::parse_with(&name, &text, &mut beside).map_err(ReasonFileError::Rules)?;
        let n_before = if questions.queries.is_empty() { 0 } else { program.queries().len() - questions.queries.len() };
        let queries = program.queries()[n_before..].to_vec();
        let mut engine = Engine::new(program)?;
        if !questions.interventions.is_empty() {
            let atoms: Result<Vec<_>, _> = questions.interventions.iter().map(|text| literal(text)).collect();
            engine = engine.intervene(&atoms?)?;
        }
        Ok(Self { engine, queries, n_before })
    }

    /// Refuses a file that asks nothing.
    ///
    /// # Errors
    /// When there is no query, and none of its query rules had an answer.
    pub fn refuse_silence(&self, path: &Path, is_silent: bool) -> Result<(), ReasonFileError> {
        if is_silent && self.queries.is_empty() {
            return Err(ReasonFileError::NoQuery { path: path.to_owned() });
        }
        Ok(())
    }

    /// The answers to what is asked.
    ///
    /// # Errors
    /// As [`Engine::solve`].
    pub fn solve(&self, budget: &Budget) -> Result<Vec<consil_logic::Solution>, ReasonFileError> {
        let mut solutions = self.engine.solve(budget)?;
        solutions.retain(|solution| solution.query >= self.n_before);
        Ok(solutions)
    }
}

/// A budget whose time ends after so many seconds from now; an unlimited time without them.
pub fn budget(seconds: Option<f64>) -> Budget {
    let Some(seconds) = seconds else { return Budget::default() };
    let end = Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 1e9));
    Budget { expired: Some(Arc::new(move || Instant::now() >= end)), ..Budget::default() }
}

/// Reads a term given as an argument; `what` is what it was given as.
///
/// # Errors
/// When it is no term.
pub fn term(what: &'static str, text: &str) -> Result<Term, ReasonFileError> {
    parse_term(text).map_err(|source| ReasonFileError::Argument { what, text: text.to_owned(), source })
}

fn literal(text: &str) -> Result<(Term, bool), ReasonFileError> {
    let term = term("do", text)?;
    Ok(match term.args_of::<1>("\\+") {
        Some([atom]) => (atom.clone(), false),
        None => (term, true),
    })
}

/// Files stand beside the file that asks for them.
fn beside(request: &Request) -> Result<Loaded, String> {
    let folder = Path::new(request.from).parent().unwrap_or(Path::new("."));
    let path = folder.join(request.name);
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    Ok(Loaded { name: path.display().to_string(), text })
}
