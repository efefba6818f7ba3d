//! Two versions of a file as a patch, as `git apply` takes it. Knows lines, no language.

use std::fmt::Write;

/// Lines of context around a change.
const AROUND: usize = 3;
/// Where more pairs of lines than this could be compared, all between the common ends is one change.
const MOST: usize = 4_000_000;

/// The patch from `old` to `new`; empty where they are the same.
#[must_use]
pub fn diff(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let path = path.replace(['\n', '\r'], "?");
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    for hunk in hunks(&changes(&old, &new)) {
        let first = &hunk[0];
        let last = &hunk[hunk.len() - 1];
        let start = first.old.0.saturating_sub(AROUND);
        let before = first.old.0 - start;
        let behind = AROUND.min(old.len() - last.old.1);
        let new_start = first.new.0 - before;
        let lengths = (last.old.1 + behind - start, last.new.1 + behind - new_start);
        let at = |start: usize, len: usize| if len == 0 { start } else { start + 1 };
        let _ = writeln!(
            out,
            "@@ -{},{} +{},{} @@",
            at(start, lengths.0),
            lengths.0,
            at(new_start, lengths.1),
            lengths.1
        );
        let mut at = start;
        for change in hunk {
            lines(&mut out, ' ', &old[at..change.old.0]);
            lines(&mut out, '-', &old[change.old.0..change.old.1]);
            lines(&mut out, '+', &new[change.new.0..change.new.1]);
            at = change.old.1;
        }
        lines(&mut out, ' ', &old[at..at + behind]);
    }
    out
}

fn lines(out: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// Lines of the old text, from and to, that lines of the new one stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

/// Changes whose context touches stand together.
fn hunks(changes: &[Change]) -> impl Iterator<Item = &[Change]> {
    changes.chunk_by(|one, other| other.old.0 - one.old.1 <= 2 * AROUND)
}

/// The changes between two texts.
fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let head = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let (one, other) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let whole = Change { old: (head, old.len() - tail), new: (head, new.len() - tail) };
    let Some(pairs) = common(one, other) else { return vec![whole] };
    let mut found = Vec::new();
    let mut at = (0, 0);
    for pair in pairs.into_iter().chain([(one.len(), other.len())]) {
        if pair != at {
            found.push(Change { old: (head + at.0, head + pair.0), new: (head + at.1, head + pair.1) });
        }
        at = (pair.0 + 1, pair.1 + 1);
    }
    found
}

/// The lines that both have, in order; none where the texts are too long to look.
fn common(old: &[&str], new: &[&str]) -> Option<Vec<(usize, usize)>> {
    let width = new.len() + 1;
    let size = (old.len() + 1).checked_mul(width).filter(|&size| size <= MOST)?;
    // The most common lines of what is left from each pair of places on.
    let mut left = vec![0_u32; size];
    for x in (0..old.len()).rev() {
        for y in (0..new.len()).rev() {
            left[x * width + y] = if old[x] == new[y] {
                left[(x + 1) * width + y + 1] + 1
            } else {
                left[(x + 1) * width + y].max(left[x * width + y + 1])
            };
        }
    }
    let (mut x, mut y) = (0, 0);
    let mut pairs = Vec::new();
    while x < old.len() && y < new.len() {
        if old[x] == new[y] {
            pairs.push((x, y));
            (x, y) = (x + 1, y + 1);
        } else if left[(x + 1) * width + y] >= left[x * width + y + 1] {
            x += 1;
        } else {
            y += 1;
        }
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_says_each_change_with_what_stands_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n";
        let new = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        assert_eq!(
            diff("m/店.ts", old, new),
            "--- a/m/店.ts\n+++ b/m/店.ts\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -9,3 +9,4 @@\n i\n j\n k\n+l\n\\ No newline at end of file\n"
        );
        assert_eq!(diff("a", "x\r\ny\r\n", "y\r\n"), "--- a/a\n+++ b/a\n@@ -1,2 +1,1 @@\n-x\r\n y\r\n");
        assert_eq!(diff("a", "", "x\n"), "--- a/a\n+++ b/a\n@@ -0,0 +1,1 @@\n+x\n");
        assert_eq!(diff("a", "x", "x"), "");
    }

    #[test]
    fn texts_that_are_too_long_are_one_change() {
        let many = |word: &str| format!("{word}\n").repeat(5_000);
        let patch = diff("a", &many("x"), &many("y"));
        assert!(patch.starts_with("--- a/a\n+++ b/a\n@@ -1,5000 +1,5000 @@\n-x\n"));
    }
}
