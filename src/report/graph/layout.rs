//! Where things are drawn: a lane for each file, a card for each unit with a row for each of its
//! commands, cards further right the deeper they are called. Lengths are pixels. Knows no SVG.

use rustc_hash::FxHashMap;

use super::{Edge, Graph, Node, Role, Way, effects, label};
use crate::report::visible;

/// Columns of text in a row, at most.
pub const TITLE_COLUMNS: usize = 46;

const MARGIN: i32 = 24;
const LANE_LABEL: i32 = 36;
const LANE_END: i32 = 14;
const LANE_GAP: i32 = 8;
const CARD_GAP: i32 = 16;
const PAD: i32 = 10;
const MIN_WIDTH: i32 = 132;
const MAX_WIDTH: i32 = 352;
const TITLE_LINE: i32 = 20;
const TAG_LINE: i32 = 20;
/// From one line of a title to the next.
pub const MORE_LINE: i32 = 15;
const GUTTER: i32 = 40;
const TRACK: i32 = 7;
/// Ways side by side in one gutter; more of them share a track.
const MAX_TRACKS: usize = 40;

#[derive(Debug, Default)]
pub struct Layout {
    pub width: i32,
    pub height: i32,
    pub lanes: Vec<Lane>,
    pub cards: Vec<Card>,
    pub lines: Vec<Line>,
}

/// The band of a file.
#[derive(Debug)]
pub struct Lane {
    /// A node of the file.
    pub node: usize,
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    /// Where its label starts: above its first card.
    pub label_x: i32,
}

/// The box of a unit, or of a node that no unit holds.
#[derive(Debug)]
pub struct Card {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    /// What is written in it, the unit first.
    pub rows: Vec<Row>,
    /// The lane, by its index.
    pub lane: usize,
    column: usize,
}

/// A node in a card; `y` is its top.
#[derive(Debug)]
pub struct Row {
    pub node: usize,
    pub y: i32,
    pub height: i32,
    /// Its lines; one, but for reasons.
    pub title: Vec<String>,
    pub tags: Vec<Tag>,
}

/// A word in a pill, placed from the row's top left corner.
#[derive(Debug)]
pub struct Tag {
    pub text: String,
    pub x: i32,
    pub y: i32,
    pub width: i32,
}

/// The corners of a way.
#[derive(Debug)]
pub struct Line {
    pub way: Way,
    pub corners: Vec<(i32, i32)>,
}

/// Width of monospaced text of that many columns.
#[must_use]
pub fn title_width(columns: usize) -> i32 {
    pixels(columns, 67)
}

/// Width of a pill around that many columns of small text.
#[must_use]
pub fn tag_width(columns: usize) -> i32 {
    pixels(columns, 61) + 12
}

fn pixels(columns: usize, tenths: i32) -> i32 {
    i32::try_from(columns).unwrap_or(i32::MAX / 1_000).saturating_mul(tenths) / 10 + 1
}

/// Lays out the graph below `top`, at least `width` wide.
#[must_use]
pub fn layout(graph: &Graph, top: i32, width: i32) -> Layout {
    let (mut cards, home) = cards(graph);
    let flow = Flow::of(graph, cards.len(), &home);
    let (columns, order) = flow.columns();
    for (card, column) in cards.iter_mut().zip(columns) {
        card.column = column;
    }
    let mut lanes = lanes(graph, &mut cards, &order);
    let bottom = stack(&mut lanes, &mut cards, top);
    let gutters = Gutters::of(graph, &cards, &home);
    let right = gutters.place(&mut cards);
    let width = width.max(right + MARGIN);
    for lane in &mut lanes {
        (lane.width, lane.label_x) = (width - 2 * lane.x, i32::MAX);
    }
    for card in &cards {
        if let Some(lane) = lanes.get_mut(card.lane) {
            lane.label_x = lane.label_x.min(card.x);
        }
    }
    let height = bottom + MARGIN - LANE_GAP;
    Layout { width, height, lines: gutters.lines(graph, &cards, &home), lanes, cards }
}

/// Cards with their rows, and the card and row of each node.
fn cards(graph: &Graph) -> (Vec<Card>, Vec<(usize, usize)>) {
    let mut cards: Vec<Card> = Vec::new();
    let mut home = vec![(0, 0); graph.nodes.len()];
    let is_row = |node: &Node| node.role == Role::Command && node.unit.is_some();
    let mut held = vec![false; graph.nodes.len()];
    for node in graph.nodes.iter().filter(|node| is_row(node)) {
        node.unit.into_iter().for_each(|unit| held[unit] = true);
    }
    for (at, _) in graph.nodes.iter().enumerate().filter(|(_, node)| !is_row(node)) {
        home[at] = (cards.len(), 0);
        let rows = vec![row(graph, at, !held[at])];
        cards.push(Card { x: 0, y: 0, width: 0, height: 0, rows, lane: 0, column: 0 });
    }
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| is_row(node)) {
        let Some(unit) = node.unit else { continue };
        let card = home[unit].0;
        home[at] = (card, cards[card].rows.len());
        cards[card].rows.push(row(graph, at, false));
    }
    for card in &mut cards {
        let mut y = 2;
        for row in &mut card.rows {
            row.y = y;
            y += row.height;
            let title = row.title.iter().map(|line| title_width(label::columns(line))).max().unwrap_or(0);
            let tags = row.tags.iter().map(|tag| tag.x + tag.width).max().unwrap_or(0);
            card.width = card.width.max(title.max(tags));
        }
        card.height = y + 4;
        card.width = (card.width + 2 * PAD).clamp(MIN_WIDTH, MAX_WIDTH);
    }
    (cards, home)
}

fn row(graph: &Graph, at: usize, alone: bool) -> Row {
    let node = &graph.nodes[at];
    let title = match node.role {
        Role::Unresolved => reason(node),
        _ => vec![label::title(node, TITLE_COLUMNS)],
    };
    let more = pixels(title.len().saturating_sub(1), MORE_LINE * 10);
    let mut words = label::tags(graph, node);
    if node.role == Role::Unit && alone {
        // What it does is not in any row, since its commands are harmless or of other units.
        let shown = effects::shown(node.reaches);
        let shown = if shown.is_empty() { node.reaches } else { shown };
        words.extend(shown.words().filter(|&word| word != "none").map(str::to_owned));
        words.truncate(8);
    }
    let (mut x, mut y) = (0, TITLE_LINE + 2 + more);
    let mut tags: Vec<Tag> = Vec::new();
    for text in words {
        let width = tag_width(label::columns(&text)).min(MAX_WIDTH - 2 * PAD);
        if x > 0 && x + width > MAX_WIDTH - 2 * PAD {
            (x, y) = (0, y + TAG_LINE);
        }
        tags.push(Tag { text, x, y, width });
        x += width + 5;
    }
    let height = if tags.is_empty() { TITLE_LINE + 4 + more } else { y + TAG_LINE + 2 };
    Row { node: at, y: 0, height, title, tags }
}

/// Why a way ends, on at most three lines.
fn reason(node: &Node) -> Vec<String> {
    let whole = label::title(node, 2 * TITLE_COLUMNS);
    let wrapped = visible::wrap(&whole, TITLE_COLUMNS);
    wrapped.lines().take(3).map(|line| label::cut(line, TITLE_COLUMNS)).collect()
}

/// What runs what among cards.
struct Flow {
    next: Vec<Vec<usize>>,
    calls: Vec<usize>,
}

impl Flow {
    fn of(graph: &Graph, cards: usize, home: &[(usize, usize)]) -> Self {
        let mut flow = Self { next: vec![Vec::new(); cards], calls: vec![0; cards] };
        for edge in &graph.edges {
            let (from, to) = (home[edge.from].0, home[edge.to].0);
            if from != to {
                flow.next[from].push(to);
                flow.calls[to] += 1;
            }
        }
        flow
    }

    /// The column of each card, one behind the last of those that call it, ways back in a cycle
    /// apart; and the order in which a walk along the ways meets the cards.
    fn columns(&self) -> (Vec<usize>, Vec<usize>) {
        let count = self.next.len();
        let starts = (0..count).filter(|&card| self.calls[card] == 0).chain(0..count);
        let mut state = vec![0u8; count];
        let (mut order, mut done) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut back = rustc_hash::FxHashSet::default();
        for start in starts {
            if state[start] != 0 {
                continue;
            }
            let mut stack = vec![(start, 0)];
            state[start] = 1;
            order.push(start);
            while let Some((card, at)) = stack.pop() {
                let Some(&to) = self.next[card].get(at) else {
                    state[card] = 2;
                    done.push(card);
                    continue;
                };
                stack.push((card, at + 1));
                match state[to] {
                    0 => {
                        state[to] = 1;
                        order.push(to);
                        stack.push((to, 0));
                    }
                    1 => {
                        back.insert((card, to));
                    }
                    _ => {}
                }
            }
        }
        let mut columns = vec![0; count];
        for &card in done.iter().rev() {
            for &to in &self.next[card] {
                if !back.contains(&(card, to)) {
                    columns[to] = columns[to].max(columns[card] + 1);
                }
            }
        }
        (columns, order)
    }
}

/// The lanes in the order in which the walk meets their files; cards learn theirs.
fn lanes(graph: &Graph, cards: &mut [Card], order: &[usize]) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut by_path: FxHashMap<&str, usize> = FxHashMap::default();
    for &card in order {
        let Some(node) = cards[card].rows.first().map(|row| row.node) else { continue };
        let lane = *by_path.entry(graph.nodes[node].path.as_ref()).or_insert_with(|| {
            lanes.push(Lane { node, x: MARGIN - 8, y: 0, width: 0, height: 0, label_x: 0 });
            lanes.len() - 1
        });
        cards[card].lane = lane;
    }
    lanes
}

/// Stacks the cards of each lane and column, and the lanes; answers where the last one ends.
fn stack(lanes: &mut [Lane], cards: &mut [Card], top: i32) -> i32 {
    let mut below: FxHashMap<(usize, usize), i32> = FxHashMap::default();
    for card in cards.iter_mut() {
        let y = below.entry((card.lane, card.column)).or_insert(LANE_LABEL);
        card.y = *y;
        *y += card.height + CARD_GAP;
        let lane = &mut lanes[card.lane];
        lane.height = lane.height.max(card.y + card.height + LANE_END);
    }
    let mut y = top;
    for lane in lanes.iter_mut() {
        lane.y = y;
        y += lane.height + LANE_GAP;
    }
    for card in cards {
        card.y += lanes[card.lane].y;
    }
    y
}

/// The room right of each column, with a track for each card that is called from there.
struct Gutters {
    /// Tracks by column and called card.
    tracks: FxHashMap<(usize, usize), usize>,
    counts: Vec<usize>,
}

impl Gutters {
    fn of(graph: &Graph, cards: &[Card], home: &[(usize, usize)]) -> Self {
        let waiting = waiting(graph);
        let mut used: Vec<(usize, usize)> = graph
            .edges
            .iter()
            .filter(|edge| is_drawn(edge, home, &waiting))
            .map(|edge| (cards[home[edge.from].0].column, home[edge.to].0))
            .collect();
        used.sort_by_key(|&(column, card)| (column, cards[card].y, card));
        used.dedup();
        let columns = cards.iter().map(|card| card.column + 1).max().unwrap_or(0);
        let mut gutters = Self { tracks: FxHashMap::default(), counts: vec![0; columns] };
        for (column, card) in used {
            gutters.tracks.insert((column, card), gutters.counts[column]);
            gutters.counts[column] += 1;
        }
        gutters
    }

    /// Gives the cards their columns' places; answers where the last one ends.
    fn place(&self, cards: &mut [Card]) -> i32 {
        let mut widths = vec![0; self.counts.len()];
        for card in cards.iter() {
            widths[card.column] = widths[card.column].max(card.width);
        }
        let mut starts = Vec::with_capacity(widths.len());
        let mut x = MARGIN;
        for (width, &tracks) in widths.iter().zip(&self.counts) {
            starts.push(x);
            x += width + GUTTER + pixels(tracks.min(MAX_TRACKS), TRACK * 10);
        }
        for card in cards.iter_mut() {
            card.x = starts[card.column];
            // Cards of a column are as wide as each other: what leaves them leaves at one line.
            card.width = widths[card.column];
        }
        cards.iter().map(|card| card.x + card.width).max().unwrap_or(MARGIN)
    }

    fn lines(&self, graph: &Graph, cards: &[Card], home: &[(usize, usize)]) -> Vec<Line> {
        let mut lines = Vec::new();
        let waiting = waiting(graph);
        let walls = Walls::of(cards);
        for edge in &graph.edges {
            let (from, row) = home[edge.from];
            let (to, target_row) = home[edge.to];
            if !is_drawn(edge, home, &waiting) {
                continue;
            }
            let (card, target) = (&cards[from], &cards[to]);
            let middle = |card: &Card, row: usize| {
                card.y + card.rows.get(row).map_or(0, |row| row.y) + 2 + TITLE_LINE / 2
            };
            let (y1, y2) = (middle(card, row), middle(target, target_row));
            let (x1, x2) = (card.x + card.width, target.x);
            let track = self.tracks.get(&(card.column, to)).copied().unwrap_or(0) % MAX_TRACKS;
            let x = x1 + 14 + pixels(track, TRACK * 10);
            // A way back, or one that would cross other cards, goes around: over the cards.
            let is_back = target.column <= card.column;
            let corners = if is_back || walls.cross(target, card.column + 1, y2) {
                let over =
                    if is_back { target.y - CARD_GAP / 2 } else { walls.top(target) - 4 * track_of(to) };
                let before = x2 - 12 - 4 * track_of(to);
                vec![(x1, y1), (x, y1), (x, over), (before, over), (before, y2), (x2, y2)]
            } else {
                vec![(x1, y1), (x, y1), (x, y2), (x2, y2)]
            };
            lines.push(Line { way: edge.way, corners });
        }
        lines
    }
}

/// One of few places side by side, the same for all ways to a card.
fn track_of(card: usize) -> i32 {
    i32::try_from(card % 3).unwrap_or(0)
}

/// The cards of each lane and column as ranges of heights, from the top.
struct Walls {
    columns: FxHashMap<(usize, usize), Vec<(i32, i32)>>,
    /// Where the highest card of each lane starts.
    tops: FxHashMap<usize, i32>,
}

impl Walls {
    fn of(cards: &[Card]) -> Self {
        let mut walls = Self { columns: FxHashMap::default(), tops: FxHashMap::default() };
        for card in cards {
            let column = walls.columns.entry((card.lane, card.column)).or_default();
            column.push((card.y, card.y + card.height));
            let top = walls.tops.entry(card.lane).or_insert(card.y);
            *top = card.y.min(*top);
        }
        walls
    }

    /// Whether a line at `y` meets a card of the lane of `target` before it, from the column `from` on.
    fn cross(&self, target: &Card, from: usize, y: i32) -> bool {
        (from..target.column).any(|column| {
            let Some(walls) = self.columns.get(&(target.lane, column)) else { return false };
            let next = walls.partition_point(|&(_, bottom)| bottom < y);
            walls.get(next).is_some_and(|&(top, _)| top <= y)
        })
    }

    /// A height above all cards of the lane of `target`, below the lane's label.
    fn top(&self, target: &Card) -> i32 {
        self.tops.get(&target.lane).copied().unwrap_or(target.y) - 4
    }
}

/// Which nodes wait for another one.
fn waiting(graph: &Graph) -> Vec<bool> {
    let mut waiting = vec![false; graph.nodes.len()];
    for edge in graph.edges.iter().filter(|edge| edge.way == Way::Needs) {
        waiting[edge.to] = true;
    }
    waiting
}

/// What a unit holds is in its card, where it is a command; and a job that waits for another is found
/// behind that one.
fn is_drawn(edge: &Edge, home: &[(usize, usize)], waiting: &[bool]) -> bool {
    let ((from, _), (to, row)) = (home[edge.from], home[edge.to]);
    edge.way != Way::Holds || (from != to && row == 0 && !waiting[edge.to])
}
