//! Who may read what: the gateway checks the token, its claims decide.

use std::collections::HashMap;

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use table::{InvalidProfileId, ProfileId};

/// What the claims of a token are called, and the scope that counts: each issuer has its own ways.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claims {
    /// The claim that names the one profile that a customer's own token reads.
    pub profile: String,
    /// The claims that list a token's scopes.
    pub scopes: Vec<String>,
    /// The scope that lets a token read every profile.
    pub read_scope: String,
}

impl Default for Claims {
    /// `profile_id`; `scope`, as RFC 8693 names it, and `scp`, as Okta and Entra do; `aggregations:read`.
    fn default() -> Self {
        Self {
            profile: "profile_id".to_owned(),
            scopes: vec!["scope".to_owned(), "scp".to_owned()],
            read_scope: "aggregations:read".to_owned(),
        }
    }
}

impl Claims {
    /// Reads `PROFILE_CLAIM`, `SCOPE_CLAIM` and `READ_SCOPE` from `variable`, which gives the value of an environment variable
    /// by its name. One that is absent or empty means the default.
    ///
    /// # Examples
    ///
    /// ```
    /// use get_aggregations::Claims;
    ///
    /// let claims = Claims::read(|name| (name == "SCOPE_CLAIM").then(|| "permissions".to_owned()));
    /// assert_eq!(claims.scopes, ["permissions"]);
    /// assert_eq!(claims.profile, "profile_id");
    /// ```
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let defaults = Self::default();
        Self {
            profile: value("PROFILE_CLAIM").unwrap_or(defaults.profile),
            scopes: value("SCOPE_CLAIM").map_or(defaults.scopes, |claim| vec![claim]),
            read_scope: value("READ_SCOPE").unwrap_or(defaults.read_scope),
        }
    }
}

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
    /// A token with the claim of a profile reads that profile only; without one it needs the scope that reads every profile among
    /// the words of its scopes. Without a token nothing may be read under [`Jwt`](Self::Jwt), and `me` is
    /// unknown.
    pub(crate) fn permitted(
        self,
        request: &Request,
        names: &Claims,
        subject: Subject,
    ) -> Option<ProfileId> {
        let own = claims(request).and_then(|claims| claims.get(&names.profile));
        match (subject, own) {
            (Subject::Own, own) => ProfileId::parse(own?).ok(),
            (Subject::Profile(profile), Some(own)) if self == Self::Jwt => {
                (own == profile.as_str()).then_some(profile)
            }
            (Subject::Profile(profile), _) => self.permits_all(request, names).then_some(profile),
        }
    }

    /// Whether the caller of `request` may read every profile.
    pub(crate) fn permits_all(self, request: &Request, names: &Claims) -> bool {
        if self == Self::None {
            return true;
        }
        claims(request).is_some_and(|claims| {
            let scopes = names.scopes.iter().filter_map(|claim| claims.get(claim));
            let mut words = scopes.flat_map(|scopes| words(scopes));
            !claims.contains_key(&names.profile) && words.any(|word| word == names.read_scope)
        })
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
