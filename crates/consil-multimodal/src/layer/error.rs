//! What can be wrong with a layer as it is written.

/// A layer that cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The name is no layer's.
    #[error("layer {number}: there is no layer {name:?}; {}", suggestion(.nearest, .known))]
    UnknownLayer {
        /// The layer's number, from 1; inside residual layers `4.2`.
        number: String,
        /// The name.
        name: String,
        /// The nearest name, if one is near.
        nearest: Option<&'static str>,
        /// All names.
        known: Vec<&'static str>,
    },
    /// The layer has no such attribute.
    #[error("layer {number}: {layer} has no attribute {key:?}; {}", suggestion(.nearest, .known))]
    UnknownKey {
        /// The layer's number.
        number: String,
        /// The layer's name.
        layer: &'static str,
        /// The attribute.
        key: String,
        /// The nearest attribute, if one is near.
        nearest: Option<&'static str>,
        /// All attributes of the layer.
        known: Vec<&'static str>,
    },
    /// An attribute without default is missing.
    #[error("layer {number}: {layer} needs {key:?}, as in {example}")]
    MissingKey {
        /// The layer's number.
        number: String,
        /// The layer's name.
        layer: &'static str,
        /// The attribute.
        key: &'static str,
        /// An example.
        example: &'static str,
    },
    /// An attribute has a value of the wrong kind.
    #[error("layer {number}: {key:?} of {layer} must be {expected}, not {found}")]
    WrongValue {
        /// The layer's number.
        number: String,
        /// The layer's name.
        layer: &'static str,
        /// The attribute.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is, as JSON.
        found: String,
    },
    /// The attributes of an op do not make one.
    #[error("layer {number}: {layer} cannot be made of its attributes: {message}")]
    Attributes {
        /// The layer's number.
        number: String,
        /// The layer's name.
        layer: &'static str,
        /// Why.
        message: String,
    },
    /// An attribute is given twice: by the layer's name and by its own key.
    #[error("layer {number}: {key:?} of {layer} is given twice")]
    GivenTwice {
        /// The layer's number.
        number: String,
        /// The layer's name.
        layer: &'static str,
        /// The attribute.
        key: String,
    },
    /// A table holds two layers.
    #[error("layer {number}: {first} and {second} are two layers; write {{ … }}, {{ … }}")]
    TwoLayers {
        /// The layer's number.
        number: String,
        /// One.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// What should be a layer is neither a name nor a table.
    #[error("layer {number}: a layer is a name such as \"relu\" or a table such as {{ linear = 64 }}, not {found}")]
    NotALayer {
        /// The layer's number.
        number: String,
        /// What it is, as JSON.
        found: String,
    },
    /// What should be a list of layers is none.
    #[error("layers are a list such as [ {{ linear = 64 }}, \"relu\" ], not {found}")]
    NotAList {
        /// What it is, as JSON.
        found: String,
    },
    /// The text is not TOML.
    #[error("the layers are not TOML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
}

fn suggestion(nearest: &Option<&'static str>, known: &[&'static str]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest:?}?"),
        None if known.is_empty() => "it takes none".to_owned(),
        None => format!("there are {}", known.join(", ")),
    }
}
