//! Targets of composed samples: what the rules derive when every network is right about every input.

use consil_data::{Item, Split};
use consil_diagnostic::Hint;
use consil_logic::{LeafKind, Workspace};
use consil_neurosym::{CompiledQuery, find};

use crate::model::item_of;

/// How many rows are derived at once.
const ROWS: usize = 512;

/// Why targets cannot be derived from the rules.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// The data does not know what an input truly shows.
    #[error("row {row} does not know what `{item}` shows, and so its target cannot be derived")]
    Unknown {
        /// The row.
        row: usize,
        /// The input.
        item: Item,
    },
    /// What an input truly shows is no class of its network.
    #[error("row {row}: `{item}` shows `{label}`, which is no class of the network `{network}`")]
    NoClass {
        /// The row.
        row: usize,
        /// The input.
        item: Item,
        /// What it shows.
        label: String,
        /// The network.
        network: String,
    },
    /// A network sees several inputs at once, and the data knows what each shows alone.
    #[error(
        "what the network `{network}` should say of {inputs} together is not known, and so the rules derive no target"
    )]
    SeveralInputs {
        /// The network.
        network: String,
        /// Its inputs.
        inputs: String,
    },
    /// Each row asks its own question, and there is no target to compare the answer with.
    #[error("rows have queries, facts or rules of their own, and no target")]
    OwnQueries,
}

impl Hint for DeriveError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { .. } => "name a target column (data.target), or a pool with labels".to_owned(),
            Self::NoClass { network, .. } => {
                format!("add it to the classes of nn({network}, …) in the rules, or mend the label")
            }
            Self::SeveralInputs { .. } => {
                "name in logic.truth a query that asks of each input alone, or a target column (data.target)".to_owned()
            }
            Self::OwnQueries => "name the target's column (data.target)".to_owned(),
        })
    }
}

/// The target of each row, as its cell would have it.
pub(crate) fn derive_targets(query: Option<&CompiledQuery>, split: &Split) -> Result<Vec<String>, DeriveError> {
    let query = query.ok_or(DeriveError::OwnQueries)?;
    let plan = query.plan();
    for leaf in plan.groups() {
        if let LeafKind::Neural { network, inputs, .. } = &leaf.kind
            && inputs.len() > 1
        {
            let inputs: Vec<String> = inputs.iter().map(|input| format!("`{input}`")).collect();
            return Err(DeriveError::SeveralInputs { network: network.clone(), inputs: inputs.join(" and ") });
        }
    }
    let mut workspace = Workspace::default();
    let mut targets = Vec::with_capacity(split.len());
    let rows: Vec<usize> = (0..split.len()).collect();
    for rows in rows.chunks(ROWS) {
        let batch = rows.len();
        let constants = plan.default_log_weights();
        let mut log_weights: Vec<f32> = constants.iter().flat_map(|w| std::iter::repeat_n(*w as f32, batch)).collect();
        for leaf in plan.groups() {
            let LeafKind::Neural { network, inputs, classes } = &leaf.kind else { continue };
            for (b, row) in rows.iter().enumerate() {
                let item = inputs.first().and_then(item_of).expect("the plan's inputs were checked");
                let label =
                    split.concept(*row, &item).ok_or_else(|| DeriveError::Unknown { row: *row, item: item.clone() })?;
                let class = find(classes, label).ok_or_else(|| DeriveError::NoClass {
                    row: *row,
                    item,
                    label: label.to_owned(),
                    network: network.clone(),
                })?;
                for (i, slot) in leaf.slots.clone().enumerate() {
                    log_weights[slot * batch + b] = if i == class { 0.0 } else { f32::NEG_INFINITY };
                }
            }
        }
        plan.forward(&log_weights, batch, &mut workspace);
        targets.extend((0..batch).map(|b| query.answer(&workspace, b).text()));
    }
    Ok(targets)
}
