//! The state machine, transition by transition.

use std::collections::BTreeMap;

use consil_layout::Entry;

use super::*;
use crate::config::FederateConfig;
use crate::cover::Cover;
use crate::metrics::Metrics;
use crate::strategy::{FedDyn, ServerConfig, StrategyConfig};

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

/// With everyone present.
fn federation(config: FederateConfig<()>) -> Federation {
    let mut federation = Federation::new(&config.check().unwrap(), &layout(), &INITIAL, Key::new(7)).unwrap();
    federation.sites().clone().ids().for_each(|client| federation.arrive(client).unwrap());
    federation
}

fn model(federation: &Federation) -> [f32; 4] {
    let mut flat = INITIAL;
    federation.model_into(&mut flat);
    flat
}

fn four_sites() -> FederateConfig<()> {
    FederateConfig { sites: 4, rounds: 3, ..FederateConfig::default() }
}

fn with(strategy: StrategyConfig) -> FederateConfig<()> {
    FederateConfig { strategy, ..four_sites() }
}

/// Polls until something has to happen.
fn tasks(federation: &mut Federation) -> Vec<Task> {
    let mut tasks = Vec::new();
    loop {
        match federation.poll().unwrap() {
            Action::Send(task) => tasks.push(task),
            Action::Wait(Waiting::Replies { n_clients }) => {
                assert_eq!(n_clients, tasks.len());
                return tasks;
            }
            other => panic!("{other:?}"),
        }
    }
}

fn commit(federation: &mut Federation) -> RoundReport {
    match federation.poll().unwrap() {
        Action::Commit(report) => report,
        other => panic!("{other:?}"),
    }
}

fn contribution(task: &Task, delta: &[f32]) -> Contribution {
    let effort = Effort { n_samples: 10, steps: 4, gradient_weight: 0.4 };
    Contribution::trained(task, Cover::All, delta.to_vec(), effort, Metrics::loss(0.5))
}

fn reply(task: &Task, delta: [f32; 3]) -> Reply {
    Reply::Contribution(contribution(task, &delta))
}

fn train(task: &Task) -> &Train {
    match &task.work {
        Work::Train(train) => train,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_round_averages_what_is_shared_and_reports_it() {
    let mut federation = federation(four_sites());
    let tasks = tasks(&mut federation);
    assert_eq!(tasks.len(), 4);
    assert_eq!(*train(&tasks[0]).model, [1.0, 2.0, 4.0], "the local head does not travel");
    let deltas = [[4.0, 0.0, 1.0], [-4.0, 0.0, 1.0], [0.0, 8.0, 1.0], [0.0, 8.0, 1.0]];
    for (task, delta) in tasks.iter().zip(deltas) {
        federation.receive(reply(task, delta)).unwrap();
    }
    let report = commit(&mut federation);
    assert_eq!(model(&federation), [1.0, 6.0, 3.0, 5.0]);
    assert_eq!((report.n_samples, report.loss()), (40, Some(0.5)));
    // Δ = (0, 4); squared distances 16 + 16 for two clients and 0 + 16 for two: √24 / 4. The buffer does not count.
    assert_eq!(report.update_norm, 4.0);
    assert!((report.drift.unwrap() - 24f64.sqrt() / 4.0).abs() < 1e-15);
    assert_eq!((report.bytes_down, report.bytes_up), (48, 48));
    assert_eq!(report.partly_covered, []);
    assert_eq!(federation.round(), 1);
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut federation = federation(FederateConfig { fraction: 0.5, ..with(StrategyConfig::FedNova) });
    assert!(matches!(federation.abandon(ClientId(0)), Err(ReceiveError::NoRound { .. })));
    let tasks = tasks(&mut federation);
    let (first, second) = (&tasks[0], &tasks[1]);
    let good = contribution(first, &[0.0; 3]);
    let other = federation.sites().ids().find(|c| tasks.iter().all(|task| task.client != *c)).unwrap();
    let delta = |values: &[f32]| contribution(first, values);
    let effort = |effort| Contribution { effort, ..good.clone() };
    let cover = |entries: &[u32]| Contribution { cover: Cover::Entries(entries.to_vec()), ..good.clone() };

    let error =
        |federation: &mut Federation, bad| federation.receive(Reply::Contribution(bad)).unwrap_err().to_string();
    let cases = [
        (Contribution { client: other, ..good.clone() }, "is not part of round 0"),
        (Contribution { round: 5, ..good.clone() }, "answers round 5, and round 0 is open"),
        (delta(&[0.0; 2]), "sent 2 values where 3 are covered"),
        (delta(&[0.0, f32::NAN, 0.0]), "sent NaN in body"),
        (delta(&[0.0, 0.0, f32::INFINITY]), "sent inf in norm.mean"),
        (cover(&[2]), "covers no parameter, or one that does not exist"),
        (cover(&[]), "covers no parameter, or one that does not exist"),
        (cover(&[0]), "sent 3 values where 2 are covered"),
        (effort(Effort { n_samples: 0, ..good.effort }), "trained on no samples"),
        (effort(Effort { steps: 0, ..good.effort }), "says 0 steps"),
        (effort(Effort { gradient_weight: 0.0, ..good.effort }), "whose gradients weigh 0"),
        (effort(Effort { gradient_weight: f64::NAN, ..good.effort }), "whose gradients weigh NaN"),
        (Contribution { metrics: Metrics::loss(f64::NAN), ..good.clone() }, "measured loss = NaN"),
        (Contribution { metrics: Metrics::loss(f64::MAX), ..good.clone() }, "measured loss = 17976"),
        (Contribution { vectors: BTreeMap::new(), ..good.clone() }, "sent nothing where delta is averaged"),
        (Contribution::counted(first, 3, vec![1]), "sent statistics where delta is averaged"),
    ];
    for (bad, expected) in cases {
        let message = error(&mut federation, bad);
        assert!(message.contains(expected), "{message}");
        assert_eq!(federation.waiting(), [first.client, second.client], "after: {expected}");
    }
    assert_eq!(federation.poll().unwrap(), Action::Wait(Waiting::Replies { n_clients: 2 }));

    federation.receive(reply(second, [2.0, 0.0, 0.0])).unwrap();
    assert!(error(&mut federation, contribution(second, &[9.0; 3])).contains("has already answered"));
    federation.receive(Reply::Contribution(good.clone())).unwrap();
    assert!(error(&mut federation, good).contains("has already answered"));
    commit(&mut federation);
    assert_eq!(federation.global(), [2.0, 2.0, 4.0]);
}

#[test]
fn a_round_without_a_quorum_is_dropped_and_the_model_stays() {
    let mut federation = federation(with(StrategyConfig::Scaffold));
    let asked = tasks(&mut federation);
    federation.receive(reply(&asked[2], [1.0; 3])).unwrap();
    let reason = "on battery".to_owned();
    let decline = Reply::Decline { round: 0, client: asked[0].client, reason: reason.clone() };
    assert_eq!(federation.receive(decline).unwrap(), Reception::Declined { reason });
    for client in federation.waiting() {
        federation.abandon(client).unwrap();
    }
    assert!(matches!(federation.abandon(asked[1].client), Err(ReceiveError::NotChosen { .. })));
    assert!(matches!(federation.poll(), Err(PollError::Quorum { round: 0, received: 1, needed: 2 })));
    assert_eq!(model(&federation), INITIAL);
    let next = tasks(&mut federation);
    assert_eq!(next[0].round, 1);
    // Nothing of the dropped round is remembered of a client.
    assert_eq!(**train(&next[2]).correction.as_ref().unwrap(), [0.0, 0.0]);
    // A message of the dropped round is late.
    let late = federation.receive(reply(&asked[1], [1.0; 3])).unwrap_err();
    assert!(matches!(late, ReceiveError::OtherRound { found: 0, open: 1, .. }));
}

#[test]
fn a_model_that_would_overflow_is_not_taken() {
    let server = ServerConfig { learning_rate: 10.0, ..ServerConfig::default() };
    let mut federation = federation(FederateConfig { server, ..four_sites() });
    for task in tasks(&mut federation) {
        federation.receive(reply(&task, [0.0, f32::MAX, 0.0])).unwrap();
    }
    let error = federation.poll().unwrap_err();
    assert!(matches!(&error, PollError::Overflow { round: 0, parameter } if parameter == "body"), "{error}");
    assert_eq!(model(&federation), INITIAL);
}

#[test]
fn a_state_that_would_overflow_is_refused() {
    let mut federation = federation(with(StrategyConfig::Scaffold));
    let asked = tasks(&mut federation);
    let huge = contribution(&asked[0], &[f32::MAX, 0.0, 0.0]);
    let error = federation.receive(Reply::Contribution(huge)).unwrap_err();
    assert!(matches!(error, ReceiveError::NotFinite { .. }), "{error}");
}

#[test]
fn clients_are_chosen_by_key_from_those_present() {
    let config = FederateConfig::<(), ()> { sites: 20, rounds: 200, fraction: 0.25, ..FederateConfig::default() };
    let choices = |seed| -> Vec<Vec<ClientId>> {
        let mut federation = Federation::new(&config.check().unwrap(), &layout(), &INITIAL, Key::new(seed)).unwrap();
        federation.sites().clone().ids().for_each(|client| federation.arrive(client).unwrap());
        federation.depart(ClientId(13));
        (0..config.rounds)
            .map(|_| {
                let tasks = tasks(&mut federation);
                tasks.iter().for_each(|task| assert!(federation.receive(reply(task, [0.0; 3])).is_ok()));
                commit(&mut federation);
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
        chosen.iter().for_each(|client| counts[client.index()] += 1);
    }
    assert_eq!(counts[13], 0, "absent");
    // 200 rounds at 5/19: mean 52.6, standard deviation 6.2; five of them are allowed.
    counts.iter().enumerate().filter(|(i, _)| *i != 13).for_each(|(i, n)| assert!((22..84).contains(n), "{i}: {n}"));
}

#[test]
fn every_task_has_its_own_key_and_it_tells_neither_the_seed_nor_another_sites() {
    let mut federation = federation(four_sites());
    let mut words = BTreeSet::new();
    while !federation.is_finished() {
        for task in tasks(&mut federation) {
            assert!(words.insert(task.key.stream().word()), "{task:?}");
            // What a site can derive from its own key, by the names that the server uses, is not what the server derives.
            for other in federation.sites().clone().ids() {
                for round in 0..3 {
                    let derived = keys::task(task.key, other, round);
                    assert_ne!(derived.stream().word(), keys::task(Key::new(7), other, round).stream().word());
                }
            }
            federation.receive(reply(&task, [0.0; 3])).unwrap();
        }
        commit(&mut federation);
    }
    assert_eq!(words.len(), 12);
    assert_eq!(federation.poll().unwrap(), Action::Finished);
}

#[test]
fn a_round_waits_for_enough_sites_and_goes_on_without_one_that_leaves() {
    let mut federation = Federation::new(&four_sites().check().unwrap(), &layout(), &INITIAL, Key::new(7)).unwrap();
    federation.arrive(ClientId(1)).unwrap();
    assert_eq!(federation.poll().unwrap(), Action::Wait(Waiting::Sites { present: 1, needed: 2 }));
    let unknown = federation.arrive(ClientId(4)).unwrap_err();
    assert_eq!(unknown.to_string(), "site 4 is unknown: the federation has 4 sites, numbered from 0");
    federation.arrive(ClientId(0)).unwrap();
    federation.arrive(ClientId(3)).unwrap();
    let asked = tasks(&mut federation);
    federation.depart(ClientId(1));
    federation.receive(reply(&asked[0], [2.0; 3])).unwrap();
    federation.receive(reply(&asked[2], [4.0; 3])).unwrap();
    let report = commit(&mut federation);
    let names: Vec<&str> = report.abandoned.iter().map(|site| site.as_str()).collect();
    assert_eq!((names, federation.global()), (vec!["1"], &[4.0, 5.0, 7.0][..]));
    assert_eq!(tasks(&mut federation).len(), 2);
}

#[test]
fn no_round_begins_after_a_stop() {
    let mut federation = federation(four_sites());
    for task in tasks(&mut federation) {
        federation.receive(reply(&task, [0.0; 3])).unwrap();
    }
    federation.stop();
    assert!(!federation.is_finished(), "the open round ends first");
    commit(&mut federation);
    assert_eq!(federation.poll().unwrap(), Action::Finished);
    let bytes = federation.save().unwrap();
    let mut restored = self::federation(four_sites());
    restored.restore(&bytes).unwrap();
    assert!(restored.is_finished());
}

#[test]
fn a_federation_needs_weights_of_its_layout_and_something_shared() {
    let config = four_sites().check().unwrap();
    let short = Federation::new(&config, &layout(), &[0.0; 3], Key::new(0)).err();
    assert_eq!(short, Some(ModelError::Weights { expected: 4, found: 3 }));
    let local = Layout::new(vec![Entry::f32("head", [1], Role::Local)]).unwrap();
    assert_eq!(Federation::new(&config, &local, &[0.0], Key::new(0)).err(), Some(ModelError::NothingShared));
    let keep = FederateConfig { buffers: Buffers::Local, ..four_sites() }.check().unwrap();
    let plain = Layout::new(vec![Entry::f32("w", [1], Role::Shared)]).unwrap();
    assert_eq!(Federation::new(&keep, &plain, &[0.0], Key::new(0)).err(), Some(ModelError::NoBuffers));
    let named = federation(four_sites()).with_sites(Sites::numbered(5)).err();
    assert_eq!(named, Some(ModelError::Sites { expected: 4, found: 5 }));
}

#[test]
fn a_correction_of_fed_dyn_grows_by_alpha_times_each_update() {
    let mut federation = federation(with(StrategyConfig::FedDyn(FedDyn { alpha: 0.5 })));
    for expected in [[0.0, 0.0], [1.0, -2.0], [2.0, -4.0]] {
        for task in tasks(&mut federation) {
            assert_eq!(train(&task).proximal, 0.5);
            assert_eq!(**train(&task).correction.as_ref().unwrap(), expected);
            federation.receive(reply(&task, [2.0, -4.0, 8.0])).unwrap();
        }
        commit(&mut federation);
    }
}

#[test]
fn an_entry_that_no_client_covers_stays_as_it_is() {
    let server = ServerConfig { learning_rate: 1.0, momentum: 0.5 };
    let mut federation = federation(FederateConfig { server, ..four_sites() });
    // With momentum, a parameter that is covered once would otherwise keep moving.
    for (cover, expected) in [(vec![0, 1], [3.0, 4.0, 6.0]), (vec![1], [3.0, 4.0, 8.0])] {
        let n_values = if cover.len() == 2 { 3 } else { 1 };
        for task in tasks(&mut federation) {
            let delta = vec![2.0; n_values];
            let some = Contribution { cover: Cover::Entries(cover.clone()), ..contribution(&task, &delta) };
            federation.receive(Reply::Contribution(some)).unwrap();
        }
        let report = commit(&mut federation);
        assert_eq!(report.partly_covered.len(), 2 - cover.len());
        assert_eq!(federation.global(), expected);
    }
}

#[test]
fn a_stored_federation_is_refused_by_another_spec() {
    let bytes = federation(four_sites()).save().unwrap();
    let refused = |other: &mut Federation, bytes: &[u8]| other.restore(bytes).unwrap_err().to_string();
    let new = |config: &FederateConfig<()>, layout: &Layout, seed| {
        Federation::new(&config.check().unwrap(), layout, &INITIAL, Key::new(seed)).unwrap()
    };
    assert!(refused(&mut new(&four_sites(), &layout(), 8), &bytes).contains("another seed"));
    let renamed = Layout::new(vec![Entry::f32("body", [4], Role::Shared)]).unwrap();
    assert!(refused(&mut new(&four_sites(), &renamed, 7), &bytes).contains("another model"));
    for strategy in [StrategyConfig::FedDyn(FedDyn { alpha: 1.0 }), StrategyConfig::Scaffold, StrategyConfig::FedNova] {
        assert!(refused(&mut federation(with(strategy)), &bytes).contains("another strategy"));
    }
    let local = FederateConfig { buffers: Buffers::Local, ..four_sites() };
    assert!(refused(&mut federation(local), &bytes).contains("another choice of buffers"));
    let mut same = federation(four_sites());
    assert!(refused(&mut same, &bytes[..bytes.len() - 1]).contains("cannot be read"));
    assert!(refused(&mut same, &[]).contains("cannot be read"));
    assert_eq!(model(&same), INITIAL);
    let few = FederateConfig { sites: 2, ..with(StrategyConfig::Scaffold) };
    let mut many = federation(with(StrategyConfig::Scaffold));
    for task in tasks(&mut many) {
        many.receive(reply(&task, [1.0; 3])).unwrap();
    }
    commit(&mut many);
    assert!(refused(&mut federation(few), &many.save().unwrap()).contains("another number of sites"));
}
