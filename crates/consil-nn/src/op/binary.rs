//! Sums, differences, products and maxima of two operands, the second repeated where it is smaller.

use consil_graph::op::{Add, Max, Mul, Sub};

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Target, target};
use crate::run_error::RunError;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Add,
    Sub,
    Mul,
    Max,
}

macro_rules! lower_binary {
    ($($op:ident),*) => {
        $(impl Lower for $op {
            fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
                lower(Kind::$op, to, data, out)
            }
        })*
    };
}

lower_binary!(Add, Sub, Mul, Max);

fn lower(kind: Kind, to: &mut Lowering, data: &[Operand], out: &[usize]) -> Operand {
    let varies = data.iter().any(|operand| operand.varies);
    let a = if varies { to.varying(&data[0]) } else { data[0].clone() };
    let b = data[1].clone();
    let kernel = Binary { kind, width: a.size(), period: b.size(), per_row: b.varies || !varies };
    to.step(kernel, &[a, b], out)
}

/// `a ∘ b` for rows a of `width` values; b has `period` values, repeated over the row, for each row or (`per_row` being false) once.
#[derive(Clone, Debug)]
struct Binary {
    kind: Kind,
    width: usize,
    period: usize,
    per_row: bool,
}

impl Binary {
    /// Calls `visit` with stretches of a whose elements meet the elements of b, or all one element of it.
    fn for_each(&self, length: usize, mut visit: impl FnMut(usize, usize, usize)) {
        if self.per_row && self.period == self.width {
            return visit(0, 0, length);
        }
        for at in (0..length).step_by(self.period.max(1)) {
            visit(at, if self.per_row { at / self.width * self.period } else { 0 }, self.period);
        }
    }

    fn apply(&self, a: &[f32], b: &[f32], y: &mut [f32], f: impl Fn(f32, f32) -> f32) {
        if self.period == 1 && self.width > 1 {
            for (i, (a, y)) in a.chunks_exact(self.width).zip(y.chunks_exact_mut(self.width)).enumerate() {
                let b = b[if self.per_row { i } else { 0 }];
                y.iter_mut().zip(a).for_each(|(y, a)| *y = f(*a, b));
            }
            return;
        }
        self.for_each(a.len(), |at, from, n| {
            let y = &mut y[at..at + n];
            y.iter_mut().zip(&a[at..at + n]).zip(&b[from..from + n]).for_each(|((y, a), b)| *y = f(*a, *b));
        });
    }

    /// The gradient of a: `f(a, b, dy)`.
    fn first(&self, a: &[f32], b: &[f32], dy: &[f32], into: Target<'_>, f: impl Fn(f32, f32, f32) -> f32) {
        let read = |x: &[f32], i: usize| x.get(i).copied().unwrap_or(0.0);
        self.for_each(dy.len(), |at, from, n| {
            for i in 0..n {
                let value = f(read(a, at + i), read(b, from + i), dy[at + i]);
                let d = &mut into.values[at + i];
                *d = if into.add { *d + value } else { value };
            }
        });
    }

    /// The gradient of b: the sum of `f(a, b, dy)` over all that it meets.
    fn second(&self, a: &[f32], b: &[f32], dy: &[f32], into: Target<'_>, f: impl Fn(f32, f32, f32) -> f32) {
        let read = |x: &[f32], i: usize| x.get(i).copied().unwrap_or(0.0);
        if !into.add {
            into.values.fill(0.0);
        }
        self.for_each(dy.len(), |at, from, n| {
            for i in 0..n {
                into.values[from + i] += f(read(a, at + i), read(b, from + i), dy[at + i]);
            }
        });
    }
}

/// The share of the gradient that the larger of two values gets; of equal ones the first.
fn won(a: f32, b: f32) -> f32 {
    if b > a { 0.0 } else { 1.0 }
}

impl Kernel for Binary {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let (a, b) = (x[0], x[1]);
        match self.kind {
            Kind::Add => self.apply(a, b, y, |a, b| a + b),
            Kind::Sub => self.apply(a, b, y, |a, b| a - b),
            Kind::Mul => self.apply(a, b, y, |a, b| a * b),
            Kind::Max => self.apply(a, b, y, |a, b| if b > a || b.is_nan() { b } else { a }),
        }
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, .. }: Backward<'_>) {
        let (a, b) = (x[0], x[1]);
        if let Some(into) = target(dx, 0) {
            match self.kind {
                Kind::Add | Kind::Sub if !into.add => into.values.copy_from_slice(dy),
                Kind::Add | Kind::Sub => into.values.iter_mut().zip(dy).for_each(|(d, dy)| *d += dy),
                Kind::Mul => self.first(a, b, dy, into, |_, b, dy| b * dy),
                Kind::Max => self.first(a, b, dy, into, |a, b, dy| won(a, b) * dy),
            }
        }
        if let Some(into) = target(dx, 1) {
            match self.kind {
                Kind::Add => self.second(a, b, dy, into, |_, _, dy| dy),
                Kind::Sub => self.second(a, b, dy, into, |_, _, dy| -dy),
                Kind::Mul => self.second(a, b, dy, into, |a, _, dy| a * dy),
                Kind::Max => self.second(a, b, dy, into, |a, b, dy| (1.0 - won(a, b)) * dy),
            }
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        matches!(self.kind, Kind::Mul | Kind::Max)
    }

    fn adds(&self) -> bool {
        true
    }
}
