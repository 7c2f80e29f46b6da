use consil_random::Key;
use serde::{Deserialize, Serialize};

use super::{JudgedForecast, summary};
use crate::backtest::{Backtest, BacktestError, Case, Widening};
use crate::fit::{Bootstrap, Fit, FitConfig, FitError, Objective};
use crate::interval::Interval;
use crate::law::Law;
use crate::run::{Design, Run};
use crate::source::Source;

/// How many origins roll over the runs.
const N_ORIGINS: usize = 16;

/// The shares of the runs, by compute, below the first and the last of them.
const SHARES: (f64, f64) = (0.15, 0.95);

/// Residuals drawn for each replicate of a bootstrap.
const N_RESIDUALS: usize = 4;

/// Several laws for the same runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LawEnsemble {
    /// The laws.
    pub members: Vec<FitConfig>,
    /// Case resamples of each.
    pub n_resamples: usize,
    /// The nominal probability of intervals.
    pub level: f64,
}

impl Default for LawEnsemble {
    /// Two forms, Hoffmann's and Gadre's, each by Huber's function and by absolute values.
    fn default() -> Self {
        let both = |law| {
            [Objective::Huber { delta: 1e-3 }, Objective::LeastAbsolute]
                .map(|objective| FitConfig::new(law).objective(objective))
        };
        let members = [Law::Hoffmann, Law::OverTraining].into_iter().flat_map(both).collect();
        Self { members, n_resamples: 400, level: 0.8 }
    }
}

impl LawEnsemble {
    /// One law alone: what an interval is before any widening.
    pub fn single(member: FitConfig) -> Self {
        Self { members: vec![member], ..Self::default() }
    }

    /// Origins that roll over the runs: sixteen computes, evenly by the share of the runs below them, from 15 to 95 per cent, to two digits.
    pub fn origins(runs: &[Run]) -> Vec<f64> {
        let mut computes: Vec<f64> = runs.iter().map(|run| run.design.compute).collect();
        computes.sort_by(f64::total_cmp);
        let two_digits = |compute: &f64| format!("{compute:.1e}").parse().ok();
        let share = |k: usize| SHARES.0 + (SHARES.1 - SHARES.0) * k as f64 / (N_ORIGINS - 1) as f64;
        let below = |k: usize| computes.get((share(k) * computes.len() as f64) as usize).and_then(two_digits);
        let mut origins: Vec<f64> = (0..N_ORIGINS).filter_map(below).collect();
        origins.dedup();
        origins
    }

    /// Fits all members.
    ///
    /// # Errors
    /// If one cannot be fitted.
    pub fn fit(&self, runs: &[Run], key: Key) -> Result<FittedLaws, FitError> {
        let fit_member = |(at, member): (usize, &FitConfig)| {
            let fit = member.fit(runs)?;
            let key = key.child("member").at(at as u64);
            let bootstrap = fit.bootstrap(self.n_resamples, key)?;
            let residuals = fit.residuals();
            let mut stream = key.child("residuals").stream();
            let n = N_RESIDUALS * self.n_resamples;
            let noise = (0..n).map(|_| -residuals[stream.below(residuals.len())]).collect();
            Ok(Member { fit, bootstrap, noise })
        };
        let members = self.members.iter().enumerate().map(fit_member).collect::<Result<_, _>>()?;
        let computes = || runs.iter().map(|run| run.design.compute);
        let known = (computes().fold(f64::INFINITY, f64::min), computes().fold(0.0, f64::max));
        Ok(FittedLaws { members, known, level: self.level, sources: Vec::new() })
    }

    /// Forecasts, from the runs below each compute, the losses of those at or above it. Origins are taken in ascending order, each once.
    ///
    /// # Errors
    /// If there are no members, no runs at or above an origin, or too few below.
    pub fn backtest(&self, runs: &[Run], origins: &[f64], key: Key) -> Result<Backtest, BacktestError> {
        let mut cases = Vec::new();
        for compute in in_order(origins) {
            cases.extend(self.cases_after(runs, compute, key)?);
        }
        Ok(Backtest { cases, level: self.level, shown: Vec::new() })
    }

    /// The same from [origins that roll over the runs](Self::origins), of which those before which too little was known are left out; where some are named, they are
    /// added, and a record shows these alone.
    ///
    /// # Errors
    /// If there are no members, or a named origin has no runs at or above it, or too few below.
    pub fn rolling(&self, runs: &[Run], named: &[f64], key: Key) -> Result<Backtest, BacktestError> {
        let mut cases = Vec::new();
        for compute in in_order(&[&Self::origins(runs), named].concat()) {
            match self.cases_after(runs, compute, key) {
                Ok(found) => cases.extend(found),
                Err(error) if named.contains(&compute) => return Err(error),
                Err(BacktestError::NothingAfter { .. }) => {}
                // What is known before an origin may carry no law; what is asked for wrongly is wrong at every one.
                Err(BacktestError::Fit {
                    error:
                        FitError::TooFewRuns { .. }
                        | FitError::OneSize { .. }
                        | FitError::Lockstep { .. }
                        | FitError::NoStart { .. },
                    ..
                }) => {}
                Err(error) => return Err(error),
            }
        }
        let shown = in_order(named).into_iter().map(name).collect();
        Ok(Backtest { cases, level: self.level, shown })
    }

    fn cases_after(&self, runs: &[Run], compute: f64, key: Key) -> Result<Vec<Case>, BacktestError> {
        let origin = name(compute);
        let (known, later): (Vec<Run>, Vec<Run>) = runs.iter().cloned().partition(|run| run.design.compute < compute);
        if later.is_empty() {
            return Err(BacktestError::NothingAfter { origin });
        }
        let fitted = self.fit(&known, key).map_err(|error| BacktestError::Fit { origin: origin.clone(), error })?;
        let case = |run: Run| {
            let (point, interval) = fitted.summary(&run.design).ok_or(BacktestError::NoMembers)?;
            Ok(Case {
                origin: origin.clone(),
                target: run.origin,
                truth: run.loss,
                point,
                interval,
                extrapolation: fitted.extrapolation(&run.design),
                distance: fitted.distance(&run.design),
                known_to: fitted.known.1,
                at: run.design.compute,
            })
        };
        later.into_iter().map(case).collect()
    }
}

/// How an origin is called.
fn name(compute: f64) -> String {
    format!("{compute:e} FLOP")
}

fn in_order(origins: &[f64]) -> Vec<f64> {
    let mut origins = origins.to_vec();
    origins.sort_by(f64::total_cmp);
    origins.dedup();
    origins
}

/// Laws fitted to the same runs.
pub struct FittedLaws {
    members: Vec<Member>,
    /// The least and the greatest compute of the runs.
    known: (f64, f64),
    level: f64,
    sources: Vec<Source>,
}

struct Member {
    fit: Fit,
    bootstrap: Bootstrap,
    /// Residuals to add to the replicates: a new run scatters about its law as the known ones do.
    noise: Vec<f64>,
}

impl FittedLaws {
    /// The same, with the provenance of the data, which forecasts then carry.
    pub fn with_sources(self, sources: Vec<Source>) -> Self {
        Self { sources, ..self }
    }

    /// The loss of a run that is planned, with its interval widened.
    ///
    /// # Errors
    /// If the ensemble has no members.
    pub fn forecast(&self, design: &Design, widening: &Widening) -> Result<JudgedForecast, BacktestError> {
        let (point, naive) = self.summary(design).ok_or(BacktestError::NoMembers)?;
        let interval = widening.of(naive, point, self.distance(design));
        Ok(JudgedForecast {
            point,
            naive,
            interval,
            extrapolation: self.extrapolation(design),
            widening: widening.clone(),
            sources: self.sources.clone(),
        })
    }

    /// The fits of the members.
    pub fn fits(&self) -> impl Iterator<Item = &Fit> {
        self.members.iter().map(|member| &member.fit)
    }

    fn extrapolation(&self, design: &Design) -> f64 {
        self.fits().map(|fit| fit.extrapolation(design)).fold(1.0, f64::max)
    }

    /// How far a design's compute lies beyond that of the runs, in lengths of their range, of the logarithm; 0 within. Runs of one compute have no range, and a
    /// design beyond them is infinitely far.
    fn distance(&self, design: &Design) -> f64 {
        let (least, greatest) = self.known;
        let beyond = (design.compute / greatest).max(least / design.compute).ln();
        if beyond > 0.0 { beyond / (greatest / least).ln() } else { 0.0 }
    }

    fn summary(&self, design: &Design) -> Option<(f64, Interval)> {
        let draws = self.members.iter().flat_map(|member| {
            let law = member.fit.config().law;
            let losses = member.bootstrap.of(|constants| law.loss(constants, design).ln());
            let noisy = losses.into_iter().zip(member.noise.chunks(N_RESIDUALS));
            noisy.flat_map(|(loss, noise)| noise.iter().map(move |noise| loss + noise)).collect::<Vec<f64>>()
        });
        summary(&draws.collect::<Vec<f64>>(), self.level)
    }
}
