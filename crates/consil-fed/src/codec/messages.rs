//! The messages of a federation, field by field.

use std::sync::Arc;

use consil_random::Key;

use super::{CodecError, Reader, Wire, Writer};
use crate::contribution::{Contribution, Effort, Reply, Vector};
use crate::cover::Cover;
use crate::metrics::Metrics;
use crate::sites::{ClientId, SiteName};
use crate::work::{Task, Train, Work};

/// How many named vectors, and how many metrics, a contribution may have.
const MAX_NAMED: u64 = 1024;

impl Wire for Task {
    const KIND: u8 = 2;

    fn write(&self, out: &mut Writer) {
        out.u64(self.round);
        out.u32(self.client.0);
        out.str(self.site.as_str());
        write_key(self.key, out);
        write_work(&self.work, out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            round: from.u64()?,
            client: ClientId(from.u32()?),
            site: SiteName::new(&from.str()?),
            key: read_key(from)?,
            work: read_work(from)?,
        })
    }
}

fn write_work(work: &Work, out: &mut Writer) {
    match work {
        Work::Train(train) => {
            out.u8(0);
            out.f32s(&train.model);
            out.u32(train.epochs);
            out.f64(train.rate);
            out.f32(train.proximal);
            out.u8(u8::from(train.correction.is_some()));
            if let Some(correction) = &train.correction {
                out.f32s(correction);
            }
        }
        Work::Evaluate { model } => {
            out.u8(1);
            out.f32s(model);
        }
        Work::Statistics { of } => {
            out.u8(2);
            out.bytes(of);
        }
    }
}

fn read_work(from: &mut Reader<'_>) -> Result<Work, CodecError> {
    Ok(match from.u8()? {
        0 => Work::Train(Train {
            model: Arc::new(from.f32s()?),
            epochs: from.u32()?,
            rate: from.f64()?,
            proximal: from.f32()?,
            correction: if from.present()? { Some(Arc::new(from.f32s()?)) } else { None },
        }),
        1 => Work::Evaluate { model: Arc::new(from.f32s()?) },
        2 => Work::Statistics { of: Arc::new(from.bytes()?.to_vec()) },
        tag => return Err(CodecError::Tag { what: "kind of work", tag }),
    })
}

impl Wire for Reply {
    const KIND: u8 = 3;

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Contribution(contribution) => {
                out.u8(0);
                write_contribution(contribution, out);
            }
            Self::Decline { round, client, reason } => {
                out.u8(1);
                out.u64(*round);
                out.u32(client.0);
                out.str(reason);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(match from.u8()? {
            0 => Self::Contribution(read_contribution(from)?),
            1 => Self::Decline { round: from.u64()?, client: ClientId(from.u32()?), reason: from.str()? },
            tag => return Err(CodecError::Tag { what: "reply", tag }),
        })
    }
}

fn write_contribution(contribution: &Contribution, out: &mut Writer) {
    let Contribution { round, client, vectors, cover, effort, metrics } = contribution;
    out.u64(*round);
    out.u32(client.0);
    out.list(vectors.iter(), |out, (name, vector)| {
        out.str(name);
        match vector {
            Vector::F32(values) => {
                out.u8(0);
                out.f32s(values);
            }
            Vector::Bytes(bytes) => {
                out.u8(1);
                out.bytes(bytes);
            }
        }
    });
    match cover {
        Cover::All => out.u8(0),
        Cover::Entries(entries) => {
            out.u8(1);
            out.list(entries.iter(), |out, entry| out.u32(*entry));
        }
    }
    out.u64(effort.n_samples);
    out.u64(effort.steps);
    out.f64(effort.gradient_weight);
    out.list(metrics.iter(), |out, (name, value)| {
        out.str(name);
        out.f64(value);
    });
}

fn read_contribution(from: &mut Reader<'_>) -> Result<Contribution, CodecError> {
    Ok(Contribution {
        round: from.u64()?,
        client: ClientId(from.u32()?),
        vectors: read_named(from, read_vector)?.into_iter().collect(),
        cover: match from.u8()? {
            0 => Cover::All,
            1 => Cover::Entries(from.u32s()?),
            tag => return Err(CodecError::Tag { what: "cover", tag }),
        },
        effort: Effort { n_samples: from.u64()?, steps: from.u64()?, gradient_weight: from.f64()? },
        metrics: read_named(from, |from| from.f64())?.into_iter().collect::<Metrics>(),
    })
}

fn read_vector(from: &mut Reader<'_>) -> Result<Vector, CodecError> {
    Ok(match from.u8()? {
        0 => Vector::F32(from.f32s()?),
        1 => Vector::Bytes(from.bytes()?.to_vec()),
        tag => return Err(CodecError::Tag { what: "kind of vector", tag }),
    })
}

/// A map from names. One encoding for each: names in order, none twice.
fn read_named<T>(
    from: &mut Reader<'_>,
    mut value: impl FnMut(&mut Reader<'_>) -> Result<T, CodecError>,
) -> Result<Vec<(String, T)>, CodecError> {
    let pairs = from.short_list(MAX_NAMED, |from| Ok((from.str()?, value(from)?)))?;
    if pairs.is_sorted_by(|a, b| a.0 < b.0) { Ok(pairs) } else { Err(CodecError::Order) }
}

/// Four words.
fn write_key(key: Key, out: &mut Writer) {
    key.to_words().into_iter().for_each(|word| out.u64(word));
}

/// What [`write_key`] wrote.
fn read_key(from: &mut Reader<'_>) -> Result<Key, CodecError> {
    Ok(Key::from_words([from.u64()?, from.u64()?, from.u64()?, from.u64()?]))
}
