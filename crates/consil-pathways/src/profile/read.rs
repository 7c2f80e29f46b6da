//! Profiles from TOML.

use consil_diagnostic::Hint;

use super::ability::{Ability, Faculty};
use super::agi_definition::{AgiScore, Domain, DomainScore, PUBLISHED_SYSTEMS, SubScore};
use super::level::TaskPercentile;
use crate::architectural::Architecture;
use crate::document::{Document, Section};
use crate::evidence::{Evidence, Sourced};
use crate::fault::Fault;
use crate::scaling::Scale;

/// A profile that shows every table: GPT-4 as of 2023, from publications.
pub const EXAMPLE: &str = include_str!("example.toml");

/// What is known of a system.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The system's name.
    pub name: String,
    /// The score that counts as having an ability; 1 (a well-educated adult) by default.
    pub target: f64,
    /// The share of tasks that "most tasks" means for the levels of AGI; 0.9 by default.
    pub breadth: f64,
    /// The abilities that the file states.
    pub abilities: Vec<(Ability, Sourced)>,
    /// "A Definition of AGI", where the file states sub-scores or names a published system.
    pub agi_score: Option<AgiScore>,
    /// Percentiles of tasks among skilled adults.
    pub percentiles: Vec<TaskPercentile>,
    /// The system's scale.
    pub scale: Option<Scale>,
    /// The system's architecture.
    pub architecture: Option<Architecture>,
}

/// Why a profile is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The file is refused.
    #[error(transparent)]
    File(#[from] Fault),
}

impl Hint for ProfileError {
    fn help(&self) -> Option<String> {
        match self {
            Self::File(fault) => fault.help(),
        }
    }
}

impl Profile {
    /// Reads a profile; `name` is what errors call the file. docs/pathways-compare.md describes the format.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown, a number lies outside its range or has no source, or nothing is stated.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProfileError> {
        let document = Document::parse(name, text)?;
        let root = document.root();
        let judged_by = root.string("judged-by")?.map(|by| by.value);
        let judged_by = judged_by.as_deref();
        let system = root.required_string("name", "what the system is called")?.value;
        let target = root.number_within("target", 0.0, 1.0)?.map_or(1.0, |target| target.value);
        let breadth = root.number_within("breadth", 0.0, 1.0)?.map_or(0.9, |breadth| breadth.value);
        let mut abilities = Vec::new();
        for faculty in Faculty::ALL {
            if let Some(section) = root.section(faculty.name())? {
                for info in Ability::all().iter().filter(|info| info.faculty == faculty) {
                    if let Some(score) = Sourced::read(&section, info.name, (0.0, 1.0), judged_by)? {
                        abilities.push((info.ability, score));
                    }
                }
                section.finish()?;
            }
        }
        let profile = Self {
            agi_score: root
                .section("agi-definition")?
                .map(|section| agi_score(&section, &system, judged_by))
                .transpose()?,
            percentiles: root
                .section("percentile")?
                .map_or(Ok(Vec::new()), |section| percentiles(&section, judged_by))?,
            scale: root.section("scale")?.map(|section| Scale::read(&section, judged_by)).transpose()?,
            architecture: root
                .section("architecture")?
                .map(|section| Architecture::read(&section, judged_by))
                .transpose()?,
            name: system,
            target,
            breadth,
            abilities,
        };
        root.finish()?;
        let is_empty = profile.abilities.is_empty()
            && profile.agi_score.is_none()
            && profile.percentiles.is_empty()
            && profile.scale.is_none()
            && profile.architecture.is_none();
        if is_empty {
            let help =
                "add a table such as [perception], [memory], [agi-definition], [percentile], [scale] or [architecture]";
            return Err(root.fault(0..0, "the profile states nothing", help).into());
        }
        Ok(profile)
    }
}

fn percentiles(section: &Section<'_>, judged_by: Option<&str>) -> Result<Vec<TaskPercentile>, Fault> {
    let mut tasks = Vec::new();
    for task in section.keys() {
        if let Some(score) = Sourced::read(section, &task.value, (0.0, 100.0), judged_by)? {
            tasks.push(TaskPercentile { task: task.value, percentile: score.value, evidence: score.evidence });
        }
    }
    Ok(tasks)
}

/// Either `published = "gpt-4"`, or tables of sub-scores.
fn agi_score(section: &Section<'_>, system: &str, judged_by: Option<&str>) -> Result<AgiScore, Fault> {
    let [gpt_4, gpt_5] = PUBLISHED_SYSTEMS;
    if let Some(published) = section.choice("published", &[("gpt-4", gpt_4), ("gpt-5", gpt_5)])? {
        section.finish()?;
        return Ok(AgiScore::published(published.value));
    }
    let mut domains = Vec::with_capacity(Domain::ALL.len());
    for domain in Domain::ALL {
        let table = section.section(domain.name())?;
        let mut parts = Vec::with_capacity(domain.rows().len());
        for (name, most, ..) in domain.rows() {
            let stated = match &table {
                Some(table) => Sourced::read(table, name, (0.0, *most), judged_by)?,
                None => None,
            };
            parts.push(SubScore {
                name: (*name).to_owned(),
                most: *most,
                points: stated.as_ref().map(|stated| stated.value),
                evidence: stated.map_or(Evidence::Default, |stated| stated.evidence),
            });
        }
        if let Some(table) = table {
            table.finish()?;
        }
        domains.push(DomainScore { domain, parts });
    }
    section.finish()?;
    Ok(AgiScore { system: system.to_owned(), domains })
}
