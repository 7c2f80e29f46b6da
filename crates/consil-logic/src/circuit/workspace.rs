//! The memory of a batch: values of every row, derivatives, losses. Reused from batch to batch.

use std::sync::Arc;

use super::{Circuit, LANES, Row, linear, logarithmic};

/// Everything a forward and a backward pass write to. Keep one for each thread and pass it to every call: once it has
/// grown to the largest plan and batch, no call allocates.
#[derive(Default)]
pub struct Workspace {
    circuit: Arc<Circuit>,
    batch: usize,
    /// `[tile][row]`, as probabilities or as logarithms.
    values: Vec<Row>,
    /// Per tile, whether `values` are logarithms.
    logarithmic: Vec<bool>,
    /// Log weights of one tile.
    slots: Vec<Row>,
    /// Derivatives of one tile.
    adjoints: Vec<Row>,
    partial: Vec<Row>,
    losses: Vec<f64>,
    gradient: Vec<f32>,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many samples the last forward pass had.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// log P(answer | evidence) of sample `b` in the last forward pass: −∞ if the answer is impossible, NaN if the
    /// evidence is.
    ///
    /// # Panics
    /// If the plan has no such answer or the batch no such sample.
    pub fn log_prob(&self, answer: usize, b: usize) -> f64 {
        assert!(b < self.batch, "sample {b} of a batch of {}", self.batch);
        let log = self.log_value(self.circuit.roots[answer], b);
        match self.circuit.evidence {
            None => log,
            Some(_) => log - self.log_evidence(b),
        }
    }

    /// log P(evidence) of sample `b` in the last forward pass; 0 without evidence.
    pub fn log_evidence(&self, b: usize) -> f64 {
        self.circuit.evidence.map_or(0.0, |row| self.log_value(row, b))
    }

    /// −log P(target | evidence) of each sample after `loss_and_gradient`: 0 where there was no target, +∞ where the
    /// target or the evidence was impossible.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// The samples whose target was impossible; their gradient is zero.
    pub fn impossible(&self) -> impl Iterator<Item = usize> + '_ {
        self.losses.iter().enumerate().filter(|(_, loss)| loss.is_infinite()).map(|(b, _)| b)
    }

    /// The gradient of the last backward pass, `[n_slots × batch]`, slot-major.
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    fn log_value(&self, row: u32, b: usize) -> f64 {
        let tile = b / LANES;
        let value = self.values[tile * self.circuit.n_rows() + row as usize][b % LANES];
        if self.logarithmic[tile] { value } else { value.ln() }
    }

    pub(crate) fn forward<W: Copy + Into<f64>>(&mut self, circuit: &Arc<Circuit>, log_weights: &[W], batch: usize) {
        assert_eq!(log_weights.len(), circuit.n_slots * batch, "log weights are [n_slots × batch]");
        if !Arc::ptr_eq(&self.circuit, circuit) {
            self.circuit = circuit.clone();
        }
        self.batch = batch;
        let (n_rows, n_tiles) = (circuit.n_rows(), batch.div_ceil(LANES));
        self.values.resize(n_rows * n_tiles, [0.0; LANES]);
        self.logarithmic.clear();
        self.logarithmic.resize(n_tiles, false);
        self.slots.resize(circuit.n_slots, [0.0; LANES]);
        for tile in 0..n_tiles {
            let rows = &mut self.values[tile * n_rows..(tile + 1) * n_rows];
            let (first, last) = (tile * LANES, batch.min((tile + 1) * LANES));
            for (slot, logs) in self.slots.iter_mut().enumerate() {
                // Lanes behind the batch repeat its last sample, so that they raise no alarm of their own.
                let given = &log_weights[slot * batch + first..slot * batch + last];
                *logs = std::array::from_fn(|lane| given[lane.min(given.len() - 1)].into());
                rows[slot] = logs.map(f64::exp);
            }
            linear::forward(circuit, rows);
            if linear::may_underflow(circuit, &self.slots, rows) {
                self.logarithmic[tile] = true;
                rows[..circuit.n_slots].copy_from_slice(&self.slots);
                logarithmic::forward(circuit, rows);
            }
        }
    }

    /// Runs the backward pass tile by tile. `seed(root index, sample)` is the derivative of the objective by that answer's
    /// log probability.
    pub(crate) fn backward(&mut self, seeds: impl Fn(&Self, usize, &mut dyn FnMut(usize, f64))) {
        let circuit = self.circuit.clone();
        let (n_rows, batch) = (circuit.n_rows(), self.batch);
        let mut adjoints = std::mem::take(&mut self.adjoints);
        let mut partial = std::mem::take(&mut self.partial);
        let mut gradient = std::mem::take(&mut self.gradient);
        gradient.resize(circuit.n_slots * batch, 0.0);
        for tile in 0..batch.div_ceil(LANES) {
            let rows = &self.values[tile * n_rows..(tile + 1) * n_rows];
            let logs = self.logarithmic[tile];
            let (first, last) = (tile * LANES, batch.min((tile + 1) * LANES));
            adjoints.clear();
            adjoints.resize(n_rows, [0.0; LANES]);
            for b in first..last {
                let lane = b % LANES;
                let mut push = |row: u32, seed: f64| {
                    let value = rows[row as usize][lane];
                    let (possible, slope) =
                        if logs { (value > f64::NEG_INFINITY, 1.0) } else { (value > 0.0, 1.0 / value) };
                    if possible {
                        adjoints[row as usize][lane] += seed * slope;
                    }
                };
                seeds(self, b, &mut |answer, seed| {
                    push(circuit.roots[answer], seed);
                    if let Some(evidence) = circuit.evidence {
                        push(evidence, -seed);
                    }
                });
            }
            if logs {
                logarithmic::backward(&circuit, rows, &mut adjoints);
            } else {
                linear::backward(&circuit, rows, &mut adjoints, &mut partial);
            }
            for slot in 0..circuit.n_slots {
                let out = &mut gradient[slot * batch + first..slot * batch + last];
                for (lane, out) in out.iter_mut().enumerate() {
                    // d/d log w = w · d/dw.
                    let scale = if logs { 1.0 } else { rows[slot][lane] };
                    *out = (adjoints[slot][lane] * scale) as f32;
                }
            }
        }
        (self.adjoints, self.partial, self.gradient) = (adjoints, partial, gradient);
    }

    pub(crate) fn loss_and_gradient(&mut self, targets: &[Option<usize>]) -> &[f32] {
        assert_eq!(targets.len(), self.batch, "one target for each sample");
        let mut losses = std::mem::take(&mut self.losses);
        losses.clear();
        losses.extend(targets.iter().enumerate().map(|(b, target)| match target {
            None => 0.0,
            Some(answer) => {
                let log = self.log_prob(*answer, b);
                // Impossible evidence leaves no distribution to learn from.
                if log.is_nan() { f64::INFINITY } else { -log }
            }
        }));
        self.losses = losses;
        self.backward(|ws, b, push| {
            if let Some(answer) = targets[b].filter(|_| ws.losses[b].is_finite()) {
                push(answer, -1.0);
            }
        });
        &self.gradient
    }
}
