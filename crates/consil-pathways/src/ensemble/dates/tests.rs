use super::*;
use crate::ensemble::{TrendEnsemble, TrendWindow};
use crate::interval::student_quantile;
use crate::trend::Observation;
use consil_random::Key;

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// One observation each quarter from 2018 on, doubling each 200 days, with noise in doublings.
fn doubling(n: usize, noise: f64) -> Vec<Observation> {
    let mut stream = Key::new(5).child("noise").stream();
    let observation = |k: usize| Observation {
        origin: format!("row {k}"),
        name: format!("model {k}"),
        date: day("2018-01-01").plus_days(91.0 * k as f64),
        value: (91.0 * k as f64 / 200.0 + noise * stream.normal()).exp2(),
    };
    (0..n).map(observation).collect()
}

fn fitted(observations: &[Observation], members: Vec<TrendWindow>) -> FittedTrends {
    TrendEnsemble { members, level: 0.8 }.fit(observations, day("2026-01-01")).expect("trends")
}

fn widening(reach: f64) -> Widening {
    Widening { reach, naive_coverage: 0.4, coverage: 0.8, level: 0.8, n_origins: 3, n_judged: 9, n_truths: 9 }
}

#[test]
fn no_day_is_named_beyond_the_limit() {
    let trends = fitted(&doubling(20, 0.3), vec![TrendWindow::All]);
    let (first, last) = trends.span().expect("observations");
    let span = f64::from(last.days() - first.days());
    let target = 2.0f64.powf((span + 300.0) / 200.0);
    let soon = trends.date_of(target, DATE_LIMIT, None).expect("a forecast");
    let DateForecast::Within { date, earliest, latest, extrapolation, .. } = soon else { panic!("{soon:?}") };
    assert!((f64::from(date.days() - last.days()) - 300.0).abs() < 60.0, "{date}");
    assert!(earliest < date && latest.is_some_and(|latest| latest > date) && extrapolation < 0.5);
    // Each is the first of its days: the day before, the curve has not met the value.
    let curves = |day: Date| trends.curves(day, None).map(|at| [at.median, at.high, at.low]).expect("curves");
    for (which, day) in [date, earliest, latest.expect("a day")].into_iter().enumerate() {
        let (on, before) = (curves(day)[which], curves(day.plus_days(-1.0))[which]);
        assert!(before < target.ln() && target.ln() <= on, "{day}");
    }
    let far = trends.date_of(2.0f64.powf(3.0 * span / 200.0), DATE_LIMIT, None).expect("a forecast");
    let DateForecast::BeyondLimit { limit, chance_on_limit, .. } = far else { panic!("{far:?}") };
    assert_eq!(limit, last.plus_days(0.5 * span));
    assert!(chance_on_limit < 1e-6);
    // However far the limit, the days are not tried one by one.
    let ages = trends.date_of(1e300, 1e6, None).expect("a forecast");
    assert!(matches!(ages, DateForecast::Within { .. }), "{ages:?}");
}

#[test]
fn a_widened_distribution_widens_days_and_chances_alike() {
    let trends = fitted(&doubling(20, 0.3), vec![TrendWindow::All]);
    let (first, last) = trends.span().expect("observations");
    let span = f64::from(last.days() - first.days());
    let target = 2.0f64.powf((span + 300.0) / 200.0);
    let ends = |widening: Option<&Widening>| match trends.date_of(target, DATE_LIMIT, widening).expect("a forecast") {
        DateForecast::Within { date, earliest, latest, .. } => (earliest, date, latest.expect("a day")),
        other => panic!("{other:?}"),
    };
    let (narrow, wide) = (ends(None), ends(Some(&widening(0.6))));
    assert!(wide.0 < narrow.0 && wide.1 == narrow.1 && wide.2 > narrow.2, "{narrow:?} {wide:?}");
    // A reach within the interval that follows from the line widens nothing.
    assert_eq!(ends(Some(&widening(1e-3))), narrow);
    let farther = 2.0f64.powf((1.5 * span + 300.0) / 200.0);
    let chance = |widening| match trends.date_of(farther, DATE_LIMIT, widening).expect("a forecast") {
        DateForecast::BeyondLimit { chance_on_limit, .. } => chance_on_limit,
        other => panic!("{other:?}"),
    };
    // An interval f times as wide is of a distribution with an f-th of the t: by Student's quantile of 18 degrees of freedom.
    let t = |chance: f64| student_quantile(1.0 - chance, 18.0);
    let limit = trends.curves(last.plus_days(0.5 * span), Some(&widening(0.6))).expect("curves");
    assert!(
        limit.stretch.1 > 1.5
            && (t(chance(None)) / t(chance(Some(&widening(0.6)))) / limit.stretch.1 - 1.0).abs() < 1e-6
    );
}

#[test]
fn a_value_that_the_trend_has_left_behind_is_passed_and_a_flat_one_reaches_nothing() {
    let rising = doubling(20, 0.3);
    let with = |value: fn(f64) -> f64| -> FittedTrends {
        let all: Vec<_> = rising.iter().map(|o| Observation { value: value(o.value), ..o.clone() }).collect();
        fitted(&all, TrendEnsemble::default().members)
    };
    let of = |trends: &FittedTrends, value: f64| trends.date_of(value, DATE_LIMIT, None).expect("a forecast");
    let before = rising[0].date;
    assert_eq!(of(&with(|value| value), 0.01), DateForecast::Passed { before });
    assert_eq!(of(&with(|value| 1.0 / value), 100.0), DateForecast::Passed { before });
    // A falling trend meets a low value as a rising one meets its inverse.
    let days = |trends: &FittedTrends, value: f64| match of(trends, value) {
        DateForecast::Within { date, earliest, latest, .. } => (earliest, date, latest),
        other => panic!("{other:?}"),
    };
    assert_eq!(days(&with(|value| value), 1e3), days(&with(|value| 1.0 / value), 1e-3));
    let flat = with(|_| 5.0);
    assert_eq!((of(&flat, 6.0), of(&flat, 4.0)), (DateForecast::Never, DateForecast::Never));
}

#[test]
fn a_trend_that_quickened_is_followed_by_the_later_half() {
    let mut observations = doubling(20, 0.1);
    // From the eleventh on, twice as fast.
    for (k, observation) in observations.iter_mut().enumerate().skip(11) {
        observation.value *= (91.0 * (k - 10) as f64 / 200.0).exp2();
    }
    let date = |members| match fitted(&observations, members).date_of(1e5, 2.0, None).expect("a forecast") {
        DateForecast::Within { date, .. } => date,
        other => panic!("{other:?}"),
    };
    let (all, half) = (date(vec![TrendWindow::All]), date(vec![TrendWindow::LaterHalf]));
    let both = date(TrendEnsemble::default().members);
    assert!(half < both && both < all, "{half} {both} {all}");
}
