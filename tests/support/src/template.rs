//! What the SAM templates say of metrics.

use std::collections::BTreeSet;

const TEMPLATES: &str = concat!(
    include_str!("../../../infra/template.yaml"),
    include_str!("../../../infra/monitoring.yaml")
);

/// The metrics of our own that the templates' alarms and dashboard ask of a function.
pub fn metrics_in_template(function: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // ["ProfileAggregations", "Records", "FunctionName", "${RecalculateAggregations}", ...
    let of_function = format!("\"FunctionName\", \"${{{function}}}\"");
    for line in TEMPLATES.lines() {
        if let Some((_, rest)) = line.split_once("[\"ProfileAggregations\", \"")
            && rest.contains(&of_function)
        {
            names.extend(rest.split('"').next().map(str::to_owned));
        }
    }
    // Namespace: ProfileAggregations, MetricName: TransactionsSetAside, ... Value: !Ref RecalculateAggregations
    let of_function = format!("Value: !Ref {function}\n");
    for alarm in TEMPLATES.split("Namespace: ProfileAggregations\n").skip(1) {
        let (dimensions, _) = alarm.split_once("Stat").unwrap_or((alarm, ""));
        if dimensions.contains(&of_function) {
            let name = dimensions.trim_start().strip_prefix("MetricName: ");
            names.extend(name.and_then(|name| name.lines().next()).map(str::to_owned));
        }
    }
    names
}
