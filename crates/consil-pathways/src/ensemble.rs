//! Forecasts by several models at once: their disagreement is part of the uncertainty.
//!
//! Each member forecasts a whole distribution; together they forecast the even mixture of these. [`LawEnsemble`] is for losses of training runs,
//! [`TrendEnsemble`] for values over time; both can be backtested, and both print beside each forecast what their intervals covered there.

mod dates;
mod laws;
mod trends;

use serde::Serialize;

use crate::backtest::Widening;
use crate::interval::{Interval, quantile, sorted};
use crate::source::Source;

pub use dates::{DATE_LIMIT, DateForecast};
pub use laws::{FittedLaws, LawEnsemble};
pub use trends::{FittedTrends, TrendEnsemble, TrendWindow};

/// A forecast with all that is needed to judge it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgedForecast {
    /// The median.
    pub point: f64,
    /// The interval that follows from the members alone.
    pub naive: Interval,
    /// The interval widened by what backtests teach.
    pub interval: Interval,
    /// How far the target lies beyond the data.
    pub extrapolation: f64,
    /// How far it is widened, with what intervals covered in backtests before and after.
    pub widening: Widening,
    /// Where the data come from.
    pub sources: Vec<Source>,
}

/// The median and the central interval of a mixture, from an equal number of draws of the logarithm from each member.
fn summary(log_draws: &[f64], level: f64) -> Option<(f64, Interval)> {
    let draws = sorted(log_draws);
    let interval = Interval::of_sample(&draws, level)?;
    Some((quantile(&draws, 0.5)?.exp(), interval.map(f64::exp)))
}
