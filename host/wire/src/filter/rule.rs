//! What a pattern asks, and whether it holds (pure).
//!
//! All that is asked of a field, by whatever alternatives and filters, is answered in one walk over it, when the first
//! of them wants to know.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::choice::{Choice, Decoded, Test};
use super::effort::Effort;
use super::node::Node;

/// What looking at an object takes whatever is asked of it.
const OBJECT_STEPS: usize = 32;

/// What each name takes that is looked for in an object.
const NAME_STEPS: usize = 4;

/// What walking over a field takes whatever is there.
const FIELD_STEPS: usize = 16;

/// What is asked of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Level {
    /// Where the names that are looked at have their fields.
    pub(super) places: BTreeMap<String, usize>,
    pub(super) fields: Vec<Field>,
    /// Each is a question of its own.
    pub(super) rules: Vec<Rule>,
}

/// What is asked of the values under a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    /// Of those that are no objects.
    pub(super) choices: Vec<Choice>,
    /// Of those that are.
    pub(super) level: Level,
}

/// A condition on an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    /// Under the name at this place, an object is as the rule there says.
    Within(usize, usize),
    /// Under the name at this place, a value passes one of the tests of the choice there.
    Value(usize, usize),
    /// Nothing in the whole record is as this rule on presence says.
    Absent(usize),
}

impl Default for Rule {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// How what another level had is called in the level that took it.
struct Moved {
    place: usize,
    choices: usize,
    rules: usize,
}

impl Level {
    /// The place of a name's field, which is made if there is none.
    pub(super) fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.fields.push(Field { name: name.to_owned(), ..Field::default() });
        self.places.insert(name.to_owned(), self.fields.len() - 1);
        self.fields.len() - 1
    }

    /// Asks whether a value stands at the path, in whatever item of the lists on the way.
    pub(super) fn presence(&mut self, path: &[String]) -> usize {
        let rule = match path.split_first() {
            None => Rule::default(),
            Some((name, rest)) => {
                let place = self.place(name);
                let field = &mut self.fields[place];
                if rest.is_empty() {
                    if field.choices.is_empty() {
                        field.choices.push(Choice::new([Test::Present]));
                    }
                    Rule::Value(place, 0)
                } else {
                    Rule::Within(place, field.level.presence(rest))
                }
            }
        };
        let known = self.rules.iter().position(|known| *known == rule);
        known.unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        })
    }

    /// Asks what `other` asks as well, behind what it asks itself; rules on presence moved by so many.
    pub(super) fn take(&mut self, other: Self, presence: usize) {
        let mut all_moved = Vec::new();
        for field in other.fields {
            let place = self.place(&field.name);
            let own = &mut self.fields[place];
            let (choices, rules) = (own.choices.len(), own.level.rules.len());
            own.choices.extend(field.choices);
            own.level.take(field.level, presence);
            all_moved.push(Moved { place, choices, rules });
        }
        let rules = other.rules.into_iter().map(|rule| rule.moved(&all_moved, presence));
        self.rules.extend(rules);
    }

    /// Answers what was not answered with yes before, of `node`, an object of the record.
    pub(super) fn ask(&self, node: Node<'_>, record: &Asked<'_>, answers: &mut [bool]) {
        if !record.effort.spend(OBJECT_STEPS + NAME_STEPS * self.fields.len()) {
            return;
        }
        let values = node.members(&self.places, record.effort);
        let known = vec![OnceCell::new(); values.len()];
        let object = Object { level: self, values, known };
        for (rule, answer) in self.rules.iter().zip(answers) {
            *answer = *answer || rule.holds(&object, record);
        }
    }
}

/// A record that is being looked at.
pub(super) struct Asked<'a> {
    root: Node<'a>,
    presence: &'a Level,
    pub(super) effort: &'a Effort,
    present: OnceCell<Vec<bool>>,
}

impl<'a> Asked<'a> {
    /// A record, and what [`Rule::Absent`] is about, in which that rule is not.
    pub(super) fn new(root: Node<'a>, presence: &'a Level, effort: &'a Effort) -> Self {
        Self { root, presence, effort, present: OnceCell::new() }
    }

    fn is_present(&self, rule: usize) -> bool {
        let answers = self.present.get_or_init(|| {
            let mut answers = vec![false; self.presence.rules.len()];
            self.presence.ask(self.root, self, &mut answers);
            answers
        });
        answers.get(rule).copied().unwrap_or(false)
    }
}

/// An object, and what is known of its fields.
struct Object<'a> {
    level: &'a Level,
    values: Vec<Option<Node<'a>>>,
    known: Vec<OnceCell<Vec<bool>>>,
}

impl Object<'_> {
    /// The answer to a question about a field: one of its choices, or behind those one of the rules of its level.
    fn answer(&self, place: usize, question: usize, record: &Asked<'_>) -> bool {
        let (field, value) = (&self.level.fields[place], self.values[place]);
        let answers = self.known[place].get_or_init(|| field.ask(value, record));
        answers.get(question).copied().unwrap_or(false)
    }
}

impl Field {
    /// The answers to all questions about the field; none if none is yes.
    fn ask(&self, value: Option<Node<'_>>, record: &Asked<'_>) -> Vec<bool> {
        let has_nothing = value.is_none() && self.level.rules.is_empty();
        if has_nothing || !record.effort.spend(FIELD_STEPS) {
            return Vec::new();
        }
        let mut answers = vec![false; self.choices.len() + self.level.rules.len()];
        let (taken, held) = answers.split_at_mut(self.choices.len());
        let Some(value) = value else {
            // What is asked of it may be that something is not there.
            self.level.ask_nothing(record, held);
            return answers;
        };
        let mut is_nothing_asked = false;
        value.each(record.effort, &mut |item| {
            if !item.is_object() && taken.contains(&false) {
                let decoded = Decoded::new(item, record.effort);
                for (choice, answer) in self.choices.iter().zip(&mut *taken) {
                    *answer = *answer || choice.takes(&decoded, record.effort);
                }
            }
            if item.is_object() {
                if held.contains(&false) {
                    self.level.ask(item, record, held);
                }
            } else if item.is_json() && !is_nothing_asked {
                // What holds no fields is all the same.
                is_nothing_asked = true;
                self.level.ask_nothing(record, held);
            }
            (taken.contains(&false) || held.contains(&false)) && !record.effort.is_spent()
        });
        answers
    }
}

impl Level {
    fn ask_nothing(&self, record: &Asked<'_>, answers: &mut [bool]) {
        if !self.rules.is_empty() {
            self.ask(Node::Members(&[]), record, answers);
        }
    }
}

impl Rule {
    fn holds(&self, object: &Object<'_>, record: &Asked<'_>) -> bool {
        if !record.effort.spend(1) {
            return false;
        }
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(object, record)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(object, record)),
            Self::Value(place, choice) => object.answer(*place, *choice, record),
            Self::Within(place, rule) => {
                let choices = object.level.fields[*place].choices.len();
                object.answer(*place, choices + rule, record)
            }
            Self::Absent(rule) => !record.is_present(*rule),
        }
    }

    fn moved(self, all: &[Moved], presence: usize) -> Self {
        let each = |rules: Vec<Self>| rules.into_iter().map(|it| it.moved(all, presence)).collect();
        match self {
            Self::All(rules) => Self::All(each(rules)),
            Self::Any(rules) => Self::Any(each(rules)),
            Self::Within(place, rule) => Self::Within(all[place].place, all[place].rules + rule),
            Self::Value(place, choice) => {
                Self::Value(all[place].place, all[place].choices + choice)
            }
            Self::Absent(rule) => Self::Absent(presence + rule),
        }
    }
}
