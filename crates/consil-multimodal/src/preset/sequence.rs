//! Presets over tokens: words, frames and patches.

use consil_graph::{Activation, op};

use crate::input::InputShape;
use crate::layer::{Extent, Layer, Layers, Padding};

/// The width of a word's vector.
const WORD: usize = 32;
/// The width of a transformer's token.
const TOKEN: usize = 64;
/// The heads of its attention.
const HEADS: usize = 4;
/// The number of its layers.
const DEPTH: usize = 2;
/// The side of an image that is cut into patches of 1/8 of it, and at least 2 pixels.
const PATCHES_A_SIDE: usize = 8;

/// The mean of the words' vectors ("deep averaging": Iyyer et al., 2015).
pub(super) fn words(vocabulary: usize) -> Vec<Layer> {
    vec![Layer::Embedding { vocabulary, width: WORD }, Layer::MeanTokens]
}

/// A pre-norm transformer encoder (Vaswani et al., 2017; the order of Xiong et al., 2020) over words, over the frames of a
/// series or a spectrogram, or over patches of an image (Dosovitskiy et al., 2021).
pub(super) fn transformer(input: &InputShape) -> Option<Vec<Layer>> {
    let mut layers = match input.shape[..] {
        [_] => vec![Layer::Embedding { vocabulary: input.vocabulary?, width: TOKEN }],
        [_, _] => vec![Layer::Transpose, linear(TOKEN)],
        [_, bands, frames] if input.time.is_some() => {
            // A kernel over all bands leaves one row, [D, 1, T]; the mask follows a mean over that row.
            let kernel = Extent::Each(vec![bands, 1]);
            vec![patches(kernel.clone(), kernel), Layer::Reshape { shape: vec![TOKEN, frames] }, Layer::Transpose]
        }
        [_, height, width] => {
            let side = |length: usize| (length / PATCHES_A_SIDE).max(2).min(length.max(1));
            let (down, across) = (side(height), side(width));
            let kernel = Extent::Each(vec![down, across]);
            let n_patches = (height / down) * (width / across);
            vec![patches(kernel.clone(), kernel), Layer::Reshape { shape: vec![TOKEN, n_patches] }, Layer::Transpose]
        }
        _ => return None,
    };
    layers.push(Layer::PositionEmbedding);
    for _ in 0..DEPTH {
        let attention = Layer::Attention { heads: HEADS, causal: false, inner: None };
        layers.push(residual(vec![Layer::op(op::LayerNorm { epsilon: 1e-5 }), attention]));
        let hidden = vec![linear(2 * TOKEN), Layer::Activation(Activation::Gelu), linear(TOKEN)];
        layers.push(residual([vec![Layer::op(op::LayerNorm { epsilon: 1e-5 })], hidden].concat()));
    }
    layers.extend([Layer::op(op::LayerNorm { epsilon: 1e-5 }), Layer::MeanTokens]);
    Some(layers)
}

fn patches(kernel: Extent, stride: Extent) -> Layer {
    let (padding, dilation) = (Padding::default(), Extent::All(1));
    Layer::Conv { out: TOKEN, kernel, stride, padding, dilation, groups: 1, bias: true }
}

fn residual(layers: Vec<Layer>) -> Layer {
    Layer::Residual { layers: Layers(layers), shortcut: Layers::default() }
}

fn linear(out: usize) -> Layer {
    Layer::Linear { out, bias: true, lora: None }
}
