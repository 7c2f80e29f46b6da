//! Arithmetic circuits: sums of products over leaf weights, flat and in topological order.
//!
//! A circuit is multi-linear in each leaf group and its sums are deterministic and its products decomposable, so that
//! evaluating it *is* weighted model counting (Darwiche, "A differential approach to inference in Bayesian networks",
//! J. ACM 2003), and one backward pass gives every partial derivative.

mod compilation;
mod linear;
mod logarithmic;
mod scalar;
mod workspace;

pub use compilation::Compilation;
pub(crate) use scalar::Join;
pub use workspace::Workspace;

/// Samples that are evaluated together; one row of a tile is this many numbers, a whole number of vector registers.
pub(crate) const LANES: usize = 32;
pub(crate) type Row = [f64; LANES];

/// Rows are numbered leaf slots first, then nodes. Node `i` is the sum over its edges of the product of the edge's rows;
/// an edge without factors is 1 and a node without edges is 0.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    n_slots: usize,
    edge_starts: Vec<u32>,
    factor_starts: Vec<u32>,
    factors: Vec<u32>,
    /// Rows of the answers.
    roots: Vec<u32>,
    /// Row of the evidence, if there is any.
    evidence: Option<u32>,
    /// The largest number of leaf weights that are multiplied along any derivation.
    degree: f64,
    compilation: Compilation,
}

impl Circuit {
    pub(crate) fn n_slots(&self) -> usize {
        self.n_slots
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.edge_starts.len().saturating_sub(1)
    }

    pub(crate) fn n_edges(&self) -> usize {
        self.factor_starts.len().saturating_sub(1)
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_slots + self.n_nodes()
    }

    /// How it was compiled.
    pub(crate) fn compilation(&self) -> Compilation {
        self.compilation
    }

    /// The same, with how it was compiled.
    pub(crate) fn compiled_by(self, compilation: Compilation) -> Self {
        Self { compilation, ..self }
    }

    /// The row of an answer.
    pub(crate) fn root(&self, answer: usize) -> u32 {
        self.roots[answer]
    }

    /// The rows of all answers.
    pub(crate) fn roots(&self) -> &[u32] {
        &self.roots
    }

    /// The row of the evidence, if there is any.
    pub(crate) fn evidence(&self) -> Option<u32> {
        self.evidence
    }

    /// The factors of each edge of a node.
    pub(crate) fn edges(&self, node: usize) -> impl Iterator<Item = &[u32]> {
        let (first, last) = (self.edge_starts[node] as usize, self.edge_starts[node + 1] as usize);
        (first..last)
            .map(|edge| &self.factors[self.factor_starts[edge] as usize..self.factor_starts[edge + 1] as usize])
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<u32>() * (self.edge_starts.len() + self.factor_starts.len() + self.factors.len() + self.roots.len())
    }
}

/// Builds a circuit bottom-up; a row may only be used after it exists.
pub(crate) struct CircuitBuilder {
    circuit: Circuit,
    /// Per row, the largest number of leaf weights multiplied below it.
    degrees: Vec<f64>,
}

impl CircuitBuilder {
    pub(crate) fn new(n_slots: usize) -> Self {
        let circuit = Circuit { n_slots, edge_starts: vec![0], factor_starts: vec![0], ..Circuit::default() };
        Self { circuit, degrees: vec![1.0; n_slots] }
    }

    /// Adds an edge to the node that the next [`finish_node`](Self::finish_node) closes.
    pub(crate) fn edge(&mut self, factors: impl IntoIterator<Item = u32>) {
        self.circuit.factors.extend(factors);
        self.circuit.factor_starts.push(self.circuit.factors.len() as u32);
    }

    /// Closes the node of the edges added since the last call, and gives its row. A node of one edge with one factor is
    /// that factor.
    pub(crate) fn finish_node(&mut self) -> u32 {
        let circuit = &mut self.circuit;
        let first = *circuit.edge_starts.last().expect("there is always a first start") as usize;
        let last = circuit.factor_starts.len() - 1;
        if last == first + 1 && circuit.factor_starts[last] - circuit.factor_starts[first] == 1 {
            circuit.factor_starts.pop();
            return circuit.factors.pop().expect("the edge has one factor");
        }
        circuit.edge_starts.push(last as u32);
        let node = circuit.edge_starts.len() - 2;
        let degree = circuit
            .edges(node)
            .map(|factors| factors.iter().map(|&row| self.degrees[row as usize]).sum::<f64>())
            .fold(0.0, f64::max);
        self.degrees.push(degree);
        (self.circuit.n_slots + node) as u32
    }

    pub(crate) fn finish(self, roots: Vec<u32>, evidence: Option<u32>) -> Circuit {
        let degree = self.degrees.iter().copied().fold(1.0, f64::max);
        Circuit { roots, evidence, degree, ..self.circuit }
    }
}
