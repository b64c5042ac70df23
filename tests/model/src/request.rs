//! The model's requests as DynamoDB knows them, to hold them against those that the functions send.

use crate::protocol::Protocol;
use crate::reader::Reader;
use crate::recalculation::Next;
use crate::source::Date;
use crate::state::State;
use crate::stored::{Change, Write};

/// What a Query asks for. It takes the model a step for each item, since writes can come in between.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Query {
    /// The archive.
    Archive,
    /// A date.
    Date(Date),
    /// Everything.
    Everything,
}

/// A request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Request {
    /// A Query.
    Query(Query),
    /// Any other one, by its name in the DynamoDB API.
    Other(&'static str),
}

impl Request {
    /// Its name in the DynamoDB API.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Query(_) => "Query",
            Self::Other(name) => name,
        }
    }
}

impl Protocol {
    /// The next request of a worker that has something to do.
    pub fn request(&self, state: &State, worker: usize) -> Option<Request> {
        let is_whole = state.workers.get(worker)?.answers.is_whole;
        Some(match self.next_of(state, worker)? {
            Next::Archive(_) | Next::Date(_) if is_whole => Request::Query(Query::Everything),
            Next::Archive(_) => Request::Query(Query::Archive),
            Next::Date(date) => Request::Query(Query::Date(date)),
            Next::Head => Request::Other("GetItem"),
            Next::Empty => Request::Other("PutItem"),
            Next::Write(write) => Request::Other(operation(&write)),
            Next::Everything | Next::Mismatch | Next::Done => return None,
        })
    }

    /// The next request of the reader.
    pub fn request_of_reader(&self, state: &State) -> Option<Request> {
        match state.reader {
            Reader::Begins { .. } => Some(Request::Other("GetItem")),
            Reader::Archive { .. } => Some(Request::Query(Query::Archive)),
            Reader::Told(_) | Reader::Over => None,
        }
    }
}

fn operation(write: &Write) -> &'static str {
    if !write.puts.is_empty() || !write.deletes.is_empty() {
        return "TransactWriteItems";
    }
    match write.change {
        Change::Put(_) | Change::Nothing => "PutItem",
        Change::Delete => "DeleteItem",
        Change::Mark(_) => "UpdateItem",
    }
}
