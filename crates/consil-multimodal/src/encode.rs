//! Appends an encoder to a graph: from an input to its pooled vector.

use consil_graph::{Applied, Builder, Layer, Layers, ShapeError, ValueId, op};

use crate::encoder::Encoder;
use crate::input::InputShape;
use crate::network::NetworkError;
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
    let value = builder.input(name, input.shape.clone());
    let mask = input.time.map(|frames| builder.input(format!("{name}.mask"), [frames]));
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
        let is_text = matches!(preset, Preset::TextEmbedding | Preset::Transformer) && input.shape.len() == 1;
        if is_text {
            NetworkError::NoVocabulary { network: scope.to_owned(), preset }
        } else {
            NetworkError::Misfit {
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
    Ok((video, None, InputShape { shape, time: None, vocabulary: None }))
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
