//! The `target` key and the `[data.target.NAME]` sections of a spec.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};

/// What is to be learned: the column of one class, or several targets by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TargetsConfig {
    /// `target = "result"`: the column of a class.
    Class(String),
    /// `[data.target.NAME]`.
    Named(BTreeMap<String, TargetConfig>),
}

/// One target.
#[derive(Clone, Debug, PartialEq, Serialize, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TargetConfig {
    /// What a cell holds.
    pub kind: TargetKind,
    /// The manifest column; the target's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The manifest columns of `numbers` that stand in one column each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What stands between the members of a cell; `;` when absent, and white space for `sequence`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The classes or labels that may occur; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
    /// The weight of its loss among those of the other targets.
    #[serde(default = "one")]
    pub weight: f64,
}

/// What a target's cells hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TargetKind {
    /// One of several classes.
    Class,
    /// A set of labels.
    Labels,
    /// A number.
    Number,
    /// As many numbers in each row.
    Numbers,
    /// Symbols in order.
    Sequence,
    /// Ground facts.
    Facts,
}

fn one() -> f64 {
    1.0
}

impl TargetConfig {
    /// A target of a kind with every other field at its default.
    pub fn new(kind: TargetKind) -> Self {
        Self { kind, column: None, columns: Vec::new(), separator: None, classes: None, weight: one() }
    }

    /// The manifest columns of a target of this name.
    pub fn columns_of(&self, name: &str) -> Vec<String> {
        match self.columns.as_slice() {
            [] => vec![self.column.clone().unwrap_or_else(|| name.to_owned())],
            several => several.to_vec(),
        }
    }
}

impl TargetsConfig {
    /// Each target by name; `classes` are those of a single class target.
    pub fn named(&self, classes: Option<&Vec<String>>) -> BTreeMap<String, TargetConfig> {
        match self {
            Self::Class(column) => {
                let config = TargetConfig { classes: classes.cloned(), ..TargetConfig::new(TargetKind::Class) };
                BTreeMap::from([(column.clone(), config)])
            }
            Self::Named(named) => named.clone(),
        }
    }

    /// The manifest columns of all targets.
    pub fn columns(&self) -> Vec<String> {
        self.named(None).iter().flat_map(|(name, config)| config.columns_of(name)).collect()
    }

    /// The column of the only target, where it is one column.
    pub fn column(&self) -> Option<String> {
        match self.columns().as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }
}

impl From<&str> for TargetsConfig {
    fn from(column: &str) -> Self {
        Self::Class(column.to_owned())
    }
}

impl<'de> Deserialize<'de> for TargetsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = TargetsConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, or a table of targets such as [data.target.severity]")
            }

            fn visit_str<E>(self, column: &str) -> Result<TargetsConfig, E> {
                Ok(TargetsConfig::Class(column.to_owned()))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<TargetsConfig, M::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(TargetsConfig::Named)
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for TargetsConfig {
    fn schema_name() -> Cow<'static, str> {
        "TargetsConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What is to be learned: the column of one class, or several targets by name.",
            "anyOf": [
                { "type": "string" },
                { "type": "object", "additionalProperties": generator.subschema_for::<TargetConfig>() },
            ],
        })
    }
}
