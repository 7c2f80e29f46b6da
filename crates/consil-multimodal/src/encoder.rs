//! An encoder as a spec names it: a preset or a list of layers.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::layer::Layers;
use crate::preset::Preset;

/// What turns an input into a vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoder {
    /// `"image-cnn"`
    Preset(Preset),
    /// `[ { conv = 16 }, "relu", … ]`; what is left of positions or tokens at the end is averaged.
    Layers(Layers),
}

impl Serialize for Encoder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Preset(preset) => serializer.serialize_str(preset.name()),
            Self::Layers(layers) => layers.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Encoder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => name.parse().map(Self::Preset).map_err(D::Error::custom),
            list => Layers::read(&list).map(Self::Layers).map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for Encoder {
    fn schema_name() -> Cow<'static, str> {
        "Encoder".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
        let layers = generator.subschema_for::<Layers>();
        json_schema!({ "description": "A preset's name or a list of layers.", "anyOf": [{ "enum": names }, layers] })
    }
}
