//! A search against random search at the same number of evaluations.

use std::cmp::Ordering;

use consil_random::Key;
use serde::{Deserialize, Serialize};

use super::{Evaluated, Genome, HypervolumeError, Nsga2, Nsga2Config, RandomSearch, Space, front, hypervolume, search};

/// NSGA-II against random search, seed by seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// Evaluations of each search.
    pub budget: usize,
    /// The point up to which volume counts; the same for both searches and all seeds.
    pub reference: Vec<f64>,
    /// One round for each seed.
    pub rounds: Vec<Round>,
}

/// One seed of a contest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The seed.
    pub seed: u64,
    /// Hypervolume of what NSGA-II found.
    pub nsga2: f64,
    /// Hypervolume of what random search found.
    pub random: f64,
    /// Evaluations of either search that gave no objectives.
    pub failed: usize,
    /// NSGA-II's front.
    pub front: Vec<Evaluated>,
    /// Random search's front.
    pub random_front: Vec<Evaluated>,
}

impl Contest {
    /// In how many rounds NSGA-II's volume is the greater.
    pub fn wins(&self) -> usize {
        self.rounds.iter().filter(|round| round.nsga2 > round.random).count()
    }

    /// The probability that NSGA-II's volumes rank as high or higher if both searches were equal ([`rank_sum_test`]).
    pub fn chance(&self) -> f64 {
        let volumes = |of: fn(&Round) -> f64| self.rounds.iter().map(of).collect::<Vec<f64>>();
        rank_sum_test(&volumes(|round| round.nsga2), &volumes(|round| round.random))
    }
}

/// The one-sided rank sum test, exact (Wilcoxon, 1945; Mann and Whitney, 1947): the probability that, of all ways to call `a.len()` of the values the first sample, one
/// gives ranks that sum to as much as those of `a` or more. Equal values share the mean of their ranks.
///
/// The two searches of a round draw their genomes apart, so that the rounds are two samples and no pairs.
pub fn rank_sum_test(a: &[f64], b: &[f64]) -> f64 {
    let all: Vec<f64> = a.iter().chain(b).copied().collect();
    // Twice the rank, which is whole: 2 · (values below) + (values equal) + 1.
    let rank = |x: &f64| -> usize {
        let count = |of: Ordering| all.iter().filter(|y| y.total_cmp(x) == of).count();
        2 * count(Ordering::Less) + count(Ordering::Equal) + 1
    };
    let observed: usize = a.iter().map(rank).sum();
    // ways[n][s]: in how many ways n of the values have doubled ranks that sum to s.
    let most: usize = all.iter().map(rank).sum();
    let mut ways = vec![vec![0.0f64; most + 1]; a.len() + 1];
    ways[0][0] = 1.0;
    for rank in all.iter().map(rank) {
        for n in (1..=a.len()).rev() {
            for sum in (rank..=most).rev() {
                ways[n][sum] += ways[n - 1][sum - rank];
            }
        }
    }
    let last = &ways[a.len()];
    last[observed..].iter().sum::<f64>() / last.iter().sum::<f64>()
}

/// Runs both searches on every seed with `budget` evaluations each.
///
/// Where `reference` is none, it is the worst of each objective over everything that either search evaluated on any seed, so that
/// neither is favoured. Objectives are scaled to 0–1 between their best value and the reference before volumes are taken: a volume is a share of the
/// box between the two.
///
/// # Errors
/// When there are more than three objectives, or their number changes between evaluations.
pub fn against_random(
    space: &Space,
    config: Nsga2Config,
    budget: usize,
    seeds: &[u64],
    reference: Option<Vec<f64>>,
    evaluate: &mut dyn FnMut(&Genome) -> Option<Vec<f64>>,
) -> Result<Contest, HypervolumeError> {
    let runs: Vec<(u64, [Vec<Evaluated>; 2])> = seeds
        .iter()
        .map(|seed| {
            let key = Key::new(*seed).child("contest");
            let mut nsga2 = Nsga2::new(space.clone(), config, key);
            let mut random = RandomSearch::new(space.clone(), config.population, key);
            (*seed, [search(&mut nsga2, budget, evaluate), search(&mut random, budget, evaluate)])
        })
        .collect();
    let all = || runs.iter().flat_map(|(_, both)| both.iter().flatten()).filter_map(|e| e.objectives.as_ref());
    let n_objectives = reference.as_ref().map_or_else(|| all().next().map_or(0, Vec::len), Vec::len);
    if let Some(odd) = all().find(|objectives| objectives.len() != n_objectives) {
        return Err(HypervolumeError::Length { found: odd.len(), wanted: n_objectives });
    }
    let extreme = |pick: fn(f64, f64) -> f64, from: f64| {
        (0..n_objectives).map(|m| all().map(|o| o[m]).fold(from, pick)).collect::<Vec<f64>>()
    };
    let (best, is_given) = (extreme(f64::min, f64::INFINITY), reference.is_some());
    let reference = reference.unwrap_or_else(|| extreme(f64::max, f64::NEG_INFINITY));
    let scaled = |objectives: &Vec<f64>| -> Vec<f64> {
        // An objective in which all are alike is best for all; a reference that nothing reaches leaves everything outside.
        let scale = |((x, low), high): ((&f64, &f64), &f64)| match high.total_cmp(low) {
            Ordering::Greater => (x - low) / (high - low),
            Ordering::Equal if !is_given => 0.0,
            _ => 1.0,
        };
        objectives.iter().zip(&best).zip(&reference).map(scale).collect()
    };
    let volume = |evaluated: &[Evaluated]| {
        let points: Vec<Vec<f64>> = evaluated.iter().filter_map(|e| e.objectives.as_ref()).map(scaled).collect();
        hypervolume(&points, &vec![1.0; n_objectives])
    };
    let rounds = runs
        .iter()
        .map(|(seed, [nsga2, random])| {
            Ok(Round {
                seed: *seed,
                nsga2: volume(nsga2)?,
                random: volume(random)?,
                failed: nsga2.iter().chain(random).filter(|e| e.objectives.is_none()).count(),
                front: front_of(nsga2),
                random_front: front_of(random),
            })
        })
        .collect::<Result<Vec<Round>, HypervolumeError>>()?;
    Ok(Contest { budget, reference, rounds })
}

/// The evaluated genomes that nobody dominates, each objective vector once, by their first objective.
fn front_of(evaluated: &[Evaluated]) -> Vec<Evaluated> {
    let known: Vec<&Evaluated> = evaluated.iter().filter(|e| e.objectives.is_some()).collect();
    let points: Vec<Vec<f64>> = known.iter().filter_map(|e| e.objectives.clone()).collect();
    let mut kept: Vec<Evaluated> = Vec::new();
    for i in front(&points) {
        if !kept.iter().any(|e| e.objectives == known[i].objectives) {
            kept.push(known[i].clone());
        }
    }
    let first = |e: &Evaluated| e.objectives.as_ref().and_then(|o| o.first().copied()).unwrap_or(f64::NAN);
    kept.sort_by(|a, b| first(a).total_cmp(&first(b)));
    kept
}
