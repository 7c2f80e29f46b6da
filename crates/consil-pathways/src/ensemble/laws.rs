use consil_random::Key;
use serde::{Deserialize, Serialize};

use super::{JudgedForecast, judged, summary};
use crate::backtest::{Backtest, BacktestError, Case, Widening};
use crate::fit::{Bootstrap, Fit, FitConfig, FitError, Objective};
use crate::interval::Interval;
use crate::law::Law;
use crate::run::{Design, Run};
use crate::source::Source;

/// The shares of the runs, by compute, below the origins from which the rest is forecast where none are given.
const ORIGINS: [f64; 3] = [0.55, 0.75, 0.9];

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

    /// Origins for a backtest where none are named: the computes below which 55, 75 and 90 per cent of the runs lie, to two digits.
    pub fn origins(runs: &[Run]) -> Vec<f64> {
        let mut computes: Vec<f64> = runs.iter().map(|run| run.design.compute).collect();
        computes.sort_by(f64::total_cmp);
        let two_digits = |compute: &f64| format!("{compute:.1e}").parse().ok();
        let below = |share: &f64| computes.get((share * computes.len() as f64) as usize).and_then(two_digits);
        let mut origins: Vec<f64> = ORIGINS.iter().filter_map(below).collect();
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
            let key = key.op("member").client(at as u64);
            let bootstrap = fit.bootstrap(self.n_resamples, key)?;
            let residuals = fit.residuals();
            let mut stream = key.op("residuals").stream();
            let n = N_RESIDUALS * self.n_resamples;
            let noise = (0..n).map(|_| -residuals[stream.below(residuals.len())]).collect();
            Ok(Member { fit, bootstrap, noise })
        };
        let members = self.members.iter().enumerate().map(fit_member).collect::<Result<_, _>>()?;
        Ok(FittedLaws { members, level: self.level, sources: Vec::new() })
    }

    /// Forecasts, from the runs below each compute, the losses of those at or above it. Origins are taken in ascending order, each once.
    ///
    /// # Errors
    /// If there are no members, no runs at or above an origin, or too few below.
    pub fn backtest(&self, runs: &[Run], origins: &[f64], key: Key) -> Result<Backtest, BacktestError> {
        let mut cases = Vec::new();
        let mut origins = origins.to_vec();
        origins.sort_by(f64::total_cmp);
        origins.dedup();
        for compute in &origins {
            let origin = format!("{compute:e} FLOP");
            let (known, later): (Vec<Run>, Vec<Run>) =
                runs.iter().cloned().partition(|run| run.design.compute < *compute);
            if later.is_empty() {
                return Err(BacktestError::NothingAfter { origin });
            }
            let fitted = self.fit(&known, key).map_err(|error| BacktestError::Fit { origin: origin.clone(), error })?;
            let known_to = known.iter().map(|run| run.design.compute).fold(0.0, f64::max);
            for run in later {
                let (point, interval) = fitted.summary(&run.design).ok_or(BacktestError::NoMembers)?;
                let extrapolation = fitted.extrapolation(&run.design);
                let (origin, target, truth, at) = (origin.clone(), run.origin, run.loss, run.design.compute);
                cases.push(Case { origin, target, truth, point, interval, extrapolation, known_to, at });
            }
        }
        Ok(Backtest { cases, level: self.level })
    }
}

/// Laws fitted to the same runs.
pub struct FittedLaws {
    members: Vec<Member>,
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
        Ok(judged(point, naive, self.extrapolation(design), widening, &self.sources))
    }

    /// The fits of the members.
    pub fn fits(&self) -> impl Iterator<Item = &Fit> {
        self.members.iter().map(|member| &member.fit)
    }

    fn extrapolation(&self, design: &Design) -> f64 {
        self.fits().map(|fit| fit.extrapolation(design)).fold(1.0, f64::max)
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
