//! The OpenAPI description, and whether an answer is one that it declares.

use indexmap::IndexMap;
use jsonschema::Validator;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

const TEXT: &str = include_str!("../../../infra/openapi.yaml");
/// Headers that OpenAPI describes elsewhere, and those of HTTP itself.
const UNDECLARED: [HeaderName; 3] = [CONTENT_LENGTH, CONTENT_TYPE, DATE];

/// The description as a tree.
pub struct Description(pub Value);

/// What was answered.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A schema's keys, in the order in which they stand in the file.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Keys {
    pub properties: IndexMap<String, IgnoredAny>,
    pub required: Vec<String>,
}

impl Description {
    pub fn read() -> Self {
        Self(serde_saphyr::from_str(TEXT).unwrap())
    }

    /// The keys of a schema of the components.
    pub fn keys(schema: &str) -> Keys {
        #[derive(Deserialize)]
        struct Document {
            components: Components,
        }
        #[derive(Deserialize)]
        struct Components {
            schemas: IndexMap<String, Keys>,
        }
        let mut document: Document = serde_saphyr::from_str(TEXT).unwrap();
        document.components.schemas.swap_remove(schema).unwrap()
    }

    /// A checker for a schema of the description; formats count.
    pub fn validator(&self, schema: &Value) -> Validator {
        let root = json!({
            "allOf": [schema],
            "components": {"schemas": self.0["components"]["schemas"]},
        });
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&root)
            .unwrap()
    }

    /// What a reference stands for; anything else is itself.
    pub fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// Everything in the answer to a GET of `path` that is not declared.
    pub fn objections(&self, path: &str, answer: &Answer) -> Vec<String> {
        let responses = &self.0["paths"][path]["get"]["responses"];
        let Some(response) = responses.get(answer.status.to_string()) else {
            return vec![format!("status {} is not declared", answer.status)];
        };
        let response = self.resolved(response);
        let mut objections = self.header_objections(&response["headers"], &answer.headers);
        objections.extend(self.body_objections(&response["content"], answer));
        objections
    }

    fn header_objections(&self, declared: &Value, headers: &HeaderMap) -> Vec<String> {
        let declared = declared.as_object().unwrap();
        let mut objections = Vec::new();
        for (name, header) in declared {
            let header = self.resolved(header);
            let Some(value) = headers.get(name) else {
                if header["required"] == true {
                    objections.push(format!("header {name} is missing"));
                }
                continue;
            };
            let text = value.to_str().unwrap();
            let value = match header["schema"]["type"].as_str() {
                Some("integer") => text.parse::<i64>().map_or(json!(text), Value::from),
                _ => json!(text),
            };
            let validator = self.validator(&header["schema"]);
            let errors = validator.iter_errors(&value);
            objections.extend(errors.map(|error| format!("header {name}: {error}")));
        }
        for name in headers.keys().filter(|name| !UNDECLARED.contains(name)) {
            if !declared
                .keys()
                .any(|key| key.eq_ignore_ascii_case(name.as_str()))
            {
                objections.push(format!("header {name} is not declared"));
            }
        }
        objections
    }

    fn body_objections(&self, declared: &Value, answer: &Answer) -> Vec<String> {
        let content_type = answer
            .headers
            .get(CONTENT_TYPE)
            .map(|value| value.to_str().unwrap());
        let Some(declared) = declared.as_object() else {
            let empty = content_type.is_none() && answer.body.is_empty();
            return if empty {
                vec![]
            } else {
                vec!["a body is not declared".to_owned()]
            };
        };
        let Some(content) = content_type.and_then(|content_type| declared.get(content_type)) else {
            return vec![format!("content type {content_type:?} is not declared")];
        };
        let Ok(body) = serde_json::from_str(&answer.body) else {
            return vec!["the body is no JSON".to_owned()];
        };
        self.validator(&content["schema"])
            .iter_errors(&body)
            .map(|error| format!("body{}: {error}", error.instance_path()))
            .collect()
    }
}
