//! What was measured of a pathway: gains and costs of runs, laws and trends of data.

use consil_diagnostic::Hint;
use serde::{Deserialize, Serialize};

use crate::architectural::AblationResult;
use crate::evidence::Evidence;
use crate::evolutionary::{EvolutionaryAssessment, evolution_anchor, largest_published_run};
use crate::fit::{Fit, FitError};
use crate::pathway::Pathway;
use crate::profile::CognitiveAssessment;
use crate::run::Design;
use crate::scaling::Scale;
use crate::search::{Contest, Round};
use crate::source::{Basis, Source};
use crate::trend::Trend;
use consil_report::number::amount;

/// How many times the compute of the largest run a fitted law is asked about.
const MORE: f64 = 10.0;

/// Something measured or published of a pathway that is no stage of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// The pathway.
    pub pathway: Pathway,
    /// What was compared or fitted.
    pub subject: String,
    /// What was found: a gain, a law, a pace.
    pub found: String,
    /// What it cost; none where nothing was spent.
    pub cost: Option<String>,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Measurement {
    /// An ablation: what a part of a design gains, and what it costs.
    pub fn of_ablation(result: &AblationResult) -> Self {
        let error = result.gain_error.map_or_else(String::new, |error| format!(" ± {error:.4}"));
        let found = format!(
            "{} {:.4} with, {:.4} without; gain {:+.4}{error} over {} seeds: {}",
            result.metric,
            result.with,
            result.without,
            result.gain,
            result.n_seeds,
            result.verdict.name()
        );
        let more = result.costs.iter().map(|cost| format!(", {:.2} × the {}", cost.with / cost.without, cost.unit));
        let cost = format!("{:.2} × the {}{}", result.cost_ratio, result.cost_unit, more.collect::<String>());
        Self {
            pathway: Pathway::Architectural,
            subject: format!("{}: {}", result.name, result.task),
            found,
            cost: Some(cost),
            evidence: Evidence::Measured { from: result.from.clone() },
        }
    }

    /// A search over designs against random search, and how far its compute is from that of evolution.
    pub fn of_search(run: &SearchRun) -> Self {
        let rounds = &run.contest.rounds;
        let median = |of: fn(&Round) -> f64| {
            let sorted = crate::interval::sorted(&rounds.iter().map(of).collect::<Vec<f64>>());
            crate::interval::quantile(&sorted, 0.5).unwrap_or(f64::NAN)
        };
        let wins = run.contest.wins();
        let anchor = evolution_anchor();
        let found = format!(
            "NSGA-II dominates {:.1} % of the box, random search {:.1} % (medians of {} seeds, {} evaluations each); the greater volume on {wins} of {}, by chance with probability {:.2}",
            100.0 * median(|round| round.nsga2),
            100.0 * median(|round| round.random),
            rounds.len(),
            run.contest.budget,
            rounds.len(),
            run.contest.chance()
        );
        let below = (anchor.value / run.training_flops).log10();
        let cost = format!(
            "{} FLOP of training, {below:.1} orders of magnitude below the evolution anchor",
            amount(run.training_flops)
        );
        Self {
            pathway: Pathway::Evolutionary,
            subject: "a search over designs".to_owned(),
            found,
            cost: Some(cost),
            evidence: Evidence::from(&run.source),
        }
    }

    /// The compute of evolution, and how far the largest published training run is from it.
    pub fn of_anchor() -> Self {
        let (anchor, (largest, _)) = (evolution_anchor(), largest_published_run());
        let gap = (anchor.value / largest.value).log10();
        Self {
            pathway: Pathway::Evolutionary,
            subject: "the evolution anchor".to_owned(),
            found: format!("{} FLOP", amount(anchor.value)),
            cost: Some(format!(
                "{gap:.1} orders of magnitude above the largest published training run, {} FLOP ({})",
                amount(largest.value),
                largest.evidence.detail()
            )),
            evidence: anchor.evidence,
        }
    }

    /// A scaling law of runs, and what ten times the compute of the largest would buy by it.
    ///
    /// # Errors
    /// If the law cannot be asked.
    pub fn of_fit(law: &str, fit: &Fit, key: consil_random::Key) -> Result<Self, FitError> {
        let parameters = fit.config().law.parameters();
        let constants =
            parameters.iter().zip(fit.estimates()).map(|(parameter, value)| format!("{} {value:.4}", parameter.name));
        let constants = constants.collect::<Vec<_>>().join(", ");
        let largest = fit.runs().iter().max_by(|a, b| a.design.compute.total_cmp(&b.design.compute));
        let next = largest.map(|run| {
            let root = MORE.sqrt();
            let design = Design {
                parameters: run.design.parameters * root,
                tokens: run.design.tokens * root,
                unique_tokens: run.design.unique_tokens * root,
                compute: run.design.compute * MORE,
            };
            (run, design)
        });
        let (mut bought, mut cost) = (String::new(), None);
        if let Some((run, design)) = next {
            let predicted = fit.predict(&design, 0.8, 400, key)?;
            bought = format!(
                "; with {MORE} × the compute of the largest run its loss of {:.3} becomes {:.3} (80 %: {:.3} to {:.3}, if the law goes on to hold)",
                run.loss, predicted.loss, predicted.interval.low, predicted.interval.high
            );
            cost = Some(format!("{} FLOP, after {} FLOP", amount(design.compute), amount(run.design.compute)));
        }
        let evidence = fit.sources().first().map_or(Evidence::Default, Evidence::from);
        Ok(Self {
            pathway: Pathway::Scaling,
            subject: format!("{law} law of {} runs", fit.runs().len()),
            found: format!("{constants}{bought}"),
            cost,
            evidence,
        })
    }

    /// A trend of what systems do: of the length of tasks that they carry through.
    pub fn of_trend(subject: &str, trend: &Trend) -> Self {
        let (first, last) = trend.span();
        let doubling = match (trend.doubling_days(), trend.doubling_interval(0.9)) {
            (Some(days), Some(ends)) if days > 0.0 => {
                format!("doubles in {days:.0} days (90 %: {:.0} to {:.0})", ends.low, ends.high)
            }
            _ => "neither growth nor decline that the data tell apart".to_owned(),
        };
        let found = format!("{doubling}, by {} observations from {first} to {last}", trend.observations().len());
        let evidence = trend.sources().first().map_or(Evidence::Default, Evidence::from);
        Self { pathway: Pathway::Cognitive, subject: subject.to_owned(), found, cost: None, evidence }
    }

    /// The scores of a system's faculties.
    pub fn of_profile(assessment: &CognitiveAssessment) -> Self {
        let faculty = |of: &crate::profile::FacultyScore| format!("{} {:.2}", of.faculty.name(), of.score);
        let faculties: Vec<String> = assessment.faculties.iter().map(faculty).collect();
        let points = assessment.agi_score.as_ref().map_or_else(String::new, |score| {
            let (low, high) = score.bounds();
            let points = if low == high { amount(low) } else { format!("{} to {}", amount(low), amount(high)) };
            format!("; “A Definition of AGI”: {points} of 100 points")
        });
        let from = format!("the scores in the profile of {}, each with its source", assessment.system);
        Self {
            pathway: Pathway::Cognitive,
            subject: format!("faculties of {}, 0 to 1", assessment.system),
            found: format!("{}{points}", faculties.join(", ")),
            cost: None,
            evidence: Evidence::Computed { from },
        }
    }
}

/// A search against random search, as `consil pathways evolve --json` writes it; what else stands there is not read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SearchRun {
    /// The contest.
    pub contest: Contest,
    /// What its objectives are called.
    pub objectives: Vec<String>,
    /// The compute of all evaluations.
    pub training_flops: f64,
    /// Where it was read.
    #[serde(skip, default = "no_source")]
    pub source: Source,
}

impl SearchRun {
    /// What the evolutionary pathway says of it.
    pub fn assessment(&self, scale: Option<&Scale>) -> EvolutionaryAssessment {
        let n_evaluations = 2 * self.contest.budget * self.contest.rounds.len();
        EvolutionaryAssessment::of(Some(&self.contest), Some(self.training_flops / n_evaluations as f64), scale)
    }
}

fn no_source() -> Source {
    Source::new("", Basis::Measured)
}

/// Why the file of a search is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// It is not what the command writes.
    #[error("{}:{}:{}: {error}", file, error.line(), error.column())]
    Json {
        /// The file.
        file: String,
        /// Why, with line and column.
        error: serde_json::Error,
    },
    /// It holds nothing, or what cannot be.
    #[error("{file}: {problem}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Hint for SearchError {
    fn help(&self) -> Option<String> {
        Some("give what `consil pathways evolve --json` wrote".to_owned())
    }
}

/// Reads what a search wrote; `file` is what errors call it.
///
/// # Errors
/// When the text is not that of a search by NSGA-II, has no rounds, or volumes outside of 0 to 1.
pub fn read_search(file: &str, text: &str) -> Result<SearchRun, SearchError> {
    let mut run: SearchRun =
        serde_json::from_str(text).map_err(|error| SearchError::Json { file: file.to_owned(), error })?;
    let is_share = |volume: f64| (0.0..=1.0).contains(&volume);
    let problem = match () {
        () if run.contest.rounds.is_empty() => Some("the contest has no rounds"),
        () if !run.contest.rounds.iter().all(|round| is_share(round.nsga2) && is_share(round.random)) => {
            Some("a volume is no share of the box: it must lie between 0 and 1")
        }
        () if !(run.training_flops > 0.0 && run.training_flops.is_finite()) => {
            Some("`training_flops` must be above zero")
        }
        () => None,
    };
    if let Some(problem) = problem {
        return Err(SearchError::Content { file: file.to_owned(), problem });
    }
    run.source = Source::new(file, Basis::Measured).of_bytes(text.as_bytes());
    Ok(run)
}
