//! Search over designs: NSGA-II, CMA-ES and random search over a callback.
//!
//! A [`Space`] says what a genome is (integers, categories, reals); a [`Searcher`] proposes genomes ([`Searcher::ask`]) and learns from
//! their objectives ([`Searcher::tell`]), all of which are minimised. Whoever asks evaluates, in any order and on any machine; [`search`] is the
//! loop for those who need nothing else, and [`against_random`] puts a searcher against random search at the same budget.

mod cma_es;
mod contest;
mod hypervolume;
mod nsga2;
mod pareto;
mod random;
mod space;
#[cfg(test)]
mod tests;

pub use cma_es::{CmaEs, CmaEsConfig, NotReal};
pub use contest::{Contest, Round, against_random, rank_sum_test};
pub use hypervolume::{HypervolumeError, hypervolume};
pub use nsga2::{Nsga2, Nsga2Config};
pub use pareto::{dominates, front, fronts};
pub use random::RandomSearch;
pub use space::{Allele, Gene, Genome, Space, SpaceError};

use serde::{Deserialize, Serialize};

/// A genome with what it was found to be worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The genome.
    pub genome: Genome,
    /// Its objectives, all to be minimised; none where it could not be evaluated.
    pub objectives: Option<Vec<f64>>,
}

impl Evaluated {
    /// A genome with its objectives; objectives that are not finite count as none.
    pub fn new(genome: Genome, objectives: Option<Vec<f64>>) -> Self {
        Self { genome, objectives: objectives.filter(|values| values.iter().all(|value| value.is_finite())) }
    }
}

/// Something that searches.
pub trait Searcher {
    /// Genomes to evaluate next: one generation.
    fn ask(&mut self) -> Vec<Genome>;

    /// What the genomes of the last [`ask`](Self::ask) turned out to be worth, in the same order.
    fn tell(&mut self, evaluated: Vec<Evaluated>);
}

/// Searches until `budget` genomes have been evaluated, and gives all of them in order. The last generation is cut where the budget ends.
pub fn search(
    searcher: &mut dyn Searcher,
    budget: usize,
    evaluate: &mut dyn FnMut(&Genome) -> Option<Vec<f64>>,
) -> Vec<Evaluated> {
    let mut all = Vec::with_capacity(budget);
    while all.len() < budget {
        let mut asked = searcher.ask();
        if asked.is_empty() {
            break;
        }
        let cut = asked.len() > budget - all.len();
        asked.truncate(budget - all.len());
        let told: Vec<Evaluated> = asked
            .into_iter()
            .map(|genome| {
                let objectives = evaluate(&genome);
                Evaluated::new(genome, objectives)
            })
            .collect();
        all.extend(told.iter().cloned());
        if !cut {
            searcher.tell(told);
        }
    }
    all
}
