//! A profile: what is known of a system, read from a TOML file, and what follows from it.
//!
//! A file states scores of abilities (perception, memory, reasoning, planning, learning, meta-cognition), the sub-scores of "A Definition of AGI",
//! percentiles for the levels of AGI, the system's scale and its architecture. Each number is a bare number, which counts as the judgement of the
//! file's `judged-by`, or a table with `value` and `source`. What is not stated takes a documented default that says so: 0 for an
//! ability, "not assessed".

mod ability;
mod agi_definition;
mod cognitive;
mod level;
mod plan;
mod read;
#[cfg(test)]
mod tests;

pub use ability::{Ability, AbilityInfo, Faculty};
pub use agi_definition::{AgiScore, Domain, DomainScore, GPT_4, GPT_5, PUBLISHED_SYSTEMS, PublishedSystem, SubScore};
pub use cognitive::{AbilityScore, CognitiveAssessment, FacultyScore};
pub use level::{Level, LevelAssessment, TaskPercentile};
pub use plan::{Step, plan};
pub use read::{EXAMPLE, Profile, ProfileError};
