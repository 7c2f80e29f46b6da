//! The page: templates, style and the values that fill them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
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

/// What the templates read.
#[derive(Serialize)]
struct Page<'a> {
    policy: String,
    style: &'a str,
    script: &'a str,
    name: &'a str,
    seed: u64,
    version: &'a str,
    fingerprint: &'a str,
    labels: Vec<&'a str>,
    verdict: Vec<String>,
    table: Vec<verdict::Figures>,
    samples: Vec<SampleView<'a>>,
    curves: Vec<curves::Figure>,
    matrices: Vec<Matrices<'a>>,
    architecture: Option<String>,
    origin: Vec<Origin<'a>>,
    spec: &'a str,
    program: Option<&'a str>,
}

/// A run's confusion matrices.
#[derive(Serialize)]
struct Matrices<'a> {
    label: &'a str,
    result: Option<MatrixView>,
    concepts: Vec<MatrixView>,
}

/// How a run can be repeated.
#[derive(Serialize)]
struct Origin<'a> {
    label: &'a str,
    folder: &'a str,
    command: String,
}

/// The page of a report. Every string from outside is escaped by the templates (their names end in `.html`) or by
/// [`Svg`](consil_svg::Svg); the page's own policy forbids every request and every script but the one it carries, by its hash.
pub(super) fn html(contents: &Contents<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    environment.get_template("page.html")?.render(Serde(page(contents)))
}

fn page<'a>(contents: &Contents<'a>) -> Page<'a> {
    let runs = contents.runs;
    let about = runs.last().expect("a report is of at least one run");
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    let samples = contents.samples.iter().enumerate();
    Page {
        policy: format!("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'"),
        style: STYLE,
        script: SCRIPT,
        name: &about.name,
        seed: about.seed,
        version: &about.version,
        fingerprint: &about.fingerprint,
        labels: runs.iter().map(|run| run.label.as_str()).collect(),
        verdict: verdict::verdict(runs),
        table: verdict::table(runs),
        samples: samples.map(|(i, sample)| SampleView::of(&format!("sample{i}"), sample)).collect(),
        curves: curves::figures(runs),
        matrices: runs.iter().filter_map(matrices).collect(),
        architecture: contents.architecture.map(as_image),
        origin: runs.iter().map(origin).collect(),
        spec: &about.spec,
        program: about.program.as_deref(),
    }
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

fn origin(run: &RunFacts) -> Origin<'_> {
    let command = match run.kind {
        RunKind::Central => "consil train",
        RunKind::Federated => "consil federate simulate",
    };
    Origin { label: &run.label, folder: &run.folder, command: format!("{command} {}/spec.toml", run.folder) }
}

/// A drawing as the source of an image: there no script in it can run, and its styles stay its own.
fn as_image(svg: &str) -> String {
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}
