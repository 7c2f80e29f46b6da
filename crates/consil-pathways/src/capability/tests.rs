use super::*;
use crate::source::{Basis, Source};
use crate::table::Table;
use consil_random::Key;

/// Scores that one capability explains, but for noise.
fn table(noise: f64) -> (ScoreTable, Vec<f64>) {
    let mut stream = Key::new(2).op("scores").stream();
    let loadings = [0.5, 0.3, 0.4, 0.7];
    let capabilities: Vec<f64> = (0..30).map(|_| stream.normal() * 0.3).collect();
    let mut scores = Vec::new();
    for capability in &capabilities {
        scores.extend(loadings.iter().map(|loading| Some(0.5 + capability * loading + noise * stream.normal())));
    }
    let name = |of: &str, n: usize| (0..n).map(|k| format!("{of} {k}")).collect();
    (ScoreTable { models: name("model", 30), benchmarks: name("benchmark", 4), scores }, capabilities)
}

#[test]
fn one_capability_is_found_and_gaps_are_filled_with_what_was_there() {
    let (mut table, truth) = table(0.0);
    let missing = [3, 17, 40, 41, 77, 118];
    missing.iter().for_each(|at| table.scores[*at] = None);
    let components = Components::fit(&table).expect("components");
    // Without noise the scores have rank one, so that filling finds them; it stops at changes of 1e-10, and approaches geometrically.
    assert!(components.explained[0] > 1.0 - 1e-12, "{:?}", components.explained);
    let norm = [0.5f64, 0.3, 0.4, 0.7].iter().map(|x| x * x).sum::<f64>().sqrt();
    let mean = truth.iter().sum::<f64>() / 30.0;
    for (ours, truth) in components.capabilities.iter().zip(&truth) {
        assert!((ours - norm * (truth - mean)).abs() < 1e-8, "{ours} {truth}");
    }
    assert_eq!(components.n_filled, 6);
}

#[test]
fn a_new_model_is_placed_by_those_scores_it_has() {
    let (table, _) = table(0.0);
    let components = Components::fit(&table).expect("components");
    let row = &table.scores[20..24];
    let partly = [row[0], None, row[2], None];
    assert!((components.capability(&partly).expect("a capability") - components.capabilities[5]).abs() < 1e-9);
    assert!(matches!(components.capability(&[None; 4]), Err(CapabilityError::NoScore { .. })));
    assert!(matches!(components.capability(&[None]), Err(CapabilityError::OtherBenchmarks { found: 1, needed: 4 })));
}

#[test]
fn a_sigmoid_is_recovered_and_its_interval_covers_as_it_says() {
    let mut stream = Key::new(4).op("points").stream();
    let truth = |x: f64| 0.25 + 0.75 / (1.0 + (-3.0 * (x - 0.4)).exp());
    let exact: Vec<(f64, f64)> = (0..20).map(|k| f64::from(k) / 10.0 - 1.0).map(|x| (x, truth(x))).collect();
    let curve = TaskCurve::fit(&exact, 0.25).expect("a curve");
    assert!((curve.slope - 3.0).abs() < 1e-4 && (curve.centre - 0.4).abs() < 1e-4, "{curve:?}");
    let record = curve.record(0.8, 100, Key::new(1));
    assert!((curve.forecast(1.9, 100, Key::new(1), &record).extrapolation - 1.0 / 1.9).abs() < 1e-9);
    assert_eq!((record.n_origins, record.n_cases), (4, 10 + 8 + 6 + 4));

    let noisy: Vec<(f64, f64)> =
        exact.iter().map(|(x, y)| (*x, (y + 0.03 * stream.normal()).clamp(0.0, 1.0))).collect();
    let curve = TaskCurve::fit(&noisy, 0.25).expect("a curve");
    let interval = curve.forecast(0.3, 400, Key::new(1), &record).interval;
    let n_held = (0..1000).filter(|_| interval.holds(truth(0.3) + 0.03 * stream.normal())).count();
    // 20 points give the noise to some 16 per cent, so that a nominal 0.8 lies between 0.65 and 0.92.
    assert!((650..=920).contains(&n_held), "{n_held}");
}

#[test]
fn tables_that_cannot_carry_components_are_refused() {
    let (good, _) = table(0.1);
    let error = |change: &dyn Fn(&mut ScoreTable)| {
        let mut table = good.clone();
        change(&mut table);
        Components::fit(&table).expect_err("an error").to_string()
    };
    let few = error(&|table| {
        table.models.truncate(4);
        table.scores.truncate(16);
    });
    assert_eq!(few, "components: at least 5 models with scores are needed, but there are 4");
    let empty = error(&|table| table.scores[8..12].fill(None));
    assert_eq!(empty, "model 2 has no score at all; leave it out");
    let same = error(&|table| table.scores.iter_mut().step_by(4).for_each(|score| *score = Some(0.5)));
    assert!(same.starts_with("all models score 0.5 on benchmark 0"), "{same}");
    let per_cent = TaskCurve::fit(&[(0.0, 1.0); 6].map(|(x, _)| (x, 55.0)), 0.0).expect_err("no share").to_string();
    assert!(per_cent.contains("divide per cent by 100"), "{per_cent}");
    let flat: Vec<(f64, f64)> = (0..8).map(|k| (f64::from(k), 0.0)).collect();
    let error = TaskCurve::fit(&flat, 0.0).expect_err("no variation").to_string();
    assert!(error.starts_with("all models score 0 on the task"), "{error}");
    let text = "m,a,b\nx,0.1,oops\n";
    let table = Table::read(text.as_bytes(), Source::new("s.csv", Basis::Measured)).expect("a table");
    let error = ScoreTable::read(&table, "m", &["a", "b"]).expect_err("no number").to_string();
    let twice = ScoreTable::read(&table, "m", &["a", "a"]).expect_err("twice").to_string();
    assert!(twice.starts_with("a is named twice"), "{twice}");
    assert_eq!(error, "s.csv:2: column `b` has `oops` where a finite number is needed");
}
