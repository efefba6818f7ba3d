//! What the language and node's own packages do, as far as migrations use it: paths, files, texts.

use super::super::library::{folder, normal};
use super::super::text::{Maker, Text, Why};
use super::super::value::{Arg, Kind, List, Object, Value};
use super::eval::RUN_TIME;
use super::{Machine, Rc, Site};
use crate::syntax::json;
use crate::text::Passage;

/// The name under which a package of node's is known.
pub(super) fn package(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("node:").unwrap_or(name) {
        "path" | "path/posix" => "path",
        "fs" | "fs-extra" | "graceful-fs" => "fs",
        "fs/promises" => "fs.promises",
        "url" => "url",
        "util" => "util",
        "process" => "process",
        "child_process" => "child_process",
        _ => return None,
    })
}

/// Names that every file knows.
pub(super) fn is_global(name: &str) -> bool {
    matches!(
        name,
        "Promise"
            | "Object"
            | "Array"
            | "String"
            | "Number"
            | "Boolean"
            | "JSON"
            | "Math"
            | "Date"
            | "console"
            | "process"
            | "require"
            | "Set"
            | "Map"
            | "URL"
            | "Error"
            | "parseInt"
            | "RegExp"
            | "WeakMap"
            | "WeakSet"
            | "TypeError"
            | "RangeError"
            | "structuredClone"
            | "setTimeout"
            | "globalThis"
    )
}

impl<'a> Machine<'a> {
    pub(super) fn native_member(&mut self, path: &str, name: &str) -> Value<'a> {
        let own = self.library.get(self.module()).map(|file| Rc::clone(&file.path)).unwrap_or_default();
        match (path, name) {
            ("process.env", name) => Value::Unknown(Rc::new(Why {
                reason: format!("the environment variable `{name}` is known at run time only"),
                variable: Some(name.to_owned()),
                path: None,
            })),
            ("import.meta", "dirname") => self.made_text(&format!("/{}", folder(&own))),
            ("import.meta", "url" | "filename") => self.made_text(&format!("/{own}")),
            ("path", "sep") => self.made_text("/"),
            ("path", "posix" | "default") | ("fs" | "url" | "util", "default") => Value::Native(path.into()),
            (path, name) => Value::Native(format!("{path}.{name}").into()),
        }
    }

    pub(super) fn native_call(&mut self, path: &str, args: Vec<Arg<'a>>, site: &Site) -> Value<'a> {
        let first = args.first().map_or(Value::Nothing, |arg| arg.value.clone());
        match path {
            "path.join" | "path.resolve" => self.join_path(&args, path == "path.resolve"),
            "path.dirname" => match Self::known(&first.settled()) {
                Some(text) => {
                    let parent = folder(text.passage.text()).to_owned();
                    self.made_text(if parent.is_empty() { "/" } else { &parent })
                }
                None => Value::unknown("which folder it is is known at run time only"),
            },
            "path.basename" => match Self::known(&first.settled()) {
                Some(text) => {
                    let words = text.passage.text().rsplit('/').next().unwrap_or_default().to_owned();
                    let end = args.get(1).and_then(|arg| Self::known(&arg.value));
                    let end = end.as_ref().map_or("", |end| end.passage.text());
                    self.made_text(words.strip_suffix(end).unwrap_or(&words))
                }
                None => Value::unknown("which file it is is known at run time only"),
            },
            "url.fileURLToPath" | "util.promisify" | "Object.freeze" | "Object.seal" | "Array.from"
            | "String" => match first {
                Value::Number(number, place) if path == "String" => {
                    let mut maker = Maker::at(place);
                    maker.put(place, &number.to_string());
                    Value::text(maker.finish())
                }
                Value::Object(object) if path == "Array.from" && object.get("length").is_some() => {
                    let list = self.counted_list(object.get("length").unwrap_or(&Value::Nothing));
                    match args.get(1) {
                        Some(_) => self.call_method(&list, "map", args[1..].to_vec(), site, None),
                        None => list,
                    }
                }
                first if path == "Array.from" => {
                    let list = match self.fresh(first) {
                        Value::List(list) => Value::List(Rc::new(list.copy())),
                        other => other,
                    };
                    match args.get(1) {
                        Some(_) => self.call_method(&list, "map", args[1..].to_vec(), site, None),
                        None => list,
                    }
                }
                first => first,
            },
            "fs.readFileSync" => self.file(&first),
            "fs.promises.readFile" => {
                let text = self.file(&first);
                Value::Promise(Rc::new((text, Vec::new())))
            }
            "fs.readFile" => {
                let text = self.file(&first);
                let callback = args.iter().skip(1).find_map(|arg| match &arg.value {
                    Value::Function(function) => Some(Rc::clone(function)),
                    _ => None,
                });
                match callback {
                    Some(callback) => self.call_function(&callback, vec![Value::Nothing, text], None, site),
                    None => Value::Promise(Rc::new((text, Vec::new()))),
                }
            }
            "fs.readdirSync" | "fs.promises.readdir" if args.len() == 1 => {
                let own =
                    self.library.get(self.module()).map(|file| Rc::clone(&file.path)).unwrap_or_default();
                let value = first.clone().settled();
                let names =
                    Self::known(&value).and_then(|name| self.library.folder(&own, name.passage.text()));
                match (names, value) {
                    (Some(names), _) => Value::list(names.iter().map(|name| self.made_text(name)).collect()),
                    (None, Value::Unknown(why)) => Value::Unknown(why),
                    _ => Value::unknown("the folder is not in the repository"),
                }
            }
            "require" => self.require(&first.settled()),
            "Promise.all" | "Promise.allSettled" | "Promise.race" | "Promise.any" => Self::gathered(&first),
            "Promise.resolve" => Value::Promise(Rc::new((first.settled(), Vec::new()))),
            "Object.keys" => Self::keys(&first.settled(), self.here()),
            "Object.values" | "Object.entries" => Self::entries(&first.settled(), path == "Object.values"),
            "Object.assign" => {
                let whole = self.merged(&args);
                let first = self.fresh(first);
                if let Value::Object(_) = first {
                    self.change(&first, whole.clone(), args.first().map(|arg| arg.expr));
                }
                whole
            }
            "Object.fromEntries" => self.from_entries(&first.settled()),
            "structuredClone" => match self.fresh(first).settled() {
                Value::List(list) => Value::List(Rc::new(List { kind: list.kind, ..list.copy() })),
                Value::Object(object) => Value::Object(Rc::new(Object { id: 0, ..Object::clone(&object) })),
                other => other,
            },
            "JSON.parse" => match first.clone().settled() {
                Value::Text(text) if text.known().is_some() => self.json(&text.passage),
                Value::Unknown(why) => Value::Unknown(why),
                _ => Value::unknown(RUN_TIME),
            },
            "Array" if args.len() == 1 && matches!(first, Value::Number(..)) => self.counted_list(&first),
            "Array" | "Array.of" => Value::list(args.into_iter().map(|arg| arg.value).collect()),
            "Math.max" | "Math.min" | "Math.floor" | "Math.ceil" | "Math.round" | "Math.abs"
            | "Math.trunc" | "Math.pow" => self.math(path, &args),
            "util.format" => self.formatted(&args),
            "String.raw" => self.raw(&args),
            "String.fromCharCode" => match first {
                Value::Number(code, place) => {
                    #[allow(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "it saturates"
                    )]
                    let char = char::from_u32(code as u32).unwrap_or('?');
                    let mut maker = Maker::at(place);
                    maker.put(place, char.encode_utf8(&mut [0; 4]));
                    Value::text(maker.finish())
                }
                _ => Value::unknown(RUN_TIME),
            },
            "Array.isArray" => match first.settled() {
                Value::List(_) => Value::Bool(true, self.here()),
                Value::Text(_) | Value::Object(_) | Value::Nothing => Value::Bool(false, self.here()),
                _ => Value::unknown(RUN_TIME),
            },
            "Number" | "parseInt" | "Number.parseInt" => match &first {
                Value::Text(text) => match text.known().and_then(|words| words.trim().parse().ok()) {
                    Some(number) => Value::Number(number, text.passage.span()),
                    None => Value::unknown(RUN_TIME),
                },
                Value::Number(..) => first,
                Value::Unknown(why) => Value::Unknown(Rc::clone(why)),
                _ => Value::unknown(RUN_TIME),
            },
            "Boolean" => match first.truth() {
                Some(truth) => Value::Bool(truth, self.here()),
                None => Value::unknown(RUN_TIME),
            },
            "process.cwd" => self.made_text("."),
            _ if path.starts_with("Array.prototype.") && path.ends_with(['l', 'y']) && !args.is_empty() => {
                let Some((method, how)) = path["Array.prototype.".len()..].split_once('.') else {
                    return self.unknown_call(&Value::unknown(RUN_TIME), args, site);
                };
                let list = self.fresh(first);
                let given: Vec<Arg<'a>> = match (how, args.get(1)) {
                    ("apply", Some(more)) => vec![Arg { spread: true, ..more.clone() }],
                    ("apply", None) => Vec::new(),
                    _ => args.iter().skip(1).cloned().collect(),
                };
                let holder = args.first().map(|arg| arg.expr);
                self.call_method(&list, method, given, site, holder)
            }
            _ if path.starts_with("child_process.") => {
                let reason = format!("`{}` runs a program, which is not followed", site.callee);
                self.not_followed_in(site.module, site.whole.clone(), reason);
                Value::unknown(RUN_TIME)
            }
            _ if path.starts_with("console.") => Value::Nothing,
            _ => {
                let why = match &first {
                    // What is made of a variable of the environment is one still.
                    Value::Unknown(why) if why.variable.is_some() => Value::Unknown(Rc::clone(why)),
                    _ => Value::Unknown(Rc::new(Why::new(String::new()))),
                };
                self.unknown_call(&why, args, site)
            }
        }
    }

    pub(super) fn new_native(&mut self, path: &str, args: Vec<Arg<'a>>, site: &Site) -> Value<'a> {
        let first = args.first().map(|arg| arg.value.clone());
        match (path, first) {
            ("Promise", Some(Value::Function(function))) => {
                let start = self.noted.reading.facts.len();
                let done = Value::unknown("it is a function of a promise");
                let result = self.call_function(&function, vec![done.clone(), done], None, site);
                self.give_away(&result);
                self.promise(Value::unknown("what a promise gives is not followed"), start)
            }
            ("Set" | "Map", Some(Value::List(list))) => {
                let kind = if path == "Set" { Kind::Set } else { Kind::Map };
                let Value::List(list) = self.fresh(Value::List(list)) else {
                    return Value::unknown(RUN_TIME);
                };
                let mut new = List { kind, id: self.new_id(), ..list.copy() };
                if kind == Kind::Set {
                    let mut items: Vec<Value<'a>> = Vec::with_capacity(new.items.len());
                    for item in new.items {
                        // Long lists are rows, whose likes do not matter.
                        if items.len() > 500 || items.iter().all(|known| known.same(&item) != Some(true)) {
                            items.push(item);
                        }
                    }
                    new.items = items;
                }
                Value::List(Rc::new(new))
            }
            ("Set" | "Map" | "WeakMap" | "WeakSet", None | Some(Value::Nothing)) => {
                let kind = if path.ends_with("Set") { Kind::Set } else { Kind::Map };
                Value::List(Rc::new(List { kind, id: self.new_id(), ..List::default() }))
            }
            ("Set" | "Map", Some(Value::Unknown(why))) => {
                let kind = if path == "Set" { Kind::Set } else { Kind::Map };
                let list = List::new(Vec::new(), Some(why));
                Value::List(Rc::new(List { kind, id: self.new_id(), ..list }))
            }
            ("Array", Some(count @ Value::Number(..))) if args.len() == 1 => self.counted_list(&count),
            ("Array", _) => Value::list(args.into_iter().map(|arg| arg.value).collect()),
            ("RegExp", Some(Value::Text(exp))) if exp.known().is_some() => {
                let flags = match args.get(1).map(|arg| &arg.value) {
                    Some(Value::Text(flags)) => flags.known().unwrap_or_default().into(),
                    _ => "".into(),
                };
                Value::Pattern(exp.known().unwrap_or_default().into(), flags)
            }
            ("Date", _) => Value::unknown("it is the time when it runs"),
            ("Error" | "TypeError" | "RangeError", _) => Value::unknown("it is an error"),
            ("URL" | "url.URL", Some(first)) => {
                match (Self::known(&first), args.get(1).map(|arg| &arg.value)) {
                    (Some(name), Some(base)) => match Self::known(base) {
                        Some(base) => {
                            let whole = format!("{}/{}", folder(base.passage.text()), name.passage.text());
                            self.made_path(&whole)
                        }
                        None => Value::unknown(RUN_TIME),
                    },
                    _ => Value::unknown(RUN_TIME),
                }
            }
            _ => self.unknown_call(&Value::Unknown(Rc::new(Why::new(String::new()))), args, site),
        }
    }

    fn join_path(&mut self, args: &[Arg<'a>], absolute: bool) -> Value<'a> {
        let mut whole = String::new();
        for arg in args {
            let value = arg.value.clone().settled();
            let Some(text) = Self::known(&value) else {
                return match value {
                    Value::Unknown(why) => Value::Unknown(why),
                    Value::Text(text) => {
                        let why = text.holes.first().map(|hole| Rc::clone(&hole.why));
                        why.map_or_else(|| Value::unknown(RUN_TIME), Value::Unknown)
                    }
                    _ => Value::unknown("which file it is is known at run time only"),
                };
            };
            let part = text.passage.text();
            if absolute && part.starts_with('/') {
                whole.clear();
            }
            if !whole.is_empty() {
                whole.push('/');
            }
            whole.push_str(part);
        }
        self.made_path(&whole)
    }

    fn made_path(&mut self, whole: &str) -> Value<'a> {
        let rooted = if whole.starts_with('/') { "/" } else { "" };
        match normal(whole) {
            Some(path) => self.made_text(&format!("{rooted}{path}")),
            None => Value::unknown("its path leads out of the repository"),
        }
    }

    /// The text of the file at a path.
    fn file(&mut self, path: &Value<'a>) -> Value<'a> {
        let path = path.clone().settled();
        let text = match &path {
            Value::Text(text) => text,
            Value::Unknown(why) => {
                return Value::Unknown(Rc::new(Why {
                    reason: format!("it is read from a file whose name is not known: {}", why.reason),
                    variable: None,
                    path: None,
                }));
            }
            _ => return Value::unknown("it is read from a file whose name is not known"),
        };
        let Some(name) = text.known() else {
            let why = text.holes.first().map_or("", |hole| hole.why.reason.as_str());
            return Value::unknown(format!("it is read from a file whose name is not known: {why}"));
        };
        let own = self.library.get(self.module()).map(|file| Rc::clone(&file.path)).unwrap_or_default();
        let name = normal(name).map(|path| if name.starts_with('/') { format!("/{path}") } else { path });
        match name.ok_or_else(|| "its path leads out of the repository".to_owned()) {
            Ok(name) => match self.library.text(&own, &name) {
                Ok(passage) => Value::text(Text::whole(passage)),
                Err(reason) => Value::unknown(reason),
            },
            Err(reason) => Value::unknown(reason),
        }
    }

    fn entries(value: &Value<'a>, values: bool) -> Value<'a> {
        match value {
            Value::Object(object) => {
                let items = object.pairs.iter().map(|(key, value)| {
                    if values {
                        return value.clone();
                    }
                    let mut maker = Maker::at(object.span);
                    maker.put(object.span, key);
                    Value::list(vec![Value::text(maker.finish()), value.clone()])
                });
                let items = items.collect();
                Value::List(Rc::new(List::new(items, object.more.clone())))
            }
            Value::List(_) if values => value.clone(),
            Value::Unknown(why) => Value::Unknown(Rc::clone(why)),
            _ => Value::unknown(RUN_TIME),
        }
    }

    /// A list of so many items of nothing.
    fn counted_list(&mut self, count: &Value<'a>) -> Value<'a> {
        match count {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
            Value::Number(count, _) if (0.0..=100_000.0).contains(count) => {
                Value::list(vec![Value::Nothing; *count as usize])
            }
            Value::Unknown(why) => Value::open_list(Vec::new(), Rc::clone(why)),
            _ => Value::open_list(Vec::new(), Rc::new(Why::new("how many items it has is not followed"))),
        }
    }

    fn from_entries(&mut self, list: &Value<'a>) -> Value<'a> {
        let Value::List(list) = self.fresh(list.clone()) else { return Value::unknown(RUN_TIME) };
        let mut whole = Object { pairs: Vec::new(), more: list.more.clone(), span: self.here(), id: 0 };
        for item in &list.items {
            let Value::List(pair) = item else {
                whole.more = Some(Rc::new(Why::new("what it is made from is not followed")));
                continue;
            };
            let key = pair.items.first().and_then(|key| Self::known(key));
            let value = pair.items.get(1).cloned().unwrap_or(Value::Nothing);
            match key {
                Some(key) => whole.pairs.push((key.passage.text().into(), value)),
                None => whole.more = Some(Rc::new(Why::new("a name in it is known at run time only"))),
            }
        }
        Value::Object(Rc::new(whole))
    }

    fn math(&mut self, path: &str, args: &[Arg<'a>]) -> Value<'a> {
        let numbers: Option<Vec<f64>> = args
            .iter()
            .map(|arg| if let Value::Number(number, _) = arg.value { Some(number) } else { None })
            .collect();
        let Some(numbers) = numbers.filter(|_| args.iter().all(|arg| !arg.spread)) else {
            return Value::unknown(RUN_TIME);
        };
        let first = numbers.first().copied().unwrap_or(f64::NAN);
        let number = match path {
            "Math.max" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            "Math.min" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            "Math.floor" => first.floor(),
            "Math.ceil" => first.ceil(),
            "Math.round" => (first + 0.5).floor(),
            "Math.abs" => first.abs(),
            "Math.pow" => first.powf(numbers.get(1).copied().unwrap_or(f64::NAN)),
            _ => first.trunc(),
        };
        if number.is_finite() { Value::Number(number, self.here()) } else { Value::unknown(RUN_TIME) }
    }

    /// The values of JSON, each with its place.
    pub(super) fn json(&mut self, passage: &Passage) -> Value<'a> {
        match json::parse(passage) {
            (Some(node), faults) if faults.is_empty() => self.json_value(passage, &node, 0),
            _ => Value::unknown("it is no JSON that can be read"),
        }
    }

    fn json_value(&mut self, passage: &Passage, node: &json::Node, depth: u32) -> Value<'a> {
        if depth > 64 || !self.step() {
            return Value::unknown("it is nested too deeply to be followed");
        }
        let place = passage.locate(node.range.clone());
        match &node.data {
            json::Data::Null => Value::Nothing,
            json::Data::Bool(flag) => Value::Bool(*flag, place),
            json::Data::Number(number) => match number.parse::<f64>() {
                Ok(number) => Value::Number(number, place),
                Err(_) => Value::unknown(RUN_TIME),
            },
            json::Data::Text(words) => Value::text(Text::whole(words.clone())),
            json::Data::List(items) => {
                Value::list(items.iter().map(|item| self.json_value(passage, item, depth + 1)).collect())
            }
            json::Data::Object(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.text().into(), self.json_value(passage, &entry.node, depth + 1)))
                    .collect();
                Value::Object(Rc::new(Object { pairs, more: None, span: place, id: 0 }))
            }
        }
    }

    fn merged(&mut self, args: &[Arg<'a>]) -> Value<'a> {
        let mut whole = Object { pairs: Vec::new(), more: None, span: self.here(), id: 0 };
        for arg in args {
            match arg.value.clone().settled() {
                Value::Object(object) => {
                    whole.pairs.extend(object.pairs.iter().cloned());
                    whole.more = whole.more.or_else(|| object.more.clone());
                }
                _ => whole.more = Some(Rc::new(Why::new(RUN_TIME))),
            }
        }
        Value::Object(Rc::new(whole))
    }
}
