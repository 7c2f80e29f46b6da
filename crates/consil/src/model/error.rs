//! Errors of a spec whose parts give no model.

use consil_diagnostic::{FileError, Hint};
use consil_logic::{Diagnostics, ReasonError};
use consil_neurosym::SequenceQueryError;

use super::interface::GraphMismatch;
use crate::fine_tune::FineTuneError;
use crate::spec_fault::SpecFault;

/// Why a spec's parts give no system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The rule file cannot be read.
    #[error("the rule file {0}")]
    Program(#[source] FileError),
    /// The rules have errors.
    #[error("{0}")]
    Rules(Diagnostics),
    /// The query in the spec does not parse.
    #[error("logic.query:\n{0}")]
    Query(Diagnostics),
    /// The query cannot be answered.
    #[error(transparent)]
    Reason(#[from] ReasonError),
    /// The query has no answer, whatever the networks say.
    #[error("the query `{query}` has no answer in {program}")]
    NoAnswer {
        /// The query.
        query: String,
        /// The rule file.
        program: String,
    },
    /// A rule feeds a network from something that is no modality.
    #[error("the rules show the network `{network}` the input `{input}`, which is no modality of the spec")]
    UnknownInput {
        /// The network.
        network: String,
        /// The input as the rules name it.
        input: String,
        /// The nearest names.
        help: String,
    },
    /// A rule feeds a network from another modality than the spec says.
    #[error("the rules show the network `{network}` the input `{input}`, but the spec gives it `{expected}`")]
    OtherInput {
        /// The network.
        network: String,
        /// The input as the rules name it.
        input: String,
        /// What the spec says.
        expected: String,
    },
    /// The rules say two things of one network.
    #[error("the rules declare the network `{network}` twice, with {first} and with {second}")]
    TwoDeclarations {
        /// The network.
        network: String,
        /// What one declaration says.
        first: String,
        /// What the other says.
        second: String,
    },
    /// A setting of the spec does not go with the rules or the networks.
    #[error(transparent)]
    Setting(#[from] SpecFault),
    /// The spec has no rules where some are needed.
    #[error("the spec has no [logic]")]
    NoRules,
    /// The query is no sequence.
    #[error("logic.query: {0}")]
    Sequence(#[from] SequenceQueryError),
    /// What is learned cannot be read off the target.
    #[error("logic.learn: `{given}` cannot be read off the target")]
    Learn {
        /// The open fact.
        given: String,
    },
    /// A fact does not parse.
    #[error("the open fact `{fact}` does not parse: {source}")]
    OpenFact {
        /// As written.
        fact: String,
        /// Why.
        source: Diagnostics,
    },
    /// There is no target of the name.
    #[error("logic.target names `{target}`, and the targets are {}", known.join(", "))]
    NoTarget {
        /// The name.
        target: String,
        /// The targets that there are.
        known: Vec<String>,
    },
    /// There are several targets, and none is said to be the rules'.
    #[error("there are several targets, {}, and the rules answer one of them", known.join(", "))]
    WhichTarget {
        /// The targets.
        known: Vec<String>,
    },
    /// A target has nothing that answers it.
    #[error("nothing answers the target `{target}`")]
    Unanswered {
        /// The target.
        target: String,
        /// How to fix it.
        help: &'static str,
    },
    /// The layers of a network do not fit its input.
    #[error(transparent)]
    Network(#[from] consil_multimodal::NetworkError),
    /// A graph that was stored or rewritten is not one of the system's.
    #[error(transparent)]
    Graph(#[from] GraphMismatch),
    /// What is to be frozen is not there.
    #[error(transparent)]
    Freeze(#[from] FineTuneError),
    /// Two parameters share a name.
    #[error(transparent)]
    Layout(#[from] consil_graph::LayoutError),
    /// A graph does not fit the layout.
    #[error(transparent)]
    Bind(#[from] consil_nn::BindError),
}

impl Hint for ModelError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Program(error) if error.is_not_found() => {
                "logic.program is taken relative to the spec's folder".to_owned()
            }
            Self::NoAnswer { .. } => {
                "check that some rule's head matches it, and that the classes make its body true".to_owned()
            }
            Self::UnknownInput { help, .. } => help.clone(),
            Self::OtherInput { network, .. } => {
                format!("set network.{network}.input, or change the nn(…) declaration")
            }
            Self::NoRules => "add it, or give the targets to [head]".to_owned(),
            Self::Sequence(_) => {
                "ask with two variables, such as `digit(Place, D)`, or set logic.answer to class or labels".to_owned()
            }
            Self::Learn { .. } => "the target must be a sequence (logic.answer = \"sequence\"), and the fact have its two variables, such as `total(Place, D)`".to_owned(),
            Self::NoTarget { .. } => "name one of them".to_owned(),
            Self::WhichTarget { known } => {
                format!("say which: logic.target = \"{}\"", known.first().map_or("", String::as_str))
            }
            Self::Unanswered { help, .. } => (*help).to_owned(),
            Self::TwoDeclarations { network, .. } => format!(
                "give both declarations the same inputs and classes, or each a network of its own; two networks may share an encoder (share = \"{network}\")"
            ),
            Self::Setting(fault) => return fault.help(),
            Self::Freeze(error) => return error.help(),
            _ => return None,
        })
    }
}
