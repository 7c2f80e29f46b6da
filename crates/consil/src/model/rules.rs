//! The rules of a model, and the queries that rows put to them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use consil_data::Item;
use consil_diagnostic::suggest::nearest_or_all;
use consil_diagnostic::{Hint, file};
use consil_logic::{Budget, Diagnostics, Engine, Goal, LeafGroup, LeafKind, Program, ReasonError, Term};
use consil_neurosym::{CompiledQuery, QueryKind, SequenceQueryError};

use super::shown::{classes, declarations, with_inputs};
use super::{ModelError, is_item, item_of, items};
use crate::spec::{LogicConfig, Spec};

/// A rule program and what is asked of it.
pub(crate) struct Rules {
    /// The program's text.
    pub source: String,
    /// What messages call it.
    name: String,
    config: LogicConfig,
    engine: Arc<Engine>,
    /// The classes of each network, as the program declares them.
    pub classes: BTreeMap<String, Vec<Term>>,
    kind: QueryKind,
    /// The open facts that rows weigh.
    pub open: Vec<Term>,
    /// The query, where it is the same for all rows.
    pub shared: Option<Arc<CompiledQuery>>,
    /// The query that training raises, with its open facts.
    pub learned: Option<Learned>,
    /// The facts of list modalities.
    lists: Vec<Term>,
    spec: Spec,
    /// Queries of single rows by what is asked: rows that ask the same share one.
    own: Mutex<HashMap<Asked, Arc<CompiledQuery>>>,
    /// Engines for programs with a row's own rules, by their text.
    engines: Mutex<HashMap<String, Arc<Engine>>>,
}

/// A query that is learned in place of the answer's.
pub(crate) struct Learned {
    pub query: Arc<CompiledQuery>,
    /// The fact for each place and value, in the order of the answers' places.
    pub facts: Vec<Vec<Term>>,
}

/// What is asked of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub query: Term,
    pub facts: Vec<Term>,
    /// The row's own rules.
    pub rules: Option<String>,
    pub kind: AskedFor,
}

impl Asked {
    /// A query of a row without anything else of its own.
    pub fn of(query: Term) -> Self {
        Self { query, facts: Vec::new(), rules: None, kind: AskedFor::Answer }
    }
}

/// What a query is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AskedFor {
    /// The answer.
    Answer,
    /// Its truth alone: a query without variables.
    Truth,
}

/// Why a query has no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// It does not parse.
    #[error("{0}")]
    Syntax(Diagnostics),
    /// The row's own rules have errors.
    #[error("{0}")]
    Rules(Diagnostics),
    /// It cannot be answered.
    #[error(transparent)]
    Reason(#[from] ReasonError),
    /// It is no sequence.
    #[error(transparent)]
    Sequence(#[from] SequenceQueryError),
    /// It has no answer, whatever the networks say.
    #[error("the query `{0}` has no answer")]
    NoAnswer(String),
    /// A network is shown what is no modality, or another one.
    #[error(transparent)]
    Input(Box<ModelError>),
}

impl Hint for QueryError {
    fn help(&self) -> Option<String> {
        if let Self::Input(error) = self { error.help() } else { None }
    }
}

impl Rules {
    /// Reads the program of a spec; `kind` says how answers are read, `open` are the facts that rows weigh.
    pub fn read(spec: &Spec, path: &Path, kind: QueryKind, open: Vec<Term>) -> Result<Self, ModelError> {
        let Some(config) = &spec.logic else { return Err(ModelError::NoRules) };
        let source = file::read_text(path, file::TEXT_LIMIT).map_err(ModelError::Program)?;
        let name = path.display().to_string();
        let program = Program::parse(&name, &source).map_err(ModelError::Rules)?;
        let spec = with_inputs(spec, &program)?;
        let declared: Vec<&str> = spec.network.keys().map(String::as_str).collect();
        let unknown = program.check_networks(&declared);
        if config.truth.is_none() {
            unknown.clone().map_err(ModelError::Rules)?;
        }
        let classes = classes(&spec, &program);
        let lists = lists(&spec, &program);
        let engine = Arc::new(Engine::new(program)?);
        let mut rules = Self {
            source,
            name,
            config: config.clone(),
            engine,
            classes,
            kind,
            open,
            shared: None,
            learned: None,
            lists,
            spec,
            own: Mutex::default(),
            engines: Mutex::default(),
        };
        if let (Some(query), false) = (config.query.same(), config.is_own()) {
            let query = consil_logic::parse_term(query).map_err(ModelError::Query)?;
            rules.shared = Some(rules.plan_shared(&query)?);
        } else if let Some(query) = config.query.same() {
            consil_logic::parse_term(query).map_err(ModelError::Query)?;
        }
        rules.learned = rules.plan_learned()?;
        // A network that only the truth asks needs none; one that an answer asks does.
        let asked = rules.shared.iter().chain(rules.learned.iter().map(|learned| &learned.query));
        if asked.flat_map(|query| query.plan().groups()).any(|leaf| !rules.knows(leaf)) {
            unknown.map_err(ModelError::Rules)?;
        }
        Ok(rules)
    }

    /// The spec, each network with as many inputs as the rules show it.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Whether the spec has the network that a leaf asks.
    fn knows(&self, leaf: &LeafGroup) -> bool {
        match &leaf.kind {
            LeafKind::Neural { network, .. } => self.spec.network.contains_key(network),
            _ => true,
        }
    }

    /// The query that composed samples take their target from: the answer's, unless the spec names another. Nothing where rows have queries of their own.
    pub fn truth(&self) -> Result<Option<Arc<CompiledQuery>>, ModelError> {
        let Some(truth) = &self.config.truth else { return Ok(self.shared.clone()) };
        let query = consil_logic::parse_term(truth).map_err(ModelError::Query)?;
        let plan = self.engine.plan(&self.goal(&query, Vec::new()), &Budget::default())?;
        if plan.answers().is_empty() {
            return Err(ModelError::NoAnswer { query: truth.clone(), program: self.name.clone() });
        }
        Ok(Some(Arc::new(CompiledQuery::new(&query, plan, self.kind)?)))
    }

    /// The query as the spec writes it, or where it comes from.
    pub fn question(&self) -> String {
        match &self.config.query {
            crate::spec::QueryConfig::Same(query) => query.clone(),
            crate::spec::QueryConfig::Own(own) => format!("the query in the column `{}`", own.column),
        }
    }

    /// The columns that rows' queries, facts and rules come from.
    pub fn config(&self) -> &LogicConfig {
        &self.config
    }

    fn plan_shared(&self, query: &Term) -> Result<Arc<CompiledQuery>, ModelError> {
        let plan = self.engine.plan(&self.goal(query, Vec::new()), &Budget::default())?;
        if plan.answers().is_empty() {
            return Err(ModelError::NoAnswer { query: query.to_string(), program: self.name.clone() });
        }
        let compiled = CompiledQuery::new(query, plan, self.kind)?;
        self.check_inputs(&compiled)?;
        Ok(Arc::new(compiled))
    }

    fn plan_learned(&self) -> Result<Option<Learned>, ModelError> {
        let Some(learn) = &self.config.learn else { return Ok(None) };
        let query = consil_logic::parse_term(&learn.query).map_err(ModelError::Query)?;
        let given = consil_logic::parse_term(&learn.given).map_err(ModelError::Query)?;
        let variables = given.variables();
        let places = match self.shared.as_ref().map(|shared| shared.form()) {
            Some(consil_neurosym::QueryForm::Sequence { places }) if variables.len() == 2 => places,
            _ => return Err(ModelError::Learn { given: learn.given.clone() }),
        };
        let fact = |place: &Term, value: &Term| {
            instantiate(&given, &|name| if name == &*variables[0] { place.clone() } else { value.clone() })
        };
        let facts: Vec<Vec<Term>> =
            places.iter().map(|place| place.classes.iter().map(|value| fact(&place.name, value)).collect()).collect();
        let open =
            facts.iter().flatten().map(|fact| Term::compound("::", vec![Term::var("_"), fact.clone()])).collect();
        let plan = self.engine.plan(&self.goal(&query, open), &Budget::default())?;
        let query = CompiledQuery::new(&query, plan, QueryKind::Class)?;
        self.check_inputs(&query)?;
        Ok(Some(Learned { query: Arc::new(query), facts }))
    }

    /// What is asked: the query, the facts of list modalities and of rows, and the open facts that rows weigh.
    fn goal(&self, query: &Term, facts: Vec<Term>) -> Goal {
        let open = self.open.iter().map(|fact| Term::compound("::", vec![Term::var("_"), fact.clone()]));
        let facts = self.lists.iter().cloned().chain(open).chain(facts).collect();
        Goal { query: query.clone(), evidence: Vec::new(), facts }
    }

    /// The compiled query of a row that has its own. Rows that ask the same share it; rows of the same ground structure share its circuit.
    pub fn own(&self, asked: &Asked) -> Result<Arc<CompiledQuery>, QueryError> {
        let cached = || self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cached().get(asked) {
            return Ok(Arc::clone(known));
        }
        let engine = match &asked.rules {
            Some(rules) => self.engine_with(rules)?,
            None => Arc::clone(&self.engine),
        };
        let goal = self.goal(&asked.query, asked.facts.clone());
        let plan = engine.plan(&goal, &Budget::default())?;
        // With a head, what the rules leave open is the head's to answer.
        if plan.answers().is_empty() && self.spec.head.is_none() {
            return Err(QueryError::NoAnswer(asked.query.to_string()));
        }
        let kind = if asked.kind == AskedFor::Truth { QueryKind::Class } else { self.kind };
        let compiled = CompiledQuery::new(&asked.query, plan, kind)?;
        self.check_inputs(&compiled).map_err(|error| QueryError::Input(Box::new(error)))?;
        let compiled = Arc::new(compiled);
        cached().insert(asked.clone(), Arc::clone(&compiled));
        Ok(compiled)
    }

    /// The program with a row's own clauses.
    fn engine_with(&self, rules: &str) -> Result<Arc<Engine>, QueryError> {
        let known = || self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = known().get(rules) {
            return Ok(Arc::clone(engine));
        }
        let text = format!("{}\n{rules}", self.source);
        let program = Program::parse(&format!("{} with a row's rules", self.name), &text).map_err(QueryError::Rules)?;
        let declared: Vec<&str> = self.classes.keys().map(String::as_str).collect();
        program.check_networks(&declared).map_err(QueryError::Rules)?;
        // The program's own declarations stand first: a row's rules that declare a network anew must agree with them.
        declarations(&program).map_err(|error| QueryError::Input(Box::new(error)))?;
        let engine = Arc::new(Engine::new(program)?);
        known().insert(rules.to_owned(), Arc::clone(&engine));
        Ok(engine)
    }

    /// Every input that the rules show a network must be an item of the modality that the spec gives it.
    fn check_inputs(&self, query: &CompiledQuery) -> Result<(), ModelError> {
        let spec = &self.spec;
        for leaf in query.plan().groups() {
            let LeafKind::Neural { network, inputs, .. } = &leaf.kind else { continue };
            let Some(config) = spec.network.get(network) else { continue };
            // As many as the declaration has, by which the spec was completed.
            for (input, expected) in inputs.iter().zip(config.inputs()) {
                let Some(item) = item_of(input).filter(|item| is_item(spec, item)) else {
                    return Err(ModelError::UnknownInput {
                        network: network.clone(),
                        input: input.to_string(),
                        help: nearest_or_all(&input.to_string(), items(spec).iter().map(String::as_str)),
                    });
                };
                if item.modality != *expected {
                    return Err(ModelError::OtherInput {
                        network: network.clone(),
                        input: input.to_string(),
                        expected: expected.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// For a program that declares `:- dynamic items/2`, the items of each list modality as facts `items(image, [image(0), image(1)])`.
fn lists(spec: &Spec, program: &Program) -> Vec<Term> {
    if !program.takes_facts("items", 2) {
        return Vec::new();
    }
    let lists = spec.modality.iter().filter_map(|(name, modality)| Some((name, modality.count?)));
    let fact = |(name, count): (&String, usize)| {
        let items = Item::of(name, Some(count))
            .into_iter()
            .map(|item| Term::compound(name, item.index.map(|index| Term::Int(index as i64)).into_iter().collect()));
        Term::compound("items", vec![Term::atom(name), Term::list(items.collect())])
    };
    lists.map(fact).collect()
}

/// A term with its variables' values.
fn instantiate(term: &Term, value: &dyn Fn(&str) -> Term) -> Term {
    match term {
        Term::Var(name) => value(name),
        other => match other.functor() {
            Some((name, args)) if !args.is_empty() => {
                Term::compound(name, args.iter().map(|arg| instantiate(arg, value)).collect())
            }
            _ => other.clone(),
        },
    }
}
