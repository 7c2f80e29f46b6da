//! FedNova and SCAFFOLD against ten rounds written in NumPy from the papers (`tests/golden/strategies.py`), and the points that the theorems
//! say.

use consil_fed::{Action, Client, ClientId, FederateConfig, Federation, Reply, ServerConfig, StrategyConfig};
use serde::Deserialize;

use crate::quadratic::{self, DIM, Quadratic, Threads, average_center, distance, simulation};

#[derive(Deserialize)]
struct Golden {
    curvature: [[f64; DIM]; 3],
    center: [[f64; DIM]; 3],
    samples: [u64; 3],
    steps: [u64; 3],
    eta: f64,
    sampled: Vec<Vec<u32>>,
    #[serde(rename = "fed-nova")]
    fed_nova: Vec<[f64; DIM]>,
    #[serde(rename = "fed-nova with momentum 0.5")]
    fed_nova_with_momentum: Vec<[f64; DIM]>,
    scaffold: Vec<[f64; DIM]>,
    #[serde(rename = "scaffold with a server rate of 0.5, some clients")]
    scaffold_of_some: Vec<[f64; DIM]>,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/strategies.json")).unwrap()
    }

    fn sites(&self, momentum: f64) -> Vec<Quadratic> {
        let site = |i: usize| Quadratic {
            curvature: self.curvature[i],
            center: self.center[i],
            n_samples: self.samples[i],
            steps: self.steps[i],
            rate: self.eta,
            momentum,
        };
        (0..3).map(site).collect()
    }

    fn rounds(&self) -> u64 {
        self.sampled.len() as u64
    }
}

/// One round in which exactly these clients take part.
fn round(federation: &mut Federation, sites: &[Quadratic], clients: &[u32]) {
    let all: Vec<ClientId> = federation.sites().ids().collect();
    all.into_iter().for_each(|client| federation.depart(client));
    clients.iter().for_each(|client| federation.arrive(ClientId(*client)).unwrap());
    loop {
        match federation.poll().unwrap() {
            Action::Send(task) => {
                let done = sites[task.client.index()].work(&task, &mut Vec::new(), &mut ()).unwrap();
                federation.receive(Reply::Contribution(done)).unwrap();
            }
            Action::Commit(report) => {
                assert_eq!(report.clients.len(), clients.len());
                return;
            }
            other => panic!("{other:?}"),
        }
    }
}

fn assert_follows(config: &FederateConfig<()>, sites: &[Quadratic], rounds: &[Vec<u32>], path: &[[f64; DIM]]) {
    let mut federation = quadratic::federation(&config.check().unwrap());
    assert_eq!(rounds.len(), path.len());
    for (number, (clients, expected)) in rounds.iter().zip(path).enumerate() {
        round(&mut federation, sites, clients);
        let off = distance(federation.global(), expected);
        assert!(off < 1e-5, "{}, round {number}: off by {off}", config.strategy.name());
    }
}

#[test]
fn fed_nova_is_the_papers() {
    let golden = Golden::load();
    let everyone = vec![vec![0, 1, 2]; golden.sampled.len()];
    let config = quadratic::config(3, StrategyConfig::FedNova, golden.rounds());
    assert_follows(&config, &golden.sites(0.0), &everyone, &golden.fed_nova);
    assert_follows(&config, &golden.sites(0.5), &everyone, &golden.fed_nova_with_momentum);
}

#[test]
fn scaffold_is_the_papers() {
    let golden = Golden::load();
    let everyone = vec![vec![0, 1, 2]; golden.sampled.len()];
    let config = quadratic::config(3, StrategyConfig::Scaffold, golden.rounds());
    assert_follows(&config, &golden.sites(0.0), &everyone, &golden.scaffold);
    let server = ServerConfig { learning_rate: 0.5, momentum: 0.0 };
    let some = FederateConfig { server, min_clients: 1, ..config };
    assert_follows(&some, &golden.sites(0.0), &golden.sampled, &golden.scaffold_of_some);
}

/// Where a federation of the three clients ends in the limit of small local rates, to which theorem 1 of Wang et al. (2020) speaks; the
/// server's rate makes up for the small steps.
fn limit(strategy: StrategyConfig) -> (Vec<f32>, Vec<Quadratic>) {
    let golden = Golden::load();
    let mut sites = golden.sites(0.0);
    sites.iter_mut().for_each(|site| site.rate = 1e-9);
    let server = ServerConfig { learning_rate: 1e8, momentum: 0.0 };
    let config = FederateConfig { server, ..quadratic::config(3, strategy, 100) };
    let mut simulation = simulation(&config, sites.clone(), 1);
    while !simulation.is_finished() {
        simulation.round(&Threads(1), &mut |_| ()).unwrap();
    }
    (simulation.federation().global().to_vec(), sites)
}

#[test]
fn unequal_steps_take_fed_avg_to_the_biased_point_of_the_theorem_and_fed_nova_to_the_optimum() {
    let optimum = |sites: &[Quadratic]| average_center(sites, |site, j| site.n_samples as f64 * site.curvature[j]);
    // Theorem 1: FedAvg converges to the stationary point of Σ pᵢ τᵢ Fᵢ / Σ pᵢ τᵢ.
    let biased = |sites: &[Quadratic]| {
        average_center(sites, |site, j| site.n_samples as f64 * site.steps as f64 * site.curvature[j])
    };
    let (fed_avg, sites) = limit(StrategyConfig::FedAvg);
    assert!(distance(&fed_avg, &biased(&sites)) < 1e-6, "{fed_avg:?}");
    assert!(distance(&fed_avg, &optimum(&sites)) > 0.1);
    let (fed_nova, sites) = limit(StrategyConfig::FedNova);
    assert!(distance(&fed_nova, &optimum(&sites)) < 1e-6, "{fed_nova:?}");
}
