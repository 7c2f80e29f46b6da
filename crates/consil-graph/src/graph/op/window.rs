//! Windows that slide over axes: lengths, positions, and how they are written.

use super::ShapeMismatch;
use super::shapes::rank;

/// Serde for arrays of any length as lists.
pub(crate) mod axes {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<const N: usize, S: Serializer>(axes: &[usize; N], serializer: S) -> Result<S::Ok, S::Error> {
        axes.as_slice().serialize(serializer)
    }

    pub fn deserialize<'de, const N: usize, D: Deserializer<'de>>(deserializer: D) -> Result<[usize; N], D::Error> {
        let list = Vec::<usize>::deserialize(deserializer)?;
        list.as_slice().try_into().map_err(|_| D::Error::invalid_length(list.len(), &"one length for each axis"))
    }
}

/// The output length of a window of `kernel` elements, `dilation` apart, moving by `stride`; `None` if it does not fit.
pub(crate) fn window_length(
    length: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Option<usize> {
    let padded = length.saturating_add(padding.saturating_mul(2));
    (padded.checked_sub(reach(kernel, dilation))? / stride).checked_add(1)
}

/// How many elements a window covers: `dilation · (kernel − 1) + 1`. Saturating, as is all that is computed from attributes: a
/// file may hold any number.
pub fn reach(kernel: usize, dilation: usize) -> usize {
    dilation.saturating_mul(kernel.saturating_sub(1)).saturating_add(1)
}

pub(crate) fn slide(
    x: &[usize],
    channels: usize,
    length: impl Fn(usize, usize) -> Option<usize>,
) -> Option<Vec<usize>> {
    let sliding = x[1..].iter().enumerate().map(|(axis, n)| length(axis, *n));
    std::iter::once(Some(channels)).chain(sliding).collect()
}

pub(crate) fn channels_first<const N: usize>(x: &[usize]) -> Result<usize, ShapeMismatch> {
    let needs = ["a series [C, T]", "an image [C, H, W]", "a volume [C, D, H, W]"];
    if x.len() == N + 1 { Ok(x[0]) } else { Err(rank(needs[N - 1], x, "reshape first")) }
}

/// The lengths of the axes after the channels.
pub(crate) fn sliding<const N: usize>(shape: &[usize]) -> [usize; N] {
    std::array::from_fn(|a| shape[a + 1])
}

/// All positions of a grid, row-major.
pub(crate) fn grid<const N: usize>(lengths: [usize; N]) -> impl Iterator<Item = [usize; N]> {
    (0..lengths.iter().product()).map(move |mut flat: usize| {
        let mut position = [0; N];
        for (p, length) in position.iter_mut().zip(&lengths).rev() {
            *p = flat % length;
            flat /= length;
        }
        position
    })
}

pub(crate) fn index<const N: usize>(lengths: [usize; N], channel: usize, at: [usize; N]) -> usize {
    at.iter().zip(&lengths).fold(channel, |flat, (i, length)| flat * length + i)
}

/// `3×5`.
pub(crate) fn joined(lengths: &[usize]) -> String {
    let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
    lengths.join("×")
}

/// Attributes that are not at their defaults: `, stride 2, padding 1×0`.
pub(crate) fn labels(attributes: &[(&str, &[usize], usize)]) -> String {
    let mut text = String::new();
    for (name, lengths, default) in attributes {
        match lengths {
            lengths if lengths.iter().all(|n| n == default) => {}
            lengths if lengths.iter().all(|n| *n == lengths[0]) => text += &format!(", {name} {}", lengths[0]),
            lengths => text += &format!(", {name} {}", joined(lengths)),
        }
    }
    text
}
