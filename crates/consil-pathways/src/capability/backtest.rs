//! Backtests of task forecasts: from weaker models, the scores of stronger ones.

use consil_random::Key;

use super::curve::odds;
use super::{CapabilityError, Components, ScoreTable, TaskCurve};
use crate::backtest::{Backtest, Case};

/// The most origins that roll over the models.
const N_ORIGINS: usize = 12;

/// The shares of the models, by capability, that the first and the last origin know.
const SHARES: (f64, f64) = (0.3, 0.95);

/// How forecasts of a task are tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskTrial {
    /// The score of guessing.
    pub floor: f64,
    /// The nominal probability of intervals.
    pub level: f64,
    /// Curves through resampled points, at each origin.
    pub n_resamples: usize,
}

impl ScoreTable {
    /// Forecasts the scores on a task of models above each of up to twelve capabilities from all that is known of those up to it: components and curve are fitted to these
    /// alone, and the others placed by them. Only the order of the models, and which come later, is that of all components together. Cases are odds, so that
    /// errors count on the logit, where they are alike at every height. Origins at which too little is known are left out.
    ///
    /// # Errors
    /// If all models together have no components, or there is not one score on the task for each.
    pub fn backtest_task(&self, task: &[Option<f64>], trial: TaskTrial, key: Key) -> Result<Backtest, CapabilityError> {
        if task.len() != self.models.len() {
            return Err(CapabilityError::OtherBenchmarks { found: task.len(), needed: self.models.len() });
        }
        let capabilities = Components::fit(self)?.capabilities;
        let mut order: Vec<usize> = (0..self.models.len()).collect();
        order.sort_by(|a, b| capabilities[*a].total_cmp(&capabilities[*b]));
        let mut cases = Vec::new();
        for k in 0..N_ORIGINS {
            let share = SHARES.0 + (SHARES.1 - SHARES.0) * k as f64 / (N_ORIGINS - 1) as f64;
            let (known, later) = order.split_at((share * order.len() as f64) as usize);
            // An origin that knows too little is none.
            let Some(found) = self.cases_after((known, later), task, trial, key) else { continue };
            let known_to = known.last().map_or(f64::NEG_INFINITY, |last| capabilities[*last]);
            let origin = format!("{} models", known.len());
            let is_new = cases.iter().all(|case: &Case| case.origin != origin);
            let placed = found.into_iter().map(|(at, case)| Case {
                origin: origin.clone(),
                known_to,
                at: capabilities[at],
                ..case
            });
            cases.extend(placed.filter(|_| is_new));
        }
        Ok(Backtest { cases, level: trial.level, shown: Vec::new() })
    }

    /// The rows that come later, each with its case but for the origin and its places among all models.
    fn cases_after(
        &self,
        (known, later): (&[usize], &[usize]),
        task: &[Option<f64>],
        trial: TaskTrial,
        key: Key,
    ) -> Option<Vec<(usize, Case)>> {
        let components = Components::fit(&self.rows(known)).ok()?;
        let scored = known.iter().zip(&components.capabilities);
        let points: Vec<(f64, f64)> = scored.filter_map(|(row, x)| Some((*x, task[*row]?))).collect();
        let curve = TaskCurve::fit(&points, trial.floor).ok()?;
        let bootstrap = curve.bootstrap(trial.n_resamples, key);
        let case = |row: &usize| {
            let (truth, capability) = (task[*row]?, components.capability(self.row(*row)).ok()?);
            let forecast = curve.forecast(capability, &bootstrap, trial.level, None);
            let odds = |share: f64| odds(share, trial.floor);
            let case = Case {
                origin: String::new(),
                target: self.models[*row].clone(),
                truth: odds(truth),
                point: odds(forecast.score),
                interval: forecast.naive.map(odds),
                extrapolation: forecast.extrapolation,
                distance: forecast.extrapolation,
                known_to: 0.0,
                at: 0.0,
            };
            Some((*row, case))
        };
        Some(later.iter().filter_map(case).collect())
    }

    /// The scores of a model.
    fn row(&self, row: usize) -> &[Option<f64>] {
        let k = self.benchmarks.len();
        &self.scores[row * k..(row + 1) * k]
    }

    /// The table of some models alone.
    fn rows(&self, rows: &[usize]) -> Self {
        Self {
            models: rows.iter().map(|row| self.models[*row].clone()).collect(),
            benchmarks: self.benchmarks.clone(),
            scores: rows.iter().flat_map(|row| self.row(*row).iter().copied()).collect(),
        }
    }
}
