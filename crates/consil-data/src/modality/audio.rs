//! Waveforms: WAV files, channels averaged into one.
//!
//! A clip is brought to one sampling rate, gets its noise if the spec adds any, and becomes log-mel features.

mod noise;
pub(crate) mod wav;

use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use consil_signal::{LogMel, LogMelConfig, SignalError, resample};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use super::{Content, Encoded, Mergeable, Modality, Place, Prepare, PrepareError, Prepared, Time, View, path_only};
use crate::error::{DataError, Fault};
use crate::manifest::Cell;
use crate::moments::{Counts, FeatureMoments, add_counts, most_frequent};
use crate::{ModalityConfig, ModalityKind, Value};

pub(crate) use noise::AudioView;
use noise::resampled_length;

/// The default window in seconds; its length in samples is rounded down to a power of two.
const WINDOW_SECONDS: f64 = 0.032;

/// A mono waveform.
#[derive(Clone, Debug, PartialEq)]
pub struct Waveform {
    /// Samples per second.
    pub rate: u32,
    /// Samples within −1…1.
    pub samples: Vec<f32>,
}

impl Content for Waveform {
    fn hash_into(&self, hasher: &mut impl Hasher) {
        self.rate.hash(hasher);
        self.samples.iter().for_each(|x| x.to_bits().hash(hasher));
    }

    fn bytes(&self) -> usize {
        size_of_val(self.samples.as_slice())
    }
}

/// The modality of waveforms.
pub(crate) struct Audio;

impl Modality for Audio {
    type Survey = AudioSurvey;
    type Moments = AudioMoments;
    type Preparation = AudioPreparation;

    type Content = Waveform;

    const EXTENSIONS: &'static [&'static str] = &["wav"];
    const OPTIONS: &'static [&'static str] = &[
        "features",
        "rate",
        "length",
        "max-length",
        "noise",
        "normalize",
        "augment.shift",
        "augment.time-mask",
        "augment.band-mask",
        "augment.jitter",
        "augment.scale",
    ];

    fn decode(path: &Path) -> Result<Value, Fault> {
        let bytes = crate::file::stored(path).map_err(|fault| Fault::of_file(path, fault))?;
        wav::parse(path, &bytes)
    }

    fn encode(clip: &Waveform) -> io::Result<Encoded> {
        Ok(Encoded::File("wav", wav::written(clip)?))
    }

    fn place(cell: &Cell) -> Result<Place, Fault> {
        path_only(cell)
    }

    fn see(survey: &mut AudioSurvey, value: &Value, times: u32) -> Result<(), Fault> {
        if let Value::Audio(Waveform { rate, .. }) = value {
            *survey.rates.entry(*rate).or_default() += u64::from(times);
        }
        Ok(())
    }

    fn begin(modality: &str, config: &ModalityConfig, survey: &AudioSurvey) -> Result<AudioMoments, DataError> {
        let rate = config.rate.or_else(|| most_frequent(&survey.rates));
        let rate = rate.ok_or_else(|| DataError::AllAbsent { modality: modality.to_owned() })?;
        let draft = AudioPreparation::unfitted(config, rate);
        draft.plan().map_err(|source| DataError::Signal { modality: modality.to_owned(), source: source.clone() })?;
        let features = FeatureMoments::new(draft.n_mels);
        Ok(AudioMoments { draft, features, lengths: Lengths::default() })
    }

    fn measure(moments: &mut AudioMoments, value: &Value, times: u32) {
        if let Value::Audio(Waveform { rate, samples }) = value
            && let Ok(features) = moments.draft.features(*rate, samples)
        {
            moments.lengths.add(features.len() / moments.draft.n_mels, times);
            moments.features.add(&features, times);
        }
    }

    fn finish(config: &ModalityConfig, _: &AudioSurvey, moments: &AudioMoments) -> AudioPreparation {
        let bounds = moments.lengths.bounds(config);
        let mut preparation =
            AudioPreparation { length: bounds.length, max_length: bounds.limit, ..moments.draft.clone() };
        if config.normalize {
            (preparation.mean, preparation.sd) = moments.features.finish();
        }
        preparation
    }

    fn notes(config: &ModalityConfig, survey: &AudioSurvey, moments: &AudioMoments) -> Vec<String> {
        let mut notes = Vec::new();
        if config.rate.is_none() && survey.rates.len() > 1 {
            let rates: Vec<String> = survey.rates.iter().map(|(rate, n)| format!("{n} at {rate} Hz")).collect();
            notes.push(format!(
                "training clips differ in rate ({}): all are brought to the most frequent, {} Hz; rate decides otherwise",
                rates.join(", "),
                moments.draft.rate
            ));
        }
        notes.extend(moments.lengths.note(moments.lengths.bounds(config), "frames"));
        notes
    }
}

/// The sampling rates of the training clips.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AudioSurvey {
    rates: Counts<u32>,
}

impl Mergeable for AudioSurvey {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        add_counts(&mut self.rates, &other.rates);
        Ok(())
    }
}

/// The log-mel features of the training clips at the network's rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AudioMoments {
    draft: AudioPreparation,
    features: FeatureMoments,
    lengths: Lengths,
}

impl Mergeable for AudioMoments {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        if self.draft != other.draft {
            return Err(Fault::OtherSurvey);
        }
        self.features.merge(&other.features);
        self.lengths.merge(&other.lengths);
        Ok(())
    }
}

/// Waveforms become `[1, n_mels, T]`: resampled, log-mel, `(x − mean) / sd` for each band, cut at the limit. T is the
/// clip's own number of frames.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AudioPreparation {
    rate: u32,
    n_fft: usize,
    hop: usize,
    n_mels: usize,
    fmin: f32,
    fmax: Option<f32>,
    length: usize,
    /// Frames beyond which a clip is cut; each has `length` of them where this is absent, as in what version 0.1 wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
    mean: Vec<f32>,
    sd: Vec<f32>,
    #[serde(skip)]
    plan: OnceLock<Result<LogMel, SignalError>>,
}

impl PartialEq for AudioPreparation {
    fn eq(&self, other: &Self) -> bool {
        let settings = |p: &Self| (p.rate, p.n_fft, p.hop, p.n_mels, p.fmin, p.fmax, p.length, p.max_length);
        settings(self) == settings(other) && self.mean == other.mean && self.sd == other.sd
    }
}

impl Prepare for AudioPreparation {
    fn shape(&self) -> Vec<usize> {
        vec![1, self.n_mels, self.length]
    }

    fn time(&self) -> Option<Time> {
        Some(Time { length: self.length, limit: self.max_length })
    }

    fn fix_length(&mut self) {
        self.max_length = None;
    }

    fn limit_length(&mut self) {
        self.max_length = self.max_length.map(|_| self.length);
    }

    fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        let Value::Audio(Waveform { rate, samples }) = value else {
            return Err(PrepareError::kind(ModalityKind::Audio, value));
        };
        let features = self.features(*rate, samples)?;
        let n_frames = features.len() / self.n_mels;
        let kept = n_frames.min(self.max_length.unwrap_or(self.length));
        let mut values = vec![0.0; self.n_mels * kept];
        for (t, frame) in features.chunks_exact(self.n_mels).take(kept).enumerate() {
            for (band, x) in frame.iter().enumerate() {
                values[band * kept + t] = (x - self.mean[band]) / self.sd[band];
            }
        }
        Ok(Prepared { steps: Some(kept), cut: n_frames - kept, ..Prepared::new(values) })
    }

    fn view(&self, value: &Value) -> View {
        match self.apply(value) {
            Ok(Prepared { values, steps: Some(frames), .. }) => {
                View::Spectrogram { frames, bands: self.n_mels, values }
            }
            _ => View::Absent,
        }
    }

    fn resolve(&self, config: &mut ModalityConfig) {
        config.rate.get_or_insert(self.rate);
    }

    fn is_mel(&self) -> bool {
        true
    }
}

impl AudioPreparation {
    fn unfitted(config: &ModalityConfig, rate: u32) -> Self {
        let features = &config.features;
        let longest_power = || 1usize << ((f64::from(rate) * WINDOW_SECONDS).max(2.0).log2().floor() as u32);
        let n_fft = features.n_fft.unwrap_or_else(longest_power);
        let n_mels = features.log_mel;
        Self {
            rate,
            n_fft,
            hop: features.hop.unwrap_or(n_fft / 2),
            n_mels,
            fmin: features.fmin,
            fmax: features.fmax,
            length: 1,
            max_length: None,
            mean: vec![0.0; n_mels],
            sd: vec![1.0; n_mels],
            plan: OnceLock::new(),
        }
    }

    /// Samples per second that clips are brought to.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Log-mel features `[T, n_mels]`, not yet normalised; none where a configuration read from a file cannot be
    /// computed.
    fn features(&self, rate: u32, samples: &[f32]) -> Result<Vec<f32>, PrepareError> {
        Ok(match self.plan() {
            Ok(plan) if rate == self.rate => plan.apply(samples),
            Ok(plan) => {
                let fault = |(samples, limit)| PrepareError::Resampled { from: rate, to: self.rate, samples, limit };
                resampled_length(samples.len(), rate, self.rate).map_err(fault)?;
                plan.apply(&resample(samples, rate, self.rate))
            }
            Err(_) => Vec::new(),
        })
    }

    fn plan(&self) -> Result<&LogMel, &SignalError> {
        let plan = || {
            LogMel::new(&LogMelConfig {
                sample_rate: self.rate,
                n_fft: self.n_fft,
                hop: self.hop,
                n_mels: self.n_mels,
                fmin: self.fmin,
                fmax: self.fmax,
                ..LogMelConfig::default()
            })
        };
        self.plan.get_or_init(plan).as_ref()
    }
}
