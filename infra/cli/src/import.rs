//! `aggregations import`: CSV or NDJSON files into the table.
