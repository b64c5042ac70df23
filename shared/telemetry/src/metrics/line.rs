//! One line of the embedded metric format.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The namespace of all metrics in CloudWatch.
const NAMESPACE: &str = "ProfileAggregations";
/// The one dimension of all metrics.
const DIMENSION: &str = "FunctionName";

/// What a line holds. What is no metric is there to search for.
#[derive(Debug, Default)]
pub struct Line<'a> {
    metrics: Vec<Metric>,
    fields: Vec<(&'static str, Value<'a>)>,
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Line<'a> {
    /// A text, which is no metric.
    pub fn text(&mut self, name: &'static str, text: &'a str) {
        self.fields.push((name, Value::Text(text)));
    }

    /// A number that is no metric.
    pub fn number(&mut self, name: &'static str, number: impl TryInto<u64>) {
        let number = number.try_into().unwrap_or(u64::MAX);
        self.fields.push((name, Value::Number(number)));
    }

    /// A metric that counts.
    pub fn count(&mut self, name: &'static str, count: impl TryInto<u64>) {
        self.metric(name, "Count", count);
    }

    /// A metric in milliseconds.
    pub fn milliseconds(&mut self, name: &'static str, milliseconds: u64) {
        self.metric(name, "Milliseconds", milliseconds);
    }

    fn metric(&mut self, name: &'static str, unit: &'static str, value: impl TryInto<u64>) {
        self.metrics.push(Metric { name, unit });
        self.number(name, value);
    }

    /// The JSON of the line, of an invocation of a function at a time in milliseconds since 1970.
    pub(super) fn to_json(
        &self,
        function_name: &str,
        timestamp: u128,
    ) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Record {
            line: self,
            function_name,
            timestamp,
        })
    }
}

struct Record<'a> {
    line: &'a Line<'a>,
    function_name: &'a str,
    timestamp: u128,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    cloud_watch_metrics: [Directive<'a>; 1],
    timestamp: u128,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: &'a [Metric],
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let directive = Directive {
            namespace: NAMESPACE,
            dimensions: [[DIMENSION]],
            metrics: &self.line.metrics,
        };
        let metadata = Metadata {
            cloud_watch_metrics: [directive],
            timestamp: self.timestamp,
        };
        map.serialize_entry("_aws", &metadata)?;
        map.serialize_entry(DIMENSION, self.function_name)?;
        for (name, value) in &self.line.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_metrics_and_their_units() {
        let mut line = Line::default();
        line.text("message", "two\nlines");
        line.number("status", 200_u16);
        line.count("Records", 3_usize);
        line.milliseconds("Age", 5);
        let json = line.to_json("read", 1_700_000_000_000).unwrap();
        assert_eq!(
            String::from_utf8(json).unwrap(),
            concat!(
                r#"{"_aws":{"CloudWatchMetrics":[{"Namespace":"ProfileAggregations","#,
                r#""Dimensions":[["FunctionName"]],"#,
                r#""Metrics":[{"Name":"Records","Unit":"Count"},{"Name":"Age","Unit":"Milliseconds"}]}],"#,
                r#""Timestamp":1700000000000},"FunctionName":"read","message":"two\nlines","#,
                r#""status":200,"Records":3,"Age":5}"#,
            )
        );
    }
}
