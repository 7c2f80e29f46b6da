use serde::Serialize;

use super::{Backtest, BacktestError, Performance, Widening};

/// How intervals have done, origin by origin, before and after they were widened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// A row for each origin, in order.
    pub origins: Vec<RecordRow>,
    /// All origins together, each case counting the same.
    pub overall: RecordRow,
    /// What all of it teaches for a new origin.
    pub widening: Widening,
}

/// How the intervals of one origin have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordRow {
    /// The origin, or `all`.
    pub origin: String,
    /// Before any widening.
    pub naive: Performance,
    /// Widened by what the other origins teach, some of whose truths are its own.
    pub widened: Performance,
    /// Widened by what the other origins teach without any truth of its own; `None` where too little is left.
    pub unshared: Option<Performance>,
    /// Widened by what had come of earlier forecasts by the origin; `None` where nothing had.
    pub as_known: Option<Performance>,
}

impl Backtest {
    /// The record of these forecasts.
    ///
    /// # Errors
    /// If there are fewer than two origins.
    pub fn record(&self) -> Result<Record, BacktestError> {
        let (widened, unshared) = (self.leave_one_out()?, self.from_other_truths()?);
        let (as_known, widening) = (self.from_earlier()?, self.widening()?);
        let row = |origin: &str, of: &dyn Fn(&Self) -> Option<Performance>| {
            let (naive, widened) = of(self).zip(of(&widened)).ok_or(BacktestError::TooFewOrigins { found: 0 })?;
            let (unshared, as_known) = (of(&unshared), of(&as_known));
            Ok(RecordRow { origin: origin.to_owned(), naive, widened, unshared, as_known })
        };
        let origins = self.origins().into_iter().map(|origin| row(origin, &|of| of.of_origin(origin)));
        Ok(Record {
            origins: origins.collect::<Result<_, BacktestError>>()?,
            overall: row("all", &Self::overall)?,
            widening,
        })
    }
}
