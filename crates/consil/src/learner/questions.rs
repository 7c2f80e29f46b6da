//! What the rules are asked of each row: the model's query, or the row's own with its own facts and rules.

use std::collections::{BTreeSet, HashMap};

use consil_data::{BadRow, DataError, Fault, Item, Split, TargetRef};
use consil_diagnostic::{Report, file};
use consil_logic::{LeafKind, Term, parse_term, read_clauses};
use consil_neurosym::{AnsweredBy, CompiledQuery, Example, HEAD, QueryForm, RowQuery};
use consil_nn::Network;

use crate::model::{Asked, AskedFor, Model, ModelTarget, Rules, item_of};
use crate::spec::{LogicConfig, QueryConfig};

/// The question put to each row; none where there are no rules.
///
/// # Errors
/// Rows whose own query, facts or rules cannot be used: all of them are named.
pub(crate) fn questions(model: &Model, split: &Split) -> Result<Vec<Example>, DataError> {
    let (mut examples, mut bad) = (Vec::new(), Vec::new());
    for asked in asked(model, split)? {
        match asked {
            Ok(example) => examples.push(example),
            Err(faults) => bad.extend(faults),
        }
    }
    if bad.is_empty() { Ok(examples) } else { Err(DataError::Rows(bad)) }
}

/// The rows of a split from which the model cannot answer, each with what is wrong: rows whose own query, facts or rules cannot be used, and rows of which
/// neither the head nor any network of the rules would see anything.
///
/// # Errors
/// A column that is not there.
pub(crate) fn unanswerable(model: &Model, split: &Split) -> Result<Vec<(usize, BadRow)>, DataError> {
    let sight = Sight::new(model, split);
    let mut bad = Vec::new();
    if model.rules().is_none() {
        for row in 0..split.len() {
            if !sight.sees(row, None)? {
                bad.push((row, split.unseen(row)));
            }
        }
    }
    for (row, asked) in asked(model, split)?.into_iter().enumerate() {
        match asked {
            Ok(example) if !sight.sees(row, Some(&example))? => bad.push((row, split.unseen(row))),
            Ok(_) => {}
            Err(faults) => bad.extend(faults.into_iter().map(|fault| (row, fault))),
        }
    }
    Ok(bad)
}

/// The question put to each row, or what is wrong with the row; none where there are no rules.
fn asked(model: &Model, split: &Split) -> Result<Vec<Result<Example, Vec<BadRow>>>, DataError> {
    let Some(rules) = model.rules() else { return Ok(Vec::new()) };
    let reader = Reader { rules, split, config: rules.config() };
    let asked = |row| match reader.example(row) {
        Ok(example) => Ok(Ok(example)),
        Err(RowFault::Bad(bad)) => Ok(Err(vec![*bad])),
        Err(RowFault::Data(error)) => match *error {
            DataError::Rows(bad) => Ok(Err(bad)),
            other => Err(other),
        },
    };
    (0..split.len()).map(asked).collect()
}

/// What a model looks at in a row: the modalities that its head reads, and the inputs that the rules show its networks.
struct Sight<'a> {
    split: &'a Split,
    /// None where no target needs the head.
    head: Option<Vec<Item>>,
    /// Whether some target has no answer but the head's.
    needs_head: bool,
}

impl<'a> Sight<'a> {
    fn new(model: &Model, split: &'a Split) -> Self {
        let is_rules = |target: &ModelTarget| matches!(target.by, AnsweredBy::Rules);
        let reads = |network: &Network| {
            let names = model.preparations().keys().filter(|name| network.graph().find_input(name).is_some());
            names.map(|name| Item::new(name.as_str())).collect()
        };
        let is_asked = model.targets().iter().any(|target| !is_rules(target));
        let head = model.networks().get(HEAD).filter(|_| is_asked).map(reads);
        let needs_head = model.targets().iter().any(|target| matches!(target.by, AnsweredBy::Head(_)));
        Self { split, head, needs_head }
    }

    /// Whether anything of a row is there, as a step and a prediction find it.
    fn sees(&self, row: usize, example: Option<&Example>) -> Result<bool, DataError> {
        let mut any = false;
        for item in self.head.iter().flatten() {
            any = any || self.split.is_present(row, item)?;
        }
        let Some(example) = example.filter(|_| !any && !self.needs_head) else { return Ok(any) };
        for asked in [Some(&example.asked), example.learned.as_ref()].into_iter().flatten() {
            if !self.answers(row, &asked.query)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether some network sees all that a query shows it, or the query asks none.
    fn answers(&self, row: usize, query: &CompiledQuery) -> Result<bool, DataError> {
        let mut asks_none = true;
        for leaf in query.plan().groups() {
            let LeafKind::Neural { inputs, .. } = &leaf.kind else { continue };
            asks_none = false;
            let mut all = true;
            for item in inputs.iter().filter_map(item_of) {
                all = all && self.split.is_present(row, &item)?;
            }
            if all {
                return Ok(true);
            }
        }
        Ok(asks_none)
    }
}

/// The open facts that occur in a column of some rows.
///
/// # Errors
/// Cells that cannot be read.
pub(crate) fn open_facts(split: &Split, rows: &[usize], column: &str) -> Result<BTreeSet<Term>, DataError> {
    let mut facts = BTreeSet::new();
    let mut bad = Vec::new();
    for &row in rows {
        let Some(cell) = split.text(row, column, "logic.open")? else { continue };
        match weighed(cell) {
            Ok(found) => facts.extend(found.into_iter().map(|(_, fact)| fact)),
            Err(reason) => bad.push(refused(split, row, column, reason)),
        }
    }
    if bad.is_empty() { Ok(facts) } else { Err(DataError::Rows(bad)) }
}

/// Why a row has no question.
enum RowFault {
    Bad(Box<BadRow>),
    Data(Box<DataError>),
}

impl From<DataError> for RowFault {
    fn from(error: DataError) -> Self {
        Self::Data(Box::new(error))
    }
}

struct Reader<'a> {
    rules: &'a Rules,
    split: &'a Split,
    config: &'a LogicConfig,
}

impl Reader<'_> {
    fn example(&self, row: usize) -> Result<Example, RowFault> {
        let query = match &self.rules.shared {
            Some(shared) => std::sync::Arc::clone(shared),
            None => {
                let asked = self.asked(row)?;
                self.rules
                    .own(&asked)
                    .map_err(|error| self.bad(row, self.own_column(), Report::of(&error).to_string()))?
            }
        };
        let open = match &self.config.open {
            Some(column) => self.open(row, column)?,
            None => HashMap::new(),
        };
        if let Some(unknown) = open.keys().find(|fact| !self.rules.open.contains(fact)) {
            let reason = format!("the open fact `{unknown}` occurs in no training row");
            return Err(self.bad(row, self.config.open.as_deref().unwrap_or_default(), reason));
        }
        let asked = RowQuery::new(query, |fact| open.get(fact).copied().unwrap_or(0.0));
        let learned = self.learned(row, &asked.query, &open)?;
        Ok(Example { asked, learned })
    }

    /// What is asked of a row that has a query, facts or rules of its own.
    fn asked(&self, row: usize) -> Result<Asked, RowFault> {
        let query = match &self.config.query {
            QueryConfig::Same(query) => query.as_str(),
            QueryConfig::Own(own) => match self.split.text(row, &own.column, "logic.query")? {
                Some(query) => query,
                None => return Err(self.bad(row, &own.column, "the row has no query".to_owned())),
            },
        };
        let query = parse_term(query).map_err(|error| self.bad(row, self.own_column(), error.to_string()))?;
        let facts = match &self.config.facts {
            Some(column) => match self.split.text(row, column, "logic.facts")? {
                Some(cell) => facts(cell).map_err(|reason| self.bad(row, column, reason))?,
                None => Vec::new(),
            },
            None => Vec::new(),
        };
        let rules = match &self.config.rules {
            Some(column) => match self.split.path(row, column, "logic.rules")? {
                Some(path) => {
                    let read = file::read_text(&path, file::TEXT_LIMIT);
                    Some(read.map_err(|error| self.bad(row, column, error.to_string()))?)
                }
                None => None,
            },
            None => None,
        };
        Ok(Asked { query, facts, rules, kind: AskedFor::Answer })
    }

    fn open(&self, row: usize, column: &str) -> Result<HashMap<Term, f32>, RowFault> {
        let Some(cell) = self.split.text(row, column, "logic.open")? else { return Ok(HashMap::new()) };
        let found = weighed(cell).map_err(|reason| self.bad(row, column, reason))?;
        Ok(found.into_iter().map(|(weight, fact)| (fact, weight)).collect())
    }

    /// The query that training raises in place of the answer's: the model's with the row's target as facts, or that the facts of a row's target follow.
    fn learned(
        &self,
        row: usize,
        asked: &CompiledQuery,
        open: &HashMap<Term, f32>,
    ) -> Result<Option<RowQuery>, RowFault> {
        let target = match &self.config.target {
            Some(name) => self.split.target_column(name),
            None => self.split.targets().next().map(|(_, column)| column),
        };
        let value = target.and_then(|column| column.get(row));
        if let Some(learned) = &self.rules.learned {
            let right: Vec<usize> = match (asked.form(), value) {
                (QueryForm::Sequence { .. }, Some(value)) => match super::truths::of_row(asked, value) {
                    Some(right) => right,
                    None => return Ok(None),
                },
                _ => return Ok(None),
            };
            let holds: BTreeSet<&Term> =
                learned.facts.iter().zip(&right).filter_map(|(values, value)| values.get(*value)).collect();
            let weight = |fact: &Term| match holds.contains(fact) {
                true => 1.0,
                false => open.get(fact).copied().unwrap_or(0.0),
            };
            return Ok(Some(RowQuery::new(std::sync::Arc::clone(&learned.query), weight)));
        }
        let Some(TargetRef::Facts(facts)) = value else { return Ok(None) };
        let column = target.and_then(|target| target.columns().first()).map_or("", String::as_str);
        let parsed =
            facts.iter().map(|fact| parse_term(fact).map_err(|error| self.bad(row, column, error.to_string())));
        let parsed = parsed.collect::<Result<Vec<Term>, RowFault>>()?;
        let Some(all) = parsed.into_iter().reduce(|all, fact| Term::compound(",", vec![all, fact])) else {
            return Ok(None);
        };
        let base = if self.config.is_own() { self.asked(row)? } else { Asked::of(all.clone()) };
        let asked = Asked { query: all, kind: AskedFor::Truth, ..base };
        let query = self.rules.own(&asked).map_err(|error| self.bad(row, column, Report::of(&error).to_string()))?;
        Ok(Some(RowQuery::new(query, |fact| open.get(fact).copied().unwrap_or(0.0))))
    }

    /// The column that a row's own query comes from, or what else is its own.
    fn own_column(&self) -> &str {
        match &self.config.query {
            QueryConfig::Own(own) => &own.column,
            QueryConfig::Same(_) => {
                self.config.facts.as_deref().or(self.config.rules.as_deref()).unwrap_or("logic.query")
            }
        }
    }

    fn bad(&self, row: usize, column: &str, reason: String) -> RowFault {
        RowFault::Bad(Box::new(refused(self.split, row, column, reason)))
    }
}

fn refused(split: &Split, row: usize, column: &str, reason: String) -> BadRow {
    let fix = "write it as a rule program would, such as `reach(a, b)` or `edge(a, b); edge(b, c)`".to_owned();
    split.refused(row, column, Fault::Refused { reason, fix })
}

/// The facts of a cell: `edge(a, b); edge(b, c)`, `edge(a, b). edge(b, c).`, or a JSON array of such texts.
pub(crate) fn facts(cell: &str) -> Result<Vec<Term>, String> {
    if let Ok(serde_json::Value::Array(texts)) = serde_json::from_str(cell) {
        let texts: Vec<&str> = texts.iter().filter_map(serde_json::Value::as_str).collect();
        return texts.into_iter().map(facts).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
    }
    let terms = match parse_term(cell) {
        Ok(term) => vec![term],
        // Not one term: clauses, each with its full stop.
        Err(error) => match read_clauses("facts", cell) {
            Ok(clauses) if cell.trim_end().ends_with('.') => clauses.into_iter().map(|(term, _)| term).collect(),
            _ => return Err(error.to_string()),
        },
    };
    let mut facts = Vec::new();
    let mut pending: Vec<Term> = terms.into_iter().rev().collect();
    while let Some(term) = pending.pop() {
        match term.args_of::<2>(";").or_else(|| term.args_of::<2>(",")) {
            Some([first, rest]) => pending.extend([rest.clone(), first.clone()]),
            None if is_fact(fact_of(&term)) => facts.push(term),
            None => return Err(format!("`{term}` is not a fact: it must be an atom without variables")),
        }
    }
    Ok(facts)
}

/// The facts of a cell with the probability of each: 1 unless it is written as `0.3::edge(a, b)`.
fn weighed(cell: &str) -> Result<Vec<(f32, Term)>, String> {
    let weigh = |term: Term| match term.args_of::<2>("::") {
        Some([weight, fact]) => {
            let weight = match weight {
                Term::Int(weight) => *weight as f64,
                Term::Float(weight) => *weight,
                _ => f64::NAN,
            };
            match (0.0..=1.0).contains(&weight) {
                true => Ok((weight as f32, fact.clone())),
                false => Err(format!("the weight of `{term}` is no probability")),
            }
        }
        None => Ok((1.0, term)),
    };
    facts(cell)?.into_iter().map(weigh).collect()
}

/// An atom without variables; a rule or a negation is none.
fn is_fact(term: &Term) -> bool {
    let is_rule = |name: &str| matches!(name, ":-" | "\\+" | "->" | "::");
    term.is_ground() && term.functor().is_some_and(|(name, _)| !is_rule(name))
}

fn fact_of(term: &Term) -> &Term {
    term.args_of::<2>("::").map_or(term, |[_, fact]| fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Vec<String> {
        facts(cell).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn facts_are_read_in_each_of_their_spellings() {
        let expected = ["edge(a, b)", "edge(b, 'C d')"];
        for cell in [
            "edge(a,b); edge(b,'C d')",
            "edge(a,b), edge(b,'C d')",
            "edge(a, b).\nedge(b, 'C d').",
            r#"["edge(a,b)", "edge(b,'C d')"]"#,
        ] {
            assert_eq!(read(cell), expected, "{cell}");
        }
        assert_eq!(read("0.5::edge(a,b)"), ["0.5::edge(a, b)"]);
        assert_eq!(read("solved"), ["solved"]);
    }

    #[test]
    fn what_is_no_fact_is_said() {
        for (cell, says) in [
            ("edge(X, b)", "edge(X, b)"),
            ("edge(a", "edge(a"),
            ("edge(a,b) :- c", "is not a fact"),
            ("3", "is not a fact"),
        ] {
            let error = facts(cell).unwrap_err();
            assert!(error.contains(says), "{cell}: {error}");
        }
        assert!(weighed("1.5::a").unwrap_err().contains("no probability"));
        assert_eq!(weighed("0.25::a; b").unwrap(), [(0.25, Term::atom("a")), (1.0, Term::atom("b"))]);
    }
}
