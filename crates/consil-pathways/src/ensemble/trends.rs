use serde::{Deserialize, Serialize};

use super::{JudgedForecast, summary};
use crate::backtest::{Backtest, BacktestError, Case, Widening};
use crate::date::Date;
use crate::interval::{Interval, student_quantile};
use crate::source::Source;
use crate::trend::{N_LEAST, Observation, Trend, TrendError};

/// Quantiles of each member's distribution that stand for it in the mixture.
const N_QUANTILES: usize = 200;

/// The most origins that roll over the observations.
const N_ORIGINS: usize = 16;

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
    /// The even mixture of a line through all observations and one through their later half, which follows a change of pace sooner.
    fn default() -> Self {
        Self { members: vec![TrendWindow::All, TrendWindow::LaterHalf], level: 0.8 }
    }
}

impl TrendEnsemble {
    /// Origins that roll over the observations: up to sixteen of the days on which something was observed, evenly by their number, from the first before which there
    /// are enough for a line to the last but one.
    pub fn origins(observations: &[Observation]) -> Vec<Date> {
        let mut dates: Vec<Date> = observations.iter().map(|observation| observation.date).collect();
        dates.sort_unstable();
        let is_known = |day: &&Date| dates.iter().filter(|date| date <= day).count() >= N_LEAST;
        let mut days: Vec<Date> = dates.iter().filter(is_known).copied().collect();
        days.dedup();
        days.pop();
        if days.len() <= N_ORIGINS {
            return days;
        }
        (0..N_ORIGINS).map(|k| days[k * (days.len() - 1) / (N_ORIGINS - 1)]).collect()
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
        let members =
            self.members.iter().map(|window| fit_member(window).map(Member::new)).collect::<Result<_, _>>()?;
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
        for day in in_order(origins) {
            cases.extend(self.cases_after(observations, day, horizon_days)?);
        }
        Ok(Backtest { cases, level: self.level, shown: Vec::new() })
    }

    /// The same from [origins that roll over the observations](Self::origins), of which those are left out after which nothing was observed; where some are named,
    /// they are added, and a record shows these alone.
    ///
    /// # Errors
    /// If there are no members, nothing was observed after a named origin, or too little before.
    pub fn rolling(
        &self,
        observations: &[Observation],
        named: &[Date],
        horizon_days: f64,
    ) -> Result<Backtest, BacktestError> {
        let mut cases = Vec::new();
        for day in in_order(&[&Self::origins(observations), named].concat()) {
            match self.cases_after(observations, day, horizon_days) {
                Ok(found) => cases.extend(found),
                Err(error) if named.contains(&day) => return Err(error),
                Err(BacktestError::Trend { .. } | BacktestError::NothingAfter { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let shown = in_order(named).into_iter().map(|day| day.to_string()).collect();
        Ok(Backtest { cases, level: self.level, shown })
    }

    fn cases_after(
        &self,
        observations: &[Observation],
        day: Date,
        horizon_days: f64,
    ) -> Result<Vec<Case>, BacktestError> {
        let origin = day.to_string();
        let known: Vec<Observation> = observations.iter().filter(|o| o.date <= day).cloned().collect();
        let fitted = self.fit(&known, day).map_err(|error| BacktestError::Trend { origin: origin.clone(), error })?;
        let end = day.plus_days(horizon_days);
        let later: Vec<&Observation> = observations.iter().filter(|o| o.date > day && o.date <= end).collect();
        if later.is_empty() {
            return Err(BacktestError::NothingAfter { origin });
        }
        let case = |observation: &Observation| {
            let (point, interval) = fitted.summary(observation.date).ok_or(BacktestError::NoMembers)?;
            let distance = fitted.extrapolation(observation.date);
            Ok(Case {
                origin: origin.clone(),
                target: observation.name.clone(),
                truth: observation.value,
                point,
                interval,
                extrapolation: distance,
                distance,
                known_to: day.years(),
                at: observation.date.years(),
            })
        };
        later.into_iter().map(case).collect()
    }
}

fn in_order(origins: &[Date]) -> Vec<Date> {
    let mut origins = origins.to_vec();
    origins.sort_unstable();
    origins.dedup();
    origins
}

/// Trends fitted to windows on the same observations.
pub struct FittedTrends {
    pub(super) members: Vec<Member>,
    pub(super) level: f64,
    sources: Vec<Source>,
}

/// A trend, and evenly spread quantiles of Student's distribution for it, which are found by iteration and the same for every day.
pub(super) struct Member {
    pub trend: Trend,
    quantiles: Vec<f64>,
}

impl Member {
    fn new(trend: Trend) -> Self {
        let t = |k: usize| student_quantile((k as f64 + 0.5) / N_QUANTILES as f64, trend.line().degrees_of_freedom());
        let quantiles = (0..N_QUANTILES).map(t).collect();
        Self { trend, quantiles }
    }
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
        let extrapolation = self.extrapolation(date);
        Ok(JudgedForecast {
            point,
            naive,
            interval: widening.of(naive, point, extrapolation),
            extrapolation,
            widening: widening.clone(),
            sources: self.sources.clone(),
        })
    }

    /// The first and the last day of all observations.
    pub(super) fn span(&self) -> Option<(Date, Date)> {
        let spans = || self.members.iter().map(|member| member.trend.span());
        Some((spans().map(|span| span.0).min()?, spans().map(|span| span.1).max()?))
    }

    /// How far a day lies beyond the last observation, as a share of the span of all.
    pub(super) fn extrapolation(&self, date: Date) -> f64 {
        let Some((first, last)) = self.span() else { return 0.0 };
        let beyond = f64::from(date.days() - last.days()).max(f64::from(first.days() - date.days()));
        (beyond / f64::from(last.days() - first.days())).max(0.0)
    }

    /// The median and the interval, not widened.
    pub(super) fn summary(&self, date: Date) -> Option<(f64, Interval)> {
        let draws = self.members.iter().flat_map(|member| {
            let line = member.trend.line();
            let (at, error) = (line.at(date.years()), line.prediction_error(date.years()));
            member.quantiles.iter().map(move |t| at + error * t)
        });
        summary(&draws.collect::<Vec<f64>>(), self.level)
    }
}
