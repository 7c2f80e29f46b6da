//! Sites whose losses are quadratic, so that everything about a federation of them is known in closed form.

use std::num::NonZeroUsize;

use consil_fed::{
    CheckedConfig, Client, ClientError, Contribution, Cover, Effort, Entry, FederateConfig, Federation, Layout,
    Metrics, Role, Simulation, StrategyConfig, Task, Work, Workers, gradient_weight,
};
use consil_random::Key;

pub const DIM: usize = 3;

/// `F(w) = ½ Σⱼ aⱼ (wⱼ − cⱼ)²`, minimised by gradient descent.
#[derive(Clone, Debug)]
pub struct Quadratic {
    pub curvature: [f64; DIM],
    pub center: [f64; DIM],
    pub n_samples: u64,
    pub steps: u64,
    pub rate: f64,
    pub momentum: f64,
}

impl Quadratic {
    pub fn loss(&self, w: &[f64]) -> f64 {
        (0..DIM).map(|j| 0.5 * self.curvature[j] * (w[j] - self.center[j]).powi(2)).sum()
    }
}

impl Client for Quadratic {
    type Scratch = ();

    /// What the site keeps is how many rounds it took part in.
    fn work(&self, task: &Task, kept: &mut Vec<f32>, (): &mut ()) -> Result<Contribution, ClientError> {
        let Work::Train(train) = &task.work else { return Err(ClientError::Work { work: task.work.kind() }) };
        let global: Vec<f64> = train.model.iter().map(|x| f64::from(*x)).collect();
        let (mut w, mut velocity) = (global.clone(), [0.0; DIM]);
        let steps = self.steps * u64::from(train.epochs);
        for _ in 0..steps {
            for j in 0..DIM {
                let own = self.curvature[j] * (w[j] - self.center[j]);
                let proximal = f64::from(train.proximal) * (w[j] - global[j]);
                let correction = train.correction.as_ref().map_or(0.0, |c| f64::from(c[j]));
                velocity[j] = self.momentum * velocity[j] + own + proximal + correction;
                w[j] -= self.rate * train.rate * velocity[j];
            }
        }
        let n_rounds = kept.first().unwrap_or(&0.0) + 1.0;
        *kept = vec![n_rounds];
        let delta = w.iter().zip(&global).map(|(new, old)| (new - old) as f32).collect();
        let gradient_weight = gradient_weight(steps, self.rate * train.rate, self.momentum, false);
        let effort = Effort { n_samples: self.n_samples, steps, gradient_weight };
        let metrics = Metrics::from_iter([("loss", self.loss(&w)), ("rounds", f64::from(n_rounds))]);
        Ok(Contribution::trained(task, Cover::All, delta, effort, metrics))
    }

    fn follows_corrections(&self) -> bool {
        true
    }
}

/// Sites with curvatures in [0.2, 4], centres in [−5, 5], 10 to 99 samples, ten steps at the rate 0.1.
pub fn sites(n: u64) -> Vec<Quadratic> {
    let site = |i: u64| {
        let mut draw = Key::new(11).child("quadratic").at(i).stream();
        Quadratic {
            curvature: std::array::from_fn(|_| draw.between(0.2, 4.0)),
            center: std::array::from_fn(|_| draw.between(-5.0, 5.0)),
            n_samples: 10 + draw.below(90) as u64,
            steps: 10,
            rate: 0.1,
            momentum: 0.0,
        }
    };
    (0..n).map(site).collect()
}

pub fn config(sites: u32, strategy: StrategyConfig, rounds: u64) -> FederateConfig<()> {
    FederateConfig { sites, rounds, strategy, ..FederateConfig::default() }
}

pub fn layout() -> Layout {
    Layout::new(vec![Entry::f32("w", [DIM], Role::Shared)]).unwrap()
}

pub fn federation(config: &CheckedConfig) -> Federation {
    Federation::new(config, &layout(), &[0.0; DIM], Key::new(3)).unwrap()
}

pub fn simulation(config: &FederateConfig<()>, sites: Vec<Quadratic>, n_workers: usize) -> Simulation<Quadratic> {
    Simulation::new(federation(&config.check().unwrap()), sites, vec![(); n_workers]).unwrap()
}

/// So many threads.
pub struct Threads(pub usize);

impl Workers for Threads {
    fn n_workers(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.0).unwrap()
    }

    fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            (0..self.0).for_each(|worker| {
                scope.spawn(move || job(worker));
            });
        });
    }
}

/// `Σ weightᵢ cᵢ / Σ weightᵢ` at each coordinate.
pub fn average_center(sites: &[Quadratic], weight: impl Fn(&Quadratic, usize) -> f64) -> [f64; DIM] {
    std::array::from_fn(|j| {
        let total: f64 = sites.iter().map(|site| weight(site, j)).sum();
        sites.iter().map(|site| weight(site, j) * site.center[j]).sum::<f64>() / total
    })
}

pub fn distance(w: &[f32], to: &[f64]) -> f64 {
    w.iter().zip(to).map(|(w, t)| (f64::from(*w) - t).powi(2)).sum::<f64>().sqrt()
}
