//! Rules over coded constants, and the predicates they speak of.

use crate::hash::FastMap;

/// A predicate, by its index in [`Rules::predicates`].
pub(super) type PredicateId = u32;

#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) predicates: Vec<Predicate>,
    pub(super) rules: Vec<Rule>,
    pub(super) index: FastMap<(String, usize), PredicateId>,
}

#[derive(Clone, Debug)]
pub(super) struct Predicate {
    pub(super) name: String,
    pub(super) arity: usize,
    /// Where its given facts are: the predicate itself, or another one if it has rules beside facts.
    pub(super) facts: PredicateId,
}

/// `head :- body`, with variables numbered from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) head: Atom,
    pub(super) body: Vec<Literal>,
    pub(super) n_vars: u32,
    /// The clause that it comes from.
    pub(super) origin: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) predicate: PredicateId,
    pub(super) args: Vec<Arg>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Arg {
    Var(u32),
    Const(u32),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Positive(Atom),
    Negative(Atom),
    Test(Test),
    /// `X is E`: gives the variable its value, or compares with the value it has.
    Is(Arg, Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// By numeric value.
    Numeric(Comparison, Expr, Expr),
    /// By the standard order of terms; equality is identity.
    Standard(Comparison, Arg, Arg),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    Greater,
    AtMost,
    AtLeast,
}

impl Comparison {
    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::Greater => order.is_gt(),
            Comparison::AtMost => order.is_le(),
            Comparison::AtLeast => order.is_ge(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Arg(Arg),
    Apply(Box<str>, Vec<Expr>),
}

impl Rules {
    pub(super) fn find(&self, name: &str, arity: usize) -> Option<PredicateId> {
        self.index.get(&(name.to_owned(), arity)).copied()
    }

    /// The predicate of this name and arity, made if need be.
    pub(super) fn predicate(&mut self, name: &str, arity: usize) -> PredicateId {
        if let Some(id) = self.find(name, arity) {
            return id;
        }
        let id = self.new_predicate(name, arity);
        self.index.insert((name.to_owned(), arity), id);
        id
    }

    /// A predicate that no name leads to.
    pub(super) fn new_predicate(&mut self, name: &str, arity: usize) -> PredicateId {
        let id = self.predicates.len() as PredicateId;
        self.predicates.push(Predicate { name: name.to_owned(), arity, facts: id });
        id
    }

    /// Name and number of arguments, for people.
    pub(super) fn indicator(&self, predicate: PredicateId) -> String {
        let Predicate { name, arity, .. } = &self.predicates[predicate as usize];
        format!("{name}/{arity}")
    }

    /// Gives predicates that have rules beside facts another predicate for their facts, with a rule that copies them.
    pub(super) fn part_facts(&mut self) {
        let mut derived: Vec<PredicateId> = self.rules.iter().map(|rule| rule.head.predicate).collect();
        derived.sort_unstable();
        derived.dedup();
        for predicate in derived {
            let Predicate { name, arity, facts } = self.predicates[predicate as usize].clone();
            if facts != predicate {
                continue;
            }
            let given = self.new_predicate(&format!("{name}'"), arity);
            self.predicates[predicate as usize].facts = given;
            let args: Vec<Arg> = (0..arity as u32).map(Arg::Var).collect();
            self.rules.push(Rule {
                head: Atom { predicate, args: args.clone() },
                body: vec![Literal::Positive(Atom { predicate: given, args })],
                n_vars: arity as u32,
                origin: u32::MAX,
            });
        }
    }
}

impl Atom {
    pub(super) fn variables(&self) -> impl Iterator<Item = u32> {
        self.args.iter().filter_map(|arg| arg.variable())
    }
}

impl Arg {
    pub(super) fn variable(self) -> Option<u32> {
        match self {
            Arg::Var(variable) => Some(variable),
            Arg::Const(_) => None,
        }
    }
}

impl Expr {
    pub(super) fn visit(&self, see: &mut dyn FnMut(Arg)) {
        match self {
            Expr::Arg(arg) => see(*arg),
            Expr::Apply(_, args) => args.iter().for_each(|arg| arg.visit(see)),
        }
    }

    fn rename(&mut self, to: &dyn Fn(Arg) -> Arg) {
        match self {
            Expr::Arg(arg) => *arg = to(*arg),
            Expr::Apply(_, args) => args.iter_mut().for_each(|arg| arg.rename(to)),
        }
    }
}

impl Literal {
    /// The variables that must have a value before the literal can be decided.
    pub(super) fn needs(&self) -> Vec<u32> {
        let mut found = Vec::new();
        let mut see = |arg: Arg| found.extend(arg.variable());
        match self {
            Literal::Positive(_) => {}
            Literal::Negative(atom) => atom.args.iter().for_each(|&arg| see(arg)),
            Literal::Test(Test::Numeric(_, a, b)) => [a, b].iter().for_each(|expr| expr.visit(&mut see)),
            Literal::Test(Test::Standard(_, a, b)) => [*a, *b].into_iter().for_each(see),
            Literal::Is(_, expr) => expr.visit(&mut see),
        }
        found
    }

    /// All variables.
    pub(super) fn variables(&self) -> Vec<u32> {
        match self {
            Literal::Positive(atom) => atom.variables().collect(),
            Literal::Is(result, _) => result.variable().into_iter().chain(self.needs()).collect(),
            _ => self.needs(),
        }
    }

    pub(super) fn atom(&self) -> Option<&Atom> {
        match self {
            Literal::Positive(atom) | Literal::Negative(atom) => Some(atom),
            _ => None,
        }
    }

    pub(super) fn rename(&mut self, to: &dyn Fn(Arg) -> Arg) {
        match self {
            Literal::Positive(atom) | Literal::Negative(atom) => atom.rename(to),
            Literal::Test(Test::Numeric(_, a, b)) => [a, b].into_iter().for_each(|expr| expr.rename(to)),
            Literal::Test(Test::Standard(_, a, b)) => [a, b].into_iter().for_each(|arg| *arg = to(*arg)),
            Literal::Is(result, expr) => {
                *result = to(*result);
                expr.rename(to);
            }
        }
    }
}

impl Atom {
    pub(super) fn rename(&mut self, to: &dyn Fn(Arg) -> Arg) {
        self.args.iter_mut().for_each(|arg| *arg = to(*arg));
    }
}

impl Rule {
    /// Renumbers the variables from 0 in the order of their occurrence.
    pub(super) fn compact(mut self) -> Self {
        let mut seen: Vec<u32> = Vec::new();
        let all = self.head.variables().chain(self.body.iter().flat_map(Literal::variables).collect::<Vec<_>>());
        for variable in all {
            if !seen.contains(&variable) {
                seen.push(variable);
            }
        }
        let to = |arg: Arg| match arg {
            Arg::Var(variable) => {
                Arg::Var(seen.iter().position(|&other| other == variable).map_or(variable, |at| at as u32))
            }
            constant => constant,
        };
        self.head.rename(&to);
        self.body.iter_mut().for_each(|literal| literal.rename(&to));
        self.n_vars = seen.len() as u32;
        self
    }

    /// The first variable of the head, a negation or a test that no positive literal gives a value.
    pub(super) fn unbound(&self) -> Option<u32> {
        let mut bound: Vec<u32> = Vec::new();
        for literal in &self.body {
            if let Literal::Positive(atom) = literal {
                bound.extend(atom.variables());
            }
        }
        // `is` may give a value that another `is` needs, in any order.
        let mut waiting: Vec<&Literal> = self.body.iter().filter(|l| matches!(l, Literal::Is(..))).collect();
        loop {
            let before = waiting.len();
            waiting.retain(|literal| {
                let ready = literal.needs().iter().all(|variable| bound.contains(variable));
                if let (true, Literal::Is(result, _)) = (ready, literal) {
                    bound.extend(result.variable());
                }
                !ready
            });
            if waiting.len() == before {
                break;
            }
        }
        let needed = self.body.iter().flat_map(Literal::needs).chain(self.head.variables());
        needed.into_iter().find(|variable| !bound.contains(variable))
    }
}
