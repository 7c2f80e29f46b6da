//! The order in which contributions arrive changes nothing.

use consil_fed::strategy::{FedAvgM, FedDyn, FedProx};
use consil_fed::{
    Action, ClientId, Contribution, Effort, Entry, FederateConfig, Federation, Layout, Metrics, Reply, Role,
    RoundReport, StrategyConfig, Task, Work,
};
use consil_random::Key;
use proptest::prelude::*;

const N_SITES: u32 = 7;
const ROUNDS: u64 = 3;

fn layout() -> Layout {
    let entry = |name: &str, n, role| Entry::f32(name, [n], role);
    Layout::new(vec![
        entry("image", 3, Role::Shared),
        entry("norm.mean", 2, Role::Buffer),
        entry("voice", 2, Role::Shared),
        entry("head", 4, Role::Adapter),
    ])
    .unwrap()
}

/// An answer made of noise, of any size, over some of the parameters; what the task says enters into it.
fn answer(federation: &Federation, task: &Task) -> Contribution {
    let Work::Train(train) = &task.work else { panic!("{task:?}") };
    let mut draw = task.key.stream();
    let covers_voice = draw.uniform() < 0.5;
    let entries = federation.entries();
    let cover = entries.covering(|name| name != "voice" || covers_voice);
    let covered = entries.covered(&cover).unwrap();
    let correction = train.correction.as_ref().map_or(0.0, |c| c[0]);
    let noise = |_| (draw.normal() * 10f64.powf(draw.between(-6.0, 3.0))) as f32 + 0.25 * correction;
    let delta: Vec<f32> = (0..entries.n_values(&covered)).map(noise).collect();
    let effort = Effort {
        n_samples: 1 + draw.below(1000) as u64,
        steps: 1 + draw.below(16) as u64,
        gradient_weight: draw.between(0.01, 2.0),
    };
    let metrics = Metrics::from_iter([("loss", draw.uniform()), ("accuracy", draw.uniform())]);
    Contribution::trained(task, cover, delta, effort, metrics)
}

/// All rounds, in each of which the replies arrive in the order of `priority`.
fn run(strategy: StrategyConfig, priority: &[usize]) -> (Vec<u8>, Vec<RoundReport>) {
    let config =
        FederateConfig::<(), ()> { sites: N_SITES, rounds: ROUNDS, strategy, fraction: 0.8, ..Default::default() };
    let layout = layout();
    let initial: Vec<f32> = (0..layout.n_values()).map(|i| i as f32 * 0.37).collect();
    let mut federation = Federation::new(&config.check().unwrap(), &layout, &initial, Key::new(5)).unwrap();
    (0..N_SITES).for_each(|site| federation.arrive(ClientId(site)).unwrap());
    let (mut replies, mut reports) = (Vec::new(), Vec::new());
    loop {
        match federation.poll().unwrap() {
            Action::Send(task) => replies.push(answer(&federation, &task)),
            Action::Wait(_) => {
                replies.sort_by_key(|reply: &Contribution| priority[reply.client.index()]);
                for reply in replies.drain(..) {
                    federation.receive(Reply::Contribution(reply)).unwrap();
                }
            }
            Action::Commit(report) => reports.push(report),
            Action::Finished => return (federation.save().unwrap(), reports),
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn every_strategy_gives_the_same_bytes_and_reports_in_every_order(
        priority in Just((0..N_SITES as usize).collect::<Vec<usize>>()).prop_shuffle(),
        which in 0..6usize,
    ) {
        let strategies = [
            StrategyConfig::FedAvg,
            StrategyConfig::FedAvgM(FedAvgM::default()),
            StrategyConfig::FedProx(FedProx { mu: 0.1 }),
            StrategyConfig::FedDyn(FedDyn { alpha: 0.3 }),
            StrategyConfig::FedNova,
            StrategyConfig::Scaffold,
        ];
        let ascending: Vec<usize> = (0..N_SITES as usize).collect();
        prop_assert_eq!(run(strategies[which], &priority), run(strategies[which], &ascending));
    }
}
