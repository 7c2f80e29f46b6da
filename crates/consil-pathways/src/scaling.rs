//! The scaling pathway: how large a system is, how far a target lies, what it takes, what stands in the way.

mod limits;
mod read;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::evidence::{Evidence, Finding, Sourced};
use crate::forecast::{Extrapolation, POINT_DATE_LIMIT};

pub use limits::{Constraint, Limit};

/// A measure of scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Trainable parameters.
    Parameters,
    /// Training samples or tokens.
    Data,
    /// Training compute, in FLOP.
    Compute,
    /// Training time, in hours.
    TrainingTime,
    /// Size of the stored model, in bytes.
    ModelSize,
}

impl Measure {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] = [Self::Parameters, Self::ModelSize, Self::Data, Self::Compute, Self::TrainingTime];

    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Data => "data",
            Self::Compute => "compute",
            Self::TrainingTime => "training-hours",
            Self::ModelSize => "model-bytes",
        }
    }

    /// Its unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Data => "tokens or samples",
            Self::Compute => "FLOP",
            Self::TrainingTime => "hours",
            Self::ModelSize => "bytes",
        }
    }
}

/// The scale of a system, from a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// What the file states of the system.
    pub current: Vec<(Measure, Sourced)>,
    /// What it is compared with.
    pub reference: Reference,
    /// The compute to reach, in FLOP; the reference's by default.
    pub target: Sourced,
    /// Growth of the system's training compute, a factor a year, as a 90 % interval.
    pub growth: (f64, f64),
    /// What the growth rests on, and the years that it was observed over.
    pub growth_evidence: Evidence,
    /// Observed years of the growth.
    pub growth_observed: (f64, f64),
    /// The date of the assessment, in years.
    pub today: f64,
    /// The hardware that costs are stated for.
    pub hardware: Hardware,
}

/// A system that others are compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// Its scale.
    pub values: Vec<(Measure, Sourced)>,
}

/// A chip, as far as costs need it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hardware {
    /// Its name.
    pub name: String,
    /// Peak FLOP a second.
    pub peak: Sourced,
    /// The share of the peak that training reaches.
    pub utilisation: Sourced,
    /// Watt a chip, with what serves it.
    pub power: Sourced,
    /// US dollars a chip and hour.
    pub price: Sourced,
}

/// What the scaling pathway says about a system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScalingAssessment {
    /// The system's scale against the reference.
    pub rows: Vec<ScaleRow>,
    /// The reference's name.
    pub reference: String,
    /// How many times the system's compute the target is; none where the system's compute is not stated.
    pub scale_factor: Option<f64>,
    /// The same in orders of magnitude.
    pub gap: Option<f64>,
    /// The compute to reach.
    pub target: Sourced,
    /// What the target takes.
    pub requirements: Vec<Requirement>,
    /// What stands in the way, the tightest first.
    pub limitations: Vec<Limitation>,
    /// When the target is reached at the stated growth.
    pub timeline: ScaleTimeline,
    /// What could go wrong.
    pub risks: Vec<Finding>,
}

/// A measure of the system against the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScaleRow {
    /// The measure.
    pub measure: Measure,
    /// The system's; none where nobody stated it.
    pub current: Option<Sourced>,
    /// The reference's.
    pub reference: Option<Sourced>,
    /// The system's as a share of the reference's.
    pub normalised: Option<f64>,
}

/// An amount that the target takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// Of what.
    pub name: &'static str,
    /// How much.
    pub amount: f64,
    /// Its unit.
    pub unit: &'static str,
    /// How it was computed.
    pub evidence: Evidence,
}

/// A limit against the target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limitation {
    /// The limit.
    pub limit: Limit,
    /// Orders of magnitude from the target to the limit's lower and upper end: negative where the target lies beyond.
    pub headroom: (f64, f64),
    /// Whether the target lies above the limit's upper end.
    pub forbids: bool,
}

/// When a target is reached at a stated growth.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ScaleTimeline {
    /// The system is there.
    Reached,
    /// Within these years, if growth goes on as observed.
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
    /// The system's compute is not stated.
    InsufficientEvidence {
        /// What to state.
        needed: String,
    },
}

impl ScaleTimeline {
    /// What it says, as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Reached => "The system is there.".to_owned(),
            Self::Between { earliest, latest, extrapolation, evidence } => format!(
                "At the stated growth it is reached between {earliest:.0} and {latest:.0}, {:.1} times as far ahead as the growth was observed ({}).",
                extrapolation.ratio,
                evidence.detail()
            ),
            Self::TooFar { extrapolation, evidence } => extrapolation.refusal(evidence),
            Self::InsufficientEvidence { needed } => format!("Insufficient evidence for a date: state {needed}."),
        }
    }
}

impl ScalingAssessment {
    /// From a profile's scale.
    pub fn of(scale: &Scale) -> Self {
        let value = |values: &[(Measure, Sourced)], measure: Measure| {
            values.iter().find(|(of, _)| *of == measure).map(|(_, sourced)| sourced.clone())
        };
        let rows = Measure::ALL.map(|measure| {
            let (current, reference) = (value(&scale.current, measure), value(&scale.reference.values, measure));
            let normalised = current.as_ref().zip(reference.as_ref()).map(|(c, r)| c.value / r.value);
            ScaleRow { measure, current, reference, normalised }
        });
        let compute = value(&scale.current, Measure::Compute).map(|compute| compute.value);
        let scale_factor = compute.map(|compute| scale.target.value / compute);
        let mut limitations: Vec<Limitation> =
            Limit::published().into_iter().map(|l| l.against(scale.target.value)).collect();
        limitations.sort_by(|a, b| a.headroom.1.total_cmp(&b.headroom.1));
        let timeline = timeline(scale, scale_factor);
        Self {
            rows: rows.to_vec(),
            reference: scale.reference.name.clone(),
            scale_factor,
            gap: scale_factor.map(f64::log10),
            target: scale.target.clone(),
            requirements: requirements(scale),
            risks: risks(&limitations, &timeline),
            limitations,
            timeline,
        }
    }
}

fn timeline(scale: &Scale, factor: Option<f64>) -> ScaleTimeline {
    let Some(factor) = factor else {
        let needed = "[scale] compute: the FLOP that the system was trained with".to_owned();
        return ScaleTimeline::InsufficientEvidence { needed };
    };
    if factor <= 1.0 {
        return ScaleTimeline::Reached;
    }
    let (slow, fast) = scale.growth;
    let at = |growth: f64| scale.today + factor.ln() / growth.ln();
    let (earliest, latest) = (at(fast), at(slow));
    let extrapolation = Extrapolation::of(scale.growth_observed, 0.5 * (earliest + latest), f64::MAX);
    let evidence = scale.growth_evidence.clone();
    if extrapolation.ratio > POINT_DATE_LIMIT {
        return ScaleTimeline::TooFar { extrapolation, evidence };
    }
    ScaleTimeline::Between { earliest, latest, extrapolation, evidence }
}

/// What a training run of the target's compute takes, on the stated hardware and by the rule of Hoffmann et al.
fn requirements(scale: &Scale) -> Vec<Requirement> {
    let (flop, hardware) = (scale.target.value, &scale.hardware);
    let chip_hours = flop / (hardware.peak.value * hardware.utilisation.value) / 3600.0;
    let joules = chip_hours * 3600.0 * hardware.power.value;
    let parameters = (flop / 120.0).sqrt();
    let computed = |from: String| Evidence::Computed { from };
    let on = format!(
        "{} at {:.0} % of {:.3e} FLOP/s, {:.0} W, {:.2} $/h",
        hardware.name,
        100.0 * hardware.utilisation.value,
        hardware.peak.value,
        hardware.power.value,
        hardware.price.value
    );
    let rule = "C = 6 N D with D = 20 N (Hoffmann et al., 2022, arXiv:2203.15556)".to_owned();
    vec![
        Requirement { name: "compute", amount: flop, unit: "FLOP", evidence: scale.target.evidence.clone() },
        Requirement { name: "parameters", amount: parameters, unit: "", evidence: computed(rule.clone()) },
        Requirement { name: "training data", amount: 20.0 * parameters, unit: "tokens", evidence: computed(rule) },
        Requirement { name: "chip hours", amount: chip_hours, unit: "h", evidence: computed(on.clone()) },
        Requirement {
            name: "chips for 100 days",
            amount: chip_hours / 2400.0,
            unit: "",
            evidence: computed(on.clone()),
        },
        Requirement { name: "energy", amount: joules / 3.6e9, unit: "MWh", evidence: computed(on.clone()) },
        Requirement { name: "cost", amount: chip_hours * hardware.price.value, unit: "US$", evidence: computed(on) },
    ]
}

fn risks(limitations: &[Limitation], timeline: &ScaleTimeline) -> Vec<Finding> {
    let mut found = Vec::new();
    for limitation in limitations {
        let limit = &limitation.limit;
        if limitation.headroom.0 < 0.0 {
            let verb = if limitation.forbids { "forbids" } else { "may forbid" };
            let by = limit.by.map_or_else(String::new, |year| format!(" by {year:.0}"));
            let text = format!(
                "{} {verb} the target{by}: it allows {:.0e} to {:.0e} FLOP.",
                limit.constraint.title(),
                limit.low,
                limit.high
            );
            found.push(Finding { text, evidence: limit.evidence.clone() });
        }
    }
    if let ScaleTimeline::Between { extrapolation, .. } | ScaleTimeline::TooFar { extrapolation, .. } = timeline
        && extrapolation.ratio > 0.5
    {
        let text = format!(
            "The growth is extrapolated over {:.1} times the years that it was observed: trends of this kind end.",
            extrapolation.ratio
        );
        found.push(Finding::computed(text, "the timeline against the years of observation"));
    }
    found.push(Finding::cited(
        "A lower loss need not mean an ability: laws of scale predict loss, and many abilities of interest have no fitted law.",
        "Ganguli et al., 2022, arXiv:2202.07785",
    ));
    found
}
