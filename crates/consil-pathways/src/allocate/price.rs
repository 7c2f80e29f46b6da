use serde::{Deserialize, Serialize};

/// What compute costs: hardware by the hour, its peak, and the share of the peak that training reaches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FlopPrice {
    /// US dollars for an hour of one chip.
    pub usd_per_hour: f64,
    /// The chip's peak, in FLOP per second, at the precision that is used.
    pub peak_flop_per_second: f64,
    /// The share of the peak that a run reaches: 0.3 to 0.5 in large runs.
    pub utilisation: f64,
}

impl FlopPrice {
    /// US dollars for one FLOP.
    pub fn usd_per_flop(&self) -> f64 {
        self.usd_per_hour / (3600.0 * self.peak_flop_per_second * self.utilisation)
    }
}
