//! The engine's file, by a second connection: the indexes that some of its queries lack, and the end of its stream records.
//!
//! The engine keeps every stream record, and looks for the next sequence number, and for the records of a shard, by reading all
//! of them. So its records get an index, and those that are processed are deleted. A page of a parallel scan sorts the whole
//! table, unless that has an index too.

use std::path::Path;
use std::time::Duration;

use lambda_emulator::Service;
use rusqlite::{Connection, Result, params};
use tokio::sync::watch;
use tracing::debug;

use super::Durability;

/// What both of the engine's queries need.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS _stream_records_by_sequence_number
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";
/// The record at the given number stays: from the last one, the engine counts on.
const DELETE: &str = "DELETE FROM _stream_records
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2";
/// How long to wait for a write of the engine to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The engine's file.
#[derive(Debug)]
pub(crate) struct DatabaseFile(Connection);

impl DatabaseFile {
    /// Connects to the engine's file, and makes the index of stream records.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        let synchronous = match durability {
            Durability::Kept => "NORMAL",
            Durability::Temporary => "OFF",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute(INDEX, [])?;
        Ok(Self(connection))
    }

    /// Makes the index of a table's items for parallel scans.
    pub(crate) fn index_items(&self, table: &str) -> Result<()> {
        // Two double quotes stand for one inside a quoted name.
        let table = table.replace('"', "\"\"");
        let index = format!(
            "CREATE INDEX IF NOT EXISTS \"_{table}_by_hash\" ON \"{table}\" (hash_prefix, pk, sk)"
        );
        self.0.execute(&index, []).map(drop)
    }

    /// Deletes the records of `table`'s stream up to the sequence numbers that are sent, until the sender is gone.
    pub(crate) fn trim(self, table: String) -> (watch::Sender<String>, Service) {
        let (sender, mut processed) = watch::channel(String::new());
        let service = Service::start(|_stop| async move {
            let Self(mut connection) = self;
            while processed.changed().await.is_ok() {
                let number = stored(&processed.borrow_and_update());
                let table = table.clone();
                let deleting = tokio::task::spawn_blocking(move || {
                    let deleted = connection.execute(DELETE, params![table, number]);
                    (connection, deleted)
                });
                let deleted;
                (connection, deleted) = match deleting.await {
                    Ok(done) => done,
                    // The process ends.
                    Err(_) => return,
                };
                if let Err(error) = deleted {
                    // The next deletion takes these records along, and processing them again is harmless.
                    debug!("cannot delete stream records: {error}");
                }
            }
        });
        (sender, service)
    }
}

/// The number that the engine stores: behind the 1 with which it begins the number that it shows.
fn stored(shown: &str) -> i64 {
    let stored = shown.strip_prefix('1').and_then(|rest| rest.parse().ok());
    stored.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use dynoxide::Database;

    use super::*;

    /// The engine's own queries; see `next_stream_sequence_number` and `stream_records_with_event_ids` in its source.
    const QUERIES: [&str; 2] = [
        "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 't'",
        "SELECT event_name FROM _stream_records WHERE table_name = 't' AND shard_id = 's'
           AND CAST(sequence_number AS INTEGER) > 7 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 10",
    ];

    /// The engine's own query for a page of a parallel scan; see `scan_items` in its source.
    const SCAN: &str =
        "SELECT pk, sk, item_json FROM \"shop\" WHERE (hash_prefix, pk, sk) > ('a', 'b', 'c')
        AND substr(hash_prefix, 1, 3) >= '000' AND substr(hash_prefix, 1, 3) <= '0ff'
        ORDER BY hash_prefix ASC, pk ASC, sk ASC LIMIT 10";

    #[test]
    fn a_page_of_a_parallel_scan_reads_by_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sqlite");
        let engine = Database::new(path.to_str().unwrap()).unwrap();
        let table = r#"{"TableName": "shop", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}"#;
        let table = serde_json::from_str(table).unwrap();
        engine.create_table(table).unwrap();
        let file = DatabaseFile::open(&path, Durability::Temporary).unwrap();
        file.index_items("shop").unwrap();
        let plan: String = file
            .0
            .query_row(&format!("EXPLAIN QUERY PLAN {SCAN}"), [], |row| row.get(3))
            .unwrap();
        assert_eq!(
            plan,
            "SEARCH shop USING INDEX _shop_by_hash ((hash_prefix,pk,sk)>(?,?,?))"
        );
    }

    #[test]
    fn the_engines_queries_and_the_deletion_read_by_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sqlite");
        let _engine = Database::new(path.to_str().unwrap()).unwrap();
        let DatabaseFile(connection) = DatabaseFile::open(&path, Durability::Temporary).unwrap();
        let delete = DELETE.replace("?1", "'t'").replace("?2", "7");
        for query in QUERIES.into_iter().chain([delete.as_str()]) {
            let plan: String = connection
                .query_row(&format!("EXPLAIN QUERY PLAN {query}"), [], |row| row.get(3))
                .unwrap();
            assert!(
                plan.starts_with("SEARCH _stream_records USING")
                    && plan.contains("INDEX _stream_records_by_sequence_number"),
                "{plan}"
            );
        }
    }
}
