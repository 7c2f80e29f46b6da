//! Writes layers the way they are read, leaving defaults out, and describes them to editors as a JSON schema.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::forms::FORMS;
use super::{Extent, Layer, Layers, Padding, Window};
use consil_graph::op::{Activation, Op};

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
            Layer::Linear { out, bias, lora } => {
                let mut table = vec![("linear", json!(out))];
                table.extend((!bias).then_some(("bias", json!(false))));
                table.extend(lora.map(|rank| ("lora", json!(rank))));
                ("linear", table)
            }
            Layer::Tied { layer, bias } => {
                let number = layer.parse::<u64>().map_or_else(|_| json!(layer), |number| json!(number));
                let mut table = vec![("tied", number)];
                table.extend(bias.then(|| ("bias", json!(true))));
                ("tied", table)
            }
            Layer::Flatten => ("flatten", vec![]),
            Layer::Activation(Activation::LeakyRelu { slope }) => ("leaky-relu", vec![("leaky-relu", decimal(*slope))]),
            Layer::Activation(activation) => (activation.layer_name(), vec![]),
            Layer::Op(op) => written_op(op),
            Layer::Embedding { vocabulary, width } => {
                ("embedding", vec![("embedding", json!({ "vocabulary": vocabulary, "width": width }))])
            }
            Layer::PositionEmbedding => ("position-embedding", vec![]),
            Layer::Attention { heads, causal, inner } => {
                let mut table = serde_json::Map::from_iter([("heads".to_owned(), json!(heads))]);
                table.extend(causal.then(|| ("causal".to_owned(), json!(true))));
                table.extend(inner.map(|inner| ("inner".to_owned(), json!(inner))));
                ("attention", vec![("attention", Value::Object(table))])
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

/// An op by the spelling that its own file gives, its main attribute first, defaults left out.
fn written_op(op: &Op) -> (&'static str, Vec<(&'static str, Value)>) {
    let Some(form) = op.layer_form() else { return (op.name(), vec![]) };
    let stored = serde_json::to_value(op).expect("ops hold only strings, numbers and lists");
    let mut table = Vec::new();
    for key in form.keys {
        let value = match &stored[key.name] {
            Value::Number(number) if number.is_u64() => Value::Number(number.clone()),
            number => decimal(number.as_f64().unwrap_or(f64::NAN) as f32),
        };
        let is_default = key.default.is_some_and(|default| value.as_f64() == Some(default));
        match (form.main == Some(key.name), is_default) {
            // Where another attribute is written, the main one must be.
            (true, _) => table.insert(0, (form.name, value, is_default)),
            (false, true) => {}
            (false, false) => table.push((key.name, value, false)),
        }
    }
    if table.iter().all(|(.., is_default)| *is_default) {
        return (form.name, vec![]);
    }
    (form.name, table.into_iter().map(|(key, value, _)| (key, value)).collect())
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
        for form in FORMS.iter() {
            properties.insert(form.name.to_owned(), json!({ "description": format!("Example: {}", form.example) }));
            for key in &form.keys {
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
