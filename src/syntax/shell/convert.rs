//! From the parser's tree to ours. Knows both trees and nothing else does. Its recursion is bounded
//! by the parser's own limit on nesting; chains, which may be long, are walked in loops.

use std::cell::RefCell;
use std::ops::Range;

use shuck_ast as ast;

use super::tree::{
    Arm, Assignment, Block, CaseArm, Form, Heredoc, Link, Redirect, Simple, Statement, Word, range_of,
};
use super::word::{Quote, WordBuilder};
use crate::text::Passage;

pub(super) struct Converter<'a> {
    passage: &'a Passage,
    text: &'a str,
    /// Where in the text the parsed part begins.
    base: usize,
    open_heredoc: RefCell<Option<Range<usize>>>,
}

impl<'a> Converter<'a> {
    pub fn new(passage: &'a Passage, base: usize) -> Self {
        Self { passage, text: passage.text(), base, open_heredoc: RefCell::new(None) }
    }

    /// The first here-document without an end that was seen.
    pub fn open_heredoc(&self) -> Option<Range<usize>> {
        self.open_heredoc.borrow().clone()
    }

    pub fn block(&self, sequence: &ast::StmtSeq) -> Block {
        sequence.iter().map(|statement| self.statement(statement)).collect()
    }

    pub fn statement(&self, statement: &ast::Stmt) -> Statement {
        let mut converted = self.command(&statement.command, &statement.redirects);
        if converted.range.is_empty() {
            converted.range = self.trimmed(statement.span);
        }
        converted.negated |= statement.negated;
        converted.background |= matches!(statement.terminator, Some(ast::StmtTerminator::Background(_)));
        converted
    }

    fn command(&self, command: &ast::Command, redirects: &[ast::Redirect]) -> Statement {
        match command {
            ast::Command::Simple(simple) => self.simple(simple, redirects),
            ast::Command::Builtin(builtin) => self.builtin(builtin, redirects),
            ast::Command::Decl(clause) => self.declaration(clause, redirects),
            ast::Command::Binary(binary) => {
                let converted = match binary.op {
                    ast::BinaryOp::And | ast::BinaryOp::Or => self.list(binary),
                    ast::BinaryOp::Pipe | ast::BinaryOp::PipeAll => self.pipeline(binary),
                };
                self.with_redirects(converted, redirects)
            }
            ast::Command::Compound(compound) => self.with_redirects(self.compound(compound), redirects),
            ast::Command::Function(function) => {
                let name = function.header.static_names().next().map(ToString::to_string).unwrap_or_default();
                let form = Form::Function { name, body: Box::new(self.statement(&function.body)) };
                self.with_redirects(self.made(form, function.span), redirects)
            }
            ast::Command::AnonymousFunction(function) => {
                let body = vec![self.statement(&function.body)];
                let form = Form::Group { body, subshell: false };
                self.with_redirects(self.made(form, function.span), redirects)
            }
        }
    }

    fn simple(&self, simple: &ast::SimpleCommand, redirects: &[ast::Redirect]) -> Statement {
        let mut words = Vec::with_capacity(simple.args.len() + 1);
        if !simple.name.parts.is_empty() && simple.name.span.start.offset() < simple.name.span.end.offset() {
            words.push(self.word(&simple.name));
        }
        words.extend(simple.args.iter().map(|word| self.word(word)));
        self.finish_simple(&simple.assignments, words, Vec::new(), redirects)
    }

    fn builtin(&self, builtin: &ast::BuiltinCommand, redirects: &[ast::Redirect]) -> Statement {
        let (assignments, operand, extra, span) = match builtin {
            ast::BuiltinCommand::Break(c) => (&c.assignments, &c.depth, &c.extra_args, c.span),
            ast::BuiltinCommand::Continue(c) => (&c.assignments, &c.depth, &c.extra_args, c.span),
            ast::BuiltinCommand::Return(c) => (&c.assignments, &c.code, &c.extra_args, c.span),
            ast::BuiltinCommand::Exit(c) => (&c.assignments, &c.code, &c.extra_args, c.span),
        };
        let name = match builtin {
            ast::BuiltinCommand::Break(_) => "break",
            ast::BuiltinCommand::Continue(_) => "continue",
            ast::BuiltinCommand::Return(_) => "return",
            ast::BuiltinCommand::Exit(_) => "exit",
        };
        let from = assignments.last().map_or(span.start, |last| last.span.end).offset();
        let mut words = vec![self.named(name, self.base + from)];
        words.extend(operand.iter().chain(extra).map(|word| self.word(word)));
        self.finish_simple(assignments, words, Vec::new(), redirects)
    }

    /// The first word that reads `name` at or behind `from`, which is there though the tree has no
    /// node for it.
    fn named(&self, name: &str, from: usize) -> Word {
        let from = from.min(self.text.len());
        let start = self.text.get(from..).and_then(|rest| rest.find(name)).map_or(from, |found| from + found);
        self.raw_word(start..(start + name.len()).min(self.text.len()))
    }

    fn declaration(&self, clause: &ast::DeclClause, redirects: &[ast::Redirect]) -> Statement {
        let mut words = vec![self.raw_word(self.range(clause.variant_span))];
        let mut declared = Vec::new();
        for operand in &clause.operands {
            match operand {
                ast::DeclOperand::Flag(word) | ast::DeclOperand::Dynamic(word) => words.push(self.word(word)),
                ast::DeclOperand::Name(name) => words.push(self.raw_word(self.range(name.span))),
                ast::DeclOperand::Assignment(assignment) => {
                    let assignment = self.assignment(assignment);
                    words.push(Self::assigning_word(self.text, &assignment));
                    declared.push(assignment);
                }
            }
        }
        self.finish_simple(&clause.assignments, words, declared, redirects)
    }

    /// The word that an assignment is when it is an operand; its commands stay with the assignment.
    fn assigning_word(text: &str, assignment: &Assignment) -> Word {
        let raw = text.get(assignment.range.clone()).unwrap_or_default();
        let value = match &assignment.value {
            Some(value) => format!("{}={}", assignment.name, value.value),
            None => raw.to_owned(),
        };
        let dynamic = assignment.value.as_ref().is_none_or(|value| value.dynamic);
        Word { value, range: assignment.range.clone(), dynamic, ..Word::default() }
    }

    fn finish_simple(
        &self,
        assignments: &[ast::Assignment],
        words: Vec<Word>,
        declared: Vec<Assignment>,
        redirects: &[ast::Redirect],
    ) -> Statement {
        let assignments: Vec<_> = assignments.iter().map(|assignment| self.assignment(assignment)).collect();
        let redirects: Vec<_> = redirects.iter().map(|redirect| self.redirect(redirect)).collect();
        let ranges = || {
            (assignments.iter().map(|item| &item.range))
                .chain(words.iter().map(|item| &item.range))
                .chain(redirects.iter().map(|item| &item.range))
        };
        let start = ranges().map(|range| range.start).min().unwrap_or(0);
        let end = ranges().map(|range| range.end).max().unwrap_or(0);
        let form = Form::Simple(Simple { assignments, words, declared, redirects });
        Statement { form, range: start..end, negated: false, background: false, redirects: Vec::new() }
    }

    fn list(&self, binary: &ast::BinaryCommand) -> Statement {
        let (first, rest) = self.spine(binary, |op| matches!(op, ast::BinaryOp::And | ast::BinaryOp::Or));
        let end = rest.last().map_or(first.range.end, |link| link.statement.range.end);
        let range = first.range.start..end;
        self.ranged(Form::List { first: Box::new(first), rest }, range)
    }

    fn pipeline(&self, binary: &ast::BinaryCommand) -> Statement {
        let (first, rest) =
            self.spine(binary, |op| matches!(op, ast::BinaryOp::Pipe | ast::BinaryOp::PipeAll));
        let mut parts = vec![first];
        parts.extend(rest.into_iter().map(|link| link.statement));
        let range = range_of(&parts);
        self.ranged(Form::Pipeline(parts), range)
    }

    /// The operands of a chain, which the parser nests to the left.
    fn spine(
        &self,
        top: &ast::BinaryCommand,
        same: impl Fn(ast::BinaryOp) -> bool,
    ) -> (Statement, Vec<Link>) {
        let mut rest = Vec::new();
        let mut binary = top;
        loop {
            rest.push(Link {
                and: binary.op == ast::BinaryOp::And,
                operator: self.range(binary.op_span),
                statement: self.statement(&binary.right),
            });
            match &binary.left.command {
                ast::Command::Binary(left) if same(left.op) && !binary.left.negated => binary = left,
                _ => break,
            }
        }
        rest.reverse();
        (self.statement(&binary.left), rest)
    }

    fn compound(&self, compound: &ast::CompoundCommand) -> Statement {
        use ast::CompoundCommand as C;
        match compound {
            C::If(c) => {
                let arm = |condition, body| Arm { condition: self.block(condition), body: self.block(body) };
                let mut arms = vec![arm(&c.condition, &c.then_branch)];
                arms.extend(c.elif_branches.iter().map(|(condition, body)| arm(condition, body)));
                let otherwise = c.else_branch.as_ref().map(|body| self.block(body));
                self.made(Form::If { arms, otherwise }, c.span)
            }
            C::For(c) => {
                let name = match (c.targets.as_slice(), &c.words) {
                    ([target], Some(_)) => target.name.as_ref().map(ToString::to_string),
                    _ => None,
                };
                self.for_loop(name, c.words.as_deref().unwrap_or_default(), &c.body, c.span)
            }
            C::Select(c) => self.for_loop(None, &c.words, &c.body, c.span),
            C::Foreach(c) => self.for_loop(None, &c.words, &c.body, c.span),
            C::Repeat(c) => self.for_loop(None, std::slice::from_ref(&c.count), &c.body, c.span),
            C::ArithmeticFor(c) => self.for_loop(None, &[], &c.body, c.span),
            C::While(c) => self.while_loop(false, &c.condition, &c.body, c.span),
            C::Until(c) => self.while_loop(true, &c.condition, &c.body, c.span),
            C::Case(c) => self.case(c),
            C::Subshell(body) => self.group(body, true),
            C::BraceGroup(body) => self.group(body, false),
            C::Arithmetic(c) => self.made(Form::Test(Vec::new()), c.span),
            C::Time(c) => match &c.command {
                Some(command) => self.statement(command),
                None => self.made(Form::Group { body: Vec::new(), subshell: false }, c.span),
            },
            C::Conditional(c) => {
                let mut words = Vec::new();
                self.conditional(&c.expression, &mut words);
                self.made(Form::Test(words), c.span)
            }
            C::Coproc(c) => Statement { background: true, ..self.statement(&c.body) },
            C::Always(c) => {
                let mut body = self.block(&c.body);
                body.extend(self.block(&c.always_body));
                self.made(Form::Group { body, subshell: false }, c.span)
            }
        }
    }

    /// A group with its brackets, which the parser's place leaves out.
    fn group(&self, body: &ast::StmtSeq, subshell: bool) -> Statement {
        let (open, close) = if subshell { ('(', ')') } else { ('{', '}') };
        let inside = self.range(body.span);
        let start = self.text[..inside.start].rfind(open).unwrap_or(inside.start);
        let rest = &self.text[inside.end..];
        let blanks = rest.len() - rest.trim_start().len();
        let closed = rest[blanks..].starts_with(close);
        let end = if closed { inside.end + blanks + 1 } else { self.trimmed(body.span).end };
        self.ranged(Form::Group { body: self.block(body), subshell }, start..end)
    }

    fn for_loop(
        &self,
        name: Option<String>,
        words: &[ast::Word],
        body: &ast::StmtSeq,
        span: ast::Span,
    ) -> Statement {
        let words = words.iter().map(|word| self.word(word)).collect();
        self.made(Form::For { name, words, body: self.block(body) }, span)
    }

    fn while_loop(
        &self,
        until: bool,
        condition: &ast::StmtSeq,
        body: &ast::StmtSeq,
        span: ast::Span,
    ) -> Statement {
        self.made(Form::While { until, condition: self.block(condition), body: self.block(body) }, span)
    }

    fn case(&self, case: &ast::CaseCommand) -> Statement {
        let arms = case
            .cases
            .iter()
            .map(|item| {
                let first = item.patterns.first().map_or(0..0, |pattern| self.range(pattern.span));
                let last = item.patterns.last().map_or(0..0, |pattern| self.range(pattern.span));
                CaseArm {
                    patterns: first.start..last.end.max(first.start),
                    body: self.block(&item.body),
                    falls: matches!(item.terminator, ast::CaseTerminator::FallThrough),
                }
            })
            .collect();
        self.made(Form::Case { subject: self.word(&case.word), arms }, case.span)
    }

    fn conditional(&self, expression: &ast::ConditionalExpr, words: &mut Vec<Word>) {
        let mut todo = vec![expression];
        while let Some(next) = todo.pop() {
            match next {
                ast::ConditionalExpr::Binary(e) => todo.extend([&*e.right, &*e.left]),
                ast::ConditionalExpr::Unary(e) => todo.push(&e.expr),
                ast::ConditionalExpr::Parenthesized(e) => todo.push(&e.expr),
                ast::ConditionalExpr::Word(word) | ast::ConditionalExpr::Regex(word) => {
                    words.push(self.word(word));
                }
                ast::ConditionalExpr::Pattern(pattern) => {
                    for part in &pattern.parts {
                        if let ast::PatternPart::Word(word) = &part.kind {
                            words.push(self.word(word));
                        }
                    }
                }
                ast::ConditionalExpr::VarRef(_) => {}
            }
        }
    }

    fn with_redirects(&self, mut statement: Statement, redirects: &[ast::Redirect]) -> Statement {
        let redirects: Vec<_> = redirects.iter().map(|redirect| self.redirect(redirect)).collect();
        let end = redirects.iter().map(|redirect| redirect.range.end).max().unwrap_or(0);
        statement.range.end = statement.range.end.max(end);
        statement.redirects.extend(redirects);
        statement
    }

    fn assignment(&self, assignment: &ast::Assignment) -> Assignment {
        let (value, elements) = match &assignment.value {
            ast::AssignmentValue::Scalar(word) => (Some(self.word(word)), Vec::new()),
            ast::AssignmentValue::Compound(array) => {
                (None, array.elements.iter().map(|element| self.word(&element.value().word)).collect())
            }
        };
        let name = assignment.target.name.to_string();
        Assignment { name, value, elements, range: self.trimmed(assignment.span) }
    }

    fn redirect(&self, redirect: &ast::Redirect) -> Redirect {
        let range = self.range(redirect.span);
        match &redirect.target {
            ast::RedirectTarget::Word(word) => {
                let inside = word.span.start.offset() >= redirect.span.start.offset()
                    && word.span.start.offset() < word.span.end.offset();
                Redirect { range, target: inside.then(|| self.word(word)), heredoc: None }
            }
            ast::RedirectTarget::Heredoc(heredoc) => {
                let body = self.heredoc_body(heredoc);
                self.check_closed(heredoc, &range, &body);
                let mut commands = Vec::new();
                for part in &heredoc.body.parts {
                    match &part.kind {
                        ast::HeredocBodyPart::CommandSubstitution { body, .. } => {
                            commands.push(self.block(body));
                        }
                        ast::HeredocBodyPart::Parameter(expansion) => {
                            if let Some(word) = operand_of(expansion) {
                                commands.extend(self.word(word).commands);
                            }
                        }
                        ast::HeredocBodyPart::ArithmeticExpansion { expression_word_ast, .. } => {
                            commands.extend(self.word(expression_word_ast).commands);
                        }
                        _ => {}
                    }
                }
                Redirect { range, target: None, heredoc: Some(Heredoc { body, commands }) }
            }
        }
    }

    /// The lines of a here-document; with `<<-` the parser's place leaves out the tabs of its first.
    fn heredoc_body(&self, heredoc: &ast::Heredoc) -> Range<usize> {
        let body = self.range(heredoc.body.span);
        let before = self.text.get(..body.start).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        if heredoc.delimiter.strip_tabs && before[start..].bytes().all(|byte| byte == b'\t') {
            return start..body.end;
        }
        body
    }

    /// Notes a here-document whose body runs to the end of the text.
    fn check_closed(&self, heredoc: &ast::Heredoc, range: &Range<usize>, body: &Range<usize>) {
        let delimiter = heredoc.delimiter.cooked.as_str();
        if self.text.len().saturating_sub(body.end) > delimiter.len() + 64 {
            return;
        }
        let tail = self.text.get(range.end..).unwrap_or_default();
        let closes = |line: &str| {
            let line = if heredoc.delimiter.strip_tabs { line.trim_start_matches('\t') } else { line };
            line == delimiter
        };
        let mut open = self.open_heredoc.borrow_mut();
        if open.is_none() && !tail.lines().skip(1).any(closes) && !tail.contains([')', '`']) {
            *open = Some(range.clone());
        }
    }

    pub fn word(&self, word: &ast::Word) -> Word {
        let mut builder = WordBuilder::new(self.text, self.range(word.span));
        self.parts(&word.parts, Quote::None, &mut builder);
        builder.finish(self.passage)
    }

    fn raw_word(&self, range: Range<usize>) -> Word {
        let mut builder = WordBuilder::new(self.text, range.clone());
        builder.literal(range, Quote::None);
        builder.finish(self.passage)
    }

    fn parts(&self, parts: &[ast::WordPartNode], quote: Quote, builder: &mut WordBuilder<'_>) {
        use ast::WordPart as P;
        for part in parts {
            let range = self.range(part.span);
            match &part.kind {
                P::Literal(_) | P::ZshQualifiedGlob(_) => builder.literal(range, quote),
                P::SingleQuoted { value, dollar } => {
                    let inner = self.range(value.span());
                    if *dollar && !value.is_source_backed() {
                        builder.decoded(inner, value.slice(""));
                    } else {
                        builder.literal(inner, Quote::Single);
                    }
                }
                P::DoubleQuoted { parts, .. } => self.parts(parts, Quote::Double, builder),
                P::CommandSubstitution { body, .. } | P::ProcessSubstitution { body, .. } => {
                    builder.substitution(range);
                    builder.commands(self.block(body));
                }
                P::ArithmeticExpansion { expression_word_ast, .. } => {
                    builder.expansion(range);
                    self.nested_commands(Some(expression_word_ast), builder);
                }
                P::Parameter(expansion) => {
                    builder.expansion(range);
                    self.nested_commands(operand_of(expansion), builder);
                }
                P::ParameterExpansion { operand_word_ast, .. }
                | P::IndirectExpansion { operand_word_ast, .. } => {
                    builder.expansion(range);
                    self.nested_commands(operand_word_ast.as_deref(), builder);
                }
                P::Variable(_)
                | P::Length(_)
                | P::ArrayAccess(_)
                | P::ArrayLength(_)
                | P::ArrayIndices(_)
                | P::Substring { .. }
                | P::ArraySlice { .. }
                | P::PrefixMatch { .. }
                | P::Transformation { .. } => builder.expansion(range),
            }
        }
    }

    fn nested_commands(&self, word: Option<&ast::Word>, builder: &mut WordBuilder<'_>) {
        for block in word.map(|word| self.word(word).commands).unwrap_or_default() {
            builder.commands(block);
        }
    }

    fn made(&self, form: Form, span: ast::Span) -> Statement {
        let range = self.trimmed(span);
        self.ranged(form, range)
    }

    #[allow(clippy::unused_self)]
    fn ranged(&self, form: Form, range: Range<usize>) -> Statement {
        Statement { form, range, negated: false, background: false, redirects: Vec::new() }
    }

    /// The place in our text, whatever the parser says.
    fn range(&self, span: ast::Span) -> Range<usize> {
        let floor = |offset: usize| {
            let mut at = self.base.saturating_add(offset).min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start.offset());
        start..floor(span.end.offset()).max(start)
    }

    /// The place without the blanks and separators that the parser counts to a statement.
    fn trimmed(&self, span: ast::Span) -> Range<usize> {
        let range = self.range(span);
        let text = &self.text[range.clone()];
        let end = text.trim_end_matches(|c: char| c.is_whitespace() || c == ';' || c == '&').len();
        range.start..range.start + end
    }
}

/// The word behind the operator of `${name:-word}` and its kind.
fn operand_of(expansion: &ast::ParameterExpansion) -> Option<&ast::Word> {
    match expansion.bourne()? {
        ast::BourneParameterExpansion::Operation { operand_word_ast, .. }
        | ast::BourneParameterExpansion::Indirect { operand_word_ast, .. } => operand_word_ast.as_deref(),
        _ => None,
    }
}
