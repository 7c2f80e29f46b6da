//! Exponential trends over time: of compute, of cost, of the length of tasks that models complete.
//!
//! A [`Trend`] is a straight line through logarithms by ordinary least squares. It says how fast, how surely, whether the pace changed
//! ([`Trend::breakpoint`]), what it would mean for a day to come ([`Trend::forecast`]), and when a value would be reached ([`Trend::date_of`]); the last two with how far
//! they reach beyond the data, and no point date beyond a limit.

mod breakpoint;
mod observation;

use serde::Serialize;

use crate::backtest::Widening;
use crate::date::{DAYS_PER_YEAR, Date};
use crate::interval::{Interval, student_quantile, student_tail};
use crate::line::Line;
use crate::source::Source;

pub use breakpoint::Breakpoint;
pub use observation::{Observation, ObservationColumns, read_horizons};

/// The fewest observations: three for a line with a residual, one more so that the residual's size is more than a guess.
pub(crate) const N_LEAST: usize = 4;

/// How far beyond the data a point date is still given, as a share of the span of the data.
pub const DATE_LIMIT: f64 = 0.5;

/// A line through the logarithms of a value over time.
#[derive(Clone, Debug)]
pub struct Trend {
    observations: Vec<Observation>,
    sources: Vec<Source>,
    line: Line,
    first: Date,
    last: Date,
}

/// What a trend means for a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The day.
    pub date: Date,
    /// The median: half of what is observed on that day should lie below.
    pub point: f64,
    /// Where a new observation should lie, if the trend goes on; widened where backtests say by how much.
    pub interval: Interval,
    /// By how much, and what such intervals have covered; `None` for an interval that follows from the line alone.
    pub widening: Option<Widening>,
    /// How far the day lies beyond the last observation, as a share of the span of the observations; 0 within.
    pub extrapolation: f64,
    /// Where the observations come from.
    pub sources: Vec<Source>,
}

/// When a value is reached, if the trend goes on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum DateForecast {
    /// Within the limit.
    Within {
        /// The day on which the trend meets the value.
        date: Date,
        /// The day on which the upper end of the interval of new observations meets it; not before the last observation where `date` is after it.
        earliest: Date,
        /// The day on which the lower end meets it; `None` where that lies beyond the limit.
        latest: Option<Date>,
        /// The nominal probability of the interval.
        level: f64,
        /// The distance of `date` beyond the last observation, as a share of their span.
        extrapolation: f64,
        /// By how much the interval of observations was widened, and what such intervals have covered.
        widening: Option<Widening>,
    },
    /// The trend meets the value later than the data can say: no day is named.
    BeyondLimit {
        /// The last day for which a point date would be given.
        limit: Date,
        /// The probability that an observation on that day is at or past the value (at or below it, where the trend falls), if the trend goes on; of
        /// the same widened distribution as intervals.
        chance_on_limit: f64,
        /// By how much the distribution of observations was widened, and what such intervals have covered.
        widening: Option<Widening>,
    },
    /// The trend leads away from the value: it met it before the first observation, if it held then.
    Passed {
        /// The first observation.
        before: Date,
    },
    /// The trend is flat, and the value lies off it.
    Never,
}

impl Trend {
    /// Fits the trend of observations, none of which may lie after `today`.
    ///
    /// # Errors
    /// If there are fewer than four, a value is not above zero, a date lies in the future, or all share one date.
    pub fn fit(observations: &[Observation], today: Date) -> Result<Self, TrendError> {
        for observation in observations {
            let Observation { origin, date, value, .. } = observation.clone();
            if !(value > 0.0 && value.is_finite()) {
                return Err(TrendError::NotPositive { origin, value });
            }
            if date > today {
                return Err(TrendError::FutureDate { origin, date, today });
            }
        }
        if observations.len() < N_LEAST {
            return Err(TrendError::TooFew { found: observations.len(), needed: N_LEAST });
        }
        let x: Vec<f64> = observations.iter().map(|observation| observation.date.years()).collect();
        let y: Vec<f64> = observations.iter().map(|observation| observation.value.ln()).collect();
        let dates = || observations.iter().map(|observation| observation.date);
        let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
            return Err(TrendError::TooFew { found: 0, needed: N_LEAST });
        };
        let line = Line::fit(&x, &y).ok_or(TrendError::OneDate { date: first })?;
        Ok(Self { observations: observations.to_vec(), sources: Vec::new(), line, first, last })
    }

    /// The same trend, with the provenance of its observations, which its forecasts then carry.
    pub fn with_sources(self, sources: Vec<Source>) -> Self {
        Self { sources, ..self }
    }

    /// Where the observations come from.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The observations.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// By which factor the value grows in a year.
    pub fn growth_per_year(&self) -> f64 {
        self.line.slope.exp()
    }

    /// The interval of the growth, by Student's distribution.
    pub fn growth_interval(&self, level: f64) -> Interval {
        self.line.slope_interval(level).map(f64::exp)
    }

    /// The days in which the value doubles; negative for one that falls, whose half-life is the same without its sign; `None` for one that is flat.
    pub fn doubling_days(&self) -> Option<f64> {
        (self.line.slope != 0.0).then(|| 2.0f64.ln() / self.line.slope * DAYS_PER_YEAR)
    }

    /// The interval of the doubling time, both ends of one sign; `None` where the data do not tell growth from decline.
    pub fn doubling_interval(&self, level: f64) -> Option<Interval> {
        let slope = self.line.slope_interval(level);
        let days = |slope: f64| 2.0f64.ln() / slope * DAYS_PER_YEAR;
        (slope.low > 0.0 || slope.high < 0.0).then(|| Interval { low: days(slope.high), high: days(slope.low), level })
    }

    /// The share of the variance of the logarithms that the trend explains.
    pub fn r_squared(&self) -> f64 {
        self.line.r_squared
    }

    /// The first and the last day observed.
    pub fn span(&self) -> (Date, Date) {
        (self.first, self.last)
    }

    /// What the trend means for a day, with the interval that follows from the line, or that is widened by what backtests teach.
    pub fn forecast(&self, date: Date, level: f64, widening: Option<&Widening>) -> Forecast {
        let interval = self.prediction(date.years(), level, widening).map(f64::exp);
        let (point, extrapolation) = (self.line.at(date.years()).exp(), self.extrapolation(date));
        let (widening, sources) = (widening.cloned(), self.sources.clone());
        Forecast { date, point, interval, widening, extrapolation, sources }
    }

    /// When the value is reached, if the trend goes on: never a day beyond `limit` spans of the data (see [`DATE_LIMIT`]) after the last observation.
    ///
    /// # Errors
    /// If the value or the limit is not above zero.
    pub fn date_of(
        &self,
        value: f64,
        level: f64,
        limit: f64,
        widening: Option<&Widening>,
    ) -> Result<DateForecast, TrendError> {
        if !(value > 0.0 && value.is_finite()) {
            return Err(TrendError::NotPositive { origin: "the value to be reached".to_owned(), value });
        }
        if !(limit > 0.0 && limit.is_finite()) {
            return Err(TrendError::NotPositive { origin: "the limit".to_owned(), value: limit });
        }
        let target = value.ln();
        let span = f64::from(self.last.days() - self.first.days());
        let end = self.last.plus_days(limit * span);
        let sign = self.line.slope.signum();
        let is_past = |at: f64| sign * (at - target) >= 0.0;
        if self.line.slope == 0.0 {
            return Ok(DateForecast::Never);
        }
        if sign * (self.line.at(self.first.years()) - target) > 0.0 {
            return Ok(DateForecast::Passed { before: self.first });
        }
        let factor = widening.map_or(1.0, |widening| widening.factor);
        if !is_past(self.line.at(end.years())) {
            let x = end.years();
            let t = sign * (target - self.line.at(x)) / (factor * self.line.prediction_error(x));
            let chance_on_limit = student_tail(t, self.line.degrees_of_freedom());
            return Ok(DateForecast::BeyondLimit { limit: end, chance_on_limit, widening: widening.cloned() });
        }
        // The first day, from the first observation to the limit, on which a curve is past the value.
        let first_day = |curve: &dyn Fn(f64) -> f64| {
            let days = self.first.days()..=end.days();
            days.map(Date::from_days).find(|day| is_past(curve(day.years())))
        };
        // Student's quantile is found by iteration, and the same for every day.
        let reach = factor * self.line.reach(level);
        let ahead = |x: f64, towards: f64| self.line.at(x) + towards * sign * reach * self.line.prediction_error(x);
        let date = first_day(&|x| self.line.at(x)).unwrap_or(end);
        let earliest = first_day(&|x| ahead(x, 1.0)).unwrap_or(date);
        // What lies ahead was not observed so far, however wide the interval is.
        let earliest = if date > self.last { earliest.max(self.last) } else { earliest };
        let latest = first_day(&|x| ahead(x, -1.0));
        let (extrapolation, widening) = (self.extrapolation(date), widening.cloned());
        Ok(DateForecast::Within { date, earliest, latest, level, extrapolation, widening })
    }

    /// The interval of the logarithm of a new observation, widened about the line.
    fn prediction(&self, x: f64, level: f64, widening: Option<&Widening>) -> Interval {
        let (at, factor) = (self.line.at(x), widening.map_or(1.0, |widening| widening.factor));
        self.line.prediction(x, level).map(|end| at + factor * (end - at))
    }

    /// Evenly spread quantiles of the logarithm of a new observation on a day.
    pub(crate) fn log_quantiles(&self, date: Date, n: usize) -> Vec<f64> {
        let (at, error) = (self.line.at(date.years()), self.line.prediction_error(date.years()));
        let t = |k: usize| student_quantile((k as f64 + 0.5) / n as f64, self.line.degrees_of_freedom());
        (0..n).map(|k| at + error * t(k)).collect()
    }

    fn extrapolation(&self, date: Date) -> f64 {
        let span = f64::from(self.last.days() - self.first.days());
        let beyond = f64::from(date.days() - self.last.days()).max(f64::from(self.first.days() - date.days()));
        (beyond / span).max(0.0)
    }
}

/// Why there is no trend.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrendError {
    /// Too few observations.
    #[error(
        "a trend needs at least {needed} observations, but there are {found}; add some, or widen the dates that are kept"
    )]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A value that has no logarithm.
    #[error("{origin}: the value is {value}; an exponential trend needs a number above zero")]
    NotPositive {
        /// Where it is written down.
        origin: String,
        /// The value.
        value: f64,
    },
    /// A date after today.
    #[error("{origin}: {date} is after today, {today}: nothing was observed then")]
    FutureDate {
        /// Where it is written down.
        origin: String,
        /// The date.
        date: Date,
        /// The day that counts as today.
        today: Date,
    },
    /// All observations on one day.
    #[error("all observations are of {date}; a trend needs at least two different days")]
    OneDate {
        /// The day.
        date: Date,
    },
    /// Too few observations on both sides of any break.
    #[error("a breakpoint needs {needed} observations, but there are {found}: too few to fit both sides")]
    TooFewForBreak {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
}

#[cfg(test)]
mod tests;
