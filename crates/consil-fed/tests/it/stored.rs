//! Bytes that earlier versions stored (`tests/compat`) are read, and today's are pinned.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_fed::strategy::FedDyn;
use consil_fed::{
    Client, ClientError, ClientId, CodecError, Contribution, Cover, Effort, Entry, FederateConfig, Federation, Layout,
    Metrics, OneWorker, Reply, Role, ServerConfig, Simulation, SiteName, StrategyConfig, Task, Train, Wire, Work,
};
use consil_random::Key;

/// The site of the stored states: four steps at the rate 1/4 on `½ ‖w − centre‖²`; the third value that travels is a buffer.
struct Site {
    center: f32,
    n_samples: u64,
}

impl Client for Site {
    type Scratch = ();

    fn work(&self, task: &Task, kept: &mut Vec<f32>, (): &mut ()) -> Result<Contribution, ClientError> {
        let Work::Train(train) = &task.work else { return Err(ClientError::Work { work: task.work.kind() }) };
        let mut w: Vec<f32> = train.model.to_vec();
        for _ in 0..4 {
            for (j, w) in w.iter_mut().enumerate() {
                let correction = train.correction.as_ref().and_then(|c| c.get(j)).copied().unwrap_or_default();
                let proximal = train.proximal * (*w - train.model[j]);
                *w -= 0.25 * (*w - self.center + proximal + correction);
            }
        }
        *kept = vec![kept.first().unwrap_or(&0.0) + 1.0];
        let delta = w.iter().zip(train.model.iter()).map(|(new, old)| new - old).collect();
        let effort = Effort { n_samples: self.n_samples, steps: 4, gradient_weight: 1.0 };
        let metrics = Metrics::from_iter([("rounds", f64::from(kept[0]))]);
        Ok(Contribution::trained(task, Cover::All, delta, effort, metrics))
    }

    fn follows_corrections(&self) -> bool {
        true
    }
}

fn simulation(strategy: StrategyConfig, server: ServerConfig) -> Simulation<Site> {
    simulation_of_seed(7, strategy, server)
}

fn simulation_of_seed(seed: u64, strategy: StrategyConfig, server: ServerConfig) -> Simulation<Site> {
    let entry = |name: &str, n, role| Entry::f32(name, [n], role);
    let layout = Layout::new(vec![
        entry("body", 2, Role::Shared),
        entry("head", 1, Role::Local),
        entry("norm.mean", 1, Role::Buffer),
    ]);
    let config = FederateConfig::<(), ()> { sites: 3, rounds: 6, strategy, server, ..FederateConfig::default() };
    let (config, key) = (config.check().unwrap(), Key::new(seed).child("federation"));
    let federation = Federation::new(&config, &layout.unwrap(), &[1.0, 2.0, 3.0, 4.0], key).unwrap();
    let sites = [(1.0, 10), (-2.0, 20), (5.0, 30)].map(|(center, n_samples)| Site { center, n_samples });
    Simulation::new(federation, sites.into(), vec![()]).unwrap()
}

fn dynamic() -> Simulation<Site> {
    simulation(StrategyConfig::FedDyn(FedDyn { alpha: 0.5 }), ServerConfig::default())
}

fn with_momentum() -> Simulation<Site> {
    simulation(StrategyConfig::FedAvg, ServerConfig { learning_rate: 1.0, momentum: 0.5 })
}

fn finish(simulation: &mut Simulation<Site>) {
    while !simulation.is_finished() {
        let report = simulation.round(&OneWorker, &mut |_| ()).unwrap();
        let rounds = report.clients.iter().map(|client| client.metrics.get("rounds").unwrap());
        assert!(rounds.into_iter().all(|n| n == report.round as f64 + 1.0), "what the sites keep went on");
    }
}

#[test]
fn states_of_version_0_1_go_on() {
    // The models that version 0.1 had after two rounds, when it stored the state, and after six.
    let cases = [
        (with_momentum(), "fed-avg", [2.241684, 2.0, 2.2002258], [1.8830864, 2.0, 2.002007]),
        (dynamic(), "fed-dyn", [1.4096377, 1.1807246, 1.8380693], [1.3319913, 1.3360173, 1.3514158]),
    ];
    for (mut simulation, name, stored, end) in cases {
        let bytes = std::fs::read(compat("v1").join(format!("{name}.state"))).unwrap();
        simulation.restore(&bytes).unwrap();
        assert_eq!((simulation.federation().round(), simulation.federation().global()), (2, &stored[..]), "{name}");
        finish(&mut simulation);
        for (found, expected) in simulation.federation().global().iter().zip(end) {
            assert!((found - expected).abs() < 1e-6, "{name}: {found} {expected}");
        }
    }
    let bytes = std::fs::read(compat("v1").join("fed-dyn.state")).unwrap();
    let refused = with_momentum().restore(&bytes).unwrap_err().to_string();
    assert!(refused.contains("another strategy"), "{refused}");
    let strategy = StrategyConfig::FedDyn(FedDyn { alpha: 0.5 });
    let refused = simulation_of_seed(8, strategy, ServerConfig::default()).restore(&bytes).unwrap_err().to_string();
    assert!(refused.contains("another seed"), "{refused}");
}

#[test]
fn states_of_this_version_are_pinned_and_go_on() {
    for (mut simulation, name) in [(with_momentum(), "fed-avg"), (dynamic(), "fed-dyn"), (scaffold(), "scaffold")] {
        let path = compat("v2").join(format!("{name}.state"));
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..2 {
            simulation.round(&OneWorker, &mut |_| ()).unwrap();
        }
        assert_eq!(simulation.save().unwrap(), bytes, "{}", path.display());
        simulation.restore(&bytes).unwrap();
        finish(&mut simulation);
    }
}

fn scaffold() -> Simulation<Site> {
    simulation(StrategyConfig::Scaffold, ServerConfig::default())
}

#[test]
fn every_byte_of_a_stored_state_counts() {
    let good = std::fs::read(compat("v2").join("fed-dyn.state")).unwrap();
    let mut simulation = dynamic();
    for at in 0..good.len() {
        for bit in [1, 128] {
            let mut bytes = good.clone();
            bytes[at] ^= bit;
            assert!(simulation.restore(&bytes).is_err(), "byte {at} may be damaged unseen");
        }
        assert!(simulation.restore(&good[..at]).is_err(), "{at} bytes of {} were read", good.len());
    }
    simulation.restore(&good).unwrap();
}

/// One message of each kind, by the name of its file.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let model = Arc::new(vec![1.0, -2.0]);
    let train = Train { model: model.clone(), epochs: 2, rate: 0.5, proximal: 0.25, correction: Some(model.clone()) };
    let task = |work| {
        let key = Key::new(7).child("pinned");
        Task { round: 3, client: ClientId(1), site: SiteName::new("north"), work, key }
    };
    let asked = task(Work::Train(train));
    let effort = Effort { n_samples: 40, steps: 6, gradient_weight: 0.3 };
    let metrics = Metrics::from_iter([("accuracy", 0.75), ("loss", 0.5)]);
    let done = Contribution::trained(&asked, Cover::Entries(vec![0, 2]), vec![0.5, -1.5], effort, metrics.clone());
    let reply = |contribution| Reply::Contribution(contribution).to_bytes();
    let declined = Reply::Decline { round: 3, client: ClientId(1), reason: "on battery".into() };
    vec![
        ("task-train", asked.to_bytes()),
        ("task-evaluate", task(Work::Evaluate { model }).to_bytes()),
        ("task-statistics", task(Work::Statistics { of: Arc::new(b"words".to_vec()) }).to_bytes()),
        ("reply-trained", reply(done)),
        ("reply-evaluated", reply(Contribution::evaluated(&asked, 40, b"counts".to_vec(), metrics))),
        ("reply-counted", reply(Contribution::counted(&asked, 40, b"counts".to_vec()))),
        ("reply-declined", declined.to_bytes()),
    ]
}

#[test]
fn messages_of_this_version_are_pinned() {
    for (name, bytes) in messages() {
        let stored = std::fs::read(compat("v2").join(format!("{name}.message"))).unwrap();
        assert_eq!(bytes, stored, "{name}");
        let again = match name.starts_with("task") {
            true => Task::from_bytes(&stored).unwrap().to_bytes(),
            false => Reply::from_bytes(&stored).unwrap().to_bytes(),
        };
        assert_eq!(again, stored, "{name}");
    }
    let mut old = messages()[0].1.clone();
    old[4] = 1;
    assert_eq!(Task::from_bytes(&old).unwrap_err(), CodecError::Version { found: 1 });
}

/// Writes today's bytes where `CONSIL_PIN` is set: only for a new version of the format, whose files get a folder of their own.
#[test]
fn pin() {
    if std::env::var_os("CONSIL_PIN").is_none() {
        return;
    }
    let folder = compat("v2");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in messages() {
        std::fs::write(folder.join(format!("{name}.message")), bytes).unwrap();
    }
    for (mut simulation, name) in [(with_momentum(), "fed-avg"), (dynamic(), "fed-dyn"), (scaffold(), "scaffold")] {
        for _ in 0..2 {
            simulation.round(&OneWorker, &mut |_| ()).unwrap();
        }
        std::fs::write(folder.join(format!("{name}.state")), simulation.save().unwrap()).unwrap();
    }
}

fn compat(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat").join(version)
}
