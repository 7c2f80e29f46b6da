//! Three sites with different modalities: one with pictures, one with voices, one with both.

use consil_fed::strategy::FedDyn;
use consil_fed::{
    Client, ClientError, Contribution, Effort, Entry, FederateConfig, Federation, Layout, Metrics, OneWorker, Role,
    RoundReport, SentEntries, Simulation, StrategyConfig, Task, Work,
};
use consil_random::Key;

const N_SAMPLES: [u64; 3] = [10, 20, 30];
const CENTERS: [f64; 3] = [1.0, -2.0, 4.0];
const CURVATURES: [f64; 3] = [1.0, 0.5, 2.0];
const LACKS: [Option<&str>; 3] = [Some("voice"), Some("image"), None];
const STEPS: u64 = 8;
const RATE: f64 = 0.1;

/// A quadratic loss about one centre at all parameters that the site's data trains.
struct Site {
    id: usize,
    entries: SentEntries,
}

impl Client for Site {
    type Scratch = ();

    fn work(&self, task: &Task, _kept: &mut Vec<f32>, (): &mut ()) -> Result<Contribution, ClientError> {
        let Work::Train(train) = &task.work else { return Err(ClientError::Work { work: task.work.kind() }) };
        let cover = self.entries.covering(|name| LACKS[self.id].is_none_or(|lacks| !name.starts_with(lacks)));
        let covered = self.entries.covered(&cover).ok_or(ClientError::Cover)?;
        let delta = train.model.iter().enumerate().map(|(j, global)| {
            let (global, mut w) = (f64::from(*global), f64::from(*global));
            let correction = train.correction.as_ref().map_or(0.0, |c| f64::from(c[j]));
            for _ in 0..STEPS {
                let own = CURVATURES[self.id] * (w - CENTERS[self.id]);
                w -= RATE * (own + f64::from(train.proximal) * (w - global) + correction);
            }
            (w - global) as f32
        });
        let delta = self.entries.gather(&covered, &delta.collect::<Vec<f32>>());
        let effort = Effort { n_samples: N_SAMPLES[self.id], steps: STEPS, gradient_weight: RATE * STEPS as f64 };
        Ok(Contribution::trained(task, cover, delta, effort, Metrics::default()))
    }

    fn follows_corrections(&self) -> bool {
        true
    }
}

fn run(strategy: StrategyConfig, rounds: u64) -> (Vec<f32>, RoundReport) {
    let entry = |name: &str, n| Entry::f32(name, [n], Role::Shared);
    let layout =
        Layout::new(vec![entry("image.weight", 2), entry("voice.weight", 1), entry("head.weight", 1)]).unwrap();
    let config = FederateConfig::<(), ()> { sites: 3, rounds, strategy, ..FederateConfig::default() };
    let config = config.check().unwrap();
    let federation = Federation::new(&config, &layout, &[0.0; 4], Key::new(1)).unwrap();
    let sites = (0..3).map(|id| Site { id, entries: SentEntries::new(&layout, config.buffers) }).collect();
    let mut simulation = Simulation::new(federation, sites, vec![()]).unwrap();
    loop {
        let report = simulation.round(&OneWorker, &mut |_| ()).unwrap();
        if simulation.is_finished() {
            return (simulation.federation().global().to_vec(), report);
        }
    }
}

/// `Σ weightᵢ cᵢ / Σ weightᵢ` over the sites that train each of image (two values), voice, head.
fn average_center(weight: impl Fn(usize) -> f64) -> [f64; 4] {
    ["image", "image", "voice", "head"].map(|name| {
        let has: Vec<usize> = (0..3).filter(|site| LACKS[*site] != Some(name)).collect();
        has.iter().map(|site| weight(*site) * CENTERS[*site]).sum::<f64>()
            / has.iter().map(|site| weight(*site)).sum::<f64>()
    })
}

fn assert_at(strategy: StrategyConfig, rounds: u64, expected: [f64; 4]) {
    let (w, _) = run(strategy, rounds);
    let off = w.iter().zip(expected).map(|(w, e)| (f64::from(*w) - e).abs()).fold(0.0, f64::max);
    assert!(off < 2e-5, "{}: {w:?}, expected {expected:?}", strategy.name());
}

#[test]
fn each_parameter_is_averaged_over_the_sites_that_train_it() {
    let (w, report) = run(StrategyConfig::FedAvg, 1);
    let change = |site: usize| CENTERS[site] * (1.0 - (1.0 - RATE * CURVATURES[site]).powi(STEPS as i32));
    for (at, sites) in [(0, &[0, 2][..]), (1, &[0, 2]), (2, &[1, 2]), (3, &[0, 1, 2])] {
        let total: f64 = sites.iter().map(|site| N_SAMPLES[*site] as f64).sum();
        let expected: f64 = sites.iter().map(|site| N_SAMPLES[*site] as f64 * change(*site)).sum::<f64>() / total;
        assert!((f64::from(w[at]) - expected).abs() < 1e-6, "{at}: {w:?}");
    }
    let coverage: Vec<(&str, usize)> =
        report.partly_covered.iter().map(|entry| (entry.parameter.as_str(), entry.n_clients)).collect();
    assert_eq!(coverage, [("image.weight", 2), ("voice.weight", 2)]);
    // Site 0 sends image (two values) and head, site 1 voice and head, site 2 all four.
    assert_eq!(report.bytes_up, 4 * (3 + 2 + 4));
}

#[test]
fn every_strategy_finds_the_point_of_those_that_have_the_parameter() {
    let gain = |site: usize| 1.0 - (1.0 - RATE * CURVATURES[site]).powi(STEPS as i32);
    let averaged = average_center(|site| N_SAMPLES[site] as f64 * gain(site));
    assert_at(StrategyConfig::FedAvg, 200, averaged);
    // Steps are equal, so that normalising changes nothing.
    assert_at(StrategyConfig::FedNova, 200, averaged);
    let optimum = average_center(|site| CURVATURES[site]);
    assert_at(StrategyConfig::Scaffold, 600, optimum);
    assert_at(StrategyConfig::FedDyn(FedDyn { alpha: 1.0 }), 600, optimum);
}
