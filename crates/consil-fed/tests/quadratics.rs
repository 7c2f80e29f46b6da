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

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::num::NonZeroUsize;

use consil_fed::{
    Client, ClientError, ClientTask, Entry, Event, FederateConfig, Federation, Layout, Metrics, Role, RoundReport,
    ServerConfig, Simulation, Strategy, Update,
};
use consil_random::Key;

const DIM: usize = 3;
const STEPS: usize = 10;
const RATE: f64 = 0.1;

#[derive(Clone)]
struct Quadratic {
    curvature: [f64; DIM],
    center: [f64; DIM],
    n_samples: u64,
    /// How many rounds this site took part in: state that must survive a resumption.
    n_rounds: f32,
}

impl Client for Quadratic {
    fn fit(&mut self, task: &ClientTask) -> Result<Update, ClientError> {
        let global: Vec<f64> = task.global.iter().map(|x| f64::from(*x)).collect();
        let mut w = global.clone();
        for _ in 0..STEPS * task.epochs as usize {
            for j in 0..DIM {
                let own = self.curvature[j] * (w[j] - self.center[j]);
                let proximal = f64::from(task.proximal) * (w[j] - global[j]);
                let correction = task.correction.as_ref().map_or(0.0, |c| f64::from(c[j]));
                w[j] -= RATE * (own + proximal + correction);
            }
        }
        self.n_rounds += 1.0;
        let loss = (0..DIM).map(|j| 0.5 * self.curvature[j] * (w[j] - self.center[j]).powi(2)).sum();
        let delta = w.iter().zip(&global).map(|(new, old)| (new - old) as f32).collect();
        let metrics = Metrics::from_iter([("loss", loss), ("rounds", f64::from(self.n_rounds))]);
        Ok(Update::delta(task, delta, self.n_samples, metrics))
    }

    fn follows_corrections(&self) -> bool {
        true
    }

    fn save(&self) -> Vec<f32> {
        vec![self.n_rounds]
    }

    fn restore(&mut self, kept: &[f32]) -> Result<(), ClientError> {
        match kept {
            [n_rounds] => self.n_rounds = *n_rounds,
            _ => return Err(ClientError::Kept { expected: 1, found: kept.len() }),
        }
        Ok(())
    }
}

/// Sites with curvatures in [0.2, 4], centers in [−5, 5] and 10 to 99 samples.
fn sites(n: u64) -> Vec<Quadratic> {
    let site = |i: u64| {
        let mut draw = Key::new(11).child("quadratic").at(i).stream();
        Quadratic {
            curvature: std::array::from_fn(|_| draw.between(0.2, 4.0)),
            center: std::array::from_fn(|_| draw.between(-5.0, 5.0)),
            n_samples: 10 + draw.below(90) as u64,
            n_rounds: 0.0,
        }
    };
    (0..n).map(site).collect()
}

fn config(strategy: Strategy, rounds: u64) -> FederateConfig<()> {
    FederateConfig { sites: 6, rounds, strategy, ..FederateConfig::default() }
}

fn simulation(config: &FederateConfig<()>, n_workers: usize) -> Simulation<Quadratic> {
    let layout = Layout::new(vec![Entry::f32("w", [DIM], Role::Shared)]).unwrap();
    let federation = Federation::new(config, &layout, &[0.0; DIM], Key::new(3)).unwrap();
    let clients = sites(u64::from(config.sites));
    Simulation::new(federation, clients, NonZeroUsize::new(n_workers).unwrap()).unwrap()
}

fn run(config: &FederateConfig<()>, n_workers: usize) -> (Vec<f32>, Vec<RoundReport>, Vec<Event>) {
    let mut simulation = simulation(config, n_workers);
    let (mut reports, mut events) = (Vec::new(), Vec::new());
    while !simulation.is_finished() {
        reports.push(simulation.round(&mut |event| events.push(event)).unwrap());
    }
    (simulation.federation().global().to_vec(), reports, events)
}

/// `Σ weightᵢ cᵢ / Σ weightᵢ` at each coordinate.
fn average_center(weight: impl Fn(&Quadratic, usize) -> f64) -> [f64; DIM] {
    let sites = sites(6);
    std::array::from_fn(|j| {
        let total: f64 = sites.iter().map(|site| weight(site, j)).sum();
        sites.iter().map(|site| weight(site, j) * site.center[j]).sum::<f64>() / total
    })
}

fn fixed_point(mu: f64) -> [f64; DIM] {
    average_center(|site, j| {
        let a = site.curvature[j];
        let gain = a / (a + mu) * (1.0 - (1.0 - RATE * (a + mu)).powi(STEPS as i32));
        site.n_samples as f64 * gain
    })
}

fn distance(w: &[f32], to: &[f64]) -> f64 {
    w.iter().zip(to).map(|(w, t)| (f64::from(*w) - t).powi(2)).sum::<f64>().sqrt()
}

/// The model travels as `f32`: a rounding of 2⁻²⁴ at values up to 5 in each of a few contracting rounds.
const F32_ROUNDING: f64 = 5e-6;

#[test]
fn fed_avg_converges_to_its_known_fixed_point_and_not_to_the_optimum() {
    let (w, _, _) = run(&config(Strategy::FedAvg, 60), 2);
    let off = distance(&w, &fixed_point(0.0));
    assert!(off < F32_ROUNDING, "{off}");
    let optimum = average_center(|site, j| site.n_samples as f64 * site.curvature[j]);
    assert!(distance(&w, &optimum) > 0.1, "ten local steps pull the fixed point away from the optimum");
}

#[test]
fn fed_prox_converges_to_its_known_fixed_point() {
    for mu in [0.5f32, 2.0, 8.0] {
        let (w, _, _) = run(&config(Strategy::FedProx { mu }, 400), 2);
        let off = distance(&w, &fixed_point(f64::from(mu)));
        assert!(off < 4.0 * F32_ROUNDING, "µ = {mu}: {off}");
    }
}

#[test]
fn more_of_the_proximal_term_means_less_drift_and_a_fixed_point_nearer_the_optimum() {
    let optimum = average_center(|site, j| site.n_samples as f64 * site.curvature[j]);
    // Round 0 begins at the same model for every µ; the spread is √(Σ pᵢ ‖Δᵢ − Δ‖²) in units of w.
    let spread_and_offset = |mu: f32| {
        let (_, reports, _) = run(&config(Strategy::FedProx { mu }, 1), 1);
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
    let (w, _, _) = run(&config(Strategy::FedDyn { alpha: 1.0 }, 400), 2);
    let optimum = average_center(|site, j| site.curvature[j]);
    let off = distance(&w, &optimum);
    assert!(off < 20.0 * F32_ROUNDING, "{off}");
}

#[test]
fn fed_dyn_converges_when_only_some_sites_take_part() {
    let partial = FederateConfig { fraction: 0.5, ..config(Strategy::FedDyn { alpha: 1.0 }, 1500) };
    let (w, _, _) = run(&partial, 2);
    let off = distance(&w, &average_center(|site, j| site.curvature[j]));
    assert!(off < 1e-3, "{off}");
}

#[test]
fn server_momentum_reaches_the_same_fixed_point() {
    let server = ServerConfig { learning_rate: 0.5, momentum: 0.5 };
    let (w, _, _) = run(&FederateConfig { server, ..config(Strategy::FedAvg, 120) }, 2);
    let off = distance(&w, &fixed_point(0.0));
    assert!(off < F32_ROUNDING, "{off}");
}

#[test]
fn the_loss_falls_and_the_report_weighs_it_by_samples() {
    let (_, reports, _) = run(&config(Strategy::FedAvg, 5), 1);
    let first = &reports[0];
    let total: f64 = first.clients.iter().map(|c| c.n_samples as f64 * c.metrics.get("loss").unwrap()).sum();
    assert!((first.loss().unwrap() - total / first.n_samples as f64).abs() < 1e-12);
    assert!(reports[4].update_norm < 0.1 * first.update_norm, "the rounds contract");
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let config = FederateConfig { fraction: 0.7, ..config(Strategy::FedDyn { alpha: 0.3 }, 12) };
    let alone = run(&config, 1);
    for n_workers in [2, 3, 16] {
        assert_eq!(run(&config, n_workers), alone, "{n_workers} workers");
    }
}

#[test]
fn a_stored_simulation_goes_on_as_if_it_had_not_stopped() {
    let config = FederateConfig { fraction: 0.5, ..config(Strategy::FedDyn { alpha: 0.3 }, 10) };
    let (w, reports, _) = run(&config, 2);
    let mut first = simulation(&config, 2);
    for _ in 0..4 {
        first.round(&mut |_| ()).unwrap();
    }
    let bytes = first.save().unwrap();
    let mut second = simulation(&config, 3);
    second.restore(&bytes).unwrap();
    assert_eq!(second.save().unwrap(), bytes);
    let mut rest = Vec::new();
    while !second.is_finished() {
        rest.push(second.round(&mut |_| ()).unwrap());
    }
    assert_eq!(rest, reports[4..], "the metric `rounds` shows that the sites kept their own state");
    assert_eq!(second.federation().global(), w);
}
