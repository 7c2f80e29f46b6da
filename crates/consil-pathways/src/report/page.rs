//! The page: its sections in order.

use consil_report::{Badge, Markup, Page};

use super::{Report, ReportError, forecast, pathways};
use crate::evidence::Evidence;

/// What the badges mean.
fn footer() -> Markup {
    let mut footer = Markup::default();
    footer.say("Nothing on this page was fetched from elsewhere. A badge says what a figure rests on: ");
    let meanings = [
        ("measured", "measured", " by a run, "),
        ("cited", "cited", " from a publication, "),
        ("computed", "computed", " from others, somebody’s "),
        ("judgement", "judgement", ", or "),
        ("unknown", "insufficient evidence", "."),
    ];
    for (class, word, behind) in meanings {
        footer.text("span", &[("class", &format!("badge {class}"))], word);
        footer.say(behind);
    }
    footer
}

impl From<&Evidence> for Badge {
    fn from(evidence: &Evidence) -> Self {
        let class = match evidence {
            Evidence::Measured { .. } => "measured",
            Evidence::Cited { .. } => "cited",
            Evidence::Computed { .. } => "computed",
            Evidence::Judgement { .. } => "judgement",
            Evidence::Default => "unknown",
        };
        Self { word: evidence.word().to_owned(), class, detail: evidence.detail() }
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
    sections.extend(report.hybrid.map(pathways::hybrid));
    sections.extend(report.cognitive.map(pathways::cognitive));
    sections.extend(report.scaling.map(pathways::scaling));
    sections.extend(report.architectural.map(pathways::architectural));
    sections.extend(report.evolutionary.map(|found| pathways::evolutionary(found, report.contest)));
    if !report.fits.is_empty() {
        sections.push(forecast::fits(report.fits));
    }
    if let Some(found) = report.forecast {
        sections.push(forecast::inputs(found));
    }
    if sections.is_empty() {
        return Err(ReportError::Empty);
    }
    let lead = forecast::lead(report.comparison);
    let page = Page { kicker: "Pathways", title: report.title, lead: &lead, sections: &sections, footer: footer() };
    Ok(page.html())
}
