//! How the learning rate moves over a training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;
use crate::spelling::named_choice;

/// Which schedule, with its settings: `"cosine"` or `{ cosine = { warmup = 100 } }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ScheduleConfig {
    /// The same learning rate throughout, after an optional warm-up.
    Constant(Constant),
    /// Down along half a cosine.
    Cosine(Cosine),
    /// Down along a line.
    Linear(Linear),
    /// Down by a factor every so many steps.
    Step(StepDown),
}

named_choice!(ScheduleConfig, "The schedule of the learning rate", {
    "constant" => Constant(Constant),
    "cosine" => Cosine(Cosine),
    "linear" => Linear(Linear),
    "step" => Step(StepDown),
});

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self::Constant(Constant::default())
    }
}

/// The same learning rate throughout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Constant {
    /// Steps over which the rate first rises from zero.
    pub warmup: u64,
}

/// `floor + (1 − floor) · (1 + cos πt) / 2` for t from 0 at the end of the warm-up to 1 at the last step (Loshchilov and
/// Hutter, 2017, eq. 5, without restarts).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Cosine {
    /// Steps over which the rate first rises from zero.
    pub warmup: u64,
    /// The factor it ends at.
    pub floor: f64,
}

/// `1 − (1 − floor) · t`, t as for [`Cosine`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Linear {
    /// Steps over which the rate first rises from zero.
    pub warmup: u64,
    /// The factor it ends at.
    pub floor: f64,
}

/// `factor ^ ⌊step / every⌋`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StepDown {
    /// Steps between two falls.
    pub every: u64,
    /// What the rate is multiplied by.
    pub factor: f64,
}

impl Default for StepDown {
    fn default() -> Self {
        Self { every: 1000, factor: 0.1 }
    }
}

impl ScheduleConfig {
    /// Notes every setting that is out of its range.
    pub(crate) fn check_into(&self, settings: &mut Settings, table: &str) {
        match self {
            Self::Constant(_) => {}
            Self::Cosine(Cosine { floor, .. }) => settings.share(&format!("{table}.cosine.floor"), *floor),
            Self::Linear(Linear { floor, .. }) => settings.share(&format!("{table}.linear.floor"), *floor),
            Self::Step(StepDown { every, factor }) => {
                settings.count(&format!("{table}.step.every"), *every);
                settings.positive(&format!("{table}.step.factor"), *factor);
            }
        }
    }

    /// What the learning rate is multiplied by at `step` (from 0) of `total`.
    pub fn factor(&self, step: u64, total: u64) -> f64 {
        match self {
            Self::Constant(Constant { warmup }) => rise(step, *warmup).unwrap_or(1.0),
            Self::Cosine(Cosine { warmup, floor }) => rise(step, *warmup).unwrap_or_else(|| {
                let t = progress(step, *warmup, total);
                floor + (1.0 - floor) * 0.5 * (1.0 + (std::f64::consts::PI * t).cos())
            }),
            Self::Linear(Linear { warmup, floor }) => {
                rise(step, *warmup).unwrap_or_else(|| 1.0 - (1.0 - floor) * progress(step, *warmup, total))
            }
            Self::Step(StepDown { every, factor }) => factor.powf((step / every.max(&1)) as f64),
        }
    }
}

/// The factor during the warm-up: the first step already moves.
fn rise(step: u64, warmup: u64) -> Option<f64> {
    (step < warmup).then(|| (step + 1) as f64 / (warmup + 1) as f64)
}

/// From 0 at the end of the warm-up to 1 at the last step.
fn progress(step: u64, warmup: u64, total: u64) -> f64 {
    let length = total.saturating_sub(warmup + 1).max(1);
    ((step - warmup) as f64 / length as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_begins_at_one_halves_in_the_middle_and_ends_at_its_floor() {
        let cosine = ScheduleConfig::Cosine(Cosine { warmup: 10, floor: 0.2 });
        assert_eq!(cosine.factor(10, 111), 1.0);
        assert!((cosine.factor(60, 111) - 0.6).abs() < 1e-12);
        assert!((cosine.factor(110, 111) - 0.2).abs() < 1e-12);
        assert!((cosine.factor(500, 111) - 0.2).abs() < 1e-12, "past the end it stays");
    }

    #[test]
    fn the_warm_up_rises_in_equal_steps_to_one() {
        for schedule in ["constant", "cosine", "linear"] {
            let text = format!("it = {{ {schedule} = {{ warmup = 4 }} }}");
            let table: std::collections::BTreeMap<String, ScheduleConfig> = toml::from_str(&text).unwrap();
            let factors: Vec<f64> = (0..5).map(|step| table["it"].factor(step, 100)).collect();
            for (step, factor) in factors.iter().enumerate() {
                assert!((factor - (step + 1) as f64 / 5.0).abs() < 1e-12, "{schedule}: {factors:?}");
            }
        }
    }

    #[test]
    fn linear_and_step_follow_their_formulas() {
        let linear = ScheduleConfig::Linear(Linear { warmup: 0, floor: 0.5 });
        assert_eq!([0, 5, 10].map(|step| linear.factor(step, 11)), [1.0, 0.75, 0.5]);
        let step = ScheduleConfig::Step(StepDown { every: 3, factor: 0.5 });
        assert_eq!([0, 2, 3, 6].map(|at| step.factor(at, 100)), [1.0, 1.0, 0.5, 0.25]);
    }

    #[test]
    fn a_name_alone_means_its_defaults_and_a_wrong_name_lists_the_right_ones() {
        #[derive(Debug, Deserialize)]
        struct Table {
            schedule: ScheduleConfig,
        }
        let read = |text: &str| toml::from_str::<Table>(text).map(|table| table.schedule);
        assert_eq!(read("schedule = 'cosine'").unwrap(), ScheduleConfig::Cosine(Cosine::default()));
        let error = read("schedule = 'cosinus'").unwrap_err().to_string();
        assert!(error.contains("`constant`") && error.contains("`cosine`"), "{error}");
        let error = read("schedule = { cosine = { warm = 3 } }").unwrap_err().to_string();
        assert!(error.contains("warm") && error.contains("warmup"), "{error}");
        let error = read("schedule = { cosine = {}, step = {} }").unwrap_err().to_string();
        assert!(error.contains("exclude each other"), "{error}");
    }
}
