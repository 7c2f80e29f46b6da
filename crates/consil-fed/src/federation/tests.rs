//! The state machine, transition by transition.

use std::collections::BTreeSet;

use consil_random::Key;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use super::*;
use crate::codec::Wire;
use crate::layout::{Entry, Role};
use crate::metrics::Metrics;
use crate::strategy::{ServerConfig, Strategy};

fn layout() -> Layout {
    let entry = |name: &str, n, role| Entry::f32(name, [n], role);
    Layout::new(vec![
        entry("body", 2, Role::Shared),
        entry("head", 1, Role::Local),
        entry("norm.mean", 1, Role::Buffer),
    ])
    .unwrap()
}

const INITIAL: [f32; 4] = [1.0, 2.0, 3.0, 4.0];

fn federation(config: FederateConfig<()>) -> Federation {
    Federation::new(&config, &layout(), &INITIAL, Key::new(7)).unwrap()
}

fn model(federation: &Federation) -> [f32; 4] {
    let mut flat = INITIAL;
    federation.model_into(&mut flat);
    flat
}

fn four_sites() -> FederateConfig<()> {
    FederateConfig { sites: 4, rounds: 3, ..FederateConfig::default() }
}

fn everyone(sites: u32) -> Vec<ClientId> {
    (0..sites).map(ClientId).collect()
}

fn update(task: &ClientTask, delta: [f32; 3]) -> Update {
    Update::delta(task, delta.to_vec(), 10, Metrics::loss(0.5))
}

proptest! {
    #[test]
    fn the_order_of_arrival_changes_no_bit(
        deltas in vec(proptest::array::uniform3(-1e3f32..1e3), 6),
        samples in vec(1u64..1000, 6),
        absent in vec(any::<bool>(), 6),
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let config = FederateConfig::<()> { sites: 6, min_clients: 1, ..FederateConfig::default() };
        let run = |order: &[usize]| {
            let mut federation = federation(config.clone());
            let tasks = federation.start_round(&everyone(6)).unwrap();
            for i in order {
                // The last one always answers, so that there is a quorum.
                if absent[*i] && *i < 5 {
                    federation.abandon(tasks[*i].client).unwrap();
                } else {
                    let metrics = Metrics::loss(f64::from(deltas[*i][0]));
                    federation.receive(Update::delta(&tasks[*i], deltas[*i].to_vec(), samples[*i], metrics)).unwrap();
                }
            }
            let report = federation.finish_round().unwrap();
            (federation.save().unwrap(), report)
        };
        prop_assert_eq!(run(&order), run(&[0, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn a_damaged_store_is_refused_or_restored_but_never_panics(at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let config = FederateConfig { strategy: Strategy::FedDyn { alpha: 0.5 }, ..four_sites() };
        let mut source = federation(config.clone());
        for task in source.start_round(&everyone(4)).unwrap() {
            source.receive(update(&task, [1.0, 2.0, 3.0])).unwrap();
        }
        source.finish_round().unwrap();
        let good = source.save().unwrap();
        let mut bytes = good.clone();
        bytes[at.index(good.len())] = byte;
        let mut target = federation(config);
        if target.restore(&bytes).is_ok() {
            prop_assert_eq!(target.save().unwrap(), bytes);
        }
        prop_assert!(target.restore(&good[..cut.index(good.len())]).is_err());
    }
}

#[test]
fn a_round_averages_what_is_shared_and_reports_it() {
    let mut federation = federation(four_sites());
    let tasks = federation.start_round(&everyone(4)).unwrap();
    assert_eq!(tasks.len(), 4);
    assert_eq!(*tasks[0].global, [1.0, 2.0, 4.0], "the local head does not travel");
    let deltas = [[4.0, 0.0, 1.0], [-4.0, 0.0, 1.0], [0.0, 8.0, 1.0], [0.0, 8.0, 1.0]];
    for (task, delta) in tasks.iter().zip(deltas) {
        federation.receive(update(task, delta)).unwrap();
    }
    let report = federation.finish_round().unwrap();
    assert_eq!(model(&federation), [1.0, 6.0, 3.0, 5.0]);
    assert_eq!((report.n_samples, report.loss()), (40, Some(0.5)));
    // Δ = (0, 4); squared distances 16 + 16 for two clients and 0 + 16 for two: √24 / 4. The buffer does not count.
    assert_eq!(report.update_norm, 4.0);
    assert!((report.drift.unwrap() - 24f64.sqrt() / 4.0).abs() < 1e-15);
    assert_eq!((report.bytes_down, report.bytes_up), (48, 48));
    assert_eq!(federation.round(), 1);
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut federation = federation(FederateConfig { fraction: 0.5, ..four_sites() });
    assert!(matches!(federation.abandon(ClientId(0)), Err(ReceiveError::NoRound { .. })));
    let tasks = federation.start_round(&everyone(4)).unwrap();
    let (first, second) = (&tasks[0], &tasks[1]);
    let good = update(first, [0.0; 3]);
    let other = everyone(4).into_iter().find(|c| tasks.iter().all(|task| task.client != *c)).unwrap();
    let delta = |values: &[f32]| Update { payload: Payload::Delta(values.to_vec()), ..good.clone() };

    let error = |federation: &mut Federation, update| federation.receive(update).unwrap_err().to_string();
    let cases = [
        (Update { client: other, ..good.clone() }, "is not part of round 0"),
        (Update { round: 5, ..good.clone() }, "answers round 5, and round 0 is open"),
        (delta(&[0.0; 2]), "sent 2 values, and the layout sends 3"),
        (delta(&[0.0, f32::NAN, 0.0]), "sent NaN in body"),
        (delta(&[0.0, 0.0, f32::INFINITY]), "sent inf in norm.mean"),
        (Update { n_samples: 0, ..good.clone() }, "trained on no samples"),
        (Update { metrics: Metrics::loss(f64::NAN), ..good.clone() }, "measured loss = NaN"),
        (Update { payload: Payload::Control(Control::Cancel), ..good.clone() }, "sent control where a delta"),
    ];
    for (bad, expected) in cases {
        let message = error(&mut federation, bad);
        assert!(message.contains(expected), "{message}");
        assert_eq!(federation.waiting(), [first.client, second.client], "after: {expected}");
    }
    assert!(matches!(federation.start_round(&everyone(4)), Err(StartError::RoundOpen { round: 0 })));
    assert!(matches!(federation.save(), Err(SaveError::RoundOpen { round: 0 })));
    assert_eq!(federation.finish_round(), Err(FinishError::Waiting { round: 0, n_clients: 2 }));

    // The second client's update is held back, and still counts as answered.
    federation.receive(update(second, [2.0, 0.0, 0.0])).unwrap();
    assert!(error(&mut federation, update(second, [9.0; 3])).contains("has already answered"));
    federation.receive(good.clone()).unwrap();
    assert!(error(&mut federation, good).contains("has already answered"));
    federation.finish_round().unwrap();
    assert_eq!(federation.global(), [2.0, 2.0, 4.0]);
}

#[test]
fn a_round_without_a_quorum_is_dropped_and_the_model_stays() {
    let mut federation = federation(four_sites());
    let tasks = federation.start_round(&everyone(4)).unwrap();
    federation.receive(update(&tasks[2], [1.0; 3])).unwrap();
    let reason = "on battery".to_owned();
    let decline = Payload::Control(Control::Decline { reason: reason.clone() });
    let declined = federation.receive(Update { payload: decline, ..update(&tasks[0], [0.0; 3]) }).unwrap();
    assert_eq!(declined, Reception::Declined { reason });
    for client in federation.waiting() {
        federation.abandon(client).unwrap();
    }
    assert!(matches!(federation.abandon(tasks[1].client), Err(ReceiveError::NotChosen { .. })));
    assert_eq!(federation.finish_round(), Err(FinishError::Quorum { round: 0, received: 1, needed: 2 }));
    assert_eq!(model(&federation), INITIAL);
    let next = federation.start_round(&everyone(4)).unwrap();
    assert_eq!(next[0].round, 1);
    // A message of the dropped round is late.
    let late = federation.receive(update(&tasks[1], [1.0; 3])).unwrap_err();
    assert!(matches!(late, ReceiveError::OtherRound { found: 0, open: 1, .. }));
}

#[test]
fn a_model_that_would_overflow_is_not_taken() {
    let server = ServerConfig { learning_rate: 10.0, ..ServerConfig::default() };
    let mut federation = federation(FederateConfig { server, ..four_sites() });
    let tasks = federation.start_round(&everyone(4)).unwrap();
    tasks.iter().for_each(|task| assert!(federation.receive(update(task, [0.0, f32::MAX, 0.0])).is_ok()));
    let error = federation.finish_round().unwrap_err();
    assert_eq!(error, FinishError::Overflow { round: 0, parameter: "body".into() });
    assert_eq!(model(&federation), INITIAL);
}

#[test]
fn clients_are_chosen_by_key_from_those_present() {
    let config = FederateConfig::<()> { sites: 20, rounds: 200, fraction: 0.25, ..FederateConfig::default() };
    let choices = |seed| -> Vec<Vec<ClientId>> {
        let mut federation = Federation::new(&config, &layout(), &INITIAL, Key::new(seed)).unwrap();
        let present: Vec<ClientId> = everyone(20).into_iter().rev().filter(|c| c.0 != 13).collect();
        (0..config.rounds)
            .map(|_| {
                let tasks = federation.start_round(&present).unwrap();
                tasks.iter().for_each(|task| assert!(federation.receive(update(task, [0.0; 3])).is_ok()));
                federation.finish_round().unwrap();
                tasks.iter().map(|task| task.client).collect()
            })
            .collect()
    };
    let first = choices(1);
    assert_eq!(first, choices(1));
    assert_ne!(first, choices(2));
    let mut counts = [0; 20];
    for chosen in &first {
        assert!(chosen.len() == 5 && chosen.is_sorted(), "⌈0.25 · 19⌉, ascending: {chosen:?}");
        chosen.iter().for_each(|client| counts[client.0 as usize] += 1);
    }
    assert_eq!(counts[13], 0, "absent");
    // 200 rounds at 5/19: mean 52.6, standard deviation 6.2; five of them are allowed.
    counts.iter().enumerate().filter(|(i, _)| *i != 13).for_each(|(i, n)| assert!((22..84).contains(n), "{i}: {n}"));
}

#[test]
fn every_task_has_its_own_key() {
    let mut federation = federation(four_sites());
    let mut keys = BTreeSet::new();
    while !federation.is_finished() {
        for task in federation.start_round(&everyone(4)).unwrap() {
            assert!(keys.insert(task.key.stream().word()), "{task:?}");
            federation.receive(update(&task, [0.0; 3])).unwrap();
        }
        federation.finish_round().unwrap();
    }
    assert_eq!(keys.len(), 12);
    assert!(matches!(federation.start_round(&everyone(4)), Err(StartError::Finished { rounds: 3 })));
}

#[test]
fn a_start_names_what_is_missing() {
    let mut federation = federation(four_sites());
    assert!(matches!(
        federation.start_round(&[ClientId(1), ClientId(1)]),
        Err(StartError::TooFew { present: 1, needed: 2 })
    ));
    let unknown = federation.start_round(&[ClientId(0), ClientId(4)]).unwrap_err();
    assert_eq!(unknown.to_string(), "site 4 is unknown: the federation has 4 sites, numbered from 0");
}

#[test]
fn a_federation_needs_weights_of_its_layout_and_something_shared() {
    let config = four_sites();
    let short = Federation::new(&config, &layout(), &[0.0; 3], Key::new(0)).err();
    assert_eq!(short, Some(ConfigError::Weights { expected: 4, found: 3 }));
    let local = Layout::new(vec![Entry::f32("head", [1], Role::Local)]).unwrap();
    assert_eq!(Federation::new(&config, &local, &[0.0], Key::new(0)).err(), Some(ConfigError::NothingShared));
}

#[test]
fn a_correction_grows_by_alpha_times_each_update_and_spares_buffers() {
    let mut federation = federation(FederateConfig { strategy: Strategy::FedDyn { alpha: 0.5 }, ..four_sites() });
    for expected in [[0.0, 0.0, 0.0], [1.0, -2.0, 0.0], [2.0, -4.0, 0.0]] {
        let tasks = federation.start_round(&everyone(4)).unwrap();
        for task in &tasks {
            assert_eq!(task.proximal, 0.5);
            assert_eq!(**task.correction.as_ref().unwrap(), expected);
            federation.receive(update(task, [2.0, -4.0, 8.0])).unwrap();
        }
        federation.finish_round().unwrap();
    }
}

#[test]
fn a_stored_federation_goes_on_as_if_it_had_not_stopped() {
    for strategy in [Strategy::FedAvg, Strategy::FedDyn { alpha: 0.5 }] {
        let config = FederateConfig { strategy, ..four_sites() };
        let advance = |federation: &mut Federation| {
            for task in federation.start_round(&everyone(4)).unwrap() {
                let pull = task.correction.as_ref().map_or(0.0, |c| c[0]) + task.client.0 as f32;
                federation.receive(update(&task, [pull, 1.0, 0.5])).unwrap();
            }
            federation.finish_round().unwrap()
        };
        let mut straight = federation(config.clone());
        advance(&mut straight);
        let bytes = straight.save().unwrap();
        let mut resumed = federation(config.clone());
        resumed.restore(&bytes).unwrap();
        assert_eq!(advance(&mut resumed), advance(&mut straight));
        assert_eq!(resumed.save().unwrap(), straight.save().unwrap());
    }
}

#[test]
fn a_stored_federation_is_refused_by_another_spec() {
    let bytes = federation(four_sites()).save().unwrap();
    let refused = |other: &mut Federation, bytes: &[u8]| other.restore(bytes).unwrap_err().to_string();
    let mut other_seed = Federation::new(&four_sites(), &layout(), &INITIAL, Key::new(8)).unwrap();
    assert!(refused(&mut other_seed, &bytes).contains("another seed"));
    let renamed = Layout::new(vec![Entry::f32("body", [4], Role::Shared)]).unwrap();
    let mut other_model = Federation::new(&four_sites(), &renamed, &INITIAL, Key::new(7)).unwrap();
    assert!(refused(&mut other_model, &bytes).contains("another model"));
    let mut other_strategy = federation(FederateConfig { strategy: Strategy::FedDyn { alpha: 1.0 }, ..four_sites() });
    assert!(refused(&mut other_strategy, &bytes).contains("another strategy"));
    let mut other_buffers = federation(FederateConfig { buffers: crate::Buffers::Local, ..four_sites() });
    assert!(refused(&mut other_buffers, &bytes).contains("another choice of buffers"));
    let mut same = federation(four_sites());
    let mut twice = saved::Saved::from_bytes(&bytes).unwrap();
    twice.states = vec![(ClientId(3), vec![0.0; 3]); 2];
    assert!(refused(&mut same, &twice.to_bytes()).contains("cannot be read"), "two states of one client");
    assert!(refused(&mut same, &bytes[..bytes.len() - 1]).contains("cannot be read"));
    assert!(refused(&mut same, &Payload::Delta(vec![]).to_bytes()).contains("cannot be read"));
    assert_eq!(model(&same), INITIAL);
}
