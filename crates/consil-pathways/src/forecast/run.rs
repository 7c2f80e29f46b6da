//! Running a model: samples, summaries, sensitivities.

use consil_random::Key;
use serde::Serialize;

use super::model::{Claim, ForecastError, Input, Missing, Model, Place, Requirement, Series};
use super::sensitivity::{Factor, Index, SpreadScale, sobol};
use super::summary::{PROBABILITIES, Summary, quantile, sorted};
use super::timeline::{Binding, Timeline};
use crate::evidence::Evidence;

/// What a model's samples say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The model's name.
    pub name: String,
    /// The date of the forecast.
    pub today: f64,
    /// The last year that it speaks about.
    pub horizon: f64,
    /// The seed.
    pub seed: u64,
    /// How many samples.
    pub n_samples: usize,
    /// One for each quantity, in the order of the file.
    pub outcomes: Vec<Outcome>,
    /// Quantities over the years.
    pub fans: Vec<Fan>,
    /// What publications say in words.
    pub claims: Vec<Claim>,
    /// Which evidence would fill cells that have none.
    pub missing: Vec<Missing>,
}

/// A quantity over the years.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fan {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Its definition, as written.
    pub definition: String,
    /// Quantiles at 5, 10, 25, 50, 75, 90 and 95 %, by year.
    pub years: Vec<(f64, [f64; 7])>,
}

/// What the samples say about a quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Its definition, as written.
    pub definition: String,
    /// What it rests on.
    pub evidence: Evidence,
    /// The inputs behind it that are not computed themselves.
    pub inputs: Vec<Input>,
    /// What it is to a comparison.
    pub place: Place,
    /// Its distribution.
    pub summary: Summary,
    /// How far its median lies outside the observed range.
    pub extrapolation: Option<Extrapolation>,
    /// For a date: when it comes.
    pub timeline: Option<Timeline>,
    /// Which of the inputs its spread comes from; empty unless asked for.
    pub sensitivities: Vec<Index>,
    /// The samples.
    #[serde(skip)]
    pub samples: Vec<f64>,
}

/// How far a forecast reaches beyond its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Extrapolation {
    /// The range that evidence covers.
    pub observed: (f64, f64),
    /// How far the median lies outside it, in lengths of the range; 0 inside.
    pub ratio: f64,
    /// Whether lengths are those of logarithms: where both ends are positive and a factor of ten or more apart.
    pub in_logarithms: bool,
    /// Whether the median lies beyond the horizon, so that the ratio is a lower bound.
    pub at_least: bool,
}

impl Extrapolation {
    /// The ratio for a median, which may be infinite; then `cap` stands for it.
    pub fn of(observed: (f64, f64), median: f64, cap: f64) -> Self {
        let (low, high) = observed;
        let in_logarithms = low > 0.0 && high / low >= 10.0 && median > 0.0;
        let scale = |x: f64| if in_logarithms { x.ln() } else { x };
        let at_least = median > cap;
        let (from, to, at) = (scale(low), scale(high), scale(median.min(cap)));
        let ratio = ((at - to).max(from - at) / (to - from)).max(0.0);
        Self { observed, ratio, in_logarithms, at_least }
    }

    /// Why no date is named, as a sentence.
    pub(crate) fn refusal(&self, evidence: &Evidence) -> String {
        let (ratio, evidence) = (self.ratio, evidence.detail());
        format!("No date is named: it would reach {ratio:.1} times as far ahead as growth was observed ({evidence}).")
    }
}

impl Forecast {
    /// The outcome of a quantity.
    pub fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.name == name)
    }
}

impl Model {
    /// Samples the model.
    ///
    /// # Errors
    /// When a sample of a quantity has no value, with its place in the file.
    pub fn run(&self) -> Result<Forecast, ForecastError> {
        let columns = self.uniforms(self.n_samples);
        let mut samples = vec![Vec::with_capacity(self.n_samples); self.quantities.len()];
        let mut values = vec![0.0; self.quantities.len()];
        let mut uniforms = vec![0.0; columns.len()];
        for sample in 0..self.n_samples {
            for (u, column) in uniforms.iter_mut().zip(&columns) {
                *u = column[sample];
            }
            self.evaluate(&uniforms, &mut values).map_err(|error| self.failed(sample + 1, error))?;
            for (column, value) in samples.iter_mut().zip(&values) {
                column.push(*value);
            }
        }
        let fans = self.series.iter().map(|series| self.fan(series, &samples)).collect::<Result<_, _>>()?;
        let outcomes = (0..self.quantities.len()).map(|i| self.outcome(i, &samples)).collect();
        Ok(Forecast {
            name: self.name.clone(),
            today: self.today,
            horizon: self.horizon,
            seed: self.seed,
            n_samples: self.n_samples,
            outcomes,
            fans,
            claims: self.claims.clone(),
            missing: self.missing.clone(),
        })
    }

    /// Quantiles of a series at 25 years from today to the horizon.
    fn fan(&self, series: &Series, samples: &[Vec<f64>]) -> Result<Fan, ForecastError> {
        let steps = 24;
        let mut values = vec![0.0; samples.len() + 1];
        let mut years = Vec::with_capacity(steps + 1);
        for step in 0..=steps {
            let year = self.today + (self.horizon - self.today) * step as f64 / steps as f64;
            let mut column = Vec::with_capacity(self.n_samples);
            for sample in 0..self.n_samples {
                for (value, samples) in values.iter_mut().zip(samples) {
                    *value = samples[sample];
                }
                values[samples.len()] = year;
                let value = series.program.value(&values, &[]);
                column.push(value.map_err(|located| self.failed_at(sample + 1, &series.name, series.begin, located))?);
            }
            column.sort_by(f64::total_cmp);
            years.push((year, PROBABILITIES.map(|p| quantile(&column, p))));
        }
        let (name, unit) = (series.name.clone(), series.unit.clone());
        Ok(Fan { name, unit, definition: series.definition.clone(), years })
    }

    fn outcome(&self, i: usize, samples: &[Vec<f64>]) -> Outcome {
        let quantity = &self.quantities[i];
        let ordered = sorted(&samples[i]);
        let summary = Summary::of(&ordered);
        let cap = if quantity.is_date { self.horizon } else { f64::MAX };
        let extrapolation = quantity.observed.map(|range| Extrapolation::of(range, summary.median(), cap));
        let timeline = quantity.is_date.then(|| {
            let binding = quantity.requirement.as_ref().map_or_else(Vec::new, |requirement| {
                let (Requirement::All(members) | Requirement::Any(members)) = requirement;
                let columns: Vec<(&str, &[f64])> =
                    members.iter().map(|m| (self.quantities[*m].name.as_str(), samples[*m].as_slice())).collect();
                Binding::of(&columns, matches!(requirement, Requirement::All(_)), self.horizon)
            });
            Timeline::of(&ordered, (self.today, self.horizon), extrapolation, self.point_date_limit, binding)
        });
        Outcome {
            name: quantity.name.clone(),
            unit: quantity.unit.clone(),
            definition: quantity.definition.clone(),
            evidence: quantity.evidence.clone(),
            inputs: self.inputs_behind(i),
            place: quantity.place,
            summary,
            extrapolation,
            timeline,
            sensitivities: Vec::new(),
            samples: samples[i].clone(),
        }
    }

    /// Sobol's indices of a quantity; correlated inputs are one factor together. Dates are taken as the horizon where they lie beyond it, and numbers that
    /// are positive at every evaluation by their logarithm, since the variance of a quantity over many orders of magnitude is its largest sample's.
    ///
    /// # Errors
    /// When there is no such quantity, or a sample has no value.
    pub fn sensitivity(&self, name: &str) -> Result<Vec<Index>, ForecastError> {
        let target = self.find(name)?;
        let behind = self.draws_behind(target);
        let mut factors: Vec<Factor> = Vec::new();
        for group in &self.groups {
            if group.places.iter().any(|place| behind[*place]) {
                let names: Vec<&str> = group.places.iter().map(|place| self.draws[*place].name.as_str()).collect();
                factors.push(Factor { name: names.join(" & "), places: group.places.clone() });
            }
        }
        let grouped = |place: usize| self.groups.iter().any(|group| group.places.contains(&place));
        let alone = (0..self.draws.len()).filter(|place| behind[*place] && !grouped(*place));
        factors.extend(alone.map(|place| Factor { name: self.draws[place].name.clone(), places: vec![place] }));
        let mut values = vec![0.0; self.quantities.len()];
        let (is_date, horizon) = (self.quantities[target].is_date, self.horizon);
        let mut count = 0;
        let mut f = |uniforms: &[f64]| {
            count += 1;
            self.evaluate(uniforms, &mut values).map_err(|error| self.failed(count, error))?;
            let value = values[target];
            Ok(if is_date { value.min(horizon) } else { value.clamp(-1e300, 1e300) })
        };
        let key = Key::new(self.seed).child("sensitivity");
        let scale = if is_date { SpreadScale::Linear } else { SpreadScale::Logarithm };
        let mut indices = sobol::<ForecastError>(&factors, self.draws.len(), self.n_sensitivity, key, scale, &mut f)?;
        indices.sort_by(|a, b| b.total.total_cmp(&a.total));
        Ok(indices)
    }
}
