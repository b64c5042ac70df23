//! The shards of the stream, and which of them may be read: parents before their children.

use std::collections::BTreeMap;

/// The shards of the stream.
#[derive(Debug, Default)]
pub(crate) struct Shards(BTreeMap<String, Shard>);

/// A shard of the stream.
#[derive(Debug)]
struct Shard {
    /// The shard that it goes on from.
    parent: Option<String>,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Nobody reads it yet.
    Waiting,
    /// Somebody reads it.
    Reading,
    /// It is read to its end.
    Ended,
}

impl Shards {
    /// Takes over a new listing of the stream's shards and their parents. Shards that are known keep their state, those that
    /// are gone are forgotten.
    pub(crate) fn update(&mut self, listed: Vec<(String, Option<String>)>) {
        let known = std::mem::take(&mut self.0);
        let shards = listed.into_iter().map(|(id, parent)| {
            let state = known.get(&id).map_or(State::Waiting, |shard| shard.state);
            (id, Shard { parent, state })
        });
        self.0 = shards.collect();
    }

    /// Takes the shards whose reading may begin now: those that nobody reads yet, and whose parent is read to its end, or gone.
    pub(crate) fn begin(&mut self) -> Vec<String> {
        let unfinished = self.unfinished().map(str::to_owned).collect::<Vec<_>>();
        let mut begun = Vec::new();
        for (id, shard) in &mut self.0 {
            let waits_for_parent = shard
                .parent
                .as_ref()
                .is_some_and(|id| unfinished.contains(id));
            if shard.state == State::Waiting && !waits_for_parent {
                shard.state = State::Reading;
                begun.push(id.clone());
            }
        }
        begun
    }

    /// Notes that a shard was read to its end.
    pub(crate) fn end(&mut self, id: &str) {
        if let Some(shard) = self.0.get_mut(id) {
            shard.state = State::Ended;
        }
    }

    /// The shards with something to come.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = &str> {
        let shards = self.0.iter();
        let unfinished = shards.filter(|(_, shard)| shard.state != State::Ended);
        unfinished.map(|(id, _)| id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(shards: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        let shards = shards.iter();
        shards
            .map(|(id, parent)| ((*id).to_owned(), parent.map(str::to_owned)))
            .collect()
    }

    #[test]
    fn parents_come_before_their_children() {
        let all = [
            ("child-1", Some("parent")),
            ("child-2", Some("parent")),
            ("parent", Some("trimmed")),
            ("grandchild", Some("child-1")),
        ];
        let mut shards = Shards::default();
        shards.update(listed(&all));
        assert_eq!(shards.begin(), ["parent"]);
        assert!(shards.begin().is_empty(), "began twice");
        shards.end("parent");
        assert_eq!(shards.begin(), ["child-1", "child-2"]);
        shards.end("child-1");
        assert_eq!(shards.begin(), ["grandchild"]);
        let unfinished: Vec<_> = shards.unfinished().collect();
        assert_eq!(unfinished, ["child-2", "grandchild"]);
    }

    #[test]
    fn a_new_listing_keeps_states_and_forgets_what_is_gone() {
        let mut shards = Shards::default();
        shards.update(listed(&[("a", None), ("b", None), ("c", None)]));
        shards.begin();
        shards.end("c");
        shards.update(listed(&[("d", None), ("c", None), ("b", None)]));
        assert_eq!(shards.unfinished().collect::<Vec<_>>(), ["b", "d"]);
        assert_eq!(shards.begin(), ["d"]);
    }
}
