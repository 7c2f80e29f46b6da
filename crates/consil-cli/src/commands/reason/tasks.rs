//! What can be asked beside probabilities.

use consil::Key;
use consil::logic::{
    Budget, Certificate, Given, Goal, LeafGroup, LeafKind, Plan, Proof, Proofs, SamplingConfig, Solution, Term,
    Workspace,
};
use consil::reason::{self, Reasoner};
use consil_diagnostic::{Hint, Report};
use serde_json::{Value, json};

use super::answer::{Answer, Found, significant, table, worth};
use crate::failure::Failure;
use crate::style::TextStyle;
use crate::table::Table;

/// The probability of each answer, given the evidence.
pub fn marginal(reasoner: &Reasoner, budget: &Budget, style: TextStyle) -> Result<Found, Failure> {
    let solutions = reasoner.solve(budget)?;
    let further: Vec<String> =
        solutions.iter().filter(|one| one.is_further()).map(|one| one.answer.to_string()).collect();
    let mut found = Found::answers(answers(&solutions), style).with("complete", further.is_empty());
    if !further.is_empty() {
        let queries = further.join(", ");
        found = found.warning(format!(
            "the budget ended before all answers to {queries} were listed; its line counts the others"
        ));
    }
    if solutions.iter().all(|one| !one.probability.is_nan()) {
        return Ok(found);
    }
    // Why it is not known; where not even all derivations are, that is said already.
    let Ok(plans) = plans(reasoner, budget) else { return Ok(found) };
    match plans.iter().try_for_each(|plan| refuse_unknown(&plan.default_log_weights(), plan.groups())) {
        Err(why) => Ok(found.warning(Report::of(&why))),
        Ok(()) => Ok(found),
    }
}

/// Solutions as they are shown.
pub fn answers(solutions: &[Solution]) -> Vec<Answer> {
    let answer = |one: &Solution| Answer::new(one.answer.to_string(), one.probability, one.certificate);
    solutions.iter().map(answer).collect()
}

/// Had something been otherwise, in a world in which the evidence was seen without it.
pub fn counterfactual(
    reasoner: &Reasoner,
    interventions: &[(Term, bool)],
    budget: &Budget,
    style: TextStyle,
) -> Result<Found, Failure> {
    let mut answers = Vec::new();
    for query in &reasoner.asked(budget)? {
        let plan = reasoner.engine.counterfactual(&Goal::new(query.clone()), interventions, budget)?;
        let weights = known_weights(&plan)?;
        answers.extend(marginals(&plan, &weights, &mut Workspace::new()));
    }
    let made: Vec<String> = interventions
        .iter()
        .map(|(atom, holds)| if *holds { atom.to_string() } else { format!("\\+ {atom}") })
        .collect();
    let text = format!("had it been that {}:\n{}", made.join(", "), table(&answers, style));
    Ok(Found::new(answers, text).with("interventions", made))
}

/// The most probable proofs of each answer to a query, with their pictures.
pub fn why(
    reasoner: &Reasoner,
    query: &Term,
    k: usize,
    budget: &Budget,
    style: TextStyle,
) -> Result<(Found, Vec<Proof>), Failure> {
    let plan = reasoner.engine.plan(&Goal::new(query.clone()), budget)?;
    let weights = known_weights(&plan)?;
    let single: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
    let answers = marginals(&plan, &weights, &mut Workspace::new());
    let (mut json, mut text, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for (index, answer) in plan.answers().iter().enumerate() {
        let Proofs { proofs, is_cut_short } = plan.search_proofs(index, &single, k);
        let trees: Result<Vec<Value>, _> = proofs.iter().map(|proof| serde_json::from_str(&proof.to_json())).collect();
        json.push(json!({ "query": answer.to_string(), "proofs": trees.map_err(Failure::internal)?, "cut_short": is_cut_short }));
        let mut shown: String = proofs.iter().map(|proof| format!("{proof}\n")).collect();
        if is_cut_short {
            shown.push_str("the search was cut short: there may be more\n");
        }
        text.push(format!("{}\n{shown}", style.bold(&answer.to_string())));
        all.extend(proofs);
    }
    let text = if all.is_empty() { "it holds in no world; ask --why-not\n".to_owned() } else { text.join("\n") };
    Ok((Found::new(answers, text).with("why", json), all))
}

/// The rules that come nearest to an atom.
pub fn why_not(reasoner: &Reasoner, atom: &Term, budget: &Budget) -> Result<Found, Failure> {
    let found = reasoner.engine.why_not(atom, budget)?;
    let rules: Vec<Value> = found
        .rules
        .iter()
        .map(|rule| {
            let holds: Vec<String> = rule.holds.iter().map(ToString::to_string).collect();
            json!({ "rule": rule.rule, "holds": holds, "fails": rule.fails.to_string() })
        })
        .collect();
    let text = format!("{}\n", found.to_string().trim_end());
    let found = Found::new(Vec::new(), text).with("goal", found.goal.to_string()).with("possible", found.is_possible);
    Ok(found.with("rules", rules))
}

/// For each answer the most probable world in which it holds.
pub fn mpe(reasoner: &Reasoner, budget: &Budget, style: TextStyle) -> Result<Found, Failure> {
    let (mut answers, mut worlds, mut text) = (Vec::new(), Vec::new(), String::new());
    for plan in plans(reasoner, budget)? {
        let weights = known_weights(&plan)?;
        answers.extend(marginals(&plan, &weights, &mut Workspace::new()));
        for (index, answer) in plan.answers().iter().enumerate() {
            let Some(world) = plan.most_probable_world(Given::Answer(index), &weights) else { continue };
            let chosen: Vec<String> =
                plan.groups().iter().zip(&world.slots).map(|(group, slot)| described(group, *slot)).collect();
            let probability = world.log_probability.exp();
            let mut lines = Table::of_facts();
            for (atom, slot) in chosen.iter().zip(&world.slots) {
                lines.row([format!("  {atom}"), significant(weights[*slot].exp())]);
            }
            let shown = lines.render(style);
            text += &format!("{}   {}\n{shown}", style.bold(&answer.to_string()), significant(probability));
            worlds.push(json!({ "query": answer.to_string(), "probability": probability, "world": chosen }));
        }
    }
    if worlds.is_empty() && !answers.is_empty() {
        text = "nothing that was asked holds in any world\n".to_owned();
    }
    Ok(Found::new(answers, text).with("worlds", worlds))
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

/// The most probable joint truth of what is asked, all else summed out.
pub fn map(reasoner: &Reasoner, budget: &Budget, style: TextStyle) -> Result<Found, Failure> {
    let plan = reasoner.joint(budget)?;
    let weights = known_weights(&plan)?;
    let answers = marginals(&plan, &weights, &mut Workspace::new());
    let best = reasoner.map(budget)?;
    let truths: Vec<Value> =
        best.truths.iter().map(|(atom, holds)| json!({ "atom": atom.to_string(), "holds": holds })).collect();
    let mut shown = Table::of_facts();
    for (atom, holds) in &best.truths {
        shown.row([atom.to_string(), if *holds { "holds".to_owned() } else { "does not hold".to_owned() }]);
    }
    let text = format!(
        "{}\nprobability {}, {}\n",
        shown.render(style).trim_end(),
        significant(best.probability),
        best.certificate
    );
    let (certificate, lower, upper) = worth(best.certificate, best.probability);
    let found = Found::new(answers, text).with("assignment", truths).with("probability", best.probability);
    Ok(found.with("lower", lower).with("upper", upper).with("certificate", certificate))
}

/// A lower bound from the most probable derivations of each answer.
pub fn k_best(reasoner: &Reasoner, k: usize, budget: &Budget, style: TextStyle) -> Result<Found, Failure> {
    let (mut answers, mut n_derivations) = (Vec::new(), Vec::new());
    for query in &reasoner.asked(budget)? {
        for one in reasoner.engine.k_best(&Goal::new(query.clone()), k, budget)? {
            answers.push(Answer::new(one.answer.to_string(), one.probability, one.certificate));
            n_derivations.push(json!({ "query": one.answer.to_string(), "derivations": one.n_derivations }));
        }
    }
    Ok(Found::answers(answers, style).with("k_best", n_derivations))
}

/// Estimates from sampled worlds, 95 % intervals.
pub fn sample(
    reasoner: &Reasoner,
    n_samples: u64,
    seed: u64,
    budget: &Budget,
    style: TextStyle,
) -> Result<Found, Failure> {
    let config = SamplingConfig { n_samples, confidence: 0.95 };
    let mut answers = Vec::new();
    for query in &reasoner.asked(budget)? {
        let sampler = reasoner.engine.sampler(&Goal::new(query.clone()), budget)?;
        let weights = sampler.default_log_weights();
        refuse_unknown(&weights, sampler.groups())?;
        let estimates = sampler.estimate(&weights, &config, Key::new(seed).child("reason"), budget);
        for (answer, (probability, certificate)) in sampler.answers().iter().zip(estimates) {
            answers.push(Answer::new(answer.to_string(), probability, certificate));
        }
    }
    Ok(Found::answers(answers, style))
}

/// For each answer how it moves with each probability, the most important first.
pub fn sensitivity(reasoner: &Reasoner, budget: &Budget, style: TextStyle) -> Result<Found, Failure> {
    let (mut answers, mut found) = (Vec::new(), Vec::new());
    let mut shown = Table::new(["answer", "depends on", "its probability", "derivative", "were it certain"]).words(2);
    let mut ws = Workspace::new();
    for plan in plans(reasoner, budget)? {
        let weights = known_weights(&plan)?;
        answers.extend(marginals(&plan, &weights, &mut ws));
        for (index, answer) in plan.answers().iter().enumerate() {
            for each in plan.sensitivities(index, &weights, &mut ws, budget)? {
                let leaf = plan.groups()[each.group].describe(each.slot);
                let if_certain = (!each.if_certain.is_nan()).then_some(each.if_certain);
                let certain = if_certain.map_or_else(|| "–".to_owned(), significant);
                let numbers = [significant(each.probability), format!("{:+.4}", each.derivative), certain];
                shown.row([answer.to_string(), leaf.clone()].into_iter().chain(numbers));
                found.push(json!({
                    "query": answer.to_string(),
                    "leaf": leaf,
                    "probability": each.probability,
                    "derivative": each.derivative,
                    "if_certain": if_certain,
                }));
            }
        }
    }
    Ok(Found::new(answers, shown.render(style)).with("sensitivities", found))
}

/// What was found, with how each query was compiled and why so.
pub fn explain_plans(reasoner: &Reasoner, budget: &Budget, found: Found) -> Result<Found, Failure> {
    let (mut lines, mut plans) = (String::new(), Vec::new());
    for query in &reasoner.asked(budget)? {
        let (how, size) = match reasoner.engine.plan(&Goal::new(query.clone()), budget) {
            Ok(plan) => (plan.compilation().to_string(), Some(plan.size())),
            Err(error) => (format!("no exact circuit: {error}"), None),
        };
        lines += &format!("\n{query}: {how}");
        if let Some((n_sums, n_products)) = size {
            lines += &format!("; the circuit has {n_sums} sums of {n_products} products");
        }
        let (n_sums, n_products) = size.unzip();
        plans.push(json!({ "query": query.to_string(), "compiled": how, "sums": n_sums, "products": n_products }));
    }
    Ok(found.followed_by(&format!("{lines}\n")).with("plans", plans))
}

/// The plan of each query.
fn plans(reasoner: &Reasoner, budget: &Budget) -> Result<Vec<std::sync::Arc<Plan>>, Failure> {
    let plan = |query: &Term| Ok(reasoner.engine.plan(&Goal::new(query.clone()), budget)?);
    reasoner.asked(budget)?.iter().map(plan).collect()
}

/// The exact probability of each answer of a plan.
pub fn marginals(plan: &Plan, weights: &[f64], ws: &mut Workspace) -> Vec<Answer> {
    plan.forward_f64(weights, ws);
    let answer = |(index, answer): (usize, &Term)| {
        Answer::new(answer.to_string(), ws.log_prob(index, 0).exp(), Certificate::Exact)
    };
    plan.answers().iter().enumerate().map(answer).collect()
}

/// The program's own probabilities; a network has none here, nor has a decision.
pub fn known_weights(plan: &Plan) -> Result<Vec<f64>, Failure> {
    let weights = plan.default_log_weights();
    refuse_unknown(&weights, plan.groups())?;
    if plan.log_evidence(&weights) == f64::NEG_INFINITY {
        return Err(consil::logic::ReasonError::ImpossibleEvidence.into());
    }
    Ok(weights)
}

fn refuse_unknown(weights: &[f64], groups: &[LeafGroup]) -> Result<(), Unknown> {
    let unknown = groups.iter().find(|group| weights[group.slots.clone()].iter().any(|weight| weight.is_nan()));
    match unknown.map(|group| &group.kind) {
        None => Ok(()),
        Some(LeafKind::Fact { atom }) => Err(Unknown::Decision { atom: atom.clone() }),
        Some(_) => Err(Unknown::Network),
    }
}

/// What a rule file alone has no probability for.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// A network would have to be asked.
    #[error("the answer depends on a network, which has no probabilities here")]
    Network,
    /// What is to be decided has no probability.
    #[error("the answer depends on the decision `{atom}`")]
    Decision {
        /// What is to be decided.
        atom: Term,
    },
}

impl Hint for Unknown {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Network => "train a spec with these rules, and ask `consil explain RUN`".to_owned(),
            Self::Decision { atom } => format!("find the best with --task decide, or take it with --do '{atom}'"),
        })
    }
}

/// Reads an atom given as an argument.
pub fn atom(what: &'static str, text: &str) -> Result<Term, Failure> {
    Ok(reason::term(what, text)?)
}
