//! Memory does not grow with the number of sites.

use consil_fed::{
    Client, ClientError, Contribution, Cover, Effort, Entry, FederateConfig, Federation, Layout, Metrics, Role,
    Simulation, StrategyConfig, Task, Work,
};
use consil_random::Key;

use crate::quadratic::Threads;

const N_SITES: u32 = 10_000;
const N_PARAMETERS: usize = 100_000;

/// A site that owns a number; what it works in is the worker's.
struct Site(f32);

impl Client for Site {
    type Scratch = Vec<f32>;

    fn work(&self, task: &Task, _kept: &mut Vec<f32>, weights: &mut Vec<f32>) -> Result<Contribution, ClientError> {
        let Work::Train(train) = &task.work else { return Err(ClientError::Work { work: task.work.kind() }) };
        weights.clear();
        weights.extend_from_slice(&train.model);
        for (i, w) in weights.iter_mut().enumerate() {
            let correction = train.correction.as_ref().map_or(0.0, |c| c[i]);
            *w -= 0.1 * (*w - self.0 + correction);
        }
        let delta = weights.iter().zip(train.model.iter()).map(|(new, old)| new - old).collect();
        let effort = Effort { n_samples: 1, steps: 1, gradient_weight: 0.1 };
        Ok(Contribution::trained(task, Cover::All, delta, effort, Metrics::default()))
    }

    fn follows_corrections(&self) -> bool {
        true
    }
}

/// The most memory that this process has had, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[test]
fn ten_thousand_sites_of_a_hundred_thousand_parameters_fit_a_gibibyte() {
    for strategy in [StrategyConfig::FedAvg, StrategyConfig::Scaffold] {
        let layout = Layout::new(vec![Entry::f32("w", [N_PARAMETERS], Role::Shared)]).unwrap();
        let config =
            FederateConfig::<(), ()> { sites: N_SITES, rounds: 5, strategy, fraction: 0.001, ..Default::default() };
        let initial = vec![0.0; N_PARAMETERS];
        let federation = Federation::new(&config.check().unwrap(), &layout, &initial, Key::new(1)).unwrap();
        let sites = (0..N_SITES).map(|i| Site(i as f32)).collect();
        let mut simulation = Simulation::new(federation, sites, vec![Vec::new(); 2]).unwrap();
        while !simulation.is_finished() {
            let report = simulation.round(&Threads(2), &mut |_| ()).unwrap();
            assert_eq!(report.clients.len(), 10);
        }
        // The state in a round is the model, the sums, and ten clients' states; 10,000 models would be 4 GB.
        if let Some(peak) = peak() {
            println!("{}: peak {peak} KiB", strategy.name());
            assert!(peak <= 1 << 20, "{}: {peak} KiB", strategy.name());
        }
    }
}
