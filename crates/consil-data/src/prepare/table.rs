//! Rows of numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::{PrepareError, Values};
use crate::error::DataError;
use crate::{ModalityConfig, Value};

/// Rows become `[D]`: `(x − mean) / sd` for each column; an absent number becomes zero, the mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TablePreparation {
    mean: Vec<f32>,
    sd: Vec<f32>,
}

impl TablePreparation {
    pub(super) fn fit(config: &ModalityConfig, values: &Values<'_>) -> Result<Self, DataError> {
        let Value::Row(first) = values.first()? else { return Err(values.all_absent()) };
        let width = first.len();
        let mut moments = Moments::new(width);
        values.visit(false, |value| {
            if let Value::Row(row) = value
                && row.len() == width
            {
                moments.add(row);
            }
        })?;
        let (mean, sd) = if config.normalize { moments.finish() } else { (vec![0.0; width], vec![1.0; width]) };
        Ok(Self { mean, sd })
    }

    /// The number of columns D.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    pub(super) fn apply(&self, row: &[f32]) -> Result<Vec<f32>, PrepareError> {
        if row.len() != self.mean.len() {
            return Err(PrepareError::Channels { expected: self.mean.len(), found: row.len() });
        }
        let standardise = |((x, mean), sd): ((&f32, &f32), &f32)| if x.is_nan() { 0.0 } else { (x - mean) / sd };
        Ok(row.iter().zip(&self.mean).zip(&self.sd).map(standardise).collect())
    }
}
