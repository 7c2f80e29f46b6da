//! The page: templates, style and the values that fill them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, context};
use sha2::{Digest, Sha256};

use super::matrix::MatrixView;
use super::sample::SampleView;
use super::{Contents, RunFacts, curves, verdict};
use crate::run::RunKind;

const TEMPLATES: [(&str, &str); 9] = [
    ("page.html", include_str!("page.html")),
    ("summary.html", include_str!("summary.html")),
    ("samples.html", include_str!("samples.html")),
    ("bars.html", include_str!("bars.html")),
    ("curves.html", include_str!("curves.html")),
    ("matrices.html", include_str!("matrices.html")),
    ("matrix.html", include_str!("matrix.html")),
    ("architecture.html", include_str!("architecture.html")),
    ("origin.html", include_str!("origin.html")),
];
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("hover.js");

/// The page of a report. Every string from outside is escaped by the templates (their names end in `.html`) or by
/// [`Svg`](super::svg::Svg); the page's own policy forbids every request and every script but the one it carries, by its hash.
pub(super) fn html(contents: &Contents<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let runs = contents.runs;
    let about = runs.last().expect("a report is of at least one run");
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    let samples: Vec<SampleView<'_>> =
        contents.samples.iter().enumerate().map(|(i, sample)| SampleView::of(&format!("sample{i}"), sample)).collect();
    environment.get_template("page.html")?.render(context! {
        policy => format!("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'"),
        style => STYLE,
        script => SCRIPT,
        name => &about.name,
        seed => about.seed,
        version => &about.version,
        fingerprint => &about.fingerprint,
        labels => runs.iter().map(|run| &run.label).collect::<Vec<_>>(),
        verdict => verdict::verdict(runs),
        table => verdict::table(runs),
        samples,
        curves => curves::figures(runs),
        matrices => runs.iter().filter_map(matrices).collect::<Vec<_>>(),
        architecture => contents.architecture.map(as_image),
        origin => runs.iter().map(origin).collect::<Vec<_>>(),
        spec => &about.spec,
        program => &about.program,
    })
}

/// A run's confusion matrices; none before it has finished.
fn matrices(run: &RunFacts) -> Option<minijinja::Value> {
    let outcome = run.outcome.as_ref()?;
    let concepts = outcome.concepts.iter().filter_map(|(name, matrix)| MatrixView::of(name, matrix));
    let result = MatrixView::of("result", &outcome.result);
    Some(context! { label => &run.label, result, concepts => concepts.collect::<Vec<_>>() })
}

/// How a run can be repeated.
fn origin(run: &RunFacts) -> minijinja::Value {
    let command = match run.kind {
        RunKind::Central => "consil train",
        RunKind::Federated => "consil federate simulate",
    };
    context! { label => &run.label, folder => &run.folder, command => format!("{command} {}/spec.toml", run.folder) }
}

/// A drawing as the source of an image: there no script in it can run, and its styles stay its own.
fn as_image(svg: &str) -> String {
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}
