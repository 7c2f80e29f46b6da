use super::*;
use crate::profile::Profile;
use consil_diagnostic::Report;

fn assess(rest: &str) -> ScalingAssessment {
    let text = format!("name = \"x\"\njudged-by = \"the test\"\n[scale]\ntoday = 2026.0\n{rest}");
    let profile = Profile::parse("p.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    ScalingAssessment::of(&profile.scale.unwrap())
}

#[test]
fn the_gap_is_counted_in_orders_of_magnitude() {
    let found = assess("compute = 3.8e20\nparameters = 4.05e9");
    assert!((found.scale_factor.unwrap() - 1e5).abs() < 1e-6 && (found.gap.unwrap() - 5.0).abs() < 1e-12);
    let parameters = found.rows.iter().find(|row| row.measure == Measure::Parameters).unwrap();
    assert!((parameters.normalised.unwrap() - 0.01).abs() < 1e-12);
    let data = found.rows.iter().find(|row| row.measure == Measure::Data).unwrap();
    assert_eq!((data.current.as_ref(), data.normalised), (None, None), "what is not stated stays blank");
}

#[test]
fn chinchillas_own_budget_gives_chinchilla() {
    // Hoffmann et al. (2022): the budget of Gopher, 5.76e23 FLOP, spent on 70e9 parameters and 1.4e12 tokens.
    let found = assess("target = 5.76e23");
    let amount = |name: &str| found.requirements.iter().find(|r| r.name == name).unwrap().amount;
    assert!((amount("parameters") / 70e9 - 1.0).abs() < 0.02, "{}", amount("parameters"));
    assert!((amount("training data") / 1.4e12 - 1.0).abs() < 0.02);
}

#[test]
fn the_reference_run_costs_about_what_was_published() {
    // Llama 3.1-405B took 30.84 million H100 hours (Meta's model card): within a third, since 0.4 of the peak is a round figure.
    let found = assess("");
    let hours = found.requirements.iter().find(|r| r.name == "chip hours").unwrap().amount;
    assert!((hours / 30.84e6 - 1.0).abs() < 0.35, "{hours}");
}

#[test]
fn growth_by_a_factor_of_ten_crosses_five_orders_in_five_years() {
    let growth = "[scale.growth]\nfactor = [9.999999, 10.000001]\nobserved = [2016, 2026]\n";
    let found = assess(&format!("compute = 3.8e20\n{growth}"));
    let ScaleTimeline::Between { earliest, latest, extrapolation, .. } = found.timeline else { panic!("{found:?}") };
    assert!((earliest - 2031.0).abs() < 1e-4 && (latest - 2031.0).abs() < 1e-4);
    assert!((extrapolation.ratio - 0.5).abs() < 1e-4);
    // At 4.24 to 5.17 a year, 15.6 orders of magnitude take 24 years, and growth was observed for 15.
    assert!(
        matches!(assess("compute = 1e10").timeline, ScaleTimeline::TooFar { extrapolation, .. } if extrapolation.ratio > 1.0)
    );
    assert_eq!(assess("compute = 1e26").timeline, ScaleTimeline::Reached);
    assert!(matches!(assess("").timeline, ScaleTimeline::InsufficientEvidence { .. }));
}

#[test]
fn the_tightest_limit_comes_first_and_a_forbidden_target_is_a_risk() {
    let found = assess("compute = 1e26\ntarget = 1e30");
    assert_eq!(found.limitations[0].limit.constraint, Constraint::Energy);
    assert!(found.limitations[0].forbids && !found.limitations[3].forbids);
    assert!(found.risks[0].text.starts_with("Electric power forbids the target by 2030"), "{}", found.risks[0].text);
    assert!(assess("compute = 1e26\ntarget = 1e27").limitations.iter().all(|l| l.headroom.0 > 0.0));
}

#[test]
fn what_makes_no_scale_is_refused() {
    let refusal = |rest: &str| {
        let text = format!("name = \"x\"\njudged-by = \"t\"\n[scale]\n{rest}");
        Report::of(&Profile::parse("p.toml", &text).unwrap_err()).to_string()
    };
    assert!(refusal("compute = 1e20").contains("lacks the key `today`"));
    assert!(refusal("today = 2026\ncompute = -1.0").contains("must lie in"));
    let shrinking = refusal("today = 2026\n[scale.growth]\nfactor = [0.5, 0.9]\nobserved = [2010, 2020]");
    assert!(shrinking.contains("above 1 a year"), "{shrinking}");
    let nameless = refusal("today = 2026\n[scale.reference]\nname = \"r\"\nparameters = 1e9");
    assert!(nameless.contains("lacks the key `target`"), "{nameless}");
}
