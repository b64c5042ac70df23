//! The shards of the stream, and which of them may be read: parents before their children.

use std::collections::BTreeMap;

use super::checkpoint::Position;

/// A shard of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Shard {
    /// Its id.
    pub(crate) id: String,
    /// The shard that it goes on from.
    pub(crate) parent: Option<String>,
    /// How far it was read.
    pub(crate) position: Position,
    /// Where to read on; `None` when it has to be asked for.
    pub(crate) iterator: Option<String>,
}

/// The shards of the stream.
#[derive(Debug, Default)]
pub(crate) struct Shards {
    shards: Vec<Shard>,
}

impl Shards {
    /// Takes over a new listing of the stream's shards and their parents. Shards that are known keep their place, new ones
    /// begin at `position`, those that are gone are forgotten.
    pub(crate) fn update(
        &mut self,
        listed: Vec<(String, Option<String>)>,
        position: impl Fn(&str) -> Position,
    ) {
        let mut known = std::mem::take(&mut self.shards);
        for (id, parent) in listed {
            let place = known.iter().position(|shard| shard.id == id);
            self.shards.push(match place {
                Some(place) => known.swap_remove(place),
                None => Shard {
                    position: position(&id),
                    id,
                    parent,
                    iterator: None,
                },
            });
        }
    }

    /// The shards that may be read now: those with something to come whose parent is read to its end, or gone.
    pub(crate) fn ready(&mut self) -> Vec<&mut Shard> {
        let unfinished = self.shards.iter();
        let unfinished = unfinished.filter(|shard| shard.position != Position::End);
        let unfinished: Vec<String> = unfinished.map(|shard| shard.id.clone()).collect();
        let is_unfinished = |id: &String| unfinished.contains(id);
        let shards = self.shards.iter_mut().filter(|shard| {
            is_unfinished(&shard.id) && !shard.parent.as_ref().is_some_and(is_unfinished)
        });
        shards.collect()
    }

    /// How far each shard was read.
    pub(crate) fn positions(&self) -> BTreeMap<String, Position> {
        let shards = self.shards.iter();
        shards
            .map(|shard| (shard.id.clone(), shard.position.clone()))
            .collect()
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

    fn ready(shards: &mut Shards) -> Vec<String> {
        let ready = shards.ready().into_iter();
        ready.map(|shard| shard.id.clone()).collect()
    }

    #[test]
    fn parents_come_before_their_children() {
        let mut shards = Shards::default();
        let all = listed(&[
            ("child-1", Some("parent")),
            ("child-2", Some("parent")),
            ("parent", Some("trimmed")),
            ("grandchild", Some("child-1")),
        ]);
        shards.update(all, |_| Position::Start);
        assert_eq!(ready(&mut shards), ["parent"]);
        shards.ready()[0].position = Position::End;
        assert_eq!(ready(&mut shards), ["child-1", "child-2"]);
        shards.ready()[0].position = Position::End;
        assert_eq!(ready(&mut shards), ["child-2", "grandchild"]);
    }

    #[test]
    fn a_new_listing_keeps_places_and_forgets_what_is_gone() {
        let mut shards = Shards::default();
        shards.update(listed(&[("a", None), ("b", None)]), |_| Position::Start);
        for shard in shards.ready() {
            shard.position = Position::After(shard.id.clone());
        }
        shards.update(listed(&[("c", None), ("b", None)]), |id| {
            Position::After(format!("kept {id}"))
        });
        assert_eq!(
            shards.positions(),
            BTreeMap::from([
                ("c".into(), Position::After("kept c".into())),
                ("b".into(), Position::After("b".into())),
            ])
        );
    }
}
