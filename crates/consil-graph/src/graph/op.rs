//! The operations a node may hold, each in a file of its own: attributes, shape rule, weights, cost and reference arithmetic.
//!
//! Shapes here are *per sample*: the batch axis is implied and comes first when a graph runs. An image is `[C, H, W]`, a series `[C, T]`, a
//! sequence of tokens `[T, D]`, a vector `[D]`. Operands are the data first, then the weights in the order the op names them. Weights are
//! laid out as PyTorch lays them out, so that weights written by other tools load without a transpose.
//!
//! To add an operation, write its file, name it among the modules and add its row to the list below: the [`Op`] enum, its stored name, the dispatch, the
//! table in the book and the arms of the crate that computes follow.

use serde::{Deserialize, Serialize};

mod activation;
mod add;
mod attention;
mod batch_norm;
mod bce;
mod concat;
mod conv;
mod cross_entropy;
mod dropout;
mod each;
mod embedding;
mod exp;
mod fake_quant;
mod flatten;
mod global_average_pool;
mod group_norm;
mod layer_form;
mod layer_norm;
mod linear;
mod log_softmax;
mod loss;
mod mat_mul;
mod max;
mod mean_tokens;
mod mismatch;
mod mse;
mod mul;
mod nll;
mod param_spec;
mod pool;
mod position_embedding;
mod reshape;
mod rms_norm;
mod scale;
pub(crate) mod shapes;
mod slice;
mod softmax;
mod stack;
mod sub;
mod tensor;
mod transpose;
mod window;

pub use activation::Activation;
pub use add::Add;
pub use attention::Attention;
pub use batch_norm::BatchNorm;
pub use bce::Bce;
pub use concat::Concat;
pub use conv::Conv;
pub use cross_entropy::CrossEntropy;
pub use dropout::Dropout;
pub use each::Each;
pub use embedding::Embedding;
pub use exp::Exp;
pub use fake_quant::FakeQuant;
pub use flatten::Flatten;
pub use global_average_pool::GlobalAveragePool;
pub use group_norm::GroupNorm;
pub use layer_form::{KeyKind, LayerForm, LayerKey, OverTime};
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use log_softmax::LogSoftmax;
pub use mat_mul::MatMul;
pub use max::Max;
pub use mean_tokens::MeanTokens;
pub use mismatch::ShapeMismatch;
pub use mse::Mse;
pub use mul::Mul;
pub use nll::Nll;
pub use param_spec::ParamSpec;
pub(crate) use param_spec::uniform;
pub use pool::{Pool, PoolKind};
pub use position_embedding::PositionEmbedding;
pub use reshape::Reshape;
pub use rms_norm::RmsNorm;
pub use scale::Scale;
pub use slice::Slice;
pub use softmax::Softmax;
pub use stack::Stack;
pub use sub::Sub;
pub use tensor::Tensor;
pub use transpose::Transpose;
pub use window::reach;

/// What an operation is: implemented by each op's attributes in the op's own file.
///
/// Shapes are per sample. `data` are the operands without the weights; where a method takes them after [`Operation::shape`] accepted them, it may
/// rely on their number and ranks.
pub trait Operation {
    /// What the table of operations in the book says.
    fn documentation() -> OpDoc
    where
        Self: Sized;

    /// How a list of layers spells it, where an op of one data operand is a layer by itself.
    fn layer_form() -> Option<LayerForm>
    where
        Self: Sized,
    {
        None
    }

    /// How many of the operands, the last ones, are weights.
    fn n_weights(&self) -> usize {
        0
    }

    /// The weights that a new node is given, in order; as many as [`Operation::n_weights`].
    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let _ = data;
        Vec::new()
    }

    /// The shape of the result.
    ///
    /// # Errors
    /// If the data do not fit the op, or an attribute is outside of its range.
    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch>;

    /// Whether weights of these shapes fit the data: by default, those that a new node would be given.
    ///
    /// # Errors
    /// If they do not.
    fn accept_weights(&self, data: &[&[usize]], weights: &[&[usize]]) -> Result<(), ShapeMismatch> {
        for (spec, given) in self.weights(data).into_iter().zip(weights) {
            if spec.shape != *given {
                let (name, given) = (spec.name.into_owned(), given.to_vec());
                return Err(ShapeMismatch::Weight { name, needs: spec.shape, given });
            }
        }
        Ok(())
    }

    /// Floating-point operations for one sample; the module of [`Cost`](crate::Cost) says what counts.
    fn flops(&self, data: &[&[usize]], out: &[usize]) -> u64 {
        let _ = (data, out);
        0
    }

    /// The op with its attributes in one line: `conv 1 → 16, 3×3, padding 1`.
    fn label(&self, data: &[&[usize]]) -> String;

    /// The result for one sample in evaluation mode, row-major: the definition against which faster arithmetic is tested.
    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], out: &[usize]) -> Vec<f64>;
}

/// A row of the book's table of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpDoc {
    /// What it computes.
    pub summary: &'static str,
    /// The shapes of its data and result.
    pub shapes: &'static str,
    /// The ONNX operators it is written as, where there are any.
    pub onnx: Option<&'static str>,
}

/// Operations of a normalisation on each value: mean, difference, square, sum, scale, weight, bias.
pub(crate) const NORMALISATION_FLOPS: u64 = 7;
/// Operations of a softmax on each value: maximum, difference, exponential, sum, quotient.
pub(crate) const SOFTMAX_FLOPS: u64 = 5;

/// Makes the [`Op`] enum and everything that walks all operations.
macro_rules! operations {
    ($($name:literal $variant:ident($type:ty),)*) => {
        /// One operation with its attributes; its operands are the node's inputs.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "op")]
        #[non_exhaustive]
        pub enum Op {
            $(
                #[doc = concat!("`", $name, "`.")]
                #[serde(rename = $name)]
                $variant($type),
            )*
        }

        impl Op {
            /// Every operation's stored name and documentation, in the order of the list.
            pub fn catalogue() -> Vec<(&'static str, OpDoc)> {
                vec![$(($name, <$type>::documentation()),)*]
            }

            /// The spellings of all operations that are layers by themselves, in the order of the list.
            pub fn layer_forms() -> Vec<LayerForm> {
                [$(<$type>::layer_form(),)*].into_iter().flatten().collect()
            }

            /// How a list of layers spells the operation, where it is a layer by itself.
            pub fn layer_form(&self) -> Option<LayerForm> {
                match self { $(Self::$variant(_) => <$type>::layer_form(),)* }
            }

            /// The name that files store.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// The operation behind the enum.
            pub fn operation(&self) -> &dyn Operation {
                match self { $(Self::$variant(op) => op,)* }
            }
        }

        $(
            impl From<$type> for Op {
                fn from(op: $type) -> Self {
                    Self::$variant(op)
                }
            }
        )*
    };
}

/// Hands the list of operations to a macro, as rows `"stored-name" Variant(type),`: whoever follows the list has an arm for each, and a crate that lacks
/// one does not compile.
#[macro_export]
macro_rules! with_operations {
    ($follow:ident) => {
        $follow! {
            "linear" Linear(Linear),
            "conv1d" Conv1d(Conv<1>),
            "conv2d" Conv2d(Conv<2>),
            "conv3d" Conv3d(Conv<3>),
            "pool1d" Pool1d(Pool<1>),
            "pool2d" Pool2d(Pool<2>),
            "global-average-pool" GlobalAveragePool(GlobalAveragePool),
            "mean-tokens" MeanTokens(MeanTokens),
            "layer-norm" LayerNorm(LayerNorm),
            "batch-norm" BatchNorm(BatchNorm),
            "rms-norm" RmsNorm(RmsNorm),
            "group-norm" GroupNorm(GroupNorm),
            "dropout" Dropout(Dropout),
            "activation" Activation(Activation),
            "exp" Exp(Exp),
            "scale" Scale(Scale),
            "softmax" Softmax(Softmax),
            "log-softmax" LogSoftmax(LogSoftmax),
            "embedding" Embedding(Embedding),
            "position-embedding" PositionEmbedding(PositionEmbedding),
            "attention" Attention(Attention),
            "mat-mul" MatMul(MatMul),
            "concat" Concat(Concat),
            "stack" Stack(Stack),
            "slice" Slice(Slice),
            "reshape" Reshape(Reshape),
            "flatten" Flatten(Flatten),
            "transpose" Transpose(Transpose),
            "add" Add(Add),
            "sub" Sub(Sub),
            "mul" Mul(Mul),
            "max" Max(Max),
            "fake-quant" FakeQuant(FakeQuant),
            "each" Each(Each),
            "cross-entropy" CrossEntropy(CrossEntropy),
            "nll" Nll(Nll),
            "mse" Mse(Mse),
            "bce" Bce(Bce),
        }
    };
}

with_operations!(operations);

impl Op {
    /// The number of data operands of a node with so many operands in all; the others are weights.
    pub fn n_data(&self, n_operands: usize) -> usize {
        n_operands.saturating_sub(self.operation().n_weights())
    }

    /// Parts a node's operands into data and weights.
    pub fn split<'a, T>(&self, operands: &'a [T]) -> (&'a [T], &'a [T]) {
        operands.split_at(self.n_data(operands.len()))
    }

    /// The per-sample shape of the result for data and weights of the given shapes.
    ///
    /// # Errors
    /// If the operands do not fit the op.
    pub fn infer(&self, operands: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let (data, weights) = self.split(operands);
        let needs = self.operation().n_weights();
        if weights.len() != needs {
            return Err(ShapeMismatch::Weights { needs, given: operands.len() });
        }
        let shape = self.operation().shape(data)?;
        self.operation().accept_weights(data, weights)?;
        Ok(shape)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_books_table_of_operations_is_fresh() {
        let mut table = "# Operations of a model graph\n\n\
            Generated from the files in `crates/consil-graph/src/graph/op/`. Shapes are per sample; data first, then weights. A *layer* is what a list of layers writes; \
            lists write further layers (`conv`, `linear`, `residual`, …) that become one or several operations.\n\n\
            | stored name | computes | shapes | ONNX | layer |\n|---|---|---|---|---|\n"
            .to_owned();
        let forms = Op::layer_forms();
        for (name, doc) in Op::catalogue() {
            let layer =
                forms.iter().find(|form| form.name == name).map_or(String::new(), |form| format!("`{}`", form.example));
            let onnx = doc.onnx.unwrap_or("");
            table += &format!("| `{name}` | {} | {} | {onnx} | {layer} |\n", doc.summary, doc.shapes);
        }
        expect_file!["../../../../docs/operations.md"].assert_eq(&table);
    }

    /// The bytes that version 0.1 would have written: ops keep their stored names and attributes.
    #[test]
    fn stored_ops_keep_their_bytes() {
        let conv = Conv { out: 4, kernel: [3], stride: [1], padding: [0], dilation: [1], groups: 1, bias: true };
        let cases: [(Op, &str); 6] = [
            (Linear { out: 3, bias: true }.into(), r#"{"op":"linear","out":3,"bias":true}"#),
            (
                conv.into(),
                r#"{"op":"conv1d","out":4,"kernel":[3],"stride":[1],"padding":[0],"dilation":[1],"groups":1,"bias":true}"#,
            ),
            (Flatten.into(), r#"{"op":"flatten"}"#),
            (Activation::Relu.into(), r#"{"op":"activation","relu":null}"#),
            (Attention::new(2, false, true).into(), r#"{"op":"attention","heads":2,"causal":false,"masked":true}"#),
            (Reshape::new([2, 3]).into(), r#"{"op":"reshape","shape":[2,3]}"#),
        ];
        for (op, json) in cases {
            assert_eq!(serde_json::to_string(&op).unwrap(), json);
            assert_eq!(serde_json::from_str::<Op>(json).unwrap(), op);
        }
        assert!(serde_json::from_str::<Op>(r#"{"op":"linear","out":3,"bias":true,"rank":2}"#).is_err());
    }

    /// Every layer that an op spells reads back as this op from its defaults, so that a list of layers can make it.
    #[test]
    fn the_spelling_of_a_layer_names_its_op() {
        for form in Op::layer_forms() {
            let mut stored = serde_json::Map::from_iter([("op".to_owned(), form.name.into())]);
            for key in form.keys {
                let value = match key.kind {
                    KeyKind::Whole => serde_json::json!(key.default.unwrap_or(1.0) as u64),
                    KeyKind::Number | KeyKind::Fraction => serde_json::json!(key.default.unwrap_or(0.5)),
                };
                stored.insert(key.name.to_owned(), value);
            }
            let op: Op = serde_json::from_value(stored.into()).unwrap();
            assert_eq!(op.name(), form.name);
            assert!(form.main.is_none_or(|main| form.keys.iter().any(|key| key.name == main)));
        }
    }
}
