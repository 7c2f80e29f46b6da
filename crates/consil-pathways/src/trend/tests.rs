use super::*;
use crate::source::{Basis, Source};
use crate::table::TableError;
use consil_random::Key;

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

const TODAY: &str = "2026-01-01";

/// One observation each quarter from 2018 on, doubling each `days` days up to the bend, and each `after` days from there.
fn doubling(n: usize, days: f64, bend: usize, after: f64, noise: f64) -> Vec<Observation> {
    let mut stream = Key::new(5).child("noise").stream();
    let mut doublings = 0.0;
    (0..n)
        .map(|k| {
            if k > 0 {
                doublings += 91.0 / if k > bend { after } else { days };
            }
            let value = (doublings + noise * stream.normal()).exp2();
            let date = day("2018-01-01").plus_days(91.0 * k as f64);
            Observation { origin: format!("row {k}"), name: format!("model {k}"), date, value }
        })
        .collect()
}

#[test]
fn an_exact_doubling_is_found_and_continued() {
    let trend = Trend::fit(&doubling(20, 200.0, 99, 200.0, 0.0), day(TODAY)).expect("a trend");
    assert!((trend.doubling_days().expect("growth") - 200.0).abs() < 1e-9);
    assert!((trend.growth_per_year() - 2.0f64.powf(DAYS_PER_YEAR / 200.0)).abs() < 1e-9);
    let (first, last) = trend.span();
    let forecast = trend.forecast(last.plus_days(864.5), 0.8);
    // 19 steps of 91 days lie between the first and the last observation; 864.5 is half of that.
    assert!((forecast.extrapolation - 0.5).abs() < 1e-3, "{forecast:?}");
    assert!((forecast.point.log2() - f64::from(forecast.date.days() - first.days()) / 200.0).abs() < 1e-9);
}

#[test]
fn a_falling_trend_halves_and_a_flat_one_does_neither() {
    let rising = doubling(20, 200.0, 99, 200.0, 0.3);
    let falling: Vec<_> = rising.iter().map(|o| Observation { value: 1.0 / o.value, ..o.clone() }).collect();
    let (up, down) = [&rising, &falling].map(|all| Trend::fit(all, day(TODAY)).expect("a trend")).into();
    let half_life = down.doubling_interval(0.9).expect("a decline");
    assert!(half_life.low < half_life.high && half_life.holds(down.doubling_days().expect("a decline")));
    assert!((half_life.low / -up.doubling_interval(0.9).expect("growth").high - 1.0).abs() < 1e-9);

    let flat: Vec<_> = rising.iter().map(|o| Observation { value: 5.0, ..o.clone() }).collect();
    let flat = Trend::fit(&flat, day(TODAY)).expect("a trend");
    assert_eq!((flat.doubling_days(), flat.doubling_interval(0.9), flat.growth_per_year()), (None, None, 1.0));
}

#[test]
fn a_bend_is_found_where_it_is_and_chance_is_not_taken_for_one() {
    let bent = Trend::fit(&doubling(24, 400.0, 12, 100.0, 0.2), day(TODAY)).expect("a trend");
    let bend = bent.breakpoint(400, Key::new(1)).expect("a break");
    let truth = day("2018-01-01").plus_days(91.0 * 12.0);
    assert!(bend.p_value < 0.01 && (bend.date.days() - truth.days()).abs() <= 182, "{bend:?}");
    let doublings = |days: f64| 2.0f64.powf(DAYS_PER_YEAR / days);
    // Slopes of a dozen observations with noise of 0.2 doublings: some 8 per cent.
    assert!((bend.growth_before / doublings(400.0) - 1.0).abs() < 0.25, "{bend:?}");
    assert!((bend.growth_after / doublings(100.0) - 1.0).abs() < 0.25, "{bend:?}");

    let straight = Trend::fit(&doubling(24, 200.0, 99, 200.0, 0.2), day(TODAY)).expect("a trend");
    assert!(straight.breakpoint(400, Key::new(1)).expect("a break").p_value > 0.05);
}

#[test]
fn the_test_for_a_bend_has_its_nominal_size() {
    // Of straight trends a tenth has p below 0.1: of 100, between 2 and 20 with a probability of 0.999.
    let n_below = (0..100)
        .filter(|seed| {
            let mut stream = Key::new(*seed).child("noise").stream();
            let observations: Vec<Observation> = doubling(14, 200.0, 99, 200.0, 0.0)
                .into_iter()
                .map(|o| Observation { value: o.value * (0.3 * stream.normal()).exp(), ..o })
                .collect();
            let trend = Trend::fit(&observations, day(TODAY)).expect("a trend");
            trend.breakpoint(99, Key::new(*seed)).expect("a break").p_value < 0.1
        })
        .count();
    assert!((2..=20).contains(&n_below), "{n_below}");
}

#[test]
fn what_has_no_trend_is_refused() {
    let good = doubling(6, 200.0, 99, 200.0, 0.1);
    let error = |observations: &[Observation]| Trend::fit(observations, day(TODAY)).expect_err("an error").to_string();
    assert!(error(&good[..3]).contains("at least 4 observations, but there are 3"));
    let with = |change: &dyn Fn(&mut Observation)| {
        let mut changed = good.clone();
        change(&mut changed[2]);
        error(&changed)
    };
    assert_eq!(with(&|o| o.value = -1.0), "row 2: the value is -1; an exponential trend needs a number above zero");
    assert!(with(&|o| o.date = day("2027-03-01")).contains("row 2: 2027-03-01 is after today, 2026-01-01"));
    let one_day: Vec<Observation> = good.iter().map(|o| Observation { date: day("2020-01-01"), ..o.clone() }).collect();
    assert!(error(&one_day).contains("all observations are of 2020-01-01"));
}

const HORIZONS: &str = "\
benchmark_name: X
results:
  a:
    metrics:
      is_sota: true
      p50_horizon_length:
        ci_high: 9.0
        estimate: 4.5
    release_date: 2024-01-02
    scaffolds:
    - x: y
  b:
    metrics:
      is_sota: false
      p50_horizon_length:
        estimate: 1.0
    release_date: 2023-01-02
";

#[test]
fn horizons_are_read_and_what_is_missing_is_named() {
    let read = |text: &str| read_horizons(text.as_bytes(), Source::new("r.yaml", Basis::Measured), day(TODAY));
    let (observations, source) = read(HORIZONS).expect("horizons");
    let only = Observation { origin: "r.yaml:3".into(), name: "a".into(), date: day("2024-01-02"), value: 4.5 };
    assert_eq!((&observations, source.sha256.is_some()), (&vec![only], true));
    // Four spaces on each level are as good as two.
    let four: String =
        HORIZONS.lines().map(|line| format!("{}{line}\n", " ".repeat(line.len() - line.trim_start().len()))).collect();
    assert_eq!(read(&four).expect("horizons").0, observations);
    let error = read(&HORIZONS.replace("estimate: 4.5", "estimate: soon")).expect_err("no number");
    assert_eq!(
        error.to_string(),
        "r.yaml:8: column `results.a.metrics.p50_horizon_length.estimate` has `soon` where a number of minutes above zero is needed"
    );
    let error = read(&HORIZONS.replace("2024-01-02", "2027-01-02")).expect_err("the future");
    assert!(matches!(error, TableError::FutureDate { line: 9, .. }), "{error}");
    assert!(
        read(&HORIZONS.replace("estimate: 4.5", "estimate: inf"))
            .expect_err("infinity")
            .to_string()
            .contains("r.yaml:8")
    );
    assert!(matches!(read("a: b\n"), Err(TableError::Empty { .. })));
}

#[test]
fn rows_without_a_value_or_a_date_are_counted() {
    let text = "name,date,value,notable\na,2020-01-01,1,yes\nb,2021-01-01,,yes\nc,,3,yes\nd,2022-01-01,4,\n";
    let table = crate::table::Table::read(text.as_bytes(), Source::new("o.csv", Basis::Measured)).expect("a table");
    let all = ObservationColumns { name: "name", date: "date", value: "value", required: None };
    assert_eq!(all.read(&table, day("2000-01-01"), day(TODAY)).expect("observations").len(), 2);
    assert_eq!(all.n_incomplete(&table).expect("columns"), 2);
    let notable = ObservationColumns { required: Some("notable"), ..all };
    assert_eq!(notable.n_incomplete(&table).expect("columns"), 2);
}
