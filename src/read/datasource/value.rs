//! What the value of an option may be: texts, lists of globs and names, and what a condition is in
//! production. Follows constants of the same file; an imported name is not known.

use swc_ecma_ast::{
    BinaryOp, Callee, Decl, Expr, Lit, MemberProp, ModuleDecl, ModuleItem, Pat, Stmt, UnaryOp,
};

use crate::read::migration::untyped;
use crate::syntax::typescript::{self, Dialect, Tree};

/// Stands for the folder of the file.
pub const FILE_FOLDER: char = '\u{1}';
/// Stands for the folder that the program is started in.
pub const WORKING_FOLDER: char = '\u{2}';

/// The most values that one expression is followed into.
const MOST: usize = 16;
/// How deep names are followed.
const DEPTH: usize = 12;

/// What is known of a list of migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub globs: Vec<String>,
    /// Classes that are named one by one.
    pub names: Vec<String>,
    /// Whether there may be others.
    pub open: bool,
}

/// What a condition is in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    /// Where this variable has the value; any, where that is none.
    Variable(String, Option<String>),
    Unknown,
}

/// The constants of a file, parsed when the first one is asked for.
pub struct Scope<'t> {
    text: &'t str,
    path: &'t str,
    tree: std::cell::OnceCell<Option<Tree>>,
}

impl<'t> Scope<'t> {
    pub fn new(text: &'t str, path: &'t str) -> Self {
        Self { text, path, tree: std::cell::OnceCell::new() }
    }

    /// What the constant `name` of the file is set to.
    fn constant(&self, name: &str) -> Option<&Expr> {
        let tree = self.tree.get_or_init(|| typescript::parse(self.text, Dialect::of(self.path)).ok());
        tree.as_ref()?.items.iter().find_map(|item| {
            let decl = match item {
                ModuleItem::Stmt(Stmt::Decl(decl)) => decl,
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => &export.decl,
                _ => return None,
            };
            let Decl::Var(variables) = decl else { return None };
            variables.decls.iter().find_map(|variable| match &variable.name {
                Pat::Ident(own) if own.sym == *name => variable.init.as_deref(),
                _ => None,
            })
        })
    }

    /// What `migrations` lists.
    pub fn listed(&self, words: &str) -> Listed {
        let mut listed = Listed::default();
        match parsed(words) {
            Some(tree) => match expression(&tree) {
                Some(expr) => self.list(expr, &mut listed, 0),
                None => listed.open = true,
            },
            None => listed.open = true,
        }
        listed
    }

    /// What a condition is in production, where `NODE_ENV` is `production`.
    pub fn truth(&self, words: &str) -> Truth {
        let Some(tree) = parsed(words) else { return Truth::Unknown };
        expression(&tree).map_or(Truth::Unknown, |expr| self.holds(expr, 0))
    }

    /// The text that an expression is, where that is one.
    pub fn text(&self, words: &str) -> Option<String> {
        let tree = parsed(words)?;
        let mut all = self.texts(expression(&tree)?, 0)?;
        if all.len() == 1 { all.pop() } else { None }
    }

    fn list(&self, expr: &Expr, out: &mut Listed, depth: usize) {
        let expr = untyped(expr);
        if depth > DEPTH || out.globs.len() + out.names.len() > 4_096 {
            out.open = true;
            return;
        }
        match expr {
            Expr::Array(array) => {
                for element in array.elems.iter().flatten() {
                    let inner = untyped(&element.expr);
                    if element.spread.is_some() {
                        self.list(inner, out, depth + 1);
                        continue;
                    }
                    let name = match inner {
                        Expr::Ident(name) => Some(&name.sym),
                        Expr::Member(member) => member.prop.as_ident().map(|name| &name.sym),
                        _ => None,
                    };
                    match inner {
                        _ if name.is_some_and(|name| is_migration(name)) => {
                            out.names.extend(name.map(ToString::to_string));
                        }
                        Expr::Class(_) => {}
                        inner => match self.texts(inner, depth + 1) {
                            Some(texts) => out.globs.extend(texts),
                            None => out.open = true,
                        },
                    }
                }
            }
            Expr::Cond(condition) => {
                self.list(&condition.cons, out, depth + 1);
                self.list(&condition.alt, out, depth + 1);
            }
            Expr::Ident(name) => match self.constant(&name.sym) {
                Some(value) => self.list(value, out, depth + 1),
                None => out.open = true,
            },
            _ => out.open = true,
        }
    }

    /// The texts that an expression may be.
    fn texts(&self, expr: &Expr, depth: usize) -> Option<Vec<String>> {
        if depth > DEPTH {
            return None;
        }
        let one = |text: &str| Some(vec![text.to_owned()]);
        match untyped(expr) {
            Expr::Lit(Lit::Str(text)) => one(text.value.as_str()?),
            Expr::Tpl(template) => {
                let mut all = vec![String::new()];
                for (at, quasi) in template.quasis.iter().enumerate() {
                    all.iter_mut().for_each(|text| text.push_str(&quasi.raw));
                    if let Some(hole) = template.exprs.get(at) {
                        all = joined(all, &self.texts(hole, depth + 1)?, "")?;
                    }
                }
                Some(all)
            }
            Expr::Bin(binary) if binary.op == BinaryOp::Add => {
                let left = self.texts(&binary.left, depth + 1)?;
                joined(left, &self.texts(&binary.right, depth + 1)?, "")
            }
            Expr::Cond(condition) => {
                let mut all = self.texts(&condition.cons, depth + 1)?;
                all.extend(self.texts(&condition.alt, depth + 1)?);
                (all.len() <= MOST).then_some(all)
            }
            Expr::Ident(name) if name.sym == *"__dirname" => one(&FILE_FOLDER.to_string()),
            Expr::Ident(name) => self.texts(self.constant(&name.sym)?, depth + 1),
            Expr::Member(member) => {
                let folder = matches!(&*member.obj, Expr::MetaProp(_))
                    && member.prop.as_ident().is_some_and(|name| name.sym == *"dirname");
                if folder { one(&FILE_FOLDER.to_string()) } else { None }
            }
            Expr::Call(call) => {
                let Callee::Expr(callee) = &call.callee else { return None };
                let name = match untyped(callee) {
                    Expr::Ident(name) => name.sym.as_str(),
                    Expr::Member(member) => member.prop.as_ident()?.sym.as_str(),
                    _ => return None,
                };
                match name {
                    "cwd" => one(&WORKING_FOLDER.to_string()),
                    "join" | "resolve" => {
                        let mut all: Option<Vec<String>> = None;
                        for arg in &call.args {
                            if arg.spread.is_some() {
                                return None;
                            }
                            let texts = self.texts(&arg.expr, depth + 1)?;
                            all = Some(match all {
                                Some(all) => joined(all, &texts, "/")?,
                                None => texts,
                            });
                        }
                        all
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn holds(&self, expr: &Expr, depth: usize) -> Truth {
        if depth > DEPTH {
            return Truth::Unknown;
        }
        match untyped(expr) {
            Expr::Lit(Lit::Bool(value)) => truth(value.value),
            Expr::Unary(unary) if unary.op == UnaryOp::Bang => match self.holds(&unary.arg, depth + 1) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                _ => Truth::Unknown,
            },
            Expr::Bin(binary) => match binary.op {
                BinaryOp::LogicalAnd => {
                    match (self.holds(&binary.left, depth + 1), self.holds(&binary.right, depth + 1)) {
                        (Truth::No, _) | (_, Truth::No) => Truth::No,
                        (Truth::Yes, other) | (other, Truth::Yes) => other,
                        _ => Truth::Unknown,
                    }
                }
                BinaryOp::LogicalOr => {
                    match (self.holds(&binary.left, depth + 1), self.holds(&binary.right, depth + 1)) {
                        (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
                        (Truth::No, other) | (other, Truth::No) => other,
                        _ => Truth::Unknown,
                    }
                }
                BinaryOp::EqEq | BinaryOp::EqEqEq => self.equal(&binary.left, &binary.right, depth),
                BinaryOp::NotEq | BinaryOp::NotEqEq => match self.equal(&binary.left, &binary.right, depth) {
                    Truth::Yes => Truth::No,
                    Truth::No => Truth::Yes,
                    _ => Truth::Unknown,
                },
                _ => Truth::Unknown,
            },
            Expr::Cond(condition) => match self.holds(&condition.test, depth + 1) {
                Truth::Yes => self.holds(&condition.cons, depth + 1),
                Truth::No => self.holds(&condition.alt, depth + 1),
                _ => Truth::Unknown,
            },
            Expr::Ident(name) => match self.constant(&name.sym) {
                Some(value) => self.holds(value, depth + 1),
                None => Truth::Unknown,
            },
            _ => Truth::Unknown,
        }
    }

    fn equal(&self, left: &Expr, right: &Expr, depth: usize) -> Truth {
        let (Some(name), Some(value)) = (self.variable(left, depth), literal(right)) else {
            let (Some(value), Some(name)) = (literal(left), self.variable(right, depth)) else {
                return Truth::Unknown;
            };
            return equals(&name, &value);
        };
        equals(&name, &value)
    }

    /// The environment variable that an expression is the value of.
    fn variable(&self, expr: &Expr, depth: usize) -> Option<String> {
        match untyped(expr) {
            Expr::Member(member) if is_environment(&member.obj) => match &member.prop {
                MemberProp::Ident(name) => Some(name.sym.to_string()),
                MemberProp::Computed(name) => literal(&name.expr),
                MemberProp::PrivateName(_) => None,
            },
            Expr::Ident(name) if depth < DEPTH => self.variable(self.constant(&name.sym)?, depth + 1),
            // `process.env.NODE_ENV || 'development'`, `process.env.SYNC?.toLowerCase()`
            Expr::Bin(binary) if matches!(binary.op, BinaryOp::LogicalOr | BinaryOp::NullishCoalescing) => {
                literal(&binary.right)?;
                self.variable(&binary.left, depth + 1)
            }
            _ => None,
        }
    }
}

/// Whether a name is a migration's class: it ends with a stamp.
fn is_migration(name: &str) -> bool {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    name.starts_with(char::is_uppercase) && digits >= 10
}

/// `process.env`, `import.meta.env`.
fn is_environment(expr: &Expr) -> bool {
    let Expr::Member(member) = untyped(expr) else { return false };
    let env = member.prop.as_ident().is_some_and(|name| name.sym == *"env");
    env && match untyped(&member.obj) {
        Expr::Ident(name) => name.sym == *"process",
        Expr::MetaProp(_) => true,
        _ => false,
    }
}

/// Values of `NODE_ENV` that production does not have.
const ELSEWHERE: [&str; 7] = ["test", "testing", "development", "dev", "local", "e2e", "ci"];

fn equals(name: &str, value: &str) -> Truth {
    match (name, value) {
        ("NODE_ENV", "production") => Truth::Yes,
        ("NODE_ENV", value) if ELSEWHERE.contains(&value) => Truth::No,
        // A team's own word for production, perhaps.
        ("NODE_ENV", _) => Truth::Unknown,
        (name, value) => Truth::Variable(name.to_owned(), Some(value.to_owned())),
    }
}

fn truth(value: bool) -> Truth {
    if value { Truth::Yes } else { Truth::No }
}

fn literal(expr: &Expr) -> Option<String> {
    match untyped(expr) {
        Expr::Lit(Lit::Str(text)) => text.value.as_str().map(str::to_owned),
        Expr::Tpl(template) if template.exprs.is_empty() => {
            template.quasis.first().map(|quasi| quasi.raw.to_string())
        }
        _ => None,
    }
}

fn joined(left: Vec<String>, right: &[String], between: &str) -> Option<Vec<String>> {
    let all: Vec<String> = left
        .iter()
        .flat_map(|left| right.iter().map(move |right| format!("{left}{between}{right}")))
        .take(MOST + 1)
        .collect();
    let short = all.iter().all(|text| text.len() < 4_096);
    (all.len() <= MOST && short).then_some(all)
}

fn parsed(words: &str) -> Option<Tree> {
    if words.len() > 128 * 1024 {
        return None;
    }
    typescript::parse(&format!("({words}\n)"), Dialect::default()).ok()
}

fn expression(tree: &Tree) -> Option<&Expr> {
    match tree.items.first()? {
        ModuleItem::Stmt(Stmt::Expr(statement)) => Some(&statement.expr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_globs_and_names() {
        let file = "const dir = __dirname;\nexport const GLOB = join(dir, '店', '*.js');\nconst both = ['a/*.ts', GLOB] as const;";
        let scope = Scope::new(file, "src/data-source.ts");
        let listed = |words: &str| {
            let listed = scope.listed(words);
            let globs = listed.globs.join(" ").replace(FILE_FOLDER, "@").replace(WORKING_FOLDER, ".");
            format!("{globs}|{}|{}", listed.names.join(" "), listed.open)
        };
        assert_eq!(listed("both"), "a/*.ts @/店/*.js||false");
        assert_eq!(listed("[__dirname + '/m/*{.ts,.js}']"), "@/m/*{.ts,.js}||false");
        assert_eq!(listed("[`${__dirname}/m/*.js`, ts ? 'x' : 'y']"), "@/m/*.js x y||false");
        assert_eq!(listed("[path.resolve(process.cwd(), 'm')]"), "./m||false");
        assert_eq!(
            listed("[AddA1700000000000, ns.AddB1700000000001]"),
            "|AddA1700000000000 AddB1700000000001|false"
        );
        assert_eq!(listed("[...imported, 'x']"), "x||true");
        assert_eq!(listed("Object.values(all)"), "||true");
        assert_eq!(listed("[config.get('glob')]"), "||true");
        assert_eq!(listed("[process.env.GLOB]"), "||true");
        assert_eq!(listed("[MIGRATIONS]"), "||true");
        assert_eq!(listed("[import.meta.dirname + '/m']"), "@/m||false");
        assert_eq!(listed("[`"), "||true");
    }

    #[test]
    fn conditions_in_production() {
        let file =
            "const env = process.env.NODE_ENV ?? 'development';\nconst isProduction = env === 'production';";
        let scope = Scope::new(file, "x.ts");
        for (words, expected) in [
            ("true", Truth::Yes),
            ("process.env.NODE_ENV !== 'production'", Truth::No),
            ("!isProduction", Truth::No),
            ("isProduction ? false : true", Truth::No),
            ("isProduction", Truth::Yes),
            ("process.env.NODE_ENV !== 'test'", Truth::Yes),
            ("env == 'development' || env == 'test'", Truth::No),
            ("env !== 'prod'", Truth::Unknown),
            ("config.get('sync')", Truth::Unknown),
            ("process.env['DB_SYNC'] === 'true'", Truth::Variable("DB_SYNC".into(), Some("true".into()))),
            ("!isProduction && process.env.DB_SYNC === 'true'", Truth::No),
            (
                "isProduction && process.env.DB_SYNC === '1'",
                Truth::Variable("DB_SYNC".into(), Some("1".into())),
            ),
            ("process.env.NODE_ENV ===", Truth::Unknown),
        ] {
            assert_eq!(scope.truth(words), expected, "{words}");
        }
    }

    #[test]
    fn hostile_values_are_borne() {
        let circle = Scope::new("const a = b; const b = a + a;", "x.ts");
        assert_eq!(circle.text("a"), None);
        assert!(circle.listed("a").open);
        assert_eq!(circle.truth("a && !b"), Truth::Unknown);
        assert_eq!(circle.text(&format!("{}'x'", "'x' + ".repeat(1_000))), None);
        let _ = circle.truth(&"!(".repeat(100_000));
    }
}
