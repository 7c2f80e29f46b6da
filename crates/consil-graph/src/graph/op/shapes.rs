//! Shape rules that several ops share.

use super::ShapeMismatch;

/// The only operand.
pub(crate) fn one<'a>(data: &[&'a [usize]]) -> Result<&'a [usize], ShapeMismatch> {
    match data {
        [x] => Ok(x),
        _ => Err(ShapeMismatch::Operands { takes: "one operand", given: data.len() }),
    }
}

pub(crate) fn two<'a>(data: &[&'a [usize]]) -> Result<[&'a [usize]; 2], ShapeMismatch> {
    data.try_into().map_err(|_| ShapeMismatch::Operands { takes: "two operands", given: data.len() })
}

pub(crate) fn at_least_rank_1(x: &[usize]) -> Result<&[usize], ShapeMismatch> {
    if x.is_empty() { Err(rank("at least one axis", x, "reshape first")) } else { Ok(x) }
}

pub(crate) fn tokens(x: &[usize]) -> Result<[usize; 2], ShapeMismatch> {
    x.try_into().map_err(|_| rank("tokens [T, D]", x, "embed, transpose or reshape first"))
}

pub(crate) fn positive(value: usize, needs: &'static str) -> Result<(), ShapeMismatch> {
    if value == 0 { Err(ShapeMismatch::Attribute { needs }) } else { Ok(()) }
}

pub(crate) fn rank(needs: &'static str, given: &[usize], fix: &'static str) -> ShapeMismatch {
    ShapeMismatch::Rank { needs, given: given.to_vec(), fix }
}

pub(crate) fn disagree(rule: &'static str, shapes: &[&[usize]]) -> ShapeMismatch {
    ShapeMismatch::Disagree { rule, shapes: shapes.iter().map(|s| s.to_vec()).collect() }
}

/// How many values an array of this shape holds; saturating, as is all that is computed from attributes: a file may hold any
/// number.
pub(crate) fn size(shape: &[usize]) -> usize {
    shape.iter().fold(1, |size: usize, length| size.saturating_mul(*length))
}

/// A product of counts that saturates, for costs.
pub(crate) fn product(factors: &[usize]) -> u64 {
    factors.iter().fold(1, |product: u64, factor| product.saturating_mul(*factor as u64))
}

/// The shape of an elementwise op of two operands. The second is of the first's shape, or one value per sample (`[]` or `[1]`: a presence gate),
/// or as long as the first's last axis and repeated along the others (a time mask `[T]` on `[C, T]`, a bias `[D]` on `[T, D]`).
pub(crate) fn elementwise(data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
    let [a, b] = two(data)?;
    let scalar = b.len() <= 1 && size(b) == 1;
    let along_last = b.len() == 1 && a.last() == b.first();
    if a == b || scalar || along_last {
        return Ok(a.to_vec());
    }
    Err(disagree(
        "a second operand of the first's shape, a single value, or one value for each position of the last axis",
        data,
    ))
}

/// An elementwise op of two operands by its definition: equal shapes, a single value and a last axis are all the second operand repeated.
pub(crate) fn zip_cycled(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b.iter().cycle()).map(|(a, b)| f(*a, *b)).collect()
}
