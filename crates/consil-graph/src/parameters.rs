//! The parameters of each op, with PyTorch's default initial distributions.

use crate::graph::{Init, Role};
use crate::op::{Conv, Op};

/// A parameter as its op declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// The parameter's own name, as PyTorch's module of the same kind calls it.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Who may change it.
    pub role: Role,
    /// How it begins.
    pub init: Init,
}

impl Op {
    /// The parameters of this op over operands of the given per-sample shapes, which [`Op::infer`] has accepted.
    ///
    /// Linear layers and convolutions begin uniform on `±1/√fan_in` (what `kaiming_uniform_(a=√5)` amounts to, the default
    /// of PyTorch's modules), the joint projection of attention by Glorot and Bengio (2010), rows of embeddings standard
    /// normal, positions with the 0.02 of BERT and ViT, normalisations as the identity.
    pub fn parameters(&self, operands: &[&[usize]]) -> Vec<ParamSpec> {
        let x: &[usize] = operands.first().copied().unwrap_or(&[]);
        let width = x.last().copied().unwrap_or(1);
        match self {
            Op::Linear { out, bias } => affine(vec![*out, width], width, *bias),
            Op::Conv1d(conv) => convolution(conv, x[0]),
            Op::Conv2d(conv) => convolution(conv, x[0]),
            Op::LayerNorm { .. } => vec![ones("weight", width), zeros("bias", vec![width])],
            Op::RmsNorm { .. } => vec![ones("weight", width)],
            Op::BatchNorm { .. } => vec![
                ones("weight", x[0]),
                zeros("bias", vec![x[0]]),
                ParamSpec { role: Role::Buffer, ..zeros("running_mean", vec![x[0]]) },
                ParamSpec { role: Role::Buffer, ..ones("running_var", x[0]) },
            ],
            Op::Embedding { vocabulary, width } => {
                // As BERT and GPT-2, and as the positions: wider word vectors would drown the positions added to them, and order would be learned late or not at all.
                vec![spec("weight", vec![*vocabulary, *width], Init::Normal { sd: 0.02 })]
            }
            Op::PositionEmbedding => vec![spec("weight", x.to_vec(), Init::Normal { sd: 0.02 })],
            Op::Attention { .. } => {
                // Glorot's bound √(6 / (fan_in + fan_out)) for the joint matrix [3D, D].
                let glorot = (6.0 / (4 * width) as f32).sqrt();
                vec![
                    spec("in_proj_weight", vec![3 * width, width], Init::Uniform { bound: glorot }),
                    zeros("in_proj_bias", vec![3 * width]),
                    spec("out_proj.weight", vec![width, width], uniform(width)),
                    zeros("out_proj.bias", vec![width]),
                ]
            }
            _ => Vec::new(),
        }
    }
}

fn convolution<const N: usize>(conv: &Conv<N>, channels: usize) -> Vec<ParamSpec> {
    let per_group = channels / conv.groups;
    let shape = [conv.out, per_group].into_iter().chain(conv.kernel).collect();
    let fan_in = conv.kernel.iter().fold(per_group, |n, length| n.saturating_mul(*length));
    affine(shape, fan_in, conv.bias)
}

fn affine(weight: Vec<usize>, fan_in: usize, bias: bool) -> Vec<ParamSpec> {
    let out = weight[0];
    let mut params = vec![spec("weight", weight, uniform(fan_in))];
    params.extend(bias.then(|| spec("bias", vec![out], uniform(fan_in))));
    params
}

fn uniform(fan_in: usize) -> Init {
    Init::Uniform { bound: 1.0 / (fan_in.max(1) as f32).sqrt() }
}

fn ones(name: &'static str, length: usize) -> ParamSpec {
    spec(name, vec![length], Init::Ones)
}

fn zeros(name: &'static str, shape: Vec<usize>) -> ParamSpec {
    spec(name, shape, Init::Zeros)
}

fn spec(name: &'static str, shape: Vec<usize>, init: Init) -> ParamSpec {
    ParamSpec { name, shape, role: Role::Shared, init }
}
