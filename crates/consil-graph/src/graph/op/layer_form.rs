//! How lists of layers spell an op.

/// The spelling of an op of one data operand in a list of layers, such as `"rms-norm"` or `{ dropout = 0.2 }`: attributes with their defaults, and
/// what the layer does over padded time. From it follow reading, writing, the JSON schema and the errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerForm {
    /// The layer's name.
    pub name: &'static str,
    /// The attribute that the name's own value gives, where there is one.
    pub main: Option<&'static str>,
    /// The attributes, under the names that the op is stored with.
    pub keys: &'static [LayerKey],
    /// An example, as errors show it.
    pub example: &'static str,
    /// What the layer does over a series that is padded along time.
    pub over_time: OverTime,
}

/// An attribute of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerKey {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// Its value where it is not given; nothing where it must be.
    pub default: Option<f64>,
}

/// What an attribute takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A number of at least 0 and below 1.
    Fraction,
}

/// What a layer does to padding along time. Padding must never change a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverTime {
    /// Each value by itself; zeros stay zeros.
    KeepsZeros,
    /// Across the last axis: where that is time, padding must be zero before.
    LastAxis,
    /// Each channel of a series or an image by itself, from statistics that padding does not enter in evaluation.
    EachChannel,
    /// Across frames and channels: it cannot tell padding from frames, and is refused over padded time.
    Mixes,
}

impl LayerForm {
    /// A layer without attributes.
    pub const fn bare(name: &'static str, example: &'static str, over_time: OverTime) -> Self {
        Self { name, main: None, keys: &[], example, over_time }
    }

    /// Whether the bare name is a layer: whether every attribute has a default.
    pub fn is_bare(&self) -> bool {
        self.keys.iter().all(|key| key.default.is_some())
    }
}

impl LayerKey {
    /// A number with a default.
    pub const fn number(name: &'static str, default: f64) -> Self {
        Self { name, kind: KeyKind::Number, default: Some(default) }
    }
}
