//! What is learned of the training rows before anything is trained: vocabularies, scales, sizes.
//!
//! It is fitted as a federation would fit it, from each site's own statistics, in two passes. A [`Survey`] counts what
//! values are like (sizes and colours of images, rates of clips, headers of series, words); the merged survey decides how
//! values are prepared. [`Moments`] then add up the values as that decision has them, and the merged moments give the
//! [`Preparation`]. All sums are exact, so that any division of the rows over sites, merged in any order, gives the very
//! same preparation as all rows together.
//!
//! ```
//! # use std::collections::BTreeMap;
//! # use consil_data::*;
//! # let config = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
//! # let image = ModalityConfig::new(ModalityKind::Vision);
//! # let modalities = BTreeMap::from([("image".to_owned(), image.clone())]);
//! # let train = open(&config, &modalities, std::path::Path::new("."), 7)?.train;
//! let sites: [Vec<usize>; 2] = [(0..100).collect(), (100..6000).collect()];
//! let mut survey = Survey::of("image", &image, &train, &sites[0])?;
//! survey.merge(&Survey::of("image", &image, &train, &sites[1])?)?;
//! let mut moments = survey.measure(&train, &sites[0])?;
//! moments.merge(&survey.measure(&train, &sites[1])?)?;
//! let (preparation, notes) = moments.finish(&survey)?;
//! assert_eq!(preparation.shape(), [1, 8, 8]);
//! assert!(notes.is_empty(), "images of one size leave nothing to decide");
//! # Ok::<(), DataError>(())
//! ```

mod targets;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub use targets::{TargetSpread, TargetSurvey};

use crate::column::Source;
use crate::error::DataError;
use crate::limits;
use crate::modality::{AnyMoments, AnySurvey};
use crate::{Item, ModalityConfig, Preparation, Split, Value};

/// The most files that are decoded to fit a preparation, evenly spaced over the rows. Decoding 100,000 files before the
/// first step would be noticed, and a scale over thousands of files has an error that no network notices. Values in memory
/// are all read.
const MAX_FILES: usize = 16_384;

/// What the values of a modality are like over some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    modality: String,
    config: ModalityConfig,
    values: AnySurvey,
    /// Rows with a value.
    n_present: u64,
}

/// Sums over the values of a modality over some rows, as a [`Survey`] decided to prepare them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    modality: String,
    values: AnyMoments,
}

impl Survey {
    /// Surveys a choice of a split's rows.
    ///
    /// # Errors
    /// A file that cannot be decoded, or a value that does not go with those before, with its row.
    pub fn of(modality: &str, config: &ModalityConfig, split: &Split, rows: &[usize]) -> Result<Self, DataError> {
        let mut survey = Self {
            modality: modality.to_owned(),
            config: config.clone(),
            values: AnySurvey::new(config.kind),
            n_present: 0,
        };
        // Sizes, rates and words are what they are under any noise.
        let quiet = ModalityConfig { noise: None, ..config.clone() };
        visit(modality, &quiet, split, rows, |row, item, value, times| {
            survey.n_present += u64::from(times);
            survey.values.see(value, times).map_err(|fault| split.bad_row(row, item, fault))
        })?;
        Ok(survey)
    }

    /// Adds the survey of other rows.
    ///
    /// # Errors
    /// Values that do not go together, such as series with other columns.
    pub fn merge(&mut self, other: &Self) -> Result<(), DataError> {
        self.n_present += other.n_present;
        self.values
            .merge(&other.values)
            .map_err(|fault| DataError::Merge { modality: self.modality.clone(), fault: Box::new(fault) })
    }

    /// Adds up a choice of a split's rows, as this survey, of all rows, decides.
    ///
    /// # Errors
    /// A modality that no surveyed row has, settings that give nothing to compute, or a file that cannot be decoded.
    pub fn measure(&self, split: &Split, rows: &[usize]) -> Result<Moments, DataError> {
        if self.n_present == 0 {
            return Err(DataError::AllAbsent { modality: self.modality.clone() });
        }
        let mut values = self.values.begin(&self.modality, &self.config)?;
        visit(&self.modality, &self.config, split, rows, |_, _, value, times| {
            values.measure(value, times);
            Ok(())
        })?;
        Ok(Moments { modality: self.modality.clone(), values })
    }
}

impl Moments {
    /// Adds the moments of other rows.
    ///
    /// # Errors
    /// Moments that another survey began.
    pub fn merge(&mut self, other: &Self) -> Result<(), DataError> {
        self.values
            .merge(&other.values)
            .map_err(|fault| DataError::Merge { modality: self.modality.clone(), fault: Box::new(fault) })
    }

    /// The fitted preparation, and what the survey decided where the values left a choice, as sentences.
    ///
    /// # Errors
    /// Another survey than the one that began these moments, or prepared values beyond the limit.
    pub fn finish(&self, survey: &Survey) -> Result<(Preparation, Vec<String>), DataError> {
        let (preparation, notes) = self.values.finish(&survey.config, &survey.values).ok_or_else(|| {
            DataError::Merge { modality: self.modality.clone(), fault: Box::new(crate::Fault::OtherSurvey) }
        })?;
        limits::numbers(&self.modality, &preparation.shape())?;
        Ok((preparation, notes))
    }
}

impl Preparation {
    /// Fits the preparation of a modality to the rows of a split, over all of its items.
    ///
    /// # Errors
    /// A modality that is absent from every row, files that cannot be decoded (every one of them), or features that cannot
    /// be computed as configured.
    pub fn fit(modality: &str, config: &ModalityConfig, split: &Split) -> Result<Self, DataError> {
        let mut fitted = fit(&BTreeMap::from([(modality.to_owned(), config.clone())]), split)?;
        let fitted = fitted.preparations.remove(modality);
        Ok(fitted.expect("each modality that is asked for has a preparation"))
    }
}

/// The preparation of each modality, and what was decided where the training rows left a choice.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The preparations by modality.
    pub preparations: BTreeMap<String, Preparation>,
    /// Sentences, each with its modality.
    pub notes: Vec<(String, String)>,
}

/// Fits the preparation of each modality to the training rows.
///
/// # Errors
/// As [`Preparation::fit`].
pub fn fit(modalities: &BTreeMap<String, ModalityConfig>, train: &Split) -> Result<Fitted, DataError> {
    let rows: Vec<usize> = (0..train.len()).collect();
    let mut fitted = Fitted { preparations: BTreeMap::new(), notes: Vec::new() };
    for (name, survey) in survey(modalities, train, &rows)? {
        let (preparation, notes) = survey.measure(train, &rows)?.finish(&survey)?;
        fitted.notes.extend(notes.into_iter().map(|note| (name.clone(), note)));
        fitted.preparations.insert(name, preparation);
    }
    Ok(fitted)
}

/// Surveys each modality over a choice of a split's rows.
///
/// # Errors
/// As [`Survey::of`]; where rows cannot be used, every one of the choice is named.
pub fn survey(
    modalities: &BTreeMap<String, ModalityConfig>,
    split: &Split,
    rows: &[usize],
) -> Result<BTreeMap<String, Survey>, DataError> {
    let one = |(name, config): (&String, &ModalityConfig)| {
        config.check(name)?;
        Ok((name.clone(), Survey::of(name, config, split, rows)?))
    };
    modalities.iter().map(one).collect::<Result<_, DataError>>().map_err(|error| match error {
        // The first bad row ends a survey; whoever has to fix rows wants to know all of them.
        DataError::Rows(first) => match crate::decoding::bad_values(&split.select(rows)) {
            Ok(all) if !all.is_empty() => DataError::Rows(all.into_iter().map(|(_, bad)| bad).collect()),
            _ => DataError::Rows(first),
        },
        other => other,
    })
}

/// Visits the present values of a modality in some rows, a value of several rows once with their number. Audio is visited
/// as its network hears it.
fn visit(
    modality: &str,
    config: &ModalityConfig,
    split: &Split,
    rows: &[usize],
    mut visit: impl FnMut(usize, &Item, &Value, u32) -> Result<(), DataError>,
) -> Result<(), DataError> {
    for item in Item::of(modality, config.count) {
        let column = split.column(&item)?;
        let mut distinct: Vec<(usize, u32)> = Vec::new();
        // Noise differs from row to row, whatever the rows share.
        if config.noise.is_some() {
            distinct.extend(rows.iter().map(|row| (*row, 1)));
        } else {
            let mut seen: HashMap<Source<'_>, usize> = HashMap::new();
            for &row in rows {
                let at = *seen.entry(Source::of(column, row)).or_insert(distinct.len());
                match distinct.get_mut(at) {
                    Some((_, times)) => *times += 1,
                    None => distinct.push((row, 1)),
                }
            }
        }
        let step = if column.is_files() { distinct.len().div_ceil(MAX_FILES).max(1) } else { 1 };
        for (row, times) in distinct.into_iter().step_by(step) {
            if let Some(value) = split.value(row, &item)? {
                visit(row, &item, &value, times)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
