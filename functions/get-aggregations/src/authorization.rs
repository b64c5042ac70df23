//! Who may read what: the gateway checks the token, its claims decide.

use std::collections::HashMap;

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use table::{InvalidProfileId, ProfileId};

/// The claims that list a token's scopes: as RFC 8693 names it, and as Okta and Entra do.
const SCOPE_CLAIMS: [&str; 2] = ["scope", "scp"];

/// The word of a token's scopes that lets it read every profile.
const READ_SCOPE: &str = "aggregations:read";

/// The claim that names the one profile that a customer's own token reads.
const PROFILE_CLAIM: &str = "profile_id";

/// The word in the path that means the profile of the caller's own token.
const OWN: &str = "me";

/// Whether the caller's claims decide what it may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authorizer {
    /// The gateway checked a JWT; its claims decide.
    Jwt,
    /// There is no authorizer, as under `sam local`: every caller reads every profile.
    None,
}

/// Whose aggregations are asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    /// The profile that the caller's token names.
    Own,
    /// This profile.
    Profile(ProfileId),
}

impl Subject {
    /// Reads the profile's place in the path.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidProfileId> {
        if text == OWN {
            return Ok(Self::Own);
        }
        ProfileId::parse(text).map(Self::Profile)
    }
}

impl Authorizer {
    /// The profile that the caller of `request` gets to read when it asks for `subject`, if it may.
    ///
    /// A token with a `profile_id` claim reads that profile only; without one it needs `aggregations:read` among its scopes,
    /// the words of its `scope` and `scp` claims. Without a token nothing may be read under [`Jwt`](Self::Jwt), and `me` is
    /// unknown.
    pub(crate) fn permitted(self, request: &Request, subject: Subject) -> Option<ProfileId> {
        let claims = claims(request);
        let own = claims.and_then(|claims| claims.get(PROFILE_CLAIM));
        match (subject, own) {
            (Subject::Own, own) => ProfileId::parse(own?).ok(),
            (Subject::Profile(profile), _) if self == Self::None => Some(profile),
            (Subject::Profile(profile), Some(own)) => (own == profile.as_str()).then_some(profile),
            (Subject::Profile(profile), None) => {
                let claims = claims?;
                let scopes = SCOPE_CLAIMS.iter().filter_map(|claim| claims.get(*claim));
                let mut words = scopes.flat_map(|scopes| words(scopes));
                words.any(|word| word == READ_SCOPE).then_some(profile)
            }
        }
    }
}

/// The words of a claim. The gateway writes a list as `[a b]`; only brackets around the whole are its own, since a scope may
/// have some.
fn words(claim: &str) -> impl Iterator<Item = &str> {
    let list = claim
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'));
    list.unwrap_or(claim).split_whitespace()
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
