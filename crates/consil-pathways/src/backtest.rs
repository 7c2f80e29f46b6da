//! Backtests: what forecasts made in the past would have been worth.
//!
//! A forecast is made from what was known at an *origin* (all runs below a compute, all models before a day) and compared with what came after; then the
//! origin moves on (rolling origin; Tashman 2000). Intervals that follow from the fit alone are too narrow, for three reasons: the form of the law is not certain,
//! errors grow with the distance, and those after one origin share their cause. So they are widened by a factor that is learned from backtests:
//!
//! - A truth that lies outside an interval by x times the distance from point to end has the score x; 1 is the end itself.
//! - The factor of one origin is the conformal quantile of its scores: the `⌈(n + 1) · level⌉`-th smallest (Vovk et al. 2005).
//! - Origins, not cases, are exchangeable, so that the factor for a new origin is the conformal quantile of the factors of the others
//!   (as for hierarchical data in Dunn et al. 2022); with few origins, the largest.
//!
//! [`Backtest::leave_one_out`] widens each origin by what the *others* teach. Where origins are nested, what comes after one also comes after those before, so
//! that the others have been scored by some of the same truths, and the coverage is too good by what that gives away. [`Backtest::from_other_truths`] takes the
//! scores of those truths out, and [`Backtest::from_earlier`] is stricter still: of earlier forecasts it uses only what had come by the origin, which is what
//! somebody at that time could have done.

mod record;

use std::collections::BTreeSet;

use serde::Serialize;

pub use record::{Record, RecordRow};

use crate::interval::{Interval, mean};

/// One forecast and what came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// The origin: which data the forecast knew.
    pub origin: String,
    /// What was forecast.
    pub target: String,
    /// What came.
    pub truth: f64,
    /// The median forecast.
    pub point: f64,
    /// The interval.
    pub interval: Interval,
    /// How far the target lies beyond the data.
    pub extrapolation: f64,
    /// Where the known data end, on the axis along which origins move: a run's compute in FLOP, or a day.
    pub known_to: f64,
    /// Where the target lies on the same axis.
    pub at: f64,
}

impl Case {
    /// The distance of the truth from the point, in units of the distance of the interval's end on that side; all in logarithms.
    fn score(&self) -> f64 {
        let (truth, point) = (self.truth.ln(), self.point.ln());
        let end = if truth >= point { self.interval.high } else { self.interval.low };
        // A width of nothing is missed by any distance; the smallest positive number keeps 0 / 0 from being one.
        (truth - point).abs() / (end.ln() - point).abs().max(f64::MIN_POSITIVE)
    }

    /// What the case is about, however many origins it was forecast from.
    fn truth_key(&self) -> (&str, u64) {
        (&self.target, self.at.to_bits())
    }

    fn widened(&self, factor: f64) -> Self {
        let point = self.point.ln();
        let interval = self.interval.map(|end| (point + factor * (end.ln() - point)).exp());
        Self { interval, ..self.clone() }
    }
}

/// Forecasts from several origins, in the order of the origins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backtest {
    /// All cases; those of one origin stand together.
    pub cases: Vec<Case>,
    /// The nominal probability of the intervals.
    pub level: f64,
}

/// How the intervals of one origin, or of all, have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Performance {
    /// The share of truths within their intervals.
    pub coverage: f64,
    /// The mean interval score of the logarithms: lower is better, and width counts.
    pub score: f64,
    /// The mean width, in logarithms.
    pub width: f64,
    /// How many cases.
    pub n: usize,
}

/// The factor by which intervals are widened, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Widening {
    /// The factor, about the point, in logarithms.
    pub factor: f64,
    /// The share of truths that intervals covered in backtests before they were widened.
    pub naive_coverage: f64,
    /// The same when each origin is widened by what the others teach.
    pub coverage: f64,
    /// The same when each origin is widened by what the others teach without any truth of its own; `None` where too little is left.
    pub coverage_of_unshared: Option<f64>,
    /// The same when each origin is widened by what had come of earlier forecasts by then; `None` where nothing had.
    pub coverage_from_earlier: Option<f64>,
    /// The nominal probability.
    pub level: f64,
    /// How many origins.
    pub n_origins: usize,
    /// How many cases.
    pub n_cases: usize,
    /// How many truths these are about: one that comes after several origins is a case of each.
    pub n_truths: usize,
}

impl Backtest {
    /// The origins, in order.
    pub fn origins(&self) -> Vec<&str> {
        let mut origins: Vec<&str> = self.cases.iter().map(|case| case.origin.as_str()).collect();
        origins.dedup();
        origins
    }

    /// How the intervals of one origin have done; `None` for an unknown one.
    pub fn of_origin(&self, origin: &str) -> Option<Performance> {
        performance(self.cases.iter().filter(|case| case.origin == origin))
    }

    /// How all intervals together have done, each case counting the same.
    pub fn overall(&self) -> Option<Performance> {
        performance(self.cases.iter())
    }

    /// The factor that these backtests teach for a new origin.
    ///
    /// # Errors
    /// If there are fewer than two origins: without another one, nothing says how a factor carries over.
    pub fn widening(&self) -> Result<Widening, BacktestError> {
        let (Some(naive), Some(others)) = (self.overall(), self.leave_one_out()?.overall()) else {
            return Err(BacktestError::TooFewOrigins { found: 0 });
        };
        let origins = self.origins();
        Ok(Widening {
            factor: self.factor(origins.iter().copied(), 1, |_| true).unwrap_or(1.0),
            naive_coverage: naive.coverage,
            coverage: others.coverage,
            coverage_of_unshared: self.from_other_truths()?.overall().map(|unshared| unshared.coverage),
            coverage_from_earlier: self.from_earlier()?.overall().map(|earlier| earlier.coverage),
            level: self.level,
            n_origins: origins.len(),
            n_cases: self.cases.len(),
            n_truths: self.cases.iter().map(Case::truth_key).collect::<BTreeSet<_>>().len(),
        })
    }

    /// The same forecasts, those of each origin widened by what the other origins teach, truths of its own among them.
    ///
    /// # Errors
    /// If there are fewer than two origins.
    pub fn leave_one_out(&self) -> Result<Self, BacktestError> {
        let origins = self.several_origins()?;
        Ok(self.widened(|at| {
            let others = (0..origins.len()).filter(|other| *other != at);
            self.factor(others.map(|other| origins[other]), 1, |_| true)
        }))
    }

    /// The same forecasts, those of each origin widened by what the other origins teach by truths that are none of its own. An origin teaches where it has enough
    /// of those for a quantile; those that nobody teaches are left out.
    ///
    /// # Errors
    /// If there are fewer than two origins.
    pub fn from_other_truths(&self) -> Result<Self, BacktestError> {
        let origins = self.several_origins()?;
        Ok(self.widened(|at| {
            let own: BTreeSet<_> =
                self.cases.iter().filter(|case| case.origin == origins[at]).map(Case::truth_key).collect();
            let others = (0..origins.len()).filter(|other| *other != at).map(|other| origins[other]);
            self.factor(others, least_cases(self.level), |case| !own.contains(&case.truth_key()))
        }))
    }

    /// The same forecasts, each widened by what was known at its origin: what came of earlier forecasts by then. Those of origins at which nothing had come
    /// are left out.
    ///
    /// # Errors
    /// If there are fewer than two origins.
    pub fn from_earlier(&self) -> Result<Self, BacktestError> {
        let origins = self.several_origins()?;
        Ok(self.widened(|at| {
            let until = self.cases.iter().find(|case| case.origin == origins[at])?.known_to;
            self.factor(origins[..at].iter().copied(), least_cases(self.level), |case| case.at <= until)
        }))
    }

    fn several_origins(&self) -> Result<Vec<&str>, BacktestError> {
        let origins = self.origins();
        if origins.len() < 2 { Err(BacktestError::TooFewOrigins { found: origins.len() }) } else { Ok(origins) }
    }

    /// The factor from those origins that have at least so many cases that teach; `None` where none has. It is at least 1, since a few cases that went well are
    /// no reason to narrow an interval.
    fn factor<'o>(
        &self,
        origins: impl Iterator<Item = &'o str>,
        least: usize,
        teaches: impl Fn(&Case) -> bool,
    ) -> Option<f64> {
        let of_origin = |origin: &str| {
            let cases = self.cases.iter().filter(|case| case.origin == origin && teaches(case));
            let scores: Vec<f64> = cases.map(Case::score).collect();
            (scores.len() >= least).then(|| conformal_quantile(scores, self.level))
        };
        let factors: Vec<f64> = origins.filter_map(of_origin).collect();
        (!factors.is_empty()).then(|| conformal_quantile(factors, self.level).max(1.0))
    }

    /// Widens the cases of each origin by a factor; those of an origin without one are left out.
    fn widened(&self, factor: impl Fn(usize) -> Option<f64>) -> Self {
        let origins = self.origins();
        let factors: Vec<Option<f64>> = (0..origins.len()).map(factor).collect();
        let widen = |case: &Case| {
            let at = origins.iter().position(|origin| *origin == case.origin)?;
            factors[at].map(|factor| case.widened(factor))
        };
        Self { cases: self.cases.iter().filter_map(widen).collect(), level: self.level }
    }
}

/// How many cases a conformal quantile needs to lie among them: four at 80 %.
fn least_cases(level: f64) -> usize {
    (level / (1.0 - level) - 1e-9).ceil().max(1.0) as usize
}

/// The `⌈(n + 1) · level⌉`-th smallest; the largest where there are too few for that.
fn conformal_quantile(mut scores: Vec<f64>, level: f64) -> f64 {
    scores.sort_by(f64::total_cmp);
    let rank = ((scores.len() as f64 + 1.0) * level - 1e-9).ceil() as usize;
    scores.get(rank.clamp(1, scores.len().max(1)) - 1).copied().unwrap_or(f64::INFINITY)
}

fn performance<'c>(cases: impl Iterator<Item = &'c Case>) -> Option<Performance> {
    let mut covered = Vec::new();
    let mut scores = Vec::new();
    let mut widths = Vec::new();
    for case in cases {
        let interval = case.interval.map(f64::ln);
        covered.push(f64::from(u8::from(interval.holds(case.truth.ln()))));
        scores.push(interval.score(case.truth.ln()));
        widths.push(interval.width());
    }
    let n = covered.len();
    (n > 0).then(|| Performance { coverage: mean(&covered), score: mean(&scores), width: mean(&widths), n })
}

/// Why there is no backtest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BacktestError {
    /// Too few origins.
    #[error("widening needs backtests from at least two origins, but there are {found}; move the origins, or add data")]
    TooFewOrigins {
        /// How many there are.
        found: usize,
    },
    /// Nothing came after an origin.
    #[error("nothing was observed after the origin {origin}; choose an earlier one")]
    NothingAfter {
        /// The origin.
        origin: String,
    },
    /// The data before an origin carry no law.
    #[error("before the origin {origin}: {error}")]
    Fit {
        /// The origin.
        origin: String,
        /// Why.
        error: crate::fit::FitError,
    },
    /// The data before an origin carry no trend.
    #[error("before the origin {origin}: {error}")]
    Trend {
        /// The origin.
        origin: String,
        /// Why.
        error: crate::trend::TrendError,
    },
    /// An ensemble without members.
    #[error("an ensemble needs at least one member")]
    NoMembers,
}

#[cfg(test)]
mod tests;
