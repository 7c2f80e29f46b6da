//! The `[logic]` table: the rules, and what is asked of each row.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rules and the question put to them.
///
/// ```toml
/// [logic]
/// program = "maze.pl"
/// query = "reach(start, goal)"     # or { column = "question" }: each row's own
/// facts = "walls"                  # a column with facts that hold in its row alone
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogicConfig {
    /// The rule file, relative to the spec.
    pub program: PathBuf,
    /// The query whose answer is compared with the target, such as `result(R)`, or the column with each row's own.
    pub query: QueryConfig,
    /// The query that composed samples take their target from, where it is not `query`: what is true, where the rules that answer know less. Networks that it
    /// alone asks need no `[network.NAME]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    /// The target that the rules answer, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How the answers are read, where the target's kind does not say it: composed samples have no target but what the rules derive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerConfig>,
    /// The column with facts that hold in its row alone: `edge(a, b); edge(b, c)`, or as a program writes them. Their predicates are declared with `:- dynamic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// The column that names a rule file of its row's own, relative to the manifest; its clauses are added to the program's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// The column with the open facts that hold in its row: leaves of one plan for all rows, weighed 1 or 0 by the row, or `0.3::edge(a, b)`. The facts that there are, are those of
    /// the training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// What training raises the probability of, in place of the answer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learn: Option<LearnConfig>,
    /// How the rules' answer and the head's become one, where there is a `[head]` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<IntegrationConfig>,
}

impl LogicConfig {
    /// Whether rows have queries, facts or rules of their own, so that each may have other answers than the rest.
    pub fn has_own_answers(&self) -> bool {
        matches!(self.query, QueryConfig::Own(_)) || self.facts.is_some() || self.rules.is_some()
    }
}

/// A query, or where each row has its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum QueryConfig {
    /// The same for all rows.
    Same(String),
    /// A column of the manifest.
    Own(QueryColumn),
}

/// The column with each row's query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueryColumn {
    /// Its name.
    pub column: String,
}

/// How the answers of a query are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerConfig {
    /// One of them is right.
    Class,
    /// A set of them is right.
    Labels,
    /// For each value of the query's first variable, one value of its second is right.
    Sequence,
}

/// A query without variables that holds exactly where a row's facts are those of its target.
///
/// The digits of a sum, say, are facts `total(Place, D)`; `adds_up` holds if the numbers' digits add up to them. What goes from one place to the next is then the carry alone, and the circuit is
/// linear in the number of digits, where asking for the sum itself is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LearnConfig {
    /// The query, such as `adds_up`.
    pub query: String,
    /// The open fact for each place and value of the target, with the query's two variables: `total(P, D)`.
    pub given: String,
}

/// How rules and head become one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntegrationConfig {
    /// A product of experts, renormalised: each can veto.
    #[default]
    Product,
    /// A mixture of the rules, the head and their product, whose weights the head gives for each row.
    Gate,
    /// The rules where they derive an answer, the head for what they leave open.
    RulesFirst,
}

impl QueryConfig {
    /// The query, where it is the same for all rows.
    pub fn same(&self) -> Option<&str> {
        match self {
            Self::Same(query) => Some(query),
            Self::Own(_) => None,
        }
    }
}

impl LogicConfig {
    /// The columns with what is of one row alone: its query, its facts, its rules, its open facts.
    pub fn columns(&self) -> Vec<&str> {
        let query = match &self.query {
            QueryConfig::Same(_) => None,
            QueryConfig::Own(own) => Some(own.column.as_str()),
        };
        [query, self.facts.as_deref(), self.rules.as_deref(), self.open.as_deref()].into_iter().flatten().collect()
    }

    /// Whether rows have plans of their own.
    pub fn is_own(&self) -> bool {
        self.query.same().is_none() || self.facts.is_some() || self.rules.is_some()
    }
}

impl From<IntegrationConfig> for consil_neurosym::Integration {
    fn from(config: IntegrationConfig) -> Self {
        match config {
            IntegrationConfig::Product => Self::Product,
            IntegrationConfig::Gate => Self::Gate,
            IntegrationConfig::RulesFirst => Self::RulesFirst,
        }
    }
}

impl From<AnswerConfig> for consil_neurosym::QueryKind {
    fn from(config: AnswerConfig) -> Self {
        match config {
            AnswerConfig::Class => Self::Class,
            AnswerConfig::Labels => Self::Labels,
            AnswerConfig::Sequence => Self::Sequence,
        }
    }
}
