//! The whole customer base: a scan of the table, profile by profile.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::{Stream, stream};
use serde::{Deserialize, Serialize};

use crate::error::TableError;
use crate::keys::{PartitionKey, SortKey};
use crate::profile_id::ProfileId;
use crate::source::Attributes;
use crate::store::Table;

/// Items of a page. DynamoDB itself ends a page at 1 MB; some emulators read the rest of the table for a page without a limit.
const PAGE_ITEMS: i32 = 1_000;
/// Items of a page where one profile is enough.
const FEW_ITEMS: i32 = 25;
/// How many segments a scan may have.
const MAX_SEGMENTS: u32 = 1_000_000;

/// One of the parts of about the same size into which a parallel scan divides a table.
///
/// # Examples
///
/// ```
/// use table::Segment;
///
/// assert!(Segment::new(7, 8).is_some());
/// assert_eq!(Segment::new(8, 8), None);
/// assert_eq!(Segment::WHOLE, Segment::new(0, 1).unwrap());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment {
    index: i32,
    of: i32,
}

impl Segment {
    /// The whole table.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The part `index`, counted from 0, of `of` parts; `None` if there is no such part, or DynamoDB allows no so many.
    pub fn new(index: u32, of: u32) -> Option<Self> {
        let is_valid = index < of && of <= MAX_SEGMENTS;
        let (index, of) = (i32::try_from(index).ok()?, i32::try_from(of).ok()?);
        is_valid.then_some(Self { index, of })
    }

    /// All `of` parts of a table.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(table::Segment::all(8).count(), 8);
    /// ```
    pub fn all(of: u32) -> impl Iterator<Item = Self> {
        (0..of).filter_map(move |index| Self::new(index, of))
    }
}

/// A place in a scan: the key of the last item before it. As JSON it is `{"pk": TEXT, "sk": TEXT}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pk: String,
    sk: String,
}

impl Position {
    /// A place where a random profile follows, if one follows at all: DynamoDB scans in the order of a hash of the partition key.
    pub(crate) fn random() -> Self {
        let id: String = (0..16).map(|_| fastrand::alphanumeric()).collect();
        let partition = ProfileId::parse(&id).map(|profile| profile.partition().to_string());
        Self {
            pk: partition.unwrap_or_default(),
            sk: SortKey::Profile.to_string(),
        }
    }
}

/// What a scan hands on of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scanned {
    /// Its keys.
    Keys,
    /// Its keys, and what a reader reads of derived items and archive items. DynamoDB bills all of an item, but does not send it.
    Derived,
    /// All its attributes.
    Items,
}

impl Scanned {
    /// The attributes that are asked for; `None`: all.
    fn attributes(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Keys => Some(&["pk", "sk"]),
            Self::Derived => Some(&[
                "pk",
                "sk",
                "version",
                "ledger",
                "calculated_at",
                "incomplete",
                "tag",
                "days",
            ]),
            Self::Items => None,
        }
    }
}

/// A scan of a part of the table, profile by profile.
#[derive(Debug)]
pub(crate) struct ProfileScan {
    table: Table,
    segment: Segment,
    scanned: Scanned,
    page_items: i32,
    /// Where the next page begins; `None` behind the last one.
    next_page: Option<StartKey>,
    items: VecDeque<Attributes>,
}

/// Where a page begins: behind a key, or at the beginning.
type StartKey = Option<HashMap<String, AttributeValue>>;

/// A profile that a scan came by.
#[derive(Debug)]
pub(crate) struct FoundProfile {
    pub(crate) profile: ProfileId,
    /// Where the scan goes on behind it.
    pub(crate) end: Position,
    /// How many items were scanned for it, those before it that are no profile's included.
    pub(crate) items: u64,
}

impl Table {
    /// A scan of a part of the table, from `from` on.
    pub(crate) fn scan(
        &self,
        segment: Segment,
        from: Option<Position>,
        scanned: Scanned,
    ) -> ProfileScan {
        let start = from.map(|Position { pk, sk }| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(pk)),
                ("sk".to_owned(), AttributeValue::S(sk)),
            ])
        });
        ProfileScan {
            table: self.clone(),
            segment,
            scanned,
            page_items: PAGE_ITEMS,
            next_page: Some(start),
            items: VecDeque::new(),
        }
    }
}

impl ProfileScan {
    /// Reads small pages, for a look at one profile.
    pub(crate) fn read_few(&mut self) {
        self.page_items = FEW_ITEMS;
    }

    /// Goes on to the end of the next profile, and hands on its items, eventually consistent, in the order of their sort keys.
    /// `None` at the end of the part.
    ///
    /// DynamoDB keeps the items of a partition together. Should it ever hand them on in two pieces, this tells of two profiles of
    /// one name.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn next(
        &mut self,
        mut each: impl FnMut(SortKey<'_>, Attributes),
    ) -> Result<Option<FoundProfile>, TableError> {
        let mut items = 0;
        let mut found: Option<FoundProfile> = None;
        while let Some(item) = self.first().await? {
            let (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) =
                (item.get("pk"), item.get("sk"))
            else {
                self.items.pop_front();
                continue;
            };
            let position = Position {
                pk: pk.clone(),
                sk: sk.clone(),
            };
            match &mut found {
                Some(found) if found.end.pk != position.pk => break,
                Some(found) => found.end = position.clone(),
                None => {
                    if let Some(PartitionKey::Profile(profile)) = PartitionKey::parse(&position.pk)
                    {
                        found = Some(FoundProfile {
                            profile,
                            end: position.clone(),
                            items,
                        });
                    }
                }
            }
            items += 1;
            let item = self.items.pop_front();
            let Some(found) = &mut found else { continue };
            found.items = items;
            if let (Some(key), Some(item)) = (SortKey::parse(&position.sk), item) {
                each(key, item);
            }
        }
        Ok(found)
    }

    /// All profiles up to the end of the part, each with what `add` made of its items, from `new` on. An error ends it.
    pub(crate) fn profiles<T>(
        self,
        new: impl Fn() -> T,
        add: impl Fn(&mut T, SortKey<'_>, Attributes),
    ) -> impl Stream<Item = Result<(FoundProfile, T), TableError>> {
        stream::unfold(Some((self, new, add)), |state| async move {
            let (mut scan, new, add) = state?;
            let mut made = new();
            let next = scan.next(|key, item| add(&mut made, key, item)).await;
            match next {
                Ok(found) => found.map(|found| (Ok((found, made)), Some((scan, new, add)))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The item that comes next.
    async fn first(&mut self) -> Result<Option<&Attributes>, TableError> {
        while self.items.is_empty() {
            let Some(start) = &self.next_page else {
                return Ok(None);
            };
            let mut scan = self
                .table
                .client
                .scan()
                .table_name(&*self.table.name)
                .limit(self.page_items)
                .set_exclusive_start_key(start.clone());
            if self.segment != Segment::WHOLE {
                scan = scan
                    .segment(self.segment.index)
                    .total_segments(self.segment.of);
            }
            if let Some(names) = self.scanned.attributes() {
                let aliases: Vec<String> = names.iter().map(|name| format!("#{name}")).collect();
                scan = scan.projection_expression(aliases.join(", "));
                for (alias, name) in aliases.into_iter().zip(names) {
                    scan = scan.expression_attribute_names(alias, *name);
                }
            }
            let page = scan.send().await.map_err(TableError::request("Scan"))?;
            self.items.extend(page.items.unwrap_or_default());
            self.next_page = page.last_evaluated_key.map(Some);
        }
        Ok(self.items.front())
    }
}
