//! Exponential trends over time: of compute, of cost, of the length of tasks that models complete.
//!
//! A [`Trend`] is a straight line through logarithms by ordinary least squares. It says how fast, how surely, whether the pace changed
//! ([`Trend::breakpoint`]), and what it would mean for a day to come ([`Trend::forecast`]), with how far that reaches beyond the data. When a value would be reached is for
//! [several windows at once](crate::ensemble::FittedTrends::date_of) to say.

mod breakpoint;
mod observation;

use serde::Serialize;

use crate::date::{DAYS_PER_YEAR, Date};
use crate::interval::Interval;
use crate::line::Line;
use crate::source::Source;

pub use breakpoint::Breakpoint;
pub use observation::{Observation, ObservationColumns, read_horizons};

/// The fewest observations: three for a line with a residual, one more so that the residual's size is more than a guess.
pub(crate) const N_LEAST: usize = 4;

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
    /// Where a new observation should lie, if the trend goes on: by the line alone.
    pub interval: Interval,
    /// How far the day lies beyond the last observation, as a share of the span of the observations; 0 within.
    pub extrapolation: f64,
    /// Where the observations come from.
    pub sources: Vec<Source>,
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

    /// What the trend means for a day, with the interval that follows from the line.
    pub fn forecast(&self, date: Date, level: f64) -> Forecast {
        let interval = self.line.prediction(date.years(), level).map(f64::exp);
        let (point, extrapolation) = (self.line.at(date.years()).exp(), self.extrapolation(date));
        Forecast { date, point, interval, extrapolation, sources: self.sources.clone() }
    }

    /// The line itself.
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    pub(crate) fn extrapolation(&self, date: Date) -> f64 {
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
