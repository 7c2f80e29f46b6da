//! Convolutional presets: how deep they are follows from how large the input is.

use consil_graph::Activation;

use crate::layer::{Extent, Layer, Padding, Window};

/// Images below this length are not halved any further.
const SMALL: usize = 8;
/// At most this many values are flattened into a linear layer; beyond, the mean over positions is taken.
const MOST_FLATTENED: usize = 2048;
/// At most this many channels.
const MOST_CHANNELS: usize = 128;

/// Blocks of convolution, ReLU and halving: 16 channels, 32, …; two blocks, or more until both lengths are at most 8.
pub(super) fn image(height: usize, width: usize) -> Vec<Layer> {
    let (mut height, mut width, mut channels) = (height, width, 16);
    let mut layers = Vec::new();
    for block in 0.. {
        layers.extend(convolve(channels, Extent::All(3), Padding::Same));
        let halve = [height, width].map(|length| if length >= 4 { 2 } else { 1 });
        if halve != [1, 1] {
            layers.push(max_pool(Extent::Each(halve.to_vec())));
            (height, width) = (height / halve[0], width / halve[1]);
        }
        if block >= 1 && height.max(width) <= SMALL || halve == [1, 1] {
            break;
        }
        channels = (2 * channels).min(MOST_CHANNELS);
    }
    layers.push(if channels * height * width <= MOST_FLATTENED { Layer::Flatten } else { Layer::GlobalAveragePool });
    layers
}

/// A first kernel over all bands and 5 frames, then as for a series.
pub(super) fn spectrogram(bands: usize, frames: usize) -> Vec<Layer> {
    let (kernel, padding) = (Extent::Each(vec![bands, 5]), Padding::Zeros(Extent::Each(vec![0, 2])));
    let along_time = |length| Extent::Each(vec![1, length]);
    over_time(convolve(32, kernel, padding), along_time, frames)
}

/// Kernels of 5 and then 3 steps, halving time in between.
pub(super) fn series(frames: usize) -> Vec<Layer> {
    over_time(convolve(32, Extent::All(5), Padding::Same), Extent::All, frames)
}

/// Two blocks after the first, or more until time is at most 32 frames; then the mean over time.
fn over_time(first: Vec<Layer>, along_time: impl Fn(usize) -> Extent, mut frames: usize) -> Vec<Layer> {
    const FEW: usize = 32;
    let mut layers = first;
    for block in 0.. {
        // Below 8 frames, halving would leave a kernel of 3 nothing but padding.
        if frames >= 8 {
            layers.push(max_pool(along_time(2)));
            frames /= 2;
        }
        layers.extend(convolve(64, along_time(3), Padding::Same));
        if block >= 1 && frames <= FEW {
            break;
        }
    }
    layers.push(Layer::GlobalAveragePool);
    layers
}

pub(super) fn convolve(out: usize, kernel: Extent, padding: Padding) -> Vec<Layer> {
    let one = Extent::All(1);
    let conv = Layer::Conv { out, kernel, stride: one.clone(), padding, dilation: one, groups: 1, bias: true };
    vec![conv, Layer::Activation(Activation::Relu)]
}

fn max_pool(kernel: Extent) -> Layer {
    Layer::MaxPool(Window { kernel, stride: None })
}
