//! A forecast as a model: quantities, dates, requirements and correlations.

use std::ops::Range;

use consil_diagnostic::Hint;
use consil_random::Key;
use serde::Serialize;

use super::copula::Copula;
use super::program::{EvaluationError, Located, Node};
use super::sensitivity::open;
use crate::evidence::Evidence;
use crate::fault::Fault;
use crate::pathway::{Aspect, Pathway, Stage};

/// A forecast model, made by [`Model::parse`].
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The date of the forecast in years: this crate has no clock.
    pub today: f64,
    /// The last year that the forecast speaks about; what lies beyond stays "beyond".
    pub horizon: f64,
    /// How often the model is sampled.
    pub n_samples: usize,
    /// Base rows of the sensitivity analysis.
    pub n_sensitivity: usize,
    /// The seed of all samples.
    pub seed: u64,
    /// The extrapolation ratio beyond which no point date is stated.
    pub point_date_limit: f64,
    /// Everything that has a value, in the order of the file.
    pub quantities: Vec<Quantity>,
    /// The correlations between draws.
    pub correlations: Vec<Correlation>,
    /// Quantities over the years from today to the horizon.
    pub series: Vec<Series>,
    /// What publications say about a stage in words, beside what the model computes.
    pub claims: Vec<Claim>,
    /// Which evidence would fill a cell that has none.
    pub missing: Vec<Missing>,
    pub(super) file: String,
    pub(super) text: String,
    /// The order in which quantities can be computed.
    pub(super) order: Vec<usize>,
    pub(super) draws: Vec<Draw>,
    pub(super) groups: Vec<Group>,
}

/// A quantity of a model.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// Its name in the file.
    pub name: String,
    /// Its unit; years for dates.
    pub unit: Option<String>,
    /// How it is defined, as written.
    pub definition: String,
    /// What it rests on.
    pub evidence: Evidence,
    /// The range that evidence covers: values for a number, years for a date.
    pub observed: Option<(f64, f64)>,
    /// Whether it is a date.
    pub is_date: bool,
    /// What it is to a comparison.
    pub place: Place,
    /// The requirements, for a date that is met when all, or any, of others are.
    pub requirement: Option<Requirement>,
    pub(super) program: Node,
    /// Bytes of the file where the expression begins.
    pub(super) begin: usize,
}

/// Where a quantity stands in a comparison of pathways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The pathway that it belongs to.
    pub pathway: Option<Pathway>,
    /// The stage that it is about.
    pub stage: Option<Stage>,
    /// The aspect that it fills.
    pub aspect: Option<Aspect>,
}

/// How a date depends on others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Met when the last of them is.
    All(Vec<usize>),
    /// Met when the first of them is.
    Any(Vec<usize>),
}

/// A correlation of two draws, of their normal scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// Both names.
    pub between: [String; 2],
    /// Pearson's r of the normal scores.
    pub r: f64,
    /// What it rests on.
    pub evidence: Evidence,
}

/// A quantity over the years: an expression in which `year` stands for each.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name in the file.
    pub name: String,
    /// Its unit.
    pub unit: Option<String>,
    /// How it is defined, as written.
    pub definition: String,
    pub(super) program: Node,
    /// Bytes of the file where the expression begins.
    pub(super) begin: usize,
}

/// What somebody says about a stage, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// The pathway that it is about; none: whichever.
    pub pathway: Option<Pathway>,
    /// The stage.
    pub stage: Stage,
    /// The aspect.
    pub aspect: Aspect,
    /// What is said.
    pub text: String,
    /// Who says it.
    pub evidence: Evidence,
}

/// Which evidence would fill a cell that has none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missing {
    /// The pathway; none: any.
    pub pathway: Option<Pathway>,
    /// The stage; none: any.
    pub stage: Option<Stage>,
    /// The aspect; none: any.
    pub aspect: Option<Aspect>,
    /// What would be needed.
    pub needed: String,
}

/// An input that a result rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// What it rests on.
    pub evidence: Evidence,
}

/// A uniform number that something random is drawn from.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    pub name: String,
}

/// Draws that are correlated with one another.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub places: Vec<usize>,
    pub copula: Copula,
}

/// Why a model has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// The file is refused.
    #[error(transparent)]
    File(#[from] Fault),
    /// A sample of a quantity has no value.
    #[error("`{quantity}` has no value in sample {sample}\n{fault}")]
    Sample {
        /// The quantity.
        quantity: String,
        /// The sample, from 1.
        sample: usize,
        /// Why.
        source: EvaluationError,
        /// Where.
        fault: Box<Fault>,
    },
    /// There is no such quantity.
    #[error("the model has no quantity `{name}`; {help}")]
    NoQuantity {
        /// The name asked for.
        name: String,
        /// The nearest.
        help: String,
    },
}

impl Hint for ForecastError {
    fn help(&self) -> Option<String> {
        match self {
            Self::File(fault) => fault.help(),
            Self::Sample { fault, .. } => fault.help(),
            Self::NoQuantity { .. } => None,
        }
    }
}

impl Model {
    /// The place of a quantity.
    ///
    /// # Errors
    /// When there is none of the name.
    pub fn find(&self, name: &str) -> Result<usize, ForecastError> {
        self.quantities.iter().position(|quantity| quantity.name == name).ok_or_else(|| ForecastError::NoQuantity {
            name: name.to_owned(),
            help: crate::fault::did_you_mean(name, self.quantities.iter().map(|quantity| quantity.name.as_str())),
        })
    }

    /// The uniform numbers of a sample before correlation: each draw has its own stream, so that one more quantity leaves the
    /// others' samples as they were.
    pub(super) fn uniforms(&self, n_samples: usize) -> Vec<Vec<f64>> {
        let key = Key::new(self.seed).child("forecast");
        let column = |draw: &Draw| {
            let mut stream = key.child(&draw.name).stream();
            (0..n_samples).map(|_| open(stream.uniform())).collect::<Vec<f64>>()
        };
        self.draws.iter().map(column).collect()
    }

    /// All quantities' values, given independent uniform numbers.
    pub(super) fn evaluate(&self, uniforms: &[f64], values: &mut [f64]) -> Result<(), (usize, Located)> {
        let mut joint = uniforms.to_vec();
        for group in &self.groups {
            let mut members: Vec<f64> = group.places.iter().map(|place| uniforms[*place]).collect();
            group.copula.apply(&mut members);
            for (place, u) in group.places.iter().zip(members) {
                joint[*place] = u;
            }
        }
        for &i in &self.order {
            values[i] = self.quantities[i].program.value(values, &joint).map_err(|located| (i, located))?;
        }
        Ok(())
    }

    /// An evaluation's error as an error of the file.
    pub(super) fn failed(&self, sample: usize, (i, located): (usize, Located)) -> ForecastError {
        self.failed_at(sample, &self.quantities[i].name, self.quantities[i].begin, located)
    }

    /// The same, for an expression that begins at a byte of the file.
    pub(super) fn failed_at(&self, sample: usize, name: &str, begin: usize, (span, source): Located) -> ForecastError {
        let span: Range<usize> = begin + span.start..begin + span.end;
        let help = "narrow the inputs so that no sample leaves the domain, or guard it with `if … then … else`";
        let fault = Fault::new(&self.file, &self.text, span, source.to_string(), help.to_owned());
        ForecastError::Sample { quantity: name.to_owned(), sample, source, fault: Box::new(fault) }
    }

    /// The inputs that a quantity rests on: those, itself included, that are not computed from others; in the order of the file.
    pub(super) fn inputs_behind(&self, quantity: usize) -> Vec<Input> {
        let seen = self.behind(quantity);
        let stated = self
            .quantities
            .iter()
            .zip(seen)
            .filter(|(q, seen)| *seen && !matches!(q.evidence, Evidence::Computed { .. }));
        stated.map(|(q, _)| Input { name: q.name.clone(), evidence: q.evidence.clone() }).collect()
    }

    /// The quantities that a quantity rests on, itself included.
    fn behind(&self, quantity: usize) -> Vec<bool> {
        let mut seen = vec![false; self.quantities.len()];
        let mut open = vec![quantity];
        while let Some(i) = open.pop() {
            if !std::mem::replace(&mut seen[i], true) {
                self.quantities[i].program.visit(&mut |node| {
                    if let Node::Quantity(j) = node {
                        open.push(*j);
                    }
                });
            }
        }
        seen
    }

    /// The draws that a quantity depends on.
    pub(super) fn draws_behind(&self, quantity: usize) -> Vec<bool> {
        let mut draws = vec![false; self.draws.len()];
        for (quantity, _) in self.quantities.iter().zip(self.behind(quantity)).filter(|(_, seen)| *seen) {
            quantity.program.visit(&mut |node| {
                if let Node::Draw(_, _, uniform, _) | Node::Choose(_, uniform) = node {
                    draws[*uniform] = true;
                }
            });
        }
        draws
    }
}

impl Node {
    /// Calls `see` on this node and all below it.
    pub(super) fn visit(&self, see: &mut dyn FnMut(&Node)) {
        see(self);
        match self {
            Self::Number(_) | Self::Quantity(_) => {}
            Self::Negative(inner) => inner.visit(see),
            Self::Binary(_, a, b, _) => [a, b].into_iter().for_each(|node| node.visit(see)),
            Self::If(parts) => parts.iter().for_each(|node| node.visit(see)),
            Self::Call(_, nodes, _) | Self::Draw(_, nodes, _, _) => nodes.iter().for_each(|node| node.visit(see)),
            Self::Choose(parts, _) => parts.iter().for_each(|(_, node)| node.visit(see)),
        }
    }
}
