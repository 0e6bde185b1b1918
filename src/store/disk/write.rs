//! One transaction: new events in, surplus events out.

use std::collections::HashSet;
use std::sync::Arc;

use redb::{
    Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table, WriteTransaction,
};

use super::record::{decode, encode, id, position};
use super::{
    Disk, EVENTS, IDS, KEPT_AFTER, Kept, LOST_AFTER, LOST_AT, META, NEWEST_END, Position, SHARED,
    SIZE, TAIL, TOPICS, TOPICS_KEPT, TOPICS_KEPT_AFTER, fault, id_on, ids_on,
};
use crate::event::{Event, EventId};
use crate::store::{Loss, Retention, Size, StorageFault};
use crate::topic::Topic;

/// Old events that one transaction drops at most, besides as many as it adds: when a retention was
/// lowered, the surplus goes little by little.
const SURPLUS_PER_COMMIT: usize = 4_096;

impl Disk {
    /// Adds events behind `tail`, drops what is outdated or exceeds the retention, and returns what is
    /// kept then.
    pub(in crate::store) fn commit(
        &self,
        events: &[Arc<Event>],
        tail: EventId,
        outdated: EventId,
        retention: &Retention,
        durable: bool,
    ) -> Result<Kept, StorageFault> {
        let mut write = self.database.begin_write().map_err(fault)?;
        let durability = match durable {
            true => Durability::Immediate,
            false => Durability::None,
        };
        write
            .set_durability(durability)
            .map_err(|error| StorageFault(error.to_string()))?;
        let mut tables = Tables::open(&write)?;
        for event in events {
            tables.insert(event)?;
        }
        if let Some(most) = retention.topic_events {
            let own = events.iter().filter(|event| event.alternates().is_empty());
            let topics: HashSet<&Topic> = own.map(|event| event.topic()).collect();
            for topic in topics {
                tables.trim_topic(topic.as_str(), most)?;
            }
        }
        tables.trim(retention, outdated, SURPLUS_PER_COMMIT + events.len())?;
        let tail = events.last().map_or(tail, |last| last.id());
        let kept = tables.finish(tail)?;
        write.commit().map_err(fault)?;
        Ok(kept)
    }

    /// Takes note of a loss, for those who open the file later. Two that are known count as one.
    pub(in crate::store) fn lose(&self, loss: Loss) -> Result<(), StorageFault> {
        let write = self.database.begin_write().map_err(fault)?;
        let mut meta = write.open_table(META).map_err(fault)?;
        let known = meta.get(LOST_AFTER).map_err(fault)?;
        let after = known.map_or(loss.after, |known| loss.after.min(id(known.value())));
        meta.insert(LOST_AFTER, position(after)).map_err(fault)?;
        meta.insert(LOST_AT, position(loss.at)).map_err(fault)?;
        drop(meta);
        write.commit().map_err(fault)
    }

    /// The position of the earliest event with this publisher's id on this topic, its first.
    pub(in crate::store) fn repeated(
        &self,
        own_id: &str,
        topic: &Topic,
    ) -> Result<Option<EventId>, StorageFault> {
        let read = self.database.begin_read().map_err(fault)?;
        let ids = read.open_table(IDS).map_err(fault)?;
        let key = id_on(own_id, topic, true);
        let first = ids.range(all_of(&key)).map_err(fault)?.next();
        let first = first.transpose().map_err(fault)?;
        Ok(first.map(|(key, _)| id((key.value().1, key.value().2))))
    }
}

/// Every position under a name.
pub(super) fn all_of(name: &str) -> std::ops::RangeInclusive<(&str, u64, u64)> {
    (name, 0, 0)..=(name, u64::MAX, u64::MAX)
}

/// The tables of a transaction, and what is known of the log while it runs.
struct Tables<'t> {
    events: Table<'t, Position, &'static [u8]>,
    topics: Table<'t, (&'static str, u64, u64), ()>,
    shared: Table<'t, (&'static str, u64, u64), ()>,
    ids: Table<'t, (&'static str, u64, u64), ()>,
    topics_kept: Table<'t, &'static str, Position>,
    meta: Table<'t, &'static str, Position>,
    count: u64,
    bytes: u64,
    kept_after: Position,
}

impl<'t> Tables<'t> {
    fn open(write: &'t WriteTransaction) -> Result<Tables<'t>, StorageFault> {
        let meta = write.open_table(META).map_err(fault)?;
        let known = |key: &str| -> Result<Position, StorageFault> {
            let found = meta.get(key).map_err(fault)?;
            Ok(found.map(|found| found.value()).unwrap_or_default())
        };
        let (count, bytes) = known(SIZE)?;
        let kept_after = known(KEPT_AFTER)?;
        Ok(Tables {
            events: write.open_table(EVENTS).map_err(fault)?,
            topics: write.open_table(TOPICS).map_err(fault)?,
            shared: write.open_table(SHARED).map_err(fault)?,
            ids: write.open_table(IDS).map_err(fault)?,
            topics_kept: write.open_table(TOPICS_KEPT).map_err(fault)?,
            meta,
            count,
            bytes,
            kept_after,
        })
    }

    fn insert(&mut self, event: &Event) -> Result<(), StorageFault> {
        let record = encode(event);
        let (ms, seq) = position(event.id());
        self.count += 1;
        self.bytes += record.len() as u64;
        self.events
            .insert((ms, seq), record.as_slice())
            .map_err(fault)?;
        for topic in event.topics() {
            let entry = (topic.as_str(), ms, seq);
            self.lists(event).insert(entry, ()).map_err(fault)?;
        }
        if let Some(own_id) = event.own_id() {
            self.ids.insert((own_id, ms, seq), ()).map_err(fault)?;
            for key in ids_on(own_id, event) {
                self.ids.insert((&*key, ms, seq), ()).map_err(fault)?;
            }
        }
        if event.is_end() {
            self.meta.insert(NEWEST_END, (ms, seq)).map_err(fault)?;
        }
        Ok(())
    }

    /// Where the topics of an event have its position.
    fn lists(&mut self, event: &Event) -> &mut Table<'t, (&'static str, u64, u64), ()> {
        match event.alternates() {
            [] => &mut self.topics,
            _ => &mut self.shared,
        }
    }

    /// Drops a topic's oldest events until it has `most` left.
    fn trim_topic(&mut self, topic: &str, most: usize) -> Result<(), StorageFault> {
        let mut surplus = Vec::new();
        // Backwards from the newest: what lies behind the first `most` is surplus.
        for entry in self
            .topics
            .range(all_of(topic))
            .map_err(fault)?
            .rev()
            .skip(most)
        {
            let (key, _) = entry.map_err(fault)?;
            let (_, ms, seq) = key.value();
            surplus.push((ms, seq));
        }
        let Some(newest) = surplus.first().copied() else {
            return Ok(());
        };
        for position in surplus {
            self.remove(position)?;
        }
        self.topics_kept.insert(topic, newest).map_err(fault)?;
        let known = self.meta.get(TOPICS_KEPT_AFTER).map_err(fault)?;
        let known = known.map(|known| known.value()).unwrap_or_default();
        self.meta
            .insert(TOPICS_KEPT_AFTER, known.max(newest))
            .map_err(fault)?;
        Ok(())
    }

    /// Drops the oldest events, at most `limit` of them, until the rest is within the retention.
    fn trim(
        &mut self,
        retention: &Retention,
        outdated: EventId,
        limit: usize,
    ) -> Result<(), StorageFault> {
        for _ in 0..limit {
            let Some(position) = self
                .events
                .first()
                .map_err(fault)?
                .map(|(key, _)| key.value())
            else {
                return Ok(());
            };
            let kept = self.count <= retention.events as u64
                && self.bytes <= retention.bytes as u64
                && id(position) > outdated;
            if kept {
                return Ok(());
            }
            self.kept_after = position;
            if let Some(event) = self.remove(position)? {
                self.forget_loss(event.topic().as_str(), position)?;
            }
        }
        Ok(())
    }

    /// What a topic has lost need not be known once the whole log has lost it.
    fn forget_loss(&mut self, topic: &str, position: Position) -> Result<(), StorageFault> {
        if self.topics_kept.is_empty().map_err(fault)? {
            return Ok(());
        }
        let lost = self.topics_kept.get(topic).map_err(fault)?;
        if lost.is_some_and(|lost| lost.value() <= position) {
            self.topics_kept.remove(topic).map_err(fault)?;
        }
        Ok(())
    }

    fn remove(&mut self, position: Position) -> Result<Option<Event>, StorageFault> {
        let Some(record) = self.events.remove(position).map_err(fault)? else {
            return Ok(None);
        };
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(record.value().len() as u64);
        let event = decode(position, record.value())
            .ok_or_else(|| StorageFault(format!("the record at {} is damaged", id(position))))?;
        drop(record);
        let (ms, seq) = position;
        for topic in event.topics() {
            let entry = (topic.as_str(), ms, seq);
            self.lists(&event).remove(entry).map_err(fault)?;
        }
        if let Some(own_id) = event.own_id() {
            self.ids.remove((own_id, ms, seq)).map_err(fault)?;
            for key in ids_on(own_id, &event) {
                self.ids.remove((&*key, ms, seq)).map_err(fault)?;
            }
        }
        Ok(Some(event))
    }

    fn finish(mut self, tail: EventId) -> Result<Kept, StorageFault> {
        self.meta.insert(TAIL, position(tail)).map_err(fault)?;
        self.meta
            .insert(KEPT_AFTER, self.kept_after)
            .map_err(fault)?;
        self.meta
            .insert(SIZE, (self.count, self.bytes))
            .map_err(fault)?;
        Ok(Kept {
            after: id(self.kept_after),
            size: Size {
                events: self.count,
                bytes: self.bytes,
            },
        })
    }
}
