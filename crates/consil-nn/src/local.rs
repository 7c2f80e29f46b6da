//! Training at a federated site: some epochs from the global weights, with what the strategy adds to the local loss.

use std::sync::Arc;

use consil_graph::Weights;
use consil_random::Key;

use crate::gradients::Gradients;
use crate::optim::{Optimizer, OptimizerConfig, trained};
use crate::task::Task;
use crate::train::{TrainError, batch_range, n_batches, order_of};

/// How a site trains between two rounds.
///
/// The local objective is `F(w) + proximal/2 · ‖w − global‖² + ⟨correction, w⟩`: FedProx's term (Li et al., 2020, eq. 2), and the linear
/// term by which SCAFFOLD and FedDyn correct the drift of sites.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalConfig {
    /// Passes over the site's rows.
    pub epochs: usize,
    /// Rows in a step.
    pub batch_size: usize,
    /// The optimiser, which begins afresh every round.
    pub optimizer: OptimizerConfig,
    /// What its learning rate is multiplied by in this round.
    pub rate: f32,
    /// The norm that gradients are clipped to, strategy's terms included.
    pub clip_norm: Option<f64>,
    /// The weight µ of the proximal term; 0 for none.
    pub proximal: f32,
    /// Added to every gradient, in the layout's order.
    pub correction: Option<Arc<Vec<f32>>>,
}

/// What local training saw.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalReport {
    /// The mean loss over all rows and epochs, each at its own step, without the strategy's terms.
    pub loss: f64,
    /// The steps taken.
    pub steps: u64,
    /// The rows the site has.
    pub n_rows: usize,
}

/// Trains `weights`, which are the global ones, on `rows` of the task.
///
/// Epoch e shuffles at stream e of `key.child("shuffle")`, step s draws at `key.child("step").at(s)`, both from 0: the key must differ by client and round.
///
/// # Errors
/// [`TrainError`] where the task fails or the loss diverges; the weights are then in the middle of training.
pub fn local(
    task: &dyn Task,
    rows: &[usize],
    weights: &mut Weights,
    config: &LocalConfig,
    key: Key,
) -> Result<LocalReport, TrainError> {
    if rows.is_empty() {
        return Err(TrainError::NoRows);
    }
    if config.batch_size == 0 {
        return Err(TrainError::Zero { setting: "batch-size" });
    }
    if let Some(row) = rows.iter().find(|row| **row >= task.n_rows()) {
        return Err(TrainError::NoSuchRow { row: *row, n_rows: task.n_rows() });
    }
    let global = (config.proximal != 0.0).then(|| weights.values().to_vec());
    let trained = trained(weights.layout());
    let mut optimizer = Optimizer::new(&config.optimizer, weights.layout());
    let mut gradients = Gradients::zeros(weights.layout());
    let (mut step, mut loss_sum, mut loss_rows) = (0, 0.0, 0);
    for epoch in 0..config.epochs {
        let order = order_of(task, rows, epoch, config.batch_size, key);
        for batch in 0..n_batches(rows.len(), config.batch_size) {
            let batch = &order[batch_range(rows.len(), config.batch_size, batch)];
            gradients.restart();
            let taken = task.gradient(weights, batch, key.child("step").at(step), &mut gradients)?;
            gradients.settle();
            step += 1;
            loss_sum += taken.loss * taken.n as f64;
            loss_rows += taken.n;
            let changes = global.is_some() || config.correction.is_some();
            let gradient = if changes { gradients.values_mut() } else { &mut [] };
            for range in trained.iter().filter(|_| changes) {
                if let Some(global) = &global {
                    let drift = weights.values()[range.clone()].iter().zip(&global[range.clone()]);
                    gradient[range.clone()]
                        .iter_mut()
                        .zip(drift)
                        .for_each(|(g, (w, w0))| *g += config.proximal * (w - w0));
                }
                if let Some(correction) = &config.correction {
                    gradient[range.clone()].iter_mut().zip(&correction[range.clone()]).for_each(|(g, c)| *g += c);
                }
            }
            if let Some(limit) = config.clip_norm {
                gradients.clip_norm(limit);
            }
            let norm = optimizer.step(weights, &gradients, config.rate);
            if let Some(value) = [taken.loss, norm].into_iter().find(|value| !value.is_finite()) {
                return Err(TrainError::Diverged { step, loss: value });
            }
        }
    }
    Ok(LocalReport { loss: loss_sum / f64::max(loss_rows as f64, 1.0), steps: step, n_rows: rows.len() })
}
