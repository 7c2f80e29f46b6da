use super::*;
use crate::profile::Profile;
use crate::search::Round;

fn contest(volumes: &[(f64, f64)]) -> Contest {
    let round = |(i, (nsga2, random)): (usize, &(f64, f64))| Round {
        seed: i as u64,
        nsga2: *nsga2,
        random: *random,
        failed: 0,
        front: Vec::new(),
        random_front: Vec::new(),
    };
    Contest { budget: 200, reference: vec![1.0, 1.0], rounds: volumes.iter().enumerate().map(round).collect() }
}

#[test]
fn the_higher_ranks_of_five_seeds_are_evidence_and_mixed_ones_are_not() {
    let five = contest(&[(0.9, 0.8); 5]);
    let found = EvolutionaryAssessment::of(Some(&five), Some(1e9), None);
    let search = found.search.as_ref().unwrap();
    assert_eq!((search.wins, search.flop), (5, Some(2e12)));
    assert!((found.gap_of_search.unwrap() - (41.0 - 2e12f64.log10())).abs() < 1e-12);
    assert!(found.risks.iter().any(|risk| risk.text.contains("beats random search on 5 of 5 seeds; on another")));
    let volumes = [(0.9, 0.8), (0.91, 0.92), (0.7, 0.81), (0.93, 0.82), (0.94, 0.83)];
    let found = EvolutionaryAssessment::of(Some(&contest(&volumes)), None, None);
    assert!(
        found.risks.iter().any(|risk| risk.text.contains("3 of 5 seeds, which chance gives with probability 0.15"))
    );
    assert_eq!(found.gap_of_search, None);
    assert!(matches!(found.timeline, AnchorTimeline::InsufficientEvidence { .. }));
}

#[test]
fn the_anchor_lies_too_far_for_a_date_at_the_growth_of_today() {
    let assess = |rest: &str| {
        let text = format!("name = \"x\"\njudged-by = \"t\"\n[scale]\ntoday = 2026.9\n{rest}");
        EvolutionaryAssessment::of(None, None, Profile::parse("p", &text).unwrap().scale.as_ref()).timeline
    };
    // 14.33 orders at 4.24 to 5.17 a year are 20.1 to 22.9 years from 2025.13, and growth was observed for 15.4.
    let AnchorTimeline::TooFar { extrapolation, .. } = assess("") else { panic!() };
    assert!((extrapolation.ratio - (2046.6 - 2025.4) / 15.4).abs() < 0.01, "{extrapolation:?}");
    let fast = assess("[scale.growth]\nfactor = [99.99, 100.01]\nobserved = [2010, 2025.4]");
    let AnchorTimeline::Between { earliest, latest, .. } = fast else { panic!() };
    assert!((earliest - 2032.3).abs() < 0.1 && (latest - 2032.3).abs() < 0.1, "{earliest} {latest}");
}

#[test]
fn a_contest_without_rounds_found_nothing() {
    let found = EvolutionaryAssessment::of(Some(&contest(&[])), Some(1e9), None);
    assert!(found.search.is_none() && found.gap_of_search.is_none());
}
