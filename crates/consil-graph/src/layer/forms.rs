//! The table of layer names and attributes that reading, writing, the schema and the errors share.

/// How a layer is written.
#[derive(Debug)]
pub(super) struct Form {
    /// The layer's name.
    pub name: &'static str,
    /// The attribute that the name's own value gives, where there is one.
    pub main: Option<&'static str>,
    /// All attributes.
    pub keys: &'static [&'static str],
    /// An example, as errors show it.
    pub example: &'static str,
    /// Whether the bare name is a layer.
    pub bare: bool,
}

const fn bare(name: &'static str, example: &'static str) -> Form {
    Form { name, main: None, keys: &[], example, bare: true }
}

const fn norm(name: &'static str, keys: &'static [&'static str], example: &'static str) -> Form {
    Form { name, main: Some("epsilon"), keys, example, bare: true }
}

const fn pool(name: &'static str, example: &'static str) -> Form {
    Form { name, main: Some("kernel"), keys: &["kernel", "stride"], example, bare: false }
}

/// All layers.
pub(super) const FORMS: &[Form] = &[
    Form {
        name: "conv",
        main: Some("out"),
        keys: &["out", "kernel", "stride", "padding", "dilation", "groups", "bias"],
        example: "{ conv = 16, kernel = 3, padding = \"same\" }",
        bare: false,
    },
    pool("max-pool", "{ max-pool = 2 }"),
    pool("average-pool", "{ average-pool = 2 }"),
    bare("global-average-pool", "\"global-average-pool\""),
    Form { name: "linear", main: Some("out"), keys: &["out", "bias"], example: "{ linear = 64 }", bare: false },
    bare("flatten", "\"flatten\""),
    bare("relu", "\"relu\""),
    Form { name: "leaky-relu", main: Some("slope"), keys: &["slope"], example: "{ leaky-relu = 0.01 }", bare: true },
    bare("gelu", "\"gelu\""),
    bare("silu", "\"silu\""),
    bare("sigmoid", "\"sigmoid\""),
    bare("tanh", "\"tanh\""),
    bare("softmax", "\"softmax\""),
    bare("log-softmax", "\"log-softmax\""),
    Form { name: "dropout", main: Some("rate"), keys: &["rate"], example: "{ dropout = 0.2 }", bare: false },
    norm("layer-norm", &["epsilon"], "\"layer-norm\""),
    norm("batch-norm", &["epsilon", "momentum"], "\"batch-norm\""),
    norm("rms-norm", &["epsilon"], "\"rms-norm\""),
    Form {
        name: "embedding",
        main: None,
        keys: &["vocabulary", "width"],
        example: "{ embedding = { vocabulary = 256, width = 32 } }",
        bare: false,
    },
    bare("position-embedding", "\"position-embedding\""),
    Form {
        name: "attention",
        main: Some("heads"),
        keys: &["heads", "causal"],
        example: "{ attention = { heads = 4 } }",
        bare: false,
    },
    bare("mean-tokens", "\"mean-tokens\""),
    bare("transpose", "\"transpose\""),
    Form { name: "reshape", main: Some("shape"), keys: &["shape"], example: "{ reshape = [16, 9] }", bare: false },
    Form {
        name: "residual",
        main: Some("layers"),
        keys: &["layers", "shortcut"],
        example: "{ residual = [ { linear = 64 }, \"relu\" ] }",
        bare: false,
    },
];

/// The form of the layer with this name.
pub(super) fn find(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}

/// The candidate nearest to `name` by Jaro–Winkler similarity, if it is near enough to be a misspelling.
pub(super) fn nearest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    // 0.7 admits one wrong letter in a word of four and rejects unrelated words of the layer vocabulary.
    let scored = candidates.map(|candidate| (strsim::jaro_winkler(name, candidate), candidate));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}
