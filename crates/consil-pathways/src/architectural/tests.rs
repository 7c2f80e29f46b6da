use super::*;
use crate::profile::Profile;

const ROWS: &str = r#"[
  { "name": "rules against none", "innovation": "modular-architecture", "task": "demo", "metric": "accuracy", "better": "higher",
    "with": [0.90, 0.92, 0.91], "without": [0.60, 0.63, 0.60], "cost-with": 3.0, "cost-without": 2.0, "cost-unit": "s", "from": "runs a, b" },
  { "name": "attention against pooling", "task": "demo", "metric": "loss", "better": "lower",
    "with": [0.50, 0.40], "without": [0.45, 0.46], "cost-with": 2.0, "cost-without": 2.0, "cost-unit": "s", "from": "runs c" },
  { "name": "one seed", "task": "demo", "metric": "loss", "better": "lower",
    "with": [0.5], "without": [0.6], "cost-with": 1.0, "cost-without": 2.0, "cost-unit": "s", "from": "runs d" }
]"#;

fn assess(rest: &str, gap: Option<(f64, f64)>) -> ArchitecturalAssessment {
    let text = format!("name = \"x\"\njudged-by = \"t\"\n[architecture]\nattention = \"partial\"\n{rest}");
    let profile = Profile::parse("p.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    ArchitecturalAssessment::of(&profile.architecture.unwrap(), &read_ablations("a.json", ROWS).unwrap(), gap)
}

#[test]
fn gains_are_paired_and_signed_by_what_is_better() {
    let results: Vec<AblationResult> = read_ablations("a.json", ROWS).unwrap().iter().map(Ablation::result).collect();
    // Differences 0.30, 0.29, 0.31: mean 0.30, s = 0.01, error 0.01/√3.
    assert!((results[0].gain - 0.3).abs() < 1e-12);
    assert!((results[0].gain_error.unwrap() - 0.01 / 3f64.sqrt()).abs() < 1e-12);
    assert_eq!((results[0].verdict, results[0].cost_ratio), (Verdict::Better, 1.5));
    // Of losses, −0.05 and +0.06: mean 0.005, far within its error.
    assert!((results[1].gain - 0.005).abs() < 1e-12);
    assert_eq!(results[1].verdict, Verdict::Unclear);
    assert_eq!((results[2].verdict, results[2].gain_error), (Verdict::OneSeed, None));
}

#[test]
fn two_seeds_alone_hardly_ever_help() {
    let verdict = |with: &str, without: &str| {
        let rows = ROWS.replace("[0.50, 0.40]", with).replace("[0.45, 0.46]", without);
        read_ablations("a.json", &rows).unwrap()[1].result().verdict
    };
    // Of losses, gains of 0.10 and 0.14: six standard errors, and t of one degree of freedom reaches 12.7.
    assert_eq!(verdict("[0.50, 0.40]", "[0.60, 0.54]"), Verdict::Unclear);
    assert_eq!(verdict("[0.50, 0.50]", "[0.60, 0.601]"), Verdict::Better);
    assert_eq!(verdict("[0.60, 0.601]", "[0.50, 0.50]"), Verdict::Worse);
    // The same difference twice is no measure of its spread.
    assert_eq!(verdict("[0.90, 0.90]", "[0.91, 0.91]"), Verdict::Unclear);
}

#[test]
fn what_others_wait_for_comes_first() {
    let found = assess("", None);
    assert_eq!(found.innovations[0].innovation, Innovation::ModularArchitecture);
    assert_eq!(found.innovations[0].priority, Priority::High);
    assert!(found.innovations[1..].iter().all(|row| row.priority == Priority::Low && !row.waits_for.is_empty()));
    let found =
        assess("[architecture.innovation]\nmodular-architecture = \"present\"\nworking-memory = \"partial\"", None);
    let order: Vec<(Innovation, Priority)> =
        found.innovations.iter().map(|row| (row.innovation, row.priority)).collect();
    assert_eq!(order[0], (Innovation::WorkingMemory, Priority::High));
    assert_eq!(order[1], (Innovation::MultimodalIntegration, Priority::High));
    assert_eq!(order[4], (Innovation::ModularArchitecture, Priority::None));
    assert!(found.innovations[4].measured[0].contains("gain +0.3000"));
}

#[test]
fn halving_times_give_years() {
    // A factor of 2⁶ at 2 to 22 months a halving: 1 to 11 years.
    let AlgorithmicTimeline::Years { low, high, extrapolation, .. } = assess("", Some((64.0, 2026.0))).timeline else {
        panic!("years")
    };
    assert!((low - 1.0).abs() < 1e-12 && (high - 11.0).abs() < 1e-12);
    assert!((extrapolation.ratio - (2032.0 - 2023.0) / 11.0).abs() < 1e-12);
    let far = assess("", Some((4096.0, 2026.0))).timeline;
    assert!(matches!(far, AlgorithmicTimeline::TooFar { extrapolation, .. } if extrapolation.ratio > 1.0));
    assert_eq!(assess("", Some((0.5, 2026.0))).timeline, AlgorithmicTimeline::NoGap);
    assert!(matches!(assess("", None).timeline, AlgorithmicTimeline::InsufficientEvidence { .. }));
}

#[test]
fn ablations_that_cannot_be_used_are_refused() {
    let refusal = |from: &str, to: &str| read_ablations("a.json", &ROWS.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(refusal("\"metric\"", "\"metrik\"").contains("a.json:2:"), "{}", refusal("\"metric\"", "\"metrik\""));
    assert!(
        refusal("0.63, 0.60]", "0.63]").contains("row 1 (rules against none): `with` has 3 values and `without` 2")
    );
    assert!(
        refusal("modular-architecture", "modular").contains("did you mean")
            || refusal("modular-architecture", "modular").contains("known are")
    );
    assert!(refusal("\"cost-with\": 3.0", "\"cost-with\": 0.0").contains("costs must be positive"));
    assert!(refusal("runs c", " ").contains("row 2 (attention against pooling): `from` is empty"));
}

#[test]
fn dependencies_form_no_circle_and_all_is_in_order() {
    for (i, innovation) in Innovation::ALL.into_iter().enumerate() {
        assert!(innovation.requires().iter().all(|needed| Innovation::ALL[..i].contains(needed)), "{innovation:?}");
        assert!(!innovation.rests_on(innovation));
    }
}
