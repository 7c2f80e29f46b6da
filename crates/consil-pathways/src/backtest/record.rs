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
    /// Widened by what the other origins teach.
    pub widened: Performance,
    /// Widened by what had come of earlier forecasts by the origin; `None` where nothing had.
    pub as_known: Option<Performance>,
}

impl Backtest {
    /// The record of these forecasts.
    ///
    /// # Errors
    /// If there are fewer than two origins.
    pub fn record(&self) -> Result<Record, BacktestError> {
        let (widened, as_known, widening) = (self.leave_one_out()?, self.from_earlier()?, self.widening()?);
        let row = |origin: &str, of: &dyn Fn(&Self) -> Option<Performance>| {
            let (naive, widened) = of(self).zip(of(&widened)).ok_or(BacktestError::TooFewOrigins { found: 0 })?;
            Ok(RecordRow { origin: origin.to_owned(), naive, widened, as_known: of(&as_known) })
        };
        let origins = self.origins().into_iter().map(|origin| row(origin, &|of| of.of_origin(origin)));
        Ok(Record {
            origins: origins.collect::<Result<_, BacktestError>>()?,
            overall: row("all", &Self::overall)?,
            widening,
        })
    }
}
