//! `aggregations up`: the local stack.
