//! Writes layers the way they are read, leaving defaults out, and describes them to editors as a JSON schema.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::forms::FORMS;
use super::{Extent, Layer, Layers, Padding, Window};
use crate::graph::op::Activation;

impl Serialize for Layers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, attributes) = self.written();
        if attributes.is_empty() {
            return serializer.serialize_str(name);
        }
        let mut map = serializer.serialize_map(Some(attributes.len()))?;
        for (key, value) in attributes {
            map.serialize_entry(key, &value)?;
        }
        map.end()
    }
}

/// The layer as errors and tables show it: `conv = 32, kernel = 5`.
impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, attributes) = self.written();
        if attributes.is_empty() {
            return f.write_str(name);
        }
        for (i, (key, value)) in attributes.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            match value {
                Value::Array(layers) if layers.iter().any(|l| !l.is_number()) => write!(f, "{comma}{key} = […]")?,
                Value::Object(table) => {
                    let pairs: Vec<String> = table.iter().map(|(k, v)| format!("{k} = {v}")).collect();
                    write!(f, "{comma}{key} = {{ {} }}", pairs.join(", "))?;
                }
                value => write!(f, "{comma}{key} = {value}")?,
            }
        }
        Ok(())
    }
}

impl Layer {
    /// The layer's name, and its table: empty where the bare name is the layer, else the name's own value first.
    fn written(&self) -> (&'static str, Vec<(&'static str, Value)>) {
        match self {
            Layer::Conv { out, kernel, stride, padding, dilation, groups, bias } => {
                let mut table = vec![("conv", json!(out)), ("kernel", kernel.value())];
                let mut unless = |default: bool, key, value| (!default).then(|| table.push((key, value)));
                unless(*stride == Extent::All(1), "stride", stride.value());
                unless(*padding == Padding::default(), "padding", padding.value());
                unless(*dilation == Extent::All(1), "dilation", dilation.value());
                unless(*groups == 1, "groups", json!(groups));
                unless(*bias, "bias", json!(bias));
                ("conv", table)
            }
            Layer::MaxPool(window) => ("max-pool", window.written("max-pool")),
            Layer::AveragePool(window) => ("average-pool", window.written("average-pool")),
            Layer::GlobalAveragePool => ("global-average-pool", vec![]),
            Layer::Linear { out, bias: true } => ("linear", vec![("linear", json!(out))]),
            Layer::Linear { out, bias: false } => ("linear", vec![("linear", json!(out)), ("bias", json!(false))]),
            Layer::Flatten => ("flatten", vec![]),
            Layer::Activation(Activation::Relu) => ("relu", vec![]),
            Layer::Activation(Activation::LeakyRelu { slope }) => ("leaky-relu", vec![("leaky-relu", decimal(*slope))]),
            Layer::Activation(Activation::Gelu) => ("gelu", vec![]),
            Layer::Activation(Activation::Silu) => ("silu", vec![]),
            Layer::Activation(Activation::Sigmoid) => ("sigmoid", vec![]),
            Layer::Activation(Activation::Tanh) => ("tanh", vec![]),
            Layer::Softmax => ("softmax", vec![]),
            Layer::LogSoftmax => ("log-softmax", vec![]),
            Layer::Dropout { rate } => ("dropout", vec![("dropout", decimal(*rate))]),
            Layer::LayerNorm { epsilon } => ("layer-norm", unless_default("layer-norm", *epsilon, 1e-5)),
            Layer::BatchNorm { epsilon, momentum } if (*epsilon, *momentum) == (1e-5, 0.1) => ("batch-norm", vec![]),
            Layer::BatchNorm { epsilon, momentum } => {
                ("batch-norm", vec![("batch-norm", decimal(*epsilon)), ("momentum", decimal(*momentum))])
            }
            Layer::RmsNorm { epsilon } => ("rms-norm", unless_default("rms-norm", *epsilon, 1e-6)),
            Layer::Embedding { vocabulary, width } => {
                ("embedding", vec![("embedding", json!({ "vocabulary": vocabulary, "width": width }))])
            }
            Layer::PositionEmbedding => ("position-embedding", vec![]),
            Layer::Attention { heads, causal: false } => ("attention", vec![("attention", json!({ "heads": heads }))]),
            Layer::Attention { heads, causal } => {
                ("attention", vec![("attention", json!({ "heads": heads, "causal": causal }))])
            }
            Layer::MeanTokens => ("mean-tokens", vec![]),
            Layer::Transpose => ("transpose", vec![]),
            Layer::Reshape { shape } => ("reshape", vec![("reshape", json!(shape))]),
            Layer::Residual { layers, shortcut } => {
                let mut table = vec![("residual", layers.value())];
                if !shortcut.0.is_empty() {
                    table.push(("shortcut", shortcut.value()));
                }
                ("residual", table)
            }
        }
    }

    /// The layer's name.
    pub fn name(&self) -> &'static str {
        self.written().0
    }
}

impl Layers {
    fn value(&self) -> Value {
        self.0
            .iter()
            .map(|layer| serde_json::to_value(layer).expect("layers hold only strings, numbers and lists"))
            .collect()
    }
}

impl Window {
    fn written(&self, name: &'static str) -> Vec<(&'static str, Value)> {
        let mut table = vec![(name, self.kernel.value())];
        table.extend(self.stride.as_ref().map(|stride| ("stride", stride.value())));
        table
    }
}

impl Extent {
    fn value(&self) -> Value {
        match self {
            Self::All(n) => json!(n),
            Self::Each(each) => json!(each),
        }
    }
}

impl Padding {
    fn value(&self) -> Value {
        match self {
            Self::Same => json!("same"),
            Self::Zeros(extent) => extent.value(),
        }
    }
}

fn unless_default(name: &'static str, value: f32, default: f32) -> Vec<(&'static str, Value)> {
    if value == default { vec![] } else { vec![(name, decimal(value))] }
}

/// The shortest decimal that reads back as the same `f32`: `0.2` rather than `0.20000000298…`.
fn decimal(x: f32) -> Value {
    json!(x.to_string().parse::<f64>().unwrap_or(f64::from(x)))
}

impl JsonSchema for Layers {
    fn schema_name() -> Cow<'static, str> {
        "Layers".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let bare: Vec<&str> = FORMS.iter().filter(|form| form.bare).map(|form| form.name).collect();
        let mut properties = serde_json::Map::new();
        for form in FORMS {
            properties.insert(form.name.to_owned(), json!({ "description": format!("Example: {}", form.example) }));
            for key in form.keys {
                properties.entry(*key).or_insert_with(|| json!({}));
            }
        }
        let heads: Vec<Value> = FORMS.iter().map(|form| json!({ "required": [form.name] })).collect();
        json_schema!({
            "type": "array",
            "description": "Layers, each reading the one before.",
            "items": {
                "anyOf": [
                    { "enum": bare },
                    { "type": "object", "properties": properties, "additionalProperties": false, "oneOf": heads },
                ],
            },
        })
    }
}
