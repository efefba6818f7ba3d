//! What is an item of a Makefile, and where its words stand.

use super::*;
use crate::text::Passage;

fn passage(text: &str) -> Passage {
    Passage::file(crate::text::FileId(0), text.into())
}

fn parsed(text: &str) -> Makefile {
    parse(&passage(text))
}

fn sound(text: &str) -> Makefile {
    let makefile = parsed(text);
    assert!(makefile.faults.is_empty(), "{:?}", makefile.faults);
    makefile
}

fn rules(makefile: &Makefile) -> Vec<&Rule> {
    makefile
        .items
        .iter()
        .filter_map(|item| if let Form::Rule(rule) = &item.form { Some(&**rule) } else { None })
        .collect()
}

fn assignments(makefile: &Makefile) -> Vec<(&str, Operator, &str)> {
    makefile
        .items
        .iter()
        .filter_map(|item| match &item.form {
            Form::Assignment(it) => Some((it.name.text(), it.operator, it.value.text())),
            _ => None,
        })
        .collect()
}

fn lines(rule: &Rule) -> Vec<&str> {
    rule.recipe.iter().map(|line| line.text.text()).collect()
}

#[test]
fn rules_of_every_form() {
    let text = "deploy: build test | tmp # 本番\n\t@fly deploy\n\n# between\n\t-echo done\n\
                a b &: c\nx:: y\n\tone\nx:: z ; two # kept\n\
                $(OBJ): %.o : %.c\n\tcc $<\n%.gz: %\n\tgzip $<\nprod: ENV = production # live\nempty:\n";
    let makefile = sound(text);
    let rules = rules(&makefile);
    let shape: Vec<_> = rules
        .iter()
        .map(|rule| (rule.targets.text(), rule.prerequisites.text(), rule.double, lines(rule)))
        .collect();
    assert_eq!(
        shape,
        [
            ("deploy", "build test", false, vec!["@fly deploy", "-echo done"]),
            ("a b", "c", false, vec![]),
            ("x", "y", true, vec!["one"]),
            ("x", "z", true, vec!["two # kept"]),
            ("$(OBJ)", "%.c", false, vec!["cc $<"]),
            ("%.gz", "%", false, vec!["gzip $<"]),
            ("prod", "", false, vec![]),
            ("empty", "", false, vec![]),
        ]
    );
    assert_eq!(rules[0].order_only.as_ref().map(Passage::text), Some("tmp"));
    assert_eq!(rules[4].pattern.as_ref().map(Passage::text), Some("%.o"));
    let variable = rules[6].variable.as_ref().unwrap();
    assert_eq!((variable.name.text(), variable.value.text()), ("ENV", "production"));
    let span = rules[0].recipe[1].text.span();
    assert_eq!(&text[span.start as usize..span.end as usize], "-echo done");
}

#[test]
fn assignments_of_every_form() {
    let text = "A = 1 # one\nB := $(shell echo '#')\nC ::= x\nD ?= d\nE += e\nF != date\n\
                export G := g\noverride H=h\nexport\nunexport G\nI = a \\\n  b \\\n\tc\n\
                define J =\nline 1: x\n\tline 2\nendef\nifdef K\nendif\nurl = http://例え.jp\\#x\n";
    let makefile = sound(text);
    assert_eq!(
        assignments(&makefile),
        [
            ("A", Operator::Set, "1"),
            ("B", Operator::Now, "$(shell echo '#')"),
            ("C", Operator::Now, "x"),
            ("D", Operator::Default, "d"),
            ("E", Operator::Append, "e"),
            ("F", Operator::Shell, "date"),
            ("G", Operator::Now, "g"),
            ("H", Operator::Set, "h"),
            ("I", Operator::Set, "a b c"),
            ("J", Operator::Set, "line 1: x\n\tline 2"),
            ("url", Operator::Set, "http://例え.jp\\#x"),
        ]
    );
}

#[test]
fn both_branches_of_conditionals_are_read() {
    let text = "ifeq ($(CI),true)\nA = 1\nelse ifdef LOCAL # 手元\nA = 2\nelse\nA = 3\nendif\n\
                t:\n\tone\nifneq \"$(X)\" \"\"\n\ttwo\nelse\n\tthree\nendif\n\tfour\n";
    let makefile = sound(text);
    let said = |at: Option<usize>| {
        let chain = std::iter::successors(at, |at| makefile.conditions[*at].outer);
        let all: Vec<_> = chain
            .map(|at| {
                let condition = &makefile.conditions[at];
                format!("{}{}", if condition.negated { "not " } else { "" }, condition.text.text())
            })
            .collect();
        all.join(", ")
    };
    let assigned: Vec<_> = makefile.items.iter().take(3).map(|item| said(item.condition)).collect();
    let ci = "ifeq ($(CI),true)";
    assert_eq!(
        assigned,
        [ci.to_owned(), format!("ifdef LOCAL, not {ci}"), format!("not ifdef LOCAL, not {ci}")]
    );
    let recipe: Vec<_> =
        rules(&makefile)[0].recipe.iter().map(|line| (line.text.text(), said(line.condition))).collect();
    let x = "ifneq \"$(X)\" \"\"".to_owned();
    assert_eq!(
        recipe,
        [("one", String::new()), ("two", x.clone()), ("three", format!("not {x}")), ("four", String::new())]
    );
}

#[test]
fn continued_recipe_lines_keep_their_places() {
    let text = "\u{feff}t:\r\n\techo 日本 && \\\r\n\t  fly deploy \\\r\n    --app 店\r\n\techo 😀\r\n";
    let makefile = sound(text);
    let rules = rules(&makefile);
    assert_eq!(rules[0].targets.text(), "t");
    assert_eq!(lines(rules[0]), ["echo 日本 && \\\r\n  fly deploy \\\r\n    --app 店", "echo 😀"]);
    let line = &rules[0].recipe[0].text;
    let at = line.text().find("fly").unwrap();
    let span = line.exact(at..at + 3).unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "fly");
}

#[test]
fn another_recipe_prefix() {
    let makefile = sound(".RECIPEPREFIX = >\nt:\n> one \\\n> two\n>three\n.RECIPEPREFIX =\nu:\n\tfour\n");
    let rules = rules(&makefile);
    assert_eq!(lines(rules[0]), [" one \\\n two", "three"]);
    assert_eq!(lines(rules[1]), ["four"]);
}

#[test]
fn lines_of_other_makes_and_calls_are_no_faults() {
    let text = ".include <bsd.prog.mk>\n.if defined(X)\n.else\n.endif\n!IF 1\n!ENDIF\n$(eval $(call x,y))\n\
                $(info hello)\nvpath %.c src\nundefine A\nexport A B\n-include *.d\ninclude a.mk b.mk # c\n\
                $(foreach d,$(DIRS),$(eval $(d): ; echo))\n\techo orphan\n.SUFFIXES:\n.c.o:\n\tcc $<\n";
    let makefile = sound(text);
    let includes: Vec<_> = makefile
        .items
        .iter()
        .filter_map(|item| if let Form::Include(files) = &item.form { Some(files.text()) } else { None })
        .collect();
    assert_eq!(includes, ["*.d", "a.mk b.mk"]);
    assert_eq!(makefile.items.iter().filter(|item| matches!(item.form, Form::Call(..))).count(), 3);
}

#[test]
fn faults_have_places_on_one_line_and_the_rest_is_read() {
    let text = "\techo lost\nt:\n    echo spaces\nok:\n\techo $(never\nendif\nelse\nifeq (a,b)\nelse\nelse\n\
                endef\nwhat is this\nu: $(open\ndefine X\nyes\n";
    let makefile = parsed(text);
    let told: Vec<_> = makefile
        .faults
        .iter()
        .map(|fault| (&text[fault.range.clone()], fault.message.as_str(), fault.help.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            ("echo lost", "this recipe line belongs to no target", false),
            ("echo spaces", "this line is no rule and no variable: it has neither `:` nor `=`", true),
            ("$(", "this reference is never closed", false),
            ("endif", "this `endif` has no conditional", false),
            ("else", "this `else` has no conditional", false),
            ("else", "this conditional has an `else` already", false),
            ("endef", "this `endef` has no `define`", false),
            ("what is this", "this line is no rule and no variable: it has neither `:` nor `=`", false),
            ("u: $(open", "a reference in this line is never closed", false),
            ("define", "this `define` has no `endef`", false),
            ("ifeq", "this conditional has no `endif`", false),
        ]
    );
    assert_eq!(rules(&makefile).len(), 2);
}

#[test]
fn references_and_what_they_mean() {
    let text = "a$$b$@$(X)${Y}$(call f,1,$(g 2,3))$(Z:.c=.o)$";
    let found: Vec<_> = pieces(text, 0..text.len());
    let said: Vec<_> = found
        .iter()
        .map(|piece| match piece {
            Piece::Text(range) | Piece::Dollar(range) | Piece::Short { range, .. } => &text[range.clone()],
            Piece::Group { inner, .. } => &text[inner.clone()],
        })
        .collect();
    assert_eq!(said, ["a", "$$", "b", "$@", "X", "Y", "call f,1,$(g 2,3)", "Z:.c=.o", "$"]);
    let inner = |words: &str| {
        let at = text.find(words).unwrap();
        meaning(text, at..at + words.len())
    };
    assert!(matches!(inner("X"), Meaning::Variable(_)));
    let Meaning::Function { name: "call", arguments } = inner("call f,1,$(g 2,3)") else { panic!() };
    let arguments: Vec<_> = arguments.into_iter().map(|range| &text[range]).collect();
    assert_eq!(arguments, ["f", "1", "$(g 2,3)"]);
    let Meaning::Substitution { name, from, to } = inner("Z:.c=.o") else { panic!() };
    assert_eq!((&text[name], &text[from], &text[to]), ("Z", ".c", ".o"));
}

#[test]
fn hostile_texts_end() {
    let deep = 100_000;
    for text in [
        String::new(),
        "ifeq (a,b)\n".repeat(deep),
        "ifeq (a,b)\nelse ifdef x\n".repeat(deep),
        format!("a = {}", "$(".repeat(deep)),
        format!("a: {}x{}", "$(".repeat(deep), ")".repeat(deep)),
        "export ".repeat(deep),
        "define x\n".repeat(deep),
        "a \\\n".repeat(deep),
        format!("t:\n\t{}", "a \\\n".repeat(deep)),
        ":".repeat(deep),
        "=".repeat(deep),
        "\\".repeat(deep),
        "|".repeat(deep),
        "x".repeat(deep),
        "a:b:c|d;".repeat(deep),
    ] {
        let makefile = parsed(&text);
        assert!(makefile.faults.len() <= MAX_FAULTS + 1);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "[-a :=?+!;|#%$@(){}\\\\\t\r\n.&本<]{0,80}") {
        let makefile = parsed(&text);
        for fault in &makefile.faults {
            let said = text.get(fault.range.clone());
            proptest::prop_assert!(said.is_some_and(|said| !said.contains('\n')), "{:?}", fault);
        }
    }

    #[test]
    fn any_lines_are_read(lines in proptest::collection::vec(
        proptest::sample::select(vec![
            "a:", "\tb $(", "ifeq (a,b)", "else", "endif", "define x", "endef", "x := $(y", "include z", "a \\",
            "\t", "#", "😀: ; $${x} \\", ".RECIPEPREFIX = é", "é cmd",
        ]), 0..20)) {
        let text = lines.join("\n");
        let makefile = parsed(&text);
        for fault in &makefile.faults {
            proptest::prop_assert!(text.get(fault.range.clone()).is_some_and(|said| !said.contains('\n')));
        }
    }
}
