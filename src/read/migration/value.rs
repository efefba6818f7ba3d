//! The text of an expression: literals, concatenations, templates, and constants of the same file. What
//! is known at run time only becomes a placeholder word, a hole. Does not follow functions, loops or
//! other files; says so.

use std::cell::Cell;
use std::ops::Range;

use swc_common::Spanned;
use swc_ecma_ast::{ArrayLit, BinaryOp, Callee, Expr, Lit, ObjectLit, Prop, PropOrSpread, TaggedTpl, Tpl};

use super::scope::{Binding, MAX_STEPS, Scopes, member_name, method, plain, prop_name};
use super::source::Source;
use crate::syntax::typescript::literal::{Form, decode};
use crate::syntax::typescript::range;
use crate::text::{Passage, Span, Weave, cut_line};

/// The most text that one file may build, in bytes: constants can double each other without end.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The most steps that the values of one file may take.
const MAX_WORK: usize = 4_000_000;

/// A text with its places, and the holes in it.
pub struct Text {
    pub passage: Passage,
    pub holes: Vec<Hole>,
}

/// A placeholder in a text.
pub struct Hole {
    pub range: Range<usize>,
    /// The expression that it stands for, on one line.
    source: String,
}

impl Text {
    /// A text whose holes are given with the words that they stand for.
    pub fn new(passage: Passage, holes: Vec<(Range<usize>, &str)>) -> Self {
        let holes =
            holes.into_iter().map(|(range, words)| Hole { range, source: cut_line(words, 60) }).collect();
        Self { passage, holes }
    }

    /// The word that stands for the hole `index`.
    pub fn placeholder(index: usize) -> String {
        format!("{HOLE}{index}__")
    }

    /// Whether a hole touches `range`.
    pub fn has_hole(&self, range: &Range<usize>) -> bool {
        let first = self.holes.partition_point(|hole| hole.range.end <= range.start);
        self.holes.get(first).is_some_and(|hole| hole.range.start < range.end)
    }

    /// `words`, which came from this text, with each placeholder as `${expression}` again.
    pub fn restore(&self, words: &str) -> String {
        let mut restored = String::with_capacity(words.len());
        let mut rest = words;
        while let Some((before, behind)) = rest.split_once(HOLE) {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            let hole = behind[..digits].parse().ok().and_then(|index: usize| self.holes.get(index));
            restored.push_str(before);
            if let (Some(hole), Some(behind)) = (hole, behind[digits..].strip_prefix("__")) {
                restored.push_str("${");
                restored.push_str(&hole.source);
                restored.push('}');
                rest = behind;
            } else {
                restored.push_str(HOLE);
                rest = behind;
            }
        }
        restored.push_str(rest);
        restored
    }

    /// The whole text with its holes restored, on one line.
    pub fn words(&self) -> String {
        self.restore(self.passage.text())
    }
}

/// How a placeholder begins: words of identifier characters, so that the statement still parses.
const HOLE: &str = "__hole";

/// What the values of one file may still cost.
pub struct Budget {
    bytes: Cell<usize>,
    work: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: Cell::new(MAX_BYTES), work: Cell::new(MAX_WORK) }
    }
}

impl Budget {
    fn pay(&self, bytes: usize) {
        self.bytes.set(self.bytes.get().saturating_sub(bytes));
        self.step();
    }

    fn step(&self) {
        self.work.set(self.work.get().saturating_sub(1));
    }

    fn is_spent(&self) -> bool {
        self.bytes.get() == 0 || self.work.get() == 0
    }
}

/// Evaluates expressions as text.
#[derive(Clone, Copy)]
pub struct Values<'a, 's> {
    pub source: Source<'a>,
    pub scopes: &'s Scopes<'a>,
    pub budget: &'s Budget,
}

impl<'a, 's> Values<'a, 's> {
    /// The text of `expr`, or why it is not known.
    pub fn text(self, expr: &Expr) -> Result<Text, String> {
        self.thread(expr, None).map(|(text, _)| text)
    }

    /// The texts that `expr` may have: each branch of each condition in it is part of at least one. Or
    /// why none is known.
    pub fn texts(self, expr: &Expr) -> Result<Vec<Text>, String> {
        let (text, conditions) = self.thread(expr, Some(0))?;
        let mut texts = vec![text];
        for choice in 1..1 << conditions {
            // A branch that is not understood is one hole, which its reader says.
            let text = self.thread(expr, Some(choice)).map_or_else(|_| self.unknown(expr), |(text, _)| text);
            texts.push(text);
        }
        Ok(texts)
    }

    /// A text of which nothing is known.
    fn unknown(self, expr: &Expr) -> Text {
        let mut thread = self.empty(self.source.span(expr), None);
        thread.hole(expr, self.source.span(expr));
        Text { passage: thread.weave.finish(), holes: thread.holes }
    }

    fn empty(self, home: Span, choice: Option<u32>) -> Thread<'a, 's> {
        let weave = Weave::at(home);
        Thread { values: self, weave, len: 0, holes: Vec::new(), choice, depth: 0, levels: 0 }
    }

    /// The text where each condition takes the branch that `choice` says, one bit for each level of
    /// conditions in conditions; and the number of levels. Without a choice a condition is a hole.
    fn thread(self, expr: &Expr, choice: Option<u32>) -> Result<(Text, u32), String> {
        let mut thread = self.empty(self.source.span(expr), choice);
        thread.add(expr, self.scopes.level(), MAX_STEPS)?;
        if self.budget.is_spent() {
            return Err("this file builds more text from its constants than is read".into());
        }
        Ok((Text { passage: thread.weave.finish(), holes: thread.holes }, thread.levels))
    }

    /// The text of a template whose tag turns its holes into parameters; a function in a hole gives text
    /// instead.
    pub fn tagged(self, tagged: &TaggedTpl) -> Result<Text, String> {
        let mut thread = self.empty(self.source.span(&*tagged.tpl), None);
        for (index, chunk) in tagged.tpl.quasis.iter().enumerate() {
            thread.literal(range(chunk.span), Form::Template);
            let Some(hole) = tagged.tpl.exprs.get(index) else { continue };
            if matches!(plain(hole), Expr::Arrow(_) | Expr::Fn(_)) {
                thread.hole(hole, self.source.span(&**hole));
            } else {
                let word = format!("${}", index + 1);
                thread.weave.put(self.source.span(hole), &word);
                thread.len += word.len();
            }
        }
        if self.budget.is_spent() {
            return Err("this file builds more text from its constants than is read".into());
        }
        Ok(Text { passage: thread.weave.finish(), holes: thread.holes })
    }

    /// The object literal that `expr` is, names and `new X({…})` followed.
    pub fn object(self, expr: &'a Expr) -> Option<&'a ObjectLit> {
        match self.follow(expr) {
            Expr::Object(object) => Some(object),
            Expr::New(new) => match self.follow(&new.args.as_ref()?.first()?.expr) {
                Expr::Object(object) => Some(object),
                _ => None,
            },
            _ => None,
        }
    }

    /// The array literal that `expr` is, names followed.
    pub fn array(self, expr: &'a Expr) -> Option<&'a ArrayLit> {
        if let Expr::Array(array) = self.follow(expr) { Some(array) } else { None }
    }

    /// The expression that a name or field stands for, as far as names lead.
    pub fn follow(self, expr: &'a Expr) -> &'a Expr {
        let (mut expr, mut level) = (plain(expr), self.scopes.level());
        for _ in 0..MAX_STEPS {
            let next = match expr {
                Expr::Ident(name) => match self.scopes.lookup(&name.sym, level) {
                    Some((Binding::Const(value) | Binding::Variable(Some(value)), at)) => (value, at),
                    _ => break,
                },
                Expr::Member(member) => {
                    match member_name(member).and_then(|name| self.scopes.field(&member.obj, name)) {
                        Some(value) => (value, 0),
                        None => break,
                    }
                }
                _ => break,
            };
            (expr, level) = (plain(next.0), next.1);
        }
        expr
    }

    /// The value of `key` in an object literal.
    pub fn prop(self, object: &'a ObjectLit, key: &str) -> Option<&'a Expr> {
        object.props.iter().find_map(|prop| {
            self.budget.step();
            let PropOrSpread::Prop(prop) = prop else { return None };
            match &**prop {
                Prop::KeyValue(pair) if prop_name(&pair.key) == Some(key) => Some(&*pair.value),
                _ => None,
            }
        })
    }
}

/// A text in the making.
struct Thread<'a, 's> {
    values: Values<'a, 's>,
    weave: Weave,
    len: usize,
    holes: Vec<Hole>,
    choice: Option<u32>,
    /// The conditions around.
    depth: u32,
    levels: u32,
}

/// The most conditions in conditions whose branches are followed.
const MAX_CONDITIONS: u32 = 2;

impl<'a> Thread<'a, '_> {
    /// Adds the text of `expr`; where it is not known, adds nothing and says why.
    fn add(&mut self, expr: &Expr, level: usize, steps: u32) -> Result<(), String> {
        let budget = self.values.budget;
        budget.step();
        let Some(steps) = steps.checked_sub(1) else {
            return Err("its constants lead through too many names".into());
        };
        if budget.is_spent() {
            return Ok(());
        }
        let expr = plain(expr);
        match expr {
            Expr::Lit(Lit::Str(text)) => {
                let whole = range(text.span);
                let words = self.values.source.words(text);
                let closed = words.len() > 1 && words.as_bytes().first() == words.as_bytes().last();
                self.literal(whole.start + 1..whole.end - usize::from(closed), Form::Quoted);
                Ok(())
            }
            Expr::Lit(Lit::Num(number)) => {
                self.keep(range(number.span));
                Ok(())
            }
            Expr::Tpl(template) => {
                self.template(template, Form::Template, level, steps);
                Ok(())
            }
            Expr::TaggedTpl(tagged) if is_text_tag(&tagged.tag) => {
                let raw = method(&tagged.tag).is_some_and(|(_, name)| name == "raw");
                let form = if raw { Form::Raw } else { Form::Template };
                self.template(&tagged.tpl, form, level, steps);
                Ok(())
            }
            Expr::Bin(sum) if sum.op == BinaryOp::Add => self.sum(expr, level, steps),
            Expr::Cond(cond) if self.choice.is_some() && self.depth < MAX_CONDITIONS => {
                let second = self.choice.is_some_and(|choice| choice >> self.depth & 1 == 1);
                self.depth += 1;
                self.levels = self.levels.max(self.depth);
                let added = self.add(if second { &cond.alt } else { &cond.cons }, level, steps);
                // Deeper levels are looked for in both branches.
                self.levels =
                    self.levels.max(self.depth + u32::from(is_cond(&cond.cons) || is_cond(&cond.alt)));
                self.depth -= 1;
                added
            }
            Expr::Ident(name) => match self.values.scopes.lookup(&name.sym, level) {
                Some((Binding::Const(value), at)) => self.add(value, at, steps),
                found => Err(why_not(&name.sym, found.map(|(binding, _)| binding))),
            },
            Expr::Member(member) => {
                let name = member_name(member).unwrap_or_default();
                match self.member(&member.obj, name, level) {
                    Some((value, at)) => self.add(value, at, steps),
                    None => Err(format!("`{}` is not a constant of this file", self.line(expr))),
                }
            }
            Expr::Call(call) => {
                let Callee::Expr(callee) = &call.callee else { return Err(RUN_TIME.into()) };
                match method(callee) {
                    Some((object, "trim" | "trimStart" | "trimEnd")) => self.add(object, level, steps),
                    Some((object, "join")) => {
                        self.join(object, call.args.first().map(|arg| &*arg.expr), level, steps)
                    }
                    _ => Err(format!(
                        "the SQL comes from the function `{}`, which is not followed",
                        self.line(callee)
                    )),
                }
            }
            _ => Err(RUN_TIME.into()),
        }
    }

    fn sum(&mut self, expr: &Expr, level: usize, steps: u32) -> Result<(), String> {
        let mut parts = Vec::new();
        let mut left = expr;
        while let Expr::Bin(sum) = left
            && sum.op == BinaryOp::Add
        {
            parts.push(plain(&sum.right));
            left = plain(&sum.left);
        }
        parts.push(left);
        if !parts.iter().any(|part| self.is_text(part, level)) {
            return Err(RUN_TIME.into());
        }
        for part in parts.into_iter().rev() {
            self.add_or_hole(part, level, steps);
        }
        Ok(())
    }

    fn template(&mut self, template: &Tpl, form: Form, level: usize, steps: u32) {
        for (index, chunk) in template.quasis.iter().enumerate() {
            self.literal(range(chunk.span), form);
            if let Some(hole) = template.exprs.get(index)
                && self.add(hole, level, steps).is_err()
            {
                // With its `${` and `}`, where they stand on one line.
                let behind = template.quasis.get(index + 1).map_or(0, |next| range(next.span).start);
                let whole = range(chunk.span).end..behind;
                let words = self.values.source.text().get(whole.clone()).unwrap_or_default();
                if words.starts_with("${") && !words.contains(['\n', '\r']) {
                    self.hole(hole, self.values.source.passage.locate(whole));
                } else {
                    self.hole(hole, self.values.source.span(&**hole));
                }
            }
        }
    }

    /// `[a, b].join(separator)`.
    fn join(
        &mut self,
        object: &Expr,
        separator: Option<&Expr>,
        level: usize,
        steps: u32,
    ) -> Result<(), String> {
        let array = match plain(object) {
            Expr::Array(array) => Some((array, level)),
            Expr::Ident(name) => match self.values.scopes.lookup(&name.sym, level) {
                Some((Binding::Const(value), at)) => plain(value).as_array().map(|array| (array, at)),
                _ => None,
            },
            _ => None,
        };
        let Some((array, at)) =
            array.filter(|(array, _)| array.elems.iter().flatten().all(|element| element.spread.is_none()))
        else {
            return Err(format!("the items of `{}` are not followed", self.line(object)));
        };
        for (index, element) in array.elems.iter().flatten().enumerate() {
            if index > 0
                && let Some(separator) = separator
            {
                self.add_or_hole(separator, level, steps);
            }
            self.add_or_hole(&element.expr, at, steps);
        }
        Ok(())
    }

    fn add_or_hole(&mut self, expr: &Expr, level: usize, steps: u32) {
        if self.add(expr, level, steps).is_err() {
            self.hole(expr, self.values.source.span(expr));
        }
    }

    fn hole(&mut self, expr: &Expr, place: Span) {
        let word = Text::placeholder(self.holes.len());
        self.weave.put(place, &word);
        let start = self.len;
        self.len += word.len();
        self.holes.push(Hole { range: start..self.len, source: self.line(expr) });
    }

    /// Whether the expression is a text, as far as its first look tells.
    fn is_text(&self, expr: &Expr, level: usize) -> bool {
        let value = match expr {
            Expr::Ident(name) => match self.values.scopes.lookup(&name.sym, level) {
                Some((Binding::Const(value), _)) => plain(value),
                _ => return false,
            },
            Expr::Member(member) => {
                let name = member_name(member).unwrap_or_default();
                match self.member(&member.obj, name, level) {
                    Some((value, _)) => plain(value),
                    None => return false,
                }
            }
            expr => expr,
        };
        matches!(value, Expr::Lit(Lit::Str(_)) | Expr::Tpl(_) | Expr::Bin(_))
            || matches!(value, Expr::TaggedTpl(tagged) if is_text_tag(&tagged.tag))
    }

    /// The value of `object.name`: a class's field, a constant object's entry, an enum's member.
    fn member(&self, object: &Expr, name: &str, level: usize) -> Option<(&'a Expr, usize)> {
        if let Some(value) = self.values.scopes.field(object, name) {
            return Some((value, 0));
        }
        let Expr::Ident(object) = plain(object) else { return None };
        match self.values.scopes.lookup(&object.sym, level)? {
            (Binding::Const(value), at) => match plain(value) {
                Expr::Object(object) => Some((self.values.prop(object, name)?, at)),
                _ => None,
            },
            (Binding::Enum(entry), at) => {
                let member = entry.members.iter().find(|member| {
                    self.values.budget.step();
                    match &member.id {
                        swc_ecma_ast::TsEnumMemberId::Ident(id) => id.sym == *name,
                        swc_ecma_ast::TsEnumMemberId::Str(id) => id.value.as_str() == Some(name),
                    }
                })?;
                Some((member.init.as_deref()?, at))
            }
            _ => None,
        }
    }

    fn literal(&mut self, inner: Range<usize>, form: Form) {
        let len = decode(self.values.source.passage, inner, form, &mut self.weave);
        self.values.budget.pay(len);
        self.len += len;
    }

    fn keep(&mut self, range: Range<usize>) {
        self.len += range.len();
        self.values.budget.pay(range.len());
        self.weave.keep(self.values.source.passage, range);
    }

    fn line(&self, node: &impl Spanned) -> String {
        cut_line(self.values.source.words(node), 60)
    }
}

fn is_cond(expr: &Expr) -> bool {
    matches!(plain(expr), Expr::Cond(_))
}

const RUN_TIME: &str = "this expression is known at run time only";

/// Whether the tag leaves the template's text as it is, apart from escapes and blanks.
fn is_text_tag(tag: &Expr) -> bool {
    match plain(tag) {
        Expr::Ident(name) => {
            matches!(name.sym.as_str(), "sql" | "SQL" | "pgsql" | "dedent" | "gql" | "outdent")
        }
        tag => method(tag).is_some_and(|(object, name)| {
            name == "raw" && matches!(plain(object), Expr::Ident(object) if object.sym == *"String")
        }),
    }
}

/// Why the value of `name` is not known.
fn why_not(name: &str, binding: Option<Binding<'_>>) -> String {
    match binding {
        Some(Binding::Parameter) => format!("`{name}` is a parameter, whose value is not followed"),
        Some(Binding::Loop) => format!("`{name}` takes its values in a loop, which is not followed"),
        Some(Binding::Variable(_)) => {
            format!("`{name}` is a variable whose value may change; only a `const` is followed")
        }
        Some(Binding::Import(from)) => {
            format!("`{name}` is imported from `{from}`, which is not followed")
        }
        Some(Binding::Part) => format!("`{name}` is a part of another value, which is not followed"),
        Some(_) => format!("`{name}` is no text"),
        None => format!("`{name}` is not declared in this file"),
    }
}
