//! Answers with what they are worth: exact where the budget allows, else within bounds.

use std::sync::Arc;

use super::Engine;
use super::derive::{Readings, derive_within};
use super::groups::{known_or_even, leaf_groups};
use super::rounds::Rounds;
use crate::Workspace;
use crate::budget::{Budget, Limit};
use crate::circuit::Circuit;
use crate::compile::{Asked, Decomposition, Widened, Widening};
use crate::derivation::{Trimmed, Truth};
use crate::error::ReasonError;
use crate::plan::{Bounds, Certificate, Goal};
use crate::term::Term;

/// How the width of bounds grows once nothing is left to derive.
const WIDTH_GROWTH: usize = 4;
/// Bounds this close are not worth another round: rounding is not much less.
const CLOSE: f64 = 1e-12;

/// Rounds in a row that bring next to nothing, after which no more is to be expected of a budget without a deadline.
const MOST_IDLE: u32 = 6;
/// A round that closes the gap by less has brought nothing.
const PROGRESS: f64 = 0.99;

/// An answer to one of a program's queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The query, by its index in [`Program::queries`](crate::Program::queries); their number if a rule for `query/1` gave it.
    /// 0 of a single goal.
    pub query: usize,
    /// The ground answer; or the query with its variables, for all answers together that the budget was too short to list.
    pub answer: Term,
    /// P(answer | evidence), or the middle of the interval that the certificate names.
    pub probability: f64,
    /// What the probability is.
    pub certificate: Certificate,
}

impl Solution {
    /// Whether it stands for the answers that are not listed: the probability is that of at least one of them.
    pub fn is_further(&self) -> bool {
        !self.answer.is_ground()
    }
}

/// Bounds, and how far apart they are on average, the answers not listed among them.
struct Best {
    bounds: Bounds,
    gap: f64,
}

impl Engine {
    /// Derives a goal and compiles it to bounds: exact where the budget allows, and never an error for want of steps, answers,
    /// depth, nodes or time. The bounds tighten until they are exact or the budget ends, so a deadline is well spent.
    ///
    /// Answers that were not found by then are counted by [`Bounds::further`].
    ///
    /// # Errors
    /// See [`ReasonError`]; of the budget only where the program's own rules for `evidence` are not known to their end.
    pub fn bounds(&self, goal: &Goal, budget: &Budget) -> Result<Bounds, ReasonError> {
        self.bounds_in(Rounds::new(budget), goal, budget)
    }

    fn bounds_in(&self, mut rounds: Rounds, goal: &Goal, budget: &Budget) -> Result<Bounds, ReasonError> {
        let mut best: Option<Best> = None;
        let mut n_idle = 0;
        loop {
            let before = best.as_ref().map_or(f64::INFINITY, |best| best.gap);
            let is_over = || budget.check_time().is_err();
            let (was_short, was_tight, failure) = match self.round(&rounds, goal, budget, &mut best) {
                Ok(Round::Done) => break,
                Ok(Round::Open { was_short, was_tight }) => (was_short, was_tight, None),
                Err(error) if error.limit().is_none() => return Err(error),
                Err(error) => (true, true, Some(error)),
            };
            let after = best.as_ref().map_or(f64::INFINITY, |best| best.gap);
            n_idle = if after.is_finite() && after > PROGRESS * before { n_idle + 1 } else { 0 };
            let is_idle = budget.expired.is_none() && n_idle >= MOST_IDLE;
            if rounds.is_last() || is_idle || is_over() {
                match failure {
                    // What is asked is not even known.
                    Some(error) if best.is_none() && error.limit() != Some(Limit::Time) => return Err(error),
                    _ => break,
                }
            }
            rounds.next(was_short, was_tight);
        }
        Ok(best.map_or_else(|| nothing_known(goal, budget), |best| best.bounds))
    }

    /// Derives and compiles once; keeps the bounds if they are better than those before.
    fn round(
        &self,
        rounds: &Rounds,
        goal: &Goal,
        budget: &Budget,
        best: &mut Option<Best>,
    ) -> Result<Round, ReasonError> {
        let (rules, limited) = (self.rules_for(goal)?, rounds.budget());
        let evidence = self.program.evidence();
        let deterministic = self.deterministic.as_ref();
        let derived = derive_within(rules, evidence, goal, &limited, deterministic, rounds.limits())?;
        let Readings { answers, mut machine, readings, holds, is_whole, is_short } = derived;
        let roots: Vec<u32> = readings.iter().flat_map(|reading| [reading.lower, reading.upper]).collect();
        let trimmed = machine.graph.trim(&roots, &[]);
        let groups = leaf_groups(&machine, &trimmed);
        drop(machine);
        let weights: Vec<Vec<f64>> = groups.iter().map(known_or_even).collect();
        let mut pairs = trimmed.roots.chunks(2).map(|pair| [pair[0], pair[1]]);
        let mut asked = Asked { answers: pairs.by_ref().take(answers.len() + 1).collect(), evidence: Vec::new() };
        // The negation of what may hold beside the answers is not known to hold, whatever was derived.
        asked.answers[answers.len()][0] = Truth::False;
        asked.evidence = pairs.zip(holds).collect();

        let bounds_of = |circuit: Circuit, is_exact: Vec<bool>| Bounds {
            answers: answers.clone(),
            groups: groups.clone(),
            circuit: Arc::new(circuit),
            is_conditional: !asked.evidence.is_empty(),
            is_exact,
            is_derived: is_whole,
        };
        let widening = Widening::new(&trimmed);
        let mut width = rounds.width();
        let mut may_decompose = is_whole && !rounds.has_compiled();
        loop {
            let Widened { circuit, is_exact, is_tight, is_whole: had_room } =
                widening.at(&asked, &weights, width, budget);
            let bounds = bounds_of(circuit, is_exact);
            let gap = gap(&bounds, &weights);
            let is_exact = bounds.is_exact();
            if best.as_ref().is_none_or(|best| gap <= best.gap) {
                *best = Some(Best { bounds, gap });
            }
            let over = is_tight || !had_room || width >= budget.max_nodes || budget.check_time().is_err();
            if is_exact || gap <= CLOSE || (is_whole && over) {
                return Ok(Round::Done);
            }
            if over || !(is_whole || rounds.is_last()) {
                return Ok(Round::Open { was_short: is_short, was_tight: is_tight });
            }
            if std::mem::take(&mut may_decompose)
                && let Some(circuit) = decomposed(&trimmed, &asked, budget)?
            {
                let is_exact = vec![true; asked.answers.len()];
                *best = Some(Best { bounds: bounds_of(circuit, is_exact), gap: 0.0 });
                return Ok(Round::Done);
            }
            width = width.saturating_mul(WIDTH_GROWTH);
        }
    }

    /// Answers all queries of the program, given its evidence: exactly if the budget allows, else with bounds. A query whose
    /// networks would have to be asked has no probability of its own: its answers are NaN.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn solve(&self, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        let mut solutions = Vec::new();
        for (query, term) in self.asked(budget)? {
            let found = self.solve_goal(&Goal::new(term), budget)?;
            solutions.extend(found.into_iter().map(|one| Solution { query, ..one }));
        }
        Ok(solutions)
    }

    /// Answers a goal as [`solve`](Self::solve) answers each query of the program; their `query` is 0. Where the budget was
    /// too short to list all answers, a last solution stands for the others.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn solve_goal(&self, goal: &Goal, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        // Under a deadline nothing would be left for bounds after an exact attempt, and bounds end in the exact result.
        if budget.expired.is_some() {
            return self.bounded(Rounds::new(budget), goal, budget);
        }
        let plan = match self.plan(goal, budget) {
            Err(ReasonError::Budget { limit: Limit::Nodes(_) }) => {
                return self.bounded(Rounds::whole(budget), goal, budget);
            }
            Err(error) if error.limit().is_some() => return self.bounded(Rounds::new(budget), goal, budget),
            plan => plan?,
        };
        let mut ws = Workspace::new();
        let weights = plan.default_log_weights();
        let known = weights.iter().all(|weight| !weight.is_nan());
        if known {
            plan.forward_f64(&weights, &mut ws);
            if ws.log_evidence(0) == f64::NEG_INFINITY {
                return Err(self.located(ReasonError::ImpossibleEvidence));
            }
        }
        let probability = |index| if known { ws.log_prob(index, 0).exp() } else { f64::NAN };
        let answers = plan.answers().iter().enumerate();
        Ok(answers.map(|(index, answer)| solution(answer, (probability(index), Certificate::Exact))).collect())
    }

    fn bounded(&self, rounds: Rounds, goal: &Goal, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        let bounds = self.bounds_in(rounds, goal, budget)?;
        let mut ws = Workspace::new();
        let weights = bounds.default_log_weights();
        let unknown = (f64::NAN, Certificate::Bounds { lower: 0.0, upper: 1.0 });
        let is_known = weights.iter().all(|weight| !weight.is_nan());
        let (values, further) = match is_known {
            true => (bounds.evaluate(&weights, &mut ws), bounds.further(&weights, &mut ws)),
            false => (vec![unknown; bounds.answers().len()], if bounds.is_derived() { 0.0 } else { f64::NAN }),
        };
        if is_known && (values.iter().any(|(probability, _)| probability.is_nan()) || further.is_nan()) {
            return Err(self.located(ReasonError::ImpossibleEvidence));
        }
        let mut solutions: Vec<Solution> =
            bounds.answers().iter().zip(values).map(|(answer, value)| solution(answer, value)).collect();
        if further != 0.0 && !goal.query.is_ground() {
            let upper = if further.is_nan() { 1.0 } else { further };
            solutions.push(solution(&goal.query, (0.5 * further, Certificate::Bounds { lower: 0.0, upper })));
        }
        Ok(solutions)
    }
}

/// How a round ended.
enum Round {
    /// Another would bring nothing.
    Done,
    Open {
        was_short: bool,
        was_tight: bool,
    },
}

/// The share of a budget's nodes that an exact circuit may take while there are no good bounds yet.
const DECOMPOSED_SHARE: usize = 8;

/// An exact circuit along a tree decomposition, if the graph is narrow.
fn decomposed(graph: &Trimmed, asked: &Asked, budget: &Budget) -> Result<Option<Circuit>, ReasonError> {
    let evidence = asked.evidence.iter().map(|&([truth, _], holds)| (truth, holds)).collect();
    let graph = graph.asked(asked.answers.iter().map(|&[_, truth]| truth).collect(), evidence);
    let Some(decomposition) = Decomposition::new(&graph)? else { return Ok(None) };
    let within = Budget { max_nodes: budget.max_nodes / DECOMPOSED_SHARE, ..budget.clone() };
    match decomposition.exact_bounds(&graph.roots, &within) {
        Err(error) if error.limit().is_some() => Ok(None),
        circuit => circuit.map(Some),
    }
}

fn solution(answer: &Term, (probability, certificate): (f64, Certificate)) -> Solution {
    Solution { query: 0, answer: answer.clone(), probability, certificate }
}

/// The mean width of the intervals under the weights that are known, the answers not listed among them.
fn gap(bounds: &Bounds, weights: &[Vec<f64>]) -> f64 {
    let mut ws = Workspace::new();
    let weights: Vec<f64> = weights.iter().flatten().map(|weight| weight.ln()).collect();
    let widths = bounds.evaluate(&weights, &mut ws).iter().map(|(_, certificate)| certificate.width()).sum::<f64>();
    let further = bounds.further(&weights, &mut ws);
    (widths + if further.is_nan() { 1.0 } else { further }) / (bounds.answers().len() + 1) as f64
}

/// Bounds without anything derived: a query without variables may hold, others may have answers.
fn nothing_known(goal: &Goal, budget: &Budget) -> Bounds {
    let answers = if goal.query.is_ground() { vec![goal.query.clone()] } else { Vec::new() };
    let further = if goal.query.is_ground() { [Truth::False; 2] } else { [Truth::False, Truth::True] };
    let all = answers.iter().map(|_| [Truth::False, Truth::True]).chain([further]).collect();
    let asked = Asked { answers: all, evidence: Vec::new() };
    let graph = Trimmed::default();
    let Widened { circuit, is_exact, .. } = Widening::new(&graph).at(&asked, &[], 1, budget);
    let (groups, circuit) = (Vec::new(), Arc::new(circuit));
    Bounds { answers, groups, circuit, is_conditional: false, is_exact, is_derived: false }
}
