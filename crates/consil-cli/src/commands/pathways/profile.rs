//! `consil pathways profile`: what is known of a system, and what follows from it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use consil::pathways::architectural::ArchitecturalAssessment;
use consil::pathways::profile::{self, CognitiveAssessment, Profile};
use consil::pathways::scaling::ScalingAssessment;
use serde::Serialize;

use super::files::text_of;
use super::word;
use crate::console::Console;
use crate::failure::Failure;
use crate::format::number;
use crate::paint::Paint;
use crate::table::Table;

/// Assess a system from a profile: faculties, gaps, plan, scale.
///
/// Reads a TOML file of what is known of a system: scores of abilities, its scale, its architecture. Prints the faculties and their gaps, a plan that
/// puts nothing before what it rests on, risks, and the scale against a target. What was not assessed counts 0 and says so. Without a file the
/// built-in example is assessed.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways profile
  consil pathways profile my-system.toml
  consil pathways profile my-system.toml --json | jq .cognitive.plan")]
pub struct ProfileArgs {
    /// The profile: a TOML file [default: the built-in example]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

/// What follows from a profile.
#[derive(Serialize)]
pub struct Assessments {
    pub cognitive: CognitiveAssessment,
    pub scaling: Option<ScalingAssessment>,
    pub architectural: Option<ArchitecturalAssessment>,
}

impl Assessments {
    /// Those of a file, or of the built-in example.
    pub fn of_file(file: Option<&Path>) -> Result<Self, Failure> {
        let (name, text) = text_of(file, ("the built-in example", profile::EXAMPLE))?;
        let profile = Profile::parse(&name, &text)?;
        let scaling = profile.scale.as_ref().map(ScalingAssessment::of);
        let factor = scaling.as_ref().and_then(|scaling| scaling.scale_factor);
        let gap = factor.zip(profile.scale.as_ref().map(|scale| scale.today));
        let architectural = profile.architecture.as_ref().map(|of| ArchitecturalAssessment::of(of, &[], gap));
        Ok(Self { cognitive: CognitiveAssessment::of(&profile), scaling, architectural })
    }
}

impl ProfileArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let assessments = Assessments::of_file(self.file.as_deref())?;
        console.answer(&assessments, |paint| render(&assessments, paint))
    }
}

fn render(assessments: &Assessments, paint: Paint) -> String {
    let cognitive = &assessments.cognitive;
    let mut text = format!("{}\n\n", paint.bold(&cognitive.system));
    let mut faculties = Table::new(["faculty", "score", "of the assessed", "assessed"]);
    for faculty in &cognitive.faculties {
        faculties.row([
            word(&faculty.faculty),
            number(faculty.score),
            faculty.assessed_score.map_or_else(|| "—".to_owned(), number),
            format!("{} of {}", faculty.n_assessed, faculty.abilities.len()),
        ]);
    }
    text.push_str(&faculties.render(paint));
    if let Some(score) = &cognitive.agi_score {
        let (low, high) = score.bounds();
        let points = if low == high { number(low) } else { format!("{} to {}", number(low), number(high)) };
        let stage = score.stage().map_or_else(|| "below every stage".to_owned(), |stage| stage.name().to_owned());
        text.push_str(&format!("\n“A Definition of AGI”: {points} of 100 points; stage: {stage}\n"));
    }
    if let Some(levels) = &cognitive.levels {
        let (best, general) = (word(&levels.narrow), word(&levels.general));
        text.push_str(&format!("levels of AGI: {best} at its best task, {general} in general\n"));
    }
    let mut plan = Table::new(["plan", "gap", "weight"]);
    for step in &cognitive.plan {
        plan.row([step.name.clone(), number(step.gap), number(step.weight)]);
    }
    text.push_str(&format!("\n{}", plan.render(paint)));
    if let Some(scaling) = &assessments.scaling {
        let mut facts = Table::of_facts();
        facts.row(["reference", &scaling.reference]);
        let factor = scaling.scale_factor.map_or_else(|| "unknown".to_owned(), number);
        facts.row(["scale still needed", &format!("{factor} times")]);
        for requirement in &scaling.requirements {
            facts.row([requirement.name, &format!("{} {}", number(requirement.amount), requirement.unit)]);
        }
        text.push_str(&format!("\n{}", facts.render(paint)));
    }
    if let Some(architectural) = &assessments.architectural {
        let mut table = Table::new(["innovation", "status"]).words(2);
        for row in &architectural.innovations {
            table.row([word(&row.innovation), word(&row.status)]);
        }
        text.push_str(&format!("\n{}", table.render(paint)));
    }
    let risks = &cognitive.risks;
    if !risks.is_empty() {
        text.push_str(&format!("\n{}\n", paint.bold("risks")));
        text.extend(risks.iter().map(|risk| format!("- {} [{}]\n", risk.text, risk.evidence.word())));
    }
    text
}
