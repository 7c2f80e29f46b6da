//! A project made for a table that somebody has: inferred once, written down, and trained as it is.

use crate::project::Project;

#[test]
fn a_project_made_for_a_table_is_trained_as_it_is() {
    let project = Project::new();
    let line = |i: usize| {
        let (colour, label) = (["red", "green", "blue"][i % 3], ["no", "yes"][i % 2]);
        let note = ["quiet and dry", "loud, wet", "hums a little"][i % 3];
        format!(
            "r{i:03},{}.5,{colour},\"{note} number {i}\",{},{label}\n",
            (i * 7) % 11,
            if i.is_multiple_of(2) { "" } else { "NA" }
        )
    };
    let text = "id,size,colour,note,nothing,label\n".to_owned() + &(0..80).map(line).collect::<String>();
    project.write("rows.csv", &text);
    let made = project.consil("new mine --from rows.csv").assert().success();
    let said = String::from_utf8_lossy(&made.get_output().stdout).into_owned();
    let row = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {said}"));
    assert!(row("id ").contains(" id "), "{said}");
    assert!(row("size ").contains("number"), "{said}");
    assert!(row("colour ").contains("category"), "{said}");
    assert!(row("note ").contains("text"), "{said}");
    assert!(row("label ").contains("target"), "{said}");
    // What was inferred is in the spec, and a column more tomorrow changes nothing.
    let spec = project.read("mine/consil.toml");
    assert!(spec.contains("train = \"../rows.csv\"") && spec.contains("target = \"label\""), "{spec}");
    project.consil("check mine/consil.toml").assert().success();
    project.consil("train mine/consil.toml --quiet").assert().success();
    project.write("new.csv", "id,size,colour,note,more\nanna,2.5,red,quiet and dry,7\n");
    let predicted = project.json("predict mine-001 --data new.csv");
    assert_eq!(predicted["predictions"][0]["id"], "anna", "{predicted}");
    assert!(["no", "yes"].contains(&predicted["predictions"][0]["answer"].as_str().unwrap()), "{predicted}");
}

#[test]
fn a_table_with_nothing_to_learn_is_refused_and_nothing_is_overwritten() {
    let project = Project::new();
    project.write("flat.csv", "a,b\n1,2\n1,2\n1,2\n");
    let refused = project.refused("new mine --from flat.csv");
    assert!(refused.contains("no column of flat.csv can be learned") && refused.contains("`target`"), "{refused}");
    assert!(!project.path("mine").exists(), "a refused table leaves no folder behind");
    assert!(project.refused("new mine --from nowhere.csv").contains("nowhere.csv"));
    project.write("rows.csv", "a,label\n1.5,x\n2.5,y\n1.5,x\n4.25,y\n");
    let json = project.json("new mine --from rows.csv");
    assert_eq!((&json["target"], &json["n_rows"]), (&"label".into(), &4.into()), "{json}");
    assert!(project.refused("new mine --from rows.csv").contains("mine is not empty"));
}
