use serde::Serialize;

use super::FittedTrends;
use crate::backtest::Widening;
use crate::date::Date;
use crate::interval::{Interval, student_tail};
use crate::trend::TrendError;

/// How far beyond the data a point date is still given, as a share of the span of the data.
pub const DATE_LIMIT: f64 = 0.5;

/// Days between the first observation and the limit on which it is looked first whether a value is reached.
const N_STEPS: i32 = 256;

/// When a value is reached, if the trends go on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum DateForecast {
    /// Within the limit.
    Within {
        /// The day on which the median meets the value.
        date: Date,
        /// The day on which the upper end of the interval of new observations meets it; not before the last observation where `date` is after it.
        earliest: Date,
        /// The day on which the lower end meets it; `None` where that lies beyond the limit.
        latest: Option<Date>,
        /// The nominal probability of the interval.
        level: f64,
        /// The distance of `date` beyond the last observation, as a share of their span.
        extrapolation: f64,
        /// How far the interval of observations was widened, and what such intervals have covered.
        widening: Option<Widening>,
    },
    /// The median meets the value later than the data can say: no day is named.
    BeyondLimit {
        /// The last day for which a point date would be given.
        limit: Date,
        /// The probability that an observation on that day is at or past the value (at or below it, where the trend falls), if the trends go on; of
        /// the same widened distribution as intervals.
        chance_on_limit: f64,
        /// How far the distribution of observations was widened, and what such intervals have covered.
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

impl FittedTrends {
    /// When the value is reached, if the trends go on: never a day beyond `limit` spans of the data (see [`DATE_LIMIT`]) after the last observation. Whether they rise or
    /// fall is for the first member to say.
    ///
    /// # Errors
    /// If the value or the limit is not above zero, or there are no members.
    pub fn date_of(&self, value: f64, limit: f64, widening: Option<&Widening>) -> Result<DateForecast, TrendError> {
        if !(value > 0.0 && value.is_finite()) {
            return Err(TrendError::NotPositive { origin: "the value to be reached".to_owned(), value });
        }
        if !(limit > 0.0 && limit.is_finite()) {
            return Err(TrendError::NotPositive { origin: "the limit".to_owned(), value: limit });
        }
        let none = || TrendError::TooFew { found: 0, needed: crate::trend::N_LEAST };
        let (first, last) = self.span().ok_or_else(none)?;
        let line = self.members.first().ok_or_else(none)?.trend.line();
        let target = value.ln();
        let end = last.plus_days(limit * f64::from(last.days() - first.days()));
        let sign = line.slope.signum();
        if line.slope == 0.0 {
            return Ok(DateForecast::Never);
        }
        if sign * (line.at(first.years()) - target) > 0.0 {
            return Ok(DateForecast::Passed { before: first });
        }
        let at = |day: Date| self.curves(day, widening);
        let at_end = at(end).ok_or_else(none)?;
        if sign * (at_end.median - target) < 0.0 {
            let chance_on_limit = self.chance(end, target, sign, at_end);
            return Ok(DateForecast::BeyondLimit { limit: end, chance_on_limit, widening: widening.cloned() });
        }
        let first_day = |curve: &dyn Fn(Curves) -> f64| {
            let is_past = |day: i32| at(Date::from_days(day)).is_some_and(|at| sign * (curve(at) - target) >= 0.0);
            first_that(first.days(), end.days(), &is_past).map(Date::from_days)
        };
        let date = first_day(&|at| at.median).unwrap_or(end);
        let earliest = first_day(&|at| if sign > 0.0 { at.high } else { at.low }).unwrap_or(date);
        // What lies ahead was not observed so far, however wide the interval is.
        let earliest = if date > last { earliest.max(last) } else { earliest };
        let latest = first_day(&|at| if sign > 0.0 { at.low } else { at.high });
        let extrapolation = self.extrapolation(date);
        Ok(DateForecast::Within {
            date,
            earliest,
            latest,
            level: self.level,
            extrapolation,
            widening: widening.cloned(),
        })
    }

    /// The logarithms of the median and of the ends of the widened interval.
    fn curves(&self, day: Date, widening: Option<&Widening>) -> Option<Curves> {
        let (point, naive) = self.summary(day)?;
        let interval = widening.map_or(naive, |widening| widening.of(naive, point, self.extrapolation(day)));
        let stretch = |end: fn(Interval) -> f64| (end(interval) / point).ln() / (end(naive) / point).ln();
        let stretch = (stretch(|i| i.low), stretch(|i| i.high));
        Some(Curves { median: point.ln(), low: interval.low.ln(), high: interval.high.ln(), stretch })
    }

    /// The probability that an observation on a day is past the target, with each side of the mixture stretched about its median as its interval is.
    fn chance(&self, day: Date, target: f64, sign: f64, at: Curves) -> f64 {
        let stretch = if target >= at.median { at.stretch.1 } else { at.stretch.0 };
        let target = at.median + (target - at.median) / stretch;
        let tail = |trend: &crate::trend::Trend| {
            let (line, x) = (trend.line(), day.years());
            student_tail(sign * (target - line.at(x)) / line.prediction_error(x), line.degrees_of_freedom())
        };
        self.members.iter().map(|member| tail(&member.trend)).sum::<f64>() / self.members.len() as f64
    }
}

#[derive(Clone, Copy)]
struct Curves {
    median: f64,
    low: f64,
    high: f64,
    /// By how much the lower and the upper side are longer than those that follow from the lines.
    stretch: (f64, f64),
}

/// The first whole number of a range that fulfils a condition, which is looked for in steps and then by halving.
fn first_that(from: i32, to: i32, holds: &dyn Fn(i32) -> bool) -> Option<i32> {
    if holds(from) {
        return Some(from);
    }
    let at =
        |step: i32| (i64::from(from) + (i64::from(to) - i64::from(from)) * i64::from(step) / i64::from(N_STEPS)) as i32;
    let step = (1..=N_STEPS).find(|step| holds(at(*step)))?;
    let (mut not, mut is) = (at(step - 1), at(step));
    while is - not > 1 {
        let middle = not + (is - not) / 2;
        if holds(middle) { is = middle } else { not = middle }
    }
    Some(is)
}

#[cfg(test)]
mod tests;
