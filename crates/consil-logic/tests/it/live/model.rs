//! The changed program as a text, read and solved anew at every step.

use std::fmt;

use consil_logic::{Budget, Change, Engine, Goal, LiveEngine, Program, ReasonError, Term, Update, Workspace};
use proptest::prelude::*;

use crate::worlds::generate::Case;

/// Both ways round a few dozen doubles.
const TOLERANCE: f64 = 1e-9;

/// A change by the number of an atom; probabilities in percent.
#[derive(Clone, Debug)]
pub enum Step {
    Insert(usize, u32),
    Delete(usize),
    Reweigh(usize, u32),
    Observe(usize, bool),
    Forget(usize),
}

/// A program as lines, of which the facts about some atoms change.
pub struct Model {
    atoms: Vec<String>,
    dynamic: Vec<String>,
    rules: Vec<String>,
    /// Atom and probability; an atom may stand here more than once until it is changed.
    facts: Vec<(usize, String)>,
    evidence: Vec<(String, bool)>,
}

impl Model {
    pub fn new(case: &Case, atoms: Vec<String>, dynamic: Vec<String>) -> Self {
        let text = Case { evidence: Vec::new(), ..case.clone() }.to_string();
        Self { evidence: case.evidence.clone(), ..Self::of_text(&text, atoms, dynamic) }
    }

    /// One clause, or several facts, in each line.
    pub fn of_text(text: &str, atoms: Vec<String>, dynamic: Vec<String>) -> Self {
        let mut model = Self { atoms, dynamic, rules: Vec::new(), facts: Vec::new(), evidence: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let is_rule = line.contains(":-") || line.contains(';');
            let clauses: Vec<&str> = if is_rule { vec![line] } else { line.split_inclusive(". ").collect() };
            for clause in clauses {
                let clause = clause.trim().trim_end_matches('.');
                let (probability, atom) = clause.split_once("::").unwrap_or(("1.0", clause));
                match model.atoms.iter().position(|other| other == atom).filter(|_| !is_rule) {
                    Some(at) => model.facts.push((at, probability.to_owned())),
                    None => model.rules.push(format!("{clause}.")),
                }
            }
        }
        model
    }

    /// Makes a change; none if the step is one only where the fact is there.
    pub fn make(&mut self, step: &Step) -> Option<Change> {
        let term = |at: usize| self.atoms[at].parse::<Term>().unwrap();
        match *step {
            Step::Insert(at, percent) => {
                let p = f64::from(percent) / 100.0;
                let change = Change::Insert(match percent {
                    100 => term(at),
                    _ => Term::compound("::", vec![Term::Float(p), term(at)]),
                });
                if !self.set(at, p) {
                    self.facts.push((at, format!("{p:?}")));
                }
                Some(change)
            }
            Step::Delete(at) => {
                let change = Change::Delete(term(at));
                self.facts.retain(|(other, _)| *other != at);
                Some(change)
            }
            Step::Reweigh(at, percent) => {
                let p = f64::from(percent) / 100.0;
                let change = Change::Reweigh(term(at), p);
                self.set(at, p).then_some(change)
            }
            Step::Observe(at, holds) => {
                self.evidence.retain(|(other, _)| *other != self.atoms[at]);
                self.evidence.push((self.atoms[at].clone(), holds));
                Some(Change::Observe(term(at), holds))
            }
            Step::Forget(at) => {
                self.evidence.retain(|(other, _)| *other != self.atoms[at]);
                Some(Change::Forget(term(at)))
            }
        }
    }

    /// Gives a fact another probability in its place, if it is there.
    fn set(&mut self, at: usize, p: f64) -> bool {
        let Some(place) = self.facts.iter().position(|(other, _)| *other == at) else { return false };
        self.facts[place].1 = format!("{p:?}");
        let mut seen = false;
        self.facts.retain(|(other, _)| *other != at || !std::mem::replace(&mut seen, true));
        true
    }

    /// Compares with the program as it is now.
    pub fn check(
        &self,
        live: &LiveEngine,
        outcome: Result<Update, ReasonError>,
        queries: &[String],
    ) -> Result<(), TestCaseError> {
        let text = self.to_string();
        let fail = |message: String| TestCaseError::fail(format!("{message}\n{text}"));
        let program = Program::parse("anew.pl", &text).map_err(|error| fail(error.to_string()))?;
        let engine = Engine::new(program).map_err(|error| fail(error.to_string()))?;
        let mut ws = Workspace::new();
        for written in queries {
            let plan = match engine.plan(&Goal::new(written.parse().unwrap()), &Budget::default()) {
                Ok(plan) => plan,
                Err(error) => {
                    // What one query cannot have, none is given here.
                    let got = outcome.as_ref().err().map(|error| error.root().to_string());
                    // The text read anew has places, a fact that changed has none.
                    prop_assert_eq!(got, Some(error.root().to_string()), "{}", text);
                    return Ok(());
                }
            };
            plan.forward_f64(&plan.default_log_weights(), &mut ws);
            if ws.log_evidence(0) == f64::NEG_INFINITY {
                prop_assert!(matches!(outcome, Err(ReasonError::ImpossibleEvidence)), "{:?}\n{}", outcome, text);
                return Ok(());
            }
        }
        if let Err(error) = outcome {
            return Err(fail(format!("{error}")));
        }
        for (query, written) in queries.iter().enumerate() {
            let plan = engine.plan(&Goal::new(written.parse().unwrap()), &Budget::default()).unwrap();
            plan.forward_f64(&plan.default_log_weights(), &mut ws);
            let mut n_possible = 0;
            for (index, answer) in plan.answers().iter().enumerate() {
                let expected = ws.log_prob(index, 0).exp();
                n_possible += usize::from(expected > TOLERANCE);
                let got = live.probability(query, answer).ok_or_else(|| fail("out of date".to_owned()))?;
                prop_assert!((got - expected).abs() < TOLERANCE, "{answer}: {got} for {expected}\n{text}");
            }
            let possible = live.answers(query).unwrap().filter(|(_, probability)| *probability > TOLERANCE);
            prop_assert_eq!(possible.count(), n_possible, "{}\n{}", written, text);
        }
        Ok(())
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dynamic.iter().try_for_each(|name| writeln!(f, ":- dynamic {name}."))?;
        // A predicate may lose all its facts.
        writeln!(f, ":- unknown(fail).")?;
        self.rules.iter().try_for_each(|rule| writeln!(f, "{rule}"))?;
        for (atom, probability) in &self.facts {
            let atom = &self.atoms[*atom];
            match probability.as_str() {
                "1.0" => writeln!(f, "{atom}.")?,
                _ => writeln!(f, "{probability}::{atom}.")?,
            }
        }
        self.evidence.iter().try_for_each(|(atom, holds)| writeln!(f, "evidence({atom}, {holds})."))
    }
}
