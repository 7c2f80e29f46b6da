//! The spec: one TOML file that says what a sample holds, what is learned, which rules hold and how training and federation
//! go.

mod error;
mod logic;
mod overrides;

use std::collections::BTreeMap;
use std::path::Path;

use consil_data::{DataConfig, ModalityConfig, PartitionConfig};
use consil_diagnostic::file;
use consil_diagnostic::suggest::nearest_or_all;
use consil_multimodal::{HeadConfig, NetworkConfig};
use consil_nn::{ScheduleConfig, TrainConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::SpecError;
pub use logic::{AnswerConfig, IntegrationConfig, LearnConfig, LogicConfig, QueryColumn, QueryConfig};
pub use overrides::Override;

use crate::fine_tune::FineTuneConfig;

/// The spec's `[federate]` table: a federation whose rows are divided as `partition` says.
pub type FederateConfig = consil_fed::FederateConfig<PartitionConfig, ScheduleConfig>;

/// The whole of a spec file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spec {
    /// The system's name: run folders are named after it.
    pub name: String,
    /// The seed that all randomness derives from.
    #[serde(default)]
    pub seed: u64,
    /// Where samples come from.
    #[serde(default)]
    pub data: DataConfig,
    /// What a sample holds, by name.
    pub modality: BTreeMap<String, ModalityConfig>,
    /// What is learned, by the name that the rules use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub network: BTreeMap<String, NetworkConfig>,
    /// A classifier on the fused modalities, for a task without rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadConfig>,
    /// The rules that derive the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logic: Option<LogicConfig>,
    /// Weights that training begins with, and what of them it leaves as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_tune: Option<FineTuneConfig>,
    /// How training goes.
    #[serde(default)]
    pub train: TrainConfig,
    /// How federation goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federate: Option<FederateConfig>,
}

impl Spec {
    /// Reads a spec from a file, with `overrides` (`--set a.b=c`) applied before it is checked.
    ///
    /// # Errors
    /// When the file cannot be read or is not TOML, an override does not parse, a key is unknown or misses, or the parts do not belong
    /// together.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, SpecError> {
        let text = file::read_text(path, file::TEXT_LIMIT)?;
        Self::parse(&path.display().to_string(), &text, overrides)
    }

    /// Reads a spec from text; `name` is what errors call it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(name: &str, text: &str, overrides: &[Override]) -> Result<Self, SpecError> {
        let spec: Self = if overrides.is_empty() {
            toml::from_str(text).map_err(|error| SpecError::invalid(name, text, &error))?
        } else {
            let mut table: toml::Table =
                toml::from_str(text).map_err(|error| SpecError::invalid(name, text, &error))?;
            for change in overrides {
                change.apply(&mut table)?;
            }
            let text = toml::to_string(&table).map_err(|source| SpecError::Unwritable { source })?;
            toml::from_str(&text).map_err(|error| SpecError::invalid(&format!("{name} with --set"), &text, &error))?
        };
        spec.validate(name)?;
        Ok(spec)
    }

    /// The columns of the manifests that the rules and the federation read as text, whether or not they are inputs too.
    pub(crate) fn text_columns(&self) -> Vec<&str> {
        let mut columns = self.logic.as_ref().map(LogicConfig::columns).unwrap_or_default();
        if let Some(PartitionConfig::Column(column)) = self.federate.as_ref().map(|federate| &federate.partition) {
            columns.push(column);
        }
        columns
    }

    /// The spec as TOML, every default written out.
    ///
    /// # Errors
    /// When a value has no TOML form, such as an integer beyond 2⁶³.
    pub fn to_toml(&self) -> Result<String, SpecError> {
        toml::to_string(self).map_err(|source| SpecError::Unwritable { source })
    }

    /// The JSON schema of the spec, for editors.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Spec).to_value()
    }

    /// Refuses parts that do not belong together.
    fn validate(&self, name: &str) -> Result<(), SpecError> {
        let refuse =
            |problem: String, help: String| Err(SpecError::Inconsistent { name: name.to_owned(), problem, help });
        if let Some(reason) = crate::run_name::bad_name(&self.name) {
            let problem = format!("name `{}` cannot be the name of a run: {reason}", self.name);
            return refuse(problem, "a run is a folder of that name; give one of letters, digits and hyphens".into());
        }
        if self.modality.is_empty() {
            return refuse("the spec has no modality".into(), "add a table such as [modality.image]".into());
        }
        match (&self.logic, &self.head) {
            (None, None) => {
                return refuse(
                    "nothing is to be learned: there is neither [logic] nor [head]".into(),
                    "add [logic] with a program and a query, or [head] for a classifier without rules".into(),
                );
            }
            (Some(logic), Some(_)) if logic.learn.is_some() && logic.integration.is_some() => {
                return refuse(
                    "logic.learn and logic.integration exclude each other".into(),
                    "drop logic.learn: rules that answer together with the head learn from the joint answer".into(),
                );
            }
            (Some(_), None) if self.network.is_empty() => {
                return refuse(
                    "[logic] needs networks to learn, and the spec has none".into(),
                    "add a table [network.NAME] for each network that the program declares with nn(NAME, …)".into(),
                );
            }
            _ => {}
        }
        let is_read = |head: &HeadConfig, name: &String| head.inputs.as_ref().is_none_or(|read| read.contains(name));
        let list = self.modality.iter().find(|(name, modality)| {
            modality.count.is_some() && self.head.as_ref().is_some_and(|head| is_read(head, name))
        });
        if let (Some(_), Some((name, _))) = (&self.head, list) {
            return refuse(
                format!("[head] fuses single items, and the modality `{name}` is a list (count)"),
                "write its items as modalities of their own, or leave it out of head.inputs for the rules to read"
                    .into(),
            );
        }
        for (network, config) in &self.network {
            for input in config.inputs() {
                if !self.modality.contains_key(input) {
                    let known = self.modality.keys().map(String::as_str);
                    return refuse(
                        format!(
                            "network.{network} takes its input from the modality `{input}`, which the spec does not have"
                        ),
                        nearest_or_all(input, known),
                    );
                }
            }
        }
        Ok(())
    }
}
