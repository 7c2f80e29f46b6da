//! Simulated sites that fail, lie or are slow.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::num::NonZeroUsize;
use std::time::Duration;

use consil_fed::simulate::SimulateError;
use consil_fed::{
    Client, ClientError, ClientId, ClientTask, Control, Entry, Event, FederateConfig, Federation, Layout, Metrics,
    Payload, Role, Simulation, Strategy, Update,
};
use consil_random::Key;

#[derive(Clone, Copy)]
enum Behaviour {
    Honest,
    Slow(u64),
    Fails,
    Diverges,
    Declines,
    NamesAnother,
}

impl Client for Behaviour {
    fn fit(&mut self, task: &ClientTask) -> Result<Update, ClientError> {
        let good = Update::delta(task, vec![1.0 + task.client.0 as f32], 1, Metrics::default());
        match self {
            Self::Honest => Ok(good),
            Self::Slow(milliseconds) => {
                std::thread::sleep(Duration::from_millis(*milliseconds));
                Ok(good)
            }
            Self::Fails => Err(ClientError::Training("the disk is full".into())),
            Self::Diverges => Ok(Update { payload: Payload::Delta(vec![f32::NAN]), ..good }),
            Self::Declines => {
                Ok(Update { payload: Payload::Control(Control::Decline { reason: "on battery".into() }), ..good })
            }
            Self::NamesAnother => Ok(Update { client: ClientId(0), ..good }),
        }
    }
}

fn simulation(clients: &[Behaviour], strategy: Strategy) -> Result<Simulation<Behaviour>, SimulateError> {
    let layout = Layout::new(vec![Entry::f32("w", [1], Role::Shared)]).unwrap();
    let sites = clients.len() as u32;
    let config = FederateConfig::<()> { sites, rounds: 1, strategy, ..FederateConfig::default() };
    let federation = Federation::new(&config, &layout, &[0.0], Key::new(1)).unwrap();
    Simulation::new(federation, clients.to_vec(), NonZeroUsize::new(3).unwrap())
}

#[test]
fn a_round_goes_on_without_those_who_give_nothing_usable() {
    use Behaviour::{Declines, Diverges, Fails, Honest, NamesAnother};
    let mut simulation =
        simulation(&[Honest, Fails, Diverges, Declines, NamesAnother, Honest], Strategy::FedAvg).unwrap();
    let mut reasons = Vec::new();
    let report = simulation
        .round(&mut |event| {
            if let Event::ClientFailed { client, reason, .. } = event {
                reasons.push((client.0, reason));
            }
        })
        .unwrap();
    let expected = [
        (1, "training at the site failed: the disk is full"),
        (2, "site 2 sent NaN in w: its training diverged; lower the learning rate or clip gradients"),
        (3, "on battery"),
        (4, "it answered as site 0"),
    ];
    assert_eq!(reasons, expected.map(|(client, reason)| (client, reason.to_owned())));
    assert_eq!(report.abandoned, [1, 2, 3, 4].map(ClientId));
    assert_eq!(simulation.federation().global(), [3.5], "the mean of 1 and 6");
}

#[test]
fn events_come_in_the_order_of_clients_though_answers_do_not() {
    use Behaviour::{Honest, Slow};
    let mut simulation = simulation(&[Slow(60), Slow(30), Honest], Strategy::FedAvg).unwrap();
    let mut order = Vec::new();
    simulation
        .round(&mut |event| match event {
            Event::RoundStarted { clients, .. } => assert_eq!(clients.len(), 3),
            Event::ClientFinished { client, .. } => order.push(client.0),
            Event::RoundFinished(report) => assert_eq!(report.clients.len(), 3),
            other => panic!("{other:?}"),
        })
        .unwrap();
    assert_eq!(order, [0, 1, 2]);
}

#[test]
fn a_round_below_the_quorum_says_why() {
    use Behaviour::{Fails, Honest};
    let mut simulation = simulation(&[Honest, Fails, Fails], Strategy::FedAvg).unwrap();
    let error = simulation.round(&mut |_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "round 0 does not count: 1 clients answered and min-clients asks for 2; site 1 failed: training at the site failed: the disk is full"
    );
    let SimulateError::Round { failures, .. } = error else { panic!("{error:?}") };
    assert_eq!(failures.len(), 2);
}

#[test]
fn clients_that_ignore_corrections_are_refused_where_they_are_needed() {
    let error = simulation(&[Behaviour::Honest; 3], Strategy::FedDyn { alpha: 0.1 }).err().unwrap();
    assert!(matches!(error, SimulateError::Corrections { client: ClientId(0) }), "{error:?}");
}

#[test]
fn an_event_is_one_line_of_a_record() {
    let mut simulation = simulation(&[Behaviour::Honest; 2], Strategy::FedAvg).unwrap();
    let mut lines = Vec::new();
    simulation.round(&mut |event| lines.push(serde_json::to_string(&event).unwrap())).unwrap();
    assert_eq!(lines[0], r#"{"event":"round-started","round":0,"clients":[0,1]}"#);
    assert_eq!(lines[1], r#"{"event":"client-finished","round":0,"client":0,"n-samples":1,"metrics":{}}"#);
    let report: serde_json::Value = serde_json::from_str(&lines[3]).unwrap();
    assert_eq!((&report["event"], &report["update-norm"]), (&"round-finished".into(), &1.5.into()));
}
