//! The expression language: arithmetic over uncertain numbers.
//!
//! ```text
//! 4.3 to 5.2                       90 % interval: lognormal (both ends positive), else normal
//! 0.5 to 15 at 80%                 another level
//! normal(5, 2)  lognormal(mu, sigma)  uniform(a, b)  loguniform(a, b)  triangular(a, mode, b)
//! beta(a, b)  gamma(shape, scale)  exponential(mean)  chance(0.3)
//! mixture(1e28 to 1e31, 1e30 to 1e36, [0.7, 0.3])
//! today + log(flop-needed / flop-now) / log(growth)
//! if chance(0.4) then a else never
//! max(a, b)  min(a, b)  log  log10  log2  exp  sqrt  abs
//! ```
//!
//! A name may hold hyphens, so a difference is written with spaces. `never` is a date that does not come. A parameter of a
//! distribution may itself be uncertain. From loosest to tightest: `if`, comparisons, `to`, `+ -`, `* /`, sign, `^` (to the right), `%`.

use std::ops::Range;

use super::token::{Spanned, Token, tokens};
use crate::fault::did_you_mean;

/// An expression with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: Kind,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number.
    Number(f64),
    /// Another quantity.
    Name(String),
    /// A date that does not come: infinity.
    Never,
    /// The negative.
    Negative(Box<Expression>),
    /// Two operands.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// Condition (not 0), value if so, value if not.
    If(Box<[Expression; 3]>),
    /// A function of numbers.
    Call(Function, Vec<Expression>),
    /// A random number with its parameters.
    Draw(Family, Vec<Expression>),
    /// One of several, by weight.
    Mixture(Vec<(f64, Expression)>),
}

/// Operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// Functions of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Natural logarithm.
    Log,
    /// Decimal logarithm.
    Log10,
    /// Binary logarithm.
    Log2,
    /// Exponential.
    Exp,
    /// Square root.
    Sqrt,
    /// Absolute value.
    Abs,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

/// Families of distributions, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    /// `a to b`, with the probability of the interval.
    Interval {
        /// Probability between the two.
        level: f64,
    },
    /// `normal(mean, sd)`
    Normal,
    /// `lognormal(mu, sigma)`
    LogNormal,
    /// `uniform(low, high)`
    Uniform,
    /// `loguniform(low, high)`
    LogUniform,
    /// `triangular(low, mode, high)`
    Triangular,
    /// `beta(a, b)`
    Beta,
    /// `gamma(shape, scale)`
    Gamma,
    /// `exponential(mean)`
    Exponential,
    /// `chance(p)`
    Chance,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {}: {problem}{}", span.start, if help.is_empty() { String::new() } else { format!(" ({help})") })]
pub struct SyntaxError {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub problem: String,
    /// How to mend it.
    pub help: String,
}

impl SyntaxError {
    pub(super) fn new(span: Range<usize>, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, problem: problem.into(), help: help.into() }
    }
}

/// The names that stand for functions, with the number of arguments (none: one or more).
const CALLS: [(&str, Called, Option<usize>); 17] = [
    ("log", Called::Function(Function::Log), Some(1)),
    ("log10", Called::Function(Function::Log10), Some(1)),
    ("log2", Called::Function(Function::Log2), Some(1)),
    ("exp", Called::Function(Function::Exp), Some(1)),
    ("sqrt", Called::Function(Function::Sqrt), Some(1)),
    ("abs", Called::Function(Function::Abs), Some(1)),
    ("min", Called::Function(Function::Min), None),
    ("max", Called::Function(Function::Max), None),
    ("normal", Called::Family(Family::Normal), Some(2)),
    ("lognormal", Called::Family(Family::LogNormal), Some(2)),
    ("uniform", Called::Family(Family::Uniform), Some(2)),
    ("loguniform", Called::Family(Family::LogUniform), Some(2)),
    ("triangular", Called::Family(Family::Triangular), Some(3)),
    ("beta", Called::Family(Family::Beta), Some(2)),
    ("gamma", Called::Family(Family::Gamma), Some(2)),
    ("exponential", Called::Family(Family::Exponential), Some(1)),
    ("chance", Called::Family(Family::Chance), Some(1)),
];

/// Words that cannot name a quantity.
const RESERVED: [&str; 7] = ["if", "then", "else", "to", "at", "never", "mixture"];

/// Whether a name has a meaning in the language and so cannot name a quantity.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || CALLS.iter().any(|(call, ..)| *call == name)
}

#[derive(Clone, Copy)]
enum Called {
    Function(Function),
    Family(Family),
}

/// Deeper nesting than this is refused, so that no text can exhaust the stack.
const DEEPEST: usize = 100;

/// More operators than these are refused for the same reason: each sum, power or per cent of a chain lies one deeper than the last.
const MOST_OPERATORS: usize = 500;

impl Expression {
    /// Parses a text.
    ///
    /// # Errors
    /// When the text is no expression, with the bytes where it ceases to be one.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), depth: 0, n_operators: 0 };
        let expression = parser.expression()?;
        match parser.tokens.get(parser.at) {
            None => Ok(expression),
            Some((token, span)) => Err(SyntaxError::new(
                span.clone(),
                format!("{} does not belong after a complete expression", shown(token)),
                "put an operator between them",
            )),
        }
    }

    /// An expression without a place, for quantities that a program makes.
    pub fn of(kind: Kind) -> Self {
        Self { kind, span: 0..0 }
    }
}

struct Parser<'t> {
    tokens: &'t [Spanned],
    at: usize,
    end: usize,
    depth: usize,
    n_operators: usize,
}

type Parsed = Result<Expression, SyntaxError>;

impl Parser<'_> {
    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SyntaxError::new(self.here(), format!("nested deeper than {DEEPEST}"), "name the parts"));
        }
        let parsed = if self.takes_name("if") { self.conditional() } else { self.comparison() };
        self.depth -= 1;
        parsed
    }

    fn conditional(&mut self) -> Parsed {
        let start = self.tokens[self.at - 1].1.start;
        let condition = self.expression()?;
        self.expect_name("then")?;
        let so = self.expression()?;
        self.expect_name("else")?;
        let not = self.expression()?;
        let span = start..not.span.end;
        Ok(Expression { kind: Kind::If(Box::new([condition, so, not])), span })
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.interval()?;
        let signs =
            [("<", Operator::Less), ("<=", Operator::AtMost), (">", Operator::Greater), (">=", Operator::AtLeast)];
        match self.takes_operator(&signs) {
            None => Ok(left),
            Some(operator) => Ok(binary(operator, left, self.interval()?)),
        }
    }

    fn interval(&mut self) -> Parsed {
        let low = self.sum()?;
        if !self.takes_name("to") {
            return Ok(low);
        }
        let high = self.sum()?;
        let mut span = low.span.start..high.span.end;
        let mut level = 0.9;
        if self.takes_name("at") {
            let written = self.product()?;
            span.end = written.span.end;
            level = constant(&written).filter(|level| *level > 0.0 && *level < 1.0).ok_or_else(|| {
                SyntaxError::new(written.span, "the level of an interval is a share", "write `a to b at 80%`")
            })?;
        }
        Ok(Expression { kind: Kind::Draw(Family::Interval { level }, vec![low, high]), span })
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(operator) = self.takes_operator(&[("+", Operator::Add), ("-", Operator::Subtract)]) {
            self.count_operator()?;
            left = binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some(operator) = self.takes_operator(&[("*", Operator::Multiply), ("/", Operator::Divide)]) {
            self.count_operator()?;
            left = binary(operator, left, self.signed()?);
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        let start = self.here().start;
        if !self.takes_sign("-") {
            return self.power();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SyntaxError::new(self.here(), format!("nested deeper than {DEEPEST}"), "name the parts"));
        }
        let inner = self.signed()?;
        self.depth -= 1;
        let span = start..inner.span.end;
        Ok(Expression { kind: Kind::Negative(Box::new(inner)), span })
    }

    fn power(&mut self) -> Parsed {
        let mut base = self.primary()?;
        while self.takes_sign("%") {
            self.count_operator()?;
            let span = base.span.start..self.tokens[self.at - 1].1.end;
            let hundredth = Expression { kind: Kind::Number(0.01), span: span.clone() };
            let kind = match base.kind {
                // So that 80% is exactly the number nearest to 0.8.
                Kind::Number(n) => Kind::Number(n / 100.0),
                _ => Kind::Binary(Operator::Multiply, Box::new(base), Box::new(hundredth)),
            };
            base = Expression { kind, span };
        }
        if !self.takes_sign("^") {
            return Ok(base);
        }
        self.count_operator()?;
        Ok(binary(Operator::Power, base, self.signed()?))
    }

    fn count_operator(&mut self) -> Result<(), SyntaxError> {
        self.n_operators += 1;
        if self.n_operators > MOST_OPERATORS {
            let problem = format!("more than {MOST_OPERATORS} operators in one expression");
            return Err(SyntaxError::new(self.here(), problem, "name the parts"));
        }
        Ok(())
    }

    fn primary(&mut self) -> Parsed {
        let Some((token, span)) = self.tokens.get(self.at).cloned() else {
            return Err(SyntaxError::new(
                self.here(),
                "the expression ends too early",
                "a number or a name is missing",
            ));
        };
        self.at += 1;
        match token {
            Token::Number(n) => Ok(Expression { kind: Kind::Number(n), span }),
            Token::Sign("(") => {
                let inner = self.expression()?;
                let end = self.expect_sign(")", &span)?;
                Ok(Expression { kind: inner.kind, span: span.start..end })
            }
            Token::Name(name) if name == "never" => Ok(Expression { kind: Kind::Never, span }),
            Token::Name(name) if name == "mixture" => self.mixture(&span),
            Token::Name(name) if self.takes_sign("(") => self.call(&name, &span),
            Token::Name(name) if is_reserved(&name) => {
                let help =
                    if RESERVED.contains(&name.as_str()) { String::new() } else { format!("write `{name}(…)`") };
                Err(SyntaxError::new(span, format!("`{name}` is a word of the language, and no value"), help))
            }
            Token::Name(name) => Ok(Expression { kind: Kind::Name(name), span }),
            Token::Sign(sign) => {
                Err(SyntaxError::new(span, format!("`{sign}` stands where a number or a name should"), ""))
            }
        }
    }

    fn arguments(&mut self, open: &Range<usize>) -> Result<(Vec<Expression>, usize), SyntaxError> {
        let mut arguments = vec![self.expression()?];
        while self.takes_sign(",") {
            arguments.push(self.expression()?);
        }
        let end = self.expect_sign(")", open)?;
        Ok((arguments, end))
    }

    fn call(&mut self, name: &str, span: &Range<usize>) -> Parsed {
        let Some((_, called, n)) = CALLS.iter().find(|(call, ..)| *call == name) else {
            let known = CALLS.iter().map(|(call, ..)| *call).chain(["mixture"]);
            let help = did_you_mean(name, known);
            return Err(SyntaxError::new(span.clone(), format!("there is no function `{name}`"), help));
        };
        let (arguments, end) = self.arguments(span)?;
        let span = span.start..end;
        if let Some(n) = n.filter(|n| *n != arguments.len()) {
            let wanted = if n == 1 { "1 argument".to_owned() } else { format!("{n} arguments") };
            let problem = format!("`{name}` takes {wanted}, and {} are given", arguments.len());
            return Err(SyntaxError::new(span, problem, ""));
        }
        let kind = match called {
            Called::Function(function) => Kind::Call(*function, arguments),
            Called::Family(family) => Kind::Draw(*family, arguments),
        };
        Ok(Expression { kind, span })
    }

    /// `mixture(a, b, …, [w, v, …])`, without weights: all the same.
    fn mixture(&mut self, name: &Range<usize>) -> Parsed {
        if !self.takes_sign("(") {
            return Err(SyntaxError::new(
                name.clone(),
                "`mixture` needs its parts",
                "write `mixture(a, b, [0.7, 0.3])`",
            ));
        }
        let (mut parts, mut weights, mut list) = (Vec::new(), None, name.clone());
        loop {
            let start = self.here().start;
            if self.takes_sign("[") {
                let mut read = vec![self.weight()?];
                while self.takes_sign(",") {
                    read.push(self.weight()?);
                }
                list = start..self.expect_sign("]", name)?;
                weights = Some(read);
                break;
            }
            parts.push(self.expression()?);
            if !self.takes_sign(",") {
                break;
            }
        }
        let end = self.expect_sign(")", name)?;
        let weights = weights.unwrap_or_else(|| vec![1.0; parts.len()]);
        let total: f64 = weights.iter().sum();
        if weights.len() != parts.len() || total <= 0.0 {
            let problem = format!("{} parts, and {} weights that sum to {total}", parts.len(), weights.len());
            return Err(SyntaxError::new(list, problem, "one positive weight for each part"));
        }
        let parts = weights.into_iter().map(|weight| weight / total).zip(parts).collect();
        Ok(Expression { kind: Kind::Mixture(parts), span: name.start..end })
    }

    fn weight(&mut self) -> Result<f64, SyntaxError> {
        let written = self.sum()?;
        let help = "write a number that is not negative";
        let weight = constant(&written).filter(|weight| *weight >= 0.0);
        weight.ok_or_else(|| SyntaxError::new(written.span, "this is no weight", help))
    }

    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, span)| span.clone())
    }

    fn takes_sign(&mut self, wanted: &str) -> bool {
        let there = matches!(self.tokens.get(self.at), Some((Token::Sign(sign), _)) if *sign == wanted);
        self.at += usize::from(there);
        there
    }

    fn takes_name(&mut self, wanted: &str) -> bool {
        let there = matches!(self.tokens.get(self.at), Some((Token::Name(name), _)) if name == wanted);
        self.at += usize::from(there);
        there
    }

    fn takes_operator(&mut self, known: &[(&str, Operator)]) -> Option<Operator> {
        known.iter().find(|(sign, _)| self.takes_sign(sign)).map(|(_, operator)| *operator)
    }

    fn expect_sign(&mut self, wanted: &str, opened: &Range<usize>) -> Result<usize, SyntaxError> {
        if self.takes_sign(wanted) {
            return Ok(self.tokens[self.at - 1].1.end);
        }
        let help = format!("for what was opened at byte {}", opened.start);
        Err(SyntaxError::new(self.here(), format!("`{wanted}` is missing"), help))
    }

    fn expect_name(&mut self, wanted: &str) -> Result<(), SyntaxError> {
        if self.takes_name(wanted) {
            return Ok(());
        }
        Err(SyntaxError::new(self.here(), format!("`{wanted}` is missing"), "write `if c then a else b`"))
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    let span = left.span.start..right.span.end;
    Expression { kind: Kind::Binary(operator, Box::new(left), Box::new(right)), span }
}

/// The number that an expression of numbers alone stands for; none where it has names.
fn constant(expression: &Expression) -> Option<f64> {
    match &expression.kind {
        Kind::Number(n) => Some(*n),
        Kind::Negative(inner) => constant(inner).map(|n| -n),
        Kind::Binary(Operator::Divide, a, b) => Some(constant(a)? / constant(b)?),
        _ => None,
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(n) => format!("`{n}`"),
        Token::Name(name) => format!("`{name}`"),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}
