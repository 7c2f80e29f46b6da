//! The facts of a program that may change, and what a change does to its clauses.
//!
//! A *leaf* is a fact with a random variable of its own: its probability, 0 and 1 included, is a weight, so that neither a change
//! of it nor taking the fact away and putting it back touches a clause. Uncertain facts are leaves, and certain ones of dynamic
//! predicates. Other certain facts are *fixed*: they leave no trace in a derivation, and a change of them is a change of clauses. So
//! are facts below a goal about all answers, whose lists would otherwise have one value for each set of them.

use crate::engine::bindings::Bindings;
use crate::engine::builtins::evaluate;
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};
use crate::program::Program;
use crate::rules::library;
use crate::rules::{Choice, Code, Emits, Lowering, RuleSet};
use crate::span::Source;
use crate::store::TermId;
use crate::term::Term;

/// Every fact, by its ground atom.
pub(super) struct Facts {
    known: FastMap<TermId, Fact>,
    dynamic: FastSet<u32>,
    observed: Observed,
    /// What new clauses are said to come from.
    source: u32,
}

struct Fact {
    /// Several where the program states an atom more than once.
    rules: Vec<u32>,
    predicate: u32,
    form: Form,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Leaf { probability: f64, is_there: bool },
    Fixed { probability: f64 },
}

/// The predicates below goals about all answers, and below what a program states of its own queries and evidence.
enum Observed {
    These(FastSet<u32>),
    /// Some such goal is known only when it is reached.
    All,
}

/// What a change amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// The probability of a leaf, by its atom.
    Weight(TermId),
    /// Clauses with this head, by its predicate.
    Clauses(u32, TermId),
}

impl Facts {
    /// Finds the facts of a program and makes leaves of those that can be.
    pub(super) fn new(rules: &mut RuleSet, program: &Program) -> Self {
        let source = rules.add_source(Source::new("a change of facts", ""));
        let dynamic = program.dynamic().iter().filter_map(|(name, arity)| rules.find(name, *arity)).collect();
        let mut facts = Self { known: FastMap::default(), dynamic, observed: Observed::All, source };
        let own: FastSet<u32> = rules.own().into_iter().map(|(id, _)| id).collect();
        for id in 0..rules.rules.len() as u32 {
            let rule = &rules.rules[id as usize];
            if !rule.goals.is_empty() || rule.n_vars > 0 || !own.contains(&rule.predicate) {
                continue;
            }
            let Some(probability) = stated(rules, id) else { continue };
            let (head, predicate) = (rule.head, rule.predicate);
            let fact = facts.known.entry(head).or_insert(Fact {
                rules: Vec::new(),
                predicate,
                form: Form::Fixed { probability },
            });
            fact.rules.push(id);
        }
        facts.release(rules);
        facts
    }

    /// The probability of a leaf, 0 where it is not there; none of other atoms.
    pub(super) fn weight(&self, atom: TermId) -> Option<f64> {
        match self.known.get(&atom)?.form {
            Form::Leaf { probability, is_there } => Some(if is_there { probability } else { 0.0 }),
            Form::Fixed { .. } => None,
        }
    }

    pub(super) fn is_there(&self, atom: TermId) -> bool {
        self.known.get(&atom).is_some_and(|fact| !matches!(fact.form, Form::Leaf { is_there: false, .. }))
    }

    /// Makes a fact hold with a probability, whatever it was before.
    pub(super) fn insert(
        &mut self,
        rules: &mut RuleSet,
        (predicate, head): (u32, TermId),
        atom: &Term,
        probability: f64,
    ) -> Result<Effect, ReasonError> {
        if let Some(fact) = self.known.get_mut(&head) {
            if let Form::Leaf { .. } = fact.form {
                let now = Form::Leaf { probability, is_there: true };
                let before = std::mem::replace(&mut fact.form, now);
                return Ok(if before == now { Effect::None } else { Effect::Weight(head) });
            }
            if fact.form == (Form::Fixed { probability }) && fact.rules.len() == 1 {
                return Ok(Effect::None);
            }
        }
        let form = match is_leaf(&self.observed, &self.dynamic, predicate, probability) {
            true => Form::Leaf { probability, is_there: true },
            false => Form::Fixed { probability },
        };
        self.set(rules, predicate, head, atom, form)?;
        Ok(Effect::Clauses(predicate, head))
    }

    /// Takes a fact away.
    pub(super) fn delete(&mut self, rules: &mut RuleSet, head: TermId) -> Effect {
        match self.known.get_mut(&head) {
            Some(Fact { form: Form::Leaf { is_there, .. }, .. }) => {
                if std::mem::replace(is_there, false) {
                    Effect::Weight(head)
                } else {
                    Effect::None
                }
            }
            Some(_) => match self.known.remove(&head) {
                Some(fact) => {
                    fact.rules.into_iter().for_each(|rule| rules.remove(rule));
                    Effect::Clauses(fact.predicate, head)
                }
                None => Effect::None,
            },
            None => Effect::None,
        }
    }

    /// Looks for goals about all answers again, after clauses were added, and fixes the leaves below them; what changed.
    pub(super) fn observe(&mut self, rules: &mut RuleSet) -> Result<Vec<(u32, TermId)>, ReasonError> {
        self.observed = observed(rules);
        self.refix(rules)
    }

    /// Fixes every leaf, from now on; what changed.
    pub(super) fn fix_all(&mut self, rules: &mut RuleSet) -> Result<Vec<(u32, TermId)>, ReasonError> {
        self.observed = Observed::All;
        self.refix(rules)
    }

    /// Makes leaves again of what can be one.
    pub(super) fn release(&mut self, rules: &mut RuleSet) {
        self.observed = observed(rules);
        for (&head, fact) in &mut self.known {
            if let Form::Fixed { probability } = fact.form
                && let [rule] = *fact.rules
                && is_leaf(&self.observed, &self.dynamic, fact.predicate, probability)
            {
                fact.form = Form::Leaf { probability, is_there: true };
                rules.set_choice(rule, Some(Choice::Open { atom: head }));
            }
        }
    }

    pub(super) fn has_leaves(&self) -> bool {
        self.known.values().any(|fact| matches!(fact.form, Form::Leaf { .. }))
    }

    /// Drops the clauses of leaves that are not there.
    pub(super) fn sweep(&mut self, rules: &mut RuleSet) {
        self.known.retain(|_, fact| {
            let is_gone = matches!(fact.form, Form::Leaf { is_there: false, .. });
            if is_gone {
                fact.rules.iter().for_each(|&rule| rules.remove(rule));
            }
            !is_gone
        });
    }

    fn refix(&mut self, rules: &mut RuleSet) -> Result<Vec<(u32, TermId)>, ReasonError> {
        let wrong = |(&head, fact): (&TermId, &Fact)| match fact.form {
            Form::Leaf { probability, is_there } if !self.observed.may_be_leaf(fact.predicate) => {
                Some((head, fact.predicate, is_there.then_some(probability)))
            }
            _ => None,
        };
        let mut wrong: Vec<(TermId, u32, Option<f64>)> = self.known.iter().filter_map(wrong).collect();
        wrong.sort_unstable_by_key(|&(head, ..)| head);
        for &(head, predicate, probability) in &wrong {
            match probability {
                Some(probability) => {
                    let atom = rules.store.export(head, &|index| format!("_{index}").into());
                    self.set(rules, predicate, head, &atom, Form::Fixed { probability })?;
                }
                None => {
                    let fact = self.known.remove(&head);
                    fact.into_iter().flat_map(|fact| fact.rules).for_each(|rule| rules.remove(rule));
                }
            }
        }
        Ok(wrong.into_iter().map(|(head, predicate, _)| (predicate, head)).collect())
    }

    /// Makes one clause of a fact: the first that it has, in its place, or a new one behind all others.
    fn set(
        &mut self,
        rules: &mut RuleSet,
        predicate: u32,
        head: TermId,
        atom: &Term,
        form: Form,
    ) -> Result<(), ReasonError> {
        let known = self.known.remove(&head).map(|fact| fact.rules).unwrap_or_default();
        known.iter().skip(1).for_each(|&rule| rules.remove(rule));
        let rule = match known.first() {
            Some(&rule) => rule,
            None => {
                Lowering::new(rules, self.source).fact(None, atom)?;
                rules.rules.len() as u32 - 1
            }
        };
        let choice = match form {
            Form::Leaf { .. } => Some(Choice::Open { atom: head }),
            Form::Fixed { probability: 1.0 } => None,
            Form::Fixed { probability } => {
                // It is ground: nothing tells instances apart.
                let weights = vec![rules.store.float(probability)];
                Some(Choice::Disjunction { weights, heads: vec![head], instance: Vec::new() })
            }
        };
        rules.set_choice(rule, choice);
        self.known.insert(head, Fact { rules: vec![rule], predicate, form });
        Ok(())
    }
}

impl Observed {
    fn may_be_leaf(&self, predicate: u32) -> bool {
        match self {
            Observed::These(predicates) => !predicates.contains(&predicate),
            Observed::All => false,
        }
    }
}

fn is_leaf(observed: &Observed, dynamic: &FastSet<u32>, predicate: u32, probability: f64) -> bool {
    observed.may_be_leaf(predicate) && (probability < 1.0 || dynamic.contains(&predicate))
}

/// The probability of a rule that is a fact with a number for it.
fn stated(rules: &RuleSet, rule: u32) -> Option<f64> {
    match rules.rules[rule as usize].emits {
        Emits::Nothing => Some(1.0),
        Emits::Classes { .. } => None,
        Emits::Head { choice, .. } => match &*rules.choices[choice as usize] {
            Choice::Disjunction { weights, heads, .. } if heads.len() == 1 => {
                let value = evaluate(&rules.store, &Bindings::default(), weights[0]).ok()??.as_f64();
                (0.0..=1.0).contains(&value).then_some(value)
            }
            _ => None,
        },
    }
}

fn observed(rules: &RuleSet) -> Observed {
    let own = (library::rules().rules.len()..rules.rules.len()).map(|rule| rules.rules[rule].predicate);
    let mut lists: Vec<u32> = Vec::new();
    for (name, arity) in [("evidence", 1), ("evidence", 2), ("query", 1)] {
        lists.extend(rules.find(name, arity).filter(|_| rules.is_own(name, arity)));
    }
    for predicate in below(rules, own) {
        lists.extend(goals(rules, predicate).filter_map(|code| match code {
            Code::Collect(_, predicate) => Some(predicate),
            _ => None,
        }));
    }
    let found = below(rules, lists);
    let is_dynamic =
        |predicate: &u32| goals(rules, *predicate).any(|code| matches!(code, Code::Dynamic | Code::FirstArguments));
    if found.iter().any(is_dynamic) { Observed::All } else { Observed::These(found) }
}

/// Some predicates and all that their clauses call by name.
fn below(rules: &RuleSet, predicates: impl IntoIterator<Item = u32>) -> FastSet<u32> {
    let mut pending: Vec<u32> = predicates.into_iter().collect();
    let mut found: FastSet<u32> = FastSet::default();
    while let Some(predicate) = pending.pop() {
        if found.insert(predicate) {
            pending.extend(goals(rules, predicate).filter_map(|code| match code {
                Code::Call(next) | Code::Not(next) | Code::Shortcut(next) | Code::Collect(_, next) => Some(next),
                Code::Dynamic | Code::FirstArguments | Code::Builtin | Code::Fail => None,
            }));
        }
    }
    found
}

fn goals(rules: &RuleSet, predicate: u32) -> impl Iterator<Item = Code> {
    let clauses = rules.clauses_of(predicate).iter();
    clauses.flat_map(|&rule| &rules.rules[rule as usize].goals).map(|goal| goal.code)
}
