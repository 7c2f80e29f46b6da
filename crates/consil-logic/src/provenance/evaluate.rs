//! Reading a derivation graph or a circuit in a semiring.

use super::{Provenance, Semiring};
use crate::circuit::Circuit;
use crate::compile::Independence;
use crate::derivation::{Literal, Trimmed};

/// The value of every OR node. Components come children first; inside a cycle the members are raised from zero until they
/// no longer change, or have had more rounds than there are members.
pub(crate) fn graph<S: Provenance>(graph: &Trimmed, independence: &Independence, semiring: &S) -> Vec<S::Value> {
    let mut values = vec![semiring.zero(); graph.n_ors()];
    for members in independence.members() {
        if !independence.is_cyclic(members[0]) {
            values[members[0] as usize] = alternatives(graph, members[0], semiring, &values);
            continue;
        }
        let mut round = 0;
        loop {
            let next: Vec<S::Value> = members.iter().map(|&or| alternatives(graph, or, semiring, &values)).collect();
            let mut changed = false;
            for (&or, next) in members.iter().zip(next) {
                if values[or as usize] != next {
                    let settled = round <= members.len();
                    let next = if settled { next } else { semiring.unbounded(&next) };
                    changed |= values[or as usize] != next;
                    values[or as usize] = next;
                }
            }
            round += 1;
            // Once what grows has been made unbounded, one round for each member carries that everywhere.
            if !changed || round > 2 * members.len() + 2 {
                break;
            }
        }
    }
    values
}

fn alternatives<S: Provenance>(graph: &Trimmed, or: u32, semiring: &S, values: &[S::Value]) -> S::Value {
    let mut sum = semiring.zero();
    for and in graph.ands(or) {
        let mut product = semiring.one();
        for &literal in graph.literals(and) {
            let factor = match literal {
                Literal::Leaf(slot) => semiring.leaf(slot as usize),
                Literal::Node(child) => values[child as usize].clone(),
                Literal::Not(child) => semiring.negated(child as usize, &values[child as usize]),
            };
            product = semiring.multiply(&product, &factor);
        }
        sum = semiring.add(&sum, &product);
    }
    sum
}

/// The value of every row of a circuit, the slots' first.
pub(crate) fn circuit<S: Semiring>(circuit: &Circuit, semiring: &S, slots: &[S::Value]) -> Vec<S::Value> {
    let mut rows = slots.to_vec();
    for node in 0..circuit.n_nodes() {
        let mut sum = semiring.zero();
        for factors in circuit.edges(node) {
            let product =
                factors.iter().fold(semiring.one(), |product, &row| semiring.multiply(&product, &rows[row as usize]));
            sum = semiring.add(&sum, &product);
        }
        rows.push(sum);
    }
    rows
}
