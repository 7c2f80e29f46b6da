//! The table of layer names and attributes that reading, writing, the schema and the errors share.

use std::sync::LazyLock;

use consil_graph::op::{Activation, LayerForm, Op};

/// How a layer is written.
#[derive(Debug)]
pub(super) struct Form {
    /// The layer's name.
    pub name: &'static str,
    /// The attribute that the name's own value gives, where there is one.
    pub main: Option<&'static str>,
    /// All attributes.
    pub keys: Vec<&'static str>,
    /// An example, as errors show it.
    pub example: String,
    /// Whether the bare name is a layer.
    pub bare: bool,
    /// The op that is this layer by itself, if it is one.
    pub op: Option<LayerForm>,
}

/// All layers: those of several nodes or ranks, which this crate spells, and the ops that spell themselves.
pub(super) static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let of_op = |op: LayerForm| Form {
        name: op.name,
        main: op.main,
        keys: op.keys.iter().map(|key| key.name).collect(),
        example: op.example.to_owned(),
        bare: op.is_bare(),
        op: Some(op),
    };
    let composed = COMPOSED.iter().map(|&(name, main, keys, example, bare)| Form {
        name,
        main,
        keys: keys.to_vec(),
        example: example.to_owned(),
        bare,
        op: None,
    });
    let activation = |activation: Activation| Form {
        name: activation.layer_name(),
        main: None,
        keys: vec![],
        example: format!("{:?}", activation.layer_name()),
        bare: true,
        op: None,
    };
    let activations = Activation::PLAIN.into_iter().map(activation);
    composed.chain(activations).chain(Op::layer_forms().into_iter().map(of_op)).collect()
});

/// Name, main attribute, attributes, example, whether the bare name is a layer.
type Spelling = (&'static str, Option<&'static str>, &'static [&'static str], &'static str, bool);

const fn bare(name: &'static str, example: &'static str) -> Spelling {
    (name, None, &[], example, true)
}

const fn pool(name: &'static str, example: &'static str) -> Spelling {
    (name, Some("kernel"), &["kernel", "stride"], example, false)
}

const CONV: &[&str] = &["out", "kernel", "stride", "padding", "dilation", "groups", "bias"];

const COMPOSED: &[Spelling] = &[
    ("conv", Some("out"), CONV, "{ conv = 16, kernel = 3, padding = \"same\" }", false),
    pool("max-pool", "{ max-pool = 2 }"),
    pool("average-pool", "{ average-pool = 2 }"),
    bare("global-average-pool", "\"global-average-pool\""),
    ("linear", Some("out"), &["out", "bias", "lora"], "{ linear = 64 }", false),
    ("tied", Some("layer"), &["layer", "bias"], "{ tied = 1 }", false),
    bare("flatten", "\"flatten\""),
    ("leaky-relu", Some("slope"), &["slope"], "{ leaky-relu = 0.01 }", true),
    ("embedding", None, &["vocabulary", "width"], "{ embedding = { vocabulary = 256, width = 32 } }", false),
    bare("position-embedding", "\"position-embedding\""),
    ("attention", Some("heads"), &["heads", "causal", "inner"], "{ attention = { heads = 4 } }", false),
    bare("mean-tokens", "\"mean-tokens\""),
    bare("transpose", "\"transpose\""),
    ("reshape", Some("shape"), &["shape"], "{ reshape = [16, 9] }", false),
    ("residual", Some("layers"), &["layers", "shortcut"], "{ residual = [ { linear = 64 }, \"relu\" ] }", false),
];

/// The form of the layer with this name.
pub(super) fn find(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}
