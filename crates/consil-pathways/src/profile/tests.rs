use consil_diagnostic::Report;
use proptest::prelude::*;

use super::plan::rests_on;
use super::*;
use crate::evidence::Evidence;
use crate::pathway::Stage;

fn profile(rest: &str) -> Profile {
    Profile::parse("p.toml", &format!("name = \"x\"\njudged-by = \"the test\"\n{rest}"))
        .unwrap_or_else(|e| panic!("{e}"))
}

fn refusal(rest: &str) -> String {
    Report::of(&Profile::parse("p.toml", &format!("name = \"x\"\n{rest}")).unwrap_err()).to_string()
}

#[test]
fn published_scores_add_up_to_the_published_totals() {
    // arXiv:2510.18212 v1, the table of all domains: GPT-4 27 %, GPT-5 57 %.
    let wanted = [
        (GPT_4, 27.0, [8.0, 6.0, 4.0, 0.0, 2.0, 0.0, 4.0, 0.0, 0.0, 3.0]),
        (GPT_5, 57.0, [9.0, 10.0, 10.0, 7.0, 4.0, 0.0, 4.0, 4.0, 6.0, 3.0]),
    ];
    for (system, total, domains) in wanted {
        let score = AgiScore::published(system);
        assert_eq!(score.total(), total);
        assert_eq!(score.domains.iter().map(DomainScore::points).collect::<Vec<_>>(), domains);
        assert_eq!(score.bounds(), (total, total));
        assert!(score.domains.iter().all(|domain| domain.parts.iter().map(|part| part.most).sum::<f64>() == 10.0));
    }
    assert_eq!(AgiScore::published(GPT_4).stage(), Some(Stage::Narrow));
    assert_eq!(AgiScore::published(GPT_5).stage(), Some(Stage::Broad));
}

#[test]
fn what_is_not_assessed_widens_the_score() {
    let score = profile("[agi-definition.knowledge]\nscience = 2\nhistory = 1").agi_score.unwrap();
    assert_eq!(score.bounds(), (3.0, 3.0 + 96.0));
    assert_eq!(score.stage(), None);
}

#[test]
fn levels_follow_table_1_of_morris() {
    for (percentile, level) in [
        (0.0, Level::None),
        (10.0, Level::Emerging),
        (50.0, Level::Competent),
        (90.0, Level::Expert),
        (99.0, Level::Virtuoso),
        (100.0, Level::Superhuman),
    ] {
        assert_eq!(Level::of_percentile(percentile), level);
    }
    // One superhuman task of ten makes a narrow superhuman, and a general system of what nine of ten reach.
    let mut text = "[percentile]\nprotein-folding = 100\n".to_owned();
    (1..10).for_each(|i| text.push_str(&format!("t{i} = 55\n")));
    let levels = CognitiveAssessment::of(&profile(&text)).levels.unwrap();
    assert_eq!((levels.narrow, levels.general), (Level::Superhuman, Level::Competent));
    assert_eq!(CognitiveAssessment::of(&profile("[memory]\nworking = 1")).levels, None);
}

#[test]
fn a_score_that_nobody_stated_is_zero_and_says_so() {
    let assessment = CognitiveAssessment::of(&profile("[perception]\nvisual = 0.8\nauditory = 0.6"));
    let perception = assessment.faculty(Faculty::Perception).unwrap();
    assert!((perception.score - 1.4 / 5.0).abs() < 1e-12);
    assert_eq!((perception.assessed_score, perception.n_assessed), (Some(0.7), 2));
    let tactile = perception.abilities.iter().find(|a| a.name == "tactile").unwrap();
    assert_eq!((tactile.score, tactile.gap, &tactile.evidence), (0.0, 1.0, &Evidence::Default));
    assert!(assessment.risks.iter().any(|risk| risk.text.contains("25 of 27 abilities were not assessed")));
}

#[test]
fn requirements_form_no_circle_and_every_path_is_unique() {
    let mut paths: Vec<String> = Ability::all().iter().map(|info| info.ability.path()).collect();
    for info in Ability::all() {
        assert_eq!(info.ability.info(), info);
        assert!(!rests_on(info.ability, info.ability), "{}", info.name);
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), Ability::all().len());
}

#[test]
fn the_plan_opens_most_first() {
    // Of equal gaps everywhere, attention carries the most: working memory, all of reasoning, planning, few-shot learning rest on it.
    let plan = CognitiveAssessment::of(&profile("[memory]\nworking = 0")).plan;
    assert_eq!(plan[0].ability, Ability::Attention);
    // With attention solved and working memory nearly so, the next is what carries most among the rest.
    let plan = CognitiveAssessment::of(&profile("[perception]\nattention = 1\n[memory]\nworking = 0.98")).plan;
    assert!(plan.iter().all(|step| step.ability != Ability::Attention && step.ability != Ability::Working));
    assert_eq!(plan[0].ability, Ability::Deductive, "{:?}", plan[0]);
}

proptest! {
    #[test]
    fn a_plan_never_puts_an_ability_before_what_it_rests_on(scores in prop::collection::vec(0.0..1.0f64, 27)) {
        let mut text = String::new();
        for faculty in Faculty::ALL {
            text.push_str(&format!("[{}]\n", faculty.name()));
            for (info, score) in Ability::all().iter().zip(&scores).filter(|(info, _)| info.faculty == faculty) {
                text.push_str(&format!("{} = {score}\n", info.name));
            }
        }
        let assessment = CognitiveAssessment::of(&profile(&text));
        let order: Vec<Ability> = assessment.plan.iter().map(|step| step.ability).collect();
        for (i, step) in assessment.plan.iter().enumerate() {
            prop_assert!(step.after.iter().all(|needed| order[..i].contains(needed)), "{step:?}");
        }
        let gaps = assessment.faculties.iter().flat_map(|f| &f.abilities).filter(|a| a.gap > 0.05).count();
        prop_assert_eq!(gaps, order.len());
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _ = Profile::parse("p.toml", &text);
    }
}

#[test]
fn refusals_say_where_and_how_to_mend_it() {
    for (rest, wanted) in [
        (
            "[perception]\nvisaul = 0.5",
            &["p.toml:3:1", "unknown key `perception.visaul`", "did you mean `visual`?"][..],
        ),
        ("judged-by = \"A\"\n[memory]\nworking = 1.5", &["p.toml:4:11", "must lie in 0 to 1"]),
        ("[memory]\nworking = 0.5", &["p.toml:3:11", "`working` has no source", "judged-by"]),
        ("[memory]\nworking = { value = 0.5, source = { cited = \"\" } }", &["the source is empty"]),
        (
            "[memory]\nworking = { value = 0.5, source = { cited = \"a\", measured = \"b\" } }",
            &["one of measured, cited"],
        ),
        ("judged-by = \"A\"\n[agi-definition.speed]\nreading-speed = 2", &["must lie in 0 to 1"]),
        ("[agi-definition]\npublished = \"gpt-6\"", &["unknown value `gpt-6`", "did you mean `gpt-"]),
        ("[percption]\nvisual = 1", &["unknown key `percption`", "did you mean `perception`?"]),
        ("", &["the profile states nothing"]),
        ("[memory]\nworking = \"good\"", &["must be a finite number", "string"]),
    ] {
        let message = refusal(rest);
        for part in wanted {
            assert!(message.contains(part), "{rest}\n{message}\nlacks {part:?}");
        }
    }
    assert!(Profile::parse("p.toml", "[memory]").unwrap_err().to_string().contains("lacks the key `name`"));
}

#[test]
fn the_example_is_read_and_nothing_in_it_is_without_a_source() {
    let profile = Profile::parse("example.toml", EXAMPLE).unwrap();
    assert!(profile.abilities.len() > 5 && profile.scale.is_some() && profile.architecture.is_some());
    let assessment = CognitiveAssessment::of(&profile);
    assert!(!assessment.plan.is_empty() && !assessment.risks.is_empty());
}

#[test]
fn a_bolder_planner_than_knower_is_a_risk() {
    let risks = |text: &str| {
        let assessment = CognitiveAssessment::of(&profile(text));
        assessment.risks.iter().any(|risk| risk.text.contains("better than it knows its own limits"))
    };
    let meta = "[meta-cognition]\ncalibration = 0.8\nerror-detection = 0.8\nmonitoring = 0.8\nstrategy = 0.8\n";
    assert!(risks("[planning]\nlookahead = 0.9"));
    assert!(!risks(&format!("{meta}[planning]\nlookahead = 0.9")));
}
