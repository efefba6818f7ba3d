//! The expression language of workflows: `${{ … }}` in texts, and the bare form. Knows operators,
//! literals, functions and contexts, not what any of them holds.

mod parse;

use std::ops::Range;

use super::Fault;

/// One `${{ … }}` of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The whole, braces included.
    pub range: Range<usize>,
    /// What stands between the braces, blanks around it left out.
    pub inner: Range<usize>,
    /// Its tree; none where it is broken.
    pub tree: Option<Tree>,
}

/// A part of an expression with its range in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub range: Range<usize>,
    pub data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// `github.event.inputs.app`, `steps.*.outcome`, `matrix['os']`.
    Context(Vec<Segment>),
    /// A function, its name in small letters, with its arguments.
    Call(String, Vec<Tree>),
    /// A part of something that is no context: `fromJSON(…).a`.
    Part(Box<Tree>, Vec<Segment>),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Compare(Comparison, Box<Tree>, Box<Tree>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    Name(String),
    /// `.*`
    All,
    /// `[…]` with anything but a text.
    Index(Box<Tree>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Finds and parses every `${{ … }}` of `text`.
#[must_use]
pub fn find(text: &str) -> (Vec<Expression>, Vec<Fault>) {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${{").map(|start| start + at) {
        let Some(close) = closing(text, start + 3) else {
            faults.push(
                Fault::new(start..start + 3, "this `${{` is never closed by `}}`")
                    .help("close it; GitHub rejects the whole file"),
            );
            break;
        };
        let inner = trimmed(text, start + 3..close);
        let tree = match parse::parse(text, inner.clone()) {
            Ok(tree) => Some(tree),
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        at = close + 2;
        found.push(Expression { range: start..at, inner, tree });
    }
    (found, faults)
}

/// Parses a text that is one expression without braces, as `if:` allows.
///
/// # Errors
/// The place where it stops making sense.
pub fn bare(text: &str) -> Result<Tree, Fault> {
    parse::parse(text, trimmed(text, 0..text.len()))
}

impl Tree {
    /// Every context that the expression reads, in its normal spelling: `inputs['app']` is
    /// `inputs.app`, an index that is computed is `*`.
    #[must_use]
    pub fn contexts(&self) -> Vec<(String, Range<usize>)> {
        let mut found = Vec::new();
        self.walk(&mut |tree| {
            if let Data::Context(path) = &tree.data {
                found.push((path_text(path), tree.range.clone()));
            }
        });
        found
    }

    /// Whether the function `name` (in small letters) is called anywhere in it.
    #[must_use]
    pub fn calls(&self, name: &str) -> bool {
        let mut found = false;
        self.walk(&mut |tree| found |= matches!(&tree.data, Data::Call(called, _) if called == name));
        found
    }

    /// Visits the tree, parents first. Its depth is bounded by the parser.
    pub fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match &self.data {
            Data::Call(_, parts) | Data::And(parts) | Data::Or(parts) => {
                for part in parts {
                    part.walk(visit);
                }
            }
            Data::Not(part) => part.walk(visit),
            Data::Compare(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Data::Part(whole, path) => {
                whole.walk(visit);
                walk_path(path, visit);
            }
            Data::Context(path) => walk_path(path, visit),
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_) => {}
        }
    }
}

fn walk_path(path: &[Segment], visit: &mut impl FnMut(&Tree)) {
    for segment in path {
        if let Segment::Index(index) = segment {
            index.walk(visit);
        }
    }
}

/// A path in its normal spelling.
#[must_use]
pub fn path_text(path: &[Segment]) -> String {
    let names: Vec<&str> = path
        .iter()
        .map(|segment| match segment {
            Segment::Name(name) => name.as_str(),
            Segment::All | Segment::Index(_) => "*",
        })
        .collect();
    names.join(".")
}

/// Where the `}}` stands that closes an expression; texts in quotes may hold braces.
fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let words = &text[range.clone()];
    let start = range.start + (words.len() - words.trim_start().len());
    start..start + words.trim().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contexts(text: &str) -> Vec<String> {
        bare(text).unwrap().contexts().into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn expressions_are_found_with_their_contexts() {
        let text = "日本 ${{ github.event.inputs['app'] == 1 }} と${{secrets.FLY_API_TOKEN}}🎉";
        let (found, faults) = find(text);
        assert!(faults.is_empty());
        assert_eq!(&text[found[0].range.clone()], "${{ github.event.inputs['app'] == 1 }}");
        assert_eq!(&text[found[1].inner.clone()], "secrets.FLY_API_TOKEN");
        let (path, range) = &found[0].tree.as_ref().unwrap().contexts()[0];
        assert_eq!(path, "github.event.inputs.app");
        assert_eq!(&text[range.clone()], "github.event.inputs['app']");
    }

    #[test]
    fn every_operator_has_its_rank() {
        let tree = bare("!a.b && (c == 'x''y' || always()) && d >= 0x1F").unwrap();
        let Data::And(parts) = &tree.data else { panic!("{tree:?}") };
        assert!(matches!(parts[0].data, Data::Not(_)));
        assert!(matches!(parts[1].data, Data::Or(_)));
        assert!(matches!(parts[2].data, Data::Compare(Comparison::GreaterOrEqual, ..)));
        assert!(tree.calls("always"));
        let Data::Or(parts) = &parts[1].data else { panic!() };
        let Data::Compare(_, _, text) = &parts[0].data else { panic!() };
        assert_eq!(text.data, Data::Text("x'y".to_owned()));
    }

    #[test]
    fn paths_are_spelt_in_one_way() {
        assert_eq!(contexts("contains(needs.*.result, 'failure')"), ["needs.*.result"]);
        assert_eq!(contexts("vars[matrix.name]"), ["vars.*", "matrix.name"]);
        assert_eq!(contexts("fromJSON(needs.plan.outputs.m).a[0]"), ["needs.plan.outputs.m"]);
        assert_eq!(contexts("steps.a-b.outputs.c_d"), ["steps.a-b.outputs.c_d"]);
        assert_eq!(contexts("FORMAT('{0}', Inputs.x)"), ["Inputs.x"]);
        let range = &bare("  a.b  == c ").unwrap().contexts()[0].1;
        assert_eq!(*range, 2..5);
        assert_eq!(contexts("-1.5e3 == null || true"), Vec::<String>::new());
    }

    #[test]
    fn a_broken_expression_is_a_fault_at_its_place() {
        for (text, place) in [
            ("${{ a && }}", "}}"),
            ("${{ a b }}", "b"),
            ("${{ \"a\" }}", "\""),
            ("${{ f(a }}", "}}"),
            ("${{ a.  }}", "}}"),
            ("${{ 1x }}", "1x"),
            ("${{ a = b }}", "="),
        ] {
            let (found, faults) = find(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(faults.len(), 1, "{text}");
            let range = faults[0].range.clone();
            assert_eq!(range.start, text.find(place).unwrap(), "{text}: {:?}", faults[0]);
        }
        assert_eq!(find("x ${{ a").1[0].range, 2..5);
        assert!(find("${{ 'a}}' }}").1.is_empty());
        assert!(find("${{ 'a }}").1[0].message.contains("never closed"));
        assert!(find("${{ }}").1[0].message.contains("empty"));
    }

    #[test]
    fn hostile_expressions_end() {
        for inner in ["(", "!", "a&&", "a==", "a[", ".x", "f(", "a.b", "'", "a[0]", "-"] {
            let text = format!("${{{{ {} }}}}", inner.repeat(100_000));
            let _ = find(&text);
            let text = format!("${{{{ {}a }}}}", inner.repeat(2_000));
            let _ = find(&text);
        }
        let _ = find(&"${{".repeat(100_000));
        let _ = find(&"${{}}".repeat(100_000));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[ a-c.*'\\[\\]()!&|=<>0-9${}日\\-,\"]{0,60}") {
            let (found, faults) = find(&text);
            for expression in found {
                prop_assert!(text.get(expression.range).is_some());
                for (_, range) in expression.tree.iter().flat_map(Tree::contexts) {
                    prop_assert!(text.get(range).is_some());
                }
            }
            for fault in faults {
                prop_assert!(text.get(fault.range).is_some());
            }
            let _ = bare(&text);
        }
    }
}
