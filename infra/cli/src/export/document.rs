//! What a profile is in an export.

use calculation::{Aggregations, Ledger, Locations, evaluate};
use chrono::{NaiveDate, Utc};
use futures::Stream;
use table::{
    Derived, LocationMemory, ProfileId, ScannedProfile, Segment, StoredLedger, Table, TableError,
    back_off, printable,
};
use telemetry::chain;
use tokio::sync::Mutex;

use super::arguments::{Arguments, Format};
use super::error::ExportError;
use super::fields::{Condition, Fields};

/// How often locations are asked for where DynamoDB lacks the capacity.
const TRIES: u32 = 16;

/// What becomes of a profile.
#[derive(Debug)]
pub(super) struct Exported {
    pub(super) profile: ProfileId,
    pub(super) document: Document,
    /// Why the document is not what the table holds, if it is not.
    pub(super) incomplete: Option<String>,
    /// How many items were scanned for it.
    pub(super) items: u64,
}

/// The document of a profile.
#[derive(Debug)]
pub(super) enum Document {
    /// Its line, the break at its end included.
    Row(String),
    /// One that the conditions leave out.
    NotChosen,
    /// There is none, as a GET is a 404.
    Absent,
    /// It cannot be read, and why, as a GET is a 500 or 503.
    Unreadable(String),
}

/// Makes the documents of profiles, as of a date.
#[derive(Debug)]
pub(super) struct Documents {
    table: Table,
    as_of: NaiveDate,
    locations: LocationMemory,
    /// Held while locations are looked up, or all profiles side by side would fetch the same ones.
    fetching: Mutex<()>,
    rows: Rows,
}

impl Documents {
    pub(super) fn new(table: Table, as_of: NaiveDate, rows: Rows) -> Self {
        Self {
            table,
            as_of,
            locations: LocationMemory::default(),
            fetching: Mutex::default(),
            rows,
        }
    }

    /// What stands before all documents.
    pub(super) fn header(&self) -> Result<String, ExportError> {
        self.rows.header()
    }

    /// What documents of a segment's profiles take.
    pub(super) fn scan(
        &self,
        segment: Segment,
    ) -> impl Stream<Item = Result<ScannedProfile, TableError>> + use<> {
        self.table.all_derived_as_of(self.as_of, segment)
    }

    /// Makes the document of a profile, as a GET makes its body. An error is none of this profile alone.
    pub(super) async fn make(&self, scanned: ScannedProfile) -> Result<Exported, ExportError> {
        let ScannedProfile {
            profile,
            derived,
            items,
        } = scanned;
        let (document, incomplete) = match derived {
            Ok(None) => (Document::Absent, None),
            Ok(Some(derived)) => self.of(&profile, derived).await?,
            Err(error) => (unreadable(error)?, None),
        };
        Ok(Exported {
            profile,
            document,
            incomplete,
            items,
        })
    }

    /// The document of a derived item, and why it is not what the table holds.
    async fn of(
        &self,
        profile: &ProfileId,
        derived: Derived,
    ) -> Result<(Document, Option<String>), ExportError> {
        let incomplete = derived.incomplete.as_deref().map(printable);
        let absent = |incomplete: Option<String>| match incomplete {
            Some(why) => Document::Unreadable(format!("incomplete: {why}; it has no document yet")),
            None => Document::Absent,
        };
        let ledger = match derived.ledger {
            StoredLedger::Usable(ledger) => ledger,
            StoredLedger::None => return Ok((absent(incomplete), None)),
            StoredLedger::Unusable(error) => {
                return Ok((Document::Unreadable(chain(&error)), None));
            }
        };
        let locations = match self.locations(&ledger).await {
            Ok(locations) => locations,
            Err(error) => return Ok((unreadable(error)?, incomplete)),
        };
        let document = match evaluate(&ledger, profile.as_str(), self.as_of, &locations) {
            Ok(Some(document)) => self.rows.row(&document)?,
            Ok(None) => return Ok((absent(incomplete), None)),
            Err(error) => return Ok((Document::Unreadable(chain(&error)), None)),
        };
        Ok((document, incomplete))
    }
}

impl Documents {
    /// The locations of a ledger; where DynamoDB lacks the capacity, after some pauses.
    async fn locations(&self, ledger: &Ledger) -> Result<Locations, TableError> {
        let _alone = self.fetching.lock().await;
        let mut tries = 0;
        loop {
            let ids = ledger.location_ids();
            let found = self.locations.locations(&self.table, ids, Utc::now()).await;
            tries += 1;
            match found {
                Err(error) if error.is_unavailable() && tries < TRIES => back_off(tries).await,
                found => return found.map(|found| found.locations),
            }
        }
    }
}

/// What an error says of a profile, if it is one of this profile alone.
fn unreadable(error: TableError) -> Result<Document, ExportError> {
    match error {
        TableError::Archive(_) | TableError::Location(_) => Ok(Document::Unreadable(chain(&error))),
        error => Err(ExportError::Table(error)),
    }
}

/// What lines are made of documents.
#[derive(Debug)]
pub(super) struct Rows {
    conditions: Vec<Condition>,
    /// The chosen fields, in the order of the response.
    fields: Vec<&'static str>,
    format: Format,
}

impl Rows {
    pub(super) fn new(arguments: &Arguments) -> Self {
        let given = &arguments.fields;
        let is_chosen = |field: &&str| given.is_empty() || given.iter().any(|name| name == field);
        let fields = Aggregations::FIELDS.into_iter();
        Self {
            conditions: arguments.conditions.clone(),
            fields: fields.filter(is_chosen).collect(),
            format: arguments.format,
        }
    }

    fn header(&self) -> Result<String, ExportError> {
        match self.format {
            Format::Ndjson => Ok(String::new()),
            Format::Csv => record(&self.fields),
        }
    }

    fn row(&self, document: &Aggregations<'_>) -> Result<Document, ExportError> {
        let failed = |error: serde_json::Error| ExportError::Document(error.into());
        let mut body = serde_json::to_string(document).map_err(failed)?;
        let is_whole = self.fields.len() == Aggregations::FIELDS.len();
        if self.format == Format::Ndjson && is_whole && self.conditions.is_empty() {
            body.push('\n');
            return Ok(Document::Row(body));
        }
        let fields = Fields::parse(&body).map_err(failed)?;
        for condition in &self.conditions {
            if !condition.holds(&fields).map_err(failed)? {
                return Ok(Document::NotChosen);
            }
        }
        Ok(Document::Row(match self.format {
            Format::Csv => record(&fields.cells(&self.fields).map_err(failed)?)?,
            Format::Ndjson => format!("{}\n", fields.object(&self.fields)),
        }))
    }
}

/// A line of CSV.
fn record(cells: &[impl AsRef<[u8]>]) -> Result<String, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(cells)
        .map_err(|error| ExportError::Document(error.into()))?;
    let line = writer
        .into_inner()
        .map_err(|error| ExportError::Document(error.into_error().into()))?;
    String::from_utf8(line).map_err(|error| ExportError::Document(error.into()))
}
