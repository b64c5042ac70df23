//! The HTTP API, and the console beside it.

use get_aggregations::Envelope;
use lambda_emulator::{HttpApi, Service};
use local_console::{About, Changes, Console};
use serde_json::{Map, json};
use table::Table;
use tokio::net::TcpListener;

use crate::dynamodb::Dynamodb;
use crate::error::StackError;
use crate::functions;
use crate::options::Options;
use crate::sample::EXAMPLE_PROFILE;
use crate::template::Template;

/// What the HTTP API and the console are made of.
pub(crate) struct Api<'a> {
    pub(crate) template: &'a Template,
    pub(crate) options: &'a Options,
    pub(crate) dynamodb: &'a Dynamodb,
    pub(crate) table: Table,
    /// Whoever recalculates profiles tells it of them.
    pub(crate) changes: Changes,
}

impl Api<'_> {
    /// Serves the read function and the console on `listener`. A request without a token is that of a service that may read every
    /// profile.
    pub(crate) fn start(self, listener: TcpListener) -> Result<Service, StackError> {
        let Self {
            template, options, ..
        } = self;
        let definition = template.get_aggregations();
        let table = self.table.clone();
        let function =
            functions::get_aggregations(definition, table, options.envelope, options.currency);
        let claims = Map::from_iter([("scope".to_owned(), json!("aggregations:read"))]);
        let mut api = HttpApi::default().claims_without_token(claims);
        if !options.cors_origins.is_empty() {
            api = api.cors(template.cors(options.cors_origins.clone()))?;
        }
        for key in definition.routes() {
            api = api.route(&key, function.clone())?;
        }
        Ok(api.pages(self.console().routes()).start(listener))
    }

    fn console(self) -> Console {
        let currency = self.options.currency.as_ref().map(ToString::to_string);
        let about = About {
            table_name: self.options.table_name.clone(),
            currency: currency.unwrap_or_default(),
            envelope: match self.options.envelope {
                Envelope::None => "none",
                Envelope::Data => "data",
            },
            dynamodb_url: self.dynamodb.url.clone(),
            example_profile: EXAMPLE_PROFILE,
        };
        Console {
            about,
            client: self.dynamodb.client.clone(),
            table: self.table,
            changes: self.changes,
        }
    }
}
