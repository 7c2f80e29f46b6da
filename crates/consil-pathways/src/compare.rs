//! The five pathways and the four stages on common axes.
//!
//! A [`Comparison`] has a cell for each pathway, stage and aspect. A cell is computed from a forecast's run, or cited, or a judgement with its judge, or says what evidence is
//! missing: none is blank and none is invented. A computed cell lists the inputs behind it, so that judgement does not pass for computation. Beside the cells of a pathway
//! stand [`Measurement`]s: what runs of one's own gained and cost, which is evidence of the pathway and not of a stage.

mod cell;
mod measured;
mod table;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::forecast::{Claim, Forecast, Input};
use crate::pathway::{Aspect, Pathway, Stage};

pub use cell::{Cell, Content, Standing};
pub use measured::{Measurement, SearchError, SearchRun, read_search};

/// A forecast of the five pathways with the published figures that the project found, and its judgements named as such. To be copied and changed.
pub const EXAMPLE: &str = include_str!("compare/example.toml");

/// Pathways against stages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The forecast that it was computed from.
    pub forecast: String,
    /// Its seed.
    pub seed: u64,
    /// Its number of samples.
    pub n_samples: usize,
    /// The date of the forecast.
    pub today: f64,
    /// The last year that it speaks about.
    pub horizon: f64,
    /// A row for each pathway and stage.
    pub rows: Vec<Row>,
    /// What is claimed of a stage whatever the pathway.
    pub claims: Vec<Claim>,
    /// The inputs that are judgements, of all computed cells.
    pub judgements: Vec<Input>,
    /// What was measured on each pathway, at whatever scale.
    pub measured: Vec<Measurement>,
}

/// A pathway at a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The pathway.
    pub pathway: Pathway,
    /// The stage.
    pub stage: Stage,
    /// A cell for each aspect, in the order of [`Aspect::ALL`].
    pub cells: Vec<Cell>,
}

impl Comparison {
    /// From a forecast.
    pub fn of(forecast: &Forecast) -> Self {
        let row = |pathway: Pathway, stage: Stage| {
            let cells = Aspect::ALL.map(|aspect| Cell::of(forecast, pathway, stage, aspect));
            Row { pathway, stage, cells: cells.to_vec() }
        };
        let rows: Vec<Row> =
            Pathway::ALL.into_iter().flat_map(|pathway| Stage::ALL.map(|stage| row(pathway, stage))).collect();
        let mut judgements: Vec<Input> = Vec::new();
        for input in rows.iter().flat_map(|row| &row.cells).flat_map(|cell| &cell.inputs) {
            if input.evidence.is_judgement() && !judgements.contains(input) {
                judgements.push(input.clone());
            }
        }
        Self {
            forecast: forecast.name.clone(),
            seed: forecast.seed,
            n_samples: forecast.n_samples,
            today: forecast.today,
            horizon: forecast.horizon,
            rows,
            claims: forecast.claims.iter().filter(|claim| claim.pathway.is_none()).cloned().collect(),
            judgements,
            measured: Vec::new(),
        }
    }

    /// The same with what was measured.
    pub fn with_measured(self, measured: Vec<Measurement>) -> Self {
        Self { measured, ..self }
    }

    /// The cell of a pathway, stage and aspect.
    pub fn cell(&self, pathway: Pathway, stage: Stage, aspect: Aspect) -> Option<&Cell> {
        let row = self.rows.iter().find(|row| row.pathway == pathway && row.stage == stage)?;
        row.cells.iter().find(|cell| cell.aspect == aspect)
    }

    /// How many cells stand on what.
    pub fn count(&self, standing: Standing) -> usize {
        self.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.standing() == standing).count()
    }
}
