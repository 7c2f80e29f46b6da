//! Settings that count steps, epochs or rounds: those that a training is too short for change nothing.

use consil_nn::{CheckedTrainConfig, ScheduleConfig};

use crate::spec_fault::SpecFault;

/// What a central training over so many rows is too short for.
pub(super) fn faults(train: &CheckedTrainConfig, n_rows: usize) -> Vec<SpecFault> {
    let plan = train.plan(n_rows);
    let mut faults: Vec<SpecFault> =
        schedule_fault("train.schedule", &train.schedule, plan.steps(), "steps").into_iter().collect();
    if train.validate_every > plan.epochs {
        faults.push(too_rare("train.validate-every", train.validate_every as u64, plan.epochs as u64, "epochs"));
    }
    if let Some(every) = train.checkpoint_every {
        let (steps, per_epoch) = (plan.steps(), plan.steps_per_epoch as u64);
        let reason = if every >= steps {
            Some(format!("training is over after {steps} steps"))
        } else {
            (every % per_epoch.max(1) == 0)
                .then(|| format!("every epoch, which is {per_epoch} steps, ends with a checkpoint anyway"))
        };
        if let Some(reason) = reason {
            let help = "remove it, or set it below the steps of an epoch";
            faults.push(SpecFault::without_effect("train.checkpoint-every", &reason, help));
        }
    }
    faults
}

/// A look that is never taken but at the end, where it is taken anyway.
pub(crate) fn too_rare(key: &str, every: u64, n: u64, unit: &str) -> SpecFault {
    let reason = format!("there are {n} {unit}, fewer than {every}, and the last is always looked at");
    SpecFault::without_effect(key, &reason, &format!("set it to at most {n}"))
}

/// A schedule that never moves, or that training ends before.
pub(crate) fn schedule_fault(key: &str, schedule: &ScheduleConfig, total: u64, unit: &str) -> Option<SpecFault> {
    let (name, warmup, floor) = match schedule {
        ScheduleConfig::Constant(constant) => ("constant", constant.warmup, None),
        ScheduleConfig::Cosine(cosine) => ("cosine", cosine.warmup, Some(cosine.floor)),
        ScheduleConfig::Linear(linear) => ("linear", linear.warmup, Some(linear.floor)),
        ScheduleConfig::Step(step) if step.factor == 1.0 => {
            let reason = "a rate times 1 stays as it is";
            return Some(SpecFault::without_effect(
                format!("{key}.step.factor"),
                reason,
                "set a factor below 1, or remove the schedule",
            ));
        }
        ScheduleConfig::Step(step) if step.every >= total => {
            let reason = format!("it counts {unit}, and there are only {total}");
            let help = format!("set it below {total}, or remove the schedule");
            return Some(SpecFault::without_effect(format!("{key}.step.every"), &reason, &help));
        }
        _ => return None,
    };
    if warmup > 0 && warmup >= total {
        let reason = format!("it counts {unit}, and there are only {total}: the rate would rise to the end");
        let help = format!("set it below {total}");
        return Some(SpecFault::without_effect(format!("{key}.{name}.warmup"), &reason, &help));
    }
    let is_flat = floor == Some(1.0);
    is_flat.then(|| {
        let help = "set a floor below 1, or remove the schedule";
        SpecFault::without_effect(format!("{key}.{name}.floor"), "the rate would end where it begins", help)
    })
}
