//! What the weights mean: the prepared modalities, the networks, and the rules and the head that turn them into answers.

mod error;
mod fitted;
mod interface;
mod lengths;
mod resolve;
mod rules;
mod shown;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use consil_data::{Item, Preparation};
use consil_graph::{Graph, Layout};
use consil_logic::Term;
use consil_multimodal::{HeadTarget, HeadTargetKind, InputShape};
use consil_neurosym::{
    AnsweredBy, HEAD, HeadKind, HeadOutput, Integration, NumberLoss, QueryKind, Scale, find, read, spell,
};
use consil_nn::Network;
use sha2::{Digest, Sha256};

pub use error::ModelError;
pub(crate) use fitted::TARGET;
pub use fitted::{Fitted, FittedTarget, FittedValues};
pub use interface::GraphMismatch;
pub use rules::QueryError;
pub(crate) use rules::{Asked, AskedFor, Rules};

use crate::run::KeptGraphs;
use crate::spec::{AnswerConfig, Spec};

/// A system ready to be given weights.
pub struct Model {
    spec: Spec,
    fitted: Fitted,
    networks: BTreeMap<String, Network>,
    layout: Arc<Layout>,
    targets: Vec<ModelTarget>,
    rules: Option<Arc<Rules>>,
    graphs: KeptGraphs,
}

/// A target and what answers it.
#[derive(Clone, Debug)]
pub(crate) struct ModelTarget {
    pub name: String,
    pub weight: f64,
    pub by: AnsweredBy,
}

impl Model {
    /// Builds the system of a spec whose relative paths begin at `base`, for what was fitted on its training rows. Rules know their own answers; a head chooses among
    /// the fitted labels.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &Spec, base: &Path, fitted: Fitted) -> Result<Self, ModelError> {
        let parts = Parts::of(spec, base, &fitted)?;
        let graphs = parts.graphs(&fitted)?;
        Self::assemble(fitted, parts, KeptGraphs::new(graphs))
    }

    /// As [`Model::build`], with the graphs that a run keeps in place of those that the spec would give today.
    ///
    /// # Errors
    /// [`ModelError`], and among them [`ModelError::Graph`] where a graph does not fit what was fitted.
    pub(crate) fn build_with(spec: &Spec, base: &Path, fitted: Fitted, kept: KeptGraphs) -> Result<Self, ModelError> {
        let parts = Parts::of(spec, base, &fitted)?;
        Self::assemble(fitted, parts, kept)
    }

    /// The model with other graphs for some of its networks: what a pass made of them ([`Graph::rewrite`]). Parameters may be others than before.
    ///
    /// # Errors
    /// When a graph is of no network, or takes or gives something else than it.
    pub fn with_graphs(&self, graphs: BTreeMap<String, Graph>) -> Result<Self, ModelError> {
        let mut all = self.graphs.graphs().clone();
        all.extend(graphs);
        let (spec, rules, targets) = (self.spec.clone(), self.rules.clone(), self.targets.clone());
        let parts = Parts { spec, rules, targets, outputs: Vec::new() };
        Self::assemble(self.fitted.clone(), parts, KeptGraphs::new(all))
    }

    fn assemble(mut fitted: Fitted, parts: Parts, kept: KeptGraphs) -> Result<Self, ModelError> {
        let Parts { spec, rules, targets, .. } = parts;
        let classes = rules.iter().flat_map(|rules| &rules.classes);
        let n_classes = classes.map(|(name, classes)| (name.clone(), classes.len())).collect();
        interface::check(&spec, &fitted.preparations, &n_classes, &targets, kept.graphs())?;
        lengths::settle(&mut fitted.preparations, &spec, kept.graphs());
        let layout = Arc::new(Layout::of(&kept.graphs().values().collect::<Vec<_>>())?);
        let network =
            |(name, graph): (&String, &Graph)| Ok((name.clone(), Network::new(Arc::new(graph.clone()), &layout)?));
        let networks = kept.graphs().iter().map(network).collect::<Result<_, ModelError>>()?;
        Ok(Self { spec, fitted, networks, layout, targets, rules, graphs: kept })
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

    /// The networks' graphs as a run keeps them.
    pub(crate) fn graphs(&self) -> &KeptGraphs {
        &self.graphs
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

/// What of a model is not graph: its spec with as many inputs as the rules show, its rules, its targets, and the head's outputs that answer them.
struct Parts {
    spec: Spec,
    rules: Option<Arc<Rules>>,
    targets: Vec<ModelTarget>,
    outputs: Vec<HeadTarget>,
}

impl Parts {
    fn of(spec: &Spec, base: &Path, fitted: &Fitted) -> Result<Self, ModelError> {
        let of_rules = of_rules(spec, fitted)?;
        let rules = match &spec.logic {
            Some(logic) => {
                let kind = query_kind(logic.answer, of_rules.map(|target| &target.values));
                let open = open_facts(&fitted.open_facts)?;
                Some(Arc::new(Rules::read(spec, &base.join(&logic.program), kind, open)?))
            }
            None => None,
        };
        let targets = targets(spec, fitted, of_rules, rules.as_deref())?;
        let (targets, outputs): (Vec<_>, Vec<_>) = targets.into_iter().unzip();
        let spec = rules.as_ref().map_or_else(|| spec.clone(), |rules| rules.spec().clone());
        Ok(Self { spec, rules, targets, outputs: outputs.into_iter().flatten().collect() })
    }

    /// The graphs that the spec gives.
    fn graphs(&self, fitted: &Fitted) -> Result<BTreeMap<String, Graph>, ModelError> {
        let spec = &self.spec;
        let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
        let inputs = input_shapes(spec, &fitted.preparations);
        for (name, classes) in self.rules.iter().flat_map(|rules| &rules.classes) {
            let config = &spec.network[name];
            let shapes: Vec<InputShape> = config.inputs().iter().map(|input| inputs[input].clone()).collect();
            graphs.insert(name.clone(), config.build_among(&spec.network, name, &shapes, classes.len())?);
        }
        if let Some(head) = &spec.head {
            let is_gated = |by: &AnsweredBy| matches!(by, AnsweredBy::Both { integration: Integration::Gate, .. });
            let has_gate = self.targets.iter().any(|target| is_gated(&target.by));
            graphs.insert(HEAD.to_owned(), head.build_targets(HEAD, &inputs, &self.outputs, has_gate)?);
        }
        if let Some(fine_tune) = &spec.fine_tune {
            fine_tune.freeze(&mut graphs)?;
        }
        Ok(graphs)
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
    let answer = spec.logic.as_ref().and_then(|logic| logic.answer);
    let answers_classes = answer.is_none_or(|answer| answer == AnswerConfig::Class);
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
            (true, HeadKind::Class(_)) if answers_classes => {
                let integration = spec.logic.as_ref().and_then(|logic| logic.integration).unwrap_or_default();
                AnsweredBy::Both { head, integration: integration.into() }
            }
            (true, _) => {
                return Err(unanswered(
                    "rules and head answer classes together; leave labels and sequences to one of them (logic.target)",
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
    let (shape, time, vocabulary) = (preparation.shape(), preparation.time(), preparation.vocabulary());
    InputShape { shape, time, vocabulary, limit: None }
}

/// What each modality gives a network. Learned positions are made for as many steps as the spec says that rows may have; the limit that the data decide is for
/// layers that take any length.
fn input_shapes(spec: &Spec, preparations: &BTreeMap<String, Preparation>) -> BTreeMap<String, InputShape> {
    let limit = |name: &String| spec.modality.get(name).and_then(|modality| modality.max_length);
    let shape = |(name, preparation)| (String::clone(name), InputShape { limit: limit(name), ..shape_of(preparation) });
    preparations.iter().map(shape).collect()
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
