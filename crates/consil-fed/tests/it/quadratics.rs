//! Federations whose outcome is known in closed form.
//!
//! Site i minimises `Fᵢ(w) = ½ Σⱼ aᵢⱼ (wⱼ − cᵢⱼ)²` by K steps of gradient descent at rate η, from the global w. With the
//! proximal weight µ the steps contract at `1 − η(a + µ)`, so the site's change is
//!
//! ```text
//! Δᵢ(w) = sᵢ (cᵢ − w),   sᵢ = aᵢ/(aᵢ + µ) · (1 − (1 − η(aᵢ + µ))ᴷ)
//! ```
//!
//! at each coordinate, and the averaged map has the fixed point `w = Σ nᵢ sᵢ cᵢ / Σ nᵢ sᵢ`. For K > 1 it is not the optimum
//! `Σ nᵢ aᵢ cᵢ / Σ nᵢ aᵢ`: what local steps cost where sites differ (Pathak and Wainwright, 2020, "FedSplit", proposition
//! 1; Charles and Konečný, 2021). FedDyn's fixed point is the optimum.

use consil_fed::strategy::{FedAvgM, FedDyn, FedProx};
use consil_fed::{Event, FederateConfig, RoundReport, ServerConfig, StrategyConfig};

use crate::quadratic::{self, DIM, Quadratic, Threads, average_center, distance, simulation, sites};

const STEPS: i32 = 10;
const RATE: f64 = 0.1;

fn config(strategy: StrategyConfig, rounds: u64) -> FederateConfig<()> {
    quadratic::config(6, strategy, rounds)
}

fn run(config: &FederateConfig<()>, n_workers: usize) -> (Vec<f32>, Vec<RoundReport>, Vec<Event>) {
    let mut simulation = simulation(config, sites(6), n_workers);
    let (mut reports, mut events) = (Vec::new(), Vec::new());
    while !simulation.is_finished() {
        reports.push(simulation.round(&Threads(n_workers), &mut |event| events.push(event)).unwrap());
    }
    (simulation.federation().global().to_vec(), reports, events)
}

fn fixed_point(mu: f64) -> [f64; DIM] {
    average_center(&sites(6), |site: &Quadratic, j| {
        let a = site.curvature[j];
        let gain = a / (a + mu) * (1.0 - (1.0 - RATE * (a + mu)).powi(STEPS));
        site.n_samples as f64 * gain
    })
}

/// The model travels as `f32`: a rounding of 2⁻²⁴ at values up to 5 in each of a few contracting rounds.
const F32_ROUNDING: f64 = 5e-6;

#[test]
fn fed_avg_converges_to_its_known_fixed_point_and_not_to_the_optimum() {
    let (w, _, _) = run(&config(StrategyConfig::FedAvg, 60), 2);
    let off = distance(&w, &fixed_point(0.0));
    assert!(off < F32_ROUNDING, "{off}");
    let optimum = average_center(&sites(6), |site: &Quadratic, j| site.n_samples as f64 * site.curvature[j]);
    assert!(distance(&w, &optimum) > 0.1, "ten local steps pull the fixed point away from the optimum");
}

#[test]
fn fed_prox_converges_to_its_known_fixed_point() {
    for mu in [0.5f32, 2.0, 8.0] {
        let (w, _, _) = run(&config(StrategyConfig::FedProx(FedProx { mu }), 400), 2);
        let off = distance(&w, &fixed_point(f64::from(mu)));
        assert!(off < 4.0 * F32_ROUNDING, "µ = {mu}: {off}");
    }
}

#[test]
fn more_of_the_proximal_term_means_less_drift_and_a_fixed_point_nearer_the_optimum() {
    let optimum = average_center(&sites(6), |site: &Quadratic, j| site.n_samples as f64 * site.curvature[j]);
    // Round 0 begins at the same model for every µ; the spread is √(Σ pᵢ ‖Δᵢ − Δ‖²) in units of w.
    let spread_and_offset = |mu: f32| {
        let (_, reports, _) = run(&config(StrategyConfig::FedProx(FedProx { mu }), 1), 1);
        let spread = reports[0].drift.unwrap() * reports[0].update_norm;
        (spread, distance(&fixed_point(f64::from(mu)).map(|x| x as f32), &optimum))
    };
    let ladder: Vec<(f64, f64)> = [0.0, 0.5, 2.0, 8.0].into_iter().map(spread_and_offset).collect();
    for pair in ladder.windows(2) {
        assert!(pair[1].0 < pair[0].0 && pair[1].1 < pair[0].1, "{ladder:?}");
    }
}

#[test]
fn fed_dyn_converges_to_the_optimum_though_sites_differ() {
    let (w, _, _) = run(&config(StrategyConfig::FedDyn(FedDyn { alpha: 1.0 }), 400), 2);
    let optimum = average_center(&sites(6), |site: &Quadratic, j| site.curvature[j]);
    let off = distance(&w, &optimum);
    assert!(off < 20.0 * F32_ROUNDING, "{off}");
}

#[test]
fn fed_dyn_converges_when_only_some_sites_take_part() {
    let partial = FederateConfig { fraction: 0.5, ..config(StrategyConfig::FedDyn(FedDyn { alpha: 1.0 }), 1500) };
    let (w, _, _) = run(&partial, 2);
    let off = distance(&w, &average_center(&sites(6), |site: &Quadratic, j| site.curvature[j]));
    assert!(off < 1e-3, "{off}");
}

#[test]
fn server_momentum_reaches_the_same_fixed_point() {
    let server = ServerConfig { learning_rate: 0.5, momentum: 0.5 };
    let (w, _, _) = run(&FederateConfig { server, ..config(StrategyConfig::FedAvg, 120) }, 2);
    let off = distance(&w, &fixed_point(0.0));
    assert!(off < F32_ROUNDING, "{off}");
}

#[test]
fn momentum_as_a_strategy_is_momentum_in_the_server_table() {
    let server = ServerConfig { learning_rate: 0.5, momentum: 0.5 };
    let table = FederateConfig { server, ..config(StrategyConfig::FedAvg, 5) };
    let named = config(StrategyConfig::FedAvgM(FedAvgM { momentum: 0.5, learning_rate: 0.5 }), 5);
    assert_eq!(run(&named, 1).0, run(&table, 1).0);
}

#[test]
fn scaffold_converges_to_the_optimum_though_sites_differ() {
    let (w, _, _) = run(&config(StrategyConfig::Scaffold, 400), 2);
    let off = distance(&w, &average_center(&sites(6), |site: &Quadratic, j| site.curvature[j]));
    assert!(off < 20.0 * F32_ROUNDING, "{off}");
}

#[test]
fn a_schedule_of_the_rate_reaches_the_sites_by_round() {
    // One step of plain descent from w = 0 moves by rate · a c; the factor of round r is 1, 1/2, 1/3.
    let config = config(StrategyConfig::FedAvg, 3).check().unwrap();
    let federation = quadratic::federation(&config).with_rate(Box::new(|round, rounds| {
        assert_eq!(rounds, 3);
        1.0 / (1.0 + round as f64)
    }));
    let one_step = |site: Quadratic| Quadratic { steps: 1, ..site };
    let sites: Vec<Quadratic> = sites(6).into_iter().map(one_step).collect();
    let mut simulation = consil_fed::Simulation::new(federation, sites.clone(), vec![()]).unwrap();
    let n: f64 = sites.iter().map(|site| site.n_samples as f64).sum();
    let mut expected = [0.0; DIM];
    for round in 0..3 {
        simulation.round(&Threads(1), &mut |_| ()).unwrap();
        let rate = RATE / (1.0 + f64::from(round));
        let step = |j: usize| -> f64 {
            sites.iter().map(|s| s.n_samples as f64 / n * rate * s.curvature[j] * (s.center[j] - expected[j])).sum()
        };
        expected = std::array::from_fn(|j| expected[j] + step(j));
        let off = distance(simulation.federation().global(), &expected);
        assert!(off < F32_ROUNDING, "round {round}: {off}");
    }
}

#[test]
fn the_loss_falls_and_the_report_weighs_it_by_samples() {
    let (_, reports, _) = run(&config(StrategyConfig::FedAvg, 5), 1);
    let first = &reports[0];
    let total: f64 = first.clients.iter().map(|c| c.n_samples as f64 * c.metrics.get("loss").unwrap()).sum();
    assert!((first.loss().unwrap() - total / first.n_samples as f64).abs() < 1e-12);
    assert!(reports[4].update_norm < 0.1 * first.update_norm, "the rounds contract");
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let config = FederateConfig { fraction: 0.7, ..config(StrategyConfig::FedDyn(FedDyn { alpha: 0.3 }), 12) };
    let alone = run(&config, 1);
    for n_workers in [2, 3, 16] {
        assert_eq!(run(&config, n_workers), alone, "{n_workers} workers");
    }
}

#[test]
fn a_stored_simulation_goes_on_as_if_it_had_not_stopped() {
    let config = FederateConfig { fraction: 0.5, ..config(StrategyConfig::FedDyn(FedDyn { alpha: 0.3 }), 10) };
    let (w, reports, _) = run(&config, 2);
    let mut first = simulation(&config, sites(6), 2);
    for _ in 0..4 {
        first.round(&Threads(2), &mut |_| ()).unwrap();
    }
    let bytes = first.save().unwrap();
    let mut second = simulation(&config, sites(6), 3);
    second.restore(&bytes).unwrap();
    assert_eq!(second.save().unwrap(), bytes);
    let mut rest = Vec::new();
    while !second.is_finished() {
        rest.push(second.round(&Threads(3), &mut |_| ()).unwrap());
    }
    assert_eq!(rest, reports[4..], "the metric `rounds` shows that the sites kept their own state");
    assert_eq!(second.federation().global(), w);
}
