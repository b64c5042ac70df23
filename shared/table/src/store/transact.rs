//! The write of a derived item together with archive items.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use uuid::Uuid;

use super::{Table, Write, outcome, profile_item_key};
use crate::error::{TableError, is_lost_transaction, is_too_large_transaction};
use crate::keys::SortKey;
use crate::profile_id::ProfileId;

impl Table {
    /// Writes the derived item and archive items in one transaction: no archive item is ever written but with a new version of
    /// the derived item, so what was read of the archive is that of the version that was read, if the version still holds.
    pub(super) async fn transact(
        &self,
        profile: &ProfileId,
        derived: TransactWriteItem,
        puts: Vec<HashMap<String, AttributeValue>>,
        deletes: BTreeSet<u16>,
    ) -> Result<Write, TableError> {
        let mut actions = vec![derived];
        for item in puts {
            let put = Put::builder().table_name(&*self.name).set_item(Some(item));
            let put = put.build();
            let put = put.map_err(TableError::request("TransactWriteItems"))?;
            actions.push(TransactWriteItem::builder().put(put).build());
        }
        for year in deletes {
            let key = profile_item_key(profile, SortKey::Archive(year));
            let delete = Delete::builder().table_name(&*self.name).set_key(Some(key));
            let delete = delete.build();
            let delete = delete.map_err(TableError::request("TransactWriteItems"))?;
            actions.push(TransactWriteItem::builder().delete(delete).build());
        }
        // The SDK sends it again under the same token when a reply is lost, so the transaction takes effect once.
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(actions))
            .client_request_token(Uuid::new_v4().to_string())
            .send()
            .await;
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            answer.as_ref().err().and_then(SdkError::as_service_error)
        {
            if is_lost_transaction(cancelled) {
                return Ok(Write::LostRace);
            }
            if is_too_large_transaction(cancelled) {
                return Ok(Write::TooLarge);
            }
        }
        outcome("TransactWriteItems", answer)
    }
}
