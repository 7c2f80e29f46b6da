//! Simulated sites that fail, lie or are slow.

use std::time::Duration;

use consil_fed::simulate::SimulateError;
use consil_fed::strategy::FedDyn;
use consil_fed::{
    Client, ClientError, ClientId, Contribution, Cover, Effort, Entry, Event, FederateConfig, Federation, Layout,
    Metrics, OneWorker, Role, Simulation, Sites, StrategyConfig, Survey, Task, Work,
};
use consil_random::Key;

use crate::quadratic::Threads;

#[derive(Clone, Copy)]
enum Behaviour {
    Honest,
    Slow(u64),
    Fails,
    Diverges,
    NamesAnother,
}

impl Client for Behaviour {
    type Scratch = ();

    fn work(&self, task: &Task, _kept: &mut Vec<f32>, (): &mut ()) -> Result<Contribution, ClientError> {
        let answer = |delta| {
            let effort = Effort { n_samples: 1, ..Effort::default() };
            Contribution::trained(task, Cover::All, vec![delta], effort, Metrics::default())
        };
        let good = match task.work {
            Work::Statistics { .. } => Contribution::counted(task, 1, task.site.as_str().as_bytes().to_vec()),
            _ => answer(1.0 + task.client.0 as f32),
        };
        match self {
            Self::Honest => Ok(good),
            Self::Slow(milliseconds) => {
                std::thread::sleep(Duration::from_millis(*milliseconds));
                Ok(good)
            }
            Self::Fails => Err(ClientError::Training("the disk is full".into())),
            Self::Diverges => Ok(answer(f32::NAN)),
            Self::NamesAnother => Ok(Contribution { client: ClientId(0), ..good }),
        }
    }
}

const NAMES: [&str; 6] = ["north", "east", "south", "west", "centre", "coast"];

fn simulation(clients: &[Behaviour], strategy: StrategyConfig) -> Result<Simulation<Behaviour>, SimulateError> {
    let layout = Layout::new(vec![Entry::f32("w", [1], Role::Shared)]).unwrap();
    let sites = clients.len() as u32;
    let config = FederateConfig::<(), ()> { sites, rounds: 1, strategy, ..FederateConfig::default() };
    let federation = Federation::new(&config.check().unwrap(), &layout, &[0.0], Key::new(1)).unwrap();
    let named = federation.with_sites(Sites::named(&NAMES[..clients.len()]).unwrap()).unwrap();
    Simulation::new(named, clients.to_vec(), vec![(); 3])
}

#[test]
fn a_round_goes_on_without_those_who_give_nothing_usable() {
    use Behaviour::{Diverges, Fails, Honest, NamesAnother};
    let mut simulation = simulation(&[Honest, Fails, Diverges, NamesAnother, Honest], StrategyConfig::FedAvg).unwrap();
    let mut reasons = Vec::new();
    let report = simulation
        .round(&Threads(3), &mut |event| {
            if let Event::ClientFailed { client, reason, .. } = event {
                reasons.push((client.to_string(), reason));
            }
        })
        .unwrap();
    let expected = [
        ("site east", "training at the site failed: the disk is full"),
        ("site south", "site south sent NaN in w: its training diverged; lower the learning rate or clip gradients"),
        ("site west", "it answered as site north"),
    ];
    assert_eq!(reasons, expected.map(|(client, reason)| (client.to_owned(), reason.to_owned())));
    let abandoned: Vec<&str> = report.abandoned.iter().map(|site| site.as_str()).collect();
    assert_eq!(abandoned, ["east", "south", "west"]);
    assert_eq!(simulation.federation().global(), [3.0], "the mean of 1 and 5");
}

#[test]
fn events_come_in_the_order_of_clients_though_answers_do_not() {
    use Behaviour::{Honest, Slow};
    let mut simulation = simulation(&[Slow(60), Slow(30), Honest], StrategyConfig::FedAvg).unwrap();
    let mut order = Vec::new();
    simulation
        .round(&Threads(3), &mut |event| match event {
            Event::RoundStarted { clients, .. } => assert_eq!(clients.len(), 3),
            Event::ClientFinished { client, .. } => order.push(client.as_str().to_owned()),
            Event::RoundFinished(report) => assert_eq!(report.clients.len(), 3),
            other => panic!("{other:?}"),
        })
        .unwrap();
    assert_eq!(order, ["north", "east", "south"]);
}

#[test]
fn a_round_below_the_quorum_says_why() {
    use Behaviour::{Fails, Honest};
    let mut simulation = simulation(&[Honest, Fails, Fails], StrategyConfig::FedAvg).unwrap();
    let error = simulation.round(&Threads(3), &mut |_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "round 0 does not count: 1 clients answered and min-clients asks for 2; site east failed: training at the site failed: the disk is full"
    );
    let SimulateError::Round { failures, .. } = error else { panic!("{error:?}") };
    assert_eq!(failures.len(), 2);
}

#[test]
fn clients_that_ignore_corrections_are_refused_where_they_are_needed() {
    let error = simulation(&[Behaviour::Honest; 3], StrategyConfig::FedDyn(FedDyn { alpha: 0.1 })).err().unwrap();
    assert!(matches!(error, SimulateError::Corrections { .. }), "{error:?}");
}

#[test]
fn an_event_is_one_line_of_a_record() {
    let mut simulation = simulation(&[Behaviour::Honest; 2], StrategyConfig::FedAvg).unwrap();
    let mut lines = Vec::new();
    simulation.round(&Threads(3), &mut |event| lines.push(serde_json::to_string(&event).unwrap())).unwrap();
    assert_eq!(lines[0], r#"{"event":"round-started","round":0,"clients":["north","east"]}"#);
    assert_eq!(lines[1], r#"{"event":"client-finished","round":0,"client":"north","n-samples":1,"metrics":{}}"#);
    let report: serde_json::Value = serde_json::from_str(&lines[3]).unwrap();
    assert_eq!((&report["event"], &report["update-norm"]), (&"round-finished".into(), &1.5.into()));
}

#[test]
fn a_survey_asks_every_site_once_and_gives_the_answers_in_their_order() {
    use Behaviour::{Fails, Honest, Slow};
    let survey = |clients: &[Behaviour], n_needed| {
        let sites = Sites::named(&NAMES[..clients.len()]).unwrap();
        let work = Work::Statistics { of: std::sync::Arc::new(Vec::new()) };
        let survey = Survey::new(&sites, work, n_needed, Key::new(1));
        let mut taken = Vec::new();
        let mut take = |contribution: Contribution| {
            taken.push(String::from_utf8(contribution.statistics().unwrap().to_vec()).unwrap());
        };
        let unanswered = consil_fed::simulate::survey(survey, clients, vec![(); 3], &Threads(3), &mut take)?;
        let unanswered = unanswered.into_iter().map(|failure| failure.site.as_str().to_owned());
        Ok::<_, SimulateError>((taken, unanswered.collect::<Vec<_>>()))
    };
    let (taken, unanswered) = survey(&[Slow(30), Fails, Honest], 2).unwrap();
    assert_eq!((taken, unanswered), (vec!["north".into(), "south".into()], vec!["east".into()]));
    let error = survey(&[Honest, Fails], 2).unwrap_err().to_string();
    assert_eq!(
        error,
        "1 sites answered for statistics, and 2 are needed; site east failed: training at the site failed: the disk is full"
    );
}

#[test]
fn one_worker_does_what_several_do() {
    let mut alone = simulation(&[Behaviour::Honest; 4], StrategyConfig::FedAvg).unwrap();
    let mut several = simulation(&[Behaviour::Honest; 4], StrategyConfig::FedAvg).unwrap();
    let one = alone.round(&OneWorker, &mut |_| ()).unwrap();
    assert_eq!(one, several.round(&Threads(8), &mut |_| ()).unwrap());
}
