//! Releases of the functions: the code as it is, behind a client that makes the stored format another one on the way to the table
//! and back. So a release of the next version has every line of today's readers and writers, and no line of theirs knows of tests.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use super::format::{self, NEXT, TODAY};

type Attributes = HashMap<String, AttributeValue>;

/// What is deployed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Release {
    /// Reads and writes today's version: the code as it is.
    Today,
    /// Reads both versions and writes today's: what `encoding/format.md` asks to be deployed first.
    Ready,
    /// Reads both and writes the next one: what follows.
    Next,
    /// Reads and writes the next version only, and is deployed without the one before.
    Abrupt,
}

/// A release, and one that cannot read what it wrote.
pub const STRANGERS: [[Release; 2]; 2] = [
    [Release::Abrupt, Release::Today],
    [Release::Today, Release::Abrupt],
];

impl Release {
    pub const ALL: [Self; 4] = [Self::Today, Self::Ready, Self::Next, Self::Abrupt];

    /// Whether it reads what is stored under this version.
    pub fn reads(self, version: u8) -> bool {
        match self {
            Self::Today => version == TODAY,
            Self::Abrupt => version == NEXT,
            Self::Ready | Self::Next => true,
        }
    }

    /// The version that it writes.
    pub fn writes(self) -> u8 {
        match self {
            Self::Today | Self::Ready => TODAY,
            Self::Next | Self::Abrupt => NEXT,
        }
    }

    /// Stored bytes as its reader is to see them.
    fn seen(self, bound_to: &[&str], bytes: &[u8]) -> Vec<u8> {
        match bytes[0] {
            NEXT if self.reads(NEXT) => format::today(bound_to, bytes),
            TODAY if !self.reads(TODAY) => format::forgotten(bound_to, bytes),
            // Today's as they are; or the next version's, which the code then has to make out itself.
            _ => bytes.to_vec(),
        }
    }

    /// Bytes of its writer as they are to be stored.
    fn stored(self, bound_to: &[&str], bytes: &[u8]) -> Vec<u8> {
        match self.writes() {
            NEXT => format::next(bound_to, bytes),
            _ => bytes.to_vec(),
        }
    }
}

/// Makes other bytes of those of an item, whose partition key is `pk` if it does not say it itself.
pub fn translate(
    item: &mut Attributes,
    pk: Option<&str>,
    translated: impl Fn(&[&str], &[u8]) -> Vec<u8>,
) {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    let Some(pk) = text("pk").or(pk.map(str::to_owned)) else {
        return;
    };
    let Some(profile) = pk.strip_prefix("PROFILE#") else {
        return;
    };
    let (sk, tag) = (text("sk"), text("tag"));
    if let Some(AttributeValue::B(ledger)) = item.get_mut("ledger") {
        *ledger = Blob::new(translated(&[profile], ledger.as_ref()));
    }
    if let Some(AttributeValue::B(days)) = item.get_mut("days") {
        let (sk, tag) = (sk.unwrap(), tag.unwrap());
        let year = sk.strip_prefix("AGG#").unwrap();
        *days = Blob::new(translated(&[profile, year, &tag], days.as_ref()));
    }
}

/// The partition that a request asks for: what is read of it need not name it again.
#[derive(Debug, Default)]
struct Asked(Option<String>);

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Release {
    fn name(&self) -> &'static str {
        "Release"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let store = |item: &mut Attributes| {
            translate(item, None, |bound_to, bytes| self.stored(bound_to, bytes));
        };
        let mut asked = None;
        let input = context.input_mut();
        if let Some(input) = input.downcast_mut::<PutItemInput>() {
            input.item.iter_mut().for_each(store);
        } else if let Some(input) = input.downcast_mut::<TransactWriteItemsInput>() {
            let actions = input.transact_items.iter_mut().flatten();
            let puts = actions.filter_map(|action| action.put.as_mut());
            puts.for_each(|put| store(&mut put.item));
        } else if let Some(input) = input.downcast_mut::<GetItemInput>() {
            asked = input.key.as_ref().map(|key| key["pk"].clone());
        } else if let Some(input) = input.downcast_mut::<QueryInput>() {
            let values = input.expression_attribute_values.as_ref();
            asked = values.map(|values| values[":pk"].clone());
        }
        let asked = asked.map(|pk| pk.as_s().unwrap().clone());
        bag.interceptor_state().store_put(Asked(asked));
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let asked = bag.load::<Asked>().and_then(|asked| asked.0.as_deref());
        let see = |item: &mut Attributes| {
            translate(item, asked, |bound_to, bytes| self.seen(bound_to, bytes));
        };
        let Some(Ok(output)) = context.output_or_error_mut() else {
            return Ok(());
        };
        if let Some(output) = output.downcast_mut::<GetItemOutput>() {
            output.item.iter_mut().for_each(see);
        } else if let Some(output) = output.downcast_mut::<QueryOutput>() {
            output.items.iter_mut().flatten().for_each(see);
        } else if let Some(output) = output.downcast_mut::<ScanOutput>() {
            output.items.iter_mut().flatten().for_each(see);
        } else if let Some(output) = output.downcast_mut::<BatchGetItemOutput>() {
            let responses = output.responses.iter_mut().flat_map(HashMap::values_mut);
            responses.flatten().for_each(see);
        }
        Ok(())
    }
}
