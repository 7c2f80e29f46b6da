//! Training runs: what a scaling law is fitted to.

use serde::Serialize;

use crate::table::{Column, Table, TableError};

/// The floating-point operations of training one parameter on one token, forward and backward (Kaplan et al. 2020, §2.1).
pub const FLOP_PER_PARAMETER_AND_TOKEN: f64 = 6.0;

/// How far a stated compute may be from `6 N D` before the units of a row must disagree: attention, embeddings and
/// recomputation change compute by some tens of per cent, a wrong unit by at least a thousand.
const LARGEST_COMPUTE_RATIO: f64 = 10.0;

/// The size of a training run, planned or done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Design {
    /// N, the number of parameters.
    pub parameters: f64,
    /// D, the number of tokens trained on, repeated ones counted each time.
    pub tokens: f64,
    /// U, the number of distinct tokens; equal to D where nothing is repeated.
    pub unique_tokens: f64,
    /// C, the training compute in FLOP.
    pub compute: f64,
}

impl Design {
    /// A run over fresh tokens, with `C = 6 N D`.
    pub fn new(parameters: f64, tokens: f64) -> Self {
        let compute = FLOP_PER_PARAMETER_AND_TOKEN * parameters * tokens;
        Self { parameters, tokens, unique_tokens: tokens, compute }
    }

    /// The same run over a set of `unique_tokens` that is repeated as often as needed.
    pub fn with_unique_tokens(self, unique_tokens: f64) -> Self {
        Self { unique_tokens: unique_tokens.min(self.tokens), ..self }
    }

    /// A run known by its parameters and compute, with `D = C / 6 N`.
    pub fn of_compute(parameters: f64, compute: f64) -> Self {
        let tokens = compute / (FLOP_PER_PARAMETER_AND_TOKEN * parameters);
        Self { parameters, tokens, unique_tokens: tokens, compute }
    }

    /// D / N.
    pub fn tokens_per_parameter(&self) -> f64 {
        self.tokens / self.parameters
    }

    /// D / U, the passes over the distinct tokens.
    pub fn epochs(&self) -> f64 {
        self.tokens / self.unique_tokens
    }
}

/// A training run and the loss that it reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Where the run is written down: `runs.csv:17`, or the name of a run folder.
    pub origin: String,
    /// Its size.
    pub design: Design,
    /// Its final loss on held-out data, in nats per token (or any other unit, the same in all runs).
    pub loss: f64,
}

/// What D counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Datum {
    /// Tokens: a parameter is used about once for each, so that compute must be near `6 N D`.
    Token,
    /// Samples of any kind: a network may use a parameter at every pixel, so that compute is what it is stated to be.
    Sample,
}

impl Datum {
    /// Its name in the plural.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Token => "tokens",
            Self::Sample => "samples",
        }
    }
}

/// Which columns of a table hold what. A name may end with a unit in parentheses, which the reader heeds: `tokens (B)`.
#[derive(Clone, Debug)]
pub struct RunColumns<'n> {
    /// What the columns of tokens count.
    pub datum: Datum,
    /// N.
    pub parameters: &'n str,
    /// D; may be absent where compute is given.
    pub tokens: Option<&'n str>,
    /// U, where tokens were repeated.
    pub unique_tokens: Option<&'n str>,
    /// C; may be absent where tokens are given.
    pub compute: Option<&'n str>,
    /// The loss.
    pub loss: &'n str,
}

impl RunColumns<'_> {
    /// Reads the runs of a table, in the order of its rows.
    ///
    /// # Errors
    /// If a column is missing or its unit unknown, a field is empty or not above zero, more tokens are distinct than were seen, or
    /// tokens and compute contradict each other; with file, line and column.
    pub fn read(&self, table: &Table) -> Result<Vec<Run>, RunError> {
        let parameters = Quantity::of(table, self.parameters, COUNTS)?;
        let tokens = self.tokens.map(|name| Quantity::of(table, name, COUNTS)).transpose()?;
        let unique = self.unique_tokens.map(|name| Quantity::of(table, name, COUNTS)).transpose()?;
        let compute = self.compute.map(|name| Quantity::of(table, name, COMPUTE)).transpose()?;
        let loss = table.column(self.loss)?;
        let file = &table.source().document;
        let read_row = |row: usize| {
            let n = parameters.at(row)?;
            let d = tokens.as_ref().map(|tokens| tokens.at(row)).transpose()?;
            let c = compute.as_ref().map(|compute| compute.at(row)).transpose()?;
            let mut design = match (d, c) {
                (Some(d), _) => Design::new(n, d),
                (None, Some(c)) => Design::of_compute(n, c),
                (None, None) => return Err(RunError::NoSize { file: file.clone() }),
            };
            if let Some(c) = c {
                let ratio = c / design.compute;
                if self.datum == Datum::Token && !(1.0 / LARGEST_COMPUTE_RATIO..=LARGEST_COMPUTE_RATIO).contains(&ratio)
                {
                    let (file, line) = (file.clone(), table.line(row));
                    return Err(RunError::UnitsDisagree { file, line, stated: c, computed: design.compute });
                }
                design.compute = c;
            }
            if let Some(unique) = &unique {
                let u = unique.at(row)?;
                // Rounded figures may overshoot a little; more than that contradicts itself.
                if u > 1.01 * design.tokens {
                    return Err(unique.column.refuse(row, "no more distinct tokens than tokens seen").into());
                }
                design = design.with_unique_tokens(u);
            }
            let origin = format!("{file}:{}", table.line(row));
            Ok(Run { origin, design, loss: loss.required_positive(row)? })
        };
        (0..table.n_rows()).map(read_row).collect()
    }
}

/// The runs without the `n` that have the highest losses, in their order: unfinished or diverged ones, as Hoffmann et al. (2022, appendix D) and Besiroglu et al. (2024)
/// leave them out. Of runs with the same loss, the first ones go.
///
/// # Errors
/// If there are no more than `n` runs.
pub fn without_highest_losses(runs: Vec<Run>, n: usize) -> Result<Vec<Run>, RunError> {
    if n > 0 && n >= runs.len() {
        return Err(RunError::NothingLeft { n_left_out: n, n_runs: runs.len() });
    }
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|a, b| runs[*b].loss.total_cmp(&runs[*a].loss));
    let mut is_left_out = vec![false; runs.len()];
    order.iter().take(n).for_each(|at| is_left_out[*at] = true);
    Ok(runs.into_iter().zip(is_left_out).filter(|(_, left_out)| !left_out).map(|(run, _)| run).collect())
}

/// A column and what one of its unit is worth.
struct Quantity<'t> {
    column: Column<'t>,
    scale: f64,
}

/// Units by name, with their worth, and all of them in words.
type Units = (&'static [(&'static str, f64)], &'static str);

const COUNTS: Units =
    (&[("K", 1e3), ("M", 1e6), ("B", 1e9), ("G", 1e9), ("T", 1e12)], "none, (K), (M), (B), (G) and (T)");

const COMPUTE: Units = (
    &[("FLOP", 1.0), ("FLOPs", 1.0), ("PFLOP-days", 8.64e19), ("PF-days", 8.64e19), ("EFLOP", 1e18), ("ZFLOP", 1e21)],
    "none, (FLOP), (PFLOP-days), (EFLOP) and (ZFLOP)",
);

impl<'t> Quantity<'t> {
    fn of(table: &'t Table, name: &str, (units, known): Units) -> Result<Self, TableError> {
        let column = table.column(name)?;
        let unit = name.strip_suffix(')').and_then(|name| name.rsplit_once('(')).map(|(_, unit)| unit.trim());
        let scale = match unit {
            None => 1.0,
            Some(unit) => units.iter().find(|(known, _)| *known == unit).map(|(_, scale)| *scale).ok_or_else(|| {
                let file = table.source().document.clone();
                TableError::Unit { file, column: name.to_owned(), unit: unit.to_owned(), known }
            })?,
        };
        Ok(Self { column, scale })
    }

    fn at(&self, row: usize) -> Result<f64, TableError> {
        Ok(self.column.required_positive(row)? * self.scale)
    }
}

/// Why runs could not be read from a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The table itself.
    #[error(transparent)]
    Table(#[from] TableError),
    /// All runs were to be left out.
    #[error("{n_left_out} runs are to be left out of {n_runs}: none would be left")]
    NothingLeft {
        /// How many were to be left out.
        n_left_out: usize,
        /// How many there are.
        n_runs: usize,
    },
    /// Neither tokens nor compute are named.
    #[error("{file}: name a column of tokens or one of compute: parameters alone do not give the size of a run")]
    NoSize {
        /// The file.
        file: String,
    },
    /// Tokens and compute contradict each other.
    #[error(
        "{file}:{line}: compute is {stated:.3e} FLOP, but 6 × parameters × tokens is {computed:.3e}: a unit is wrong; write it into the header, as in `tokens (B)` or `compute (PFLOP-days)`"
    )]
    UnitsDisagree {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// C as the row has it.
        stated: f64,
        /// 6 N D.
        computed: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Basis, Source};

    const COLUMNS: RunColumns<'_> = RunColumns {
        datum: Datum::Token,
        parameters: "n (M)",
        tokens: Some("d (B)"),
        unique_tokens: Some("u (B)"),
        compute: Some("c"),
        loss: "loss",
    };

    fn read(row: &str) -> Result<Vec<Run>, RunError> {
        let text = format!("n (M),d (B),u (B),c,loss\n{row}\n");
        COLUMNS.read(&Table::read(text.as_bytes(), Source::new("r.csv", Basis::Measured)).expect("a table"))
    }

    #[test]
    fn units_of_the_header_are_heeded() {
        let run = &read("100,2,0.5,1.2e18,3.5").expect("a run")[0];
        let design = Design { parameters: 1e8, tokens: 2e9, unique_tokens: 5e8, compute: 1.2e18 };
        assert_eq!(*run, Run { origin: "r.csv:2".into(), design, loss: 3.5 });
        assert_eq!((design.epochs(), design.tokens_per_parameter()), (4.0, 20.0));
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_its_place() {
        for (row, part) in [
            ("100,2,0.5,1.2e9,3.5", "r.csv:2: compute is 1.200e9 FLOP, but 6 × parameters × tokens is 1.200e18"),
            ("100,2,3,1.2e18,3.5", "column `u (B)` has `3` where no more distinct tokens"),
            ("100,2,0.5,1.2e18,-3.5", "column `loss` has `-3.5`"),
            ("100,,0.5,1.2e18,3.5", "column `d (B)` has `` where a number above zero"),
        ] {
            let error = read(row).expect_err(row).to_string();
            assert!(error.contains(part), "{row}: {error}");
        }
    }

    #[test]
    fn samples_may_cost_more_than_six_operations_a_parameter() {
        let text = "n (M),d (B),u (B),c,loss\n0.002,0.00001,0.00001,4e11,0.5\n";
        let table = Table::read(text.as_bytes(), Source::new("r.csv", Basis::Measured)).expect("a table");
        assert!(matches!(COLUMNS.read(&table), Err(RunError::UnitsDisagree { .. })));
        let run = &RunColumns { datum: Datum::Sample, ..COLUMNS }.read(&table).expect("runs")[0];
        assert_eq!((run.design.tokens, run.design.compute), (1e4, 4e11));
    }

    #[test]
    fn exactly_as_many_runs_are_left_out_as_were_asked_for() {
        let run = |(k, loss): (usize, &f64)| Run { origin: format!("{k}"), design: Design::new(1e8, 1e9), loss: *loss };
        let runs: Vec<Run> = [2.0, 5.0, 5.0, 1.0, 5.0].iter().enumerate().map(run).collect();
        let names = |runs: Vec<Run>| runs.into_iter().map(|run| run.origin).collect::<Vec<String>>();
        let left = |n| without_highest_losses(runs.clone(), n).map(names);
        let of = |names: &str| names.chars().map(String::from).collect::<Vec<String>>();
        assert_eq!(left(0).expect("runs"), of("01234"));
        // Of three with the same loss.
        assert_eq!(left(1).expect("runs"), of("0234"));
        assert_eq!(left(4).expect("runs"), of("3"));
        for n in [5, 1000] {
            assert!(left(n).expect_err("none left").to_string().contains("none would be left"));
        }
    }

    #[test]
    fn an_unknown_unit_is_refused() {
        let table =
            Table::read("n (XB),d,loss\n1,1,1\n".as_bytes(), Source::new("r.csv", Basis::Measured)).expect("a table");
        let columns = RunColumns {
            datum: Datum::Token,
            parameters: "n (XB)",
            tokens: Some("d"),
            unique_tokens: None,
            compute: None,
            loss: "loss",
        };
        let error = columns.read(&table).expect_err("a unit").to_string();
        assert_eq!(error, "r.csv:1: column `n (XB)` is in `XB`; known are none, (K), (M), (B), (G) and (T)");
    }
}
