//! Backtests: what forecasts made in the past would have been worth.
//!
//! A forecast is made from what was known at an *origin* (all runs below a compute, all models before a day) and compared with what came after; then the
//! origin moves on (rolling origin; Tashman 2000). Intervals that follow from the fit alone are too narrow, for three reasons: the form of the law is not certain,
//! errors grow with the distance, and those after one origin share their cause. So they are widened to what forecasts have missed by:
//!
//! - The score of a case is `|ln truth − ln point| / √(1 + d)`, with d the distance of the target beyond what was known, in lengths of the range that was known.
//!   The root is how the error of a random walk grows: a law whose course drifts, as much on each stretch as on the one before.
//! - The reach of one origin is the conformal quantile of its scores: the `⌈(n + 1) · level⌉`-th smallest (Vovk et al. 2005).
//! - Origins, not cases, are what repeats, so that the reach for a new origin is the conformal quantile of the reaches of others (as for hierarchical data in
//!   Dunn et al. 2022); of the latest [`N_RECENT`], since what comes next resembles what came last (Barber et al. 2023, §3).
//! - An interval is widened to `point · exp(± reach · √(1 + d))` where that is wider.
//!
//! What such intervals have covered is told *as it was known then* ([`Backtest::as_known`]): each origin is widened by forecasts made before it, and only by what
//! had come of them by then, which is what somebody at that time could have done. No truth teaches about itself.

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
    /// d, how far the target lies beyond what was known, in lengths of the range that was known, on the axis along which origins move; 0 within.
    pub distance: f64,
    /// Where the known data end, on the axis along which origins move: a run's compute in FLOP, or a day.
    pub known_to: f64,
    /// Where the target lies on the same axis.
    pub at: f64,
}

impl Case {
    /// By how much the point missed, in logarithms, for a target at no distance.
    fn score(&self) -> f64 {
        (self.truth.ln() - self.point.ln()).abs() / growth(self.distance)
    }

    /// What the case is about, however many origins it was forecast from.
    fn truth_key(&self) -> (&str, u64) {
        (&self.target, self.at.to_bits())
    }

    fn widened(&self, reach: f64) -> Self {
        Self { interval: widened(self.interval, self.point, reach * growth(self.distance)), ..self.clone() }
    }
}

/// How errors grow with the distance: as those of a random walk.
fn growth(distance: f64) -> f64 {
    (1.0 + distance).sqrt()
}

fn widened(interval: Interval, point: f64, half_width: f64) -> Interval {
    let (low, high) = (point * (-half_width).exp(), point * half_width.exp());
    Interval { low: interval.low.min(low), high: interval.high.max(high), ..interval }
}

/// Forecasts from several origins, in the order of the origins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backtest {
    /// All cases; those of one origin stand together.
    pub cases: Vec<Case>,
    /// The nominal probability of the intervals.
    pub level: f64,
    /// The origins that a record is to show, where the others are there to teach; all, where it is empty.
    pub shown: Vec<String>,
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

/// How far intervals are widened, and what that rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Widening {
    /// Half the least width of an interval for a target at no distance, in logarithms.
    pub reach: f64,
    /// The share of truths that intervals covered in backtests before they were widened; of the cases in `n_judged`.
    pub naive_coverage: f64,
    /// The same when each origin is widened by what was known then.
    pub coverage: f64,
    /// The nominal probability.
    pub level: f64,
    /// How many origins.
    pub n_origins: usize,
    /// How many cases come after an origin that others had calibrated by then: those that coverage is told of.
    pub n_judged: usize,
    /// How many truths these are about: one that comes after several origins is a case of each.
    pub n_truths: usize,
}

impl Widening {
    /// The interval, about a point, of a target at a distance.
    pub fn of(&self, interval: Interval, point: f64, distance: f64) -> Interval {
        widened(interval, point, self.reach * growth(distance))
    }
}

/// Of how many origins a new one learns at most: the latest.
pub const N_RECENT: usize = 8;

/// From how many origins on there is something to learn: one says nothing of how it carries over to another.
const N_TEACHERS: usize = 2;

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

    /// How far these backtests teach to widen the intervals of a new origin.
    ///
    /// # Errors
    /// If there are too few origins, or none that could have learned from others by then.
    pub fn widening(&self) -> Result<Widening, BacktestError> {
        let origins = self.origins();
        let too_few = || BacktestError::TooFewOrigins { found: self.n_teaching(), needed: least_cases(self.level) };
        let reach = self.reach(&origins, |_| true).ok_or_else(too_few)?;
        let judged = self.as_known();
        let is_judged = |case: &&Case| judged.cases.iter().any(|other| other.origin == case.origin);
        let naive = performance(self.cases.iter().filter(is_judged));
        let (naive, known) = naive.zip(judged.overall()).ok_or_else(too_few)?;
        Ok(Widening {
            reach,
            naive_coverage: naive.coverage,
            coverage: known.coverage,
            level: self.level,
            n_origins: origins.len(),
            n_judged: known.n,
            n_truths: judged.cases.iter().map(Case::truth_key).collect::<BTreeSet<_>>().len(),
        })
    }

    /// The same forecasts, each widened by what was known at its origin: what had come by then of forecasts from earlier origins. Those of origins at which too
    /// little had come are left out.
    pub fn as_known(&self) -> Self {
        let origins = self.origins();
        let known_to = |origin: &str| self.cases.iter().find(|case| case.origin == origin).map(|case| case.known_to);
        let reaches: Vec<Option<f64>> = origins
            .iter()
            .map(|origin| {
                let until = known_to(origin)?;
                let is_earlier = |other: &&&str| known_to(other).is_some_and(|known| known < until);
                let earlier: Vec<&str> = origins.iter().filter(is_earlier).copied().collect();
                self.reach(&earlier, |case| case.at <= until)
            })
            .collect();
        let widen = |case: &Case| {
            let at = origins.iter().position(|origin| *origin == case.origin)?;
            reaches[at].map(|reach| case.widened(reach))
        };
        Self { cases: self.cases.iter().filter_map(widen).collect(), ..self.clone() }
    }

    /// The reach that the latest of some origins teach, of those that have enough cases for a quantile; `None` where fewer than two have.
    fn reach(&self, origins: &[&str], teaches: impl Fn(&Case) -> bool) -> Option<f64> {
        let of_origin = |origin: &&str| {
            let cases = self.cases.iter().filter(|case| case.origin == *origin && teaches(case));
            let scores: Vec<f64> = cases.map(Case::score).collect();
            (scores.len() >= least_cases(self.level)).then(|| conformal_quantile(scores, self.level))
        };
        let mut reaches: Vec<f64> = origins.iter().rev().filter_map(of_origin).collect();
        reaches.truncate(N_RECENT);
        (reaches.len() >= N_TEACHERS).then(|| conformal_quantile(reaches, self.level))
    }

    /// How many origins have enough cases to teach.
    fn n_teaching(&self) -> usize {
        let n_cases = |origin: &&str| self.cases.iter().filter(|case| case.origin == *origin).count();
        self.origins().iter().filter(|origin| n_cases(origin) >= least_cases(self.level)).count()
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
    /// Too few origins to learn from.
    #[error(
        "widening needs three origins of which two were followed by {needed} cases or more before the third; {found} of these have as many cases at all; name other origins, or add data"
    )]
    TooFewOrigins {
        /// How many have cases enough.
        found: usize,
        /// How many cases are enough.
        needed: usize,
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
