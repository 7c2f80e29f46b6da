//! Expressions made ready to run: names are places, draws have a uniform number each.

use std::ops::Range;

use super::distribution::{Distribution, DistributionError};
use super::expression::{Expression, Family, Function, Kind, Operator};

/// An expression ready to run.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Number(f64),
    /// The value of an earlier quantity.
    Quantity(usize),
    Negative(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>, Range<usize>),
    If(Box<[Node; 3]>),
    Call(Function, Vec<Node>, Range<usize>),
    /// A draw from uniform number `uniform`.
    Draw(Family, Vec<Node>, usize, Range<usize>),
    /// The part whose stretch of 0–1 uniform number `uniform` falls into; each part with its stretch's end.
    Choose(Vec<(f64, Node)>, usize),
}

/// Why a sample has no value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Parameters make no distribution.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// A division by zero.
    #[error("a division by zero")]
    DivisionByZero,
    /// A logarithm, root or power outside its domain, or `never` against `never`.
    #[error("{operation} of {operands:?} is no number")]
    Undefined {
        /// The operation.
        operation: String,
        /// Its operands.
        operands: Vec<f64>,
    },
}

/// An error of evaluation with its bytes.
pub(super) type Located = (Range<usize>, EvaluationError);

/// What a name at a place stands for.
pub(super) type Lookup<'l, E> = &'l mut dyn FnMut(&str, &Range<usize>) -> Result<Node, E>;

/// Resolves names with `lookup` and gives each draw a uniform number from `next`.
pub(super) fn resolve<E>(
    expression: &Expression,
    lookup: Lookup<'_, E>,
    next: &mut dyn FnMut() -> usize,
) -> Result<Node, E> {
    let span = expression.span.clone();
    Ok(match &expression.kind {
        Kind::Number(n) => Node::Number(*n),
        Kind::Never => Node::Number(f64::INFINITY),
        Kind::Name(name) => lookup(name, &span)?,
        Kind::Negative(inner) => Node::Negative(Box::new(resolve(inner, lookup, next)?)),
        Kind::Binary(operator, a, b) => {
            let (a, b) = (resolve(a, lookup, next)?, resolve(b, lookup, next)?);
            Node::Binary(*operator, Box::new(a), Box::new(b), span)
        }
        Kind::If(parts) => {
            let [c, a, b] = parts.as_ref();
            let c = resolve(c, lookup, next)?;
            Node::If(Box::new([c, resolve(a, lookup, next)?, resolve(b, lookup, next)?]))
        }
        Kind::Call(function, arguments) => Node::Call(*function, resolve_all(arguments, lookup, next)?, span),
        Kind::Draw(family, arguments) => {
            let uniform = next();
            Node::Draw(*family, resolve_all(arguments, lookup, next)?, uniform, span)
        }
        Kind::Mixture(parts) => {
            let uniform = next();
            let mut end = 0.0;
            let mut stretches = Vec::with_capacity(parts.len());
            for (weight, part) in parts {
                end += weight;
                stretches.push((end, resolve(part, lookup, next)?));
            }
            Node::Choose(stretches, uniform)
        }
    })
}

fn resolve_all<E>(
    arguments: &[Expression],
    lookup: Lookup<'_, E>,
    next: &mut dyn FnMut() -> usize,
) -> Result<Vec<Node>, E> {
    arguments.iter().map(|argument| resolve(argument, lookup, next)).collect()
}

impl Node {
    /// The value, given the earlier quantities' values and the uniform numbers.
    pub fn value(&self, values: &[f64], uniforms: &[f64]) -> Result<f64, Located> {
        let of = |node: &Node| node.value(values, uniforms);
        match self {
            Self::Number(n) => Ok(*n),
            Self::Quantity(i) => Ok(values[*i]),
            Self::Negative(inner) => Ok(-of(inner)?),
            Self::Binary(operator, a, b, span) => {
                operate(*operator, of(a)?, of(b)?).map_err(|error| (span.clone(), error))
            }
            Self::If(parts) => {
                let [c, a, b] = parts.as_ref();
                if of(c)? != 0.0 { of(a) } else { of(b) }
            }
            Self::Call(function, arguments, span) => {
                let arguments = arguments.iter().map(of).collect::<Result<Vec<f64>, _>>()?;
                call(*function, &arguments).map_err(|error| (span.clone(), error))
            }
            Self::Draw(family, parameters, uniform, span) => {
                let parameters = parameters.iter().map(of).collect::<Result<Vec<f64>, _>>()?;
                let distribution = distribution(*family, &parameters).map_err(|e| (span.clone(), e.into()))?;
                Ok(distribution.quantile(uniforms[*uniform]))
            }
            Self::Choose(stretches, uniform) => {
                let chosen = stretches.iter().find(|(end, _)| uniforms[*uniform] < *end).or(stretches.last());
                chosen.map_or(Ok(f64::NAN), |(_, node)| of(node))
            }
        }
    }

    /// What is wrong with a distribution whose parameters are the same in every sample: a slip of who wrote it, and no matter of chance.
    pub fn check(&self) -> Result<(), Located> {
        match self {
            Self::Number(_) | Self::Quantity(_) => Ok(()),
            Self::Negative(inner) => inner.check(),
            Self::Binary(_, a, b, _) => a.check().and_then(|()| b.check()),
            Self::If(parts) => parts.iter().try_for_each(Self::check),
            Self::Call(_, arguments, _) => arguments.iter().try_for_each(Self::check),
            Self::Draw(family, parameters, _, span) => {
                parameters.iter().try_for_each(Self::check)?;
                if !parameters.iter().all(Self::is_constant) {
                    return Ok(());
                }
                let parameters = parameters.iter().map(|node| node.value(&[], &[])).collect::<Result<Vec<f64>, _>>()?;
                distribution(*family, &parameters).map(|_| ()).map_err(|error| (span.clone(), error.into()))
            }
            Self::Choose(stretches, _) => stretches.iter().try_for_each(|(_, node)| node.check()),
        }
    }

    fn is_constant(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Quantity(_) | Self::Draw(..) | Self::Choose(..) => false,
            Self::Negative(inner) => inner.is_constant(),
            Self::Binary(_, a, b, _) => a.is_constant() && b.is_constant(),
            Self::If(parts) => parts.iter().all(Self::is_constant),
            Self::Call(_, arguments, _) => arguments.iter().all(Self::is_constant),
        }
    }

    /// The one uniform number of an expression that is a single draw, which is what a correlation can take hold of.
    pub fn single_draw(&self) -> Option<usize> {
        match self {
            Self::Draw(_, _, uniform, _) => Some(*uniform),
            _ => None,
        }
    }
}

fn operate(operator: Operator, a: f64, b: f64) -> Result<f64, EvaluationError> {
    let truth = |so: bool| f64::from(u8::from(so));
    let (value, operation) = match operator {
        Operator::Add => (a + b, "a sum"),
        Operator::Subtract => (a - b, "a difference"),
        Operator::Multiply => (a * b, "a product"),
        Operator::Divide if b == 0.0 => return Err(EvaluationError::DivisionByZero),
        Operator::Divide => (a / b, "a quotient"),
        Operator::Power => (a.powf(b), "a power"),
        Operator::Less => (truth(a < b), "a comparison"),
        Operator::AtMost => (truth(a <= b), "a comparison"),
        Operator::Greater => (truth(a > b), "a comparison"),
        Operator::AtLeast => (truth(a >= b), "a comparison"),
    };
    defined(value, operation, &[a, b])
}

fn call(function: Function, arguments: &[f64]) -> Result<f64, EvaluationError> {
    let first = arguments.first().copied().unwrap_or(f64::NAN);
    let (value, operation) = match function {
        // The logarithm of zero is −∞, which would pass for a date before all dates.
        Function::Log | Function::Log10 | Function::Log2 if first <= 0.0 => (f64::NAN, "a logarithm"),
        Function::Log => (first.ln(), "a logarithm"),
        Function::Log10 => (first.log10(), "a logarithm"),
        Function::Log2 => (first.log2(), "a logarithm"),
        Function::Exp => (first.exp(), "an exponential"),
        Function::Sqrt => (first.sqrt(), "a square root"),
        Function::Abs => (first.abs(), "an absolute value"),
        Function::Min => (arguments.iter().copied().fold(f64::INFINITY, f64::min), "a minimum"),
        Function::Max => (arguments.iter().copied().fold(f64::NEG_INFINITY, f64::max), "a maximum"),
    };
    defined(value, operation, arguments)
}

fn defined(value: f64, operation: &str, operands: &[f64]) -> Result<f64, EvaluationError> {
    if value.is_nan() {
        return Err(EvaluationError::Undefined { operation: operation.to_owned(), operands: operands.to_vec() });
    }
    Ok(value)
}

/// The distribution of a family; the parser has checked the number of parameters.
fn distribution(family: Family, parameters: &[f64]) -> Result<Distribution, DistributionError> {
    let p = |i: usize| parameters.get(i).copied().unwrap_or(f64::NAN);
    match family {
        Family::Interval { level } => return Distribution::interval(p(0), p(1), level),
        Family::Normal => Distribution::Normal { mean: p(0), sd: p(1) },
        Family::LogNormal => Distribution::LogNormal { mu: p(0), sigma: p(1) },
        Family::Uniform => Distribution::Uniform { low: p(0), high: p(1) },
        Family::LogUniform => Distribution::LogUniform { low: p(0), high: p(1) },
        Family::Triangular => Distribution::Triangular { low: p(0), mode: p(1), high: p(2) },
        Family::Beta => Distribution::Beta { a: p(0), b: p(1) },
        Family::Gamma => Distribution::Gamma { shape: p(0), scale: p(1) },
        Family::Exponential => Distribution::Exponential { mean: p(0) },
        Family::Chance => Distribution::Chance { p: p(0) },
    }
    .checked()
}
