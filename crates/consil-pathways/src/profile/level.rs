//! Levels of AGI by percentile (Morris et al., 2023, arXiv:2311.02462, table 1).

use serde::Serialize;

use crate::evidence::Evidence;

/// A level of performance, compared with skilled adults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Level 0: no AI.
    None,
    /// Level 1: equal to or somewhat better than an unskilled human.
    Emerging,
    /// Level 2: at least the 50th percentile of skilled adults.
    Competent,
    /// Level 3: at least the 90th percentile.
    Expert,
    /// Level 4: at least the 99th percentile.
    Virtuoso,
    /// Level 5: outperforms all humans.
    Superhuman,
}

impl Level {
    /// All, from the lowest.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Emerging, Self::Competent, Self::Expert, Self::Virtuoso, Self::Superhuman];

    /// The level of a percentile among skilled adults: above 0 is emerging, since table 1 gives level 1 no percentile.
    pub fn of_percentile(percentile: f64) -> Self {
        match percentile {
            p if p >= 100.0 => Self::Superhuman,
            p if p >= 99.0 => Self::Virtuoso,
            p if p >= 90.0 => Self::Expert,
            p if p >= 50.0 => Self::Competent,
            p if p > 0.0 => Self::Emerging,
            _ => Self::None,
        }
    }

    /// Its number in the paper.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "no AI",
            Self::Emerging => "emerging",
            Self::Competent => "competent",
            Self::Expert => "expert",
            Self::Virtuoso => "virtuoso",
            Self::Superhuman => "superhuman",
        }
    }
}

/// A task with the system's percentile among skilled adults.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskPercentile {
    /// The task.
    pub task: String,
    /// 0–100.
    pub percentile: f64,
    /// What it rests on.
    pub evidence: Evidence,
}

/// A system's levels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelAssessment {
    /// The tasks, from the best.
    pub tasks: Vec<TaskPercentile>,
    /// The level of the best task: a narrow system's.
    pub narrow: Level,
    /// The highest level that at least `breadth` of the tasks reach: a general system's.
    pub general: Level,
    /// The share of tasks that "most" means.
    pub breadth: f64,
}

impl LevelAssessment {
    /// From percentiles; none without tasks. The paper says "most cognitive tasks" without a number: `breadth` is that number.
    pub fn of(mut tasks: Vec<TaskPercentile>, breadth: f64) -> Option<Self> {
        tasks.sort_by(|a, b| b.percentile.total_cmp(&a.percentile));
        let best = Level::of_percentile(tasks.first()?.percentile);
        let n = tasks.len() as f64;
        let reached = |level: &Level| {
            let there = tasks.iter().filter(|task| Level::of_percentile(task.percentile) >= *level).count();
            there as f64 / n >= breadth
        };
        let general = Level::ALL.into_iter().rev().find(reached).unwrap_or(Level::None);
        Some(Self { narrow: best, general, breadth, tasks })
    }
}
