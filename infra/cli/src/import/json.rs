//! JSON as values of the table.

use calculation::Value;

use super::row_error::RowError;

/// How deep DynamoDB lets lists and maps be nested in an attribute.
const DEEPEST: usize = 32;
/// Reads JSON, numbers by their exact text.
pub(crate) fn parse(
    text: &str,
    reason: impl FnOnce(serde_json::Error) -> RowError,
) -> Result<Value, RowError> {
    // The reading of `Value` is recursive: what is too deep for the table must not get as far as that.
    if nested_deeper_than(DEEPEST.saturating_add(1), text) {
        return Err(RowError::Depth(DEEPEST));
    }
    serde_json::from_str(text).map_err(reason)
}

/// Whether more than `limit` brackets are open anywhere in a JSON text.
fn nested_deeper_than(limit: usize, text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, RowError> {
        parse(text, RowError::Json)
    }

    #[test]
    fn what_is_nested_too_deep_is_not_read() {
        let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(DEEPEST)).is_ok());
        assert!(matches!(
            read(&nested(DEEPEST + 1)),
            Err(RowError::Depth(_))
        ));
        assert!(matches!(read(&nested(1_000_000)), Err(RowError::Depth(_))));
    }

    #[test]
    fn brackets_in_texts_are_not_nested() {
        let text = format!("\"{}\\\"[\\\\\"", "[".repeat(99));
        assert!(matches!(read(&text), Ok(Value::Text(_))), "{text}");
        assert!(read("[\"\\\\\",[]]").is_ok());
    }
}
