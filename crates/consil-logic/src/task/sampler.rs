//! Estimates from sampled worlds, without any circuit.

use consil_random::Key;

use super::sample::pick;
use crate::budget::Budget;
use crate::compile::Independence;
use crate::derivation::{Trimmed, Truth};
use crate::engine::Engine;
use crate::error::ReasonError;
use crate::leaf::LeafGroup;
use crate::plan::{Certificate, Goal, default_log_weights};
use crate::provenance::{Boolean, graph};
use crate::term::Term;

/// How many worlds to draw, and how sure the interval is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingConfig {
    /// Worlds to draw; those that contradict the evidence are thrown away.
    pub n_samples: u64,
    /// The probability, at least, that an interval covers the truth.
    pub confidence: f64,
}

impl Default for SamplingConfig {
    fn default() -> Self {
        Self { n_samples: 10_000, confidence: 0.95 }
    }
}

/// A derived goal that is not compiled: its answers are estimated. For goals whose circuit would be too large and whose
/// bounds are too wide; a rare answer, or rare evidence, needs many samples.
pub struct Sampler {
    pub(crate) answers: Vec<Term>,
    pub(crate) groups: Vec<LeafGroup>,
    pub(crate) graph: Trimmed,
}

impl Engine {
    /// Derives a goal for sampling, without compiling it.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn sampler(&self, goal: &Goal, budget: &Budget) -> Result<Sampler, ReasonError> {
        let (answers, groups, graph) = self.derive_graph(goal, budget)?;
        Ok(Sampler { answers, groups, graph })
    }
}

impl Sampler {
    /// The ground instances of the query that can be true, in the standard order.
    pub fn answers(&self) -> &[Term] {
        &self.answers
    }

    /// The random variables, as in a [`Plan`](crate::Plan).
    pub fn groups(&self) -> &[LeafGroup] {
        &self.groups
    }

    /// The log weights that the program itself knows, as [`Plan::default_log_weights`](crate::Plan::default_log_weights).
    pub fn default_log_weights(&self) -> Vec<f64> {
        default_log_weights(&self.groups, self.graph.slot_groups.len())
    }

    /// For each answer the share of worlds, of those that agree with the evidence, in which it holds, with its interval: all
    /// probabilities q with n · KL(share ‖ q) ≤ ln(2 / (1 − confidence)), which covers the truth at least that often
    /// (Chernoff's bound; Langford, "Tutorial on practical prediction theory for classification", JMLR 2005, corollary 3.7).
    /// NaN, and an interval of everything, if no world agrees. Sampling stops early when the budget's time is over.
    ///
    /// # Panics
    /// If `log_weights` has another length than the slots, or the confidence is not between 0 and 1.
    pub fn estimate(
        &self,
        log_weights: &[f64],
        config: &SamplingConfig,
        key: Key,
        budget: &Budget,
    ) -> Vec<(f64, Certificate)> {
        assert_eq!(log_weights.len(), self.graph.slot_groups.len(), "the log weights of one sample");
        assert!(config.confidence > 0.0 && config.confidence < 1.0, "a confidence lies between 0 and 1");
        let independence = Independence::of(&self.graph);
        let mut world = Boolean { holds: vec![false; log_weights.len()] };
        let mut hits = vec![0u64; self.answers.len()];
        let mut n_accepted = 0;
        for draw in 0..config.n_samples {
            if draw % 64 == 63 && budget.check_time().is_err() {
                break;
            }
            let mut stream = key.nth_stream(draw);
            world.holds.fill(false);
            for group in &self.groups {
                world.holds[group.slots.start + pick(&log_weights[group.slots.clone()], &mut stream)] = true;
            }
            let values = graph(&self.graph, &independence, &world);
            let holds = |truth: Truth| match truth {
                Truth::False => false,
                Truth::True => true,
                Truth::Node(or) => values[or as usize],
            };
            if self.graph.evidence.iter().all(|&(truth, observed)| holds(truth) == observed) {
                n_accepted += 1;
                for (hits, &root) in hits.iter_mut().zip(&self.graph.roots) {
                    *hits += u64::from(holds(root));
                }
            }
        }
        hits.into_iter().map(|hits| interval(hits, n_accepted, config.confidence)).collect()
    }
}

fn interval(hits: u64, n: u64, confidence: f64) -> (f64, Certificate) {
    if n == 0 {
        return (f64::NAN, Certificate::Estimate { lower: 0.0, upper: 1.0, confidence, n_samples: 0 });
    }
    let share = hits as f64 / n as f64;
    let limit = (2.0 / (1.0 - confidence)).ln() / n as f64;
    let edge = |far: f64| {
        // The divergence grows from the share to either end of [0, 1]; halve until the doubles run out.
        let (mut near, mut far) = (share, far);
        for _ in 0..60 {
            let middle = 0.5 * (near + far);
            if divergence(share, middle) <= limit { near = middle } else { far = middle }
        }
        far
    };
    let certificate = Certificate::Estimate { lower: edge(0.0), upper: edge(1.0), confidence, n_samples: n };
    (share, certificate)
}

/// The Kullback–Leibler divergence of two coins.
fn divergence(p: f64, q: f64) -> f64 {
    let part = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q).ln() };
    part(p, q) + part(1.0 - p, 1.0 - q)
}
