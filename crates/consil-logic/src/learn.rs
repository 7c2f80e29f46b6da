//! Probabilities learned from partial interpretations.
//!
//! An example says of some ground atoms whether they hold, and nothing of the others. Its likelihood is the probability of
//! that evidence, one compiled circuit for each distinct example; the parameters are the probabilities of the program's
//! clauses, shared by all their ground instances (Gutmann, Thon & De Raedt, "Learning the parameters of probabilistic logic
//! programs from interpretations", ECML PKDD 2011).
//!
//! The circuit gives what both methods need: the expected number of times that each head was chosen, E, under the posterior
//! given the example. Expectation maximisation sets the probabilities to the shares of E; gradient ascent moves the
//! parameters θ of p = m · softmax(θ) by ∂ log-likelihood / ∂θ = E − p / m · Σ E. Sums go over the heads that are free, and
//! m is what the fixed ones leave over: in `t(_)::a; 0.3::b` the 0.3 stays.

mod examples;

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_random::Key;

use crate::budget::Budget;
use crate::engine::Engine;
use crate::error::ReasonError;
use crate::leaf::LeafKind;
use crate::plan::Plan;
use crate::program::Program;
use crate::span::Place;
use crate::task::Given;
use crate::term::Term;

pub use examples::{Examples, read_examples};

/// What was seen of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct Interpretation {
    /// Ground atoms with their observed truth.
    pub evidence: Vec<(Term, bool)>,
    /// Facts that hold in this world only, as in [`Goal::facts`](crate::Goal::facts).
    pub facts: Vec<Term>,
    /// How often it was seen.
    pub weight: f64,
}

impl Interpretation {
    /// Seen once, without facts of its own.
    pub fn new(evidence: Vec<(Term, bool)>) -> Self {
        Self { evidence, facts: Vec::new(), weight: 1.0 }
    }
}

/// How parameters move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LearnMethod {
    /// Expectation maximisation: the likelihood never falls.
    ExpectationMaximisation,
    /// Gradient ascent on the mean log-likelihood, in the logits.
    Gradient {
        /// The step width.
        rate: f64,
    },
}

/// Where parameters begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the program's probabilities.
    Program,
    /// At random: uniform over the distributions of each clause's heads.
    Random(Key),
}

/// How to learn.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnConfig {
    /// How parameters move.
    pub method: LearnMethod,
    /// Where they begin.
    pub start: Start,
    /// The clauses to learn, by [`LeafKind::Choice`]'s `clause`. If none are named: those with a `t(_)`, or all of the
    /// program's where there is no such.
    pub clauses: Option<Vec<usize>>,
    /// Passes over the examples, at most.
    pub max_iterations: usize,
    /// It ends when the mean log-likelihood rises by less than this.
    pub tolerance: f64,
}

impl Default for LearnConfig {
    fn default() -> Self {
        Self {
            method: LearnMethod::ExpectationMaximisation,
            start: Start::Program,
            clauses: None,
            max_iterations: 1000,
            tolerance: 1e-9,
        }
    }
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// For each clause that was learned, the probability of each head, and of none of them if the program left room for that.
    pub probabilities: BTreeMap<usize, Vec<f64>>,
    /// The log-likelihood of all examples before each step, and after the last.
    pub log_likelihoods: Vec<f64>,
    /// Whether it ended by the tolerance, rather than by the number of iterations or the budget's time.
    pub has_converged: bool,
}

impl Learned {
    /// The log weights of a plan with the learned probabilities in place.
    pub fn log_weights(&self, plan: &Plan) -> Vec<f64> {
        let mut weights = plan.default_log_weights();
        apply(&self.probabilities, plan, &mut weights);
        weights
    }
}

/// Nothing could be learned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// An example could not be derived or compiled.
    #[error("example {example}: {error}")]
    Reason {
        /// The example, counted from 0.
        example: usize,
        /// What went wrong.
        error: ReasonError,
    },
    /// An example has probability zero under the parameters, so that it says nothing about them.
    #[error("example {example} is impossible under the program's rules and present probabilities; check its evidence")]
    Impossible {
        /// The example, counted from 0.
        example: usize,
    },
    /// An example depends on a network or on an open fact, whose probability is not among the parameters.
    #[error("example {example} depends on `{atom}`, whose probability is no parameter of the program")]
    Foreign {
        /// The example, counted from 0.
        example: usize,
        /// The network or the fact.
        atom: String,
    },
    /// A clause to learn is in no example, or has probabilities that differ between its ground instances.
    #[error("{}this clause cannot be learned: {reason}{}", place.as_ref().map_or_else(|| format!("clause {clause}: "), |place| format!("{}: error: ", place.location())), place.as_ref().map_or_else(String::new, |place| format!("\n{place}")))]
    Clause {
        /// The clause.
        clause: usize,
        /// Where it stands.
        place: Option<Box<Place>>,
        /// Why.
        reason: &'static str,
    },
}

impl Engine {
    /// Learns the probabilities of clauses from examples.
    ///
    /// # Errors
    /// See [`LearnError`].
    pub fn learn(
        &self,
        examples: &[Interpretation],
        config: &LearnConfig,
        budget: &Budget,
    ) -> Result<Learned, LearnError> {
        let observed = self.observed(examples, budget)?;
        let mut probabilities = starting(self.program(), &observed, config)?;
        let free = free_heads(self.program());
        let total: f64 = observed.iter().map(|example| example.weight).sum();
        let mut log_likelihoods = Vec::new();
        loop {
            let (log_likelihood, expected) = expectations(&observed, &probabilities)?;
            let last = log_likelihoods.last().copied();
            log_likelihoods.push(log_likelihood);
            let has_converged = last.is_some_and(|last| (log_likelihood - last).abs() < config.tolerance * total);
            if has_converged || log_likelihoods.len() > config.max_iterations || budget.check_time().is_err() {
                return Ok(Learned { probabilities, log_likelihoods, has_converged });
            }
            for (clause, p) in &mut probabilities {
                let is_free = |at: usize| free.get(clause).is_none_or(|free| free.get(at).is_none_or(|free| *free));
                let mut moved: Vec<(&mut f64, f64)> = p
                    .iter_mut()
                    .zip(expected[clause].iter().copied())
                    .enumerate()
                    .filter(|(at, _)| is_free(*at))
                    .map(|(_, pair)| pair)
                    .collect();
                let sum: f64 = moved.iter().map(|(_, e)| e).sum();
                let mass: f64 = moved.iter().map(|(p, _)| **p).sum();
                match config.method {
                    // A clause that no example depends on any more stays as it is.
                    LearnMethod::ExpectationMaximisation if sum > 0.0 => {
                        moved.iter_mut().for_each(|(p, e)| **p = mass * *e / sum);
                    }
                    // Examples that were never seen move nothing.
                    LearnMethod::Gradient { rate } if mass > 0.0 && total > 0.0 => {
                        // A common shift of the logits changes nothing, so ln p serves as the logits.
                        for (p, e) in &mut moved {
                            **p = (p.ln() + rate * (*e - **p / mass * sum) / total).exp();
                        }
                        let scale: f64 = moved.iter().map(|(p, _)| **p).sum();
                        moved.iter_mut().for_each(|(p, _)| **p *= mass / scale);
                    }
                    _ => {}
                }
            }
        }
    }

    /// The gradient of the log-likelihood of the examples by the logits θ of each clause's p = softmax(θ), at the program's
    /// probabilities, with the log-likelihood itself.
    ///
    /// # Errors
    /// See [`LearnError`].
    pub fn log_likelihood_gradient(
        &self,
        examples: &[Interpretation],
        probabilities: Option<&BTreeMap<usize, Vec<f64>>>,
        budget: &Budget,
    ) -> Result<(f64, BTreeMap<usize, Vec<f64>>), LearnError> {
        let observed = self.observed(examples, budget)?;
        let start = match probabilities {
            Some(probabilities) => probabilities.clone(),
            None => starting(self.program(), &observed, &LearnConfig::default())?,
        };
        let (log_likelihood, mut expected) = expectations(&observed, &start)?;
        for (clause, expected) in &mut expected {
            let sum: f64 = expected.iter().sum();
            expected.iter_mut().zip(&start[clause]).for_each(|(e, p)| *e -= p * sum);
        }
        Ok((log_likelihood, expected))
    }

    /// Compiles each distinct example once.
    fn observed(&self, examples: &[Interpretation], budget: &Budget) -> Result<Vec<Observed>, LearnError> {
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        let mut observed: Vec<Observed> = Vec::new();
        for (example, interpretation) in examples.iter().enumerate() {
            let mut evidence = interpretation.evidence.clone();
            evidence.sort();
            let key = format!("{evidence:?} {:?}", interpretation.facts);
            if let Some(&known) = index.get(&key) {
                observed[known].weight += interpretation.weight;
                continue;
            }
            let plan = self.plan_atoms(&[], &evidence, &interpretation.facts, budget);
            let plan = plan.map_err(|error| match error {
                ReasonError::ImpossibleEvidence => LearnError::Impossible { example },
                error => LearnError::Reason { example, error },
            })?;
            for group in plan.groups() {
                let atom = match &group.kind {
                    LeafKind::Choice { .. } => continue,
                    LeafKind::Neural { network, inputs, .. } => Term::compound(network, inputs.clone()).to_string(),
                    LeafKind::Fact { atom } => atom.to_string(),
                };
                return Err(LearnError::Foreign { example, atom });
            }
            index.insert(key, observed.len());
            observed.push(Observed { example, plan, weight: interpretation.weight });
        }
        Ok(observed)
    }
}

struct Observed {
    /// The first example of this kind.
    example: usize,
    plan: Arc<Plan>,
    weight: f64,
}

/// For each clause with a `t(_)`, which of its heads are free.
fn free_heads(program: &Program) -> BTreeMap<usize, Vec<bool>> {
    let mut free: BTreeMap<usize, Vec<bool>> = BTreeMap::new();
    for head in program.uncertain_heads() {
        free.entry(head.clause).or_default().push(head.is_tunable);
    }
    free.retain(|_, heads| heads.contains(&true));
    free
}

/// The parameters to begin with, of every clause to learn.
fn starting(
    program: &Program,
    observed: &[Observed],
    config: &LearnConfig,
) -> Result<BTreeMap<usize, Vec<f64>>, LearnError> {
    let refuse = |clause: usize, reason| {
        Err(LearnError::Clause { clause, place: program.place_of(clause).map(Box::new), reason })
    };
    let free = free_heads(program);
    let n_own = program.choices().count();
    let is_wanted = |clause: &usize| match &config.clauses {
        Some(wanted) => wanted.contains(clause),
        // What a goal brings, and what the library draws, is no parameter of the program.
        None => *clause < n_own && (free.is_empty() || free.contains_key(clause)),
    };
    let mut all: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for group in observed.iter().flat_map(|example| example.plan.groups()) {
        let LeafKind::Choice { clause, probabilities, .. } = &group.kind else { continue };
        if !is_wanted(clause) {
            continue;
        }
        if all.entry(*clause).or_insert_with(|| probabilities.clone()) != probabilities {
            return refuse(*clause, "its probability is computed, and differs between ground instances");
        }
    }
    let missing = config.clauses.iter().flatten().find(|clause| !all.contains_key(clause));
    if let Some(&clause) = missing {
        return refuse(clause, "no example depends on it");
    }
    if let Start::Random(key) = config.start {
        for (clause, p) in &mut all {
            let mut drawn = key.child("start").nth_stream(*clause as u64).dirichlet(1.0, p.len());
            if let Some(free) = free.get(clause) {
                let is_free = |at: usize| free.get(at).is_none_or(|free| *free);
                let share = |values: &[f64]| -> f64 {
                    values.iter().enumerate().filter(|(at, _)| is_free(*at)).map(|(_, value)| value).sum()
                };
                let scale = share(p) / share(&drawn);
                for (at, drawn) in drawn.iter_mut().enumerate() {
                    *drawn = if is_free(at) { *drawn * scale } else { p[at] };
                }
            }
            *p = drawn;
        }
    }
    Ok(all)
}

fn apply(probabilities: &BTreeMap<usize, Vec<f64>>, plan: &Plan, weights: &mut [f64]) {
    for group in plan.groups() {
        if let LeafKind::Choice { clause, .. } = &group.kind
            && let Some(p) = probabilities.get(clause)
        {
            group.slots.clone().zip(p).for_each(|(slot, p)| weights[slot] = p.ln());
        }
    }
}

/// The log-likelihood, and for each learned clause the expected number of times that each of its classes came true.
fn expectations(
    observed: &[Observed],
    probabilities: &BTreeMap<usize, Vec<f64>>,
) -> Result<(f64, BTreeMap<usize, Vec<f64>>), LearnError> {
    let mut log_likelihood = 0.0;
    let mut expected: BTreeMap<usize, Vec<f64>> =
        probabilities.iter().map(|(&clause, p)| (clause, vec![0.0; p.len()])).collect();
    for Observed { example, plan, weight } in observed {
        let mut weights = plan.default_log_weights();
        apply(probabilities, plan, &mut weights);
        let Some(posteriors) = plan.posteriors(Given::Evidence, &weights) else {
            return Err(LearnError::Impossible { example: *example });
        };
        log_likelihood += weight * plan.log_evidence(&weights);
        for group in plan.groups() {
            if let LeafKind::Choice { clause, .. } = &group.kind
                && let Some(expected) = expected.get_mut(clause)
            {
                expected.iter_mut().zip(&posteriors[group.slots.clone()]).for_each(|(e, p)| *e += weight * p);
            }
        }
    }
    Ok((log_likelihood, expected))
}
