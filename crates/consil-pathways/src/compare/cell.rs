//! A cell: what is known of one aspect of a pathway at a stage, and what that rests on.

use consil_report::number::amount;
use serde::Serialize;

use crate::evidence::Evidence;
use crate::forecast::{Extrapolation, Forecast, Input, Missing, Outcome, PointDate, When};
use crate::pathway::{Aspect, Pathway, Stage};

/// A cell of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The aspect.
    pub aspect: Aspect,
    /// What is known.
    pub content: Content,
    /// What it rests on; none where evidence is insufficient.
    pub evidence: Option<Evidence>,
    /// For a computed cell: the inputs behind it.
    pub inputs: Vec<Input>,
    /// How far it reaches beyond its evidence.
    pub extrapolation: Option<Extrapolation>,
}

/// What is known of an aspect.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Content {
    /// A distribution's 5, 50 and 95 % quantiles; none where infinite.
    Interval {
        /// 5 %.
        low: Option<f64>,
        /// 50 %.
        median: Option<f64>,
        /// 95 %.
        high: Option<f64>,
        /// The unit.
        unit: Option<String>,
    },
    /// When.
    Date {
        /// 5 %.
        low: When,
        /// 50 %.
        median: When,
        /// 95 %.
        high: When,
        /// One date, or why none is named.
        point: PointDate,
    },
    /// A probability by the horizon, with its standard error of sampling.
    Probability {
        /// The probability.
        by_horizon: f64,
        /// Its standard error.
        error: f64,
        /// The horizon.
        horizon: f64,
    },
    /// What decides most often.
    Constraint {
        /// The part of the requirement.
        name: String,
        /// The share of samples that it decides.
        share: f64,
    },
    /// What somebody states.
    Stated {
        /// In words.
        text: String,
    },
    /// Nobody knows.
    InsufficientEvidence {
        /// What would fill the cell.
        needed: String,
    },
}

/// What a cell stands on, in the order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Computed from measured and cited inputs.
    Computed,
    /// Computed, and at least one input is a judgement.
    ComputedFromJudgement,
    /// Cited or measured as it stands.
    Cited,
    /// Somebody's judgement as it stands.
    Judgement,
    /// Not known.
    InsufficientEvidence,
}

impl Standing {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::ComputedFromJudgement => "computed from judgement",
            Self::Cited => "cited",
            Self::Judgement => "judgement",
            Self::InsufficientEvidence => "insufficient evidence",
        }
    }

    /// All.
    pub const ALL: [Self; 5] =
        [Self::Computed, Self::ComputedFromJudgement, Self::Cited, Self::Judgement, Self::InsufficientEvidence];
}

impl Cell {
    /// The cell of a pathway, stage and aspect: computed where the forecast has a quantity there, else claimed, else insufficient.
    pub(super) fn of(forecast: &Forecast, pathway: Pathway, stage: Stage, aspect: Aspect) -> Self {
        // Probability and constraint are read off the date.
        let filled_by = match aspect {
            Aspect::Probability | Aspect::BindingConstraint => Aspect::Date,
            other => other,
        };
        let here = |outcome: &&Outcome| {
            let place = outcome.place;
            place.pathway == Some(pathway) && place.stage == Some(stage) && place.aspect == Some(filled_by)
        };
        let outcome = forecast.outcomes.iter().find(here);
        let computed = outcome.and_then(|outcome| content(outcome, aspect, forecast.horizon).map(|c| (outcome, c)));
        if let Some((outcome, content)) = computed {
            let from = format!(
                "run of “{}”, seed {}, {} samples: {}",
                forecast.name, forecast.seed, forecast.n_samples, outcome.name
            );
            return Self {
                aspect,
                content,
                evidence: Some(Evidence::Computed { from }),
                inputs: outcome.inputs.clone(),
                extrapolation: outcome.extrapolation,
            };
        }
        let claim = forecast
            .claims
            .iter()
            .find(|claim| claim.pathway == Some(pathway) && claim.stage == stage && claim.aspect == aspect);
        let (content, evidence) = match claim {
            Some(claim) => (Content::Stated { text: claim.text.clone() }, Some(claim.evidence.clone())),
            None => {
                let here = |missing: &&Missing| {
                    missing.pathway.is_none_or(|of| of == pathway)
                        && missing.stage.is_none_or(|of| of == stage)
                        && missing.aspect.is_none_or(|of| of == aspect)
                };
                let said = forecast.missing.iter().find(here).map(|missing| missing.needed.clone());
                let needed = said.unwrap_or_else(|| needed(aspect, outcome.is_some()).to_owned());
                (Content::InsufficientEvidence { needed }, None)
            }
        };
        Self { aspect, content, evidence, inputs: Vec::new(), extrapolation: None }
    }

    /// What the cell stands on.
    pub fn standing(&self) -> Standing {
        match &self.evidence {
            None => Standing::InsufficientEvidence,
            Some(Evidence::Computed { .. }) if self.inputs.iter().any(|input| input.evidence.is_judgement()) => {
                Standing::ComputedFromJudgement
            }
            Some(Evidence::Computed { .. }) => Standing::Computed,
            Some(evidence) if evidence.is_judgement() => Standing::Judgement,
            Some(_) => Standing::Cited,
        }
    }

    /// Who judged, of the cell itself and of its inputs, each once.
    pub fn judges(&self) -> Vec<&str> {
        let mut judges: Vec<&str> = Vec::new();
        for evidence in self.evidence.iter().chain(self.inputs.iter().map(|input| &input.evidence)) {
            if let Evidence::Judgement { by, .. } = evidence
                && !judges.contains(&by.as_str())
            {
                judges.push(by);
            }
        }
        judges
    }

    /// The content in a few words.
    pub fn text(&self) -> String {
        match &self.content {
            Content::Interval { low, median, high, unit } => {
                let amount = |x: &Option<f64>| x.map_or_else(|| "∞".to_owned(), amount);
                let unit = unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
                format!("{} ({} to {}){unit}", amount(median), amount(low), amount(high))
            }
            Content::Date { low, median, high, point } => {
                let range = format!("{} to {}", when(*low), when(*high));
                match point {
                    PointDate::Median { year } => format!("{year:.0} ({range})"),
                    PointDate::Past { year } => format!("no point date ({year:.0} is before today); {range}"),
                    PointDate::TooFar { ratio, limit } => {
                        format!("no point date ({ratio:.1} > {limit:.1} × evidence); {range}")
                    }
                    PointDate::BeyondHorizon { .. } => format!("{}; {range}", when(*median)),
                    PointDate::NoObservedRange => format!("no point date; {range}"),
                }
            }
            Content::Probability { by_horizon, error, horizon } => {
                format!("{:.0} % by {horizon:.0} (± {:.1})", 100.0 * by_horizon, 100.0 * error)
            }
            Content::Constraint { name, share } => format!("{name} ({:.0} %)", 100.0 * share),
            Content::Stated { text } => text.clone(),
            Content::InsufficientEvidence { .. } => "insufficient evidence".to_owned(),
        }
    }
}

fn content(outcome: &Outcome, aspect: Aspect, horizon: f64) -> Option<Content> {
    let [low, _, _, median, _, _, high] = outcome.summary.quantiles;
    match aspect {
        Aspect::Flop | Aspect::Cost => Some(Content::Interval { low, median, high, unit: outcome.unit.clone() }),
        Aspect::Date => {
            let timeline = outcome.timeline.as_ref()?;
            let at = |x: Option<f64>| x.filter(|x| *x <= horizon).map_or(When::Beyond, When::Year);
            Some(Content::Date { low: at(low), median: at(median), high: at(high), point: timeline.point })
        }
        Aspect::Probability => {
            let timeline = outcome.timeline.as_ref()?;
            Some(Content::Probability { by_horizon: timeline.by_horizon, error: timeline.by_horizon_error, horizon })
        }
        Aspect::BindingConstraint => {
            let first = outcome.timeline.as_ref()?.binding.first()?;
            Some(Content::Constraint { name: first.name.clone(), share: first.share })
        }
    }
}

/// What would fill a cell, where the file does not say it.
fn needed(aspect: Aspect, has_date: bool) -> &'static str {
    match aspect {
        Aspect::Flop => {
            "a published estimate of the training compute of a system that reached the stage on this pathway"
        }
        Aspect::Cost => "its compute, and a price of that",
        Aspect::Date => "a system that reached the stage on this pathway, or a trend that leads there",
        Aspect::Probability => "a date as a distribution",
        Aspect::BindingConstraint if has_date => "the parts of the requirement that the date waits for",
        Aspect::BindingConstraint => "what is required, each part with a date",
    }
}

fn when(when: When) -> String {
    match when {
        When::Year(year) => format!("{year:.0}"),
        When::Beyond => "beyond the horizon".to_owned(),
    }
}
