//! The messages of a federation, field by field.

use std::sync::Arc;

use consil_random::Key;

use super::{CodecError, Reader, Wire, Writer};
use crate::metrics::Metrics;
use crate::payload::{Control, Payload};
use crate::task::{ClientId, ClientTask, Update};

impl Wire for Payload {
    const KIND: u8 = 1;

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Delta(values) => {
                out.u8(0);
                out.f32s(values);
            }
            Self::Logits { rows, n_classes, values } => {
                out.u8(1);
                out.list(rows.iter(), |out, row| out.u64(*row));
                out.u32(*n_classes);
                out.f32s(values);
            }
            Self::Activations { shape, values } => {
                out.u8(2);
                out.list(shape.iter(), |out, axis| out.u32(*axis));
                out.f32s(values);
            }
            Self::Control(Control::Decline { reason }) => {
                out.u8(3);
                out.str(reason);
            }
            Self::Control(Control::Cancel) => out.u8(4),
            Self::Control(Control::Finished) => out.u8(5),
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(match from.u8()? {
            0 => Self::Delta(from.f32s()?),
            1 => {
                let (rows, n_classes, values) = (from.u64s()?, from.u32()?, from.f32s()?);
                expect_values("a table of logits", [rows.len() as u64, u64::from(n_classes)], values.len())?;
                Self::Logits { rows, n_classes, values }
            }
            2 => {
                let (shape, values) = (from.u32s()?, from.f32s()?);
                expect_values("an array of activations", shape.iter().map(|n| u64::from(*n)), values.len())?;
                Self::Activations { shape, values }
            }
            3 => Self::Control(Control::Decline { reason: from.str()? }),
            4 => Self::Control(Control::Cancel),
            5 => Self::Control(Control::Finished),
            tag => return Err(CodecError::Tag { what: "payload", tag }),
        })
    }
}

fn expect_values(what: &'static str, axes: impl IntoIterator<Item = u64>, found: usize) -> Result<(), CodecError> {
    let expected = axes.into_iter().fold(1u64, u64::saturating_mul);
    if expected == found as u64 { Ok(()) } else { Err(CodecError::Shape { what, expected, found }) }
}

impl Wire for ClientTask {
    const KIND: u8 = 2;

    fn write(&self, out: &mut Writer) {
        out.u64(self.round);
        out.u32(self.client.0);
        out.f32s(&self.global);
        out.u32(self.epochs);
        out.f32(self.proximal);
        out.u8(u8::from(self.correction.is_some()));
        if let Some(correction) = &self.correction {
            out.f32s(correction);
        }
        write_key(self.key, out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            round: from.u64()?,
            client: ClientId(from.u32()?),
            global: Arc::new(from.f32s()?),
            epochs: from.u32()?,
            proximal: from.f32()?,
            correction: if from.present()? { Some(Arc::new(from.f32s()?)) } else { None },
            key: read_key(from)?,
        })
    }
}

impl Wire for Update {
    const KIND: u8 = 3;

    fn write(&self, out: &mut Writer) {
        out.u64(self.round);
        out.u32(self.client.0);
        self.payload.write(out);
        out.u64(self.n_samples);
        write_metrics(&self.metrics, out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            round: from.u64()?,
            client: ClientId(from.u32()?),
            payload: Payload::read(from)?,
            n_samples: from.u64()?,
            metrics: read_metrics(from)?,
        })
    }
}

/// Four words.
pub(crate) fn write_key(key: Key, out: &mut Writer) {
    key.to_words().into_iter().for_each(|word| out.u64(word));
}

/// What [`write_key`] wrote.
pub(crate) fn read_key(from: &mut Reader<'_>) -> Result<Key, CodecError> {
    Ok(Key::from_words([from.u64()?, from.u64()?, from.u64()?, from.u64()?]))
}

fn write_metrics(metrics: &Metrics, out: &mut Writer) {
    out.list(metrics.iter(), |out, (name, value)| {
        out.str(name);
        out.f64(value);
    });
}

fn read_metrics(from: &mut Reader<'_>) -> Result<Metrics, CodecError> {
    let pairs = from.list(|from| Ok((from.str()?, from.f64()?)))?;
    // One encoding for each value: names in order, none twice.
    if pairs.is_sorted_by(|a, b| a.0 < b.0) { Ok(pairs.into_iter().collect()) } else { Err(CodecError::Order) }
}
