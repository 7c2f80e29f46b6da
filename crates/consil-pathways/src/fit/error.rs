use crate::law::Law;

/// Why a law was not fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// Fewer runs than the law needs.
    #[error(
        "the law {law} has {n_free} free parameters and needs at least {needed} runs, but there are {found}; add runs, hold parameters, or fit a law with fewer"
    )]
    TooFewRuns {
        /// The law.
        law: Law,
        /// How many parameters are free.
        n_free: usize,
        /// How many runs it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// A run with a loss or a size that cannot be.
    #[error("{origin}: {what} is {value}; a number above zero is needed")]
    NotPositive {
        /// Where the run is written down.
        origin: String,
        /// Which number.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// The runs do not differ along an axis of the law.
    #[error(
        "the law {law} needs runs that differ in {axis}, at least {needed} values, but there {}; add runs of other sizes, or fit a law of one axis",
        if *found == 1 { format!("is only {}", consil_report::number::amount(*value)) } else { format!("are only {found}") }
    )]
    OneSize {
        /// The law.
        law: Law,
        /// The axis.
        axis: &'static str,
        /// How many different values it needs.
        needed: usize,
        /// How many there are.
        found: usize,
        /// One of them.
        value: f64,
    },
    /// Two axes move together, so that their effects cannot be told apart.
    #[error(
        "{first} and {second} move in lockstep over all runs (correlation of the logarithms {correlation:.4}), so that no run tells their effects apart; add runs with another ratio, or fit a law of compute alone"
    )]
    Lockstep {
        /// One axis.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// The correlation of their logarithms.
        correlation: f64,
    },
    /// A parameter that the law does not have.
    #[error("the law {law} has no parameter `{name}`; it has {known}")]
    UnknownParameter {
        /// The law.
        law: Law,
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A parameter is held at a value that it cannot have.
    #[error("`{name}` is held at {value}; {needed} is needed")]
    HeldValue {
        /// The parameter.
        name: String,
        /// Its value.
        value: f64,
        /// What is needed.
        needed: &'static str,
    },
    /// Huber's δ lies out of the range in which fits can be trusted.
    #[error(
        "δ is {delta:e}; it must lie from {low:e} to {high:e} (residuals of the logarithm of the loss; least absolute deviation is its limit at 0)"
    )]
    Delta {
        /// The δ.
        delta: f64,
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// All parameters are held.
    #[error("all parameters of the law {law} are held: nothing is left to fit")]
    NothingFree {
        /// The law.
        law: Law,
    },
    /// No start led to a finite objective.
    #[error(
        "no start of the law {law} has a finite objective: the losses do not fall along its axes; plot them, and look for a wrong column or unit"
    )]
    NoStart {
        /// The law.
        law: Law,
    },
    /// Too few resamples for quantiles and standard errors.
    #[error("{found} resamples are too few for intervals; 100 are the least, 1,000 a good number")]
    TooFewResamples {
        /// How many were asked for.
        found: usize,
    },
}
