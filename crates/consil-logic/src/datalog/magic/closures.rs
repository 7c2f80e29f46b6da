//! Closures called with bound columns: a walk from the goal's constants.

use super::{Magic, columns};
use crate::datalog::closure::{Closure, Side, Step};
use crate::datalog::cover::ColumnSet;
use crate::datalog::rule::{Arg, Atom, Literal, PredicateId, Rule};

impl Magic<'_> {
    /// Defines a closure with these columns bound. False where the general rewriting has to do it.
    pub(super) fn define_closure(&mut self, closure: &Closure, bound: ColumnSet) -> bool {
        let [side] = closure.sides.as_slice() else { return false };
        // `p(X, Y) :- p(X, Z), p(Z, Y)` walks from whichever end is bound.
        let column = match side.step {
            Step::Base { from } if bound >> from & 1 == 0 && bound >> side.column & 1 == 1 => from,
            _ => side.column,
        };
        let predicate = closure.predicate;
        let adorned = self.adorn(predicate, bound);
        let arity = self.rules.predicates[predicate as usize].arity;
        let all: Vec<Arg> = (0..arity as u32).map(Arg::Var).collect();
        let called = |set: ColumnSet, args: &[Arg]| columns(set).map(|column| args[column]).collect::<Vec<Arg>>();
        let with = |at: usize, arg: Arg| {
            let mut args = all.clone();
            args[at] = arg;
            args
        };
        let holds = |predicate: PredicateId, args: Vec<Arg>| Literal::Positive(Atom { predicate, args });
        let lead = vec![holds(adorned.magic, called(bound, &all))];
        let (near, far) = (Arg::Var(arity as u32), Arg::Var(column as u32));
        let answers = Atom { predicate: adorned.answers, args: all.clone() };
        let rest = bound & !(1 << column);
        if bound >> column & 1 == 0 {
            // Forward: from the base, step by step.
            self.from(&closure.base_rules, closure.base, &answers, lead, &all);
            let before = vec![holds(adorned.answers, with(column, near))];
            self.step(closure, side, column, &answers, before, &all, near, far);
        } else if rest != 0 {
            // Forward from the other columns, then the answers that end where the goal says.
            let forward = self.adorn(predicate, rest);
            self.add(Atom { predicate: forward.magic, args: called(rest, &all) }, lead.clone(), u32::MAX);
            let body = vec![lead[0].clone(), holds(forward.answers, all)];
            self.add(answers, body, u32::MAX);
        } else {
            // Backward: what leads to the end, and the base rows that begin there.
            let group = side.group.iter().map(|&column| all[column]);
            let walked = |at: Arg| group.clone().chain([far, at]).collect::<Vec<Arg>>();
            let walk = self.rules.new_predicate(
                &format!("{} walk", self.rules.predicates[predicate as usize].name),
                side.group.len() + 2,
            );
            let middle = Arg::Var(arity as u32 + 1);
            self.from(&closure.base_rules, closure.base, &answers, lead.clone(), &all);
            let head = Atom { predicate: walk, args: walked(near) };
            self.step(closure, side, column, &head, lead, &all, near, far);
            let before = vec![holds(walk, walked(middle))];
            self.step(closure, side, column, &head, before, &all, near, middle);
            let before = vec![holds(walk, walked(near))];
            self.from(&closure.base_rules, closure.base, &answers, before, &with(column, near));
        }
        true
    }

    /// `head :- lead, base(args)`, the base written out.
    fn from(&mut self, rules: &[Rule], base: PredicateId, head: &Atom, lead: Vec<Literal>, args: &[Arg]) {
        match rules.iter().map(|rule| inlined(rule, args)).collect::<Option<Vec<_>>>() {
            Some(bodies) => {
                for (body, rule) in bodies.into_iter().zip(rules) {
                    self.rewrite(head.clone(), lead.clone(), body, rule.origin);
                }
            }
            None => {
                let base = Literal::Positive(Atom { predicate: base, args: args.to_vec() });
                self.rewrite(head.clone(), lead, vec![base], u32::MAX);
            }
        }
    }

    /// `head :- lead, step(.., from, to)`, the step written out. `column` is the one that changes.
    #[expect(clippy::too_many_arguments, reason = "the parts of one rule")]
    fn step(
        &mut self,
        closure: &Closure,
        side: &Side,
        column: usize,
        head: &Atom,
        lead: Vec<Literal>,
        all: &[Arg],
        from: Arg,
        to: Arg,
    ) {
        match &side.step {
            Step::Rules { predicate, rules } => {
                let args: Vec<Arg> = side.group.iter().map(|&at| all[at]).chain([from, to]).collect();
                self.from(rules, *predicate, head, lead, &args);
            }
            Step::Base { from: first } => {
                let mut args = all.to_vec();
                let forward = column == side.column;
                (args[*first], args[side.column]) = if forward { (from, to) } else { (to, from) };
                self.from(&closure.base_rules, closure.base, head, lead, &args);
            }
        }
    }
}

/// The body of a rule for a call with these arguments, where the head has distinct variables. Variables of the body that
/// are not in the head are kept apart from the arguments'.
fn inlined(rule: &Rule, args: &[Arg]) -> Option<Vec<Literal>> {
    let head: Vec<u32> = rule.head.variables().collect();
    let distinct = (0..head.len()).all(|at| !head[..at].contains(&head[at]));
    if head.len() != rule.head.args.len() || !distinct {
        return None;
    }
    const APART: u32 = 1 << 16;
    let to = |arg: Arg| match arg {
        Arg::Var(variable) => match head.iter().position(|&other| other == variable) {
            Some(at) => args[at],
            None => Arg::Var(APART + variable),
        },
        constant => constant,
    };
    let mut body = rule.body.clone();
    body.iter_mut().for_each(|literal| literal.rename(&to));
    Some(body)
}
