//! Searches over designs and ablations of one's own models.

use serde_json::Value;

use crate::project::Project;

/// Widths and a rate of the tiny project.
const SPACE: &str = r#"[gene]
image-width = { integer = [2, 12] }
voice-width = { integer = [2, 12] }
hidden = { choice = ["", "{ linear = 8 }, 'relu'"] }
rate = { log-real = [1e-3, 3e-2] }
[set]
"network.digit.encoder" = "['flatten', { linear = $image-width }, 'relu', $hidden]"
"network.spoken.encoder" = "['flatten', { linear = $voice-width }, 'relu']"
"train.optimizer" = "{ adam = { lr = $rate } }"
"#;

const SEARCH: &str =
    "pathways evolve tiny.toml --space space.toml --set data.split.valid=0.25 --set train.epochs=1 --population 4";

fn project() -> Project {
    let project = Project::new();
    project.write("space.toml", SPACE);
    project
}

fn journal(project: &Project) -> Vec<Value> {
    let text = project.read("runs/evolve/journal.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_search_weighs_loss_against_cost_and_repeats_from_its_journal() {
    let project = project();
    let search = format!("{SEARCH} --budget 12 --seeds 2");
    let found = project.json(&search);
    let rounds = found["contest"]["rounds"].as_array().unwrap();
    assert_eq!((rounds.len(), &found["contest"]["budget"]), (2, &12.into()));
    for round in rounds {
        for volume in [&round["nsga2"], &round["random"]] {
            assert!((0.0..=1.0).contains(&volume.as_f64().unwrap()), "{round}");
        }
    }
    let evaluated = journal(&project);
    assert_eq!(found["n_trained"], evaluated.len());
    // No design of the front is beaten in everything by one that was evaluated for the same seed's front.
    let front = found["front"].as_array().unwrap();
    let numbers = |design: &Value| ["loss", "forward_flops", "memory_bytes"].map(|key| design[key].as_f64().unwrap());
    for a in front {
        for b in front {
            let (a, b) = (numbers(a), numbers(b));
            assert!(!(0..3).all(|i| b[i] < a[i]), "{a:?} {b:?}");
        }
    }
    let mut again = project.json(&search);
    assert_eq!(again["n_trained"], 0);
    again["n_trained"] = found["n_trained"].clone();
    assert_eq!(again, found);
}

#[test]
fn a_killed_search_goes_on() {
    let project = project();
    let search = format!("{SEARCH} --budget 24 --seeds 1 --set train.epochs=40");
    let mut child = project.start(&search);
    let begun = std::time::Instant::now();
    while !project.path("runs/evolve/journal.jsonl").exists() || journal_lines(&project) < 3 {
        assert!(begun.elapsed().as_secs() < 60, "nothing was evaluated");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let known = journal_lines(&project);
    let resumed = project.json(&search);
    let whole = journal(&project);
    assert_eq!(resumed["n_trained"].as_u64().unwrap() as usize, whole.len() - known);
    let other = project.json(&format!("{search} --journal apart.jsonl"));
    assert_eq!(other["contest"], resumed["contest"]);
}

/// Whole lines.
fn journal_lines(project: &Project) -> usize {
    project.read("runs/evolve/journal.jsonl").matches('\n').count()
}

#[test]
fn cma_es_makes_the_loss_small_over_ordered_genes() {
    let project = project();
    let found = project.json(&format!("{SEARCH} --by cma-es --budget 8 --seeds 1"));
    let losses: Vec<f64> =
        journal(&project).iter().map(|entry| entry["objectives"]["loss"].as_f64().unwrap()).collect();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let round = &found["rounds"][0];
    assert_eq!(round["cma_es"].as_f64().unwrap().min(round["random"].as_f64().unwrap()), least);
    assert!(journal(&project).iter().all(|entry| !entry["design"].as_str().unwrap().contains("hidden")));
}

#[test]
fn searches_that_cannot_be_made_are_refused() {
    let project = project();
    let without = project.refused("pathways evolve tiny.toml --space space.toml --budget 4 --seeds 1");
    assert!(without.contains("no validation rows") && without.contains("help:"), "{without}");
    assert!(project.refused("pathways evolve tiny.toml").contains("--space"));
    assert!(project.refused(&format!("{SEARCH} --budget 1")).contains("--budget is 1"));
    assert!(project.refused(&format!("{SEARCH} --seeds 0")).contains("--seeds is 0"));
    project.write("bad.toml", &SPACE.replace("$rate", "$rte"));
    let unknown = project.refused("pathways evolve tiny.toml --space bad.toml --set data.split.valid=0.2");
    assert!(unknown.contains("uses `$rte`") && unknown.contains("rate"), "{unknown}");
    project.write("key.toml", &SPACE.replace("network.spoken.encoder", "network.spoken.encodr"));
    let key = project.refused("pathways evolve tiny.toml --space key.toml --set data.split.valid=0.2");
    assert!(key.contains("encodr"), "{key}");
    project.write("runs/evolve/journal.jsonl", "not a line of ours\n");
    let damaged = project.refused(&format!("{SEARCH} --budget 4"));
    assert!(damaged.contains("journal.jsonl:1:") && damaged.contains("--journal"), "{damaged}");
}

const ROWS: &str = r#"[[row]]
name = "two networks against none"
innovation = "modular-architecture"
task = "the sum of an image and a tone"
[row.compare.specs]
with = { spec = "tiny.toml", set = { "network.digit.encoder" = "['flatten', { linear = 8 }, 'relu']" } }
without = { spec = "tiny.toml", set = { "train.epochs" = "1" } }
"#;

#[test]
fn ablations_are_measured_once_and_shown_as_measured() {
    let project = project();
    project.write("rows.toml", ROWS);
    let found = project.json("pathways ablate rows.toml --seeds 2");
    let row = &found["ablations"][0];
    assert_eq!((&row["n_seeds"], &row["innovation"]), (&2.into(), &"modular-architecture".into()));
    // Three epochs against one: three times the operations of one, but for the layers.
    assert!(row["cost_ratio"].as_f64().unwrap() > 0.0);
    let file = project.read("ablations.json");
    let before: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(before[0]["costs"][0]["unit"], "parameters");
    project.consil("pathways ablate rows.toml --seeds 2").assert().success();
    assert_eq!(project.read("ablations.json"), file, "it was measured again");
    let profile = project.json("pathways profile --ablations ablations.json");
    assert_eq!(profile["architectural"]["ablations"][0]["name"], "two networks against none");
    let text = project.consil("pathways profile --ablations ablations.json").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("two networks against none on the sum of an image and a tone"), "{text}");
    project.consil("pathways report page.html --ablations ablations.json").assert().success();
    assert!(project.read("page.html").contains("two networks against none"));

    let none = project.refused("pathways ablate rows.toml --only nothing");
    assert!(none.contains("no row `nothing`") && none.contains("two networks against none"), "{none}");
    project.write("bad.toml", &ROWS.replace("without", "wihout"));
    assert!(project.refused("pathways ablate bad.toml --out b.json").contains("wihout"));
    project.write("ablations.json", "[{}]");
    assert!(project.refused("pathways profile --ablations ablations.json").contains("ablations.json:1:"));
}
