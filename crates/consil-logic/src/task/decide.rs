//! Decisions that maximise an expected utility.

use super::relaxed::Relaxed;
use crate::budget::Budget;
use crate::circuit::Workspace;
use crate::engine::Engine;
use crate::error::ReasonError;
use crate::leaf::{LeafGroup, LeafKind};
use crate::plan::{Certificate, Plan};
use crate::term::Term;

/// What can be decided and what it is worth (DTProbLog; Van den Broeck et al., "DTProbLog: a decision-theoretic probabilistic
/// Prolog", AAAI 2010).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionProblem {
    /// Ground atoms that hold or not as we like, beside the program's own `?::atom`; their predicates are declared with
    /// `:- dynamic`.
    pub decisions: Vec<Term>,
    /// Ground atoms, or `\+ atom`, and what it is worth if they hold. The program's own `utility(atom, value)` are added.
    pub utilities: Vec<(Term, f64)>,
    /// Observations, added to the program's own evidence.
    pub evidence: Vec<(Term, bool)>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The atom.
    pub atom: Term,
    /// Whether it is to hold. One that makes no difference is not taken.
    pub holds: bool,
}

/// What comes of a strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The atom that something is worth, or `\+ atom`.
    pub atom: Term,
    /// What it is worth if it holds.
    pub utility: f64,
    /// P(atom | decisions, evidence).
    pub probability: f64,
}

/// What to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Strategy {
    /// The decisions, in the order of the problem; then the program's own, in the standard order, as far as a utility depends
    /// on them.
    pub decisions: Vec<Decision>,
    /// Σ utility · P(atom | decisions, evidence).
    pub expected_utility: f64,
    /// The summands, in the order of the problem.
    pub outcomes: Vec<Outcome>,
    /// Exact if no other strategy is better; else the interval that the largest expected utility lies in.
    pub certificate: Certificate,
}

impl Engine {
    /// The decisions with the largest expected utility, by branch and bound over compiled utilities. The budget's steps are
    /// passes over the circuit; when they or the time end, the best found so far with bounds.
    ///
    /// # Errors
    /// See [`ReasonError`]; a utility that depends on chance in its value, or on a network, is a bad goal.
    pub fn decide(&self, problem: &DecisionProblem, budget: &Budget) -> Result<Strategy, ReasonError> {
        let mut utilities = problem.utilities.clone();
        utilities.extend(self.utilities(budget)?);
        let atoms: Vec<Term> = utilities.iter().map(|(atom, _)| positive(atom).0.clone()).collect();
        let facts: Vec<Term> = problem
            .decisions
            .iter()
            .map(|atom| Term::compound("::", vec![Term::Var("_".into()), atom.clone()]))
            .collect();
        let plan = self.plan_atoms(&atoms, &problem.evidence, &facts, budget)?;
        let mut log_weights = plan.default_log_weights();
        let mut atoms_to_decide = problem.decisions.clone();
        let mut own: Vec<Term> = plan.groups.iter().filter_map(open_atom).cloned().collect();
        own.retain(|atom| !atoms_to_decide.contains(atom));
        own.sort();
        atoms_to_decide.extend(own);
        let mut group_of: Vec<Option<usize>> = vec![None; atoms_to_decide.len()];
        for (index, group) in plan.groups.iter().enumerate() {
            if let Some(decision) = atoms_to_decide.iter().position(|other| Some(other) == open_atom(group)) {
                group_of[decision] = Some(index);
                group.slots.clone().for_each(|slot| log_weights[slot] = 0.0);
            }
        }
        if log_weights.iter().any(|weight| weight.is_nan()) {
            let term = atoms.first().map_or_else(String::new, Term::to_string);
            return Err(ReasonError::BadGoal { term, what: "a utility", reason: "it depends on a network".into() });
        }
        let groups: Vec<usize> = group_of.iter().flatten().copied().collect();
        let values: Vec<(usize, bool, f64)> = utilities
            .iter()
            .map(|(atom, value)| {
                let (atom, holds) = positive(atom);
                (plan.find_answer(atom).expect("every atom is an answer"), holds, *value)
            })
            .collect();
        let relaxed = Relaxed::new(&plan, &groups, &log_weights);
        let mut search = Search {
            plan: &plan,
            groups: &groups,
            values: &values,
            relaxed,
            budget,
            steps: 0,
            best: None,
            missed: f64::NEG_INFINITY,
        };
        let bound = search.bound(0);
        search.branch(bound, &mut Vec::new(), &log_weights);
        let Search { best, missed, .. } = search;
        let Some((chosen, expected_utility)) = best else { return Err(ReasonError::ImpossibleEvidence) };
        let certificate = if missed > expected_utility {
            Certificate::Bounds { lower: expected_utility, upper: missed }
        } else {
            Certificate::Exact
        };
        let taken = |group: Option<usize>| {
            group.is_some_and(|group| {
                let at = groups.iter().position(|other| *other == group).expect("it is one of the groups");
                chosen[at] == 0
            })
        };
        let decisions = atoms_to_decide.into_iter().zip(group_of);
        let decisions = decisions.map(|(atom, group)| Decision { atom, holds: taken(group) }).collect();
        for (&group, &class) in groups.iter().zip(&chosen) {
            for (index, slot) in plan.groups[group].slots.clone().enumerate() {
                log_weights[slot] = if index == class { 0.0 } else { f64::NEG_INFINITY };
            }
        }
        let mut ws = Workspace::new();
        plan.forward_f64(&log_weights, &mut ws);
        let outcomes = utilities.into_iter().zip(&values).map(|((atom, utility), &(answer, holds, _))| {
            let probability = ws.log_prob(answer, 0).exp();
            Outcome { atom, utility, probability: if holds { probability } else { 1.0 - probability } }
        });
        Ok(Strategy { decisions, expected_utility, outcomes: outcomes.collect(), certificate })
    }

    /// The program's `utility(atom, value)`.
    fn utilities(&self, budget: &Budget) -> Result<Vec<(Term, f64)>, ReasonError> {
        let query = Term::compound("utility", vec![Term::Var("Atom".into()), Term::Var("Value".into())]);
        let plan = match self.plan(&crate::plan::Goal::new(query), budget) {
            Err(ReasonError::UnknownPredicate { .. }) => return Ok(Vec::new()),
            plan => plan?,
        };
        plan.answers()
            .iter()
            .enumerate()
            .map(|(answer, term)| {
                let bad = |reason: &'static str| ReasonError::BadGoal {
                    term: term.to_string(),
                    what: "a utility",
                    reason: reason.into(),
                };
                let Some((_, [atom, value])) = term.functor() else { return Err(bad("it has not two arguments")) };
                let value = match value {
                    Term::Int(value) => *value as f64,
                    Term::Float(value) => *value,
                    _ => return Err(bad("its value is no number")),
                };
                if !plan.is_certain(answer) {
                    return Err(bad("it is itself uncertain"));
                }
                Ok((atom.clone(), value))
            })
            .collect()
    }
}

/// The atom of an open fact or a decision.
fn open_atom(group: &LeafGroup) -> Option<&Term> {
    match &group.kind {
        LeafKind::Fact { atom } => Some(atom),
        _ => None,
    }
}

fn positive(atom: &Term) -> (&Term, bool) {
    match atom.args_of::<1>("\\+") {
        Some([inner]) => (inner, false),
        None => (atom, true),
    }
}

struct Search<'a> {
    plan: &'a Plan,
    groups: &'a [usize],
    /// Answer, whether it must hold, utility.
    values: &'a [(usize, bool, f64)],
    relaxed: Relaxed<'a>,
    budget: &'a Budget,
    steps: u64,
    best: Option<(Vec<usize>, f64)>,
    missed: f64,
}

impl Search<'_> {
    /// An upper bound on the expected utility with the first `n_fixed` decisions fixed; the value itself if all are.
    fn bound(&mut self, n_fixed: usize) -> f64 {
        self.steps += 1;
        let circuit = &self.plan.circuit;
        let most = self.relaxed.at_most();
        let fixed = &self.groups[..n_fixed];
        let least = if n_fixed == self.groups.len() {
            most.clone()
        } else {
            self.relaxed.at_least(&|group| fixed.contains(&group))
        };
        let (evidence_most, evidence_least) = match circuit.evidence() {
            Some(row) => (most[row as usize], least[row as usize]),
            None => (0.0, 0.0),
        };
        if evidence_most == f64::NEG_INFINITY {
            return f64::NEG_INFINITY;
        }
        let ratio = |joint: f64, evidence: f64, unknown: f64| {
            if evidence == f64::NEG_INFINITY { unknown } else { (joint - evidence).exp().clamp(0.0, 1.0) }
        };
        let term = |&(answer, holds, value): &(usize, bool, f64)| {
            let row = circuit.root(answer) as usize;
            let upper = ratio(most[row], evidence_least, 1.0);
            let lower = ratio(least[row], evidence_most, 0.0);
            let (lower, upper) = if holds { (lower, upper) } else { (1.0 - upper, 1.0 - lower) };
            value * if value > 0.0 { upper } else { lower }
        };
        self.values.iter().map(term).sum()
    }

    fn branch(&mut self, bound: f64, fixed: &mut Vec<usize>, log_weights: &[f64]) {
        if bound == f64::NEG_INFINITY || self.best.as_ref().is_some_and(|(_, best)| *best >= bound) {
            return;
        }
        if fixed.len() == self.groups.len() {
            self.best = Some((fixed.clone(), bound));
            return;
        }
        if self.best.is_some() && (self.steps > self.budget.max_steps || self.budget.check_time().is_err()) {
            self.missed = self.missed.max(bound);
            return;
        }
        let group = self.groups[fixed.len()];
        let slots = self.plan.groups[group].slots.clone();
        // Not taking it comes first among equals.
        let mut children: Vec<(usize, f64)> = Vec::new();
        for class in [1, 0] {
            self.relaxed.fix(group, slots.start + class);
            children.push((class, self.bound(fixed.len() + 1)));
        }
        children.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (class, bound) in children {
            self.relaxed.fix(group, slots.start + class);
            fixed.push(class);
            self.branch(bound, fixed, log_weights);
            fixed.pop();
        }
        self.relaxed.free(group, log_weights);
    }
}
