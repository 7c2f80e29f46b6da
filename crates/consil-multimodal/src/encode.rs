//! Appends an encoder to a graph: from an input to its pooled vector.

use consil_graph::{Builder, Place, ShapeError, ValueId, check_value, op};

use crate::encoder::Encoder;
use crate::error::NetworkError;
use crate::input::InputShape;
use crate::layer::{Applied, Layer, Layers};
use crate::preset::{Preset, PresetOptions};

/// Appends the inputs `name` and, under padding, `name.mask`, and the encoder's nodes below `scope`. Returns the pooled vector
/// `[D]`.
pub(crate) fn encode(
    builder: &mut Builder,
    scope: &str,
    name: &str,
    input: &InputShape,
    encoder: &Encoder,
    options: &PresetOptions,
) -> Result<ValueId, NetworkError> {
    check_value(&input.shape).map_err(|mismatch| ShapeError::new(Place::Input(name.to_owned()), mismatch))?;
    // Time is the last axis, but a video's first; a batch may be shorter than the longest input.
    let (value, mask) = match input.time {
        None => (builder.input(name, input.shape.clone()), None),
        Some(frames) => {
            let axis = if input.shape.len() == 4 { 0 } else { input.shape.len().saturating_sub(1) };
            let value = builder.input_over_time(name, input.shape.clone(), axis, name);
            (value, Some(builder.input_over_time(format!("{name}.mask"), [frames], 0, name)))
        }
    };
    let (value, mask, input) = frames_as_channels(builder, scope, value, mask, input)?;
    let layers = match encoder {
        Encoder::Layers(layers) => layers.clone(),
        Encoder::Preset(preset) => preset_layers(*preset, scope, &input, options)?,
    };
    let applied = layers.apply_masked(builder, scope, value, mask)?;
    Ok(pool(builder, scope, applied)?)
}

fn preset_layers(
    preset: Preset,
    scope: &str,
    input: &InputShape,
    options: &PresetOptions,
) -> Result<Layers, NetworkError> {
    preset.layers(input, options).ok_or_else(|| {
        let is_text = preset.takes_words() && input.shape.len() == 1;
        if is_text {
            NetworkError::NoVocabulary { network: scope.to_owned(), preset }
        } else {
            NetworkError::UnsupportedInput {
                network: scope.to_owned(),
                preset,
                takes: preset.takes(),
                given: input.shape.clone(),
            }
        }
    })
}

/// A video `[T, C, H, W]` as an image whose channels are those of all frames (the "early fusion" of Karpathy et al., 2014),
/// padded frames being zero; any other input as it is.
fn frames_as_channels(
    builder: &mut Builder,
    scope: &str,
    value: ValueId,
    mask: Option<ValueId>,
    input: &InputShape,
) -> Result<(ValueId, Option<ValueId>, InputShape), ShapeError> {
    let [frames, channels, height, width] = input.shape[..] else { return Ok((value, mask, input.clone())) };
    let mut video = value;
    if let Some(mask) = mask {
        let flat = op::Reshape::new([frames, channels * height * width]);
        video = builder.push(&format!("{scope}.frames"), flat, &[video])?;
        video = builder.push(&format!("{scope}.frames.time-last"), op::Transpose, &[video])?;
        video = builder.push(&format!("{scope}.frames.masked"), op::Mul, &[video, mask])?;
        video = builder.push(&format!("{scope}.frames.time-first"), op::Transpose, &[video])?;
    }
    let shape = vec![frames * channels, height, width];
    video = builder.push(&format!("{scope}.frames.as-channels"), op::Reshape::new(shape.clone()), &[video])?;
    Ok((video, None, InputShape { shape, ..InputShape::default() }))
}

/// The mean over what positions or tokens are left.
fn pool(builder: &mut Builder, scope: &str, applied: Applied) -> Result<ValueId, ShapeError> {
    let Applied { value, mask, tokens } = applied;
    let name = format!("{scope}.pool");
    match builder.shape(value).len() {
        1 => Ok(value),
        2 if tokens => {
            let operands: Vec<ValueId> = [Some(value), mask].into_iter().flatten().collect();
            builder.push(&name, op::MeanTokens, &operands)
        }
        _ => {
            Layers(vec![Layer::GlobalAveragePool]).apply_masked(builder, &name, value, mask).map(|pooled| pooled.value)
        }
    }
}
