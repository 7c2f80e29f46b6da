//! The page as a whole: well nested, closed to the network, and never broken by what it is given.

mod facts;
mod nesting;

use super::*;
use crate::outcome::{ScoreKind, TargetScore};
use facts::{central, explanation, federated, head};

fn page(runs: &[RunFacts], samples: &[Explanation]) -> String {
    let html = html(&Contents {
        runs,
        architecture: Some("<svg xmlns=\"http://www.w3.org/2000/svg\"><text y=\"20\">conv</text></svg>"),
        samples,
    })
    .unwrap();
    check(&html);
    html
}

/// Checks a whole page, and leaves it in the folder `CONSIL_REPORT_OUT`, where that is set, to be looked at.
pub(crate) fn check(html: &str) {
    if let Ok(folder) = std::env::var("CONSIL_REPORT_OUT") {
        let name = std::thread::current().name().unwrap_or("page").replace("::", "-");
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), html).unwrap();
    }
    nesting::check(html);
    closed(html);
}

/// No attribute, style or script may name anything outside the page.
fn closed(html: &str) {
    for attribute in ["src", "href", "srcset", "action", "data", "poster", "xlink:href"] {
        for value in html.split(&format!(" {attribute}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(value.starts_with("data:image/") || value.starts_with('#'), "{attribute}={value}");
        }
    }
    for outside in ["url(", "@import", "fetch(", "XMLHttpRequest", "WebSocket", "import(", "//cdn"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src &#39;none&#39;"), "the policy forbids requests");
}

fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let start = html.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    let end = html[start..].find("</section>").unwrap() + start;
    &html[start..end]
}

#[test]
fn two_runs_stand_side_by_side() {
    let html = page(&[central(), federated()], &[explanation(), explanation()]);
    let figures = section(&html, "figures");
    assert!(figures.contains("<th scope=\"col\">central</th><th scope=\"col\">federated</th>"));
    assert!(figures.contains("<b>93.0\u{a0}%</b>") && figures.contains("<b>91.0\u{a0}%</b>"), "{figures}");
    assert!(
        html.contains(
            "Trained at 5 sites that keep their data to themselves, it reaches 91.0\u{a0}%, 2.0 points less."
        )
    );
    let learning = section(&html, "learning");
    for title in
        ["Loss", "Accuracy of the result", "Latent concepts", "Loss at each site, federated", "Client drift, federated"]
    {
        assert!(learning.contains(&format!("<h3>{title}</h3>")), "{title}");
    }
    assert_eq!(section(&html, "errors").matches("<table class=\"confusion").count(), 2 * 4);
    assert_eq!(section(&html, "samples").matches("<article").count(), 2);
    assert!(html.contains("consil federate simulate demo-002/spec.toml"));
}

#[test]
fn every_id_is_unique_and_every_reference_is_met() {
    let html = page(&[central(), federated()], &[explanation(), explanation(), explanation()]);
    let values = |attribute: &str| -> Vec<String> {
        let begin = format!(" {attribute}=\"");
        let found = html.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap());
        found.flat_map(|value| value.split(' ')).map(str::to_owned).collect()
    };
    let ids = values("id");
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    for attribute in ["aria-labelledby", "for"] {
        for value in values(attribute) {
            assert!(ids.contains(&value), "{attribute}={value}");
        }
    }
}

#[test]
fn one_run_needs_no_tabs_and_no_labels() {
    let html = page(&[central()], &[explanation()]);
    assert!(!html.contains("type=\"radio\""));
    assert!(!html.contains("Client drift"));
    assert!(
        html.contains("Trained on nothing but the result, the system answers 93.0\u{a0}% of 200 test samples right")
    );
}

#[test]
fn a_head_has_neither_concepts_nor_proofs() {
    let (run, sample) = head();
    let html = page(&[run], &[sample]);
    assert!(!html.contains("Because") && !html.contains("Latent concepts") && !html.contains("The rules"));
    assert!(html.contains("Trained in one place, the system answers"));
    assert!(section(&html, "samples").contains("absent from this sample"));
}

#[test]
fn several_targets_are_told_each_by_its_own_figures() {
    let (mut run, _) = head();
    let target = |name: &str, kind, metrics: &[(&str, f64)]| TargetScore {
        name: name.to_owned(),
        kind,
        n_judged: 51,
        unknown: std::collections::BTreeMap::new(),
        loss: 0.2,
        metrics: metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    let outcome = run.outcome.as_mut().unwrap();
    outcome.test.n_samples = 51;
    outcome.test.result_accuracy = f64::NAN;
    outcome.result = crate::outcome::Matrix::default();
    outcome.test.targets = vec![
        target("days_left", ScoreKind::Numbers, &[("r2", 0.875), ("mae", 10.5)]),
        target("state", ScoreKind::Class, &[("accuracy", 0.94), ("baseline", 0.51)]),
    ];
    for record in &mut run.records {
        if let Record::Epoch { metrics, .. } = record {
            metrics.remove("accuracy");
            metrics.insert("days_left.r2".to_owned(), -0.5);
        }
    }
    let html = page(&[run.clone()], &[]);
    let sentence = "the system answers 51 test samples. days_left: R² 0.8750, mean absolute error 10.50; state: accuracy 94.0\u{a0}%, always the \
                    most frequent class 51.0\u{a0}%.";
    assert!(html.contains(sentence), "{html}");
    let figures = section(&html, "figures");
    assert!(figures.contains("days_left: R²") && figures.contains("state: accuracy"), "{figures}");
    assert!(!figures.contains("<b>–</b>") && !figures.contains("most frequent answer"), "{figures}");
    assert!(!html.contains("in nats"), "the loss of a number is no likelihood");
    assert!(section(&html, "learning").contains("<h3>days_left: R²</h3>"));
    // One class alone is told as an accuracy.
    let outcome = run.outcome.as_mut().unwrap();
    outcome.test.targets.remove(0);
    outcome.test.result_accuracy = 0.94;
    assert!(page(&[run], &[]).contains("the system answers 94.0\u{a0}% of 51 test samples right"));
}

#[test]
fn strings_from_outside_stay_text() {
    const EVIL: &str = "<script>alert('1')</script>\"><img src=x onerror=y>";
    let mut run = central();
    run.label = EVIL.into();
    run.name = EVIL.into();
    run.folder = EVIL.into();
    run.version = EVIL.into();
    run.spec = EVIL.into();
    run.program = Some(EVIL.into());
    let outcome = run.outcome.as_mut().unwrap();
    outcome.result.labels[0] = EVIL.into();
    outcome.test.concepts.insert(EVIL.into(), 0.5);
    outcome.concepts.insert(EVIL.into(), outcome.result.clone());
    for record in &mut run.records {
        if let Record::Epoch { metrics, .. } = record {
            metrics.insert(format!("concept.{EVIL}"), 0.5);
        }
    }
    let mut sample = explanation();
    sample.id = EVIL.into();
    sample.answer = EVIL.into();
    sample.truth = Some(EVIL.into());
    sample.answers[0].label = EVIL.into();
    sample.flip.as_mut().unwrap().text = EVIL.into();
    sample.proofs[0].text = EVIL.into();
    sample.proofs[0].children[0].because = Some(EVIL.into());
    for modality in &mut sample.modalities {
        modality.item = EVIL.into();
        modality.network = Some(EVIL.into());
        modality.classes[0] = EVIL.into();
    }
    let mut said = sample.modalities[0].clone();
    said.view = crate::explain::View::Text { text: EVIL.into() };
    sample.modalities.push(said);
    let mut other = federated();
    other.label = EVIL.into();
    let html = page(&[run, other], &[sample]);
    assert_eq!(html.matches("<script>").count(), 1, "the page's own");
    assert!(!html.contains("<img src=x") && !html.contains("alert('"));
    assert!(html.contains("&lt;script&gt;"));
}

#[test]
fn gaps_and_nothing_at_all_do_not_break_the_page() {
    let mut run = central();
    run.records = vec![Record::Epoch {
        step: 1,
        epoch: 1,
        loss: f64::NAN,
        metrics: [("loss".to_owned(), f64::INFINITY), ("accuracy".to_owned(), f64::NAN)].into(),
        seconds: 0.0,
    }];
    let outcome = run.outcome.as_mut().unwrap();
    outcome.test.loss = f64::NAN;
    outcome.test.result_accuracy = f64::NAN;
    outcome.result = crate::outcome::Matrix::default();
    outcome.concepts.clear();
    outcome.logic_share = Some(f64::NAN);
    let mut sample = explanation();
    sample.probability = f64::NAN;
    sample.answers.iter_mut().for_each(|answer| answer.probability = f64::NAN);
    for modality in &mut sample.modalities {
        modality.probabilities.fill(f64::NAN);
        if let crate::explain::View::Spectrogram { values, .. } | crate::explain::View::Series { values, .. } =
            &mut modality.view
        {
            values.fill(f32::NAN);
        }
    }
    let page_of_gaps = page(&[run.clone()], &[sample]);
    assert!(!page_of_gaps.contains("NaN") && !page_of_gaps.contains("inf"));
    run.records.clear();
    run.outcome = None;
    let unfinished = page(&[run], &[]);
    assert!(unfinished.contains("The central run has not finished."));
    assert!(!unfinished.contains("id=\"learning\"") && !unfinished.contains("id=\"errors\""));
    assert!(matches!(html(&Contents { runs: &[], architecture: None, samples: &[] }), Err(ReportError::NoRuns)));
}

#[test]
fn the_policy_names_the_script_that_the_page_carries() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let html = page(&[central()], &[]);
    let script = html.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
    let policy =
        html.split("http-equiv=\"Content-Security-Policy\" content=\"").nth(1).unwrap().split("\">").next().unwrap();
    assert!(policy.contains(&format!("sha256-{hash}")), "{policy} {hash}");
}
