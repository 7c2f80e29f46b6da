//! `consil pathways profile`: what is known of a system, and what follows from it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use consil::pathways::Finding;
use consil::pathways::Sourced;
use consil::pathways::architectural::{Ablation, ArchitecturalAssessment, read_ablations};
use consil::pathways::profile::{self, CognitiveAssessment, Profile};
use consil::pathways::scaling::{Limitation, Scale, ScalingAssessment};
use serde::Serialize;

use super::ablate::render_ablations;
use super::files::text_of;
use super::{range, word};
use crate::console::Console;
use crate::failure::Failure;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::number;

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
  consil pathways profile my-system.toml --ablations ablations.json
  consil pathways profile my-system.toml --json | jq .cognitive.plan")]
pub struct ProfileArgs {
    /// The profile: a TOML file [default: the built-in example]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Ablations that were measured: a file that `consil pathways ablate` wrote
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ablations: Option<PathBuf>,
}

/// What follows from a profile.
#[derive(Serialize)]
pub struct Assessments {
    pub cognitive: CognitiveAssessment,
    pub scaling: Option<ScalingAssessment>,
    pub architectural: Option<ArchitecturalAssessment>,
    #[serde(skip)]
    pub scale: Option<Scale>,
}

impl Assessments {
    /// Those of a file, or of the built-in example, with measured ablations where there are any.
    pub fn of_files(file: Option<&Path>, measured: &[Ablation]) -> Result<Self, Failure> {
        let (name, text) = text_of(file, ("the built-in example", profile::EXAMPLE))?;
        let profile = Profile::parse(&name, &text)?;
        let scaling = profile.scale.as_ref().map(ScalingAssessment::of);
        let factor = scaling.as_ref().and_then(|scaling| scaling.scale_factor);
        let gap = factor.zip(profile.scale.as_ref().map(|scale| scale.today));
        let architectural = profile.architecture.as_ref().map(|of| ArchitecturalAssessment::of(of, measured, gap));
        let cognitive = CognitiveAssessment::of(&profile);
        Ok(Self { cognitive, scaling, architectural, scale: profile.scale })
    }
}

impl ProfileArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let measured = match &self.ablations {
            Some(path) => {
                let (name, text) = text_of(Some(path), ("", ""))?;
                read_ablations(&name, &text)?
            }
            None => Vec::new(),
        };
        let assessments = Assessments::of_files(self.file.as_deref(), &measured)?;
        console.answer(&assessments, |style| render(&assessments, style))
    }
}

fn render(assessments: &Assessments, style: TextStyle) -> String {
    let cognitive = &assessments.cognitive;
    let mut text = format!("{}\n\n", style.bold(&cognitive.system));
    let mut faculties = Table::new(["faculty", "score", "of the assessed", "assessed"]);
    for faculty in &cognitive.faculties {
        faculties.row([
            word(&faculty.faculty),
            number(faculty.score),
            faculty.assessed_score.map_or_else(|| "—".to_owned(), number),
            format!("{} of {}", faculty.n_assessed, faculty.abilities.len()),
        ]);
    }
    text.push_str(&faculties.render(style));
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
    text.push_str(&format!("\n{}", plan.render(style)));
    text.extend(assessments.scaling.as_ref().map(|scaling| of_scaling(scaling, style)));
    text.extend(assessments.architectural.as_ref().map(|architectural| of_architecture(architectural, style)));
    let (scaling, architectural) = (assessments.scaling.as_ref(), assessments.architectural.as_ref());
    let more = scaling.map(|of| &of.risks).into_iter().chain(architectural.map(|of| &of.risks)).flatten();
    let risks: Vec<&Finding> = cognitive.risks.iter().chain(more).collect();
    if !risks.is_empty() {
        text.push_str(&format!("\n{}\n", style.bold("risks")));
        text.extend(risks.iter().map(|risk| format!("- {} [{}]\n", risk.text, risk.evidence.word())));
    }
    text
}

/// The scaling pathway: the system beside its reference, what the target takes, what limits it, and when.
fn of_scaling(scaling: &ScalingAssessment, style: TextStyle) -> String {
    let plain = |sourced: &Option<Sourced>| match sourced {
        Some(of) => format!("{} [{}]", number(of.value), of.evidence.word()),
        None => "not stated".to_owned(),
    };
    let mut scale = Table::new(["scale", "the system", &scaling.reference, "of it"]);
    for row in &scaling.rows {
        let of_it = row.normalised.map_or_else(|| "—".to_owned(), number);
        let (name, unit) = (row.measure.name(), row.measure.unit());
        let measure = if name == unit { name.to_owned() } else { format!("{name}, {unit}") };
        scale.row([measure, plain(&row.current), plain(&row.reference), of_it]);
    }
    let mut facts = Table::of_facts();
    let factor =
        scaling.scale_factor.map_or_else(|| "unknown".to_owned(), |factor| format!("{} times", number(factor)));
    let gap = scaling.gap.map_or_else(String::new, |gap| format!(", {gap:.1} orders of magnitude"));
    facts.row(["scale still needed", &format!("{factor}{gap}")]);
    for requirement in &scaling.requirements {
        facts.row([requirement.name, &format!("{} {}", number(requirement.amount), requirement.unit)]);
    }
    let mut limits = Table::new(["limit", "a training run, in FLOP", "by", "orders beyond the target"]);
    for Limitation { limit, headroom: (low, high), forbids } in &scaling.limitations {
        let by = limit.by.map_or_else(|| "any year".to_owned(), |year| format!("{year:.0}"));
        let verdict = if *forbids { ": forbids it" } else { "" };
        let headroom = format!("{low:.1} to {high:.1}{verdict}");
        limits.row([limit.constraint.name().to_owned(), range(limit.low, limit.high), by, headroom]);
    }
    let tables = [scale.render(style), facts.render(style), limits.render(style)].join("\n");
    format!("\n{tables}\n{}\n", scaling.timeline.sentence())
}

/// The architectural pathway: features, innovations with what they wait for and what was measured of them, and when.
fn of_architecture(architectural: &ArchitecturalAssessment, style: TextStyle) -> String {
    let mut features = Table::new(["feature", "status"]).words(2);
    for row in &architectural.features {
        features
            .row([word(&row.feature), row.status.map_or_else(|| "not assessed".to_owned(), |status| word(&status))]);
    }
    let mut innovations = Table::new(["innovation", "status", "priority", "waits for", "measured"]).words(5);
    for row in &architectural.innovations {
        let names: Vec<String> = row.waits_for.iter().map(word).collect();
        let or_none = |texts: &[String]| if texts.is_empty() { "—".to_owned() } else { texts.join(", ") };
        let (waits, measured) = (or_none(&names), or_none(&row.measured));
        innovations.row([word(&row.innovation), word(&row.status), word(&row.priority), waits, measured]);
    }
    let mut tables = [features.render(style), innovations.render(style)].join("\n");
    if !architectural.ablations.is_empty() {
        tables.push_str(&format!("\n{}", render_ablations(&architectural.ablations, style)));
    }
    format!("\n{tables}\n{}\n", architectural.timeline.sentence())
}
