//! Compiled queries: a query's circuit, and what its answers mean as a target.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use consil_logic::{LeafKind, Plan, Term};

use crate::spelling::{find, spell};

/// How the answers of a query are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryKind {
    /// One answer of several is right: `result(R)`. The answers exclude each other. A query without variables is right or wrong.
    #[default]
    Class,
    /// A set of answers is right, and each holds or does not by itself: `reachable(Cell)`.
    Labels,
    /// For each value of the query's first variable one value of its second is right: `digit(Place, D)`.
    Sequence,
}

/// A query's circuit with the meaning of its answers. Rows of one structure share it.
pub struct CompiledQuery {
    plan: Arc<Plan>,
    form: QueryForm,
    /// The log weights that the program itself knows; NaN for networks and open facts.
    known: Vec<f64>,
}

/// What the answers of a plan are.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryForm {
    /// Answer i is class i.
    Class {
        /// The value of the query's variable in each answer, or the whole answer if there is not exactly one variable.
        classes: Arc<[Term]>,
    },
    /// One answer, which is true or false.
    Truth {
        /// The atoms `true` and `false`.
        classes: Arc<[Term]>,
    },
    /// Answer i is label i.
    Labels {
        /// As the classes.
        labels: Arc<[Term]>,
    },
    /// At each place one of several values.
    Sequence {
        /// The places, in the standard order of terms.
        places: Arc<[Place]>,
    },
}

/// A place of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its name: the value of the query's first variable.
    pub name: Term,
    /// The values that can stand there.
    pub classes: Arc<[Term]>,
    /// The plan's answer for each of them.
    pub answers: Vec<usize>,
}

/// A label that the rules cannot derive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the label `{label}` is no answer of the query, whose answers are {}", shortened(answers))]
pub struct TargetError {
    /// The label as the data has it.
    pub label: String,
    /// The labels that the query can have.
    pub answers: Vec<String>,
}

/// A query that cannot be read as a sequence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the query `{query}` has {n_variables} variables, and a sequence is asked for with two: the place and what stands there"
)]
pub struct SequenceQueryError {
    /// The query.
    pub query: String,
    /// How many variables it has.
    pub n_variables: usize,
}

impl fmt::Debug for CompiledQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledQuery").field("form", &self.form).finish_non_exhaustive()
    }
}

impl CompiledQuery {
    /// The query that `plan` answers, its answers read as `kind` says.
    ///
    /// # Errors
    /// A sequence whose query does not have two variables.
    pub fn new(query: &Term, plan: Arc<Plan>, kind: QueryKind) -> Result<Self, SequenceQueryError> {
        let variables = query.variables();
        let values = || plan.answers().iter().map(|answer| value(query, answer)).collect();
        let form = match kind {
            QueryKind::Class if variables.is_empty() && plan.answers().len() == 1 => {
                QueryForm::Truth { classes: [Term::atom("true"), Term::atom("false")].into() }
            }
            QueryKind::Class => QueryForm::Class { classes: values() },
            QueryKind::Labels => QueryForm::Labels { labels: values() },
            QueryKind::Sequence => match variables.len() {
                2 => QueryForm::Sequence { places: places(query, plan.answers()) },
                n_variables => return Err(SequenceQueryError { query: query.to_string(), n_variables }),
            },
        };
        let known = plan.default_log_weights();
        Ok(Self { plan, form, known })
    }

    /// The circuit.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What the answers are.
    pub fn form(&self) -> &QueryForm {
        &self.form
    }

    /// The classes or labels; those of all places, each once, for a sequence.
    pub fn classes(&self) -> Vec<Term> {
        match &self.form {
            QueryForm::Class { classes } | QueryForm::Truth { classes } | QueryForm::Labels { labels: classes } => {
                classes.to_vec()
            }
            QueryForm::Sequence { places } => {
                let mut all: Vec<Term> = places.iter().flat_map(|place| place.classes.iter().cloned()).collect();
                all.sort();
                all.dedup();
                all
            }
        }
    }

    /// The classes as tables spell them.
    pub fn labels(&self) -> Vec<String> {
        self.classes().iter().map(spell).collect()
    }

    /// The index of the class that a cell names.
    ///
    /// # Errors
    /// [`TargetError`] where it names none.
    pub fn class(&self, label: &str) -> Result<usize, TargetError> {
        let error = || TargetError { label: label.to_owned(), answers: self.labels() };
        if let QueryForm::Truth { classes } = &self.form {
            // What a table says of a query without variables may also be the query itself.
            let atom = self.plan.answers();
            return find(classes, label).or_else(|| find(atom, label)).ok_or_else(error);
        }
        find(&self.classes(), label).ok_or_else(error)
    }

    /// The open facts that the plan rests on, in the order in which [`RowQuery::open`] weighs them.
    pub fn open_facts(&self) -> impl Iterator<Item = &Term> {
        self.plan.groups().iter().filter_map(|leaf| match &leaf.kind {
            LeafKind::Fact { atom } => Some(atom),
            _ => None,
        })
    }

    pub(crate) fn known(&self) -> &[f64] {
        &self.known
    }

    /// Whether rows of both can be evaluated in one pass over one circuit: their ground programs are the same but for what they speak of.
    pub(crate) fn shares_circuit(&self, other: &Self) -> bool {
        self.plan.shares_circuit(&other.plan)
    }
}

/// What is asked of a row: a query, and the row's own open facts.
#[derive(Clone, Debug)]
pub struct RowQuery {
    /// The query.
    pub query: Arc<CompiledQuery>,
    /// The probability of each of [`CompiledQuery::open_facts`] in this row: 1 for a fact that holds, 0 for one that does not.
    pub open: Arc<[f32]>,
}

impl RowQuery {
    /// A query without open facts.
    ///
    /// # Panics
    /// If the query has some.
    pub fn closed(query: Arc<CompiledQuery>) -> Self {
        assert_eq!(query.open_facts().count(), 0, "open facts need their probabilities");
        Self { query, open: Arc::new([]) }
    }

    /// A query whose open facts have the probabilities that `weight` says.
    pub fn new(query: Arc<CompiledQuery>, weight: impl Fn(&Term) -> f32) -> Self {
        let open = query.open_facts().map(weight).collect();
        Self { query, open }
    }
}

/// What an answer says where the query has its only variable; the whole answer where it has several or none.
fn value(query: &Term, answer: &Term) -> Term {
    let mut bound = Vec::new();
    bindings(query, answer, &mut bound);
    match bound.as_slice() {
        [(_, only)] => (*only).clone(),
        _ => answer.clone(),
    }
}

/// The values in `answer` that stand where `query` has variables, each variable once.
fn bindings<'a>(query: &'a Term, answer: &'a Term, bound: &mut Vec<(&'a str, &'a Term)>) {
    if let Term::Var(name) = query {
        if !bound.iter().any(|(known, _)| *known == &**name) {
            bound.push((name, answer));
        }
        return;
    }
    if let (Some((_, inner)), Some((_, values))) = (query.functor(), answer.functor()) {
        inner.iter().zip(values).for_each(|(inner, value)| bindings(inner, value, bound));
    }
}

fn places(query: &Term, answers: &[Term]) -> Arc<[Place]> {
    let mut by_place: BTreeMap<Term, (Vec<Term>, Vec<usize>)> = BTreeMap::new();
    for (index, answer) in answers.iter().enumerate() {
        let mut bound = Vec::new();
        bindings(query, answer, &mut bound);
        if let [(_, place), (_, value)] = bound.as_slice() {
            let at = by_place.entry((*place).clone()).or_default();
            at.0.push((*value).clone());
            at.1.push(index);
        }
    }
    by_place.into_iter().map(|(name, (classes, answers))| Place { name, classes: classes.into(), answers }).collect()
}

fn shortened(answers: &[String]) -> String {
    const SHOWN: usize = 24;
    let shown = answers.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if answers.len() > SHOWN { format!("{shown}, … ({} in all)", answers.len()) } else { shown }
}
