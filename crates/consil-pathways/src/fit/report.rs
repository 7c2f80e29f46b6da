//! What is said about a fit: each parameter with its errors, and whether the runs hold it in place.

use serde::Serialize;

use super::{Bootstrap, Fit, FitError, Identification, Objective, Profile};
use crate::interval::Interval;
use crate::law::{Axis, Law};
use crate::source::Source;

/// The least level at which a parameter must be bounded on both sides to count as identified.
const IDENTIFICATION_LEVEL: f64 = 0.95;

/// A fit as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitReport {
    /// The law.
    pub law: Law,
    /// What was minimised.
    pub objective: Objective,
    /// Its least value.
    pub value: f64,
    /// The number of runs.
    pub n_runs: usize,
    /// The range of the runs along each axis of the law, and in compute.
    pub ranges: Vec<Range>,
    /// The parameters.
    pub estimates: Vec<EstimateReport>,
    /// The number of starts.
    pub n_starts: usize,
    /// How many of the four best of them ended at the least value.
    pub n_agreeing: usize,
    /// The number of case resamples.
    pub n_resamples: usize,
    /// Where the runs come from.
    pub sources: Vec<Source>,
}

/// The range of the runs along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The axis.
    pub axis: Axis,
    /// The least value.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

/// A parameter as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EstimateReport {
    /// Its name.
    pub name: &'static str,
    /// The estimate, or where it was held.
    pub value: f64,
    /// Its standard error by the bootstrap; `None` for one that was held, or that runs away in some resamples.
    pub standard_error: Option<f64>,
    /// Its interval by the bootstrap; `None` for one that was held.
    pub interval: Option<Interval>,
    /// The lower end by the profile; `None` where the runs set no bound.
    pub profile_low: Option<f64>,
    /// The upper end by the profile; `None` where the runs set no bound.
    pub profile_high: Option<f64>,
    /// Whether the runs hold it in place, at a level of 0.95 at least: an end that a narrower interval just has is no hold. `None` for one that was held.
    pub identification: Option<Identification>,
}

impl Fit {
    /// Everything there is to say, with intervals of a level from a bootstrap and from profiles.
    ///
    /// # Errors
    /// If the bootstrap is of another law.
    pub fn report(&self, bootstrap: &Bootstrap, level: f64) -> Result<FitReport, FitError> {
        let law = self.config.law;
        let profiles = self.profiles(level);
        let identifications = self.profiles(level.max(IDENTIFICATION_LEVEL));
        let errors = bootstrap.standard_errors();
        let mut estimates = Vec::new();
        for ((parameter, value), error) in law.parameters().iter().zip(self.estimates()).zip(errors) {
            let of = |profiles: &[Profile]| profiles.iter().find(|profile| profile.name == parameter.name).cloned();
            let profile = of(&profiles);
            let interval = bootstrap.interval(parameter.name, level)?;
            estimates.push(EstimateReport {
                name: parameter.name,
                value,
                standard_error: profile.as_ref().map(|_| error).filter(|error| error.is_finite()),
                interval: profile.as_ref().map(|_| interval),
                profile_low: profile.as_ref().and_then(|profile| profile.low),
                profile_high: profile.as_ref().and_then(|profile| profile.high),
                identification: of(&identifications).map(|profile| profile.identification),
            });
        }
        let mut axes = law.axes();
        if !axes.contains(&Axis::Compute) {
            axes.push(Axis::Compute);
        }
        let range = |axis: Axis| {
            let values = self.runs.iter().map(|run| axis.of(&run.design));
            let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
            Range { axis, low, high }
        };
        Ok(FitReport {
            law,
            objective: self.config.objective,
            value: self.value(),
            n_runs: self.runs.len(),
            ranges: axes.into_iter().map(range).collect(),
            estimates,
            n_starts: self.n_starts,
            n_agreeing: self.n_agreeing,
            n_resamples: bootstrap.replicates.len(),
            sources: self.sources.clone(),
        })
    }
}
