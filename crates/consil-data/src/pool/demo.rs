//! The data that ships with the program: handwritten digits, spoken digits and signs drawn in the air.
//!
//! `demo/generate.py` wrote it; `demo/ATTRIBUTION.md` says where it comes from and how it was chosen. Test voices speak
//! in no training clip, and test people draw no training gesture.

mod adpcm;

use std::collections::BTreeMap;
use std::io::Read;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Part, Pool};
use crate::categories::Categories;
use crate::idx::IdxArray;
use crate::{Image, ModalityKind, Series, Value, Waveform};

/// A pool that ships with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Embedded {
    /// 1,797 handwritten digits of 8×8 pixels with labels `0`…`9`.
    Digits,
    /// 370 clips of the words zero to nine at 8 kHz, spoken by 37 synthetic voices, with labels `0`…`9` and the
    /// attribute `voice`.
    Spoken,
    /// 520 drawings of a plus or a minus in the air, 32 samples of three accelerations (m/s²) and three angular
    /// velocities (rad/s), with labels `plus` and `minus` and the attribute `person`. Generated.
    Gestures,
}

impl Embedded {
    /// The embedded pool whose items are of a kind.
    pub fn of_kind(kind: ModalityKind) -> Option<Self> {
        match kind {
            ModalityKind::Vision => Some(Self::Digits),
            ModalityKind::Audio => Some(Self::Spoken),
            ModalityKind::Sensor => Some(Self::Gestures),
            _ => None,
        }
    }

    /// The name of the pool: `digits`, `spoken` or `gestures`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Spoken => "spoken",
            Self::Gestures => "gestures",
        }
    }
}

/// Samples per second of the spoken digits.
const SPOKEN_RATE: u32 = 8_000;
/// What `generate.py` multiplies accelerations and angular velocities by before rounding.
const GESTURE_SCALE: [f64; 2] = [6.0, 20.0];

/// The files that are embedded, by name.
pub(crate) const FILES: [(&str, &[u8]); 10] = [
    ("digits-train-images.idx.gz", include_bytes!("../../demo/digits-train-images.idx.gz")),
    ("digits-train-labels.idx.gz", include_bytes!("../../demo/digits-train-labels.idx.gz")),
    ("digits-test-images.idx.gz", include_bytes!("../../demo/digits-test-images.idx.gz")),
    ("digits-test-labels.idx.gz", include_bytes!("../../demo/digits-test-labels.idx.gz")),
    ("gestures-train-series.idx.gz", include_bytes!("../../demo/gestures-train-series.idx.gz")),
    ("gestures-train-labels.idx.gz", include_bytes!("../../demo/gestures-train-labels.idx.gz")),
    ("gestures-test-series.idx.gz", include_bytes!("../../demo/gestures-test-series.idx.gz")),
    ("gestures-test-labels.idx.gz", include_bytes!("../../demo/gestures-test-labels.idx.gz")),
    ("spoken.adpcm3.gz", include_bytes!("../../demo/spoken.adpcm3.gz")),
    ("spoken.csv", include_bytes!("../../demo/spoken.csv")),
];

const PARTS: [Part; 2] = [Part::Train, Part::Test];

/// The embedded pool.
pub(crate) fn pool(embedded: Embedded) -> Pool {
    match embedded {
        Embedded::Digits => digits(),
        Embedded::Spoken => spoken(),
        Embedded::Gestures => gestures(),
    }
}

fn digits() -> Pool {
    let (mut images, mut labels, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for part in PARTS {
        let levels = array(&format!("digits-{}-images.idx.gz", part.name()));
        let digits = array(&format!("digits-{}-labels.idx.gz", part.name()));
        for i in 0..levels.len() {
            // Sixteen levels above black become the 8-bit levels that other images have.
            let pixels = levels.bytes(i).into_iter().map(|level| (u16::from(level) * 255 / 16) as u8).collect();
            images.push(Value::Image(Image { height: 8, width: 8, channels: 1, pixels }));
            labels.push(Some(digits.bytes(i)[0].to_string()));
            parts.push(part);
        }
    }
    Pool::of_values("digits", ModalityKind::Vision, images, &parts, labels.into_iter().collect(), BTreeMap::new())
}

fn gestures() -> Pool {
    let (mut series, mut labels, mut people, mut parts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in PARTS {
        let steps = array(&format!("gestures-{}-series.idx.gz", part.name()));
        let about = array(&format!("gestures-{}-labels.idx.gz", part.name()));
        for i in 0..steps.len() {
            let mut values = steps.numbers(i);
            for step in values.chunks_exact_mut(6) {
                let (acceleration, turning) = step.split_at_mut(3);
                acceleration.iter_mut().for_each(|a| *a /= GESTURE_SCALE[0]);
                turning.iter_mut().for_each(|w| *w /= GESTURE_SCALE[1]);
            }
            series.push(Value::Series(Series { channels: 6, names: None, values }));
            labels.push(Some(["plus", "minus"][usize::from(about.bytes(i)[0])]));
            people.push(Some(about.bytes(i)[1].to_string()));
            parts.push(part);
        }
    }
    let attributes = BTreeMap::from([("person".to_owned(), people.into_iter().collect())]);
    Pool::of_values("gestures", ModalityKind::Sensor, series, &parts, labels.into_iter().collect(), attributes)
}

fn spoken() -> Pool {
    let mut codes = Vec::new();
    flate2::read::GzDecoder::new(file("spoken.adpcm3.gz"))
        .read_to_end(&mut codes)
        .expect("the embedded clips are whole");
    let about = std::str::from_utf8(file("spoken.csv")).expect("the embedded table is text");
    let (mut clips, mut labels, mut voices, mut parts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut rest = codes.as_slice();
    for line in about.lines().skip(1) {
        let [label, voice, split, n] = line.split(',').collect::<Vec<_>>()[..] else { continue };
        let n_samples: usize = n.parse().expect("the embedded table holds counts");
        let (code, tail) = rest.split_at(adpcm::n_bytes(n_samples));
        rest = tail;
        clips.push(Value::Audio(Waveform { rate: SPOKEN_RATE, samples: adpcm::decode(code, n_samples) }));
        labels.push(Some(label));
        voices.push(Some(voice));
        parts.push(if split == "test" { Part::Test } else { Part::Train });
    }
    let attributes = BTreeMap::from([("voice".to_owned(), voices.into_iter().collect())]);
    Pool::of_values("spoken", ModalityKind::Audio, clips, &parts, Categories::from_iter(labels), attributes)
}

fn array(name: &str) -> IdxArray {
    IdxArray::parse(file(name)).expect("the embedded arrays are whole")
}

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, bytes)| *bytes).expect("the name is one of the embedded files")
}

#[cfg(test)]
mod tests;
