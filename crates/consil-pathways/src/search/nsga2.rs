//! NSGA-II: many objectives at once, over genomes of every kind.

use std::collections::HashSet;

use consil_random::{Key, Stream};

use super::pareto::{crowding, fronts};
use super::{Allele, Evaluated, Gene, Genome, Searcher, Space};

/// How NSGA-II varies and selects. The defaults are those of Deb et al. (2002), section V, for real genes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nsga2Config {
    /// Genomes that survive a generation.
    pub population: usize,
    /// Genomes of a later generation; none: as many as survive. One is the steady-state form, which learns from every evaluation at once.
    pub children: Option<usize>,
    /// The probability that two parents are crossed.
    pub crossover: f64,
    /// The distribution index of simulated binary crossover: the greater, the nearer children stay to parents.
    pub crossover_index: f64,
    /// The probability that a gene mutates; none: one gene of a genome on average.
    pub mutation: Option<f64>,
    /// The distribution index of polynomial mutation.
    pub mutation_index: f64,
}

impl Default for Nsga2Config {
    fn default() -> Self {
        Self {
            population: 100,
            children: None,
            crossover: 0.9,
            crossover_index: 20.0,
            mutation: None,
            mutation_index: 20.0,
        }
    }
}

impl Nsga2Config {
    /// For a hundred evaluations or so, each of them dear: the steady-state form (Durillo, Nebro, Luna and Alba, 2009), and indices of 5, whose steps are long enough to
    /// cross a space in that time.
    pub fn steady_state(population: usize) -> Self {
        Self { population, children: Some(1), crossover_index: 5.0, mutation_index: 5.0, ..Self::default() }
    }
}

/// The non-dominated sorting genetic algorithm II (Deb, Pratap, Agarwal and Meyarivan, 2002).
///
/// Ordered genes (integers, reals) are crossed by simulated binary crossover and mutated polynomially, on their places in 0–1; an integer that
/// mutates moves by one at least. Categories are exchanged whole and mutated to another name. The first generation is a Latin hypercube
/// ([`Space::draw_stratified`]), and no genome is asked for twice while the space offers another.
#[derive(Clone, Debug)]
pub struct Nsga2 {
    space: Space,
    config: Nsga2Config,
    stream: Stream,
    parents: Vec<Member>,
    asked: HashSet<Vec<u64>>,
}

/// How often a child that was asked for before is replaced by another. A small space may have no other.
const REDRAWS: usize = 100;

#[derive(Clone, Debug)]
struct Member {
    genome: Genome,
    /// None for what could not be evaluated: it ranks behind everything.
    objectives: Option<Vec<f64>>,
    rank: usize,
    crowding: f64,
}

impl Nsga2 {
    /// A search that begins with a random population.
    pub fn new(space: Space, config: Nsga2Config, key: Key) -> Self {
        let population = config.population.max(2);
        let config = Nsga2Config { population, ..config };
        Self { space, config, stream: key.child("nsga-ii").stream(), parents: Vec::new(), asked: HashSet::new() }
    }

    /// The better of two parents drawn at random: by rank, then by crowding.
    fn tournament(&mut self) -> usize {
        let (a, b) = (self.stream.below(self.parents.len()), self.stream.below(self.parents.len()));
        let (x, y) = (&self.parents[a], &self.parents[b]);
        if (x.rank, -x.crowding) <= (y.rank, -y.crowding) { a } else { b }
    }

    fn children(&mut self) -> [Genome; 2] {
        let (a, b) = (self.tournament(), self.tournament());
        let mut children = [self.parents[a].genome.clone(), self.parents[b].genome.clone()];
        let crosses = self.stream.uniform() < self.config.crossover;
        for i in 0..self.space.genes().len() {
            if crosses && self.stream.uniform() < 0.5 {
                self.cross(i, &mut children);
            }
        }
        let rate = self.config.mutation.unwrap_or(1.0 / self.space.genes().len() as f64);
        for child in &mut children {
            for (i, allele) in child.iter_mut().enumerate() {
                if self.stream.uniform() < rate {
                    *allele = mutated(&self.space.genes()[i].1, *allele, self.config.mutation_index, &mut self.stream);
                }
            }
        }
        children
    }

    /// Simulated binary crossover within 0–1 (Deb and Agrawal, 1995; the bounded form of Deb's own program).
    fn cross(&mut self, i: usize, children: &mut [Genome; 2]) {
        let gene = &self.space.genes()[i].1;
        let places = (gene.place(children[0][i]), gene.place(children[1][i]));
        let (Some(x), Some(y)) = places else {
            let [first, second] = children;
            std::mem::swap(&mut first[i], &mut second[i]);
            return;
        };
        let (low, high) = (x.min(y), x.max(y));
        if high - low < 1e-14 {
            return;
        }
        let u = self.stream.uniform();
        let power = 1.0 / (self.config.crossover_index + 1.0);
        let spread = |room: f64| {
            let beta = 1.0 + 2.0 * room / (high - low);
            let alpha = 2.0 - beta.powf(-(self.config.crossover_index + 1.0));
            if u <= 1.0 / alpha { (u * alpha).powf(power) } else { (1.0 / (2.0 - u * alpha)).powf(power) }
        };
        let middle = 0.5 * (low + high);
        let first = (middle - 0.5 * spread(low) * (high - low)).clamp(0.0, 1.0);
        let second = (middle + 0.5 * spread(1.0 - high) * (high - low)).clamp(0.0, 1.0);
        let swap = self.stream.uniform() < 0.5;
        let (first, second) = if swap { (second, first) } else { (first, second) };
        children[0][i] = gene.at(first);
        children[1][i] = gene.at(second);
    }
}

/// Polynomial mutation within 0–1 (Deb and Goyal, 1996), another name for a category.
fn mutated(gene: &Gene, allele: Allele, index: f64, stream: &mut Stream) -> Allele {
    let Some(x) = gene.place(allele) else {
        let (Gene::Category { names }, Allele::Category(now)) = (gene, allele) else { return allele };
        if names.len() < 2 {
            return allele;
        }
        let other = stream.below(names.len() - 1);
        return Allele::Category(other + usize::from(other >= now));
    };
    let u = stream.uniform();
    let power = 1.0 / (index + 1.0);
    let step = if u < 0.5 {
        (2.0 * u + (1.0 - 2.0 * u) * (1.0 - x).powf(index + 1.0)).powf(power) - 1.0
    } else {
        1.0 - (2.0 * (1.0 - u) + (2.0 * u - 1.0) * x.powf(index + 1.0)).powf(power)
    };
    let moved = gene.at((x + step).clamp(0.0, 1.0));
    match (gene, allele, moved) {
        (Gene::Integer { low, high }, Allele::Integer(was), Allele::Integer(is)) if was == is && low < high => {
            let up = (step >= 0.0 && was < *high) || was == *low;
            Allele::Integer(if up { was + 1 } else { was - 1 })
        }
        _ => moved,
    }
}

impl Searcher for Nsga2 {
    fn ask(&mut self) -> Vec<Genome> {
        if self.parents.is_empty() {
            let first = self.space.draw_stratified(self.config.population, &mut self.stream);
            self.asked.extend(first.iter().map(|genome| identity(genome)));
            return first;
        }
        let n = self.config.children.unwrap_or(self.config.population).max(1);
        let (mut asked, mut redrawn) = (Vec::with_capacity(n), 0);
        while asked.len() < n {
            for child in self.children() {
                let is_new = self.asked.insert(identity(&child));
                redrawn += usize::from(!is_new);
                if asked.len() < n && (is_new || redrawn > REDRAWS) {
                    asked.push(child);
                }
            }
        }
        asked
    }

    fn tell(&mut self, evaluated: Vec<Evaluated>) {
        let new = evaluated.into_iter().map(|e| Member {
            genome: e.genome,
            objectives: e.objectives,
            rank: 0,
            crowding: 0.0,
        });
        let mut members = std::mem::take(&mut self.parents);
        members.extend(new);
        self.parents = survivors(members, self.config.population);
    }
}

/// A genome as bits, which can be compared and hashed.
fn identity(genome: &[Allele]) -> Vec<u64> {
    let bits = |allele: &Allele| match allele {
        Allele::Integer(n) => n.cast_unsigned(),
        Allele::Category(i) => *i as u64,
        Allele::Real(x) => x.to_bits(),
    };
    genome.iter().map(bits).collect()
}

/// The best `n`: by rank, and within the last rank that fits only in part, by crowding.
fn survivors(members: Vec<Member>, n: usize) -> Vec<Member> {
    let (mut known, unknown): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|member| member.objectives.is_some());
    let points: Vec<Vec<f64>> = known.iter().filter_map(|member| member.objectives.clone()).collect();
    let ranks = fronts(&points);
    let n_ranks = ranks.len();
    for (rank, places) in ranks.iter().enumerate() {
        let of_rank: Vec<&[f64]> = places.iter().map(|i| points[*i].as_slice()).collect();
        for (i, crowding) in places.iter().zip(crowding(&of_rank)) {
            known[*i].rank = rank;
            known[*i].crowding = crowding;
        }
    }
    known.sort_by(|a, b| a.rank.cmp(&b.rank).then(b.crowding.total_cmp(&a.crowding)));
    known.extend(unknown.into_iter().map(|member| Member { rank: n_ranks, ..member }));
    known.truncate(n);
    known
}
