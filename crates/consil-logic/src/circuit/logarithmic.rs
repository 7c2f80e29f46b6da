//! Evaluation of a tile of samples with logarithms: slower, and never out of range.
//!
//! Zero is −∞ throughout; an impossible node sends no derivative down, so that no NaN arises.

use super::{Circuit, LANES, Row};

const IMPOSSIBLE: Row = [f64::NEG_INFINITY; LANES];

/// Fills the node rows from the slot rows: log Σ exp Σ log.
pub(super) fn forward(circuit: &Circuit, rows: &mut [Row]) {
    for node in 0..circuit.n_nodes() {
        let (done, rest) = rows.split_at_mut(circuit.n_slots + node);
        let mut largest = IMPOSSIBLE;
        for factors in circuit.edges(node) {
            let edge = product(factors, done);
            for lane in 0..LANES {
                largest[lane] = largest[lane].max(edge[lane]);
            }
        }
        let mut sum = [0.0; LANES];
        for factors in circuit.edges(node) {
            let edge = product(factors, done);
            for lane in 0..LANES {
                if edge[lane] > f64::NEG_INFINITY {
                    sum[lane] += (edge[lane] - largest[lane]).exp();
                }
            }
        }
        for lane in 0..LANES {
            rest[0][lane] = if sum[lane] > 0.0 { largest[lane] + sum[lane].ln() } else { f64::NEG_INFINITY };
        }
    }
}

/// Adds the derivative by each row's logarithm to `adjoints`, which holds the seeds of the roots.
pub(super) fn backward(circuit: &Circuit, rows: &[Row], adjoints: &mut [Row]) {
    for node in (0..circuit.n_nodes()).rev() {
        let adjoint = adjoints[circuit.n_slots + node];
        if adjoint.iter().all(|&a| a == 0.0) {
            continue;
        }
        let value = rows[circuit.n_slots + node];
        for factors in circuit.edges(node) {
            let edge = product(factors, rows);
            let mut share = [0.0; LANES];
            for lane in 0..LANES {
                if edge[lane] > f64::NEG_INFINITY {
                    share[lane] = adjoint[lane] * (edge[lane] - value[lane]).exp();
                }
            }
            for &factor in factors {
                for lane in 0..LANES {
                    adjoints[factor as usize][lane] += share[lane];
                }
            }
        }
    }
}

fn product(factors: &[u32], rows: &[Row]) -> Row {
    let mut edge = [0.0; LANES];
    for &factor in factors {
        for lane in 0..LANES {
            edge[lane] += rows[factor as usize][lane];
        }
    }
    edge
}
