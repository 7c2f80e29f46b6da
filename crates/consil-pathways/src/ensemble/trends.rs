use serde::{Deserialize, Serialize};

use super::{JudgedForecast, judged, summary};
use crate::backtest::{Backtest, BacktestError, Case, Widening};
use crate::date::Date;
use crate::interval::Interval;
use crate::source::Source;
use crate::trend::{N_LEAST, Observation, Trend, TrendError};

/// Quantiles of each member's distribution that stand for it in the mixture.
const N_QUANTILES: usize = 200;

/// Which observations a trend is fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrendWindow {
    /// All.
    All,
    /// The later half, at least four: the pace may have changed.
    LaterHalf,
}

/// Several windows on the same observations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrendEnsemble {
    /// The windows.
    pub members: Vec<TrendWindow>,
    /// The nominal probability of intervals.
    pub level: f64,
}

impl Default for TrendEnsemble {
    /// One line through all observations. The later half as a second member follows a change of pace sooner, but doubles the width where there was none.
    fn default() -> Self {
        Self { members: vec![TrendWindow::All], level: 0.8 }
    }
}

impl TrendEnsemble {
    /// Origins for a backtest where none are named: five days, a quarter of the horizon apart, the last of them one horizon before the last observation. Those
    /// before which there are too few observations for a line are left out.
    pub fn origins(observations: &[Observation], horizon_days: f64) -> Vec<Date> {
        let Some(last) = observations.iter().map(|observation| observation.date).max() else { return Vec::new() };
        let days = (0..5).rev().map(|quarters| last.plus_days(-horizon_days * (1.0 + 0.25 * f64::from(quarters))));
        let is_known =
            |day: &Date| observations.iter().filter(|observation| observation.date <= *day).count() >= N_LEAST;
        days.filter(is_known).collect()
    }

    /// Fits all members.
    ///
    /// # Errors
    /// If the observations carry no trend.
    pub fn fit(&self, observations: &[Observation], today: Date) -> Result<FittedTrends, TrendError> {
        let mut ordered = observations.to_vec();
        ordered.sort_by_key(|observation| observation.date);
        let fit_member = |window: &TrendWindow| {
            let from = match window {
                TrendWindow::All => 0,
                TrendWindow::LaterHalf => ordered.len() - ordered.len().div_ceil(2).max(4).min(ordered.len()),
            };
            Trend::fit(&ordered[from..], today)
        };
        let members = self.members.iter().map(fit_member).collect::<Result<_, _>>()?;
        Ok(FittedTrends { members, level: self.level, sources: Vec::new() })
    }

    /// Forecasts, from the observations up to each day, those of the following `horizon_days`. Origins are taken in their order, each once.
    ///
    /// # Errors
    /// If there are no members, nothing was observed after an origin, or too little before.
    pub fn backtest(
        &self,
        observations: &[Observation],
        origins: &[Date],
        horizon_days: f64,
    ) -> Result<Backtest, BacktestError> {
        let mut cases = Vec::new();
        let mut origins = origins.to_vec();
        origins.sort_unstable();
        origins.dedup();
        for day in &origins {
            let origin = day.to_string();
            let known: Vec<Observation> = observations.iter().filter(|o| o.date <= *day).cloned().collect();
            let fitted =
                self.fit(&known, *day).map_err(|error| BacktestError::Trend { origin: origin.clone(), error })?;
            let end = day.plus_days(horizon_days);
            let later: Vec<&Observation> = observations.iter().filter(|o| o.date > *day && o.date <= end).collect();
            if later.is_empty() {
                return Err(BacktestError::NothingAfter { origin });
            }
            for observation in later {
                let (point, interval) = fitted.summary(observation.date).ok_or(BacktestError::NoMembers)?;
                let extrapolation = fitted.extrapolation(observation.date);
                let (origin, target, truth) = (origin.clone(), observation.name.clone(), observation.value);
                let (known_to, at) = (day.years(), observation.date.years());
                cases.push(Case { origin, target, truth, point, interval, extrapolation, known_to, at });
            }
        }
        Ok(Backtest { cases, level: self.level })
    }
}

/// Trends fitted to windows on the same observations.
pub struct FittedTrends {
    members: Vec<Trend>,
    level: f64,
    sources: Vec<Source>,
}

impl FittedTrends {
    /// The same, with the provenance of the data, which forecasts then carry.
    pub fn with_sources(self, sources: Vec<Source>) -> Self {
        Self { sources, ..self }
    }

    /// The value on a day, with its interval widened.
    ///
    /// # Errors
    /// If the ensemble has no members.
    pub fn forecast(&self, date: Date, widening: &Widening) -> Result<JudgedForecast, BacktestError> {
        let (point, naive) = self.summary(date).ok_or(BacktestError::NoMembers)?;
        Ok(judged(point, naive, self.extrapolation(date), widening, &self.sources))
    }

    fn extrapolation(&self, date: Date) -> f64 {
        // The first member sees the longest span where it sees all; the largest ratio is the cautious one.
        self.members.iter().map(|trend| trend.forecast(date, self.level, None).extrapolation).fold(0.0, f64::max)
    }

    fn summary(&self, date: Date) -> Option<(f64, Interval)> {
        let draws: Vec<f64> = self.members.iter().flat_map(|trend| trend.log_quantiles(date, N_QUANTILES)).collect();
        summary(&draws, self.level)
    }
}
