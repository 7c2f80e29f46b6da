//! The page: its sections in order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use consil_report::{Markup, Page, Section};

use super::matrix::MatrixView;
use super::sample::SampleView;
use super::{Contents, RunFacts, curves, verdict};
use crate::run::RunKind;

/// A run's confusion matrices.
struct Matrices<'a> {
    label: &'a str,
    result: Option<MatrixView>,
    concepts: Vec<MatrixView>,
}

/// The page of a report. Every string from outside is escaped by [`Markup`] as it is written.
pub(super) fn html(contents: &Contents<'_>) -> String {
    let runs = contents.runs;
    let about = runs.last().expect("a report is of at least one run");
    let mut sections = vec![Section::of_markup("figures", "Figures", "", |html| verdict::write_table(runs, html))];
    if !contents.samples.is_empty() {
        let lead = "What each network saw and took it for, how the rules come from there to the answer, and what would change it. A triangle \
                    marks the truth, which the networks were not told.";
        sections.push(Section::of_markup("samples", "Samples, explained", lead, |html| {
            for (i, sample) in contents.samples.iter().enumerate() {
                SampleView::of(&format!("sample{i}"), sample).write(html);
            }
        }));
    }
    let curves = curves::figures(runs);
    if !curves.is_empty() {
        sections.push(Section::of_blocks("learning", "How it learned", "", &curves));
    }
    let matrices: Vec<Matrices<'_>> = runs.iter().filter_map(matrices).collect();
    if !matrices.is_empty() {
        sections.push(Section::of_markup("errors", "Where it errs", "", |html| write_matrices(&matrices, html)));
    }
    if let Some(svg) = contents.architecture {
        sections.push(Section::of_markup("architecture", "Architecture", "", |html| write_architecture(svg, html)));
    }
    let lead = format!(
        "All randomness derives from seed {}: the same spec gives the same figures on the same kind of machine.",
        about.seed
    );
    sections.push(Section::of_markup("origin", "How to repeat it", lead, |html| write_origin(runs, about, html)));
    let mut footer = Markup::default();
    footer.say(&format!(
        "Written by consil {}. This page makes no request and needs no script to be read.",
        about.version
    ));
    let lead = verdict::verdict(runs);
    Page { kicker: "Consilience report", title: &about.name, lead: &lead, sections: &sections, footer }.html()
}

fn write_matrices(matrices: &[Matrices<'_>], html: &mut Markup) {
    html.element("p", &[("class", &"lead")], |html| {
        html.say("Rows are the truth, columns what the system says; a cell is shaded by its share of the row, ");
        html.text("span", &[("class", &"swatch right")], "");
        html.say("right and ");
        html.text("span", &[("class", &"swatch wrong")], "");
        html.say("wrong.");
    });
    let several = matrices.len() > 1;
    html.element("div", &[("class", &"tabs")], |html| {
        if several {
            html.element("fieldset", &[], |html| {
                html.text("legend", &[("class", &"unseen")], "Run");
                for (i, run) in matrices.iter().enumerate() {
                    let id = format!("run{i}");
                    let input: [(&str, &dyn std::fmt::Display); 4] =
                        [("type", &"radio"), ("name", &"run"), ("id", &id), ("checked", &"checked")];
                    // The last run is the one that is shown first.
                    html.empty("input", if i + 1 == matrices.len() { &input } else { &input[..3] });
                    html.text("label", &[("for", &id)], run.label);
                }
            });
        }
        for run in matrices {
            html.element("div", &[("class", &"panel")], |html| {
                if several {
                    html.text("h3", &[("class", &"panel-title")], run.label);
                }
                if let Some(matrix) = &run.result {
                    matrix.write(html);
                }
                html.element("div", &[("class", &"matrices")], |html| {
                    run.concepts.iter().for_each(|matrix| matrix.write(html));
                });
            });
        }
    });
}

fn write_architecture(svg: &str, html: &mut Markup) {
    html.element("figure", &[("class", &"architecture")], |html| {
        html.element("div", &[("class", &"scroll")], |html| {
            let alt = "The layers of each network with their shapes and parameters";
            html.empty("img", &[("src", &as_image(svg)), ("alt", &alt)]);
        });
    });
}

/// How each run can be repeated.
fn write_origin(runs: &[RunFacts], about: &RunFacts, html: &mut Markup) {
    html.element("div", &[("class", &"scroll")], |html| {
        html.element("table", &[("class", &"origin")], |html| {
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    ["run", "folder", "command"].iter().for_each(|name| html.text("th", &[("scope", &"col")], name));
                });
            });
            html.element("tbody", &[], |html| {
                for run in runs {
                    html.element("tr", &[], |html| {
                        html.text("th", &[("scope", &"row")], &run.label);
                        for text in [&run.folder, &command(run)] {
                            html.element("td", &[], |html| html.text("code", &[], text));
                        }
                    });
                }
            });
        });
    });
    html.element("p", &[("class", &"note")], |html| {
        html.say(&format!("seed {} · consil {} · fingerprint ", about.seed, about.version));
        html.text("code", &[], &about.fingerprint);
    });
    if let Some(program) = &about.program {
        write_source("The rules", program, true, html);
    }
    write_source("The resolved spec", &about.spec, false, html);
}

fn write_source(title: &str, text: &str, open: bool, html: &mut Markup) {
    html.element("details", if open { &[("open", &"open")] } else { &[] }, |html| {
        html.text("summary", &[], title);
        html.element("pre", &[], |html| html.text("code", &[], text));
    });
}

/// None before the run has finished, or where nothing was tested.
fn matrices(run: &RunFacts) -> Option<Matrices<'_>> {
    let outcome = run.outcome.as_ref()?;
    let concepts: Vec<MatrixView> =
        outcome.concepts.iter().filter_map(|(name, matrix)| MatrixView::of(name, matrix)).collect();
    let result = MatrixView::of("result", &outcome.result);
    let some = result.is_some() || !concepts.is_empty();
    some.then_some(Matrices { label: &run.label, result, concepts })
}

/// The command that repeats a run.
fn command(run: &RunFacts) -> String {
    let command = match run.kind {
        RunKind::Central => "consil train",
        RunKind::Federated => "consil federate simulate",
    };
    format!("{command} {}/spec.toml", run.folder)
}

/// A drawing as the source of an image: there no script in it can run, and its styles stay its own.
fn as_image(svg: &str) -> String {
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}
