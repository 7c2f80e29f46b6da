use super::*;
use crate::evidence::Evidence;
use crate::forecast::{Model, PointDate};

fn compare(text: &str) -> Comparison {
    let model = Model::parse("m.toml", text).unwrap_or_else(|error| panic!("{error}"));
    Comparison::of(&model.run().unwrap())
}

#[test]
fn no_cell_is_blank_and_none_is_without_what_it_stands_on() {
    let comparison = compare(EXAMPLE);
    assert_eq!(comparison.rows.len(), 20);
    for cell in comparison.rows.iter().flat_map(|row| &row.cells) {
        assert!(!cell.text().is_empty());
        match (&cell.content, &cell.evidence) {
            (Content::InsufficientEvidence { needed }, None) => assert!(!needed.is_empty()),
            (Content::Stated { .. }, Some(evidence)) => assert!(!matches!(evidence, Evidence::Computed { .. })),
            (_, Some(Evidence::Computed { from })) => assert!(from.contains("seed") && !cell.inputs.is_empty()),
            odd => panic!("{odd:?}"),
        }
    }
    let total: usize = Standing::ALL.iter().map(|standing| comparison.count(*standing)).sum();
    assert_eq!(total, 100);
    assert!(comparison.count(Standing::InsufficientEvidence) > 0, "nobody knows everything");
}

#[test]
fn a_judgement_behind_a_computation_shows() {
    let head = "today = 2026\nhorizon = 2060\nobserved = [2010, 2025]\n";
    let input = |source: &str| {
        format!(
            "{head}[quantity]\nwait = {{ value = \"5 to 20\", source = {source} }}\n[date]\n\
             d = {{ value = \"today + wait\", pathway = \"scaling\", stage = \"general\" }}"
        )
    };
    let cell =
        |comparison: &Comparison| comparison.cell(Pathway::Scaling, Stage::General, Aspect::Date).unwrap().clone();
    let judged = cell(&compare(&input("{ judgement = \"Ada\" }")));
    assert_eq!((judged.standing(), judged.judges()), (Standing::ComputedFromJudgement, vec!["Ada"]));
    let cited = cell(&compare(&input("{ cited = \"A 2020\" }")));
    assert_eq!(cited.standing(), Standing::Computed);
}

#[test]
fn a_claim_fills_a_cell_only_where_nothing_is_computed() {
    let text = "today = 2026\nhorizon = 2060\nobserved = [2010, 2025]\njudged-by = \"Ada\"\n[date]\n\
                d = { value = \"uniform(2030, 2034)\", pathway = \"scaling\", stage = \"general\", source = { judgement = \"Ada\" } }\n\
                [[claim]]\npathway = \"scaling\"\nstage = \"general\"\naspect = \"date\"\ntext = \"soon\"\n\
                [[claim]]\npathway = \"scaling\"\nstage = \"broad\"\naspect = \"date\"\ntext = \"2025\"\nsource = { cited = \"B 2025\" }\n\
                [[claim]]\nstage = \"general\"\naspect = \"date\"\ntext = \"50 % by 2047\"\nsource = { cited = \"C 2024\" }";
    let comparison = compare(text);
    let cell = |stage: Stage, aspect: Aspect| comparison.cell(Pathway::Scaling, stage, aspect).unwrap();
    assert!(matches!(
        cell(Stage::General, Aspect::Date).content,
        Content::Date { point: PointDate::Median { .. }, .. }
    ));
    assert_eq!(cell(Stage::Broad, Aspect::Date).text(), "2025");
    assert_eq!(cell(Stage::Broad, Aspect::Date).standing(), Standing::Cited);
    assert_eq!(cell(Stage::General, Aspect::BindingConstraint).standing(), Standing::InsufficientEvidence);
    assert_eq!(comparison.claims.len(), 1);
}

#[test]
fn the_text_names_every_pathway_stage_and_aspect() {
    let text = compare(EXAMPLE).text();
    for pathway in Pathway::ALL {
        assert!(text.contains(&format!("\n{}\n", pathway.name())));
    }
    assert_eq!(text.matches("  superintelligent\n").count(), 5);
    assert_eq!(text.matches("    binding-constraint").count(), 20);
    assert!(text.contains("[computed from judgement of this project"), "{text}");
}

#[test]
fn a_date_far_beyond_the_evidence_is_not_named() {
    let comparison = compare(EXAMPLE);
    for cell in comparison.rows.iter().flat_map(|row| &row.cells) {
        if let Content::Date { point: PointDate::Median { .. }, .. } = cell.content {
            assert!(cell.extrapolation.unwrap().ratio <= 1.0, "{}", cell.text());
        }
    }
}
