//! The logic engine on a rule file of its own: what it is given here are files and a clock.

mod session;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use consil_data::{CellKind, Table};
use consil_diagnostic::{FileError, Hint, file};
use consil_logic::{
    Budget, Certificate, ColumnType, Diagnostics, Engine, Given, Goal, LearnConfig, LearnError, Learned, Loaded, Place,
    Plan, Program, ReasonError, Request, RequestKind, Solution, Term, parse_term, read_examples,
};

pub use session::{Session, Typed};

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
    /// What is asked instead of the file's own queries.
    queries: Option<Vec<Term>>,
}

/// Why a rule file cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReasonFileError {
    /// A file cannot be read.
    #[error("the file {0}")]
    Unreadable(#[from] FileError),
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
    /// An example, a line `---` before and after it, cannot be learned from.
    #[error("{}: error: {error}\n{place}", place.location())]
    Example {
        /// Where it begins.
        place: Box<Place>,
        /// What is wrong.
        error: LearnError,
    },
    /// The examples have errors.
    #[error("{0}")]
    Examples(Diagnostics),
    /// Nothing can be learned.
    #[error(transparent)]
    Learn(#[from] LearnError),
    /// A query that has no class of its own to be chosen.
    #[error("`{atom}` has no probability of its own, so that its truth cannot be chosen")]
    Derived {
        /// The answer.
        atom: Term,
    },
    /// The rules cannot be run.
    #[error(transparent)]
    Reason(#[from] ReasonError),
    /// Nothing is asked.
    #[error("{} asks nothing", path.display())]
    NoQuery {
        /// The file.
        path: PathBuf,
    },
}

impl Hint for ReasonFileError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Derived { .. } => {
                "ask for probabilistic facts, or heads of choices: --query 'burglary'; `--task mpe` explains what follows from them"
            }
            Self::NoQuery { .. } => "write `query(path(1, X)).` into it, or give --query 'path(1, X)'",
            _ => return None,
        };
        Some(help.to_owned())
    }
}

impl Reasoner {
    /// Reads a rule file. Files that it loads are looked for beside the file that asks for them.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn load(path: &Path, questions: &Questions) -> Result<Self, ReasonFileError> {
        Self::read(&path.display().to_string(), read(path)?, questions)
    }

    /// Reads rules; `name` is what messages call them, and where files that they load are looked for.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn read(name: &str, mut text: String, questions: &Questions) -> Result<Self, ReasonFileError> {
        for argument in &questions.evidence {
            let term = term("evidence", argument)?;
            text.push_str(&format!("\nevidence(({term}))."));
        }
        let queries: Result<Vec<Term>, _> = questions.queries.iter().map(|text| term("query", text)).collect();
        let program = Program::parse_with(name, &text, &mut beside).map_err(ReasonFileError::Rules)?;
        let mut engine = Engine::new(program)?;
        if !questions.interventions.is_empty() {
            let atoms: Result<Vec<_>, _> = questions.interventions.iter().map(|text| literal("do", text)).collect();
            engine = engine.intervene(&atoms?)?;
        }
        Ok(Self { engine, queries: Some(queries?).filter(|queries| !queries.is_empty()) })
    }

    /// Asks something else from now on.
    pub fn ask(&mut self, query: Term) {
        self.queries = Some(vec![query]);
    }

    /// What is asked: the queries given, or those of the file, which its rules for `query/1` add to.
    ///
    /// # Errors
    /// As [`Engine::queries`].
    pub fn asked(&self, budget: &Budget) -> Result<Vec<Term>, ReasonFileError> {
        match &self.queries {
            Some(queries) => Ok(queries.clone()),
            None => Ok(self.engine.queries(budget)?),
        }
    }

    /// Refuses a file that asks nothing; `path` is what it is called.
    ///
    /// # Errors
    /// When there is no query, and none of its query rules gives one.
    pub fn refuse_silence(&self, path: &Path, budget: &Budget) -> Result<(), ReasonFileError> {
        if self.asked(budget)?.is_empty() {
            return Err(ReasonFileError::NoQuery { path: path.to_owned() });
        }
        Ok(())
    }

    /// The answers to what is asked.
    ///
    /// # Errors
    /// As [`Engine::solve`].
    pub fn solve(&self, budget: &Budget) -> Result<Vec<Solution>, ReasonFileError> {
        let mut solutions = Vec::new();
        for query in self.asked(budget)? {
            solutions.extend(self.engine.solve_goal(&Goal::new(query), budget)?);
        }
        Ok(solutions)
    }

    /// One plan for all answers to what is asked, also to what rules for `query/1` ask.
    ///
    /// # Errors
    /// As [`Engine::plan`].
    pub fn joint(&self, budget: &Budget) -> Result<Arc<Plan>, ReasonFileError> {
        let mut answers = Vec::new();
        for query in &self.asked(budget)? {
            answers.extend_from_slice(self.engine.plan(&Goal::new(query.clone()), budget)?.answers());
        }
        Ok(self.engine.plan_atoms(&answers, &[], &[], budget)?)
    }

    /// The most probable joint truth of what is asked, given the evidence: each answer with whether it holds, and the
    /// assignment with its joint probability, given the evidence too.
    ///
    /// # Errors
    /// As [`Engine::plan`], and [`ReasonFileError::Derived`].
    pub fn map(&self, budget: &Budget) -> Result<Assignment, ReasonFileError> {
        let plan = self.joint(budget)?;
        let log_weights = plan.default_log_weights();
        let slots: Vec<Option<usize>> = (0..plan.answers().len()).map(|index| plan.leaf_of(index)).collect();
        for (index, answer) in plan.answers().iter().enumerate() {
            if slots[index].is_none() && !plan.is_certain(index) && !plan.is_impossible(index) {
                return Err(ReasonFileError::Derived { atom: answer.clone() });
            }
        }
        let group_of = |slot: usize| plan.groups().partition_point(|group| group.slots.end <= slot);
        let mut groups: Vec<usize> = slots.iter().flatten().map(|&slot| group_of(slot)).collect();
        groups.sort_unstable();
        groups.dedup();
        let best = plan.map(Given::Evidence, &groups, &log_weights, budget).ok_or(ReasonError::ImpossibleEvidence)?;
        let truths = plan.answers().iter().enumerate().map(|(index, answer)| {
            let holds = slots[index].map_or(plan.is_certain(index), |slot| best.slots.contains(&slot));
            (answer.clone(), holds)
        });
        // In logarithms: the evidence of a long chain is less probable than the smallest double.
        let log_evidence = plan.log_evidence(&log_weights);
        let probability = (best.log_probability - log_evidence).exp();
        let certificate = match best.certificate {
            Certificate::Bounds { .. } => {
                Certificate::Bounds { lower: probability, upper: (best.log_at_most - log_evidence).exp().min(1.0) }
            }
            other => other,
        };
        Ok(Assignment { truths: truths.collect(), probability, certificate })
    }

    /// Learns the program's probabilities from a file of examples.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn learn(
        &self,
        examples: &Path,
        config: &LearnConfig,
        budget: &Budget,
    ) -> Result<(Learned, usize), ReasonFileError> {
        let found =
            read_examples(&examples.display().to_string(), &read(examples)?).map_err(ReasonFileError::Examples)?;
        let learned = self.engine.learn(&found.interpretations, config, budget).map_err(|error| match &error {
            LearnError::Reason { example, .. }
            | LearnError::Impossible { example }
            | LearnError::Foreign { example, .. } => match found.places.get(*example) {
                Some(place) => ReasonFileError::Example { place: Box::new(place.clone()), error },
                None => error.into(),
            },
            _ => error.into(),
        })?;
        Ok((learned, found.interpretations.len()))
    }
}

/// A choice of truth for some atoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Each atom with whether it holds, in the standard order.
    pub truths: Vec<(Term, bool)>,
    /// P(the assignment | evidence).
    pub probability: f64,
    /// Exact if no assignment is more probable; else the interval that the largest probability lies in.
    pub certificate: Certificate,
}

fn read(path: &Path) -> Result<String, ReasonFileError> {
    Ok(file::read_text(path, file::TEXT_LIMIT)?)
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

/// Reads an atom, or `\+ atom`, given as an argument, with whether it is to hold; `what` is what it was given as.
///
/// # Errors
/// When it is no term.
pub fn literal(what: &'static str, text: &str) -> Result<(Term, bool), ReasonFileError> {
    let term = term(what, text)?;
    Ok(match term.args_of::<1>("\\+") {
        Some([atom]) => (atom.clone(), false),
        None => (term, true),
    })
}

/// Files stand beside the file that asks for them.
fn beside(request: &Request) -> Result<Loaded, String> {
    let folder = Path::new(request.from).parent().unwrap_or(Path::new("."));
    let path = folder.join(request.name);
    let name = path.display().to_string();
    if request.kind == RequestKind::Table && Table::is_parquet(&path) {
        let table = Table::read(&path).map_err(|error| error.to_string())?;
        let types = table.columns.iter().map(|column| match column.kind {
            CellKind::Integer => ColumnType::Integer,
            CellKind::Float => ColumnType::Float,
            CellKind::Text => ColumnType::Atom,
        });
        return Ok(Loaded { name, text: table.to_csv(), types: Some(types.collect()) });
    }
    // The message names the file already.
    let text = file::read_text(&path, file::TEXT_LIMIT).map_err(|error| error.cause.to_string())?;
    Ok(Loaded::text(name, text))
}
