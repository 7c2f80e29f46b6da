//! The architectural pathway: what a system's design has, which innovations it lacks, in which order, and what measured ablations say of each.

mod ablation;
mod read;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::evidence::{Evidence, Finding};
use crate::forecast::{Extrapolation, POINT_DATE_LIMIT};

pub use ablation::{Ablation, AblationError, AblationResult, Better, CostPair, Verdict, read_ablations};

/// How far something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not there.
    Absent,
    /// There in part, or for one task.
    Partial,
    /// There.
    Present,
}

impl Status {
    pub(crate) const CHOICES: [(&'static str, Self); 3] =
        [("absent", Self::Absent), ("partial", Self::Partial), ("present", Self::Present)];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Partial => "partial",
            Self::Present => "present",
        }
    }
}

/// A feature of a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Choosing which parts of the input count.
    Attention,
    /// State beyond one input.
    Memory,
    /// Conclusions by rules or by learned steps.
    Reasoning,
    /// Sequences of actions towards a goal.
    Planning,
    /// Learning that gets better at learning.
    MetaLearning,
}

impl Feature {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] = [Self::Attention, Self::Memory, Self::Reasoning, Self::Planning, Self::MetaLearning];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Memory => "memory",
            Self::Reasoning => "reasoning",
            Self::Planning => "planning",
            Self::MetaLearning => "meta-learning",
        }
    }
}

/// An innovation that a design may take up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Innovation {
    /// Parts that are learned and replaced on their own.
    ModularArchitecture,
    /// A store that is written and read within a task.
    WorkingMemory,
    /// Learning how to learn.
    MetaLearning,
    /// Several modalities in one representation.
    MultimodalIntegration,
    /// Effects of interventions, not only associations.
    CausalReasoning,
}

impl Innovation {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] = [
        Self::ModularArchitecture,
        Self::WorkingMemory,
        Self::MetaLearning,
        Self::MultimodalIntegration,
        Self::CausalReasoning,
    ];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ModularArchitecture => "modular-architecture",
            Self::WorkingMemory => "working-memory",
            Self::MetaLearning => "meta-learning",
            Self::MultimodalIntegration => "multimodal-integration",
            Self::CausalReasoning => "causal-reasoning",
        }
    }

    /// What it rests on: edges of the dependency graph. The project's judgement.
    pub const fn requires(self) -> &'static [Self] {
        match self {
            Self::ModularArchitecture => &[],
            Self::WorkingMemory | Self::MultimodalIntegration => &[Self::ModularArchitecture],
            Self::MetaLearning => &[Self::WorkingMemory],
            Self::CausalReasoning => &[Self::WorkingMemory, Self::MultimodalIntegration],
        }
    }

    /// What it takes.
    pub const fn requirement(self) -> &'static str {
        match self {
            Self::ModularArchitecture => {
                "networks that are trained apart and joined by an interface, such as rules over their outputs"
            }
            Self::WorkingMemory => {
                "a differentiable store, or recurrence, that solves a recall task which a feed-forward net cannot"
            }
            Self::MetaLearning => {
                "many related tasks, and an outer loop over them (second-order gradients or a recurrent learner)"
            }
            Self::MultimodalIntegration => {
                "paired data of two modalities or more, and a fusion that bears the absence of one"
            }
            Self::CausalReasoning => {
                "a causal graph, and data of interventions or an adjustment that identifies their effect"
            }
        }
    }

    /// Where it is described.
    pub const fn source(self) -> &'static str {
        match self {
            Self::ModularArchitecture => "Andreas et al., 2016, arXiv:1511.02799",
            Self::WorkingMemory => "Graves et al., 2014, arXiv:1410.5401",
            Self::MetaLearning => "Finn et al., 2017, arXiv:1703.03400",
            Self::MultimodalIntegration => "Baltrušaitis et al., 2019, arXiv:1705.09406",
            Self::CausalReasoning => "Schölkopf et al., 2021, arXiv:2102.11107",
        }
    }

    /// Whether this rests on `on`, directly or not.
    pub fn rests_on(self, on: Self) -> bool {
        self.requires().iter().any(|needed| *needed == on || needed.rests_on(on))
    }
}

/// How soon an innovation should be taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// It is there, or was measured and shown to cost more than it gains.
    None,
    /// It waits for something that is not there.
    Low,
    /// It can be taken up.
    Medium,
    /// It can be taken up, and others wait for it.
    High,
}

impl Priority {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A design, from a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// The features that the file states.
    pub features: Vec<(Feature, Status, Evidence)>,
    /// The innovations that the file states.
    pub innovations: Vec<(Innovation, Status, Evidence)>,
}

/// What the architectural pathway says about a system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArchitecturalAssessment {
    /// The features.
    pub features: Vec<FeatureRow>,
    /// The innovations, in an order that respects their dependencies, those of high priority first.
    pub innovations: Vec<InnovationRow>,
    /// Measured ablations.
    pub ablations: Vec<AblationResult>,
    /// How long progress of algorithms alone takes to close the gap of compute.
    pub timeline: AlgorithmicTimeline,
    /// What could go wrong.
    pub risks: Vec<Finding>,
}

/// A feature of the system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureRow {
    /// The feature.
    pub feature: Feature,
    /// Its status; none where nobody stated it.
    pub status: Option<Status>,
    /// What that rests on.
    pub evidence: Evidence,
}

/// An innovation for the system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InnovationRow {
    /// The innovation.
    pub innovation: Innovation,
    /// Its status; absent where nobody stated it.
    pub status: Status,
    /// What that rests on.
    pub evidence: Evidence,
    /// What it takes.
    pub requirement: &'static str,
    /// Where that is described.
    pub source: &'static str,
    /// How soon.
    pub priority: Priority,
    /// What it rests on that is not present.
    pub waits_for: Vec<Innovation>,
    /// What measured ablations say of it.
    pub measured: Vec<String>,
}

/// How long progress of algorithms alone takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum AlgorithmicTimeline {
    /// Years from today, as a 95 % interval of the published rate.
    Years {
        /// At the faster rate.
        low: f64,
        /// At the slower rate.
        high: f64,
        /// How far that reaches beyond the years of observation.
        extrapolation: Extrapolation,
        /// What it rests on.
        evidence: Evidence,
    },
    /// The date lies further beyond the evidence than [`POINT_DATE_LIMIT`], so none is named.
    TooFar {
        /// How far it would reach beyond the years of observation.
        extrapolation: Extrapolation,
        /// What it rests on.
        evidence: Evidence,
    },
    /// There is no gap of compute to close.
    NoGap,
    /// The gap is not known.
    InsufficientEvidence {
        /// What to state.
        needed: String,
    },
}

impl AlgorithmicTimeline {
    /// What it says, as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Years { low, high, extrapolation, evidence } => format!(
                "Better algorithms alone close the gap of compute in {low:.0} to {high:.0} years, {:.1} times as far ahead as their progress was observed ({}).",
                extrapolation.ratio,
                evidence.detail()
            ),
            Self::TooFar { extrapolation, evidence } => {
                format!("Better algorithms alone: {}", extrapolation.refusal(evidence))
            }
            Self::NoGap => "There is no gap of compute for better algorithms to close.".to_owned(),
            Self::InsufficientEvidence { needed } => format!("Insufficient evidence for a date: state {needed}."),
        }
    }
}

impl ArchitecturalAssessment {
    /// From a profile's architecture, ablations that were measured, the factor in compute that scaling would have to give, and today's date in years.
    pub fn of(architecture: &Architecture, ablations: &[Ablation], gap: Option<(f64, f64)>) -> Self {
        let results: Vec<AblationResult> = ablations.iter().map(Ablation::result).collect();
        let features = Feature::ALL.map(|feature| {
            let stated = architecture.features.iter().find(|(of, ..)| *of == feature);
            let evidence = stated.map_or(Evidence::Default, |(_, _, evidence)| evidence.clone());
            FeatureRow { feature, status: stated.map(|(_, status, _)| *status), evidence }
        });
        let innovations = innovations(architecture, &results);
        Self {
            features: features.to_vec(),
            risks: risks(&innovations, &results),
            innovations,
            timeline: timeline(gap),
            ablations: results,
        }
    }
}

fn innovations(architecture: &Architecture, results: &[AblationResult]) -> Vec<InnovationRow> {
    let stated = |innovation: Innovation| architecture.innovations.iter().find(|(of, ..)| *of == innovation);
    let status = |innovation: Innovation| stated(innovation).map_or(Status::Absent, |(_, status, _)| *status);
    let mut rows: Vec<InnovationRow> = Innovation::ALL
        .into_iter()
        .map(|innovation| {
            let of = results.iter().filter(|result| result.innovation == Some(innovation));
            let refuted = of.clone().count() > 0 && of.clone().all(|result| result.verdict == Verdict::Worse);
            let waits_for: Vec<Innovation> =
                innovation.requires().iter().copied().filter(|needed| status(*needed) != Status::Present).collect();
            let others_wait =
                Innovation::ALL.into_iter().any(|other| other.rests_on(innovation) && status(other) != Status::Present);
            let priority = match () {
                () if status(innovation) == Status::Present || refuted => Priority::None,
                () if !waits_for.is_empty() => Priority::Low,
                () if others_wait => Priority::High,
                () => Priority::Medium,
            };
            InnovationRow {
                innovation,
                status: status(innovation),
                evidence: stated(innovation).map_or(Evidence::Default, |(_, _, evidence)| evidence.clone()),
                requirement: innovation.requirement(),
                source: innovation.source(),
                priority,
                waits_for,
                measured: of.map(AblationResult::sentence).collect(),
            }
        })
        .collect();
    // Stable: within a priority the order of ALL, in which nothing comes before what it rests on.
    rows.sort_by_key(|row| std::cmp::Reverse(row.priority));
    rows
}

/// Halving times of the compute for a given performance, in years: 2 to 22 months (90 %), observed 2012–2023.
const HALVING: (f64, f64) = (2.0 / 12.0, 22.0 / 12.0);

fn timeline(gap: Option<(f64, f64)>) -> AlgorithmicTimeline {
    let Some((factor, today)) = gap else {
        let needed = "[scale] compute and target: the factor that better algorithms would have to save".to_owned();
        return AlgorithmicTimeline::InsufficientEvidence { needed };
    };
    if factor <= 1.0 {
        return AlgorithmicTimeline::NoGap;
    }
    let (low, high) = (factor.log2() * HALVING.0, factor.log2() * HALVING.1);
    let extrapolation = Extrapolation::of((2012.0, 2023.0), today + 0.5 * (low + high), f64::MAX);
    let evidence = Evidence::Cited {
        document:
            "Ho et al., 2024, NeurIPS: compute for a given performance halves in 8 months (90 % 2 to 22; the first version, arXiv:2403.05812, said 95 % 5 to 14)"
                .to_owned(),
    };
    if extrapolation.ratio > POINT_DATE_LIMIT {
        return AlgorithmicTimeline::TooFar { extrapolation, evidence };
    }
    AlgorithmicTimeline::Years { low, high, extrapolation, evidence }
}

fn risks(innovations: &[InnovationRow], results: &[AblationResult]) -> Vec<Finding> {
    let mut found = Vec::new();
    let unmeasured = innovations.iter().filter(|row| row.status != Status::Absent && row.measured.is_empty()).count();
    if unmeasured > 0 {
        let text = format!("{unmeasured} innovations are in use without an ablation that shows what they gain.");
        found.push(Finding::computed(text, "the statuses against the ablations"));
    }
    for result in results.iter().filter(|result| result.verdict == Verdict::Unclear) {
        let text = format!("{}: the difference is within what chance gives at 95 %.", result.name);
        found.push(Finding::computed(text, &result.from));
    }
    found.push(Finding::cited(
        "Gains of an architecture at small scale may vanish at large scale.",
        "Tay et al., 2022, arXiv:2207.10551",
    ));
    found
}
