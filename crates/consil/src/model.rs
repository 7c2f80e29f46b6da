//! What the weights mean: the prepared modalities, the networks, and the rules and the head that turn them into answers.

mod fitted;
mod lengths;
mod resolve;
mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_data::{Item, Preparation};
use consil_graph::{Graph, Layout};
use consil_logic::{Diagnostics, ReasonError, Term};
use consil_multimodal::{HeadTarget, HeadTargetKind, InputShape};
use consil_neurosym::{
    AnsweredBy, HEAD, HeadKind, HeadOutput, Integration, NumberLoss, QueryKind, Scale, SequenceQueryError, find, read,
    spell,
};
use consil_nn::Network;
use sha2::{Digest, Sha256};

pub(crate) use fitted::TARGET;
pub use fitted::{Fitted, FittedTarget, FittedValues};
pub use rules::QueryError;
pub(crate) use rules::{Asked, AskedFor, Rules};

use crate::fine_tune::FineTuneError;
use crate::spec::{AnswerConfig, Spec};

/// A system ready to be given weights.
pub struct Model {
    spec: Spec,
    fitted: Fitted,
    networks: BTreeMap<String, Network>,
    layout: Arc<Layout>,
    targets: Vec<ModelTarget>,
    rules: Option<Box<Rules>>,
}

/// A target and what answers it.
#[derive(Clone, Debug)]
pub(crate) struct ModelTarget {
    pub name: String,
    pub weight: f64,
    pub by: AnsweredBy,
}

/// Why a spec's parts give no system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The rule file cannot be read.
    #[error("the rule file {} cannot be read: {source}\n  help: logic.program is taken relative to the spec's folder", path.display())]
    Program {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
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
    #[error(
        "the query `{query}` has no answer in {program}\n  help: check that some rule's head matches it, and that the classes make its body true"
    )]
    NoAnswer {
        /// The query.
        query: String,
        /// The rule file.
        program: String,
    },
    /// A rule feeds a network from something that is no modality.
    #[error(
        "the rules show the network `{network}` the input `{input}`, which is no modality of the spec\n  help: {help}"
    )]
    UnknownInput {
        /// The network.
        network: String,
        /// The input as the rules name it.
        input: String,
        /// The nearest names.
        help: String,
    },
    /// A rule feeds a network from another modality than the spec says.
    #[error(
        "the rules show the network `{network}` the input `{input}`, but the spec gives it `{expected}`\n  help: set network.{network}.input, or change the nn(…) declaration"
    )]
    OtherInput {
        /// The network.
        network: String,
        /// The input as the rules name it.
        input: String,
        /// What the spec says.
        expected: String,
    },
    /// The spec has no rules where some are needed.
    #[error("the spec has no [logic]\n  help: add it, or give the targets to [head]")]
    NoRules,
    /// The query is no sequence.
    #[error(
        "logic.query: {0}\n  help: ask with two variables, such as `digit(Place, D)`, or set logic.answer to class or labels"
    )]
    Sequence(#[from] SequenceQueryError),
    /// What is learned cannot be read off the target.
    #[error(
        "logic.learn: `{given}` cannot be read off the target\n  help: the target must be a sequence (logic.answer = \"sequence\"), and the fact have its two variables, such as `total(Place, D)`"
    )]
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
    #[error("logic.target names `{target}`, and the targets are {}\n  help: name one of them", known.join(", "))]
    NoTarget {
        /// The name.
        target: String,
        /// The targets that there are.
        known: Vec<String>,
    },
    /// There are several targets, and none is said to be the rules'.
    #[error("there are several targets, {}, and the rules answer one of them\n  help: say which: logic.target = \"{}\"", known.join(", "), known.first().map_or("", String::as_str))]
    WhichTarget {
        /// The targets.
        known: Vec<String>,
    },
    /// A target has nothing that answers it.
    #[error("nothing answers the target `{target}`\n  help: {help}")]
    Unanswered {
        /// The target.
        target: String,
        /// How to fix it.
        help: &'static str,
    },
    /// The layers of a network do not fit its input.
    #[error(transparent)]
    Network(#[from] consil_multimodal::NetworkError),
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

impl Model {
    /// Builds the system of a spec whose relative paths begin at `base`, for what was fitted on its training rows. Rules know their own answers; a head chooses among
    /// the fitted labels.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &Spec, base: &Path, mut fitted: Fitted) -> Result<Self, ModelError> {
        let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
        let of_rules = of_rules(spec, &fitted)?;
        let rules = match &spec.logic {
            Some(logic) => {
                let kind = query_kind(logic.answer, of_rules.map(|target| &target.values));
                let open = open_facts(&fitted.open_facts)?;
                Some(Box::new(Rules::read(spec, &base.join(&logic.program), kind, open)?))
            }
            None => None,
        };
        for (name, classes) in rules.iter().flat_map(|rules| &rules.classes) {
            let config = &spec.network[name];
            let shapes = input_shapes(config.inputs(), &fitted.preparations);
            graphs.insert(name.clone(), config.build_among(&spec.network, name, &shapes, classes.len())?);
        }
        let targets = targets(spec, &fitted, of_rules, rules.as_deref())?;
        if let Some(head) = &spec.head {
            let inputs = fitted.preparations.iter().map(|(name, p)| (name.clone(), shape_of(p))).collect();
            let outputs: Vec<HeadTarget> = targets.iter().filter_map(|(_, output)| output.clone()).collect();
            let is_gated = |by: &AnsweredBy| matches!(by, AnsweredBy::Both { integration: Integration::Gate, .. });
            let has_gate = targets.iter().any(|(target, _)| is_gated(&target.by));
            graphs.insert(HEAD.to_owned(), head.build_targets(HEAD, &inputs, &outputs, has_gate)?);
        }
        let targets = targets.into_iter().map(|(target, _)| target).collect();
        if let Some(fine_tune) = &spec.fine_tune {
            fine_tune.freeze(&mut graphs)?;
        }
        lengths::settle(&mut fitted.preparations, spec, &graphs);
        let layout = Arc::new(Layout::of(&graphs.values().collect::<Vec<_>>())?);
        let networks = graphs
            .into_iter()
            .map(|(name, graph)| Ok((name, Network::new(Arc::new(graph), &layout)?)))
            .collect::<Result<_, ModelError>>()?;
        Ok(Self { spec: spec.clone(), fitted, networks, layout, targets, rules })
    }

    /// The spec.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What was fitted on the training rows.
    pub fn fitted(&self) -> &Fitted {
        &self.fitted
    }

    /// How each modality is prepared.
    pub fn preparations(&self) -> &BTreeMap<String, Preparation> {
        &self.fitted.preparations
    }

    /// The networks, by name; a head is one network called `head`.
    pub fn networks(&self) -> &BTreeMap<String, Network> {
        &self.networks
    }

    /// Where each parameter stands in the flat vector of weights.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn targets(&self) -> &[ModelTarget] {
        &self.targets
    }

    pub(crate) fn rules(&self) -> Option<&Rules> {
        self.rules.as_deref()
    }

    /// The rule program's text, where there are rules.
    pub fn program(&self) -> Option<&str> {
        self.rules().map(|rules| rules.source.as_str())
    }

    /// The labels that the first target may have; none for numbers, and where each row has its own query.
    pub fn labels(&self) -> Vec<String> {
        self.targets.first().map(|target| self.labels_of(target)).unwrap_or_default()
    }

    /// The labels that a target may have.
    pub(crate) fn labels_of(&self, target: &ModelTarget) -> Vec<String> {
        match &target.by {
            AnsweredBy::Rules => {
                let shared = self.rules().and_then(|rules| rules.shared.as_ref());
                shared.map(|query| query.labels()).unwrap_or_default()
            }
            AnsweredBy::Head(head) | AnsweredBy::Both { head, .. } => match &head.kind {
                HeadKind::Class(classes) | HeadKind::Labels(classes) => classes.iter().map(spell).collect(),
                HeadKind::Numbers { .. } => Vec::new(),
            },
        }
    }

    /// The spec with what the data decided written out: sizes, rates, presets, widths.
    pub fn resolved_spec(&self) -> Spec {
        resolve::resolved(&self.spec, &self.fitted)
    }

    /// A hash of all that gives the weights their meaning: modalities, networks, rules, head, targets. A checkpoint of another
    /// fingerprint is refused.
    pub fn fingerprint(&self) -> String {
        self.fingerprint_of(&self.resolved_spec())
    }

    /// Whether weights of this fingerprint belong to the model: its own, or that of version 0.1, which took the spec as it was written.
    pub fn has_fingerprint(&self, fingerprint: &str) -> bool {
        fingerprint == self.fingerprint() || fingerprint == self.fingerprint_of(&self.spec)
    }

    fn fingerprint_of(&self, spec: &Spec) -> String {
        let mut meaning = serde_json::json!({
            "modality": spec.modality,
            "network": spec.network,
            "head": spec.head,
            "program": self.program(),
            "query": spec.logic.as_ref().map(|logic| &logic.query),
        });
        // What version 0.1 did not have stands there only where it is used, so that its runs keep their fingerprint.
        if let Some(consil_data::TargetsConfig::Named(_)) = &spec.data.target {
            meaning["target"] = serde_json::json!(spec.data.target);
        }
        if let Some(logic) = &spec.logic
            && (spec.head.is_some()
                || logic.is_own()
                || logic.answer.is_some()
                || logic.open.is_some()
                || logic.truth.is_some())
        {
            let mut logic = serde_json::json!(logic);
            // Its text stands there; a run folder's copy has another path.
            if let Some(logic) = logic.as_object_mut() {
                logic.remove("program");
            }
            meaning["logic"] = logic;
        }
        Sha256::digest(meaning.to_string()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The target that the rules answer, if there are rules and the data says what is right.
fn of_rules<'a>(spec: &Spec, fitted: &'a Fitted) -> Result<Option<&'a FittedTarget>, ModelError> {
    let Some(logic) = &spec.logic else { return Ok(None) };
    let known = || fitted.targets.iter().map(|target| target.name.clone()).collect();
    match (&logic.target, &fitted.targets[..]) {
        (_, []) => Ok(None),
        (Some(name), targets) => match targets.iter().find(|target| target.name == *name) {
            Some(target) => Ok(Some(target)),
            None => Err(ModelError::NoTarget { target: name.clone(), known: known() }),
        },
        (None, [only]) => Ok(Some(only)),
        (None, _) => Err(ModelError::WhichTarget { known: known() }),
    }
}

fn query_kind(answer: Option<AnswerConfig>, values: Option<&FittedValues>) -> QueryKind {
    match (values, answer) {
        (Some(FittedValues::Labels(_) | FittedValues::Facts), _) => QueryKind::Labels,
        (Some(FittedValues::Sequence), _) => QueryKind::Sequence,
        (_, Some(answer)) => answer.into(),
        _ => QueryKind::Class,
    }
}

fn open_facts(facts: &[String]) -> Result<Vec<Term>, ModelError> {
    let parse = |fact: &String| {
        consil_logic::parse_term(fact).map_err(|source| ModelError::OpenFact { fact: fact.clone(), source })
    };
    facts.iter().map(parse).collect()
}

/// The targets, each with the head's output that answers it.
fn targets(
    spec: &Spec,
    fitted: &Fitted,
    of_rules: Option<&FittedTarget>,
    rules: Option<&Rules>,
) -> Result<Vec<(ModelTarget, Option<HeadTarget>)>, ModelError> {
    // Composed samples have no target yet: it is what the rules derive.
    let derived = FittedTarget::classes(TARGET, Vec::new());
    let all: Vec<&FittedTarget> = match &fitted.targets[..] {
        [] => vec![&derived],
        some => some.iter().collect(),
    };
    let is_only_head = all.len() == 1 && rules.is_none();
    let of = |target: &FittedTarget| -> Result<(ModelTarget, Option<HeadTarget>), ModelError> {
        let is_rules = rules.is_some() && of_rules.is_none_or(|chosen| chosen.name == target.name);
        let unanswered = |help| ModelError::Unanswered { target: target.name.clone(), help };
        let made = |by, output| (ModelTarget { name: target.name.clone(), weight: target.weight, by }, output);
        if is_rules && matches!(target.values, FittedValues::Numbers(_)) {
            return Err(unanswered(
                "rules derive classes, labels and sequences; give numbers to a [head], and name the rules' target with logic.target",
            ));
        }
        let is_joint = all.len() == 1 || spec.logic.as_ref().is_some_and(|logic| logic.integration.is_some());
        if is_rules && (spec.head.is_none() || !is_joint) {
            return Ok(made(AnsweredBy::Rules, None));
        }
        if spec.head.is_none() {
            return Err(unanswered("the rules answer another target; add a [head]"));
        }
        let (kind, n) = match &target.values {
            FittedValues::Class(classes) => {
                let mut terms = rules
                    .filter(|_| is_rules)
                    .and_then(|rules| rules.shared.as_ref())
                    .map(|query| query.classes())
                    .unwrap_or_default();
                for class in classes {
                    if find(&terms, class).is_none() {
                        terms.push(read(class));
                    }
                }
                let n = terms.len();
                (HeadKind::Class(terms.into()), n)
            }
            FittedValues::Labels(labels) => {
                (HeadKind::Labels(labels.iter().map(|label| read(label)).collect()), labels.len())
            }
            FittedValues::Numbers(scales) => {
                let scale = scales.iter().map(|(mean, deviation)| Scale { mean: *mean, deviation: *deviation });
                (HeadKind::Numbers { scale: scale.collect(), loss: NumberLoss::default() }, scales.len())
            }
            FittedValues::Sequence | FittedValues::Facts => {
                return Err(unanswered(
                    "a head answers classes, labels and numbers; give sequences and facts to the rules (logic.target)",
                ));
            }
        };
        let output_kind = match &kind {
            HeadKind::Class(_) => HeadTargetKind::Class,
            HeadKind::Labels(_) => HeadTargetKind::Labels,
            HeadKind::Numbers { .. } => HeadTargetKind::Numbers,
        };
        // A classifier's one output has no name of its own, as in version 0.1.
        let name = (!(is_only_head && output_kind == HeadTargetKind::Class)).then(|| target.name.clone());
        let output = HeadTarget { name, kind: output_kind, n };
        let head = HeadOutput { output: output.output(), kind };
        let by = match (is_rules, &head.kind) {
            (false, _) => AnsweredBy::Head(head),
            (true, HeadKind::Class(_)) => {
                let integration = spec.logic.as_ref().and_then(|logic| logic.integration).unwrap_or_default();
                AnsweredBy::Both { head, integration: integration.into() }
            }
            (true, _) => {
                return Err(unanswered(
                    "rules and head answer classes together; leave labels to one of them (logic.target)",
                ));
            }
        };
        Ok(made(by, Some(output)))
    };
    all.iter().copied().map(of).collect()
}

/// What the spec says of the rules' target, before any data is read.
fn configured(spec: &Spec, target: Option<&str>) -> Option<FittedValues> {
    let named = spec.data.target.as_ref()?.named(None);
    let config = match target {
        Some(name) => named.get(name),
        None => named.values().next().filter(|_| named.len() == 1),
    };
    Some(match config?.kind {
        consil_data::TargetKind::Labels => FittedValues::Labels(Vec::new()),
        consil_data::TargetKind::Sequence => FittedValues::Sequence,
        consil_data::TargetKind::Facts => FittedValues::Facts,
        _ => FittedValues::Class(Vec::new()),
    })
}

/// Reads the rules of a spec, where it has any, and finds what is wrong with them.
pub(crate) fn check_rules(spec: &Spec, base: &Path) -> Result<(), ModelError> {
    match &spec.logic {
        // Open facts are known once the data is.
        Some(logic) if logic.open.is_none() => {
            let kind = query_kind(logic.answer, configured(spec, logic.target.as_deref()).as_ref());
            Rules::read(spec, &base.join(&logic.program), kind, Vec::new()).map(drop)
        }
        _ => Ok(()),
    }
}

/// What a preparation gives a network.
fn shape_of(preparation: &Preparation) -> InputShape {
    InputShape { shape: preparation.shape(), time: preparation.time(), vocabulary: preparation.vocabulary() }
}

fn input_shapes(inputs: &[String], preparations: &BTreeMap<String, Preparation>) -> Vec<InputShape> {
    inputs.iter().map(|input| shape_of(&preparations[input])).collect()
}

/// The item that a rule's input names: `image`, or `image(0)`.
pub(crate) fn item_of(term: &Term) -> Option<Item> {
    match term {
        Term::Atom(modality) => Some(Item { modality: modality.to_string(), index: None }),
        Term::Compound(compound) => match compound.args() {
            [Term::Int(index)] => {
                Some(Item { modality: compound.functor().to_owned(), index: Some((*index).try_into().ok()?) })
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_item(spec: &Spec, item: &Item) -> bool {
    spec.modality.get(&item.modality).is_some_and(|modality| match (modality.count, item.index) {
        (None, None) => true,
        (Some(count), Some(index)) => index < count,
        _ => false,
    })
}

/// The names of all items of the spec, as the rules write them.
fn items(spec: &Spec) -> Vec<String> {
    let named = spec.modality.iter().flat_map(|(name, modality)| match modality.count {
        None => vec![name.clone()],
        Some(count) => (0..count).map(|i| format!("{name}({i})")).collect(),
    });
    named.collect()
}
