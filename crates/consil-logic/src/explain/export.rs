//! Derivation graphs and circuits in the DOT language.

use crate::plan::Plan;
use crate::proof::dot_escaped;

impl Plan {
    /// The derivation graph in Graphviz' DOT: an ellipse for each goal, a dot for each alternative, a box for each leaf; dashed
    /// where a goal must fail.
    pub fn derivation_dot(&self) -> String {
        self.derivations.dot(&self.groups)
    }

    /// The circuit in Graphviz' DOT: sums, products below them where they have more than one factor, and leaves.
    pub fn circuit_dot(&self) -> String {
        let circuit = &self.circuit;
        let mut out = String::from("digraph circuit {\n  node [fontname=\"monospace\"];\n");
        let name = |row: u32| match (row as usize).checked_sub(circuit.n_slots()) {
            None => format!("s{row}"),
            Some(node) => format!("n{node}"),
        };
        let mut used = vec![false; circuit.n_slots()];
        for node in 0..circuit.n_nodes() {
            out += &format!("  n{node} [label=\"+\", shape=circle];\n");
            for (edge, factors) in circuit.edges(node).enumerate() {
                for &row in factors.iter().filter(|&&row| (row as usize) < circuit.n_slots()) {
                    used[row as usize] = true;
                }
                match factors {
                    [] => {
                        out +=
                            &format!("  e{node}_{edge} [label=\"1\", shape=plaintext];\n  n{node} -> e{node}_{edge};\n")
                    }
                    [row] => out += &format!("  n{node} -> {};\n", name(*row)),
                    rows => {
                        out +=
                            &format!("  e{node}_{edge} [label=\"×\", shape=circle];\n  n{node} -> e{node}_{edge};\n");
                        rows.iter().for_each(|&row| out += &format!("  e{node}_{edge} -> {};\n", name(row)));
                    }
                }
            }
        }
        let roots = self.answers.iter().enumerate().map(|(at, answer)| (circuit.root(at), answer.to_string()));
        let evidence = circuit.evidence().map(|row| (row, "evidence".to_owned()));
        for (at, (row, label)) in roots.chain(evidence).enumerate() {
            if let Some(used) = used.get_mut(row as usize) {
                *used = true;
            }
            out +=
                &format!("  r{at} [label=\"{}\", shape=plaintext];\n  r{at} -> {};\n", dot_escaped(&label), name(row));
        }
        for slot in (0..circuit.n_slots()).filter(|&slot| used[slot]) {
            let group = self.groups.partition_point(|group| group.slots.end <= slot);
            let label = self.groups[group].describe(slot);
            out += &format!("  s{slot} [label=\"{}\", shape=box];\n", dot_escaped(&label));
        }
        out + "}\n"
    }
}
