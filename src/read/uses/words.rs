//! Texts that code puts together, with their places: literals, templates, sums of them, joined lists. What
//! is known at run time only becomes a hole.

use rustc_hash::FxHashMap;
use swc_common::Spanned;
use swc_ecma_ast::{BinaryOp, Expr, Lit, Tpl};

use crate::read::migration::scope::untyped;
use crate::syntax::typescript::literal::{Form, decode};
use crate::syntax::typescript::range;
use crate::text::{Passage, Weave};

/// What stands for what is not known.
const HOLE: &str = "${x}";

/// How deep names of constants are followed.
const MAX_NAMES: usize = 4;

/// The most parts of one text.
const MAX_PARTS: usize = 20_000;

/// The constants of a file by their names.
pub type Constants<'a> = FxHashMap<&'a str, &'a Expr>;

/// Whether the expression makes a text, at a glance.
pub fn is_text(expr: &Expr) -> bool {
    match untyped(expr) {
        Expr::Lit(Lit::Str(_)) | Expr::Tpl(_) | Expr::TaggedTpl(_) => true,
        Expr::Bin(bin) => bin.op == BinaryOp::Add && (is_text(&bin.right) || is_text(&bin.left)),
        expr => joined(expr).is_some(),
    }
}

/// The list and the words between its items of `[…].join('…')`.
fn joined(expr: &Expr) -> Option<(&swc_ecma_ast::ArrayLit, &Expr)> {
    let Expr::Call(call) = expr else { return None };
    let member = call.callee.as_expr()?.as_member()?;
    let [separator] = call.args.as_slice() else { return None };
    let join = member.prop.as_ident().is_some_and(|name| name.sym == *"join");
    let Expr::Array(list) = untyped(&member.obj) else { return None };
    join.then_some((list, &*separator.expr))
}

/// The text that an expression makes.
pub fn text_of(expr: &Expr, passage: &Passage, constants: &Constants<'_>) -> Passage {
    let weave = Weave::at(passage.locate(range(expr.span())));
    let mut maker = Maker { weave, passage, constants, left: MAX_PARTS };
    maker.add(expr, MAX_NAMES);
    maker.weave.finish()
}

struct Maker<'m, 'a> {
    weave: Weave,
    passage: &'m Passage,
    constants: &'m Constants<'a>,
    left: usize,
}

impl Maker<'_, '_> {
    fn words(&mut self, range: std::ops::Range<usize>, form: Form) {
        decode(self.passage, range, form, &mut self.weave);
    }

    fn add(&mut self, expr: &Expr, names: usize) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        match untyped(expr) {
            Expr::Lit(Lit::Str(words)) => {
                let range = range(words.span);
                self.words(range.start + 1..range.end.saturating_sub(1).max(range.start + 1), Form::Quoted);
            }
            Expr::Tpl(template) => self.template(template, names),
            Expr::TaggedTpl(tagged) => self.template(&tagged.tpl, names),
            Expr::Bin(bin) if bin.op == BinaryOp::Add => {
                // A long sum is deep on its left.
                let mut parts = vec![&*bin.right];
                let mut left = untyped(&bin.left);
                while let Expr::Bin(more) = left
                    && more.op == BinaryOp::Add
                {
                    parts.push(&more.right);
                    left = untyped(&more.left);
                }
                parts.push(left);
                for part in parts.into_iter().rev() {
                    self.add(part, names);
                }
            }
            other => {
                if let Expr::Ident(name) = other
                    && names > 0
                    && let Some(value) = self.constants.get(&*name.sym)
                    && is_text(value)
                {
                    self.add(value, names - 1);
                } else if let Some((list, separator)) = joined(other) {
                    for (at, item) in list.elems.iter().flatten().enumerate() {
                        if at > 0 {
                            self.add(separator, names);
                        }
                        self.add(&item.expr, names);
                    }
                } else {
                    self.weave.put(self.passage.locate(range(other.span())), HOLE);
                }
            }
        }
    }

    fn template(&mut self, template: &Tpl, names: usize) {
        for (at, words) in template.quasis.iter().enumerate() {
            self.words(range(words.span), Form::Template);
            if let Some(hole) = template.exprs.get(at) {
                self.add(hole, names);
            }
        }
    }
}
