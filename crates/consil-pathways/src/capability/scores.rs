use super::CapabilityError;
use crate::table::Table;

/// Scores of models on benchmarks, with gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreTable {
    /// The models.
    pub models: Vec<String>,
    /// The benchmarks.
    pub benchmarks: Vec<String>,
    /// The scores, model by model.
    pub scores: Vec<Option<f64>>,
}

const FEWEST_MODELS: usize = 5;

impl ScoreTable {
    /// Reads the columns of some benchmarks.
    ///
    /// # Errors
    /// If a column is missing, or a field is no number.
    pub fn read(table: &Table, model: &str, benchmarks: &[&str]) -> Result<Self, CapabilityError> {
        for (at, benchmark) in benchmarks.iter().enumerate() {
            if benchmarks[..at].contains(benchmark) {
                return Err(CapabilityError::Twice { benchmark: (*benchmark).to_owned() });
            }
        }
        let names = table.column(model)?;
        let columns = benchmarks.iter().map(|name| table.column(name)).collect::<Result<Vec<_>, _>>()?;
        let mut scores = Vec::with_capacity(table.n_rows() * columns.len());
        for row in 0..table.n_rows() {
            for column in &columns {
                scores.push(column.number(row)?);
            }
        }
        let models = (0..table.n_rows()).map(|row| names.text(row).unwrap_or("(no name)").to_owned()).collect();
        Ok(Self { models, benchmarks: benchmarks.iter().map(|name| (*name).to_owned()).collect(), scores })
    }

    /// Whether components can be found.
    pub(super) fn check(&self) -> Result<(), CapabilityError> {
        let (n, k) = (self.models.len(), self.benchmarks.len());
        if n < FEWEST_MODELS {
            return Err(CapabilityError::TooFewModels { what: "components", found: n, needed: FEWEST_MODELS });
        }
        if k < 2 {
            return Err(CapabilityError::TooFewBenchmarks { found: k });
        }
        for (model, row) in self.models.iter().zip(self.scores.chunks(k)) {
            if row.iter().all(Option::is_none) {
                return Err(CapabilityError::NoScore { what: model.clone() });
            }
        }
        for (column, benchmark) in self.benchmarks.iter().enumerate() {
            let mut present = (0..n).filter_map(|row| self.scores[row * k + column]);
            let Some(first) = present.next() else {
                return Err(CapabilityError::NoScore { what: benchmark.clone() });
            };
            if present.all(|score| score == first) {
                return Err(CapabilityError::SameScore { benchmark: benchmark.clone(), score: first });
            }
        }
        Ok(())
    }
}
