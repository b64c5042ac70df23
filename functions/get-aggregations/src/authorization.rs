//! Who may read what: the gateway checks the token, its claims decide.

use std::collections::HashMap;

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use table::ProfileId;

/// The word of a token's `scope` claim that lets it read every profile.
const READ_SCOPE: &str = "aggregations:read";

/// Whether the caller's claims decide what it may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authorizer {
    /// The gateway checked a JWT; its claims decide.
    Jwt,
    /// No authorizer stands before the function, as under `sam local`: everybody reads everything.
    None,
}

impl Authorizer {
    /// Whether the caller of `request` may read `profile`.
    ///
    /// A token with a `profile_id` claim reads that profile only; without one it needs `aggregations:read` among the words
    /// of its `scope` claim. Without a token nothing may be read.
    pub(crate) fn permits(self, request: &Request, profile: &ProfileId) -> bool {
        match self {
            Self::None => true,
            Self::Jwt => claims(request).is_some_and(|claims| match claims.get("profile_id") {
                Some(own) => own == profile.as_str(),
                None => claims
                    .get("scope")
                    .is_some_and(|scope| scope.split_whitespace().any(|word| word == READ_SCOPE)),
            }),
        }
    }
}

/// The claims of the token that the gateway checked.
fn claims(request: &Request) -> Option<&HashMap<String, String>> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => {
            Some(&context.authorizer.as_ref()?.jwt.as_ref()?.claims)
        }
        _ => None,
    }
}
