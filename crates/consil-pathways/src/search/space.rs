//! What a genome is made of.

use consil_random::Stream;
use serde::{Deserialize, Serialize};

/// One gene: what values it can take.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Gene {
    /// A whole number between bounds, both included.
    Integer {
        /// Least value.
        low: i64,
        /// Greatest value.
        high: i64,
    },
    /// One of several names, without an order.
    Category {
        /// The names.
        names: Vec<String>,
    },
    /// A real number between bounds.
    Real {
        /// Least value.
        low: f64,
        /// Greatest value.
        high: f64,
    },
    /// A positive real number between bounds whose steps are factors, such as a learning rate.
    LogReal {
        /// Least value.
        low: f64,
        /// Greatest value.
        high: f64,
    },
}

/// The value of a gene.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Allele {
    /// Of an integer gene.
    Integer(i64),
    /// Of a category gene: the place of the name.
    Category(usize),
    /// Of a real gene.
    Real(f64),
}

/// The values of all genes, in the order of the space.
pub type Genome = Vec<Allele>;

/// The genes, with their names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Space {
    genes: Vec<(String, Gene)>,
}

/// Why genes make no space.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// There is nothing to search.
    #[error("the space has no gene: add at least one")]
    Empty,
    /// A gene has no value to take.
    #[error(
        "the gene `{name}` has no values: give bounds in order, positive and finite for log-real, or one name or more"
    )]
    NoValues {
        /// The gene.
        name: String,
    },
    /// Two genes have one name.
    #[error("two genes are named `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
}

impl Space {
    /// A space of genes.
    ///
    /// # Errors
    /// When there is no gene, one has no values, or two have one name.
    pub fn new(genes: Vec<(String, Gene)>) -> Result<Self, SpaceError> {
        if genes.is_empty() {
            return Err(SpaceError::Empty);
        }
        for (i, (name, gene)) in genes.iter().enumerate() {
            let has_values = match gene {
                Gene::Integer { low, high } => low <= high,
                Gene::Category { names } => !names.is_empty(),
                Gene::Real { low, high } => low < high && (high - low).is_finite(),
                Gene::LogReal { low, high } => *low > 0.0 && low < high && high.is_finite(),
            };
            if !has_values {
                return Err(SpaceError::NoValues { name: name.clone() });
            }
            if genes[..i].iter().any(|(other, _)| other == name) {
                return Err(SpaceError::Twice { name: name.clone() });
            }
        }
        Ok(Self { genes })
    }

    /// The genes with their names.
    pub fn genes(&self) -> &[(String, Gene)] {
        &self.genes
    }

    /// A genome drawn uniformly (in the logarithm, for log-real genes).
    pub fn draw(&self, stream: &mut Stream) -> Genome {
        self.genes.iter().map(|(_, gene)| gene.draw(stream)).collect()
    }

    /// `n` genomes that cover each gene evenly: one in each of `n` equal stretches of its places, in an order of its own (Latin hypercube sampling:
    /// McKay, Beckman and Conover, 1979).
    pub fn draw_stratified(&self, n: usize, stream: &mut Stream) -> Vec<Genome> {
        let mut genomes = vec![Vec::with_capacity(self.genes.len()); n];
        for (_, gene) in &self.genes {
            for (genome, stretch) in genomes.iter_mut().zip(stream.permutation(n)) {
                genome.push(gene.at((stretch as f64 + stream.uniform()) / n as f64));
            }
        }
        genomes
    }

    /// The value of a named gene, if the genome has it.
    pub fn value(&self, genome: &Genome, name: &str) -> Option<Allele> {
        let place = self.genes.iter().position(|(gene, _)| gene == name)?;
        genome.get(place).copied()
    }

    /// A genome in words: `name = value`, joined by commas.
    pub fn describe(&self, genome: &Genome) -> String {
        let word = |((name, gene), allele): (&(String, Gene), &Allele)| match (gene, allele) {
            (Gene::Category { names }, Allele::Category(i)) => format!("{name} = {}", names.get(*i).map_or("?", |n| n)),
            (_, Allele::Integer(n)) => format!("{name} = {n}"),
            (_, Allele::Real(x)) => format!("{name} = {x:.4}"),
            (_, Allele::Category(i)) => format!("{name} = {i}"),
        };
        self.genes.iter().zip(genome).map(word).collect::<Vec<_>>().join(", ")
    }
}

impl Gene {
    fn draw(&self, stream: &mut Stream) -> Allele {
        match self {
            Self::Category { names } => Allele::Category(stream.below(names.len())),
            _ => self.at(stream.uniform()),
        }
    }

    /// The gene's value at a place of 0–1.
    pub(super) fn at(&self, place: f64) -> Allele {
        match self {
            Self::Integer { low, high } => {
                // In 128 bits: the distance of two whole numbers may not fit into 64.
                let (low, high) = (i128::from(*low), i128::from(*high));
                let n = (high - low) as f64 + 1.0;
                let value = (low + (place * n).floor() as i128).clamp(low, high);
                Allele::Integer(i64::try_from(value).unwrap_or(i64::MAX))
            }
            Self::Category { names } => Allele::Category(((place * names.len() as f64) as usize).min(names.len() - 1)),
            Self::Real { low, high } => Allele::Real((low + (high - low) * place).clamp(*low, *high)),
            Self::LogReal { low, high } => Allele::Real((low * (high / low).powf(place)).clamp(*low, *high)),
        }
    }

    /// The place in 0–1 of an ordered gene's value: an integer's is the middle of its stretch; none for a category.
    pub(super) fn place(&self, allele: Allele) -> Option<f64> {
        match (self, allele) {
            (Self::Integer { low, high }, Allele::Integer(n)) => {
                let [low, high, n] = [*low, *high, n].map(i128::from);
                Some(((n - low) as f64 + 0.5) / ((high - low) as f64 + 1.0))
            }
            (Self::Real { low, high }, Allele::Real(x)) => Some((x - low) / (high - low)),
            (Self::LogReal { low, high }, Allele::Real(x)) => Some((x / low).ln() / (high / low).ln()),
            _ => None,
        }
    }
}
