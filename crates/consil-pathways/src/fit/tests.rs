use super::*;
use consil_random::Key;

/// Runs on a grid of sizes, whose losses follow a law but for noise of so many per cent.
fn grid(law: Law, natural: &[f64], noise: f64) -> Vec<Run> {
    let mut stream = Key::new(11).op("noise").stream();
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
    // Least squares on a straight line in logarithms: the interval of the slope is known in closed form. With δ far above the residuals, Huber's misfit
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
        "Hoffmann has 5 free parameters and needs at least 8 runs, but there are 7; add runs, hold parameters, or fit a law with fewer"
    );
    let one_size = with(&|_, run| run.design = Design::new(1e9, run.design.tokens));
    assert!(one_size.contains("differ in parameters, at least 3 values, but there is only 1.0000e9"), "{one_size}");
    let lockstep = with(&|_, run| run.design = Design::new(run.design.parameters, 20.0 * run.design.parameters));
    assert!(lockstep.contains("parameters and tokens move in lockstep"), "{lockstep}");
    let negative = with(&|at, run| run.loss *= if at == 9 { -1.0 } else { 1.0 });
    assert!(negative.starts_with("grid 1 1: the loss is -"), "{negative}");
    let unknown = FitConfig::new(Law::Kaplan).hold("gamma", 1.0).fit(&runs).err().expect("an error").to_string();
    assert_eq!(unknown, "Kaplan has no parameter `gamma`; it has Nc, Dc, alpha_N, alpha_D");
}
