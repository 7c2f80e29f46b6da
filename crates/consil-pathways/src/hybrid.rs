//! The hybrid pathway: combinations of pathways, and the bottleneck that they share.
//!
//! Pathways of one forecast are sampled together, so a combination is judged sample by sample: whichever comes first, with what they have in common
//! counted once and not as if it were independent.

use serde::Serialize;

use crate::forecast::{Forecast, Outcome, When, quantile};
use crate::pathway::{Aspect, Pathway, Stage};

/// What combinations of pathways give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HybridAssessment {
    /// The stage.
    pub stage: Stage,
    /// The combinations, the most probable first; empty where fewer than two pathways have a date for the stage.
    pub combinations: Vec<Combination>,
    /// What more than one pathway waits for, the most binding first.
    pub bottlenecks: Vec<Bottleneck>,
}

/// Two or more pathways, pursued at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Combination {
    /// The pathways.
    pub pathways: Vec<Pathway>,
    /// The probability that one of them arrives by the horizon.
    pub any_by_horizon: f64,
    /// What that would be if the pathways were independent: the difference is what they share.
    pub if_independent: f64,
    /// The probability that all of them arrive by the horizon.
    pub all_by_horizon: f64,
    /// The median date of the first to arrive.
    pub median: When,
    /// What adding to the best single pathway gains in probability.
    pub gain: f64,
}

/// A part that more than one pathway requires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bottleneck {
    /// The date or input.
    pub name: String,
    /// The pathways that require it.
    pub pathways: Vec<Pathway>,
    /// The mean share of samples in which it decides, over those pathways; none for an input that is no requirement of its own.
    pub share: Option<f64>,
}

impl HybridAssessment {
    /// From a forecast whose dates name pathways and stages.
    pub fn of(forecast: &Forecast, stage: Stage) -> Self {
        let pathways: Vec<(Pathway, &Outcome)> = Pathway::ALL
            .into_iter()
            .filter(|pathway| *pathway != Pathway::Hybrid)
            .filter_map(|pathway| {
                let here = |outcome: &&Outcome| {
                    let place = outcome.place;
                    place.pathway == Some(pathway) && place.stage == Some(stage) && place.aspect == Some(Aspect::Date)
                };
                forecast.outcomes.iter().find(here).map(|outcome| (pathway, outcome))
            })
            .collect();
        let mut combinations: Vec<Combination> = (1u32..1 << pathways.len())
            .filter(|subset| subset.count_ones() >= 2)
            .map(|subset| {
                let chosen =
                    pathways.iter().enumerate().filter(|(i, _)| subset >> i & 1 == 1).map(|(_, pathway)| *pathway);
                combination(&chosen.collect::<Vec<_>>(), forecast.horizon)
            })
            .collect();
        combinations.sort_by(|a, b| {
            b.any_by_horizon.total_cmp(&a.any_by_horizon).then(a.pathways.len().cmp(&b.pathways.len()))
        });
        Self { stage, combinations, bottlenecks: bottlenecks(&pathways) }
    }
}

fn combination(pathways: &[(Pathway, &Outcome)], horizon: f64) -> Combination {
    let n = pathways.first().map_or(0, |(_, outcome)| outcome.samples.len());
    let over = |pick: fn(f64, f64) -> f64, from: f64| -> Vec<f64> {
        (0..n).map(|s| pathways.iter().map(|(_, outcome)| outcome.samples[s]).fold(from, pick)).collect()
    };
    let by = |samples: &[f64]| samples.iter().filter(|date| **date <= horizon).count() as f64 / n as f64;
    let mut first = over(f64::min, f64::INFINITY);
    let last = over(f64::max, f64::NEG_INFINITY);
    let alone: Vec<f64> = pathways.iter().map(|(_, outcome)| by(&outcome.samples)).collect();
    let any_by_horizon = by(&first);
    first.sort_by(f64::total_cmp);
    let median = quantile(&first, 0.5);
    Combination {
        pathways: pathways.iter().map(|(pathway, _)| *pathway).collect(),
        any_by_horizon,
        if_independent: 1.0 - alone.iter().map(|p| 1.0 - p).product::<f64>(),
        all_by_horizon: by(&last),
        median: if median <= horizon { When::Year(median) } else { When::Beyond },
        gain: any_by_horizon - alone.iter().copied().fold(0.0, f64::max),
    }
}

/// Requirements and inputs that more than one pathway has.
fn bottlenecks(pathways: &[(Pathway, &Outcome)]) -> Vec<Bottleneck> {
    let mut found: Vec<Bottleneck> = Vec::new();
    let mut add = |name: &str, pathway: Pathway, share: Option<f64>| match found
        .iter_mut()
        .find(|bottleneck| bottleneck.name == name)
    {
        Some(bottleneck) => {
            let n = bottleneck.pathways.len() as f64;
            bottleneck.share = match (bottleneck.share, share) {
                (Some(mean), Some(new)) => Some((mean * n + new) / (n + 1.0)),
                (known, new) => known.or(new),
            };
            bottleneck.pathways.push(pathway);
        }
        None => found.push(Bottleneck { name: name.to_owned(), pathways: vec![pathway], share }),
    };
    for (pathway, outcome) in pathways {
        let binding = outcome.timeline.as_ref().map_or(&[][..], |timeline| &timeline.binding);
        binding.iter().for_each(|part| add(&part.name, *pathway, Some(part.share)));
        let inputs = outcome.inputs.iter().filter(|input| !binding.iter().any(|part| part.name == input.name));
        inputs.for_each(|input| add(&input.name, *pathway, None));
    }
    found.retain(|bottleneck| bottleneck.pathways.len() > 1);
    found.sort_by(|a, b| {
        b.share.unwrap_or(-1.0).total_cmp(&a.share.unwrap_or(-1.0)).then(b.pathways.len().cmp(&a.pathways.len()))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Model;

    fn assess(dates: &str) -> HybridAssessment {
        let text = format!("today = 2026\nhorizon = 2060\nobserved = [2010, 2025]\njudged-by = \"t\"\n[date]\n{dates}");
        HybridAssessment::of(&Model::parse("m", &text).unwrap().run().unwrap(), Stage::General)
    }

    fn pathway(name: &str, formula: &str) -> String {
        format!("{name} = {{ pathway = \"{name}\", stage = \"general\", {formula} }}\n")
    }

    #[test]
    fn independent_pathways_combine_as_independent_ones_do() {
        let half = "value = \"uniform(2043, 2077)\"";
        let found = assess(&(pathway("scaling", half) + &pathway("evolutionary", half)));
        let both = &found.combinations[0];
        assert!((both.any_by_horizon - 0.75).abs() < 0.015 && (both.all_by_horizon - 0.25).abs() < 0.015);
        assert!((both.any_by_horizon - both.if_independent).abs() < 0.015 && (both.gain - 0.25).abs() < 0.02);
        assert_eq!(found.bottlenecks, []);
    }

    #[test]
    fn a_shared_requirement_is_the_bottleneck_and_leaves_nothing_to_gain() {
        let dates = "power = \"uniform(2043, 2077)\"\nsoon = 2030\n".to_owned()
            + &pathway("scaling", "all = [\"power\", \"soon\"]")
            + &pathway("cognitive", "all = [\"power\"]");
        let found = assess(&dates);
        let both = &found.combinations[0];
        assert!((both.any_by_horizon - 0.5).abs() < 0.015 && both.gain.abs() < 1e-12, "{both:?}");
        assert!((both.if_independent - 0.75).abs() < 0.015);
        assert_eq!(found.bottlenecks[0].name, "power");
        assert_eq!(found.bottlenecks[0].pathways, [Pathway::Scaling, Pathway::Cognitive]);
        assert!((found.bottlenecks[0].share.unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_pathway_has_no_combination() {
        assert_eq!(assess(&pathway("scaling", "value = 2040")).combinations, []);
    }
}
