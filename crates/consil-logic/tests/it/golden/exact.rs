//! Ways through the circuit and the derivations.

use consil_logic::{
    Boolean, Certificate, Count, Counting, Engine, Given, Goal, MaxProduct, Plan, Probability, Program, ReasonError,
    Term, TopK, Workspace,
};

use super::super::TOLERANCE;
use super::{Outcome, Outside, Refused, Wrong, budget, queries, wrong};

/// More worlds than these are not enumerated.
const MOST_WORLDS: usize = 4096;

fn plans(program: &Program) -> Result<Vec<std::sync::Arc<Plan>>, Refused> {
    let engine = Engine::new(program.clone()).map_err(wrong)?;
    let plan = |query: &Term| match engine.plan(&Goal::new(query.clone()), &budget()) {
        Err(ReasonError::Budget { .. }) => Err(Outside("exceed the test's budget")),
        plan => plan.map_err(wrong),
    };
    let plans: Vec<_> = queries(program)?.iter().map(plan).collect::<Result<_, _>>()?;
    if plans.iter().any(|plan| plan.default_log_weights().iter().any(|weight| weight.is_nan())) {
        return Err(Outside("ask networks"));
    }
    Ok(plans)
}

pub fn circuit(program: &Program) -> Outcome {
    let mut ws = Workspace::new();
    let mut answers = Vec::new();
    for plan in plans(program)? {
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        answers.extend(plan.answers().iter().enumerate().map(|(at, a)| (a.clone(), ws.log_prob(at, 0).exp())));
    }
    Ok(answers)
}

pub fn bounds(program: &Program) -> Outcome {
    let engine = Engine::new(program.clone()).map_err(wrong)?;
    let mut ws = Workspace::new();
    let mut answers = Vec::new();
    for query in queries(program)? {
        let bounds = match engine.bounds(&Goal::new(query.clone()), &budget()) {
            Err(ReasonError::Budget { .. }) => return Err(Outside("exceed the test's budget")),
            bounds => bounds.map_err(wrong)?,
        };
        let weights = bounds.default_log_weights();
        if weights.iter().any(|weight| weight.is_nan()) {
            return Err(Outside("ask networks"));
        }
        for (answer, (value, certificate)) in bounds.answers().iter().zip(bounds.evaluate(&weights, &mut ws)) {
            if certificate != Certificate::Exact {
                return Err(Outside("do not close"));
            }
            answers.push((answer.clone(), value));
        }
    }
    Ok(answers)
}

/// The circuit of an answer holds its evidence as well.
pub fn semiring(program: &Program) -> Outcome {
    let mut answers = Vec::new();
    for plan in plans(program)? {
        let logs = plan.default_log_weights();
        let weights: Vec<f64> = logs.iter().map(|weight| weight.exp()).collect();
        let evidence = plan.log_evidence(&logs).exp();
        let value =
            |(at, answer): (usize, &Term)| (answer.clone(), plan.evaluate(at, &Probability, &weights) / evidence);
        answers.extend(plan.answers().iter().enumerate().map(value));
    }
    Ok(answers)
}

pub fn single_precision(program: &Program) -> Outcome {
    let mut ws = Workspace::new();
    let mut answers = Vec::new();
    for plan in plans(program)? {
        let weights: Vec<f32> = plan.default_log_weights().iter().map(|weight| *weight as f32).collect();
        plan.forward(&weights, 1, &mut ws);
        answers.extend(plan.answers().iter().enumerate().map(|(at, a)| (a.clone(), ws.log_prob(at, 0).exp())));
    }
    Ok(answers)
}

/// Two threads share a plan, and have the same numbers to the last bit.
pub fn two_threads(program: &Program) -> Outcome {
    let mut answers = Vec::new();
    for plan in plans(program)? {
        let values = || -> Vec<f64> {
            let mut ws = Workspace::new();
            plan.forward_f64(&plan.default_log_weights(), &mut ws);
            (0..plan.answers().len()).map(|answer| ws.log_prob(answer, 0).exp()).collect()
        };
        let [one, other] =
            std::thread::scope(|scope| [scope.spawn(values), scope.spawn(values)].map(|thread| thread.join().unwrap()));
        if one.iter().zip(&other).any(|(a, b)| a.to_bits() != b.to_bits()) {
            return Err(Wrong(format!("{one:?} by one thread, {other:?} by the other")));
        }
        answers.extend(plan.answers().iter().cloned().zip(one));
    }
    Ok(answers)
}

/// The plans of a program whose evidence, if it has any, is certain: derivations are read without it.
fn plans_without_evidence(program: &Program) -> Result<Vec<std::sync::Arc<Plan>>, Refused> {
    let plans = plans(program)?;
    match plans.iter().all(|plan| plan.log_evidence(&plan.default_log_weights()) == 0.0) {
        true => Ok(plans),
        false => Err(Outside("have evidence or constraints")),
    }
}

/// A world: which slots hold, and its probability.
type World = (Vec<bool>, f64);

/// Each choice of a slot for each group.
fn every_world(plan: &Plan) -> Result<Vec<World>, Refused> {
    let groups = plan.groups();
    let n_worlds = groups.iter().try_fold(1usize, |n, group| n.checked_mul(group.slots.len()));
    let n_worlds = n_worlds.filter(|&n| n <= MOST_WORLDS).ok_or(Outside("have too many worlds"))?;
    let weights = plan.default_log_weights();
    let world = |world: usize| {
        let mut holds = vec![false; plan.n_slots()];
        let (mut rest, mut weight) = (world, 1.0);
        for group in groups {
            let slot = group.slots.start + rest % group.slots.len();
            rest /= group.slots.len();
            holds[slot] = true;
            weight *= weights[slot].exp();
        }
        (holds, weight)
    };
    Ok((0..n_worlds).map(world).collect())
}

/// In which worlds an answer holds.
fn holding(plan: &Plan, answer: usize, worlds: &[World]) -> Vec<bool> {
    worlds.iter().map(|(holds, _)| plan.provenance(answer, &Boolean { holds: holds.clone() })).collect()
}

/// Sums the worlds that each answer holds in, after a look at the answer.
fn over_worlds(program: &Program, check: impl Fn(&Plan, usize, &[World], &[bool]) -> Result<(), String>) -> Outcome {
    let mut answers = Vec::new();
    for plan in plans_without_evidence(program)? {
        let worlds = every_world(&plan)?;
        for (at, answer) in plan.answers().iter().enumerate() {
            let holding = holding(&plan, at, &worlds);
            check(&plan, at, &worlds, &holding).map_err(|message| Wrong(format!("{answer}: {message}")))?;
            let sum = worlds.iter().zip(&holding).filter(|(_, holds)| **holds).map(|((_, weight), _)| weight).sum();
            answers.push((answer.clone(), sum));
        }
    }
    Ok(answers)
}

pub fn worlds(program: &Program) -> Outcome {
    over_worlds(program, |_, _, _, _| Ok(()))
}

/// The most probable world is the best of all, by the circuit's own search and in the semiring of maxima.
pub fn best_world(program: &Program) -> Outcome {
    over_worlds(program, |plan, at, worlds, holding| {
        let held = worlds.iter().zip(holding).filter(|(_, holds)| **holds);
        let best = held.map(|((_, weight), _)| *weight).fold(0.0, f64::max);
        let logs = plan.default_log_weights();
        let found = plan.most_probable_world(Given::Answer(at), &logs);
        let found = found.map_or(0.0, |world| world.log_probability.exp());
        if (found - best).abs() > TOLERANCE {
            return Err(format!("its best world has {found}, not {best}"));
        }
        if best == 0.0 {
            return Ok(());
        }
        // Relative to the largest weight of each group, as the semiring wants them.
        let mut relative: Vec<f64> = logs.iter().map(|weight| weight.exp()).collect();
        let mut scale = 1.0;
        for group in plan.groups() {
            let largest = relative[group.slots.clone()].iter().copied().fold(0.0, f64::max);
            relative[group.slots.clone()].iter_mut().for_each(|p| *p /= largest);
            scale *= largest;
        }
        let found = plan.evaluate(at, &MaxProduct, &relative) * scale;
        if (found - best).abs() > TOLERANCE { Err(format!("max-product gives {found}, not {best}")) } else { Ok(()) }
    })
}

/// An answer holds in just the worlds that have one of its minimal proofs; and it has derivations if it has worlds.
pub fn minimal_proofs(program: &Program) -> Outcome {
    over_worlds(program, |plan, at, worlds, holding| {
        let logs = plan.default_log_weights();
        let mut groups = vec![0; plan.n_slots()];
        for (index, group) in plan.groups().iter().enumerate() {
            groups[group.slots.clone()].fill(index);
        }
        let probabilities = logs.iter().map(|weight| weight.exp()).collect();
        let minimal =
            plan.provenance(at, &TopK { k: usize::MAX, probabilities, groups, failures: plan.failures(&logs) });
        // A negated goal is a proof's condition, and no slot.
        if minimal.iter().any(|set| !set.negated.is_empty()) {
            return Ok(());
        }
        for ((holds, _), is_true) in worlds.iter().zip(holding) {
            let proven = minimal.iter().any(|set| set.slots.iter().all(|&slot| holds[slot]));
            if proven != *is_true {
                return Err(format!("its minimal proofs {minimal:?} say {proven} of {holds:?}"));
            }
        }
        let is_derived = plan.provenance(at, &Counting) != Count::Finite(0);
        match is_derived == (holding.contains(&true) || !minimal.is_empty()) {
            true => Ok(()),
            false => Err(format!("{is_derived} that it has derivations")),
        }
    })
}
