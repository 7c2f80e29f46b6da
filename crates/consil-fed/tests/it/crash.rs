//! A server that crashes between any two messages, and starts again from what it last stored, ends with the same bytes.

use consil_fed::strategy::{FedAvgM, FedDyn};
use consil_fed::{Action, Client, FederateConfig, Federation, Reply, StrategyConfig};

use crate::quadratic::{self, Quadratic, sites};

const N_SITES: u32 = 4;

fn fresh(strategy: StrategyConfig) -> Federation {
    let config = FederateConfig { fraction: 0.75, ..quadratic::config(N_SITES, strategy, 4) };
    let mut federation = quadratic::federation(&config.check().unwrap());
    let all: Vec<_> = federation.sites().ids().collect();
    all.into_iter().for_each(|client| federation.arrive(client).unwrap());
    federation
}

/// What becomes of answers that are under way while the server is down.
#[derive(Clone, Copy, Debug, PartialEq)]
enum UnderWay {
    Lost,
    /// They reach the server that has started again.
    Late,
}

/// Runs to the end, crashing after event `crash_at`; gives the final bytes and the number of events.
fn run(strategy: StrategyConfig, crash_at: Option<usize>, under_way: UnderWay) -> (Vec<u8>, usize) {
    let sites: Vec<Quadratic> = sites(u64::from(N_SITES));
    let mut federation = fresh(strategy);
    let mut stored = federation.save().unwrap();
    let (mut replies, mut n_events) = (Vec::new(), 0);
    let mut event = |federation: &mut Federation, stored: &[u8], replies: &mut Vec<Reply>| {
        n_events += 1;
        if crash_at == Some(n_events) {
            *federation = fresh(strategy);
            federation.restore(stored).unwrap();
            if under_way == UnderWay::Lost {
                replies.clear();
            }
        }
        n_events
    };
    loop {
        match federation.poll().unwrap() {
            Action::Send(task) => {
                let done = sites[task.client.index()].work(&task, &mut Vec::new(), &mut ()).unwrap();
                replies.push(Reply::Contribution(done));
            }
            Action::Wait(_) => {
                // The last asked answers first. A reply to a question that was asked before the crash may come twice, or too early.
                if let Err(error) = federation.receive(replies.pop().unwrap()) {
                    assert!(crash_at.is_some() && under_way == UnderWay::Late, "{error}");
                    continue;
                }
            }
            // It may crash before it stores the round, and after.
            Action::Commit(_) => {
                event(&mut federation, &stored, &mut replies);
                stored = federation.save().unwrap();
            }
            Action::Finished => return (federation.save().unwrap(), event(&mut federation, &stored, &mut replies)),
            other => panic!("{other:?}"),
        }
        event(&mut federation, &stored, &mut replies);
    }
}

#[test]
fn a_crash_after_any_message_replays_to_the_same_state() {
    let momentum = StrategyConfig::FedAvgM(FedAvgM::default());
    let dynamic = StrategyConfig::FedDyn(FedDyn { alpha: 0.3 });
    for strategy in [momentum, dynamic, StrategyConfig::FedNova, StrategyConfig::Scaffold] {
        let (straight, n_events) = run(strategy, None, UnderWay::Lost);
        // Four rounds of three tasks, three replies, and a commit before and after it is stored; the end.
        assert_eq!(n_events, 4 * 8 + 1);
        for under_way in [UnderWay::Lost, UnderWay::Late] {
            for crash_at in 1..n_events {
                let (crashed, _) = run(strategy, Some(crash_at), under_way);
                assert_eq!(crashed, straight, "{} crashed after event {crash_at}, {under_way:?}", strategy.name());
            }
        }
    }
}
