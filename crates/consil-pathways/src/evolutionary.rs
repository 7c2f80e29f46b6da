//! The evolutionary pathway: what a search over designs found, what it cost, and how far that is from evolution's own budget.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::evidence::{Evidence, Finding, Sourced};
use crate::forecast::{Extrapolation, POINT_DATE_LIMIT};
use crate::scaling::Scale;
use crate::search::{Contest, Evaluated};

/// What the evolutionary pathway says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvolutionaryAssessment {
    /// What the search found; none where none was run.
    pub search: Option<SearchFinding>,
    /// The compute of evolution.
    pub anchor: Sourced,
    /// The largest training run that is published, for the budget of a search today.
    pub largest_run: Sourced,
    /// Orders of magnitude from the search's cost to the anchor; none where its cost is not known.
    pub gap_of_search: Option<f64>,
    /// Orders of magnitude from the largest training run to the anchor.
    pub gap_of_largest_run: f64,
    /// When budgets reach the anchor at the stated growth.
    pub timeline: AnchorTimeline,
    /// What it takes.
    pub requirements: Vec<Finding>,
    /// What could go wrong.
    pub risks: Vec<Finding>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchFinding {
    /// Evaluations of each search and seed.
    pub budget: usize,
    /// Seeds.
    pub n_seeds: usize,
    /// Seeds on which NSGA-II's hypervolume is the greater.
    pub wins: usize,
    /// Mean hypervolume of NSGA-II's fronts, as a share of the box.
    pub nsga2: f64,
    /// Mean hypervolume of random search's fronts.
    pub random: f64,
    /// The probability of ranks as high or higher if both were equal: the rank sum test.
    pub rank_sum_test: f64,
    /// FLOP of all evaluations; none where the cost of one is not known.
    pub flop: Option<f64>,
    /// The front of the first seed.
    pub front: Vec<Evaluated>,
}

/// When budgets reach the anchor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum AnchorTimeline {
    /// Years, if growth goes on as observed.
    Between {
        /// At the faster growth.
        earliest: f64,
        /// At the slower growth.
        latest: f64,
        /// How far that reaches beyond the years of observation.
        extrapolation: Extrapolation,
        /// What the growth rests on.
        evidence: Evidence,
    },
    /// The date lies further beyond the evidence than [`POINT_DATE_LIMIT`], so none is named.
    TooFar {
        /// How far it would reach beyond the years of observation.
        extrapolation: Extrapolation,
        /// What the growth rests on.
        evidence: Evidence,
    },
    /// No growth is stated.
    InsufficientEvidence {
        /// What to state.
        needed: String,
    },
}

/// The compute of all nervous systems over the course of evolution, in FLOP: 10⁴¹ (Cotra, 2020).
pub fn evolution_anchor() -> Sourced {
    Sourced::cited(
        1e41,
        "Cotra, 2020, Forecasting transformative AI with biological anchors, draft report: evolution anchor, which she gives a weight of 10 %",
    )
}

/// The largest training run with a published estimate, in FLOP, with its date in years.
pub fn largest_published_run() -> (Sourced, f64) {
    (Sourced::cited(4.64e26, "Epoch AI, Data on AI models, 2025, CC BY 4.0: Grok-3, 2025-02-17"), 2025.13)
}

impl EvolutionaryAssessment {
    /// From a contest, the FLOP of one evaluation, and a growth of budgets (a profile's scale), each where there is one.
    pub fn of(contest: Option<&Contest>, flop_per_evaluation: Option<f64>, scale: Option<&Scale>) -> Self {
        let anchor = evolution_anchor();
        let (largest_run, its_date) = largest_published_run();
        let search = contest
            .filter(|contest| !contest.rounds.is_empty())
            .map(|contest| SearchFinding::of(contest, flop_per_evaluation));
        let gap_of_largest_run = (anchor.value / largest_run.value).log10();
        let timeline = match scale {
            None => AnchorTimeline::InsufficientEvidence { needed: "[scale.growth]: the growth of budgets".to_owned() },
            Some(scale) => {
                let at = |growth: f64| its_date + gap_of_largest_run / growth.log10();
                let (earliest, latest) = (at(scale.growth.1), at(scale.growth.0));
                let middle = 0.5 * (earliest + latest);
                let extrapolation = Extrapolation::of(scale.growth_observed, middle, f64::MAX);
                let evidence = scale.growth_evidence.clone();
                if extrapolation.ratio > POINT_DATE_LIMIT {
                    AnchorTimeline::TooFar { extrapolation, evidence }
                } else {
                    AnchorTimeline::Between { earliest, latest, extrapolation, evidence }
                }
            }
        };
        Self {
            gap_of_search: search.as_ref().and_then(|search| search.flop).map(|flop| (anchor.value / flop).log10()),
            gap_of_largest_run,
            risks: risks(search.as_ref(), &timeline),
            requirements: requirements(),
            search,
            anchor,
            largest_run,
            timeline,
        }
    }
}

impl SearchFinding {
    fn of(contest: &Contest, flop_per_evaluation: Option<f64>) -> Self {
        let n = contest.rounds.len();
        let mean = |of: fn(&crate::search::Round) -> f64| contest.rounds.iter().map(of).sum::<f64>() / n as f64;
        Self {
            budget: contest.budget,
            n_seeds: n,
            wins: contest.wins(),
            nsga2: mean(|round| round.nsga2),
            random: mean(|round| round.random),
            rank_sum_test: contest.chance(),
            // Both searches were paid for.
            flop: flop_per_evaluation.map(|flop| flop * (2 * contest.budget * n) as f64),
            front: contest.rounds.first().map_or_else(Vec::new, |round| round.front.clone()),
        }
    }
}

fn requirements() -> Vec<Finding> {
    vec![
        Finding::cited(
            "A space of designs that holds a general one: searches over cells of known layers do not leave their space.",
            "Elsken et al., 2019, arXiv:1808.05377",
        ),
        Finding::cited(
            "Cheap estimates of a design's worth: weight sharing or small proxies cut the cost of an evaluation, and mislead.",
            "Yu et al., 2020, arXiv:1902.08142",
        ),
    ]
}

fn risks(search: Option<&SearchFinding>, timeline: &AnchorTimeline) -> Vec<Finding> {
    let mut found = vec![Finding::cited(
        "The anchor counts neurons and not the world that they lived in: simulating that costs more, by a factor that nobody knows.",
        "Sempere, 2022, A concern about the evolutionary anchor",
    )];
    if let Some(search) = search {
        let text = if search.rank_sum_test <= 0.05 {
            format!(
                "The search beats random search on {} of {} seeds; on another space it may not.",
                search.wins, search.n_seeds
            )
        } else {
            format!(
                "The search beats random search on {} of {} seeds, which chance gives with probability {:.2}.",
                search.wins, search.n_seeds, search.rank_sum_test
            )
        };
        found.push(Finding::computed(text, "the sign test over seeds"));
        found.push(Finding::cited(
            "Random search at equal cost is hard to beat in small spaces; a search must be shown against it.",
            "Li and Talwalkar, 2020, arXiv:1902.07638",
        ));
    }
    if let AnchorTimeline::Between { extrapolation, .. } | AnchorTimeline::TooFar { extrapolation, .. } = timeline
        && extrapolation.ratio > 0.5
    {
        let text =
            format!("A date extrapolates growth over {:.1} times the years of observation.", extrapolation.ratio);
        found.push(Finding::computed(text, "the timeline against the years of observation"));
    }
    found
}
