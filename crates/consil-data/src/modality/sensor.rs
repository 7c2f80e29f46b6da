//! Time series of several channels: CSV files, JSON arrays in a manifest, and slices of idx arrays.
//!
//! Where files have a header, channels are told apart by its names and not by their places: a file with `y,x` is read as
//! one with `x,y`, and one with other names is an error.

pub(crate) mod parse;

use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use super::{Content, Encoded, Mergeable, Modality, Place, Prepare, PrepareError, Prepared, Time, View};
use crate::error::{DataError, Fault};
use crate::file::{self, Encoding};
use crate::idx::IdxArray;
use crate::manifest::Cell;
use crate::moments::{FeatureMoments, standardised};
use crate::{ModalityConfig, ModalityKind, Value};

/// A time series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The number of channels C.
    pub channels: usize,
    /// The channels' names, where the file has a header.
    pub names: Option<Arc<[String]>>,
    /// `[T, C]` row-major; a cell that was empty is NaN.
    pub values: Vec<f64>,
}

impl Content for Series {
    fn hash_into(&self, hasher: &mut impl Hasher) {
        (self.channels, &self.names).hash(hasher);
        self.values.iter().for_each(|x| x.to_bits().hash(hasher));
    }

    fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }
}

/// The modality of time series.
pub(crate) struct Sensor;

impl Modality for Sensor {
    type Survey = SensorSurvey;
    type Moments = SensorMoments;
    type Preparation = SensorPreparation;

    type Content = Series;

    const EXTENSIONS: &'static [&'static str] = &["csv", "tsv", "txt", "csv.gz", "tsv.gz", "txt.gz"];
    const OPTIONS: &'static [&'static str] =
        &["length", "max-length", "normalize", "augment.shift", "augment.time-mask", "augment.jitter", "augment.scale"];

    fn decode(path: &Path) -> Result<Value, Fault> {
        let text = file::text(path, Encoding::Utf8).map_err(|fault| Fault::of_file(path, fault))?;
        parse::series(path, ModalityKind::Sensor, &text)
    }

    /// Steps of channels `[T, C]`.
    fn slice(array: &IdxArray, i: usize) -> Option<Series> {
        let [_, channels] = array.shape[1..] else { return None };
        Some(Series { channels, names: None, values: array.numbers(i) })
    }

    fn encode(series: &Series) -> io::Result<Encoded> {
        let mut text = series.names.as_ref().map(|names| names.join(",") + "\n").unwrap_or_default();
        let cell = |x: &f64| if x.is_nan() { String::new() } else { x.to_string() };
        for step in series.values.chunks_exact(series.channels.max(1)) {
            text += &(step.iter().map(cell).collect::<Vec<_>>().join(",") + "\n");
        }
        Ok(Encoded::File("csv", text.into_bytes()))
    }

    fn place(cell: &Cell) -> Result<Place, Fault> {
        match cell {
            Cell::Array(steps) => parse::json_series(steps).map(Place::Value),
            Cell::Text(path) => Ok(Place::File(path.clone())),
            other => Err(Fault::JsonType { expected: "a path or a series", found: other.text().unwrap_or_default() }),
        }
    }

    fn see(survey: &mut SensorSurvey, value: &Value, times: u32) -> Result<(), Fault> {
        match value {
            Value::Series(Series { channels, names, values }) => {
                survey.see(*channels, names.as_deref(), values.len() / (*channels).max(1), times)
            }
            _ => Ok(()),
        }
    }

    fn begin(modality: &str, _: &ModalityConfig, survey: &SensorSurvey) -> Result<SensorMoments, DataError> {
        let channels = survey.channels.ok_or_else(|| DataError::AllAbsent { modality: modality.to_owned() })?;
        let draft = SensorPreparation {
            channels,
            names: survey.names(),
            length: 1,
            max_length: None,
            mean: vec![0.0; channels],
            sd: vec![1.0; channels],
            is_exact: true,
        };
        Ok(SensorMoments { features: FeatureMoments::new(channels), draft })
    }

    fn measure(moments: &mut SensorMoments, value: &Value, times: u32) {
        let Value::Series(Series { channels, names, values }) = value else { return };
        if let Ok(order) = moments.draft.order(*channels, names.as_deref()) {
            for step in values.chunks_exact(*channels) {
                order.iter().enumerate().for_each(|(at, from)| moments.features.add_one(at, step[*from], times));
            }
        }
    }

    fn finish(config: &ModalityConfig, survey: &SensorSurvey, moments: &SensorMoments) -> SensorPreparation {
        let bounds = survey.lengths.bounds(config);
        let mut preparation =
            SensorPreparation { length: bounds.length, max_length: bounds.limit, ..moments.draft.clone() };
        if config.normalize {
            (preparation.mean, preparation.sd) = moments.features.finish_exact();
        }
        preparation
    }

    fn notes(config: &ModalityConfig, survey: &SensorSurvey, _: &SensorMoments) -> Vec<String> {
        let mut notes: Vec<String> =
            survey.lengths.note(survey.lengths.bounds(config), "samples").into_iter().collect();
        if survey.headers.len() > 1 {
            notes.push(format!(
                "training files have their columns in {} different orders: they are read by the names of their headers",
                survey.headers.len()
            ));
        }
        if !survey.headers.is_empty() && survey.unnamed > 0 {
            notes.push(format!(
                "{} training series have no header: their columns are taken to be {}",
                survey.unnamed,
                survey.names().unwrap_or_default().join(", ")
            ));
        }
        notes
    }
}

/// The headers and lengths of the training series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SensorSurvey {
    channels: Option<usize>,
    /// Each header with the number of its series, sorted.
    headers: Vec<(Vec<String>, u64)>,
    unnamed: u64,
    lengths: Lengths,
}

impl SensorSurvey {
    fn see(&mut self, channels: usize, names: Option<&[String]>, length: usize, times: u32) -> Result<(), Fault> {
        self.agree(channels, names)?;
        self.channels = Some(channels);
        self.lengths.add(length, times);
        match names {
            None => self.unnamed += u64::from(times),
            Some(names) => self.count(names, u64::from(times)),
        }
        Ok(())
    }

    fn agree(&self, channels: usize, names: Option<&[String]>) -> Result<(), Fault> {
        if let (Some(names), Some((known, _))) = (names, self.headers.first())
            && !same_names(known, names)
        {
            return Err(Fault::Header { expected: known.clone(), found: names.to_vec() });
        }
        match self.channels {
            Some(expected) if expected != channels => Err(Fault::Channels { expected, found: channels, line: None }),
            _ => Ok(()),
        }
    }

    fn count(&mut self, names: &[String], times: u64) {
        match self.headers.binary_search_by(|(known, _)| known.as_slice().cmp(names)) {
            Ok(at) => self.headers[at].1 += times,
            Err(at) => self.headers.insert(at, (names.to_vec(), times)),
        }
    }

    /// The channels in the order of the most frequent header, the first in the order of text of equals.
    fn names(&self) -> Option<Vec<String>> {
        self.headers.iter().rev().max_by_key(|(_, n)| *n).map(|(names, _)| names.clone())
    }
}

fn same_names(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

impl Mergeable for SensorSurvey {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        if let Some(channels) = other.channels {
            self.agree(channels, other.headers.first().map(|(names, _)| names.as_slice()))?;
            self.channels = Some(channels);
        }
        other.headers.iter().for_each(|(names, n)| self.count(names, *n));
        self.unnamed += other.unnamed;
        self.lengths.merge(&other.lengths);
        Ok(())
    }
}

/// The samples of the training series by channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SensorMoments {
    draft: SensorPreparation,
    features: FeatureMoments,
}

impl Mergeable for SensorMoments {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        if self.draft != other.draft {
            return Err(Fault::OtherSurvey);
        }
        self.features.merge(&other.features);
        Ok(())
    }
}

/// Series become `[C, T]`: `(x − mean) / sd` for each channel, cut at the limit; T is the series' own number of samples. An
/// absent sample becomes zero, the mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SensorPreparation {
    channels: usize,
    /// The channels by name, where the training files have headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    names: Option<Vec<String>>,
    length: usize,
    /// Samples beyond which a series is cut; each has `length` of them where this is absent, as in what version 0.1 wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
    mean: Vec<f64>,
    sd: Vec<f64>,
    /// Whether samples are scaled in 64 bits; what version 0.1 wrote does so in 32.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_exact: bool,
}

impl Prepare for SensorPreparation {
    fn shape(&self) -> Vec<usize> {
        vec![self.channels, self.length]
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
        let Value::Series(Series { channels, names, values: series }) = value else {
            return Err(PrepareError::kind(ModalityKind::Sensor, value));
        };
        let order = self.order(*channels, names.as_deref())?;
        let n_steps = series.len() / channels;
        let kept = n_steps.min(self.max_length.unwrap_or(self.length));
        let mut values = vec![0.0; channels * kept];
        for (t, step) in series.chunks_exact(*channels).take(kept).enumerate() {
            for (channel, from) in order.iter().enumerate().filter(|(_, from)| !step[**from].is_nan()) {
                values[channel * kept + t] =
                    standardised(step[*from], (self.mean[channel], self.sd[channel]), self.is_exact);
            }
        }
        Ok(Prepared { steps: Some(kept), cut: n_steps - kept, ..Prepared::new(values) })
    }

    fn view(&self, value: &Value) -> View {
        match value {
            Value::Series(Series { channels, values, .. }) => {
                let steps = values.len() / (*channels).max(1);
                View::Series { channels: *channels, steps, values: values.iter().map(|x| *x as f32).collect() }
            }
            _ => View::Absent,
        }
    }
}

impl SensorPreparation {
    /// Where each channel stands in a series: by name where both have names, else by place.
    fn order(&self, channels: usize, names: Option<&[String]>) -> Result<Vec<usize>, PrepareError> {
        if let (Some(expected), Some(found)) = (&self.names, names) {
            if !same_names(expected, found) {
                return Err(PrepareError::Header { expected: expected.clone(), found: found.to_vec() });
            }
            let place = |name: &String| found.iter().position(|other| other == name);
            return Ok(expected.iter().filter_map(place).collect());
        }
        match channels == self.channels {
            true => Ok((0..channels).collect()),
            false => Err(PrepareError::Channels { expected: self.channels, found: channels }),
        }
    }
}

/// The names of a header, shared by the values of a file.
pub(super) type Names = Arc<[String]>;

#[cfg(test)]
mod tests;
