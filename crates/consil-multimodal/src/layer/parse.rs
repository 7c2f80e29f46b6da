//! Reads layers from any self-describing format, with errors that name the layer and the nearest known name.

use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::forms::{FORMS, Form, find};
use super::{Extent, Layer, LayerError, Layers, Padding, Window};
use consil_diagnostic::nearest;
use consil_graph::op::{Activation, KeyKind, LayerForm, Op};

impl<'de> Deserialize<'de> for Layers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl FromStr for Layers {
    type Err = LayerError;

    /// Reads a list in TOML's syntax: `[ { linear = 64 }, "relu" ]`.
    fn from_str(text: &str) -> Result<Self, LayerError> {
        let mut document: Map<String, Value> = toml::from_str(&format!("layers = {text}"))
            .map_err(|error| LayerError::Syntax { message: error.message().to_owned() })?;
        Self::read(&document.remove("layers").unwrap_or(Value::Null))
    }
}

impl Layers {
    /// Reads layers from a value of any format.
    ///
    /// # Errors
    /// [`LayerError`], naming the first layer that cannot be read.
    pub fn read(value: &Value) -> Result<Self, LayerError> {
        read_list(value, "")
    }
}

fn read_list(value: &Value, above: &str) -> Result<Layers, LayerError> {
    let list = value.as_array().ok_or_else(|| LayerError::NotAList { found: value.to_string() })?;
    list.iter().enumerate().map(|(i, item)| read_layer(item, format!("{above}{}", i + 1))).collect()
}

fn read_layer(value: &Value, number: String) -> Result<Layer, LayerError> {
    let (form, given) = match value {
        Value::String(name) => {
            let form = find(name).ok_or_else(|| unknown_layer(&number, name))?;
            (form, Map::new())
        }
        Value::Object(table) => split(table, &number)?,
        other => return Err(LayerError::NotALayer { number, found: other.to_string() }),
    };
    if let Some(key) = given.keys().find(|key| !form.keys.contains(&key.as_str())) {
        return Err(LayerError::UnknownKey {
            nearest: nearest(key, form.keys.iter().copied()),
            known: form.keys.clone(),
            layer: form.name,
            key: key.clone(),
            number,
        });
    }
    Attributes { number, form, given }.layer()
}

/// The layer that a table holds, and its attributes under their own names.
fn split(table: &Map<String, Value>, number: &str) -> Result<(&'static Form, Map<String, Value>), LayerError> {
    let mut heads = table.keys().filter_map(|key| find(key));
    let Some(form) = heads.next() else {
        // `{ conf = 3, kernel = 3 }`: an attribute's name is not the misspelt one.
        let is_attribute = |key: &&String| FORMS.iter().any(|form| form.keys.contains(&key.as_str()));
        let name = table.keys().find(|key| !is_attribute(key)).or(table.keys().next());
        return Err(unknown_layer(number, name.map_or("", String::as_str)));
    };
    if let Some(second) = heads.next() {
        return Err(LayerError::TwoLayers { number: number.to_owned(), first: form.name, second: second.name });
    }
    let mut given = match (&table[form.name], form.main) {
        (Value::Object(attributes), _) => attributes.clone(),
        (Value::Bool(true), None) if form.keys.is_empty() => Map::new(),
        (value, Some(main)) => Map::from_iter([(main.to_owned(), value.clone())]),
        (value, None) => {
            return Err(LayerError::WrongValue {
                number: number.to_owned(),
                layer: form.name,
                key: form.name.to_owned(),
                expected: if form.keys.is_empty() { "written as a name alone" } else { "a table" },
                found: value.to_string(),
            });
        }
    };
    for (key, value) in table.iter().filter(|(key, _)| *key != form.name) {
        if given.insert(key.clone(), value.clone()).is_some() {
            return Err(LayerError::GivenTwice { number: number.to_owned(), layer: form.name, key: key.clone() });
        }
    }
    Ok((form, given))
}

fn unknown_layer(number: &str, name: &str) -> LayerError {
    let known = || FORMS.iter().map(|form| form.name);
    LayerError::UnknownLayer {
        number: number.to_owned(),
        name: name.to_owned(),
        nearest: nearest(name, known()),
        known: known().collect(),
    }
}

/// The attributes given for a layer.
struct Attributes {
    number: String,
    form: &'static Form,
    given: Map<String, Value>,
}

impl Attributes {
    fn layer(&self) -> Result<Layer, LayerError> {
        if let Some(op) = &self.form.op {
            return self.op(op).map(Layer::Op);
        }
        Ok(match self.form.name {
            "conv" => Layer::Conv {
                out: self.need("out", "a whole number", size)?,
                kernel: self.or("kernel", Extent::All(3))?,
                stride: self.or("stride", Extent::All(1))?,
                padding: self
                    .get("padding", "\"same\", a whole number or a list of them", padding)?
                    .unwrap_or_default(),
                dilation: self.or("dilation", Extent::All(1))?,
                groups: self.get("groups", "a whole number", size)?.unwrap_or(1),
                bias: self.get("bias", "true or false", Value::as_bool)?.unwrap_or(true),
            },
            "max-pool" => Layer::MaxPool(self.window()?),
            "average-pool" => Layer::AveragePool(self.window()?),
            "global-average-pool" => Layer::GlobalAveragePool,
            "linear" => Layer::Linear {
                out: self.need("out", "a whole number", size)?,
                bias: self.get("bias", "true or false", Value::as_bool)?.unwrap_or(true),
                lora: self.get("lora", "a whole number", size)?,
            },
            "tied" => Layer::Tied {
                layer: self.need("layer", "the number of a layer before it, such as 1 or \"4.2\"", number)?,
                bias: self.get("bias", "true or false", Value::as_bool)?.unwrap_or(false),
            },
            "flatten" => Layer::Flatten,
            "leaky-relu" => Layer::Activation(Activation::LeakyRelu { slope: self.number("slope")?.unwrap_or(0.01) }),
            "embedding" => Layer::Embedding {
                vocabulary: self.need("vocabulary", "a whole number", size)?,
                width: self.need("width", "a whole number", size)?,
            },
            "position-embedding" => Layer::PositionEmbedding,
            "attention" => Layer::Attention {
                heads: self.need("heads", "a whole number", size)?,
                causal: self.get("causal", "true or false", Value::as_bool)?.unwrap_or(false),
                inner: self.get("inner", "a whole number", size)?,
            },
            "mean-tokens" => Layer::MeanTokens,
            "transpose" => Layer::Transpose,
            "reshape" => Layer::Reshape { shape: self.need("shape", "a list of whole numbers", sizes)? },
            "residual" => Layer::Residual {
                layers: self.list("layers")?.ok_or_else(|| self.missing("layers"))?,
                shortcut: self.list("shortcut")?.unwrap_or_default(),
            },
            name => match Activation::PLAIN.into_iter().find(|activation| activation.layer_name() == name) {
                Some(activation) => Layer::Activation(activation),
                None => unreachable!("{name} is in the table of forms, but is not read"),
            },
        })
    }

    /// An op by the spelling that its own file gives: its attributes checked by their kinds, defaults in place of those not given.
    fn op(&self, form: &LayerForm) -> Result<Op, LayerError> {
        let mut stored = Map::from_iter([("op".to_owned(), Value::from(form.name))]);
        for key in form.keys {
            let given = match key.kind {
                KeyKind::Whole => self.get(key.name, "a whole number", |v| size(v).map(Value::from))?,
                KeyKind::Number => self.get(key.name, "a number", |v| v.is_number().then(|| v.clone()))?,
                KeyKind::Fraction => {
                    self.get(key.name, "a number of at least 0 and below 1", |v| rate(v).map(|_| v.clone()))?
                }
            };
            let default = key.default.map(|default| match key.kind {
                KeyKind::Whole => Value::from(default as u64),
                KeyKind::Number | KeyKind::Fraction => Value::from(default),
            });
            stored.insert(key.name.to_owned(), given.or(default).ok_or_else(|| self.missing(key.name))?);
        }
        serde_json::from_value(Value::Object(stored)).map_err(|error| LayerError::Attributes {
            number: self.number.clone(),
            layer: form.name,
            message: error.to_string(),
        })
    }

    fn window(&self) -> Result<Window, LayerError> {
        Ok(Window { kernel: self.need("kernel", EXTENT, extent)?, stride: self.get("stride", EXTENT, extent)? })
    }

    fn list(&self, key: &'static str) -> Result<Option<Layers>, LayerError> {
        let below = format!("{}.", self.number);
        self.given.get(key).map(|value| read_list(value, &below)).transpose()
    }

    fn or(&self, key: &'static str, default: Extent) -> Result<Extent, LayerError> {
        Ok(self.get(key, EXTENT, extent)?.unwrap_or(default))
    }

    fn number(&self, key: &'static str) -> Result<Option<f32>, LayerError> {
        self.get(key, "a number", |value| value.as_f64().map(|x| x as f32))
    }

    fn need<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, LayerError> {
        self.get(key, expected, read)?.ok_or_else(|| self.missing(key))
    }

    fn missing(&self, key: &'static str) -> LayerError {
        let Form { name, example, .. } = self.form;
        LayerError::MissingKey { number: self.number.clone(), layer: name, key, example: example.as_str() }
    }

    fn get<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, LayerError> {
        let Some(value) = self.given.get(key) else { return Ok(None) };
        let wrong = || LayerError::WrongValue {
            number: self.number.clone(),
            layer: self.form.name,
            key: key.to_owned(),
            expected,
            found: value.to_string(),
        };
        read(value).map(Some).ok_or_else(wrong)
    }
}

const EXTENT: &str = "a whole number or a list of them";

fn size(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| n.try_into().ok())
}

/// The number of a layer: `1` or `"4.2"`.
fn number(value: &Value) -> Option<String> {
    let text = value.as_u64().map(|n| n.to_string()).or_else(|| value.as_str().map(str::to_owned))?;
    text.split('.').all(|part| part.parse::<usize>().is_ok_and(|n| n > 0)).then_some(text)
}

fn sizes(value: &Value) -> Option<Vec<usize>> {
    value.as_array()?.iter().map(size).collect()
}

fn extent(value: &Value) -> Option<Extent> {
    size(value).map(Extent::All).or_else(|| sizes(value).map(Extent::Each))
}

fn padding(value: &Value) -> Option<Padding> {
    if value.as_str() == Some("same") { Some(Padding::Same) } else { extent(value).map(Padding::Zeros) }
}

fn rate(value: &Value) -> Option<f32> {
    value.as_f64().map(|x| x as f32).filter(|x| (0.0..1.0).contains(x))
}

impl Default for Padding {
    fn default() -> Self {
        Self::Zeros(Extent::All(0))
    }
}
