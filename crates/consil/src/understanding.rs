//! What a spec comes to, in words: how long training takes, what the classes are, and what deserves a look.

use std::collections::BTreeMap;

use consil_data::Split;
use consil_diagnostic::Report;
use consil_nn::{EarlyStopping, Goal};

use crate::federation_check::keeps_parts;
use crate::model::Model;
use crate::project::Project;
use crate::settings::{AdaptedLayer, full_rank};

/// Classes this many times as frequent as the rarest make accuracy a poor measure.
const IMBALANCE: usize = 10;

/// More classes than these are counted, not listed.
const LISTED: usize = 12;

/// What is said of a project before it is trained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understanding {
    /// What the spec comes to, as label and value.
    pub facts: Vec<(String, String)>,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

impl Understanding {
    /// Of a project.
    pub fn new(project: &Project) -> Self {
        let mut said = Self::default();
        said.fact("training", training(project));
        said.federation(project);
        said.classes(project);
        said.adapters(project);
        said.unread(project);
        said
    }

    fn fact(&mut self, label: &str, value: String) {
        self.facts.push((label.to_owned(), value));
    }

    fn federation(&mut self, project: &Project) {
        let Some(config) = &project.spec().federate else { return };
        let plural = |n: u64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let sites = plural(u64::from(config.sites), "site");
        let (rounds, epochs) = (plural(config.rounds, "round"), plural(u64::from(config.local_epochs), "epoch"));
        let end = project.federated_stopping().map(|stopping| {
            let patience = (stopping.patience * project.spec().train.validate_every) as u64;
            let metric = &stopping.metric;
            match patience < config.rounds {
                true => format!(
                    "; ends early once {}, with the model of the best round",
                    not_better(stopping, &plural(patience, "round"))
                ),
                false => format!("; ends with the model of the round whose {metric} over the validation rows is best"),
            }
        });
        self.fact("federation", format!("{sites}, {rounds} of {epochs}{}", end.unwrap_or_default()));
        if keeps_parts(project.spec()) {
            self.warnings.push(
                "layers or buffers stay at the sites: the federation is judged by each site on its own rows, not by validation or test rows, and its model can be asked \
                 only at a site\n  help: remove `local` for one model that answers everywhere"
                    .to_owned(),
            );
        }
        if let Some(fault) = project.federation_refusal() {
            self.warnings.push(format!("`consil federate` refuses this spec: {}", Report::of(fault)));
        }
    }

    /// Adapters that save nothing, beside others that do.
    fn adapters(&mut self, project: &Project) {
        for network in project.model().networks().values() {
            for AdaptedLayer { layer, rank, shape: [out, width] } in full_rank(network.graph()) {
                let text = format!(
                    "the adapter of `{layer}` has the rank {rank}, which its {out} × {width} weight has too: it saves nothing there"
                );
                self.warnings.push(text);
            }
        }
    }

    /// Modalities that are read from the data, and by nothing else.
    fn unread(&mut self, project: &Project) {
        let spec = project.spec();
        let networks = project.model().networks();
        let is_read = |name: &String| {
            let by_network = spec.network.iter().filter(|(network, _)| networks.contains_key(*network));
            by_network.into_iter().any(|(_, config)| config.inputs().contains(name))
                || spec
                    .head
                    .as_ref()
                    .is_some_and(|head| head.inputs.as_ref().is_none_or(|inputs| inputs.contains(name)))
        };
        for name in spec.modality.keys().filter(|name| !is_read(name)) {
            let text = format!(
                "modality.{name} is read by no network and no head\n  help: remove it, or name it as the input of one"
            );
            self.warnings.push(text);
        }
    }

    /// Classes that rows spell in several ways.
    fn spellings(&mut self, classes: &BTreeMap<String, Vec<&str>>) {
        for (class, cells) in classes.iter().filter(|(_, cells)| cells.len() > 1).take(LISTED) {
            let cells = cells.iter().take(LISTED).map(|cell| format!("`{cell}`")).collect::<Vec<_>>().join(", ");
            let text = format!(
                "training rows spell the class `{class}` in several ways, which are taken for one: {cells}\n  help: if they are one, spell it in one way; if not, spell them so that they are not the same number, as in `v7.0`"
            );
            self.warnings.push(text);
        }
    }

    fn classes(&mut self, project: &Project) {
        let spelled = class_counts(&project.data().train);
        let total: usize = spelled.values().sum();
        let classes = by_class(project.model(), &spelled);
        self.spellings(&classes);
        let mut by_count: Vec<(&str, usize)> = classes
            .iter()
            .map(|(class, cells)| (class.as_str(), cells.iter().map(|cell| spelled[cell]).sum()))
            .collect();
        by_count.sort_by(|a, b| b.1.cmp(&a.1).then(consil_neurosym::label_order(a.0, b.0)));
        let (Some((most, n_most)), Some((least, n_least))) = (by_count.first(), by_count.last()) else { return };
        let shown: Vec<String> = by_count.iter().take(LISTED).map(|(class, n)| format!("{class} {n}")).collect();
        let more = by_count.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(", … {more} more") } else { String::new() };
        self.fact("training rows by class", format!("{}{more}", shown.join(", ")));
        let baseline = 100.0 * *n_most as f64 / total as f64;
        self.fact("always the most frequent", format!("`{most}`, right for {baseline:.1} % of the training rows"));
        if by_count.len() == 1 {
            let text = format!(
                "all {total} training rows are of one class, `{most}`: there is nothing to tell apart, and any accuracy is worth nothing\n  help: add rows of the other classes, or name another data.target"
            );
            self.warnings.push(text);
        } else if *n_most >= IMBALANCE * *n_least && by_count.len() <= LISTED {
            let text = format!(
                "the classes are far from balanced: `{most}` has {n_most} training rows and `{least}` {n_least}; always answering `{most}` is right for {baseline:.1} %\n  help: look at the balanced accuracy and the recall of each class, which `consil eval` prints"
            );
            self.warnings.push(text);
        }
    }
}

/// The cells that name each class: those that the model takes for one, as `consil eval` counts them.
fn by_class<'a>(model: &Model, spelled: &BTreeMap<&'a str, usize>) -> BTreeMap<String, Vec<&'a str>> {
    let mut classes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for cell in spelled.keys() {
        let class = model.targets().first().and_then(|target| model.label_of(target, cell));
        classes.entry(class.unwrap_or_else(|| (*cell).to_owned())).or_default().push(cell);
    }
    classes
}

/// How many rows have each cell.
fn class_counts(split: &Split) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for class in (0..split.len()).filter_map(|row| split.target(row)) {
        *counts.entry(class).or_default() += 1;
    }
    counts
}

/// As in `600 steps: 600 epochs of 1 batch; ends early once the loss of the validation rows has not fallen for 60 epochs`.
fn training(project: &Project) -> String {
    let (config, n_rows) = (project.train_config(), project.data().train.len());
    let plan = config.plan(n_rows);
    let plural = |n: u64, word: &str, many: &str| format!("{n} {}", if n == 1 { word } else { many });
    let epochs = plural(plan.epochs as u64, "epoch", "epochs");
    let batches = plural(plan.steps_per_epoch as u64, "batch", "batches");
    let size = config.batch_size.min(n_rows);
    let steps = format!("{}: {epochs} of {batches} of {size} rows", plural(plan.steps(), "step", "steps"));
    match &config.early_stopping {
        None => steps,
        Some(stopping) => {
            let patience = stopping.patience * config.validate_every;
            format!("{steps}; ends early once {}", not_better(stopping, &format!("{patience} epochs")))
        }
    }
}

/// As in `the validation rows' loss has not fallen for 60 epochs`.
fn not_better(stopping: &EarlyStopping, patience: &str) -> String {
    let way = if stopping.goal() == Goal::Lowest { "fallen" } else { "risen" };
    format!("the validation rows' {} has not {way} for {patience}", stopping.metric)
}
