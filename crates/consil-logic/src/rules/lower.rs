//! From a clause's tree of goals to a flat list: disjunctions, conditionals and compound negations become auxiliary
//! predicates over the variables they share with the rest of the clause.

use std::sync::Arc;

use super::{Choice, Code, Collect, Emits, Goal, Rule, RuleSet};
use crate::builtin;
use crate::error::ReasonError;
use crate::hash::FastMap;
use crate::program::{Body, Call, Clause, ClauseKind, NeuralDecl};
use crate::span::Span;
use crate::store::TermId;
use crate::term::Term;

/// Lowers one clause, with its numbering of variables.
pub(crate) struct Lowering<'a> {
    rules: &'a mut RuleSet,
    source: u32,
    variables: Vec<Arc<str>>,
    /// Their numbers.
    numbers: FastMap<Arc<str>, u32>,
    /// How often each variable occurs in the whole clause; a part that has all occurrences of a variable owns it.
    occurrences: FastMap<Arc<str>, usize>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(rules: &'a mut RuleSet, source: u32) -> Self {
        Self { rules, source, variables: Vec::new(), numbers: FastMap::default(), occurrences: FastMap::default() }
    }

    pub(crate) fn clause(mut self, clause: &Clause, networks: &[NeuralDecl]) -> Result<(), ReasonError> {
        for (name, _) in clause.body.calls().iter().flat_map(|(call, _)| &call.variables) {
            *self.occurrences.entry(name.clone()).or_default() += 1;
        }
        let mut instance = Vec::new();
        for head in &clause.heads {
            for name in head.atom.variables().into_iter().chain(head.weight.iter().flat_map(Term::variables)) {
                *self.occurrences.entry(name.clone()).or_default() += 1;
                instance.push(name);
            }
        }
        if clause.kind == ClauseKind::Choice {
            // A copy for each of their values: the choice itself depends on them, wherever else they occur.
            let mut witnesses = Vec::new();
            self.witnesses(&clause.body, &mut witnesses);
            witnesses.iter().for_each(|name| *self.occurrences.entry(name.clone()).or_default() += 1);
            instance.extend(witnesses);
        }
        let goals = self.goals(&clause.body)?;
        let heads = clause.heads.iter().map(|head| self.term(&head.atom)).collect::<Result<Vec<_>, _>>()?;
        let choice = self.rules.choices.len() as u32;
        match clause.kind {
            ClauseKind::Certain => {}
            ClauseKind::Decision => self.rules.choices.push(Arc::new(Choice::Open { atom: heads[0] })),
            ClauseKind::Choice => {
                let weights = clause.heads.iter().filter_map(|head| head.weight.as_ref());
                let weights = weights.map(|weight| self.term(weight)).collect::<Result<_, _>>()?;
                let mut instance: Vec<u32> = instance.iter().map(|name| self.variable(name)).collect();
                instance.sort_unstable();
                instance.dedup();
                self.rules.choices.push(Arc::new(Choice::Disjunction { weights, heads: heads.clone(), instance }));
            }
            ClauseKind::Neural(index) => {
                let declaration = &networks[index];
                let inputs = declaration.inputs.iter().map(|input| self.term(input)).collect::<Result<_, _>>()?;
                let classes = declaration.classes.iter().map(|class| self.term(class)).collect::<Result<_, _>>()?;
                let output = declaration.output.as_ref().map(|name| self.variable(name));
                let network = declaration.network.clone();
                self.rules.choices.push(Arc::new(Choice::Neural { network, inputs, classes, output }));
            }
        }
        for (index, head) in heads.into_iter().enumerate() {
            let emits = match clause.kind {
                ClauseKind::Certain => Emits::Nothing,
                ClauseKind::Choice | ClauseKind::Decision => Emits::Head { choice, index: index as u32 },
                ClauseKind::Neural(_) => Emits::Classes { choice },
            };
            self.add(head, goals.clone(), emits, clause.span);
        }
        Ok(())
    }

    /// The variables that the goals of a body give values, each as often as it occurs: those within negations, conditionals and
    /// goals about all answers are those goals' own.
    fn witnesses(&self, body: &Body, found: &mut Vec<Arc<str>>) {
        match body {
            Body::True | Body::Fail | Body::Not(_) | Body::IfThenElse(_) => {}
            Body::And(parts) | Body::Or(parts) => parts.iter().for_each(|part| self.witnesses(part, found)),
            Body::Call(call) => {
                let (name, arity) = call.indicator();
                let collect =
                    collects(name, arity).filter(|_| !call.inner.is_empty() && !self.rules.is_own(name, arity));
                match (collect, call.goal.functor()) {
                    (Some(Collect::Derivations | Collect::Answers { .. } | Collect::Aggregate), Some((_, args))) => {
                        found.extend(args.last().into_iter().flat_map(Term::variables));
                    }
                    _ => found.extend(call.variables.iter().map(|(name, _)| name.clone())),
                }
            }
        }
    }

    /// Adds `head :- body` for a goal's query; `variables` become the head's arguments.
    pub(crate) fn query(
        mut self,
        name: &str,
        variables: &[Arc<str>],
        body: &Body,
        span: Span,
    ) -> Result<u32, ReasonError> {
        for (name, _) in body.calls().iter().flat_map(|(call, _)| &call.variables) {
            *self.occurrences.entry(name.clone()).or_default() += 1;
        }
        for name in variables {
            *self.occurrences.entry(name.clone()).or_default() += 1;
        }
        let goals = self.goals(body)?;
        let head = Term::compound(name, variables.iter().map(|name| Term::Var(name.clone())).collect());
        let head = self.term(&head)?;
        let predicate = self.add(head, goals, Emits::Nothing, span);
        Ok(predicate)
    }

    /// Adds a ground fact of a goal: certain, with a probability, or with a weight that each sample supplies (`_`).
    pub(crate) fn fact(mut self, weight: Option<&Term>, atom: &Term) -> Result<(), ReasonError> {
        let head = self.term(atom)?;
        let choice = self.rules.choices.len() as u32;
        let emits = match weight {
            None => Emits::Nothing,
            Some(Term::Var(_)) => {
                self.rules.choices.push(Arc::new(Choice::Open { atom: head }));
                Emits::Head { choice, index: 0 }
            }
            Some(weight) => {
                let weights = vec![self.term(weight)?];
                let instance = (0..self.variables.len() as u32).collect();
                self.rules.choices.push(Arc::new(Choice::Disjunction { weights, heads: vec![head], instance }));
                Emits::Head { choice, index: 0 }
            }
        };
        self.add(head, Vec::new(), emits, Span::default());
        Ok(())
    }

    fn add(&mut self, head: TermId, goals: Vec<Goal>, emits: Emits, span: Span) -> u32 {
        let (name, arity) = self.rules.store.functor(head).expect("a head is an atom or a compound");
        let predicate = self.rules.predicate(name, arity);
        self.rules.add_rule(Rule {
            predicate,
            head,
            goals,
            emits,
            n_vars: self.variables.len() as u32,
            names: self.variables.clone(),
            source: self.source,
            span,
        });
        predicate
    }

    fn goals(&mut self, body: &Body) -> Result<Vec<Goal>, ReasonError> {
        let mut goals = Vec::new();
        self.push_goals(body, &mut goals)?;
        Ok(goals)
    }

    fn push_goals(&mut self, body: &Body, goals: &mut Vec<Goal>) -> Result<(), ReasonError> {
        match body {
            Body::True => {}
            Body::Fail => {
                let call = self.rules.store.atom("fail");
                goals.push(Goal { code: Code::Fail, call, text: call });
            }
            Body::And(parts) => parts.iter().try_for_each(|part| self.push_goals(part, goals))?,
            Body::Call(call) => goals.push(self.call(call)?),
            Body::Not(inner) => {
                let negation = self.negation(inner)?;
                goals.push(negation);
            }
            Body::Or(branches) => {
                let variables = self.shared(body);
                let goal = self.auxiliary(&variables, &branches.iter().collect::<Vec<_>>(), body)?;
                goals.push(goal);
            }
            Body::IfThenElse(parts) => {
                let [condition, then, otherwise] = &**parts;
                let variables = self.shared(body);
                // It is needed twice; one that holds conditionals itself would double with each level.
                let condition = match condition.holds_conditional() {
                    true => &self.named(condition)?,
                    false => condition,
                };
                let yes = Body::And(vec![condition.clone(), then.clone()]);
                let no = Body::And(vec![Body::Not(Box::new(condition.clone())), otherwise.clone()]);
                let goal = self.auxiliary(&variables, &[&yes, &no], body)?;
                if let Code::Call(predicate) = goal.code {
                    self.rules.set_conditional(predicate);
                }
                goals.push(goal);
            }
        }
        Ok(())
    }

    /// A body as the call of a predicate made for it.
    fn named(&mut self, body: &Body) -> Result<Body, ReasonError> {
        let shared = self.shared(body);
        let Goal { code: Code::Call(predicate), .. } = self.auxiliary(&shared, &[body], body)? else {
            unreachable!("an auxiliary goal is a call")
        };
        let name = self.rules.store.name(self.rules.predicates[predicate as usize].name).to_owned();
        let goal = Term::compound(&name, shared.iter().map(|name| Term::Var(name.clone())).collect());
        let variables = shared.into_iter().map(|name| (name, Span::default())).collect();
        Ok(Body::Call(Call { goal, span: Span::default(), variables, inner: Vec::new() }))
    }

    fn call(&mut self, call: &Call) -> Result<Goal, ReasonError> {
        let (name, arity) = call.indicator();
        let term = self.term(&call.goal)?;
        let goal = |code| Ok(Goal { code, call: term, text: term });
        if self.rules.is_own(name, arity) {
            let name = self.rules.store.symbol(name);
            return goal(Code::Call(self.rules.predicate(name, arity)));
        }
        if let (Some(collect), [inner]) = (collects(name, arity), call.inner.as_slice()) {
            return self.collect(collect, call, inner);
        }
        if builtin::is_builtin(name, arity) {
            self.rules.makes_names |= builtin::makes_names(name);
            return goal(match name {
                "call" => Code::Dynamic,
                "$first_arguments" => Code::FirstArguments,
                _ => Code::Builtin,
            });
        }
        let predicate = match self.rules.find(name, arity) {
            Some(predicate) => predicate,
            None => {
                let name = self.rules.store.symbol(name);
                self.rules.predicate(name, arity)
            }
        };
        goal(if builtin::has_shortcut(name, arity) { Code::Shortcut(predicate) } else { Code::Call(predicate) })
    }

    /// A goal about all answers of another: that becomes a predicate over all its variables, so that answers that
    /// differ in any of them are different answers.
    fn collect(&mut self, collect: Collect, call: &Call, inner: &Body) -> Result<Goal, ReasonError> {
        let text = self.term(&call.goal)?;
        let (_, args) = call.goal.functor().expect("a goal has a functor");
        let mut variables: Vec<Arc<str>> = Vec::new();
        let own = inner.calls().into_iter().flat_map(|(call, _)| call.variables.iter().map(|(name, _)| name.clone()));
        let templates = match collect {
            Collect::Derivations | Collect::Answers { .. } => &args[..1],
            Collect::Aggregate => &args[1..3],
            Collect::Probability | Collect::Possible => &args[..0],
        };
        for name in own.chain(templates.iter().flat_map(Term::variables)) {
            if !variables.contains(&name) {
                variables.push(name);
            }
        }
        let goal = self.auxiliary(&variables, &[inner], inner)?;
        let Code::Call(predicate) = goal.code else { unreachable!("an auxiliary goal is a call") };
        Ok(Goal { code: Code::Collect(collect, predicate), call: goal.call, text })
    }

    fn negation(&mut self, inner: &Body) -> Result<Goal, ReasonError> {
        let text = Term::compound("\\+", vec![body_term(inner)]);
        let text = self.term(&text)?;
        let variables = self.shared(inner);
        if let Body::Call(call) = inner
            && call.variables.iter().all(|(name, _)| variables.contains(name))
            && let Goal { code: Code::Call(predicate) | Code::Shortcut(predicate), call, .. } = self.call(call)?
        {
            return Ok(Goal { code: Code::Not(predicate), call, text });
        }
        // Variables that occur nowhere else are asked for existence: they stay inside.
        let goal = self.auxiliary(&variables, &[inner], inner)?;
        let Code::Call(predicate) = goal.code else { unreachable!("an auxiliary goal is a call") };
        Ok(Goal { code: Code::Not(predicate), call: goal.call, text })
    }

    /// The variables of a part that also occur outside it.
    fn shared(&self, part: &Body) -> Vec<Arc<str>> {
        let mut order: Vec<Arc<str>> = Vec::new();
        let mut counts: FastMap<Arc<str>, usize> = FastMap::default();
        for (name, _) in part.calls().iter().flat_map(|(call, _)| &call.variables) {
            let count = counts.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 {
                order.push(name.clone());
            }
        }
        order.retain(|name| self.occurrences.get(name).is_none_or(|all| *all > counts[name]));
        order
    }

    /// A new predicate over `variables` with one clause for each branch, and a call of it.
    fn auxiliary(&mut self, variables: &[Arc<str>], branches: &[&Body], whole: &Body) -> Result<Goal, ReasonError> {
        let name = format!("$part{}", self.rules.predicates.len());
        let head = Term::compound(&name, variables.iter().map(|name| Term::Var(name.clone())).collect());
        let span = whole.calls().iter().map(|(call, _)| call.span).reduce(Span::to).unwrap_or_default();
        let symbol = self.rules.store.symbol(&name);
        let predicate = self.rules.predicate(symbol, variables.len());
        self.rules.define(predicate);
        for branch in branches {
            Lowering::new(self.rules, self.source).query(&name, variables, branch, span)?;
        }
        let call = self.term(&head)?;
        let shown = body_term(whole);
        let text = self.term(&shown)?;
        let mut names = variables.to_vec();
        let mut numbers = (0..).zip(variables).map(|(index, name)| (name.clone(), index)).collect();
        let own = self.rules.store.import(&shown, &mut |name| number(&mut names, &mut numbers, name))?;
        self.rules.set_text(predicate, own);
        Ok(Goal { code: Code::Call(predicate), call, text })
    }

    fn term(&mut self, term: &Term) -> Result<TermId, ReasonError> {
        let (variables, numbers) = (&mut self.variables, &mut self.numbers);
        self.rules.store.import(term, &mut |name| number(variables, numbers, name))
    }

    fn variable(&mut self, name: &Arc<str>) -> u32 {
        number(&mut self.variables, &mut self.numbers, name)
    }
}

fn collects(name: &str, arity: usize) -> Option<Collect> {
    Some(match (name, arity) {
        ("findall", 3) => Collect::Derivations,
        ("all", 3) => Collect::Answers { even_none: false },
        ("all_or_none", 3) => Collect::Answers { even_none: true },
        ("aggregate", 5) => Collect::Aggregate,
        ("subquery", 2 | 3) => Collect::Probability,
        ("possible", 1) => Collect::Possible,
        _ => return None,
    })
}

fn number(variables: &mut Vec<Arc<str>>, numbers: &mut FastMap<Arc<str>, u32>, name: &Arc<str>) -> u32 {
    *numbers.entry(name.clone()).or_insert_with(|| {
        variables.push(name.clone());
        variables.len() as u32 - 1
    })
}

/// A body as the term it was written as.
fn body_term(body: &Body) -> Term {
    let join = |functor: &str, parts: &[Body]| {
        let mut terms = parts.iter().rev().map(body_term);
        let last = terms.next().unwrap_or_else(|| Term::atom("true"));
        terms.fold(last, |rest, term| Term::compound(functor, vec![term, rest]))
    };
    match body {
        Body::True => Term::atom("true"),
        Body::Fail => Term::atom("fail"),
        Body::Call(call) => call.goal.clone(),
        Body::Not(inner) => Term::compound("\\+", vec![body_term(inner)]),
        Body::And(parts) => join(",", parts),
        Body::Or(parts) => join(";", parts),
        Body::IfThenElse(parts) => {
            let [condition, then, otherwise] = &**parts;
            let branch = Term::compound("->", vec![body_term(condition), body_term(then)]);
            match otherwise {
                Body::Fail => branch,
                _ => Term::compound(";", vec![branch, body_term(otherwise)]),
            }
        }
    }
}
