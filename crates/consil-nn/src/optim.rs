//! Optimisers: one fused loop over the flat vector of weights.
//!
//! The update formulas are PyTorch's (`torch.optim.SGD`, `Adam`, `AdamW`), so learning rates carry over.

use std::ops::Range;

use consil_graph::{Layout, Weights};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gradients::Gradients;
use crate::spelling::named_choice;

/// Which optimiser, with its settings: `"adam"` or `{ adam = { lr = 1e-3 } }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OptimizerConfig {
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Adam.
    Adam(Adam),
    /// Adam with decoupled weight decay.
    #[serde(rename = "adamw")]
    AdamW(AdamW),
}

named_choice!(OptimizerConfig, "The optimiser", {
    "sgd" => Sgd(Sgd),
    "adam" => Adam(Adam),
    "adamw" => AdamW(AdamW),
});

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

/// Stochastic gradient descent with momentum (Sutskever et al., 2013, in PyTorch's form):
/// `g ← g + decay · w; v ← momentum · v + g; w ← w − lr · v`, with `nesterov` `w ← w − lr · (g + momentum · v)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Sgd {
    /// The learning rate.
    pub lr: f32,
    /// How much of the last step goes on, in `[0, 1)`.
    pub momentum: f32,
    /// Whether the gradient is taken ahead of the momentum.
    pub nesterov: bool,
    /// The weight of `½ ‖w‖²` in the loss.
    pub weight_decay: f32,
}

impl Default for Sgd {
    fn default() -> Self {
        Self { lr: 0.05, momentum: 0.9, nesterov: false, weight_decay: 0.0 }
    }
}

/// Adam (Kingma and Ba, 2015, algorithm 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Adam {
    /// The learning rate.
    pub lr: f32,
    /// The decay of the first moment.
    pub beta1: f32,
    /// The decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
}

impl Default for Adam {
    fn default() -> Self {
        Self { lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2): `w ← (1 − lr · decay) w` before Adam's step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AdamW {
    /// The learning rate.
    pub lr: f32,
    /// The decay of the first moment.
    pub beta1: f32,
    /// The decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// How fast weights decay, in units of the learning rate.
    pub weight_decay: f32,
}

impl Default for AdamW {
    fn default() -> Self {
        let Adam { lr, beta1, beta2, epsilon } = Adam::default();
        Self { lr, beta1, beta2, epsilon, weight_decay: 0.01 }
    }
}

impl OptimizerConfig {
    /// The learning rate before any schedule.
    pub fn lr(&self) -> f32 {
        match self {
            Self::Sgd(sgd) => sgd.lr,
            Self::Adam(adam) => adam.lr,
            Self::AdamW(adamw) => adamw.lr,
        }
    }

    /// How many vectors as long as the weights the optimiser keeps.
    pub fn n_moments(&self) -> usize {
        match self {
            Self::Sgd(sgd) => usize::from(sgd.momentum != 0.0),
            Self::Adam(_) | Self::AdamW(_) => 2,
        }
    }
}

/// An optimiser at work.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    config: OptimizerConfig,
    trained: Vec<Range<usize>>,
    state: OptimizerState,
}

/// What an optimiser remembers between steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// The number of steps taken.
    pub step: u64,
    /// The moments, each in the layout's order.
    pub moments: Vec<Vec<f32>>,
}

impl Optimizer {
    /// An optimiser that has taken no step.
    pub fn new(config: &OptimizerConfig, layout: &Layout) -> Self {
        let moments = vec![vec![0.0; layout.n_values()]; config.n_moments()];
        Self { config: config.clone(), trained: trained(layout), state: OptimizerState { step: 0, moments } }
    }

    /// An optimiser that goes on from a saved state; `None` where the state is another optimiser's or another layout's.
    pub fn resume(config: &OptimizerConfig, layout: &Layout, state: OptimizerState) -> Option<Self> {
        let fits =
            state.moments.len() == config.n_moments() && state.moments.iter().all(|m| m.len() == layout.n_values());
        fits.then(|| Self { config: config.clone(), trained: trained(layout), state })
    }

    /// What it remembers.
    pub fn state(&self) -> &OptimizerState {
        &self.state
    }

    /// One step along the gradients with `lr_scale` times the learning rate; frozen parameters stay, and buffers move to their new
    /// statistics.
    ///
    /// # Panics
    /// If weights or gradients are of another layout.
    pub fn step(&mut self, weights: &mut Weights, gradients: &Gradients, lr_scale: f32) {
        let weights = weights.values_mut();
        assert_eq!(weights.len(), gradients.values().len(), "gradients of another layout");
        self.state.step += 1;
        for range in &self.trained {
            let (w, g) = (&mut weights[range.clone()], &gradients.values()[range.clone()]);
            let mut moments = self.state.moments.iter_mut().map(|m| &mut m[range.clone()]);
            match (&self.config, moments.next(), moments.next()) {
                (OptimizerConfig::Sgd(sgd), None, None) => {
                    let lr = sgd.lr * lr_scale;
                    w.iter_mut().zip(g).for_each(|(w, g)| *w -= lr * (g + sgd.weight_decay * *w));
                }
                (OptimizerConfig::Sgd(sgd), Some(v), None) => momentum(w, g, v, sgd, sgd.lr * lr_scale),
                (OptimizerConfig::Adam(adam), Some(m), Some(v)) => {
                    adam_step(w, g, m, v, adam, 0.0, adam.lr * lr_scale, self.state.step);
                }
                (OptimizerConfig::AdamW(adamw), Some(m), Some(v)) => {
                    let AdamW { lr, beta1, beta2, epsilon, weight_decay } = *adamw;
                    let adam = Adam { lr, beta1, beta2, epsilon };
                    adam_step(w, g, m, v, &adam, weight_decay, lr * lr_scale, self.state.step);
                }
                _ => unreachable!("an optimiser is made with the moments of its kind"),
            }
        }
        gradients.update_buffers(weights);
    }
}

/// The stretches of the flat vector that gradients change, as few as can be.
pub(crate) fn trained(layout: &Layout) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for entry in layout.entries().iter().filter(|entry| entry.role.is_trained()) {
        match stretches.last_mut() {
            Some(last) if last.end == entry.offset() => last.end += entry.n_values(),
            _ => stretches.push(entry.range()),
        }
    }
    stretches
}

fn momentum(w: &mut [f32], g: &[f32], v: &mut [f32], sgd: &Sgd, lr: f32) {
    for ((w, g), v) in w.iter_mut().zip(g).zip(v) {
        let g = g + sgd.weight_decay * *w;
        *v = sgd.momentum * *v + g;
        *w -= lr * if sgd.nesterov { g + sgd.momentum * *v } else { *v };
    }
}

#[expect(clippy::too_many_arguments, reason = "the update formula has that many symbols")]
fn adam_step(w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], adam: &Adam, decay: f32, lr: f32, step: u64) {
    // The corrections in f64: 1 − β₂ᵗ at t = 1 has only three digits left in f32.
    let correction = |beta: f32| 1.0 - f64::from(beta).powf(step as f64);
    let step_size = (f64::from(lr) / correction(adam.beta1)) as f32;
    let root = (1.0 / correction(adam.beta2).sqrt()) as f32;
    let keep = 1.0 - lr * decay;
    for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
        *m = adam.beta1 * *m + (1.0 - adam.beta1) * g;
        *v = adam.beta2 * *v + (1.0 - adam.beta2) * g * g;
        *w = keep * *w - step_size * *m / (v.sqrt() * root + adam.epsilon);
    }
}

#[cfg(test)]
#[path = "optim/tests.rs"]
mod tests;
