use super::*;
use consil_random::Key;

/// Runs on a grid of sizes, whose losses follow a law but for noise of so many per cent.
fn grid(law: Law, natural: &[f64], noise: f64) -> Vec<Run> {
    let mut stream = Key::new(11).child("noise").stream();
    let mut runs = Vec::new();
    for i in 0..8 {
        for j in 0..8 {
            let design = Design::new(5e7 * 2.1f64.powi(i), 1e9 * 2.3f64.powi(j));
            let design = if j > 4 { design.with_unique_tokens(2e10) } else { design };
            let loss = law.loss(natural, &design) * (noise * stream.normal()).exp();
            runs.push(Run { origin: format!("grid {i} {j}"), design, loss });
        }
    }
    runs
}

fn truths() -> Vec<(Law, Vec<f64>)> {
    vec![
        (Law::Power(Axis::Compute), vec![2.3e8 * 8.64e19, 0.050]),
        (Law::Saturating(Axis::Compute), vec![1200.0, 1.7, 0.16]),
        (Law::Kaplan, vec![6.4e13, 1.8e13, 0.076, 0.103]),
        (Law::Hoffmann, vec![482.01, 2085.43, 1.8169, 0.3478, 0.3658]),
        (Law::DataConstrained, vec![521.0, 1488.0, 1.87, 0.353, 0.353, 5.31, 15.39]),
        (Law::OverTraining, vec![210.0, 360.0, 1.5, 0.12]),
    ]
}

#[test]
fn each_law_is_recovered_from_losses_without_noise() {
    for (law, truth) in truths() {
        for objective in [Objective::Huber { delta: 1e-3 }, Objective::LeastAbsolute] {
            let fit = FitConfig::new(law).objective(objective).fit(&grid(law, &truth, 0.0)).expect("a fit");
            for (design, truth) in fit.runs().iter().map(|run| (run.design, run.loss)) {
                // The optimum is exact but for the tolerance of the descent, along whose flattest direction the constants drift together.
                let error = (fit.loss(&design) / truth).ln().abs();
                assert!(error < 1e-6, "{law:?} {objective:?}: {error}");
            }
            for ((parameter, ours), truth) in law.parameters().iter().zip(fit.estimates()).zip(&truth) {
                let error = (ours / truth - 1.0).abs();
                assert!(error < 2e-3, "{law:?} {objective:?} {}: {ours} {truth}", parameter.name);
            }
        }
    }
}

#[test]
fn the_optimum_of_absolute_values_is_a_vertex() {
    // A linear programme has its optimum where as many residuals vanish as there are parameters.
    let (law, truth) = (Law::Hoffmann, [482.01, 2085.43, 1.8169, 0.3478, 0.3658]);
    let fit = FitConfig::new(law).objective(Objective::LeastAbsolute).fit(&grid(law, &truth, 0.01)).expect("a fit");
    let n_zero = fit.residuals().iter().filter(|residual| residual.abs() < 1e-12).count();
    assert_eq!(n_zero, 5);
}

#[test]
fn held_parameters_stay_and_the_others_follow() {
    let (law, truth) = (Law::Hoffmann, [482.01, 2085.43, 1.8169, 0.3478, 0.3658]);
    let runs = grid(law, &truth, 0.005);
    let free = FitConfig::new(law).fit(&runs).expect("a fit");
    let held = FitConfig::new(law).hold("E", 1.7).fit(&runs).expect("a fit");
    assert!((held.estimate("E").expect("a parameter") - 1.7).abs() < 1e-12);
    assert!(held.value() > free.value() && held.estimate("alpha").expect("a parameter") < 0.3478);
}

#[test]
fn bootstrap_intervals_hold_the_truth_and_do_not_depend_on_threads() {
    let (law, truth) = (Law::Hoffmann, [482.01, 2085.43, 1.8169, 0.3478, 0.3658]);
    let fit = FitConfig::new(law).fit(&grid(law, &truth, 0.003)).expect("a fit");
    let bootstrap = fit.bootstrap(200, Key::new(3)).expect("resamples");
    for (parameter, truth) in law.parameters().iter().zip(&truth) {
        // 99.8 per cent, so that five parameters fail together once in a hundred seeds; this seed does not.
        let interval = bootstrap.interval(parameter.name, 0.998).expect("an interval");
        assert!(interval.holds(*truth), "{}: {interval:?}", parameter.name);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let alone = pool.install(|| fit.bootstrap(200, Key::new(3))).expect("resamples");
    assert_eq!(alone.replicates, bootstrap.replicates);
    assert!(matches!(fit.bootstrap(20, Key::new(3)), Err(FitError::TooFewResamples { found: 20 })));
}

#[test]
fn a_profile_is_as_wide_as_its_theory_says() {
    // Least squares on a straight line in logarithms: the interval of the slope is known in closed form. With δ far above the residuals, Huber's residuals
    // is a sum of squares.
    let law = Law::Power(Axis::Compute);
    let runs = grid(law, &[2.3e8 * 8.64e19, 0.050], 0.02);
    let fit = FitConfig::new(law).objective(Objective::Huber { delta: 1.0 }).fit(&runs).expect("a fit");
    let profile = fit.profile("alpha", 0.8).expect("a profile");
    let x: Vec<f64> = runs.iter().map(|run| run.design.compute.ln()).collect();
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let squares: f64 = fit.residuals().iter().map(|r| r * r).sum();
    let variance = squares / (x.len() as f64 - 2.0) / x.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    let half = 1.2816 * variance.sqrt();
    let (low, high) = (profile.low.expect("bounded"), profile.high.expect("bounded"));
    // The edges are found to one part in ten thousand of their distance.
    assert!(((high - low) / (2.0 * half) - 1.0).abs() < 1e-3, "{profile:?} {half}");
    assert_eq!(profile.identification, Identification::Identified);
}

#[test]
fn an_irreducible_loss_that_no_run_comes_near_is_flagged() {
    // All runs lie on the steep part of the curve: E could be anything below, down to nothing.
    let (law, truth) = (Law::Saturating(Axis::Compute), [1e9, 1e-3, 0.4]);
    let fit = FitConfig::new(law).fit(&grid(law, &truth, 0.05)).expect("a fit");
    assert_eq!(fit.profile("E", 0.8).expect("a profile").identification, Identification::UnboundedBelow);
    assert_eq!(fit.profile("alpha", 0.8).expect("a profile").identification, Identification::Identified);
}

#[test]
fn what_cannot_be_fitted_is_refused_with_what_is_needed() {
    let truth = [482.01, 2085.43, 1.8169, 0.3478, 0.3658];
    let runs = grid(Law::Hoffmann, &truth, 0.01);
    let error = |runs: &[Run]| FitConfig::new(Law::Hoffmann).fit(runs).err().expect("an error").to_string();
    let with = |change: &dyn Fn(usize, &mut Run)| {
        let mut runs = runs.clone();
        runs.iter_mut().enumerate().for_each(|(at, run)| change(at, run));
        error(&runs)
    };
    assert_eq!(
        error(&runs[..7]),
        "the law hoffmann has 5 free parameters and needs at least 8 runs, but there are 7; add runs, hold parameters, or fit a law with fewer"
    );
    let one_size = with(&|_, run| run.design = Design::new(1e9, run.design.tokens));
    assert!(one_size.contains("differ in parameters, at least 3 values, but there is only 1e9"), "{one_size}");
    let lockstep = with(&|_, run| run.design = Design::new(run.design.parameters, 20.0 * run.design.parameters));
    assert!(lockstep.contains("parameters and tokens move in lockstep"), "{lockstep}");
    let negative = with(&|at, run| run.loss *= if at == 9 { -1.0 } else { 1.0 });
    assert!(negative.starts_with("grid 1 1: the loss is -"), "{negative}");
    let unknown = FitConfig::new(Law::Kaplan).hold("gamma", 1.0).fit(&runs).err().expect("an error").to_string();
    assert_eq!(unknown, "the law kaplan has no parameter `gamma`; it has Nc, Dc, alpha_N, alpha_D");
}

#[test]
fn starts_agree_on_exact_data_whose_loss_is_rounding() {
    let truth = [482.01, 2085.43, 1.8169, 0.3478, 0.3658];
    let fit = FitConfig::new(Law::Hoffmann).fit(&grid(Law::Hoffmann, &truth, 0.0)).expect("a fit");
    assert!(fit.value() < 1e-20 && fit.starts().1 >= 2, "{} {:?}", fit.value(), fit.starts());
}

/// Ten runs of a power law in compute, with noise of 3 %.
fn line(seed: u64) -> Vec<Run> {
    let mut stream = Key::new(seed).child("line").stream();
    (0..10)
        .map(|k| {
            let design = Design::new(1e6 * 1.7f64.powi(k), 1e8);
            let loss = Law::Power(Axis::Compute).loss(&[1e20, 0.2], &design) * (0.03 * stream.normal()).exp();
            Run { origin: format!("run {k}"), design, loss }
        })
        .collect()
}

#[test]
fn for_a_line_the_predictive_interval_is_that_of_regression() {
    let runs = line(3);
    let design = Design::new(1e9, 1e8);
    let config = FitConfig::new(Law::Power(Axis::Compute)).objective(Objective::Huber { delta: 10.0 });
    let prediction = config.fit(&runs).unwrap().predict(&design, 0.8, 20_000, Key::new(1)).unwrap();
    // Ordinary least squares of log loss on log compute, worked out apart.
    let (x, y): (Vec<f64>, Vec<f64>) = runs.iter().map(|run| (run.design.compute.ln(), run.loss.ln())).unzip();
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sxx: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    let slope = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / sxx;
    let at = |x: f64| mean_y + slope * (x - mean_x);
    let s = (x.iter().zip(&y).map(|(x, y)| (y - at(*x)).powi(2)).sum::<f64>() / (n - 2.0)).sqrt();
    let new = design.compute.ln();
    // t_8 at 0.9, from tables.
    let reach = 1.3968 * s * (1.0 + 1.0 / n + (new - mean_x).powi(2) / sxx).sqrt();
    assert!((prediction.residual_deviation / s - 1.0).abs() < 1e-4, "{prediction:?} {s}");
    // The quantiles of 20,000 draws have a standard error of 1 % of the reach; four of them.
    for (end, expected) in
        [(prediction.interval.low.ln(), at(new) - reach), (prediction.interval.high.ln(), at(new) + reach)]
    {
        assert!((end - expected).abs() < 0.04 * reach, "{end} {expected} {reach}");
    }
}

#[test]
fn eighty_per_cent_of_new_runs_lie_inside() {
    let (law, truth) = (Law::Hoffmann, [40.0, 25.0, 0.05, 0.5, 0.55]);
    let config = FitConfig::new(law).objective(Objective::Huber { delta: 0.1 });
    let trials = 60;
    let mut inside = 0;
    for trial in 0..trials {
        let mut stream = Key::new(trial).child("coverage").stream();
        let mut run = |n: f64, d: f64| {
            let design = Design::new(n, d);
            Run { origin: format!("{n} {d}"), design, loss: law.loss(&truth, &design) * (0.04 * stream.normal()).exp() }
        };
        let mut runs = Vec::new();
        for n in [2e3, 5e3, 1.2e4, 3e4] {
            for d in [5e3, 2e4, 8e4] {
                runs.push(run(n, d));
            }
        }
        let new = run(6e4, 2e5);
        let prediction = config.fit(&runs).unwrap().predict(&new.design, 0.8, 200, Key::new(trial)).unwrap();
        inside += usize::from(prediction.interval.holds(new.loss));
    }
    // Of 60, 48 are expected with a standard deviation of 3.1; three of them to either side.
    assert!((39..=57).contains(&inside), "{inside} of {trials}");
}

#[test]
fn all_seeds_of_the_largest_size_are_held_out_and_seeds_show_their_spread() {
    let mut runs = line(5);
    let twice: Vec<Run> = runs.iter().map(|run| Run { loss: run.loss * 1.02, ..run.clone() }).collect();
    runs.extend(twice);
    let (rest, held) = hold_out_largest(runs);
    assert_eq!((rest.len(), held.len()), (18, 2));
    let fit = FitConfig::new(Law::Power(Axis::Compute)).fit(&rest).unwrap();
    let prediction = fit.predict(&held[0].design, 0.8, 100, Key::new(1)).unwrap();
    // Two values a log-distance d apart have a standard deviation of d / √2.
    let spread = 1.02f64.ln() / 2f64.sqrt();
    assert!((prediction.seed_deviation.unwrap() / spread - 1.0).abs() < 1e-9);
    assert!(matches!(fit.predict(&held[0].design, 0.8, 10, Key::new(1)), Err(FitError::TooFewResamples { found: 10 })));
}

#[test]
fn resamples_scatter_at_both_ends_of_the_range_of_delta_and_it_ends_there() {
    let (law, truth) = (Law::Hoffmann, [482.01, 2085.43, 1.8169, 0.3478, 0.3658]);
    let runs = grid(law, &truth, 0.003);
    let errors = |objective| {
        let fit = FitConfig::new(law).objective(objective).fit(&runs).expect("a fit");
        fit.bootstrap(200, Key::new(3)).expect("resamples").standard_errors()
    };
    // Absolute values are the limit at zero; above the largest residual, a larger delta changes the scale alone.
    let of = |delta| errors(Objective::Huber { delta });
    for (at_the_end, near) in [(of(1e-8), errors(Objective::LeastAbsolute)), (of(10.0), of(1.0))] {
        for (a, b) in at_the_end.iter().zip(&near) {
            assert!((0.8..1.25).contains(&(a / b)), "{at_the_end:?} {near:?}");
        }
    }
    for delta in [0.0, 1e-300, 1e-12, 11.0, 1e300, f64::NAN] {
        let refused = FitConfig::new(law).objective(Objective::Huber { delta }).fit(&runs).map(|_| ());
        let error = refused.expect_err("a delta").to_string();
        assert!(error.contains("it must lie from 1e-8 to 1e1"), "{error}");
    }
}
