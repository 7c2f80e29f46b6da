//! Ablations: the same task with and without a part of the design, measured.

use serde::{Deserialize, Serialize};

use super::Innovation;
use crate::interval::{mean, student_reach};

/// One ablation: values over seeds with the part and without it, and what each costs.
///
/// The field names are those of the JSON file, which is an array of such objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ablation {
    /// What is compared, such as "rules against none".
    pub name: String,
    /// The innovation that it speaks to, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub innovation: Option<String>,
    /// The task.
    pub task: String,
    /// What is measured.
    pub metric: String,
    /// Which way is better.
    pub better: Better,
    /// Values with the part, one for each seed.
    pub with: Vec<f64>,
    /// Values without it, for the same seeds in the same order.
    pub without: Vec<f64>,
    /// What a run with the part costs.
    pub cost_with: f64,
    /// What a run without it costs.
    pub cost_without: f64,
    /// The unit of costs, such as "FLOP" or "s".
    pub cost_unit: String,
    /// Other costs of both, such as parameters and seconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostPair>,
    /// The runs or the command that measured it.
    pub from: String,
}

/// A cost with the part and without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CostPair {
    /// What is counted, such as "parameters".
    pub unit: String,
    /// With the part.
    pub with: f64,
    /// Without it.
    pub without: f64,
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Such as accuracy.
    Higher,
    /// Such as loss.
    Lower,
}

/// What an ablation shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AblationResult {
    /// What is compared.
    pub name: String,
    /// The innovation that it speaks to.
    pub innovation: Option<Innovation>,
    /// The task.
    pub task: String,
    /// What is measured.
    pub metric: String,
    /// Mean with the part.
    pub with: f64,
    /// Mean without it.
    pub without: f64,
    /// The mean of paired differences, positive where the part helps.
    pub gain: f64,
    /// Its standard error; none for a single seed.
    pub gain_error: Option<f64>,
    /// How many seeds.
    pub n_seeds: usize,
    /// Cost with the part over cost without.
    pub cost_ratio: f64,
    /// What that cost counts.
    pub cost_unit: String,
    /// Other costs.
    pub costs: Vec<CostPair>,
    /// Whether the part helps.
    pub verdict: Verdict,
    /// What measured it.
    pub from: String,
}

/// Whether a part helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The gain is above the standard errors to which Student's distribution of so many seeds reaches at 95 %: 12.7 with two seeds, 2.8 with five.
    Better,
    /// The loss is above as many.
    Worse,
    /// The difference is within them, or the same on every seed, so that there is no spread to judge it by.
    Unclear,
    /// A single seed shows no spread, so nothing can be said.
    OneSeed,
}

impl Verdict {
    /// A word for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Better => "helps",
            Self::Worse => "harms",
            Self::Unclear => "unclear",
            Self::OneSeed => "one seed: insufficient evidence",
        }
    }
}

/// Why a file of ablations is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AblationError {
    /// It is not JSON, or an object lacks or has a key.
    #[error("{file}:{}:{}: {source}", source.line(), source.column())]
    Json {
        /// The file.
        file: String,
        /// Why, with line and column.
        source: serde_json::Error,
    },
    /// A row cannot be used.
    #[error("{file}: row {row} ({name}): {problem}")]
    Row {
        /// The file.
        file: String,
        /// The row, from 1.
        row: usize,
        /// What it compares.
        name: String,
        /// What is wrong, and how to mend it.
        problem: String,
    },
}

/// Reads ablations from JSON; `file` is what errors call it.
///
/// # Errors
/// When the text is not an array of ablations, values are not finite or not paired, costs are not positive, or an innovation is unknown.
pub fn read_ablations(file: &str, text: &str) -> Result<Vec<Ablation>, AblationError> {
    let rows: Vec<Ablation> =
        serde_json::from_str(text).map_err(|source| AblationError::Json { file: file.to_owned(), source })?;
    for (i, row) in rows.iter().enumerate() {
        if let Some(problem) = row.problem() {
            return Err(AblationError::Row { file: file.to_owned(), row: i + 1, name: row.name.clone(), problem });
        }
    }
    Ok(rows)
}

impl Ablation {
    fn problem(&self) -> Option<String> {
        let known = Innovation::ALL.map(Innovation::name);
        match () {
            () if self.with.is_empty() => Some("`with` has no value: give one for each seed".to_owned()),
            () if self.with.len() != self.without.len() => Some(format!(
                "`with` has {} values and `without` {}: pair them by seed",
                self.with.len(),
                self.without.len()
            )),
            () if self.with.iter().chain(&self.without).any(|value| !value.is_finite()) => {
                Some("a value is not finite".to_owned())
            }
            () if !(self.cost_with > 0.0 && self.cost_without > 0.0) => {
                Some("costs must be positive: measure both".to_owned())
            }
            () if self.from.trim().is_empty() => Some("`from` is empty: name the runs or the command".to_owned()),
            () => match &self.innovation {
                Some(name) if !known.contains(&name.as_str()) => {
                    let help = crate::fault::did_you_mean(name, known.into_iter());
                    Some(format!("there is no innovation `{name}`; {help}"))
                }
                _ => None,
            },
        }
    }

    /// What it shows: the mean of paired differences and its standard error, `s/√n`.
    pub fn result(&self) -> AblationResult {
        let n = self.with.len();
        let sign = if self.better == Better::Higher { 1.0 } else { -1.0 };
        let gains: Vec<f64> = self.with.iter().zip(&self.without).map(|(a, b)| sign * (a - b)).collect();
        let gain = mean(&gains);
        let gain_error = (n > 1).then(|| {
            let variance = gains.iter().map(|g| (g - gain).powi(2)).sum::<f64>() / (n - 1) as f64;
            (variance / n as f64).sqrt()
        });
        let verdict = match gain_error {
            None => Verdict::OneSeed,
            // Seeds that do not differ at all say nothing about how far others would.
            Some(error) if error <= 1e-12 * gain.abs() => Verdict::Unclear,
            Some(error) if gain.abs() <= student_reach(0.95, (n - 1) as f64) * error => Verdict::Unclear,
            Some(_) if gain > 0.0 => Verdict::Better,
            Some(_) => Verdict::Worse,
        };
        AblationResult {
            name: self.name.clone(),
            innovation: self
                .innovation
                .as_ref()
                .and_then(|name| Innovation::ALL.into_iter().find(|i| i.name() == name)),
            task: self.task.clone(),
            metric: self.metric.clone(),
            with: mean(&self.with),
            without: mean(&self.without),
            gain,
            gain_error,
            n_seeds: n,
            cost_ratio: self.cost_with / self.cost_without,
            cost_unit: self.cost_unit.clone(),
            costs: self.costs.clone(),
            verdict,
            from: self.from.clone(),
        }
    }
}

impl AblationResult {
    /// The result in a sentence.
    pub fn sentence(&self) -> String {
        let error = self.gain_error.map_or_else(String::new, |error| format!(" ± {error:.4}"));
        format!(
            "{} on {}: {} {:.4} with, {:.4} without (gain {:+.4}{error}, {} seeds, {:.2} × the cost): {}",
            self.name,
            self.task,
            self.metric,
            self.with,
            self.without,
            self.gain,
            self.n_seeds,
            self.cost_ratio,
            self.verdict.name()
        )
    }
}
