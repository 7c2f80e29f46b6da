//! The cognitive pathway: scores of six faculties, gaps, a plan, risks.

use serde::Serialize;

use super::ability::{Ability, Faculty};
use super::agi_definition::AgiScore;
use super::level::LevelAssessment;
use super::plan::{Step, plan};
use super::read::Profile;
use crate::evidence::{Evidence, Finding};
use crate::interval::mean;

/// What the cognitive pathway says about a system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CognitiveAssessment {
    /// The system.
    pub system: String,
    /// The score that counts as having an ability, from the profile.
    pub target: f64,
    /// The six faculties.
    pub faculties: Vec<FacultyScore>,
    /// "A Definition of AGI"; none where the profile has no such score.
    pub agi_score: Option<AgiScore>,
    /// Levels of AGI; none where the profile has no percentiles.
    pub levels: Option<LevelAssessment>,
    /// What to develop, in order.
    pub plan: Vec<Step>,
    /// What could go wrong.
    pub risks: Vec<Finding>,
}

/// A faculty's scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FacultyScore {
    /// The faculty.
    pub faculty: Faculty,
    /// The mean of its abilities, those not assessed counting 0.
    pub score: f64,
    /// The mean of those that were assessed; none without any.
    pub assessed_score: Option<f64>,
    /// How many were assessed.
    pub n_assessed: usize,
    /// Its abilities.
    pub abilities: Vec<AbilityScore>,
}

/// An ability's score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AbilityScore {
    /// The ability.
    pub ability: Ability,
    /// Its name within the faculty.
    pub name: &'static str,
    /// 0 (absent) to 1 (a well-educated adult).
    pub score: f64,
    /// How far below the target it lies; 0 at or above.
    pub gap: f64,
    /// What it rests on.
    pub evidence: Evidence,
    /// Published tasks that measure it.
    pub benchmark: &'static str,
}

/// Gaps below this are none: scores are rarely known to a finer grain.
const TOLERANCE: f64 = 0.05;

impl CognitiveAssessment {
    /// From a profile.
    pub fn of(profile: &Profile) -> Self {
        let score = |ability: Ability| {
            let info = ability.info();
            let stated = profile.abilities.iter().find(|(stated, _)| *stated == ability).map(|(_, sourced)| sourced);
            let value = stated.map_or(0.0, |sourced| sourced.value);
            AbilityScore {
                ability,
                name: info.name,
                score: value,
                gap: (profile.target - value).max(0.0),
                evidence: stated.map_or(Evidence::Default, |sourced| sourced.evidence.clone()),
                benchmark: info.benchmark,
            }
        };
        let scores: Vec<AbilityScore> = Ability::all().iter().map(|info| score(info.ability)).collect();
        let faculties = Faculty::ALL.map(|faculty| {
            let abilities: Vec<AbilityScore> =
                scores.iter().filter(|score| score.ability.info().faculty == faculty).cloned().collect();
            let assessed: Vec<f64> =
                abilities.iter().filter(|a| a.evidence != Evidence::Default).map(|a| a.score).collect();
            FacultyScore {
                faculty,
                score: abilities.iter().map(|a| a.score).sum::<f64>() / abilities.len() as f64,
                assessed_score: (!assessed.is_empty()).then(|| mean(&assessed)),
                n_assessed: assessed.len(),
                abilities,
            }
        });
        let faculties = faculties.to_vec();
        Self {
            system: profile.name.clone(),
            target: profile.target,
            plan: plan(&scores, TOLERANCE),
            risks: risks(&faculties, profile.agi_score.as_ref()),
            faculties,
            agi_score: profile.agi_score.clone(),
            levels: LevelAssessment::of(profile.percentiles.clone(), profile.breadth),
        }
    }

    /// A faculty's scores.
    pub fn faculty(&self, faculty: Faculty) -> Option<&FacultyScore> {
        self.faculties.iter().find(|score| score.faculty == faculty)
    }
}

fn risks(faculties: &[FacultyScore], agi_score: Option<&AgiScore>) -> Vec<Finding> {
    let mut found = Vec::new();
    let of = |faculty: Faculty| faculties.iter().find(|score| score.faculty == faculty);
    let assessed = |faculty: Faculty| of(faculty).and_then(|score| score.assessed_score);
    if let (Some(planning), meta) = (assessed(Faculty::Planning), of(Faculty::MetaCognition).map_or(0.0, |m| m.score))
        && planning - meta > 0.25
    {
        let text = format!(
            "It plans ({planning:.2}) better than it knows its own limits ({meta:.2}): errors in long tasks go unnoticed."
        );
        found.push(Finding::computed(text, "planning exceeds meta-cognition by more than 0.25"));
    }
    if let (Some(learning), memory) = (assessed(Faculty::Learning), of(Faculty::Memory))
        && let Some(consolidation) =
            memory.and_then(|m| m.abilities.iter().find(|a| a.ability == Ability::Consolidation))
        && learning - consolidation.score > 0.25
    {
        let text = format!(
            "It learns ({learning:.2}) faster than it consolidates ({:.2}): new tasks overwrite old ones.",
            consolidation.score
        );
        found.push(Finding::computed(text, "learning exceeds memory.consolidation by more than 0.25"));
    }
    let (n, judged) = faculties.iter().flat_map(|faculty| &faculty.abilities).fold((0, 0), |(n, judged), ability| {
        let stated = ability.evidence != Evidence::Default;
        (n + usize::from(stated), judged + usize::from(stated && ability.evidence.is_judgement()))
    });
    if judged > 0 {
        let text = format!("{judged} of {n} assessed abilities are somebody's judgement, not a measurement.");
        found.push(Finding::computed(text, "the sources of the profile"));
    }
    let unassessed = Ability::all().len() - n;
    if unassessed > 0 {
        let text = format!("{unassessed} of {} abilities were not assessed and count 0.", Ability::all().len());
        found.push(Finding::computed(text, "the profile"));
    }
    let memory = agi_score.and_then(|score| {
        let storage = score.domains.iter().find(|d| d.domain == super::agi_definition::Domain::MemoryStorage)?;
        (storage.unassessed() == 0.0 && storage.points() < 5.0).then(|| storage.points())
    });
    if let Some(points) = memory {
        let text = format!(
            "Long-term memory storage has {points} of 10 points: context and retrieval stand in for it, which the paper calls a distortion."
        );
        found.push(Finding { text, evidence: Evidence::Cited { document: "arXiv:2510.18212, discussion".to_owned() } });
    }
    found
}
