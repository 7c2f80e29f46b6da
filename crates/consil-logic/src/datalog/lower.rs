//! From a program's clauses to rules over coded constants.

use super::constants::Constants;
use super::error::{Construct, DatalogError};
use super::rule::{Arg, Atom, Comparison, Expr, Literal, PredicateId, Rule, Rules, Test};
use crate::hash::{FastMap, FastSet};
use crate::rules::{Code, Emits, Goal, RuleSet};
use crate::store::{Shape, TermId};

/// Rules, and the facts of each predicate as rows.
pub(super) struct Lowered {
    pub(super) rules: Rules,
    pub(super) constants: Constants,
    pub(super) facts: Vec<(PredicateId, Vec<Vec<u32>>, usize)>,
}

/// Lowers the clauses of `wanted` predicates of a rule set and of all that they call.
pub(super) fn lower(source: &RuleSet, wanted: impl IntoIterator<Item = u32>) -> Result<Lowered, DatalogError> {
    let mut lowering = Lowering {
        source,
        rules: Rules::default(),
        constants: Constants::default(),
        codes: FastMap::default(),
        facts: FastMap::default(),
    };
    let mut seen: FastSet<u32> = FastSet::default();
    let mut pending: Vec<u32> = wanted.into_iter().collect();
    pending.reverse();
    while let Some(predicate) = pending.pop() {
        if !seen.insert(predicate) {
            continue;
        }
        lowering.predicate(predicate);
        for &rule in source.clauses_of(predicate) {
            lowering.clause(rule)?;
            let goals = &source.rules[rule as usize].goals;
            pending.extend(goals.iter().rev().filter_map(|goal| match goal.code {
                Code::Call(callee) | Code::Not(callee) => Some(callee),
                _ => None,
            }));
        }
    }
    let Lowering { mut rules, constants, facts, .. } = lowering;
    rules.part_facts();
    let mut facts: Vec<_> = facts.into_iter().map(|(id, (columns, len))| (id, columns, len)).collect();
    facts.iter_mut().for_each(|(id, ..)| *id = rules.predicates[*id as usize].facts);
    Ok(Lowered { rules, constants, facts })
}

/// Whether a clause is a certain Datalog clause without computed values, which could be without end.
pub(crate) fn is_datalog(source: &RuleSet, clause: u32) -> bool {
    let rule = &source.rules[clause as usize];
    if rule.goals.is_empty() && rule.n_vars == 0 {
        return rule.emits == Emits::Nothing;
    }
    let mut lowering = Lowering {
        source,
        rules: Rules::default(),
        constants: Constants::default(),
        codes: FastMap::default(),
        facts: FastMap::default(),
    };
    lowering.clause(clause).is_ok()
        && lowering.rules.rules.iter().flat_map(|rule| &rule.body).all(|literal| !matches!(literal, Literal::Is(..)))
}

struct Lowering<'a> {
    source: &'a RuleSet,
    rules: Rules,
    constants: Constants,
    codes: FastMap<TermId, u32>,
    facts: FastMap<PredicateId, (Vec<Vec<u32>>, usize)>,
}

impl Lowering<'_> {
    fn predicate(&mut self, id: u32) -> PredicateId {
        let predicate = &self.source.predicates[id as usize];
        self.rules.predicate(self.source.store.name(predicate.name), predicate.arity)
    }

    fn clause(&mut self, id: u32) -> Result<(), DatalogError> {
        let source = self.source;
        let clause = &source.rules[id as usize];
        if clause.emits != Emits::Nothing {
            return Err(self.not_datalog(id, Construct::Probability, clause.head));
        }
        let head = self.atom(id, clause.predicate, clause.head)?;
        if clause.goals.is_empty() && clause.n_vars == 0 {
            let arity = head.args.len();
            let (columns, len) = self.facts.entry(head.predicate).or_insert_with(|| (vec![Vec::new(); arity], 0));
            for (column, arg) in columns.iter_mut().zip(&head.args) {
                if let Arg::Const(code) = arg {
                    column.push(*code);
                }
            }
            *len += 1;
            return Ok(());
        }
        let mut rule = Rule { head, body: Vec::new(), n_vars: clause.n_vars, origin: id };
        let mut equal = Vec::new();
        for goal in &clause.goals {
            if !self.goal(&mut rule, goal, &mut equal)? {
                return Ok(());
            }
        }
        if !unify(&mut rule, equal) {
            return Ok(());
        }
        if let Some(variable) = rule.unbound() {
            let variable = clause.names.get(variable as usize).map_or_else(|| "_".to_owned(), |name| name.to_string());
            return Err(DatalogError::Unsafe { variable, place: source.place(id) });
        }
        self.rules.rules.push(rule.compact());
        Ok(())
    }

    /// Adds a goal to a rule. Whether the rule can still hold.
    fn goal(&mut self, rule: &mut Rule, goal: &Goal, equal: &mut Vec<(Arg, Arg)>) -> Result<bool, DatalogError> {
        match goal.code {
            Code::Fail => return Ok(false),
            Code::Call(predicate) => {
                let atom = self.atom(rule.origin, predicate, goal.call)?;
                rule.body.push(Literal::Positive(atom));
            }
            Code::Not(predicate) => {
                let atom = self.atom(rule.origin, predicate, goal.call)?;
                rule.body.push(Literal::Negative(atom));
            }
            Code::Builtin => return self.builtin(rule, goal, equal),
            Code::Shortcut(_) | Code::Dynamic | Code::Collect(..) | Code::FirstArguments => {
                return Err(self.not_datalog(rule.origin, Construct::Builtin, goal.text));
            }
        }
        Ok(true)
    }

    fn builtin(&mut self, rule: &mut Rule, goal: &Goal, equal: &mut Vec<(Arg, Arg)>) -> Result<bool, DatalogError> {
        let source = self.source;
        let refuse = |this: &Self| Err(this.not_datalog(rule.origin, Construct::Builtin, goal.text));
        let Shape::Compound(name, &[a, b]) = source.store.shape(goal.call) else { return refuse(self) };
        let name = source.store.name(name);
        let (numeric, relation) = match name {
            "=" | "==" => (false, Comparison::Equal),
            "\\=" | "\\==" => (false, Comparison::NotEqual),
            "=:=" => (true, Comparison::Equal),
            "=\\=" => (true, Comparison::NotEqual),
            "<" | "@<" => (name == "<", Comparison::Less),
            ">" | "@>" => (name == ">", Comparison::Greater),
            "=<" | "@=<" => (name == "=<", Comparison::AtMost),
            ">=" | "@>=" => (name == ">=", Comparison::AtLeast),
            "is" => {
                let result = self.arg(rule.origin, a)?;
                let expr = self.expr(b);
                rule.body.push(Literal::Is(result, expr));
                return Ok(true);
            }
            _ => return refuse(self),
        };
        if numeric {
            let (a, b) = (self.expr(a), self.expr(b));
            rule.body.push(Literal::Test(Test::Numeric(relation, a, b)));
            return Ok(true);
        }
        let (a, b) = (self.arg(rule.origin, a)?, self.arg(rule.origin, b)?);
        if name == "=" {
            equal.push((a, b));
            return Ok(true);
        }
        rule.body.push(Literal::Test(Test::Standard(relation, a, b)));
        Ok(true)
    }

    fn atom(&mut self, rule: u32, predicate: u32, call: TermId) -> Result<Atom, DatalogError> {
        let source = self.source;
        let args = match source.store.shape(call) {
            Shape::Compound(_, args) => args.iter().map(|&arg| self.arg(rule, arg)).collect::<Result<_, _>>()?,
            _ => Vec::new(),
        };
        Ok(Atom { predicate: self.predicate(predicate), args })
    }

    fn arg(&mut self, rule: u32, term: TermId) -> Result<Arg, DatalogError> {
        match self.source.store.shape(term) {
            Shape::Var(variable) => Ok(Arg::Var(variable)),
            _ if self.source.store.is_ground(term) => Ok(Arg::Const(self.code(term))),
            _ => Err(self.not_datalog(rule, Construct::Function, term)),
        }
    }

    fn expr(&mut self, term: TermId) -> Expr {
        let source = self.source;
        match source.store.shape(term) {
            Shape::Var(variable) => Expr::Arg(Arg::Var(variable)),
            Shape::Compound(name, args) => {
                Expr::Apply(source.store.name(name).into(), args.iter().map(|&arg| self.expr(arg)).collect())
            }
            Shape::Atom(name) => Expr::Apply(source.store.name(name).into(), Vec::new()),
            _ => Expr::Arg(Arg::Const(self.code(term))),
        }
    }

    fn code(&mut self, term: TermId) -> u32 {
        let (source, constants) = (self.source, &mut self.constants);
        *self
            .codes
            .entry(term)
            .or_insert_with(|| constants.code(&source.store.export(term, &|index| format!("_{index}").into())))
    }

    fn not_datalog(&self, rule: u32, what: Construct, term: TermId) -> DatalogError {
        let names = &self.source.rules[rule as usize].names;
        let name = |index: u32| names.get(index as usize).cloned().unwrap_or_else(|| format!("_{index}").into());
        DatalogError::NotDatalog {
            what,
            goal: self.source.store.export(term, &name).to_string(),
            place: self.source.place(rule),
        }
    }
}

/// Replaces variables that a rule's `=` goals make equal to something. Whether the goals can hold.
fn unify(rule: &mut Rule, mut equal: Vec<(Arg, Arg)>) -> bool {
    while let Some((a, b)) = equal.pop() {
        let (from, to) = match (a, b) {
            (Arg::Const(x), Arg::Const(y)) if x != y => return false,
            (Arg::Const(_), Arg::Const(_)) => continue,
            (Arg::Var(_), _) => (a, b),
            _ => (b, a),
        };
        let rename = |arg: Arg| if arg == from { to } else { arg };
        rule.head.rename(&rename);
        rule.body.iter_mut().for_each(|literal| literal.rename(&rename));
        equal.iter_mut().for_each(|(a, b)| (*a, *b) = (rename(*a), rename(*b)));
    }
    true
}
