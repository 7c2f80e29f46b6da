//! Every check over the repository itself.

use xtask::homes::HOMES;
use xtask::length::EXCEPTIONS;
use xtask::{Repository, Violation};
use xtask::{
    arrows, changelog, circles, commands, features, hints, homes, length, links, names, owners, paths, safety,
    unfinished, words,
};

fn expect_none(violations: Vec<Violation>) {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} found:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn crates_depend_as_the_arrows_say() {
    expect_none(arrows::check(&Repository::open().files));
}

#[test]
fn no_modules_need_one_another() {
    expect_none(circles::check(&Repository::open().files));
}

#[test]
fn a_thing_is_named_in_its_own_files() {
    expect_none(homes::check(&Repository::open().files, HOMES));
}

#[test]
fn errors_say_what_is_wrong_and_hints_what_would_help() {
    expect_none(hints::check(&Repository::open().files, hints::TO_COME));
}

#[test]
fn clean_crates_say_what_the_field_says() {
    expect_none(words::check(&Repository::open().files, words::CLEAN));
}

#[test]
fn libraries_are_named_by_their_owners_only() {
    expect_none(owners::check(&Repository::open().files));
}

#[test]
fn files_are_short() {
    expect_none(length::check(&Repository::open().files, EXCEPTIONS));
}

#[test]
fn modules_are_named_after_ideas() {
    expect_none(names::check(&Repository::open().files));
}

#[test]
fn nothing_is_left_unfinished() {
    expect_none(unfinished::check(&Repository::open().files));
}

#[test]
fn unsafe_code_says_why() {
    expect_none(safety::check(&Repository::open().files));
}

#[test]
fn no_file_names_a_path_of_a_machine() {
    expect_none(paths::check(&Repository::open().files));
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    expect_none(links::check(&Repository::open()));
}

#[test]
fn every_feature_has_its_command_and_its_test() {
    expect_none(features::check(&Repository::open()));
}

#[test]
fn the_readme_names_only_commands_of_the_book() {
    expect_none(commands::check(&Repository::open()));
}

#[test]
fn the_changelog_has_the_current_version() {
    expect_none(changelog::check(&Repository::open()));
}

#[test]
fn the_repository_is_read() {
    let repository = Repository::open();
    assert!(repository.file("Cargo.toml").is_some(), "the other tests would pass over no files");
    assert!(repository.files.iter().filter(|file| file.is_rust()).count() > 20);
}
