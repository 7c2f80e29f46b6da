//! Optimisers: one fused loop over the flat vector of weights.
//!
//! The update formulas are PyTorch's (`torch.optim.SGD`, `Adam`, `AdamW`), so learning rates carry over.

use std::ops::Range;

use consil_graph::{Layout, Weights};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gradients::Gradients;
use crate::kernel::simd::vectorised;
use crate::kernel::sums::sum_of_squares;
use crate::settings::{SettingErrors, Settings};
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

/// Parameters that learn at a rate of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GroupConfig {
    /// Which: those whose name is this, or begins with this and a dot; of several groups the last that fits counts.
    pub params: String,
    /// What the optimiser's learning rate is multiplied by; 0 leaves them as they are.
    pub lr_factor: f32,
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

    /// Notes every setting that is out of its range.
    pub(crate) fn check_into(&self, settings: &mut Settings, table: &str) {
        let moments = |settings: &mut Settings, kind: &str, [beta1, beta2, epsilon]: [f32; 3]| {
            settings.below_one(&format!("{table}.{kind}.beta1"), f64::from(beta1));
            settings.below_one(&format!("{table}.{kind}.beta2"), f64::from(beta2));
            settings.positive(&format!("{table}.{kind}.epsilon"), f64::from(epsilon));
        };
        match self {
            Self::Sgd(Sgd { lr, momentum, nesterov, weight_decay }) => {
                settings.positive(&format!("{table}.sgd.lr"), f64::from(*lr));
                settings.below_one(&format!("{table}.sgd.momentum"), f64::from(*momentum));
                let fine = !nesterov || *momentum != 0.0;
                settings.require(&format!("{table}.sgd.nesterov"), nesterov, fine, "false without a momentum");
                settings.at_least_zero(&format!("{table}.sgd.weight-decay"), f64::from(*weight_decay));
            }
            Self::Adam(Adam { lr, beta1, beta2, epsilon }) => {
                settings.positive(&format!("{table}.adam.lr"), f64::from(*lr));
                moments(settings, "adam", [*beta1, *beta2, *epsilon]);
            }
            Self::AdamW(AdamW { lr, beta1, beta2, epsilon, weight_decay }) => {
                settings.positive(&format!("{table}.adamw.lr"), f64::from(*lr));
                moments(settings, "adamw", [*beta1, *beta2, *epsilon]);
                settings.at_least_zero(&format!("{table}.adamw.weight-decay"), f64::from(*weight_decay));
            }
        }
    }

    /// Whether every setting is within its range.
    ///
    /// # Errors
    /// [`SettingErrors`], which names every setting that is not, such as `optimizer.adam.lr`.
    pub fn check(&self) -> Result<(), SettingErrors> {
        let mut settings = Settings::default();
        self.check_into(&mut settings, "optimizer");
        settings.finish(())
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
    trained: Vec<Stretch>,
    state: OptimizerState,
}

/// Neighbours in the flat vector that learn at one rate.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    range: Range<usize>,
    lr_factor: f32,
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
        Self {
            config: config.clone(),
            trained: stretches(layout, &[], &[]),
            state: OptimizerState { step: 0, moments },
        }
    }

    /// An optimiser that goes on from a saved state; `None` where the state is another optimiser's or another layout's.
    pub fn resume(config: &OptimizerConfig, layout: &Layout, state: OptimizerState) -> Option<Self> {
        let fits =
            state.moments.len() == config.n_moments() && state.moments.iter().all(|m| m.len() == layout.n_values());
        fits.then(|| Self { config: config.clone(), trained: stretches(layout, &[], &[]), state })
    }

    /// From now on the parameters of `groups` learn at their own rates, and those below the names `frozen` stay as they are.
    pub fn regroup(&mut self, layout: &Layout, groups: &[GroupConfig], frozen: &[String]) {
        self.trained = stretches(layout, groups, frozen);
    }

    /// Whether it changes the parameter at this place.
    pub(crate) fn trains(&self, place: &Range<usize>) -> bool {
        self.trained.iter().any(|Stretch { range, .. }| range.start <= place.start && place.end <= range.end)
    }

    /// What it remembers.
    pub fn state(&self) -> &OptimizerState {
        &self.state
    }

    /// One step along the gradients with `lr_scale` times the learning rate; gives the norm of the gradients. Frozen parameters stay, as do
    /// those that the gradients have not reached, and buffers move to their new statistics.
    ///
    /// # Panics
    /// If weights or gradients are of another layout.
    pub fn step(&mut self, weights: &mut Weights, gradients: &Gradients, lr_scale: f32) -> f64 {
        let weights = weights.values_mut();
        assert_eq!(weights.len(), gradients.values().len(), "gradients of another layout");
        self.state.step += 1;
        let pieces = self.pieces(gradients);
        let update = Update::new(&self.config, self.state.step);
        let work = |piece: Piece<'_>| update.apply(piece, lr_scale);
        let pieces = cut(pieces, weights, gradients.values(), &mut self.state.moments);
        // Norms are added in the order of the pieces, whoever computed them.
        let squares: Vec<f64> = match pieces.len() {
            0..=2 => pieces.into_iter().map(work).collect(),
            _ => pieces.into_par_iter().map(work).collect(),
        };
        gradients.update_buffers(weights);
        squares.into_iter().sum::<f64>().sqrt()
    }

    /// The stretches that change, cut into pieces for the threads.
    fn pieces(&self, gradients: &Gradients) -> Vec<Stretch> {
        /// Values that one thread updates at a time.
        const PIECE: usize = 1 << 16;
        let mut pieces = Vec::new();
        let mut trained = self.trained.iter().peekable();
        for reached in gradients.reached() {
            while let Some(stretch) = trained.peek() {
                let (start, end) = (reached.start.max(stretch.range.start), reached.end.min(stretch.range.end));
                let cuts = (start..end.max(start)).step_by(PIECE);
                pieces.extend(cuts.map(|at| Stretch { range: at..end.min(at + PIECE), lr_factor: stretch.lr_factor }));
                if stretch.range.end > reached.end {
                    break;
                }
                trained.next();
            }
        }
        pieces
    }
}

/// A stretch of weights with its gradients and moments.
struct Piece<'a> {
    weights: &'a mut [f32],
    gradients: &'a [f32],
    moments: Vec<&'a mut [f32]>,
    lr_factor: f32,
}

/// The pieces of the vectors that the stretches, which are in order, name.
fn cut<'a>(
    stretches: Vec<Stretch>,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    moments: &'a mut [Vec<f32>],
) -> Vec<Piece<'a>> {
    let mut at = 0;
    let mut rests: Vec<&mut [f32]> =
        std::iter::once(weights).chain(moments.iter_mut().map(Vec::as_mut_slice)).collect();
    let mut pieces = Vec::with_capacity(stretches.len());
    for Stretch { range, lr_factor } in stretches {
        let mut parts: Vec<&mut [f32]> = (rests.iter_mut())
            .map(|rest| {
                let (_, from) = std::mem::take(rest).split_at_mut(range.start - at);
                let (part, after) = from.split_at_mut(range.len());
                *rest = after;
                part
            })
            .collect();
        at = range.end;
        let weights = parts.remove(0);
        pieces.push(Piece { weights, gradients: &gradients[range], moments: parts, lr_factor });
    }
    pieces
}

/// One step of an optimiser.
struct Update<'a> {
    config: &'a OptimizerConfig,
    step: u64,
}

impl<'a> Update<'a> {
    fn new(config: &'a OptimizerConfig, step: u64) -> Self {
        Self { config, step }
    }

    /// Updates a piece; gives the sum of the squares of its gradients.
    fn apply(&self, piece: Piece<'_>, lr_scale: f32) -> f64 {
        let Piece { weights: w, gradients: g, mut moments, lr_factor } = piece;
        let lr_scale = lr_scale * lr_factor;
        let mut moments = moments.iter_mut();
        match (self.config, moments.next(), moments.next()) {
            (OptimizerConfig::Sgd(sgd), None, None) => vectorised(
                #[inline(always)]
                || {
                    let lr = sgd.lr * lr_scale;
                    w.iter_mut().zip(g).for_each(|(w, g)| *w -= lr * (g + sgd.weight_decay * *w));
                },
            ),
            (OptimizerConfig::Sgd(sgd), Some(v), None) => vectorised(
                #[inline(always)]
                || momentum(w, g, v, sgd, sgd.lr * lr_scale),
            ),
            (OptimizerConfig::Adam(adam), Some(m), Some(v)) => vectorised(
                #[inline(always)]
                || adam_step(w, g, m, v, adam, 0.0, adam.lr * lr_scale, self.step),
            ),
            (OptimizerConfig::AdamW(adamw), Some(m), Some(v)) => {
                let AdamW { lr, beta1, beta2, epsilon, weight_decay } = *adamw;
                let adam = Adam { lr, beta1, beta2, epsilon };
                vectorised(
                    #[inline(always)]
                    || adam_step(w, g, m, v, &adam, weight_decay, lr * lr_scale, self.step),
                );
            }
            _ => unreachable!("an optimiser is made with the moments of its kind"),
        }
        vectorised(
            #[inline(always)]
            || g.chunks(4096).map(|chunk| f64::from(sum_of_squares(chunk))).sum(),
        )
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

/// The stretches that an optimiser changes, as few as can be.
fn stretches(layout: &Layout, groups: &[GroupConfig], frozen: &[String]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for entry in layout.entries().iter().filter(|entry| entry.role.is_trained()) {
        let group = groups.iter().rev().find(|group| is_below(&entry.name, &group.params));
        let lr_factor = group.map_or(1.0, |group| group.lr_factor);
        if lr_factor == 0.0 || frozen.iter().any(|prefix| is_below(&entry.name, prefix)) {
            continue;
        }
        match stretches.last_mut() {
            Some(last) if last.range.end == entry.offset() && last.lr_factor == lr_factor => {
                last.range.end += entry.n_values();
            }
            _ => stretches.push(Stretch { range: entry.range(), lr_factor }),
        }
    }
    stretches
}

/// Whether the dotted `name` is `prefix` or lies below it.
pub(crate) fn is_below(name: &str, prefix: &str) -> bool {
    prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[inline(always)]
fn momentum(w: &mut [f32], g: &[f32], v: &mut [f32], sgd: &Sgd, lr: f32) {
    for ((w, g), v) in w.iter_mut().zip(g).zip(v) {
        let g = g + sgd.weight_decay * *w;
        *v = sgd.momentum * *v + g;
        *w -= lr * if sgd.nesterov { g + sgd.momentum * *v } else { *v };
    }
}

#[inline(always)]
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
