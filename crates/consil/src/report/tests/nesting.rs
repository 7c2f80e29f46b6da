//! A small check that elements nest: what a browser would have to repair fails.

const VOID: [&str; 5] = ["meta", "img", "input", "br", "link"];

/// Panics at the first element that is closed by another, never closed, or has a repeated attribute.
pub fn check(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a page begins with its type");
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a bare `>` before {}", excerpt(&rest[start..]));
        rest = &rest[start..];
        let end = rest.find('>').unwrap_or_else(|| panic!("unclosed tag: {}", excerpt(rest)));
        let tag = &rest[1..end];
        assert!(!tag.contains('<'), "`<` inside a tag: {}", excerpt(rest));
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed by {name} before {}", excerpt(rest));
            continue;
        }
        let name = tag.split([' ', '\n', '/']).next().expect("a tag has a name");
        attributes(tag);
        if tag.ends_with('/') || VOID.contains(&name) {
            continue;
        }
        if name == "style" || name == "script" {
            let close = format!("</{name}>");
            let end = rest.find(&close).expect("raw text is closed");
            rest = &rest[end + close.len()..];
            continue;
        }
        forbidden(&open, name);
        open.push(name);
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

fn attributes(tag: &str) {
    assert_eq!(tag.matches('"').count() % 2, 0, "quotes do not pair in <{tag}>");
    let outside: Vec<&str> = tag.split('"').step_by(2).collect();
    let mut names: Vec<&str> =
        outside.iter().filter_map(|part| part.strip_suffix('=')?.split_whitespace().last()).collect();
    let n = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), n, "an attribute is repeated in <{tag}>");
}

/// Nestings that browsers break apart.
fn forbidden(open: &[&str], name: &str) {
    let block = ["p", "div", "ul", "table", "figure", "section", "h2", "h3", "h4", "details", "pre", "blockquote"];
    assert!(!(open.contains(&"p") && block.contains(&name)), "<{name}> inside <p>");
    let inside = |parents: &[&str]| open.last().is_some_and(|parent| parents.contains(parent));
    match name {
        "tr" => assert!(inside(&["thead", "tbody"]), "<tr> inside {:?}", open.last()),
        "td" | "th" => assert!(inside(&["tr"]), "<{name}> inside {:?}", open.last()),
        "li" => assert!(inside(&["ul"]), "<li> inside {:?}", open.last()),
        "figcaption" => assert!(inside(&["figure"]), "<figcaption> inside {:?}", open.last()),
        _ => {}
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

#[test]
fn the_check_itself_fails_where_it_should() {
    for bad in [
        "<p><div></div></p>",
        "<ul><li></ul>",
        "<b>",
        "<table><tr></tr></table>",
        "<a b=\"1\" b=\"2\"></a>",
        "a > b<i></i>",
    ] {
        let page = format!("<!DOCTYPE html>{bad}");
        assert!(std::panic::catch_unwind(|| check(&page)).is_err(), "{bad}");
    }
    check("<!DOCTYPE html><p>a <img src=\"b\"> c</p><svg><g/></svg>");
}
