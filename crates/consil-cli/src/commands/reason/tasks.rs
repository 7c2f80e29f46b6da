//! What can be asked beside probabilities.

use consil::logic::{Budget, Given, Goal, LeafGroup, LeafKind, Plan, SamplingConfig, Term, Workspace};
use consil::reason::{self, Reasoner};
use serde::Serialize;

use super::answer::{Answer, significant};
use crate::console::Console;
use crate::failure::Failure;
use crate::table::Table;

/// The proofs of an answer.
#[derive(Serialize)]
struct Why {
    query: String,
    proofs: Vec<serde_json::Value>,
    #[serde(skip)]
    text: String,
}

/// The most probable proofs of each answer to the first query.
pub fn why(reasoner: &Reasoner, k: usize, budget: &Budget, console: &Console) -> Result<(), Failure> {
    let mut found = Vec::new();
    for query in reasoner.queries.iter().take(1) {
        let plan = reasoner.engine.plan(&Goal::new(query.clone()), budget)?;
        let weights: Vec<f32> = known_weights(&plan)?.iter().map(|weight| *weight as f32).collect();
        for (index, answer) in plan.answers().iter().enumerate() {
            let proofs = plan.proofs(index, &weights, k);
            let text = proofs.iter().map(|proof| format!("{proof}\n")).collect();
            let proofs = proofs.iter().map(|proof| serde_json::from_str(&proof.to_json())).collect::<Result<_, _>>();
            found.push(Why { query: answer.to_string(), proofs: proofs.map_err(Failure::internal)?, text });
        }
    }
    console.answer(&serde_json::json!({ "why": found }), |paint| {
        let text: Vec<String> = found.iter().map(|why| format!("{}\n{}", paint.bold(&why.query), why.text)).collect();
        match text.is_empty() || found.iter().all(|why| why.proofs.is_empty()) {
            true => "it holds in no world; ask --why-not\n".to_owned(),
            false => text.join("\n"),
        }
    })
}

/// The rules that come nearest to an atom.
pub fn why_not(reasoner: &Reasoner, atom: &str, budget: &Budget, console: &Console) -> Result<(), Failure> {
    let found = reasoner.engine.why_not(&reason::term("why-not", atom)?, budget)?;
    let rules: Vec<_> = found
        .rules
        .iter()
        .map(|rule| {
            let holds: Vec<String> = rule.holds.iter().map(ToString::to_string).collect();
            serde_json::json!({ "rule": rule.rule, "holds": holds, "fails": rule.fails.to_string() })
        })
        .collect();
    let json = serde_json::json!({ "goal": found.goal.to_string(), "possible": found.is_possible, "rules": rules });
    console.answer(&json, |_| format!("{}\n", found.to_string().trim_end()))
}

/// The most probable world of an answer.
#[derive(Serialize)]
struct Explanation {
    query: String,
    probability: f64,
    world: Vec<String>,
}

/// For each answer the most probable world in which it holds.
pub fn mpe(reasoner: &Reasoner, budget: &Budget, console: &Console) -> Result<(), Failure> {
    let mut found = Vec::new();
    for query in &reasoner.queries {
        let plan = reasoner.engine.plan(&Goal::new(query.clone()), budget)?;
        let weights = known_weights(&plan)?;
        for (index, answer) in plan.answers().iter().enumerate() {
            let Some(world) = plan.most_probable_world(Given::Answer(index), &weights) else { continue };
            let chosen = plan.groups().iter().zip(&world.slots).map(|(group, slot)| described(group, *slot));
            found.push(Explanation {
                query: answer.to_string(),
                probability: world.log_probability.exp(),
                world: chosen.collect(),
            });
        }
    }
    console.answer(&serde_json::json!({ "worlds": found }), |paint| {
        let blocks = found.iter().map(|found| {
            let world: String = found.world.iter().map(|atom| format!("  {atom}\n")).collect();
            format!("{}   {}\n{world}", paint.bold(&found.query), significant(found.probability))
        });
        blocks.collect()
    })
}

/// What came true; for a choice of which nothing did, what did not.
fn described(group: &LeafGroup, slot: usize) -> String {
    match &group.kind {
        LeafKind::Choice { heads, .. } if heads[slot - group.slots.start] == Term::atom("true") => {
            let others = heads.iter().filter(|head| **head != Term::atom("true"));
            others.map(|head| format!("\\+ {head}")).collect::<Vec<_>>().join(", ")
        }
        _ => group.describe(slot),
    }
}

/// Estimates from sampled worlds, 95 % intervals.
pub fn sample(reasoner: &Reasoner, n_samples: u64, seed: u64, budget: &Budget) -> Result<Vec<Answer>, Failure> {
    let config = SamplingConfig { n_samples, confidence: 0.95 };
    let mut answers = Vec::new();
    for query in &reasoner.queries {
        let sampler = reasoner.engine.sampler(&Goal::new(query.clone()), budget)?;
        let weights = sampler.default_log_weights();
        if weights.iter().any(|weight| weight.is_nan()) {
            return Err(AsksNetwork.into());
        }
        let estimates = sampler.estimate(&weights, &config, consil::Key::new(seed).op("reason"), budget);
        for (answer, (probability, certificate)) in sampler.answers().iter().zip(estimates) {
            answers.push(Answer::new(answer.to_string(), probability, certificate));
        }
    }
    Ok(answers)
}

/// How an answer depends on a probability.
#[derive(Serialize)]
struct Dependence {
    query: String,
    leaf: String,
    probability: f64,
    derivative: f64,
    if_certain: Option<f64>,
}

/// For each answer how it moves with each probability, the most important first.
pub fn sensitivity(reasoner: &Reasoner, budget: &Budget, console: &Console) -> Result<(), Failure> {
    let mut found = Vec::new();
    let mut ws = Workspace::new();
    for query in &reasoner.queries {
        let plan = reasoner.engine.plan(&Goal::new(query.clone()), budget)?;
        let weights = known_weights(&plan)?;
        for (index, answer) in plan.answers().iter().enumerate() {
            for each in plan.sensitivities(index, &weights, &mut ws) {
                found.push(Dependence {
                    query: answer.to_string(),
                    leaf: plan.groups()[each.group].describe(each.slot),
                    probability: each.probability,
                    derivative: each.derivative,
                    if_certain: (!each.if_certain.is_nan()).then_some(each.if_certain),
                });
            }
        }
    }
    console.answer(&serde_json::json!({ "sensitivities": found }), |paint| {
        let mut table =
            Table::new(["answer", "depends on", "its probability", "derivative", "were it certain"]).words(2);
        for each in &found {
            let certain = each.if_certain.map_or_else(|| "–".to_owned(), significant);
            let numbers = [significant(each.probability), format!("{:+.4}", each.derivative), certain];
            table.row([each.query.clone(), each.leaf.clone()].into_iter().chain(numbers));
        }
        table.render(paint)
    })
}

/// The program's own probabilities; a network has none here.
fn known_weights(plan: &Plan) -> Result<Vec<f64>, Failure> {
    let weights = plan.default_log_weights();
    if weights.iter().any(|weight| weight.is_nan()) { Err(AsksNetwork.into()) } else { Ok(weights) }
}

/// A network would have to be asked.
#[derive(Debug, thiserror::Error)]
#[error(
    "the answer depends on a network, which has no probabilities here\n  help: train a spec with these rules, and ask `consil explain RUN`"
)]
struct AsksNetwork;
