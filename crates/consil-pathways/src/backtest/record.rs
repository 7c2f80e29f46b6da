use serde::Serialize;

use super::{Backtest, BacktestError, Performance, Widening};

/// How intervals have done, origin by origin, before and after they were widened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// A row for each origin that is shown, in order.
    pub origins: Vec<RecordRow>,
    /// Of the origins that are shown, those together that could be widened, each case counting the same.
    pub overall: RecordRow,
    /// What all origins teach for a new one.
    pub widening: Widening,
}

/// How the intervals of one origin have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordRow {
    /// The origin, or `all`.
    pub origin: String,
    /// Before any widening.
    pub naive: Performance,
    /// Widened by what had come of earlier forecasts by the origin; `None` where that was too little.
    pub widened: Option<Performance>,
}

impl Backtest {
    /// The record of these forecasts.
    ///
    /// # Errors
    /// If there are too few origins to learn from.
    pub fn record(&self) -> Result<Record, BacktestError> {
        let (widening, known) = (self.widening()?, self.as_known());
        let is_shown = |origin: &str| self.shown.is_empty() || self.shown.iter().any(|shown| shown == origin);
        let shown: Vec<&str> = self.origins().into_iter().filter(|origin| is_shown(origin)).collect();
        let row = |origin: &&str| {
            let (naive, widened) = (self.of_origin(origin)?, known.of_origin(origin));
            Some(RecordRow { origin: (*origin).to_owned(), naive, widened })
        };
        let of = |backtest: &Self, only: &dyn Fn(&str) -> bool| {
            super::performance(backtest.cases.iter().filter(|case| is_shown(&case.origin) && only(&case.origin)))
        };
        let was_calibrated = |origin: &str| known.cases.iter().any(|case| case.origin == origin);
        let widened = of(&known, &|_| true);
        let naive = if widened.is_some() { of(self, &was_calibrated) } else { of(self, &|_| true) };
        let naive = naive.ok_or(BacktestError::NoMembers)?;
        let overall = RecordRow { origin: "all".to_owned(), naive, widened };
        Ok(Record { origins: shown.iter().filter_map(row).collect(), overall, widening })
    }
}
