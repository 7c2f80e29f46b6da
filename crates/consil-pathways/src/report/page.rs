//! The page: its sections in order, and the template that holds them.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::{Report, ReportError, forecast, roads};
use crate::evidence::Evidence;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// What the template reads.
#[derive(Serialize)]
struct Page<'a> {
    style: &'a str,
    title: &'a str,
    lead: Vec<String>,
    sections: Vec<Section>,
}

/// A section of the page.
#[derive(Default, Serialize)]
pub(super) struct Section {
    /// Its anchor.
    pub id: &'static str,
    pub title: String,
    pub lead: String,
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Block {
    /// A drawing with its legend and a caption.
    Figure { title: String, svg: String, legend: Vec<Key>, caption: String, wide: bool },
    /// A table.
    Table { title: String, head: Vec<String>, rows: Vec<Vec<Td>>, note: String, folded: bool },
    /// Sentences with what each rests on.
    Findings { title: String, items: Vec<Item> },
    /// A sentence.
    Text { text: String },
}

/// A colour's name.
#[derive(Serialize)]
pub(super) struct Key {
    pub colour: usize,
    pub name: String,
    pub dashed: bool,
}

/// A cell of a table.
#[derive(Default, Serialize)]
pub(super) struct Td {
    pub text: String,
    /// A word in a badge: what it stands on.
    pub badge: String,
    /// The badge's class.
    pub class: &'static str,
    /// A smaller second line.
    pub note: String,
    /// Whether the cell heads its row.
    pub head: bool,
}

/// A sentence with what it rests on.
#[derive(Serialize)]
pub(super) struct Item {
    pub text: String,
    pub source: String,
    pub badge: &'static str,
    pub class: &'static str,
}

impl Td {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn head(text: impl Into<String>) -> Self {
        Self { text: text.into(), head: true, ..Self::default() }
    }

    pub fn noted(text: impl Into<String>, note: impl Into<String>) -> Self {
        Self { text: text.into(), note: note.into(), ..Self::default() }
    }

    /// With a badge of what it rests on.
    pub fn with(self, evidence: &Evidence) -> Self {
        Self { badge: evidence.word().to_owned(), class: class(evidence), note: evidence.detail(), ..self }
    }
}

impl Item {
    pub fn of(finding: &crate::profile::Finding) -> Self {
        Self {
            text: finding.text.clone(),
            source: finding.evidence.detail(),
            badge: finding.evidence.word(),
            class: class(&finding.evidence),
        }
    }
}

/// The style sheet's class of evidence.
pub(super) fn class(evidence: &Evidence) -> &'static str {
    match evidence {
        Evidence::Measured { .. } => "measured",
        Evidence::Cited { .. } => "cited",
        Evidence::Computed { .. } => "computed",
        Evidence::Judgement { .. } => "judgement",
        Evidence::Default => "unknown",
    }
}

pub(super) fn html(report: &Report<'_>) -> Result<String, ReportError> {
    let mut sections = Vec::new();
    if let Some(comparison) = report.comparison {
        sections.push(forecast::pathways(comparison, report.forecast));
    }
    if let Some(found) = report.forecast {
        sections.push(forecast::when(found));
    }
    if !report.sensitivities.is_empty() {
        sections.push(forecast::sensitivities(report.sensitivities));
    }
    sections.extend(report.hybrid.map(roads::hybrid));
    sections.extend(report.cognitive.map(roads::cognitive));
    sections.extend(report.scaling.map(roads::scaling));
    sections.extend(report.architectural.map(roads::architectural));
    sections.extend(report.evolutionary.map(|found| roads::evolutionary(found, report.contest)));
    if !report.fits.is_empty() {
        sections.push(forecast::fits(report.fits));
    }
    if let Some(found) = report.forecast {
        sections.push(forecast::inputs(found));
    }
    if sections.is_empty() {
        return Err(ReportError::Empty);
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // The name ends in .html, so every string is escaped; drawings are marked safe, since their builder escapes.
    environment.add_template("page.html", TEMPLATE)?;
    let lead = forecast::lead(report.comparison);
    let page = Page { style: STYLE, title: report.title, lead, sections };
    Ok(environment.get_template("page.html")?.render(Serde(page))?)
}
