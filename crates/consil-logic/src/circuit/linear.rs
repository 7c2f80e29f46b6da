//! Evaluation of a tile of samples with plain probabilities in double precision.
//!
//! Sums and products without a single exponential; exact to single precision unless something underflows, which
//! [`may_underflow`] recognises from the weights.

use super::{Circuit, LANES, Row};

/// Below this a double may have lost digits on the way, and the tile is evaluated with logarithms.
const SMALLEST: f64 = 1e-250;
/// ln(1e-290) and ln(1e290): between them every product of weights is a normal double.
const RANGE: f64 = 667.0;

/// Fills the node rows from the slot rows.
pub(super) fn forward(circuit: &Circuit, rows: &mut [Row]) {
    for node in 0..circuit.n_nodes() {
        let (done, rest) = rows.split_at_mut(circuit.n_slots + node);
        let mut sum = [0.0; LANES];
        for factors in circuit.edges(node) {
            match *factors {
                [] => sum.iter_mut().for_each(|s| *s += 1.0),
                [a] => add(&mut sum, &done[a as usize]),
                [a, b] => add_product(&mut sum, &done[a as usize], &done[b as usize]),
                [a, ref others @ ..] => {
                    let mut product = done[a as usize];
                    others.iter().for_each(|&b| multiply(&mut product, &done[b as usize]));
                    add(&mut sum, &product);
                }
            }
        }
        rest[0] = sum;
    }
}

/// Adds each row's derivative to `adjoints`, which holds the seeds of the roots.
pub(super) fn backward(circuit: &Circuit, rows: &[Row], adjoints: &mut [Row], partial: &mut Vec<Row>) {
    for node in (0..circuit.n_nodes()).rev() {
        let adjoint = adjoints[circuit.n_slots + node];
        if adjoint.iter().all(|&a| a == 0.0) {
            continue;
        }
        for factors in circuit.edges(node) {
            match *factors {
                [] => {}
                [a] => add(&mut adjoints[a as usize], &adjoint),
                [a, b] => {
                    add_product(&mut adjoints[a as usize], &adjoint, &rows[b as usize]);
                    add_product(&mut adjoints[b as usize], &adjoint, &rows[a as usize]);
                }
                _ => {
                    // The product of all other factors: those before, times the adjoint, times those behind. A division
                    // would be wrong where a factor is zero.
                    partial.clear();
                    let mut before = adjoint;
                    for &factor in factors {
                        partial.push(before);
                        multiply(&mut before, &rows[factor as usize]);
                    }
                    let mut behind = [1.0; LANES];
                    for (&factor, before) in factors.iter().zip(partial.iter()).rev() {
                        add_product(&mut adjoints[factor as usize], before, &behind);
                        multiply(&mut behind, &rows[factor as usize]);
                    }
                }
            }
        }
    }
}

/// Whether plain doubles could misjudge a root of these samples.
///
/// A zero root is trusted if no product of `degree` non-zero weights can underflow; otherwise each root must lie well
/// inside the range of doubles.
pub(super) fn may_underflow(circuit: &Circuit, log_weights: &[Row], rows: &[Row]) -> bool {
    let (mut smallest, mut largest) = ([0.0f64; LANES], [0.0f64; LANES]);
    for row in log_weights {
        for lane in 0..LANES {
            if row[lane] > f64::NEG_INFINITY {
                smallest[lane] = smallest[lane].min(row[lane]);
                largest[lane] = largest[lane].max(row[lane]);
            }
        }
    }
    let overflow = largest.iter().any(|&log| log * circuit.degree > RANGE);
    let certain = smallest.iter().all(|&log| -log * circuit.degree < RANGE);
    let small = |&root: &u32| rows[root as usize].iter().any(|&value| value < SMALLEST);
    overflow || (!certain && (circuit.roots.iter().any(small) || circuit.evidence.iter().any(small)))
}

fn add(sum: &mut Row, a: &Row) {
    for lane in 0..LANES {
        sum[lane] += a[lane];
    }
}

fn add_product(sum: &mut Row, a: &Row, b: &Row) {
    for lane in 0..LANES {
        sum[lane] += a[lane] * b[lane];
    }
}

fn multiply(product: &mut Row, a: &Row) {
    for lane in 0..LANES {
        product[lane] *= a[lane];
    }
}
