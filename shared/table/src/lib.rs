//! STUB, being written.
/// A handle on the table.
#[derive(Clone, Debug)]
pub struct Table {
    _client: aws_sdk_dynamodb::Client,
    _name: String,
}
impl Table {
    /// The table `name` behind `client`.
    pub fn new(client: aws_sdk_dynamodb::Client, name: impl Into<String>) -> Self {
        Self { _client: client, _name: name.into() }
    }
}
