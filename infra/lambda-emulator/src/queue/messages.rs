//! The messages of a queue, in SQLite: in a file that outlasts a crash, or in memory.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Result, params};
use tracing::{error, info};
use uuid::Uuid;

use super::QueueSettings;

/// Moments are milliseconds since 1970.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,
    is_dead INTEGER NOT NULL DEFAULT FALSE
);
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (is_dead, visible_at);
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (is_dead, sent_at);
CREATE INDEX IF NOT EXISTS messages_by_receipt ON messages (receipt);";

/// A message that was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) receipt_handle: String,
    /// How often it was received, this time included.
    pub(crate) receives: u32,
    pub(crate) sent_at: i64,
}

/// The messages of a queue.
#[derive(Debug)]
pub(super) struct Messages {
    connection: Connection,
    settings: QueueSettings,
}

impl Messages {
    pub(super) fn open(file: Option<&Path>, settings: QueueSettings) -> Result<Self> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        // A message outlasts even the end of the machine: where it came from may be gone by then.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(TABLE)?;
        Ok(Self {
            connection,
            settings,
        })
    }

    pub(super) fn send(&self, body: &str) -> Result<()> {
        let sql = "INSERT INTO messages (id, body, sent_at, visible_at) VALUES (?1, ?2, ?3, ?3)";
        let values = params![Uuid::new_v4().to_string(), body, now()];
        self.connection.execute(sql, values)?;
        Ok(())
    }

    /// Deletes messages and dead letters that are too old. Of both the age counts from the moment when they were sent.
    fn drop_old(&self) -> Result<()> {
        let sql = "DELETE FROM messages WHERE is_dead = ?1 AND sent_at <= ?2";
        let too_old = |are_dead| {
            let values = params![are_dead, self.kept_since(are_dead)];
            self.connection.execute(sql, values)
        };
        let (messages, dead_letters) = (too_old(false)?, too_old(true)?);
        if messages > 0 {
            error!(messages, "messages of the queue were too old and are gone");
        }
        if dead_letters > 0 {
            info!(dead_letters, "dead letters were too old and are gone");
        }
        Ok(())
    }

    /// What was sent then or earlier is too old.
    fn kept_since(&self, are_dead: bool) -> i64 {
        let settings = &self.settings;
        let retention = match are_dead {
            false => settings.retention,
            true => settings.dead_letter_retention,
        };
        now() - milliseconds(retention)
    }

    /// Takes the visible message that has waited longest, and hides it. Those that were received too often become dead
    /// letters instead, and those that are too old go.
    pub(super) fn receive(&self) -> Result<Option<Received>> {
        self.drop_old()?;
        let now = now();
        let given_up = self.connection.execute(
            "UPDATE messages SET is_dead = TRUE WHERE is_dead = 0 AND visible_at <= ?1 AND receives >= ?2",
            params![now, self.settings.max_receives],
        )?;
        if given_up > 0 {
            error!(messages = given_up, "gave up messages of the queue");
        }
        let sql = "UPDATE messages SET receives = receives + 1, receipt = ?1, visible_at = ?2
            WHERE id = (SELECT id FROM messages WHERE is_dead = 0 AND visible_at <= ?3 ORDER BY visible_at LIMIT 1)
            RETURNING id, body, receives, sent_at";
        let receipt_handle = Uuid::new_v4().to_string();
        let visible_at = now + milliseconds(self.settings.visibility);
        let mut statement = self.connection.prepare_cached(sql)?;
        let values = params![receipt_handle, visible_at, now];
        let received = statement.query_row(values, |row| {
            Ok(Received {
                id: row.get(0)?,
                body: row.get(1)?,
                receives: row.get(2)?,
                sent_at: row.get(3)?,
                receipt_handle: receipt_handle.clone(),
            })
        });
        received.optional()
    }

    pub(super) fn delete(&self, receipt_handle: &str) -> Result<()> {
        let sql = "DELETE FROM messages WHERE receipt = ?1 AND is_dead = 0";
        self.connection.execute(sql, params![receipt_handle])?;
        Ok(())
    }

    pub(super) fn hide(&self, receipt_handle: &str, delay: Duration) -> Result<()> {
        let sql = "UPDATE messages SET visible_at = ?1 WHERE receipt = ?2 AND is_dead = 0";
        let values = params![now() + milliseconds(delay), receipt_handle];
        self.connection.execute(sql, values)?;
        Ok(())
    }

    /// How long it takes until a message becomes visible; `None` without messages.
    pub(super) fn next_visible_in(&self) -> Result<Option<Duration>> {
        let sql = "SELECT MIN(visible_at) FROM messages WHERE is_dead = 0";
        let at: Option<i64> = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(at.map(|at| Duration::from_millis(u64::try_from(at - now()).unwrap_or_default())))
    }

    pub(super) fn bodies(&self, are_dead: bool) -> Result<Vec<String>> {
        let sql =
            "SELECT body FROM messages WHERE is_dead = ?1 AND sent_at > ?2 ORDER BY sent_at, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let values = params![are_dead, self.kept_since(are_dead)];
        let bodies = statement.query_map(values, |row| row.get(0))?;
        bodies.collect()
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    milliseconds(now.unwrap_or_default())
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
