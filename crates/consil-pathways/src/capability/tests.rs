use super::curve::odds;
use super::*;
use crate::backtest::Case;
use crate::interval::Interval;
use crate::source::{Basis, Source};
use crate::table::Table;
use consil_random::Key;

/// Scores that one capability explains, but for noise.
fn table(noise: f64) -> (ScoreTable, Vec<f64>) {
    let mut stream = Key::new(2).child("scores").stream();
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
    let mut stream = Key::new(4).child("points").stream();
    let truth = |x: f64| 0.25 + 0.75 / (1.0 + (-3.0 * (x - 0.4)).exp());
    let exact: Vec<(f64, f64)> = (0..20).map(|k| f64::from(k) / 10.0 - 1.0).map(|x| (x, truth(x))).collect();
    let curve = TaskCurve::fit(&exact, 0.25).expect("a curve");
    assert!((curve.slope - 3.0).abs() < 1e-4 && (curve.centre - 0.4).abs() < 1e-4, "{curve:?}");
    let far = curve.forecast(1.9, &curve.bootstrap(100, Key::new(1)), 0.8, None);
    assert!((far.extrapolation - 1.0 / 1.9).abs() < 1e-9 && far.widening.is_none() && far.interval == far.naive);

    let noisy: Vec<(f64, f64)> =
        exact.iter().map(|(x, y)| (*x, (y + 0.03 * stream.normal()).clamp(0.0, 1.0))).collect();
    let curve = TaskCurve::fit(&noisy, 0.25).expect("a curve");
    let interval = curve.forecast(0.3, &curve.bootstrap(400, Key::new(1)), 0.8, None).interval;
    let n_held = (0..1000).filter(|_| interval.holds(truth(0.3) + 0.03 * stream.normal())).count();
    // 20 points give the noise to some 16 per cent, so that a nominal 0.8 lies between 0.65 and 0.92.
    assert!((650..=920).contains(&n_held), "{n_held}");
}

/// Models with scores on four benchmarks and a task that all rise with one capability, the task by a sigmoid of `bend` more slope above the middle.
fn task_table(bend: f64, noise: f64) -> (ScoreTable, Vec<Option<f64>>) {
    let mut stream = Key::new(11).child("models").stream();
    let n = 80;
    let (mut scores, mut task) = (Vec::new(), Vec::new());
    for k in 0..n {
        let x = 2.0 * f64::from(k) / f64::from(n) - 1.0;
        let score = |slope: f64, noise: f64| (0.5 + slope * x + 0.01 * noise).clamp(0.0, 1.0);
        scores.extend([0.3, 0.2, 0.4, 0.1].map(|slope| Some(score(slope, stream.normal()))));
        let logit = 3.0 * x + bend * x.max(0.0) + noise * stream.normal();
        task.push((k % 9 != 4).then(|| 1.0 / (1.0 + (-logit).exp())));
    }
    let models = (0..n).map(|k| format!("model {k}")).collect();
    let benchmarks = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    (ScoreTable { models, benchmarks, scores }, task)
}

const TRIAL: TaskTrial = TaskTrial { floor: 0.0, level: 0.8, n_resamples: 100 };

#[test]
fn task_forecasts_are_widened_by_what_stronger_models_showed() {
    let record = |bend: f64| {
        let (table, task) = task_table(bend, 0.2);
        table.backtest_task(&task, TRIAL, Key::new(2)).expect("a backtest").record().expect("origins")
    };
    // Where the law holds, intervals need little, and cover more than nine of twenty as said; where it bends, they miss more and are widened more.
    let (straight, bent) = (record(0.0), record(4.0));
    assert!(straight.widening.coverage > 0.7, "{:?}", straight.widening);
    assert!(bent.widening.reach > 1.5 * straight.widening.reach, "{:?} {:?}", bent.widening, straight.widening);
    assert!(bent.widening.coverage > bent.widening.naive_coverage + 0.05, "{:?}", bent.widening);
    // An interval is widened on the logit, and stays within 0 to 1.
    let (table, task) = task_table(4.0, 0.2);
    let components = Components::fit(&table).expect("components");
    let points = components.capabilities.iter().zip(&task).filter_map(|(x, score)| Some((*x, (*score)?)));
    let curve = TaskCurve::fit(&points.collect::<Vec<_>>(), 0.0).expect("a curve");
    let bootstrap = curve.bootstrap(100, Key::new(3));
    for x in [curve.range.0, curve.centre, 2.0 * curve.range.1] {
        let wide = curve.forecast(x, &bootstrap, 0.8, Some(&bent.widening));
        assert!(wide.interval.low <= wide.naive.low && wide.naive.high <= wide.interval.high, "{wide:?}");
        assert!(0.0 <= wide.interval.low && wide.interval.high <= 1.0, "{wide:?}");
    }
    let middle = curve.forecast(curve.centre, &bootstrap, 0.8, Some(&bent.widening)).interval;
    let logit = |share: f64| (share / (1.0 - share)).ln();
    assert!((logit(middle.high) - bent.widening.reach).abs() < 1e-6, "{middle:?}");
}

#[test]
fn what_stronger_models_score_is_not_known_to_an_origin() {
    let (table, task) = task_table(0.0, 0.2);
    let (mut other, mut other_task) = (table.clone(), task.clone());
    // The strongest eight score otherwise, on the task and, without changing places, on a benchmark.
    other_task[72..].fill(Some(0.05));
    other.scores[4 * 72..].iter_mut().skip(3).step_by(4).for_each(|score| *score = Some(0.9));
    let cases = |table: &ScoreTable, task: &[Option<f64>]| {
        table.backtest_task(task, TRIAL, Key::new(2)).expect("a backtest").cases
    };
    let (before, after) = (cases(&table, &task), cases(&other, &other_task));
    let first = before[0].origin.clone();
    // What was said of models between the origin and those is the same to the last digit, though all components together have changed.
    let said = |cases: &[Case]| -> Vec<(String, f64, Interval)> {
        let of = cases.iter().filter(|case| case.origin == first && case.truth != odds(0.05, 0.0));
        let named = of.filter(|case| case.target.trim_start_matches("model ").parse().is_ok_and(|k: usize| k < 72));
        let mut said: Vec<_> = named.map(|case| (case.target.clone(), case.point, case.interval)).collect();
        said.sort_by(|a, b| a.0.cmp(&b.0));
        said
    };
    assert!(said(&before).len() > 30);
    assert_eq!(said(&before), said(&after));
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
