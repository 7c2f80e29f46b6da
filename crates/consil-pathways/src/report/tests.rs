use super::*;
use crate::compare::EXAMPLE;
use crate::forecast::{Model, SpreadScale};
use crate::pathway::Stage;
use crate::profile::Profile;

fn page() -> String {
    let model = Model::parse("pathways.toml", &EXAMPLE.replace("samples = 20000", "samples = 500")).unwrap();
    let forecast = model.run().unwrap();
    let comparison = Comparison::of(&forecast);
    let hybrid = HybridAssessment::of(&forecast, Stage::General);
    let profile = Profile::parse(
        "p.toml",
        &crate::profile::EXAMPLE.replace("name = \"GPT-4 (2023)\"", "name = \"a <b>bold</b> & 'quoted' system\""),
    )
    .unwrap();
    let cognitive = CognitiveAssessment::of(&profile);
    let scaling = profile.scale.as_ref().map(ScalingAssessment::of);
    let architectural = profile.architecture.as_ref().map(|a| ArchitecturalAssessment::of(a, &[], None));
    let evolutionary = EvolutionaryAssessment::of(None, None, profile.scale.as_ref());
    let index = Index {
        scale: SpreadScale::Linear,
        factor: "growth".into(),
        first: 0.4,
        first_error: 0.01,
        total: 0.6,
        total_error: 0.01,
    };
    let report = Report {
        title: "Five <pathways>",
        comparison: Some(&comparison),
        forecast: Some(&forecast),
        sensitivities: &[("scaling-general".to_owned(), vec![index])],
        hybrid: Some(&hybrid),
        cognitive: Some(&cognitive),
        scaling: scaling.as_ref(),
        architectural: architectural.as_ref(),
        evolutionary: Some(&evolutionary),
        contest: None,
        fits: &[],
    };
    report.html().unwrap()
}

#[test]
fn the_page_asks_for_nothing_and_forbids_it() {
    let page = page();
    assert!(page.contains("default-src &#39;none&#39;"));
    for outside in ["<script", "<link", "<img", "<iframe", "src=", "@import", "url(", "http://", "https://"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn strings_from_files_stay_strings() {
    let page = page();
    assert!(!page.contains("<b>bold</b>") && page.contains("&lt;b&gt;bold"));
    assert!(page.contains("<title>Five &lt;pathways&gt; · Pathways</title>"));
}

#[test]
fn every_section_is_there_with_its_anchor_and_ids_are_unique() {
    let page = page();
    for id in [
        "pathways",
        "when",
        "sensitivities",
        "hybrid",
        "cognitive",
        "scaling",
        "architectural",
        "evolutionary",
        "inputs",
    ] {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), n);
    assert!(!page.contains("NaN") && !page.contains(">inf"));
}

#[test]
fn nothing_to_show_is_refused() {
    let refused = Report::default().html().unwrap_err();
    assert!(refused.to_string().contains("the report has no content"));
}

#[test]
fn every_column_of_every_table_has_a_name() {
    let page = page();
    for nameless in ["<th scope=\"col\"></th>", "<thead><tr><td>"] {
        assert!(!page.contains(nameless), "{nameless}");
    }
}
