use super::*;
use crate::evidence::Evidence;
use crate::forecast::{Model, PointDate};
use consil_diagnostic::Report;

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
fn the_text_names_every_pathway_stage_and_aspect_within_its_width() {
    let comparison = compare(EXAMPLE);
    for width in [80, 120] {
        let text = comparison.text(width);
        for pathway in Pathway::ALL {
            assert!(text.contains(&format!("\n{}\n", pathway.name().to_uppercase())));
        }
        assert_eq!(text.matches("\n  superintelligent: ").count(), 5);
        // Every cell stands there: by itself, or named among what is not known of its stage.
        let known = comparison.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.evidence.is_some()).count();
        let labels = ["FLOP", "cost", "date", "probability", "constraint"];
        let lines = text.lines().filter(|line| labels.iter().any(|label| line.starts_with(&format!("    {label} "))));
        assert_eq!(lines.count(), known);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("[computed, from the judgement of this project among"), "{text}");
        assert!(flat.contains("insufficient evidence; needed: a published estimate of GPT-5's training compute"));
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        // Numbers in brackets name a source below.
        for number in 1..=text.matches("\n  [").count() {
            assert!(
                text.contains(&format!("\n  [{number}] ")) && flat.contains(&format!("cited {number}]")),
                "{number}"
            );
        }
    }
}

#[test]
fn what_was_measured_stands_with_its_pathway_and_its_source() {
    let ablation = crate::architectural::read_ablations(
        "a.json",
        r#"[{"name": "rules against none", "task": "sums", "metric": "accuracy", "better": "higher", "with": [0.90, 0.92, 0.91],
            "without": [0.60, 0.63, 0.60], "cost-with": 3.0, "cost-without": 2.0, "cost-unit": "FLOP", "from": "runs/a"}]"#,
    )
    .expect("an ablation");
    let search = read_search(
        "s.json",
        r#"{"objectives": ["loss", "flops"], "training_flops": 4.6e12, "n_trained": 9, "contest": {"budget": 72, "reference": [1, 1],
            "rounds": [{"seed": 1, "nsga2": 0.4, "random": 0.3, "failed": 0, "front": [], "random_front": []},
                       {"seed": 2, "nsga2": 0.5, "random": 0.6, "failed": 0, "front": [], "random_front": []}]}}"#,
    )
    .expect("a search");
    let measured = vec![
        Measurement::of_ablation(&ablation[0].result()),
        Measurement::of_search(&search),
        Measurement::of_anchor(),
    ];
    let text = compare(EXAMPLE).with_measured(measured).text(200);
    let of = |from: &str, to: &str| {
        let (begin, end) = (text.find(from).expect("a heading"), text.find(to).expect("a heading"));
        text[begin..end].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let architectural = of("\nARCHITECTURAL", "\nCOGNITIVE");
    assert!(architectural.contains("gain +0.3000 ± 0.0058 over 3 seeds: helps; cost: 1.50 × the FLOP [measured"));
    // Ranks 2 and 3 of four sum to 5, as those of four of the six pairs do or more; log10(1e41 / 4.6e12) = 28.34; log10(1e41 / 4.64e26) = 14.33.
    let evolutionary = of("\nEVOLUTIONARY", "\nHYBRID");
    assert!(evolutionary.contains("45.0 % of the box, random search 45.0 %"), "{evolutionary}");
    assert!(evolutionary.contains("on 1 of 2, by chance with probability 0.67; cost: 4.6e12 FLOP of training, 28.3"));
    assert!(evolutionary.contains("1e41 FLOP; cost: 14.3 orders of magnitude above"), "{evolutionary}");
    assert!(text.contains("s.json (measured, sha256 "), "{text}");
}

#[test]
fn a_file_that_no_search_wrote_is_refused() {
    let error = |text: &str| Report::of(&read_search("s.json", text).expect_err("an error")).to_string();
    assert!(error("{\n\"contest\": 3}").starts_with("s.json:2:"), "{}", error("{\n\"contest\": 3}"));
    let of = |rounds: &str| {
        format!(
            r#"{{"objectives": [], "training_flops": 1, "contest": {{"budget": 1, "reference": [], "rounds": [{rounds}]}}}}"#
        )
    };
    assert!(error(&of("")).contains("no rounds"));
    let odd = r#"{"seed": 1, "nsga2": 1.5, "random": 0, "failed": 0, "front": [], "random_front": []}"#;
    assert!(error(&of(odd)).contains("between 0 and 1") && error(&of(odd)).contains("evolve --json"));
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
