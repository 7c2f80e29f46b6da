//! Lengths of rows: those that they have, and the limits that they are cut to.

use serde::{Deserialize, Serialize};

use crate::ModalityConfig;
use crate::moments::{Counts, add_counts, quantile};

/// The limit where the spec names none: this many times the length that 95 of 100 training rows do not exceed, so that one
/// row of 200,000 words among hundreds of ten does not decide what an epoch costs.
const TIMES: usize = 8;
/// No default limit is below this.
const LEAST: usize = 64;

/// The number of rows of each length, in time steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lengths(Counts<usize>);

impl Lengths {
    pub fn add(&mut self, length: usize, times: u32) {
        *self.0.entry(length).or_default() += u64::from(times);
    }

    pub fn merge(&mut self, other: &Self) {
        add_counts(&mut self.0, &other.0);
    }

    /// The length to pad to where all batches have one length, and the limit beyond which rows are cut.
    pub fn bounds(&self, config: &ModalityConfig) -> Bounds {
        if let Some(length) = config.length {
            return Bounds { length, limit: None };
        }
        let usual = quantile(&self.0, 0.95).unwrap_or(1);
        let limit = config.max_length.unwrap_or_else(|| usual.saturating_mul(TIMES).max(LEAST));
        let longest = self.0.keys().next_back().copied().unwrap_or(1);
        Bounds { length: longest.clamp(1, limit.max(1)), limit: Some(limit.max(1)) }
    }

    /// What training rows the limit cuts, as a sentence; none where it cuts none.
    pub fn note(&self, bounds: Bounds, unit: &str) -> Option<String> {
        let most = bounds.limit.unwrap_or(bounds.length);
        let cut: u64 = self.0.range(most + 1..).map(|(_, n)| n).sum();
        let longest = self.0.keys().next_back().copied().unwrap_or(0);
        (cut > 0).then(|| {
            let total: u64 = self.0.values().sum();
            format!(
                "{cut} of {total} training rows are cut at {most} {unit} (the longest has {longest}); max-length raises the limit"
            )
        })
    }
}

/// How long prepared rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Time steps of a row where all batches have one length.
    pub length: usize,
    /// Time steps that no row exceeds; none where each row has the same length.
    pub limit: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModalityKind;

    #[test]
    fn one_long_row_does_not_decide_the_limit() {
        let mut lengths = Lengths::default();
        (0..300).for_each(|i| lengths.add(6 + i % 5, 1));
        lengths.add(200_001, 1);
        let config = ModalityConfig::new(ModalityKind::Text);
        let bounds = lengths.bounds(&config);
        assert_eq!(bounds, Bounds { length: 80, limit: Some(80) });
        let note = lengths.note(bounds, "words").unwrap();
        assert!(note.starts_with("1 of 301 training rows are cut at 80 words (the longest has 200001)"), "{note}");

        let raised = ModalityConfig { max_length: Some(300_000), ..config.clone() };
        assert_eq!(lengths.bounds(&raised), Bounds { length: 200_001, limit: Some(300_000) });
        let fixed = ModalityConfig { length: Some(5), ..config };
        assert_eq!(lengths.bounds(&fixed), Bounds { length: 5, limit: None });
    }
}
