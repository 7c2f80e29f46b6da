//! The settings of a training, and the same once they are known to be usable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::early_stopping::EarlyStopping;
use crate::optim::{GroupConfig, OptimizerConfig};
use crate::schedule::ScheduleConfig;
use crate::settings::{SettingErrors, Settings};
use crate::train::batches::n_batches;

/// Where `epochs` is not given: at least this many passes over the rows …
const LEAST_EPOCHS: usize = 20;

/// … and at least this many steps, so that a small set of rows is not left half learned.
const LEAST_STEPS: usize = 600;

/// How to train.
///
/// Anything may stand in it; [`check`](Self::check) makes of it what a [`Trainer`](crate::Trainer) takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Passes over the rows. Where it is not given, as many as make 600 steps, and at least 20; training then also stops
    /// where the loss of the validation rows (if there are any) has not fallen for a tenth of them.
    pub epochs: Option<usize>,
    /// Rows in a step.
    pub batch_size: usize,
    /// The optimiser.
    pub optimizer: OptimizerConfig,
    /// How its learning rate moves.
    pub schedule: ScheduleConfig,
    /// The norm that gradients are clipped to.
    pub clip_norm: Option<f64>,
    /// When to stop before the last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// Epochs between two looks at the validation rows; the last epoch is always looked at.
    pub validate_every: usize,
    /// Steps between two checkpoints within an epoch; none by default, as every epoch ends with one.
    pub checkpoint_every: Option<u64>,
    /// Parameters that learn at another rate than the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupConfig>,
    /// Stages, one after the other, each leaving some parameters as they are; together they have all epochs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageConfig>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: None,
            batch_size: 64,
            optimizer: OptimizerConfig::default(),
            schedule: ScheduleConfig::default(),
            clip_norm: None,
            early_stopping: None,
            validate_every: 1,
            checkpoint_every: None,
            groups: Vec::new(),
            stages: Vec::new(),
        }
    }
}

/// Some epochs during which some parameters stay as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StageConfig {
    /// Passes over the rows.
    pub epochs: usize,
    /// What stays as it is: parameters whose names are, or begin with, one of these and a dot.
    #[serde(default)]
    pub freeze: Vec<String>,
    /// What the learning rate is multiplied by.
    #[serde(default = "one")]
    pub lr_factor: f32,
}

fn one() -> f32 {
    1.0
}

/// A [`TrainConfig`] whose every setting is within its range.
///
/// ```
/// use consil_nn::TrainConfig;
///
/// let config: TrainConfig = toml::from_str("optimizer = { adam = { lr = -1.0 } }\nclip-norm = nan")?;
/// let refused = config.check().unwrap_err();
/// assert_eq!(refused.0[0].to_string(), "optimizer.adam.lr = -1: it must be a finite number above 0");
/// assert_eq!(refused.0[1].setting, "clip-norm");
///
/// let plan = TrainConfig::default().check()?.plan(40); // no number of epochs, and 40 rows are one step
/// assert_eq!((plan.epochs, plan.steps()), (600, 600));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedTrainConfig(TrainConfig);

/// How long a training over so many rows takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainPlan {
    /// Passes over the rows.
    pub epochs: usize,
    /// Steps in each.
    pub steps_per_epoch: usize,
}

impl TrainPlan {
    /// The steps of all epochs together.
    pub fn steps(&self) -> u64 {
        self.epochs as u64 * self.steps_per_epoch as u64
    }
}

impl TrainConfig {
    /// The same, once every setting is known to be within its range.
    ///
    /// # Errors
    /// [`SettingErrors`], which names every setting that is not.
    pub fn check(self) -> Result<CheckedTrainConfig, SettingErrors> {
        let mut settings = Settings::default();
        if let Some(epochs) = self.epochs {
            settings.count("epochs", epochs as u64);
        }
        settings.count("batch-size", self.batch_size as u64);
        self.optimizer.check_into(&mut settings, "optimizer");
        self.schedule.check_into(&mut settings, "schedule");
        if let Some(limit) = self.clip_norm {
            settings.positive("clip-norm", limit);
        }
        if let Some(stopping) = &self.early_stopping {
            settings.at_least_zero("early-stopping.min-delta", stopping.min_delta);
        }
        settings.count("validate-every", self.validate_every as u64);
        if let Some(every) = self.checkpoint_every {
            settings.count("checkpoint-every", every);
        }
        for (i, group) in self.groups.iter().enumerate() {
            settings.at_least_zero(&format!("groups.{i}.lr-factor"), f64::from(group.lr_factor));
        }
        for (i, stage) in self.stages.iter().enumerate() {
            settings.count(&format!("stages.{i}.epochs"), stage.epochs as u64);
            settings.at_least_zero(&format!("stages.{i}.lr-factor"), f64::from(stage.lr_factor));
        }
        let staged: usize = self.stages.iter().map(|stage| stage.epochs).sum();
        if let (Some(epochs), false) = (self.epochs, self.stages.is_empty()) {
            settings.require("epochs", epochs, epochs == staged, "left out, or the sum of the stages' epochs");
        }
        settings.finish(()).map(|()| CheckedTrainConfig(self))
    }
}

impl CheckedTrainConfig {
    /// The epochs and steps of a training over `n_rows` rows.
    pub fn plan(&self, n_rows: usize) -> TrainPlan {
        let steps_per_epoch = n_batches(n_rows, self.batch_size);
        let staged = self.stages.iter().map(|stage| stage.epochs).sum::<usize>();
        let epochs = match self.epochs {
            Some(epochs) => epochs,
            None if staged > 0 => staged,
            None => LEAST_STEPS.div_ceil(steps_per_epoch.max(1)).max(LEAST_EPOCHS),
        };
        TrainPlan { epochs, steps_per_epoch }
    }

    /// What stops a training over `n_rows` rows early where it has validation rows: what was asked for, and otherwise, where no
    /// number of epochs was given, a loss that has not fallen for a tenth of the epochs.
    pub fn stopping(&self, n_rows: usize) -> Option<EarlyStopping> {
        let by_default = self.epochs.is_none() && self.stages.is_empty();
        let looks = self.plan(n_rows).epochs / self.validate_every;
        let default = || EarlyStopping { patience: (looks / 10).max(5), ..EarlyStopping::default() };
        self.early_stopping.clone().or_else(|| by_default.then(default))
    }

    /// The stage that `epoch` (from 0) belongs to.
    pub(crate) fn stage(&self, epoch: usize) -> Option<&StageConfig> {
        let mut end = 0;
        self.stages.iter().find(|stage| {
            end += stage.epochs;
            epoch < end
        })
    }
}

impl std::ops::Deref for CheckedTrainConfig {
    type Target = TrainConfig;

    fn deref(&self) -> &TrainConfig {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<String> {
        let config: TrainConfig = toml::from_str(text).unwrap();
        config.check().err().map(|errors| errors.0.into_iter().map(|error| error.setting).collect()).unwrap_or_default()
    }

    #[test]
    fn each_setting_outside_its_range_is_named() {
        for (text, setting) in [
            ("epochs = 0", "epochs"),
            ("batch-size = 0", "batch-size"),
            ("validate-every = 0", "validate-every"),
            ("checkpoint-every = 0", "checkpoint-every"),
            ("clip-norm = nan", "clip-norm"),
            ("clip-norm = -1.0", "clip-norm"),
            ("clip-norm = inf", "clip-norm"),
            ("optimizer = { adam = { lr = -1.0 } }", "optimizer.adam.lr"),
            ("optimizer = { adam = { lr = nan } }", "optimizer.adam.lr"),
            ("optimizer = { adam = { beta1 = 1.0 } }", "optimizer.adam.beta1"),
            ("optimizer = { adam = { beta2 = 2.0 } }", "optimizer.adam.beta2"),
            ("optimizer = { adam = { epsilon = 0.0 } }", "optimizer.adam.epsilon"),
            ("optimizer = { adamw = { weight-decay = -0.1 } }", "optimizer.adamw.weight-decay"),
            ("optimizer = { sgd = { momentum = 1.0 } }", "optimizer.sgd.momentum"),
            ("optimizer = { sgd = { weight-decay = inf } }", "optimizer.sgd.weight-decay"),
            ("optimizer = { sgd = { momentum = 0.0, nesterov = true } }", "optimizer.sgd.nesterov"),
            ("schedule = { cosine = { floor = 1.5 } }", "schedule.cosine.floor"),
            ("schedule = { linear = { floor = -0.5 } }", "schedule.linear.floor"),
            ("schedule = { step = { every = 0 } }", "schedule.step.every"),
            ("schedule = { step = { factor = nan } }", "schedule.step.factor"),
            ("early-stopping = { min-delta = nan }", "early-stopping.min-delta"),
            ("groups = [{ params = 'a', lr-factor = nan }]", "groups.0.lr-factor"),
            ("stages = [{ epochs = 0 }]", "stages.0.epochs"),
            ("epochs = 3\nstages = [{ epochs = 1 }, { epochs = 1 }]", "epochs"),
        ] {
            assert_eq!(refused(text), [setting], "{text}");
        }
        assert_eq!(refused("epochs = 3\nstages = [{ epochs = 1 }, { epochs = 2, freeze = ['a'] }]"), [""; 0]);
        assert_eq!(refused("epochs = 0\nbatch-size = 0\noptimizer = { adam = { lr = -1.0 } }").len(), 3);
    }

    #[test]
    fn without_a_number_of_epochs_there_are_enough_steps() {
        let plan = |text: &str, n_rows| {
            let config: TrainConfig = toml::from_str(text).unwrap();
            config.check().unwrap().plan(n_rows)
        };
        // 40 rows in batches of 16 are three steps (the last of 8 rows), and 200 times three are 600.
        assert_eq!(plan("batch-size = 16", 40), TrainPlan { epochs: 200, steps_per_epoch: 3 });
        assert_eq!(plan("", 64_000), TrainPlan { epochs: 20, steps_per_epoch: 1000 });
        assert_eq!(plan("epochs = 2", 40).steps(), 2);
        assert_eq!(plan("stages = [{ epochs = 1 }, { epochs = 2 }]", 40).epochs, 3);
    }

    #[test]
    fn patience_is_by_default_a_tenth_of_the_looks() {
        let stopping = |text: &str| toml::from_str::<TrainConfig>(text).unwrap().check().unwrap().stopping(40);
        assert_eq!(stopping("").unwrap().patience, 60);
        assert_eq!(stopping("validate-every = 4").unwrap().patience, 15);
        assert_eq!(stopping("epochs = 20"), None);
        assert_eq!(stopping("epochs = 20\nearly-stopping = { patience = 2 }").unwrap().patience, 2);
    }
}
