//! Numbers and the arithmetic functions of `is` and the comparisons.

use std::cmp::Ordering;

use crate::term::Term;

/// The value of an arithmetic expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArithmeticError {
    /// Something that is no arithmetic function.
    #[error("`{0}` is not a number or an arithmetic function")]
    NotANumber(String),
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A result that fits neither 64-bit integers nor finite floats.
    #[error("the result of `{0}` is too large")]
    Overflow(String),
    /// An integer function applied to a float.
    #[error("`{0}` takes integers")]
    NeedsIntegers(String),
    /// A result that is no real number, such as the root of a negative.
    #[error("`{0}` is undefined here")]
    Undefined(String),
}

use Number::{Float, Int};

impl Number {
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Int(value) => value as f64,
            Float(value) => value,
        }
    }

    /// By value; an integer and a float of the same value are equal.
    pub(crate) fn compare(self, other: Number) -> Ordering {
        match (self, other) {
            (Int(a), Int(b)) => a.cmp(&b),
            (Float(a), Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Float(a), Int(b)) if a == b as f64 && a as i64 == b => Ordering::Equal,
            (Int(a), Float(b)) if b == a as f64 && b as i64 == a => Ordering::Equal,
            (Float(a), Int(b)) => crate::term::float_to_int(a, b),
            (Int(a), Float(b)) => crate::term::float_to_int(b, a).reverse(),
        }
    }
}

/// What an expression is at its top.
pub(crate) enum Top<'s> {
    /// A variable without a value.
    Unbound,
    Number(Number),
    /// A function of the arguments that were added.
    Function(&'s str),
}

/// The value of an expression; nothing if it contains an unbound variable. `look` tells what an expression is and adds the
/// arguments of a function to a list. Iterative: an expression that a program builds may be deep.
pub(crate) fn evaluate<'s, E>(
    expression: E,
    mut look: impl FnMut(E, &mut Vec<E>) -> Result<Top<'s>, ArithmeticError>,
) -> Result<Option<Number>, ArithmeticError> {
    enum Todo<'s, E> {
        Expression(E),
        Apply(&'s str, usize),
    }
    let mut todo = vec![Todo::Expression(expression)];
    let (mut values, mut args) = (Vec::new(), Vec::new());
    while let Some(next) = todo.pop() {
        match next {
            Todo::Expression(expression) => match look(expression, &mut args)? {
                Top::Unbound => return Ok(None),
                Top::Number(value) => values.push(value),
                Top::Function(name) => {
                    todo.push(Todo::Apply(name, args.len()));
                    todo.extend(args.drain(..).rev().map(Todo::Expression));
                }
            },
            Todo::Apply(name, n_args) => {
                let first = values.len() - n_args;
                let value = apply(name, &values[first..])?;
                values.truncate(first);
                values.push(value);
            }
        }
    }
    Ok(values.pop())
}

/// The value of a ground term.
pub(crate) fn evaluate_term(term: &Term) -> Result<Number, ArithmeticError> {
    let value = evaluate(term, |term, args| match term {
        Term::Int(value) => Ok(Top::Number(Int(*value))),
        Term::Float(value) => Ok(Top::Number(Float(*value))),
        Term::Atom(name) => Ok(Top::Function(name)),
        Term::Compound(compound) => {
            args.extend(compound.args());
            Ok(Top::Function(compound.functor()))
        }
        Term::Var(name) | Term::Str(name) => Err(not_a_number(name)),
    })?;
    value.ok_or_else(|| not_a_number(&term.to_string()))
}

/// Applies an arithmetic function, as ProbLog does: integer results are exact or an error; `/` gives a float; `//`, `div`,
/// `mod` and `rem` round towards minus infinity; `round` takes the even one of two equally near integers.
pub(crate) fn apply(name: &str, args: &[Number]) -> Result<Number, ArithmeticError> {
    match args {
        [] => constant(name),
        [a] => unary(name, *a),
        [a, b] => binary(name, *a, *b),
        _ => Err(not_a_number(name)),
    }
}

fn constant(name: &str) -> Result<Number, ArithmeticError> {
    Ok(Float(match name {
        "pi" => std::f64::consts::PI,
        "e" => std::f64::consts::E,
        "inf" | "infinite" => return Ok(Float(f64::INFINITY)),
        "epsilon" => f64::EPSILON,
        _ => return Err(not_a_number(name)),
    }))
}

fn unary(name: &str, a: Number) -> Result<Number, ArithmeticError> {
    let integer = |result: Option<i64>| result.map(Int).ok_or_else(|| overflow(name));
    let real = |value| real(name, value, a.as_f64().is_finite());
    match (name, a) {
        ("+", _) => Ok(a),
        ("-", Int(a)) => integer(a.checked_neg()),
        ("-", Float(a)) => Ok(Float(-a)),
        ("abs", Int(a)) => integer(a.checked_abs()),
        ("abs", Float(a)) => Ok(Float(a.abs())),
        ("sign", Int(a)) => Ok(Int(a.signum())),
        ("sign", Float(a)) => Ok(Int(if a == 0.0 { 0 } else { a.signum() as i64 })),
        ("\\", Int(a)) => Ok(Int(!a)),
        ("\\", Float(_)) => Err(ArithmeticError::NeedsIntegers(name.into())),
        ("float", _) => Ok(Float(a.as_f64())),
        ("round", _) => rounded(name, a, f64::round_ties_even),
        ("integer" | "truncate" | "float_integer_part", _) => rounded(name, a, f64::trunc),
        ("float_fractional_part", Int(_)) => Ok(Int(0)),
        ("float_fractional_part", Float(a)) => Ok(Float(a.fract())),
        ("floor", _) => rounded(name, a, f64::floor),
        ("ceiling", _) => rounded(name, a, f64::ceil),
        ("sqrt", _) => real(a.as_f64().sqrt()),
        ("exp", _) => real(a.as_f64().exp()),
        ("log", _) if a.as_f64() <= 0.0 => Err(ArithmeticError::Undefined(name.into())),
        ("log", _) => real(a.as_f64().ln()),
        ("log2", _) if a.as_f64() <= 0.0 => Err(ArithmeticError::Undefined(name.into())),
        ("log2", _) => real(a.as_f64().log2()),
        ("log10", _) if a.as_f64() <= 0.0 => Err(ArithmeticError::Undefined(name.into())),
        ("log10", _) => real(a.as_f64().log10()),
        ("sinh", _) => real(a.as_f64().sinh()),
        ("cosh", _) => real(a.as_f64().cosh()),
        ("tanh", _) => real(a.as_f64().tanh()),
        ("asinh", _) => real(a.as_f64().asinh()),
        ("acosh", _) => real(a.as_f64().acosh()),
        ("atanh", _) => real(a.as_f64().atanh()),
        ("sin", _) => real(a.as_f64().sin()),
        ("cos", _) => real(a.as_f64().cos()),
        ("tan", _) => real(a.as_f64().tan()),
        ("atan", _) => real(a.as_f64().atan()),
        ("asin", _) => real(a.as_f64().asin()),
        ("acos", _) => real(a.as_f64().acos()),
        ("erf", _) => real(libm::erf(a.as_f64())),
        ("erfc", _) => real(libm::erfc(a.as_f64())),
        // Poles: Γ has no value there, and its logarithm none either.
        ("gamma" | "lgamma", _) if a.as_f64() <= 0.0 && a.as_f64().fract() == 0.0 => {
            Err(ArithmeticError::Undefined(name.into()))
        }
        ("gamma", _) => real(libm::tgamma(a.as_f64())),
        ("lgamma", _) => real(libm::lgamma(a.as_f64())),
        _ => Err(not_a_number(name)),
    }
}

fn binary(name: &str, a: Number, b: Number) -> Result<Number, ArithmeticError> {
    let real = |value| real(name, value, a.as_f64().is_finite() && b.as_f64().is_finite());
    match name {
        "+" => both(name, a, b, i64::checked_add, |a, b| a + b),
        "-" => both(name, a, b, i64::checked_sub, |a, b| a - b),
        "*" => both(name, a, b, i64::checked_mul, |a, b| a * b),
        "/" | "//" | "div" | "mod" | "rem" if b.as_f64() == 0.0 => Err(ArithmeticError::DivisionByZero),
        "/" => real(a.as_f64() / b.as_f64()),
        "//" | "div" | "mod" | "rem" => match (a, b) {
            (Int(a), Int(b)) => whole_division(name, a, b),
            _ => {
                let (a, b) = (a.as_f64(), b.as_f64());
                let rest = a % b;
                // With the sign of the divisor, as the quotient is rounded down.
                let rest = if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest };
                real(if matches!(name, "mod" | "rem") { rest } else { ((a - rest) / b).round() })
            }
        },
        "min" => Ok(if b.compare(a).is_lt() { b } else { a }),
        "max" => Ok(if b.compare(a).is_gt() { b } else { a }),
        "**" | "^" => power(name, a, b),
        "exp" => real(a.as_f64().powf(b.as_f64())),
        "atan2" | "atan" => real(a.as_f64().atan2(b.as_f64())),
        "copysign" => real(a.as_f64().copysign(b.as_f64())),
        _ => integers(name, a, b),
    }
}

/// The quotient rounded down, or its rest.
fn whole_division(name: &str, a: i64, b: i64) -> Result<Number, ArithmeticError> {
    let result = match name {
        "//" | "div" => a.checked_div(b).map(|q| if a % b != 0 && (a < 0) != (b < 0) { q - 1 } else { q }),
        _ => a.checked_rem(b).or(Some(0)).map(|r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
    };
    result.map(Int).ok_or_else(|| overflow(name))
}

fn integers(name: &str, a: Number, b: Number) -> Result<Number, ArithmeticError> {
    if !matches!(name, "<<" | ">>" | "/\\" | "\\/" | "xor" | "#" | "><" | "gcd") {
        return Err(not_a_number(name));
    }
    let (Int(a), Int(b)) = (a, b) else { return Err(ArithmeticError::NeedsIntegers(name.into())) };
    let result = match name {
        "<<" | ">>" if b < 0 => return Err(ArithmeticError::Undefined(name.into())),
        "<<" if a == 0 => Some(0),
        // 64 bits moved by up to 63 fit into 128.
        "<<" if b < 64 => i64::try_from(i128::from(a) << b).ok(),
        "<<" => None,
        // Behind the last bit only the sign is left.
        ">>" => Some(a >> b.min(63)),
        "/\\" => Some(a & b),
        "\\/" => Some(a | b),
        "xor" | "#" | "><" => Some(a ^ b),
        _ => i64::try_from(gcd(a.unsigned_abs(), b.unsigned_abs())).ok(),
    };
    result.map(Int).ok_or_else(|| overflow(name))
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn power(name: &str, a: Number, b: Number) -> Result<Number, ArithmeticError> {
    match (a, b) {
        (Int(a), Int(b)) if b >= 0 => {
            let exponent = u32::try_from(b).map_err(|_| overflow(name))?;
            a.checked_pow(exponent).map(Int).ok_or_else(|| overflow(name))
        }
        (Int(0), Int(_)) => Err(ArithmeticError::DivisionByZero),
        _ => real(name, a.as_f64().powf(b.as_f64()), a.as_f64().is_finite() && b.as_f64().is_finite()),
    }
}

fn both(
    name: &str,
    a: Number,
    b: Number,
    exact: fn(i64, i64) -> Option<i64>,
    rounded: fn(f64, f64) -> f64,
) -> Result<Number, ArithmeticError> {
    match (a, b) {
        (Int(a), Int(b)) => exact(a, b).map(Int).ok_or_else(|| overflow(name)),
        _ => {
            let (a, b) = (a.as_f64(), b.as_f64());
            real(name, rounded(a, b), a.is_finite() && b.is_finite())
        }
    }
}

fn rounded(name: &str, a: Number, round: fn(f64) -> f64) -> Result<Number, ArithmeticError> {
    match a {
        Int(_) => Ok(a),
        Float(a) => {
            let whole = round(a);
            // Both bounds are exact floats; the upper one is excluded because 2^63 itself does not fit.
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole);
            if fits { Ok(Int(whole as i64)) } else { Err(overflow(name)) }
        }
    }
}

/// A float that a function gives. Only an infinite argument may make it infinite.
fn real(name: &str, value: f64, from_finite: bool) -> Result<Number, ArithmeticError> {
    if value.is_nan() {
        Err(ArithmeticError::Undefined(name.into()))
    } else if value.is_infinite() && from_finite {
        Err(overflow(name))
    } else {
        Ok(Float(value))
    }
}

fn overflow(name: &str) -> ArithmeticError {
    ArithmeticError::Overflow(name.into())
}

fn not_a_number(name: &str) -> ArithmeticError {
    ArithmeticError::NotANumber(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Number, ArithmeticError> {
        evaluate_term(&text.parse().unwrap())
    }

    #[test]
    fn values_are_those_that_problog_gives() {
        // ProbLog 2.3: `problog` on `p(X) :- X is …. query(p(_)).`
        for (text, expected) in [
            ("7 // 2", Int(3)),
            ("7 // -2", Int(-4)),
            ("-7 div 2", Int(-4)),
            ("7 mod -2", Int(-1)),
            ("5 rem -3", Int(-1)),
            ("7 / 35", Float(0.2)),
            ("14 / 7", Float(2.0)),
            ("2 ** 10", Int(1024)),
            ("2 ** -1", Float(0.5)),
            ("max(2, 3.5)", Float(3.5)),
            ("max(1, 1.0)", Int(1)),
            ("abs(-3) + min(1, 2) * 2", Int(5)),
            ("truncate(-0.5)", Int(0)),
            ("integer(2.7)", Int(2)),
            ("round(2.5)", Int(2)),
            ("sign(-0.5)", Int(-1)),
            ("16 >> 2", Int(4)),
            ("6 xor 3", Int(5)),
            ("-1 << 63", Int(i64::MIN)),
            ("0 << 64", Int(0)),
            ("5 >> 64", Int(0)),
            ("-5 >> 64", Int(-1)),
            ("7.0 // 2", Float(3.0)),
            ("-7.5 div 2", Float(-4.0)),
            ("3.5 mod 2", Float(1.5)),
            ("7.5 mod -2", Float(-0.5)),
            ("-7.5 rem 2", Float(0.5)),
            ("5 mod inf", Float(5.0)),
            ("inf + 1", Float(f64::INFINITY)),
            ("sqrt(inf) / 2", Float(f64::INFINITY)),
            ("2 ** inf", Float(f64::INFINITY)),
            ("1 / inf", Float(0.0)),
            ("gcd(12, 18)", Int(6)), // ours alone
        ] {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    /// Γ(n) = (n − 1)!, Γ(½) = √π; erf 1 and its complement from Abramowitz & Stegun, table 7.1, to the digits printed there.
    #[test]
    fn special_functions_have_their_known_values() {
        for (text, expected, tolerance) in [
            ("gamma(5)", 24.0, 1e-12),
            ("gamma(0.5)", std::f64::consts::PI.sqrt(), 1e-14),
            ("gamma(-0.5)", -2.0 * std::f64::consts::PI.sqrt(), 1e-14),
            ("lgamma(101.0)", (1..=100).map(|n| f64::from(n).ln()).sum::<f64>(), 1e-10),
            ("erf(1)", 0.842_700_792_9, 1e-10),
            ("erfc(1.0)", 1.0 - 0.842_700_792_9, 1e-10),
        ] {
            let found = value(text).unwrap().as_f64();
            assert!((found - expected).abs() < tolerance, "{text} is {found}");
        }
        assert_eq!(value("gamma(0)"), Err(ArithmeticError::Undefined("gamma".into())));
        assert_eq!(value("gamma(200)"), Err(ArithmeticError::Overflow("gamma".into())));
    }

    #[test]
    fn errors_name_their_cause() {
        assert_eq!(value("1 // 0"), Err(ArithmeticError::DivisionByZero));
        assert_eq!(value("9223372036854775807 + 1"), Err(ArithmeticError::Overflow("+".into())));
        assert_eq!(value("7.5 mod 0.0"), Err(ArithmeticError::DivisionByZero));
        assert_eq!(value("-1 << 64"), Err(ArithmeticError::Overflow("<<".into())));
        assert_eq!(value("1 >> -1"), Err(ArithmeticError::Undefined(">>".into())));
        assert_eq!(value("1.5 << 2"), Err(ArithmeticError::NeedsIntegers("<<".into())));
        assert_eq!(value("1.0e308 * 10"), Err(ArithmeticError::Overflow("*".into())));
        assert_eq!(value("inf - inf"), Err(ArithmeticError::Undefined("-".into())));
        assert_eq!(value("foo(1)"), Err(ArithmeticError::NotANumber("foo".into())));
        assert_eq!(value("sqrt(-1)"), Err(ArithmeticError::Undefined("sqrt".into())));
    }
}
