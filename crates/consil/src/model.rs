//! What the weights mean: the prepared senses, the networks, and the rules or the head that turn them into an answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_data::{Item, Preparation};
use consil_graph::{Graph, Layout};
use consil_logic::{Budget, Diagnostics, Engine, Goal, LeafKind, Program, ReasonError, Term};
use consil_multimodal::InputShape;
use consil_neurosym::Question;
use consil_nn::Network;
use sha2::{Digest, Sha256};

use crate::fine_tune::FineTuneError;
use crate::spec::{Spec, did_you_mean};

/// A system ready to be given weights.
pub struct Model {
    spec: Spec,
    preparations: BTreeMap<String, Preparation>,
    networks: BTreeMap<String, Network>,
    layout: Arc<Layout>,
    answer: Answer,
}

/// What gives the answer.
pub(crate) enum Answer {
    /// Rules over the networks' classes.
    Rules(Box<Rules>),
    /// A classifier over the fused senses.
    Head {
        /// The labels it chooses from.
        classes: Vec<String>,
    },
}

/// A rule program and the question put to it.
pub(crate) struct Rules {
    pub source: String,
    pub query: Term,
    /// The classes of each network, as the program declares them.
    pub classes: BTreeMap<String, Vec<String>>,
    pub question: Arc<Question>,
}

/// The name under which a head's graph is known.
pub(crate) const HEAD: &str = "head";

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
    /// Builds the system of a spec whose relative paths begin at `base`. `labels` are the target's labels, which a head
    /// chooses from; rules have their own.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(
        spec: &Spec,
        base: &Path,
        preparations: BTreeMap<String, Preparation>,
        labels: &[String],
    ) -> Result<Self, ModelError> {
        let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
        let answer = match (&spec.logic, &spec.head) {
            (Some(logic), _) => {
                let rules = Rules::read(spec, &logic.query, &base.join(&logic.program))?;
                for (name, classes) in &rules.classes {
                    let config = &spec.network[name];
                    graphs.insert(
                        name.clone(),
                        config.build_among(
                            &spec.network,
                            name,
                            &input_shapes(config.inputs(), &preparations),
                            classes.len(),
                        )?,
                    );
                }
                Answer::Rules(Box::new(rules))
            }
            (None, Some(head)) => {
                let inputs = preparations.iter().map(|(name, p)| (name.clone(), shape_of(p))).collect();
                graphs.insert(HEAD.to_owned(), head.build(HEAD, &inputs, labels.len())?);
                Answer::Head { classes: labels.to_vec() }
            }
            (None, None) => unreachable!("a spec with neither rules nor head was refused when it was read"),
        };
        if let Some(fine_tune) = &spec.fine_tune {
            fine_tune.freeze(&mut graphs)?;
        }
        let layout = Arc::new(Layout::of(&graphs.values().collect::<Vec<_>>())?);
        let networks = graphs
            .into_iter()
            .map(|(name, graph)| Ok((name, Network::new(Arc::new(graph), &layout)?)))
            .collect::<Result<_, ModelError>>()?;
        Ok(Self { spec: spec.clone(), preparations, networks, layout, answer })
    }

    /// The spec.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How each modality is prepared.
    pub fn preparations(&self) -> &BTreeMap<String, Preparation> {
        &self.preparations
    }

    /// The networks, by name; a head is one network called `head`.
    pub fn networks(&self) -> &BTreeMap<String, Network> {
        &self.networks
    }

    /// Where each parameter stands in the flat vector of weights.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The rule program's text, where there are rules.
    pub fn program(&self) -> Option<&str> {
        match &self.answer {
            Answer::Rules(rules) => Some(&rules.source),
            Answer::Head { .. } => None,
        }
    }

    /// The labels that a target may have.
    pub fn labels(&self) -> Vec<String> {
        match &self.answer {
            Answer::Rules(rules) => rules.question.labels().to_vec(),
            Answer::Head { classes } => classes.clone(),
        }
    }

    /// A hash of all that gives the weights their meaning: modalities, networks, rules, head. A checkpoint of another
    /// fingerprint is refused.
    pub fn fingerprint(&self) -> String {
        let meaning = serde_json::json!({
            "modality": self.spec.modality,
            "network": self.spec.network,
            "head": self.spec.head,
            "program": self.program(),
            "query": self.spec.logic.as_ref().map(|logic| &logic.query),
        });
        Sha256::digest(meaning.to_string()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Reads the rules of a spec, where it has any, and finds what is wrong with them.
pub(crate) fn check_rules(spec: &Spec, base: &Path) -> Result<(), ModelError> {
    match &spec.logic {
        Some(logic) => Rules::read(spec, &logic.query, &base.join(&logic.program)).map(drop),
        None => Ok(()),
    }
}

/// What a preparation gives a network.
fn shape_of(preparation: &Preparation) -> InputShape {
    InputShape { shape: preparation.shape(), time: preparation.time(), vocabulary: preparation.vocabulary() }
}

fn input_shapes(inputs: &[String], preparations: &BTreeMap<String, Preparation>) -> Vec<InputShape> {
    inputs.iter().map(|input| shape_of(&preparations[input])).collect()
}

impl Rules {
    fn read(spec: &Spec, query: &str, path: &Path) -> Result<Self, ModelError> {
        let source =
            std::fs::read_to_string(path).map_err(|source| ModelError::Program { path: path.to_owned(), source })?;
        let name = path.display().to_string();
        let program = Program::parse(&name, &source).map_err(ModelError::Rules)?;
        let declared: Vec<&str> = spec.network.keys().map(String::as_str).collect();
        program.check_networks(&declared).map_err(ModelError::Rules)?;
        let query = consil_logic::parse_term(query).map_err(ModelError::Query)?;
        let classes = (program.networks().iter())
            .map(|decl| (decl.network.clone(), decl.classes.iter().map(ToString::to_string).collect()))
            .collect();
        let engine = Engine::new(program)?;
        let goal = goal(spec, engine.program(), &query);
        let plan = engine.plan(&goal, &Budget::default())?;
        let question = Arc::new(Question::new(&query, plan));
        let rules = Self { source, query, classes, question };
        if rules.question.labels().is_empty() {
            return Err(ModelError::NoAnswer { query: rules.query.to_string(), program: name });
        }
        rules.check_inputs(spec)?;
        Ok(rules)
    }

    /// Every input that the rules show a network must be an item of the modality that the spec gives it.
    fn check_inputs(&self, spec: &Spec) -> Result<(), ModelError> {
        for leaf in self.question.plan().groups() {
            let LeafKind::Neural { network, inputs, .. } = &leaf.kind else { continue };
            let expected = spec.network[network].inputs();
            for (input, expected) in inputs.iter().zip(expected) {
                let Some(item) = item_of(input).filter(|item| is_item(spec, item)) else {
                    return Err(ModelError::UnknownInput {
                        network: network.clone(),
                        input: input.to_string(),
                        help: did_you_mean(&input.to_string(), items(spec).iter().map(String::as_str)),
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

/// What is asked of each sample: the query, and for a program that declares `:- dynamic items/2`, the items of each list modality
/// as facts `items(image, [image(0), image(1)])`.
fn goal(spec: &Spec, program: &Program, query: &Term) -> Goal {
    if !program.takes_facts("items", 2) {
        return Goal::new(query.clone());
    }
    let lists = spec.modality.iter().filter_map(|(name, modality)| Some((name, modality.count?)));
    let facts = lists
        .map(|(name, count)| {
            let items = (0..count).map(|i| Term::compound(name, vec![Term::Int(i as i64)])).collect();
            Term::compound("items", vec![Term::atom(name), Term::list(items)])
        })
        .collect();
    Goal { query: query.clone(), evidence: Vec::new(), facts }
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
