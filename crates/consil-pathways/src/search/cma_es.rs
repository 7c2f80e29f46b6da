//! CMA-ES: one objective over real genes.

use consil_random::{Key, Stream};

use super::{Evaluated, Gene, Genome, Searcher, Space};
use crate::matrix::eigen;

/// Where CMA-ES begins, and with how many genomes a generation.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CmaEsConfig {
    /// Genomes of a generation; none: `4 + ⌊3 ln n⌋`.
    pub population: Option<usize>,
    /// The first mean, as places in 0–1 of each gene; none: the middle.
    pub mean: Option<Vec<f64>>,
    /// The first standard deviation, in the same unit; none: 0.3.
    pub sigma: Option<f64>,
}

/// The covariance matrix adaptation evolution strategy (Hansen, 2016, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772, with its
/// default parameters, table 1), with positive weights.
///
/// Genes are searched on their places in 0–1, integers rounded; what leaves the box is mirrored back for evaluation. Only the first objective
/// counts.
#[derive(Clone, Debug)]
pub struct CmaEs {
    space: Space,
    stream: Stream,
    n: usize,
    lambda: usize,
    weights: Vec<f64>,
    mu_eff: f64,
    mean: Vec<f64>,
    sigma: f64,
    covariance: Vec<Vec<f64>>,
    path_c: Vec<f64>,
    path_sigma: Vec<f64>,
    generation: usize,
    /// Eigenvectors as columns, and the square roots of the eigenvalues.
    basis: Vec<Vec<f64>>,
    scales: Vec<f64>,
    /// The steps `y` of the last generation.
    steps: Vec<Vec<f64>>,
}

/// A space that CMA-ES cannot search.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CMA-ES needs an order on every gene, and `{name}` is a category: use NSGA-II, or fix the category")]
pub struct NotReal {
    /// The gene.
    pub name: String,
}

impl CmaEs {
    /// A search.
    ///
    /// # Errors
    /// When a gene is a category.
    pub fn new(space: Space, config: CmaEsConfig, key: Key) -> Result<Self, NotReal> {
        if let Some((name, _)) = space.genes().iter().find(|(_, gene)| matches!(gene, Gene::Category { .. })) {
            return Err(NotReal { name: name.clone() });
        }
        let n = space.genes().len();
        let lambda = config.population.unwrap_or(4 + (3.0 * (n as f64).ln()).floor() as usize).max(4);
        let mu = lambda / 2;
        let raw: Vec<f64> = (1..=mu).map(|i| (0.5 * (lambda as f64 + 1.0)).ln() - (i as f64).ln()).collect();
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / total).collect();
        let mu_eff = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
        let mut mean = config.mean.unwrap_or_default();
        mean.resize(n, 0.5);
        Ok(Self {
            stream: key.child("cma-es").stream(),
            n,
            lambda,
            weights,
            mu_eff,
            mean,
            sigma: config.sigma.unwrap_or(0.3),
            covariance: identity(n),
            path_c: vec![0.0; n],
            path_sigma: vec![0.0; n],
            generation: 0,
            basis: identity(n),
            scales: vec![1.0; n],
            steps: Vec::new(),
            space,
        })
    }

    /// The mean of the search distribution, as places in 0–1.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The step size.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    fn genome(&self, places: &[f64]) -> Genome {
        self.space.genes().iter().zip(places).map(|((_, gene), x)| gene.at(mirrored(*x))).collect()
    }

    /// `C^(−1/2) v`.
    fn whitened(&self, v: &[f64]) -> Vec<f64> {
        let n = self.n;
        let turned: Vec<f64> =
            (0..n).map(|j| (0..n).map(|i| self.basis[i][j] * v[i]).sum::<f64>() / self.scales[j]).collect();
        (0..n).map(|i| (0..n).map(|j| self.basis[i][j] * turned[j]).sum()).collect()
    }
}

impl Searcher for CmaEs {
    fn ask(&mut self) -> Vec<Genome> {
        let n = self.n;
        self.steps = (0..self.lambda)
            .map(|_| {
                let z: Vec<f64> = (0..n).map(|j| self.scales[j] * self.stream.normal()).collect();
                (0..n).map(|i| (0..n).map(|j| self.basis[i][j] * z[j]).sum()).collect()
            })
            .collect();
        let places = |step: &Vec<f64>| -> Vec<f64> { (0..n).map(|i| self.mean[i] + self.sigma * step[i]).collect() };
        self.steps.iter().map(|step| self.genome(&places(step))).collect()
    }

    fn tell(&mut self, evaluated: Vec<Evaluated>) {
        let n = self.n as f64;
        let value = |e: &Evaluated| e.objectives.as_ref().and_then(|o| o.first().copied()).unwrap_or(f64::INFINITY);
        let mut order: Vec<usize> = (0..self.steps.len().min(evaluated.len())).collect();
        order.sort_by(|a, b| value(&evaluated[*a]).total_cmp(&value(&evaluated[*b])));
        order.truncate(self.weights.len());
        // Where nothing could be evaluated, the order of asking would be taken for one of merit.
        if order.first().is_none_or(|best| value(&evaluated[*best]) == f64::INFINITY) {
            return;
        }
        self.generation += 1;
        let chosen: Vec<&Vec<f64>> = order.iter().map(|i| &self.steps[*i]).collect();
        let step: Vec<f64> =
            (0..self.n).map(|i| chosen.iter().zip(&self.weights).map(|(y, w)| w * y[i]).sum()).collect();

        let mu_eff = self.mu_eff;
        let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
        let damping = 1.0 + 2.0 * (((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
        let c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
        let c_1 = 2.0 / ((n + 1.3).powi(2) + mu_eff);
        let c_mu = (1.0 - c_1).min(2.0 * (mu_eff - 2.0 + 1.0 / mu_eff) / ((n + 2.0).powi(2) + mu_eff));
        // E‖N(0, I)‖.
        let chi = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));

        let white = self.whitened(&step);
        for ((mean, path), (y, w)) in self.mean.iter_mut().zip(&mut self.path_sigma).zip(step.iter().zip(&white)) {
            *mean += self.sigma * y;
            *path = (1.0 - c_sigma) * *path + (c_sigma * (2.0 - c_sigma) * mu_eff).sqrt() * w;
        }
        let length = self.path_sigma.iter().map(|p| p * p).sum::<f64>().sqrt();
        let forgotten = 1.0 - (1.0 - c_sigma).powi(2 * self.generation.min(100_000) as i32);
        let stalls = length / forgotten.sqrt() >= (1.4 + 2.0 / (n + 1.0)) * chi;
        let h = f64::from(u8::from(!stalls));
        for (path, y) in self.path_c.iter_mut().zip(&step) {
            *path = (1.0 - c_c) * *path + h * (c_c * (2.0 - c_c) * mu_eff).sqrt() * y;
        }
        let kept = 1.0 - c_1 - c_mu + (1.0 - h) * c_1 * c_c * (2.0 - c_c);
        for i in 0..self.n {
            for j in 0..=i {
                let ranks: f64 = chosen.iter().zip(&self.weights).map(|(y, w)| w * y[i] * y[j]).sum();
                let new = kept * self.covariance[i][j] + c_1 * self.path_c[i] * self.path_c[j] + c_mu * ranks;
                self.covariance[i][j] = new;
                self.covariance[j][i] = new;
            }
        }
        self.sigma *= ((c_sigma / damping) * (length / chi - 1.0)).min(1.0).exp();
        let flat: Vec<f64> = self.covariance.iter().flatten().copied().collect();
        for (j, (value, vector)) in eigen(&flat, self.n).into_iter().enumerate() {
            self.scales[j] = value.max(1e-40).sqrt();
            for (row, entry) in self.basis.iter_mut().zip(vector) {
                row[j] = entry;
            }
        }
    }
}

/// A place mirrored into 0–1.
fn mirrored(x: f64) -> f64 {
    let folded = x.rem_euclid(2.0);
    if folded > 1.0 { 2.0 - folded } else { folded }
}

fn identity(n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_outside_is_mirrored() {
        for (x, inside) in [(0.3, 0.3), (1.2, 0.8), (-0.1, 0.1), (2.4, 0.4), (-1.3, 0.7)] {
            assert!((mirrored(x) - inside).abs() < 1e-12, "{x}");
        }
    }
}
