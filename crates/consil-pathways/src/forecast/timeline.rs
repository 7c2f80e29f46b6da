//! When something comes: quantiles, mass beyond the horizon, and whether a date may be named at all.

use serde::Serialize;

use super::run::Extrapolation;
use super::summary::{PROBABILITIES, quantile};

/// The extrapolation ratio beyond which no date is named, unless a model says otherwise: no further ahead than the evidence reaches back.
pub const POINT_DATE_LIMIT: f64 = 1.0;

/// When something comes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timeline {
    /// The probability that it comes by the horizon.
    pub by_horizon: f64,
    /// The standard error of that estimate by sampling, `√(p (1 − p)/n)`.
    pub by_horizon_error: f64,
    /// The probability that it comes after the horizon or never: kept, not cut.
    pub beyond: f64,
    /// Of that, the probability that it never comes.
    pub never: f64,
    /// Dates at the probabilities 5, 10, 25, 50, 75, 90 and 95 %.
    pub quantiles: Vec<(f64, When)>,
    /// One date, or why none is named.
    pub point: PointDate,
    /// The probability that it has come, by year: from today to the horizon.
    pub cumulative: Vec<(f64, f64)>,
    /// For a requirement: how often each part decides.
    pub binding: Vec<Binding>,
}

/// A date within the horizon, or beyond.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In this year.
    Year(f64),
    /// After the horizon, or never.
    Beyond,
}

/// One date, or why none is named.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum PointDate {
    /// The median.
    Median {
        /// In years.
        year: f64,
    },
    /// The median lies before today, so that it dates nothing to come: what it stands for is there already, or the model is wrong.
    Past {
        /// In years.
        year: f64,
    },
    /// The median lies further beyond the evidence than the model's limit allows.
    TooFar {
        /// The extrapolation ratio.
        ratio: f64,
        /// The limit.
        limit: f64,
    },
    /// More than half of the probability lies beyond the horizon.
    BeyondHorizon {
        /// The probability beyond.
        share: f64,
    },
    /// Nothing says which years the evidence covers.
    NoObservedRange,
}

/// How often a part of a requirement decides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Binding {
    /// The part.
    pub name: String,
    /// The share of samples that it decides: for "all", it comes last (parts that never come share the sample); for "any", it comes first.
    pub share: f64,
    /// The probability that the part alone comes by the horizon.
    pub by_horizon: f64,
}

impl Timeline {
    pub(super) fn of(
        ordered: &[f64],
        (today, horizon): (f64, f64),
        extrapolation: Option<Extrapolation>,
        limit: f64,
        binding: Vec<Binding>,
    ) -> Self {
        let n = ordered.len() as f64;
        let share = |year: f64| ordered.partition_point(|date| *date <= year) as f64 / n;
        let by_horizon = share(horizon);
        let when = |year: f64| if year <= horizon { When::Year(year) } else { When::Beyond };
        let median = quantile(ordered, 0.5);
        let point = match extrapolation {
            _ if median > horizon => PointDate::BeyondHorizon { share: 1.0 - by_horizon },
            _ if median < today => PointDate::Past { year: median },
            None => PointDate::NoObservedRange,
            Some(far) if far.ratio > limit => PointDate::TooFar { ratio: far.ratio, limit },
            Some(_) => PointDate::Median { year: median },
        };
        let steps = 60;
        let years = (0..=steps).map(|i| today + (horizon - today) * f64::from(i) / f64::from(steps));
        Self {
            by_horizon,
            by_horizon_error: (by_horizon * (1.0 - by_horizon) / n).sqrt(),
            beyond: 1.0 - by_horizon,
            never: ordered.iter().filter(|date| **date == f64::INFINITY).count() as f64 / n,
            quantiles: PROBABILITIES.iter().map(|p| (*p, when(quantile(ordered, *p)))).collect(),
            point,
            cumulative: years.map(|year| (year, share(year))).collect(),
            binding,
        }
    }
}

impl Binding {
    pub(super) fn of(columns: &[(&str, &[f64])], is_all: bool, horizon: f64) -> Vec<Self> {
        let n = columns.first().map_or(0, |(_, column)| column.len());
        let mut shares = vec![0.0; columns.len()];
        for sample in 0..n {
            let dates = columns.iter().map(|(_, column)| column[sample]);
            let pick = if is_all { f64::max } else { f64::min };
            let extreme = dates.clone().reduce(pick).unwrap_or(f64::NAN);
            let deciding: Vec<usize> = dates.enumerate().filter(|(_, date)| *date == extreme).map(|(i, _)| i).collect();
            for i in &deciding {
                shares[*i] += 1.0 / (deciding.len() * n) as f64;
            }
        }
        let binding = columns.iter().zip(shares).map(|((name, column), share)| Self {
            name: (*name).to_owned(),
            share,
            by_horizon: column.iter().filter(|date| **date <= horizon).count() as f64 / n as f64,
        });
        let mut binding: Vec<Self> = binding.collect();
        binding.sort_by(|a, b| b.share.total_cmp(&a.share));
        binding
    }
}
