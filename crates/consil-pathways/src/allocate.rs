//! How to spend a budget: the number of parameters and tokens with the least loss.
//!
//! A training run of N parameters over D tokens costs `6 N D` FLOP, and serving T tokens afterwards `2 N T`. Under a budget for both,
//! a smaller model trained for longer pays as soon as it is used much (Sardana et al. 2024, "Beyond Chinchilla-optimal"). With a limited number of distinct tokens, repeating them
//! pays until it does not (Muennighoff et al. 2023).

mod optimum;
mod price;

use serde::Serialize;

use crate::fit::{Bootstrap, Fit};
use crate::interval::Interval;
use crate::law::{Axis, Law};
use crate::run::Design;
use crate::source::Source;

pub use price::FlopPrice;

/// FLOP of a forward pass, for each parameter and token (Kaplan et al. 2020, §2.1).
pub const FLOP_OF_INFERENCE: f64 = 2.0;

/// What is to be spent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// FLOP.
    Compute(f64),
    /// US dollars at a price.
    Money(f64, FlopPrice),
}

impl Budget {
    /// The budget in FLOP.
    pub fn compute(self) -> f64 {
        match self {
            Self::Compute(flop) => flop,
            Self::Money(usd, price) => usd / price.usd_per_flop(),
        }
    }
}

/// What the model is for, beside the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Demand {
    /// The tokens that it will process after training; their compute is part of the budget.
    pub inference_tokens: f64,
    /// The distinct tokens there are, if they may not suffice.
    pub unique_tokens: Option<f64>,
    /// A number of tokens per parameter that is wanted whatever the optimum: over-training.
    pub tokens_per_parameter: Option<f64>,
}

/// The best use of a budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Allocation {
    /// Parameters, tokens, distinct tokens, training compute.
    pub design: Design,
    /// D / N.
    pub tokens_per_parameter: f64,
    /// D / U.
    pub epochs: f64,
    /// The loss by the law.
    pub loss: f64,
    /// What serving costs, in FLOP.
    pub inference_compute: f64,
    /// What training and serving cost, where a price is known, in US dollars.
    pub cost_usd: Option<f64>,
    /// The compute with which a run at the optimum, without demands, reaches the same loss, as a share of what is spent here on training: below 1 where demands cost something. `None` below a millionth, and where the law has no optimum for so little.
    pub efficiency: Option<f64>,
    /// Intervals from a bootstrap, where there is one.
    pub intervals: Option<Intervals>,
    /// How far the run lies beyond those that the law was fitted to: the largest ratio along an axis; `None` for constants without their runs.
    pub extrapolation: Option<f64>,
    /// Where the runs come from that the law was fitted to.
    pub sources: Vec<Source>,
}

/// The intervals of an allocation: each from the best use of the budget under each resample's law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// Of the number of parameters.
    pub parameters: Interval,
    /// Of the number of tokens.
    pub tokens: Interval,
    /// Of their ratio.
    pub tokens_per_parameter: Interval,
    /// Of the loss.
    pub loss: Interval,
    /// Of the resamples whose law has an optimum, the share; the others are left out of the intervals.
    pub share: f64,
}

/// The best use of a budget under a law with given constants.
///
/// # Errors
/// If the law does not tell parameters from tokens, a number is not above zero, serving would take the whole budget, or the law has no optimum in the range of any conceivable model.
pub fn allocate(law: Law, constants: &[f64], budget: Budget, demand: Demand) -> Result<Allocation, AllocateError> {
    check(law, constants, budget, demand)?;
    let compute = budget.compute();
    let design = optimum::best(law, constants, compute, demand).ok_or(AllocateError::NoOptimum { law, compute })?;
    let inference_compute = FLOP_OF_INFERENCE * design.parameters * demand.inference_tokens;
    let loss = law.loss(constants, &design);
    let cost_usd = match budget {
        Budget::Money(_, price) => Some((design.compute + inference_compute) * price.usd_per_flop()),
        Budget::Compute(_) => None,
    };
    Ok(Allocation {
        design,
        tokens_per_parameter: design.tokens_per_parameter(),
        epochs: design.epochs(),
        loss,
        inference_compute,
        cost_usd,
        efficiency: optimum::efficiency(law, constants, &design, loss),
        intervals: None,
        extrapolation: None,
        sources: Vec::new(),
    })
}

impl Fit {
    /// The best use of a budget under the fitted law, with intervals from a bootstrap, and how far it reaches beyond the runs.
    ///
    /// # Errors
    /// As [`allocate`].
    pub fn allocate(
        &self,
        bootstrap: &Bootstrap,
        budget: Budget,
        demand: Demand,
        level: f64,
    ) -> Result<Allocation, AllocateError> {
        use rayon::prelude::*;
        let law = self.config().law;
        let point = allocate(law, &self.estimates(), budget, demand)?;
        let compute = budget.compute();
        let samples: Vec<(Design, f64)> = bootstrap
            .replicates
            .par_iter()
            .filter_map(|constants| {
                let design = optimum::best(law, constants, compute, demand)?;
                Some((design, law.loss(constants, &design)))
            })
            .collect();
        let interval = |f: &dyn Fn(&(Design, f64)) -> f64| {
            let sample: Vec<f64> = samples.iter().map(f).collect();
            Interval::of_sample(&sample, level)
        };
        let intervals = (|| {
            Some(Intervals {
                parameters: interval(&|(design, _)| design.parameters)?,
                tokens: interval(&|(design, _)| design.tokens)?,
                tokens_per_parameter: interval(&|(design, _)| design.tokens_per_parameter())?,
                loss: interval(&|(_, loss)| *loss)?,
                share: samples.len() as f64 / bootstrap.replicates.len() as f64,
            })
        })();
        let extrapolation = Some(self.extrapolation(&point.design));
        Ok(Allocation { intervals, extrapolation, sources: self.sources().to_vec(), ..point })
    }
}

fn check(law: Law, constants: &[f64], budget: Budget, demand: Demand) -> Result<(), AllocateError> {
    if matches!(law, Law::Power(_) | Law::Saturating(_)) {
        let axis = law.axes().first().copied().unwrap_or(Axis::Compute).name();
        return Err(AllocateError::OneAxis { law, axis });
    }
    if law.parameters().len() != constants.len() {
        let (needed, found) = (law.parameters().len(), constants.len());
        return Err(AllocateError::OtherConstants { law, needed, found });
    }
    if demand.unique_tokens.is_some() && law != Law::DataConstrained {
        return Err(AllocateError::NoRepetition { law });
    }
    let positive = |what, value: f64| match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(AllocateError::NotPositive { what, value }),
    };
    positive("the number of distinct tokens", demand.unique_tokens.unwrap_or(1.0))?;
    positive("the number of tokens per parameter", demand.tokens_per_parameter.unwrap_or(1.0))?;
    if let Budget::Money(_, price) = budget {
        positive("the price of an hour", price.usd_per_hour)?;
        positive("the peak in FLOP per second", price.peak_flop_per_second)?;
        if !(price.utilisation > 0.0 && price.utilisation <= 1.0) {
            return Err(AllocateError::Utilisation { value: price.utilisation });
        }
    }
    positive("the budget in FLOP", budget.compute())?;
    match demand.inference_tokens {
        tokens if tokens >= 0.0 && tokens.is_finite() => Ok(()),
        tokens => Err(AllocateError::Serve { tokens }),
    }
}

/// Why a budget was not allocated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllocateError {
    /// A law of one axis.
    #[error("the law {law} knows {axis} only, and cannot tell parameters from tokens; fit a law of both")]
    OneAxis {
        /// The law.
        law: Law,
        /// Its axis.
        axis: &'static str,
    },
    /// Another number of constants than the law has.
    #[error("the law {law} has {needed} constants, but {found} were given")]
    OtherConstants {
        /// The law.
        law: Law,
        /// How many it has.
        needed: usize,
        /// How many were given.
        found: usize,
    },
    /// A limit of distinct tokens for a law that does not know repetition.
    #[error("the law {law} counts a repeated token as a new one; with limited data, use the data-constrained law")]
    NoRepetition {
        /// The law.
        law: Law,
    },
    /// A number that cannot be.
    #[error("{what} is {value}; a number above zero is needed")]
    NotPositive {
        /// Which.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// More of a chip than there is, or nothing.
    #[error("the share of the peak that is reached is {value}; a number above 0 and up to 1 is needed")]
    Utilisation {
        /// The share.
        value: f64,
    },
    /// Fewer tokens to serve than none.
    #[error("the number of tokens to serve is {tokens}; zero or a number above it is needed")]
    Serve {
        /// The tokens.
        tokens: f64,
    },
    /// No least loss.
    #[error(
        "the law {law} has no best size for {compute:.3e} FLOP: the loss falls up to the smallest or the largest model that is tried; look at the exponents, whose signs may be wrong, and at the tokens to serve, which may exceed the budget"
    )]
    NoOptimum {
        /// The law.
        law: Law,
        /// The budget in FLOP.
        compute: f64,
    },
}

#[cfg(test)]
mod tests;
